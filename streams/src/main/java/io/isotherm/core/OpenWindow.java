package io.isotherm.core;

import io.isotherm.model.PodLayout;
import java.util.Arrays;

/** What the parts of a pod have said in one window that is not closed yet. */
final class OpenWindow {
  /** {@link #flags}: the exporter called the chip broken. */
  static final byte FATAL = 1;

  /** {@link #flags}: the chip held its clock down because of heat. */
  static final byte THROTTLED = 2;

  /** {@link #flags}: the chip held its clock down to save power. */
  static final byte POWER_SAVED = 4;

  /** {@link #flags}: the chip's counter of uncorrected memory errors grew. */
  static final byte UNCORRECTED = 8;

  /** Per board: 1 if a chip gave its count of steps, 3 if that count grew in this window. */
  final byte[] steps;

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
  final byte[] tensorSamples;
  final byte[] clockSamples;
  final int[] tensorSum;
  final int[] clockSum;

  /** Growth of the chip's counter of corrected memory errors; saturates. */
  final short[] corrected;

  /** Most memory in use, in units of {@link #HBM_UNIT}; 0 if it was not given. */
  final short[] hbmUsed;

  /** Mebibytes in one unit of {@link #hbmUsed}. */
  static final int HBM_UNIT = 64;

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
    tensorSamples = new byte[chips];
    clockSamples = new byte[chips];
    tensorSum = new int[chips];
    clockSum = new int[chips];
    hbmUsed = new short[chips];
    corrected = new short[chips];
    steps = new byte[layout.boards()];
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
    Arrays.fill(tensorSamples, (byte) 0);
    Arrays.fill(clockSamples, (byte) 0);
    Arrays.fill(tensorSum, 0);
    Arrays.fill(clockSum, 0);
    Arrays.fill(hbmUsed, (short) 0);
    Arrays.fill(corrected, (short) 0);
    Arrays.fill(steps, (byte) 0);
  }

  /** Mean tensor activity of a chip in thousandths, or -1 if it was not given. */
  int tensor(int chip) {
    int n = tensorSamples[chip] & 0xff;
    return n == 0 ? -1 : tensorSum[chip] / n;
  }

  /** Mean clock of a chip in megahertz, or -1 if it was not given. */
  int clock(int chip) {
    int n = clockSamples[chip] & 0xff;
    return n == 0 ? -1 : clockSum[chip] / n;
  }

  /** Mean power of a chip in tenths of a watt, or -1 if it was not given. */
  int power(int chip) {
    int n = powerSamples[chip] & 0xff;
    return n == 0 ? -1 : powerSum[chip] / n;
  }

  /** Mean utilization of a chip in thousandths, or -1 if it was not given. */
  int utilization(int chip) {
    int n = utilizationSamples[chip] & 0xff;
    return n == 0 ? -1 : utilizationSum[chip] / n;
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
