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

  private final long stepMs;
  private long nowMs;

  /** Times of reports in a row that are not believed yet. */
  private final long[] aheadMs = new long[BELIEVED_AFTER];

  private int ahead;
  private long longestGapMs;
  private long reachedMs;
  private int mostDisbelieved;

  /**
   * @param firstMs where the partition begins, see {@link #begin}
   */
  PartitionTime(long firstMs) {
    this(firstMs, STEP_MS);
  }

  /**
   * @param firstMs where the reports begin
   * @param stepMs what a report may be ahead of the one before, in milliseconds
   */
  PartitionTime(long firstMs, long stepMs) {
    this.nowMs = firstMs;
    this.reachedMs = firstMs;
    this.stepMs = stepMs;
    this.longestGapMs = stepMs;
  }

  /** Where a partition begins: the median of the times of its first reports, at least one. */
  static long begin(long[] firstTimesMs) {
    long[] sorted = firstTimesMs.clone();
    Arrays.sort(sorted);
    return sorted[middle(sorted)];
  }

  /**
   * The least time of a partition's first reports that is not one of a few clocks far behind: from
   * the median down, as long as the next time is no further than a step, or than those in the
   * middle are from each other.
   *
   * @param firstTimesMs at least one
   */
  static long earliest(long[] firstTimesMs, long stepMs) {
    long[] sorted = firstTimesMs.clone();
    Arrays.sort(sorted);
    long gapMs = Math.max(stepMs, usualGap(sorted));
    int i = middle(sorted);
    while (i > 0 && sorted[i] - sorted[i - 1] <= gapMs) {
      i--;
    }
    return sorted[i];
  }

  private static int middle(long[] sorted) {
    return (sorted.length - 1) / 2;
  }

  /** The longest gap in the middle half, where a few wrong clocks do not get. */
  private static long usualGap(long[] sorted) {
    long longest = 0;
    for (int i = sorted.length / 4 + 1; i <= (sorted.length - 1) * 3 / 4; i++) {
      longest = Math.max(longest, sorted[i] - sorted[i - 1]);
    }
    return longest;
  }

  /** Whether a report of that time is too far ahead to be believed at once. */
  boolean isAhead(long timeMs) {
    return timeMs - nowMs > stepMs;
  }

  /**
   * Takes the event time of the next report.
   *
   * @return the event time at which the report is due
   */
  long next(long timeMs) {
    if (!isAhead(timeMs)) {
      mostDisbelieved = Math.max(mostDisbelieved, ahead);
      ahead = 0;
      nowMs = Math.max(nowMs, timeMs);
      return nowMs;
    }
    aheadMs[ahead++] = timeMs;
    if (ahead == BELIEVED_AFTER) {
      long leastMs = Arrays.stream(aheadMs).min().orElseThrow();
      reachedMs = endMs();
      nowMs = leastMs;
      ahead = 0;
    }
    return nowMs;
  }

  /**
   * The event time at which the partition ends, to be asked behind its last report. It has in it
   * what was ahead then: reports that are no further apart than others were, and those of a row
   * that is longer than one that a few wrong clocks made.
   */
  long endMs() {
    long[] sorted = Arrays.copyOf(aheadMs, ahead);
    Arrays.sort(sorted);
    long endMs = Math.max(nowMs, reachedMs);
    int i = 0;
    if (ahead > Math.max(1, mostDisbelieved)) {
      longestGapMs = Math.max(longestGapMs, Math.max(sorted[0] - endMs, usualGap(sorted)));
      i = middle(sorted);
      endMs = Math.max(endMs, sorted[i]);
    }
    for (; i < ahead && sorted[i] - endMs <= longestGapMs; i++) {
      endMs = Math.max(endMs, sorted[i]);
    }
    return endMs;
  }
}
