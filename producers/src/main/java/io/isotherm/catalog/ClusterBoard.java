package io.isotherm.catalog;

/**
 * A board of a cluster, in the order of pods and of the boards in them.
 *
 * @param pod number of the pod in the plan
 * @param board number of the board in the pod
 */
public record ClusterBoard(int pod, int board) implements Comparable<ClusterBoard> {
  @Override
  public int compareTo(ClusterBoard other) {
    return pod != other.pod ? Integer.compare(pod, other.pod) : Integer.compare(board, other.board);
  }
}
