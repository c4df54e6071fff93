package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;

/** The monitor's windows, in milliseconds of event time. */
final class Windows {
  static final long SIZE_MS = 10_000;

  /** How long a window waits for late reports. */
  static final long GRACE_MS = 5_000;

  private Windows() {}

  /** Start of the window that a reading of chips belongs to. */
  static long ofChips(long timeMs) {
    return Math.floorDiv(timeMs, SIZE_MS) * SIZE_MS;
  }

  /** Start of the window that a reading of links belongs to; see {@link Answer#LINKS_LATER_MS}. */
  static long ofLinks(long timeMs) {
    return ofChips(timeMs - Answer.LINKS_LATER_MS);
  }
}
