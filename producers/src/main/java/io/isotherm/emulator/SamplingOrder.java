package io.isotherm.emulator;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * When within an interval each board of a pod takes its sample. A board's place in that order is
 * its rank: state lies in memory by rank, because that is the order in which boards are asked.
 */
final class SamplingOrder {
  private final int[] boardAt;
  private final int[] rankOf;
  private final int[] phaseMs;

  SamplingOrder(int boards, int intervalMs) {
    boardAt =
        IntStream.range(0, boards)
            .boxed()
            .sorted(Comparator.comparingInt(b -> phaseMs(b, intervalMs)))
            .mapToInt(b -> b)
            .toArray();
    rankOf = new int[boards];
    phaseMs = new int[boards];
    for (int k = 0; k < boards; k++) {
      rankOf[boardAt[k]] = k;
      phaseMs[k] = phaseMs(boardAt[k], intervalMs);
    }
  }

  /** Multiples of the golden ratio spread any number of boards evenly over the interval. */
  private static int phaseMs(int board, int intervalMs) {
    return (int) ((((board * 2_654_435_769L) & 0xFFFFFFFFL) * intervalMs) >>> 32);
  }

  /** Number of the board of a rank. */
  int boardAt(int rank) {
    return boardAt[rank];
  }

  int rankOf(int board) {
    return rankOf[board];
  }

  /** How long after the beginning of every interval the board of a rank takes its sample. */
  int phaseMs(int rank) {
    return phaseMs[rank];
  }
}
