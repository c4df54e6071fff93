package io.isotherm.launcher;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/** Boards of the cluster, each once. What no pod has is left out. */
final class BoardSet {
  private final ClusterParts parts;
  private final Map<String, BitSet> boards = new TreeMap<>();

  BoardSet(ClusterParts parts) {
    this.parts = parts;
  }

  /** Adds the boards of a member. */
  void add(Placement.Member m) {
    boards.computeIfAbsent(m.pod(), pod -> new BitSet()).or(of(m));
  }

  private BitSet of(Placement.Member m) {
    PodLayout pod = parts.pod(m.pod());
    BitSet of = new BitSet();
    if (pod != null && m.firstBoard() < pod.boards()) {
      of.set(m.firstBoard(), (int) Math.min(pod.boards(), (long) m.firstBoard() + m.boards()));
    }
    return of;
  }

  /** Number of boards. */
  int boards() {
    return boards.values().stream().mapToInt(BitSet::cardinality).sum();
  }

  /** Number of chips. */
  long chips() {
    long chips = 0;
    for (Map.Entry<String, BitSet> of : boards.entrySet()) {
      PodLayout pod = parts.pod(of.getKey());
      chips += pod == null ? 0 : (long) of.getValue().cardinality() * pod.chipsPerBoard();
    }
    return chips;
  }

  /**
   * How many of these boards a placement has.
   *
   * @param maintenance whether those that it has in maintenance count, or those that work in it
   */
  int in(Placement p, boolean maintenance) {
    BoardSet of = new BoardSet(parts);
    for (Placement.Member m : p.members()) {
      if (m.role().equals(Placement.MAINTENANCE) == maintenance) {
        of.add(m);
      }
    }
    of.boards.forEach((pod, set) -> set.and(boards.getOrDefault(pod, new BitSet())));
    return of.boards();
  }
}
