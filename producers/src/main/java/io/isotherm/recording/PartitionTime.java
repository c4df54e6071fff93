package io.isotherm.recording;

import java.util.Arrays;

/**
 * The event time to which a partition has come, by which it is paced. It never goes back, and a few
 * boards whose clocks are far ahead cannot move it.
 */
final class PartitionTime {
  /** A report may be ahead of the one before by this much. */
  static final long STEP_MS = 60_000;

  /** A gap that is longer is believed when so many reports in a row lie behind it. */
  static final int BELIEVED_AFTER = 32;

  private long nowMs;
  private int ahead;
  private long leastAheadMs = Long.MAX_VALUE;

  /**
   * @param firstMs where the partition begins, see {@link #begin}
   */
  PartitionTime(long firstMs) {
    this.nowMs = firstMs;
  }

  /** Where a partition begins: the median of the times of its first reports, at least one. */
  static long begin(long[] firstTimesMs) {
    long[] sorted = firstTimesMs.clone();
    Arrays.sort(sorted);
    return sorted[(sorted.length - 1) / 2];
  }

  /**
   * Takes the event time of the next report.
   *
   * @return the event time at which the report is due
   */
  long next(long timeMs) {
    if (timeMs - nowMs <= STEP_MS) {
      ahead = 0;
      leastAheadMs = Long.MAX_VALUE;
      nowMs = Math.max(nowMs, timeMs);
      return nowMs;
    }
    ahead++;
    leastAheadMs = Math.min(leastAheadMs, timeMs);
    if (ahead >= BELIEVED_AFTER) {
      nowMs = leastAheadMs;
      ahead = 0;
      leastAheadMs = Long.MAX_VALUE;
    }
    return nowMs;
  }
}
