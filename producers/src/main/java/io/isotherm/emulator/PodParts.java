package io.isotherm.emulator;

import java.util.Arrays;

/**
 * The state of a pod's boards and chips at the present step, as the physics leaves it and the
 * agents read it: primitive arrays, of boards by {@link SamplingOrder rank}, of chips by {@code
 * rank * chipsPerBoard + position}.
 *
 * <p>Temperatures are thousandths of a degree Celsius, power tenths of a watt, shares thousandths.
 */
final class PodParts {
  /** Event time of a board's sample, by a perfect clock. */
  final long[] localMs;

  /** How far a board's job has come. */
  final long[] progress;

  /** Time that a board's healthy links have been busy since the start. */
  final long[] fabricMicros;

  final int[] utilization;
  final int[] tensor;

  /** Whether a board's job runs. */
  final boolean[] loaded;

  /** Whether a board says nothing, through a fault or in maintenance. */
  final boolean[] silent;

  final int[] temperature;
  final int[] power;

  /** Clock of a chip, in thousandths of its clock under load. */
  final short[] clock;

  PodParts(int boards, int chips) {
    localMs = new long[boards];
    progress = new long[boards];
    fabricMicros = new long[boards];
    utilization = new int[boards];
    tensor = new int[boards];
    loaded = new boolean[boards];
    silent = new boolean[boards];
    temperature = new int[chips];
    power = new int[chips];
    clock = new short[chips];
    Arrays.fill(clock, (short) 1000);
  }
}
