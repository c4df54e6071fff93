package io.isotherm.core;

import java.util.HashMap;
import java.util.Map;

/**
 * What the chips of a pod can give of what all could, in the obvious way, in thousandths, rounded
 * down. A chip that failed or of which nothing is known gives nothing; every member of a team of a
 * synchronous job as much as the slowest of them that works; any other one what it can.
 */
final class ObviousCompute {
  private final ObviousSlowness slowness;

  ObviousCompute(ObviousSlowness slowness) {
    this.slowness = slowness;
  }

  int of(ObviousJudgement window) {
    Map<String, Integer> slowest = new HashMap<>();
    Map<Integer, Integer> paces = new HashMap<>();
    for (int chip : window.chipsSpokenOf()) {
      if (window.states.get(chip) == ChipState.FAILED) {
        continue;
      }
      int pace = slowness.pace(window, chip);
      paces.put(chip, pace);
      int board = window.layout.boardOfChip(chip);
      String team = window.team(board);
      if (team != null && window.synchronous(board)) {
        slowest.merge(team, pace, Math::min);
      }
    }
    long sum = 0;
    for (Map.Entry<Integer, Integer> e : paces.entrySet()) {
      String team = window.team(window.layout.boardOfChip(e.getKey()));
      sum += team == null ? e.getValue() : slowest.getOrDefault(team, e.getValue());
    }
    return (int) (sum / window.layout.chips());
  }
}
