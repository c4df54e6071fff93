package io.isotherm.launcher;

import io.isotherm.model.Report;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The newest readings of a board, and what its links did from one reading of them to another. */
final class BoardReadings {
  /** The newest report; null if there is none. */
  private @Nullable Report newest;

  /** The newest with chips; null if there is none. */
  private @Nullable Report chips;

  /** The oldest with links that was taken of the agent that runs; null if there is none. */
  private @Nullable Report linksBefore;

  /** The newest with links; null if there is none. */
  private @Nullable Report links;

  private final Map<Integer, Integer> before = new HashMap<>();

  /** Takes a report of this board, which must not change any more, in whatever order they come. */
  void take(Report report) {
    newest = later(newest, report);
    if (report.chipCount > 0) {
      chips = later(chips, report);
    }
    if (report.linkCount > 0) {
      Report was = linksBefore;
      if (was == null || report.agentStartMs > was.agentStartMs) {
        linksBefore = report;
      } else if (report.timeMs < was.timeMs && report.agentStartMs == was.agentStartMs) {
        linksBefore = report;
      }
      links = later(links, report);
      before.clear();
    }
  }

  private static Report later(@Nullable Report a, Report b) {
    return a == null || b.timeMs >= a.timeMs ? b : a;
  }

  @Nullable Report newest() {
    return newest;
  }

  @Nullable Report chips() {
    return chips;
  }

  @Nullable Report links() {
    return links;
  }

  /** Whether there is a report, and two readings of its links unless it gives none. */
  boolean complete() {
    return newest != null && (links == null || links != linksBefore);
  }

  /** Where a chip is in {@link #chips}; empty if it is not there. */
  OptionalInt chip(int position) {
    Report of = chips;
    for (int i = 0; of != null && i < of.chipCount; i++) {
      if (of.chip[i] == position) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  /** A counter of links. */
  interface Counter {
    long at(Report report, int link);
  }

  /**
   * How much a counter of a link grew in a second, from the first reading to the newest.
   *
   * @param link where it is in {@link #links}
   * @return empty if there are no two readings, or it began anew between them
   */
  OptionalDouble perSecond(int link, Counter counter) {
    Report from = linksBefore;
    Report to = links;
    if (from == null || to == null || to.timeMs <= from.timeMs) {
      return OptionalDouble.empty();
    }
    if (before.isEmpty()) {
      for (int i = 0; i < from.linkCount; i++) {
        before.put(key(from, i), i);
      }
    }
    Integer then = before.get(key(to, link));
    long a = then == null ? Report.ABSENT_LONG : counter.at(from, then);
    long b = counter.at(to, link);
    return a == Report.ABSENT_LONG || b == Report.ABSENT_LONG || b < a
        ? OptionalDouble.empty()
        : OptionalDouble.of((b - a) * 1_000.0 / (to.timeMs - from.timeMs));
  }

  private static int key(Report report, int link) {
    return report.linkChip[link] * Report.MAX_LINKS + report.linkPort[link];
  }

  /** Checksum errors and retries; of one that is not given none. */
  static long errors(Report report, int link) {
    long crc = report.crcErrors[link];
    long retries = report.retries[link];
    return crc == Report.ABSENT_LONG && retries == Report.ABSENT_LONG
        ? Report.ABSENT_LONG
        : Math.max(0, crc) + Math.max(0, retries);
  }
}
