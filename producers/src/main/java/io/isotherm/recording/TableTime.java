package io.isotherm.recording;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The event time to which a table has come. As in a partition, a few boards whose clocks are far
 * ahead cannot move it; here a report is many rows, which count once.
 */
final class TableTime {
  private final PartitionTime time;
  private long nowMs;

  /** Reports in a row that are far ahead, and how many rows they have so far. */
  private final Set<ReportKey> ahead = new HashSet<>();

  private long rowsAhead;
  private @Nullable String firstAhead;
  private long disbelieved;
  private @Nullable String firstDisbelieved;

  /**
   * Which report a row is of.
   *
   * @param board pod and board
   * @param interval number of the interval
   */
  record ReportKey(long board, long interval) {}

  /**
   * @param firstTimesMs times of the first reports, at least one
   * @param stepMs what a row may be ahead of those before, in milliseconds
   */
  TableTime(long[] firstTimesMs, long stepMs) {
    nowMs = PartitionTime.earliest(firstTimesMs, stepMs);
    time = new PartitionTime(nowMs, stepMs);
  }

  /** In milliseconds since 1970-01-01 UTC. */
  long nowMs() {
    return nowMs;
  }

  /** In milliseconds since 1970-01-01 UTC, to be asked behind the last row. */
  long endMs() {
    return time.endMs();
  }

  /** Takes the time of the next row. */
  void next(ReportKey report, long timeMs, String where) {
    if (!time.isAhead(timeMs)) {
      disbelieve();
      nowMs = time.next(timeMs);
      return;
    }
    rowsAhead++;
    firstAhead = firstAhead == null ? where : firstAhead;
    if (ahead.add(report)) {
      nowMs = time.next(timeMs);
      if (ahead.size() == PartitionTime.BELIEVED_AFTER) {
        forget();
      }
    }
  }

  private void disbelieve() {
    if (rowsAhead > 0) {
      disbelieved += rowsAhead;
      firstDisbelieved = firstDisbelieved == null ? firstAhead : firstDisbelieved;
      forget();
    }
  }

  private void forget() {
    ahead.clear();
    rowsAhead = 0;
    firstAhead = null;
  }

  /** Rows that were far ahead of rows behind them. */
  long disbelieved() {
    return disbelieved;
  }

  /** Where the first of them is; null if there is none. */
  @Nullable String firstDisbelieved() {
    return firstDisbelieved;
  }
}
