package io.isotherm.core;

import io.isotherm.model.PodLayout;
import java.util.Arrays;

/** What the parts of a pod have said in one window that is not closed yet. */
final class OpenWindow {
  /** {@link #flags}: the exporter called the chip broken. */
  static final byte FATAL = 1;

  /** {@link #flags}: the chip held its clock down because of heat. */
  static final byte THROTTLED = 2;

  /** Per board: reports; saturates. */
  final short[] reports;

  // Per chip. Samples of a reading saturate at 255, and its sum with them.
  final byte[] samples;
  final byte[] temperatureSamples;
  final byte[] powerSamples;
  final byte[] utilizationSamples;
  final byte[] flags;
  final int[] temperatureSum;
  final int[] powerSum;
  final int[] utilizationSum;

  OpenWindow(PodLayout layout) {
    reports = new short[layout.boards()];
    int chips = layout.chips();
    samples = new byte[chips];
    temperatureSamples = new byte[chips];
    powerSamples = new byte[chips];
    utilizationSamples = new byte[chips];
    flags = new byte[chips];
    temperatureSum = new int[chips];
    powerSum = new int[chips];
    utilizationSum = new int[chips];
  }

  /** Forgets everything. */
  void clear() {
    Arrays.fill(reports, (short) 0);
    Arrays.fill(samples, (byte) 0);
    Arrays.fill(temperatureSamples, (byte) 0);
    Arrays.fill(powerSamples, (byte) 0);
    Arrays.fill(utilizationSamples, (byte) 0);
    Arrays.fill(flags, (byte) 0);
    Arrays.fill(temperatureSum, 0);
    Arrays.fill(powerSum, 0);
    Arrays.fill(utilizationSum, 0);
  }

  /** Whether a board from {@code from} to before {@code to} reported. */
  boolean heard(int from, int to) {
    for (int b = from; b < to; b++) {
      if (reports[b] != 0) {
        return true;
      }
    }
    return false;
  }
}
