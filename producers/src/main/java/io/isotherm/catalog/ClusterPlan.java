package io.isotherm.catalog;

import io.isotherm.model.PodLayout;
import java.util.List;

/**
 * A cluster as it is to be built or watched.
 *
 * @param cluster name of the cluster
 * @param preset name of the preset or file that it was made from
 * @param chip the chip that every pod is built of
 * @param pods the pods in the order of their names: pod-00, pod-01 and so on
 */
public record ClusterPlan(String cluster, String preset, ChipProfile chip, List<PodLayout> pods) {

  /**
   * Copies the pods.
   *
   * @throws IllegalArgumentException if there is no pod
   */
  public ClusterPlan {
    pods = List.copyOf(pods);
    if (pods.isEmpty()) {
      throw new IllegalArgumentException("a cluster needs at least one pod");
    }
  }

  /** Chips of all pods. */
  public long chips() {
    return pods.stream().mapToLong(PodLayout::chips).sum();
  }

  /** Boards of all pods. */
  public long boards() {
    return pods.stream().mapToLong(PodLayout::boards).sum();
  }

  /** Compute cabinets of all pods. */
  public long cabinets() {
    return pods.stream().mapToLong(PodLayout::cabinets).sum();
  }

  /** Chips' ports of all pods. */
  public long ports() {
    return pods.stream().mapToLong(PodLayout::ports).sum();
  }
}
