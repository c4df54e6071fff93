package io.isotherm.score;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** When boards were under announced maintenance, in which nothing may be raised of them. */
final class Away {
  /** Instead of a time: not at all. */
  static final long NOT = Long.MIN_VALUE;

  /** Consecutive boards of a pod, from a time to another, exclusive, in milliseconds since 1970. */
  private record Upkeep(int firstBoard, long endBoard, long fromMs, long untilMs) {
    boolean has(int board, long timeMs) {
      return board >= firstBoard && board < endBoard && fromMs <= timeMs && timeMs < untilMs;
    }
  }

  private final Map<String, List<Upkeep>> byPod = new HashMap<>();

  Away(Collection<Placement> placements) {
    for (Placement p : placements) {
      for (Placement.Member m : p.members()) {
        if (m.role().equals(Placement.MAINTENANCE)) {
          byPod
              .computeIfAbsent(m.pod(), pod -> new ArrayList<>())
              .add(
                  new Upkeep(
                      m.firstBoard(), (long) m.firstBoard() + m.boards(), p.fromMs(), p.untilMs()));
        }
      }
    }
  }

  /** Until when all boards of a place are away from a time on; {@link #NOT} if one is not then. */
  long until(Place place, long timeMs) {
    PodLayout pod = place.layout();
    List<Upkeep> upkeeps = pod == null ? null : byPod.get(pod.pod());
    if (pod == null || upkeeps == null || place.endChip() <= place.firstChip()) {
      return NOT;
    }
    long first = Long.MAX_VALUE;
    int last = pod.boardOfChip(place.endChip() - 1);
    for (int board = pod.boardOfChip(place.firstChip()); board <= last; board++) {
      long until = until(upkeeps, board, timeMs);
      if (until == timeMs) {
        return NOT;
      }
      first = Math.min(first, until);
    }
    return first;
  }

  private static long until(List<Upkeep> upkeeps, int board, long timeMs) {
    long until = timeMs;
    boolean longer = true;
    while (longer) {
      longer = false;
      for (Upkeep u : upkeeps) {
        if (u.has(board, until)) {
          until = u.untilMs;
          longer = true;
        }
      }
    }
    return until;
  }

  /**
   * Until when all boards of a place are away that were not yet at a time but are before another;
   * {@link #NOT} if there is no such maintenance.
   */
  long untilIfBetween(Place place, long fromMs, long toMs) {
    PodLayout pod = place.layout();
    long until = NOT;
    if (pod != null) {
      for (Upkeep u : byPod.getOrDefault(pod.pod(), List.of())) {
        if (u.fromMs > fromMs && u.fromMs < toMs) {
          until = Math.max(until, until(place, u.fromMs));
        }
      }
    }
    return until;
  }
}
