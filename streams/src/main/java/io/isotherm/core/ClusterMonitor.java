package io.isotherm.core;

import java.util.Map;
import java.util.function.Consumer;

/** Folds the windows of all pods into one window of the cluster, once every pod has closed it. */
public final class ClusterMonitor {
  public ClusterMonitor(String cluster) {}

  /**
   * Replaces what is known of the pods: the chips of each pod by its name. A pod that has not
   * closed any window holds the cluster's window open.
   */
  public void pods(Map<String, Integer> chipsByPod) {}

  /** Takes the next window of a pod. */
  public void accept(PodWindow window, Consumer<ClusterWindow> output) {}

  /** The state, to go on from after a restart. */
  public byte[] write() {
    return new byte[0];
  }

  /**
   * Goes on from a state that {@link #write} gave.
   *
   * @throws IllegalArgumentException if it was not written by this version
   */
  public void read(byte[] state) {}
}
