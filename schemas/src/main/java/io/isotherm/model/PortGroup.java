package io.isotherm.model;

/**
 * Consecutive ports of every chip that are wired in the same way.
 *
 * @param firstPort first port of the group
 * @param ports number of ports in the group
 * @param wiring what is on the other end
 * @param scope how far the group reaches
 * @param meshSize chips in one full mesh, {@code ports + 1}; 0 for a switch group
 * @param switches switches per board, per cabinet, or per plane of the pod; 0 for a mesh
 * @param label name of the dimension for people, for instance X, Y or rail
 */
public record PortGroup(
    int firstPort,
    int ports,
    Wiring wiring,
    Scope scope,
    int meshSize,
    int switches,
    String label) {

  /** What is on the other end of a port. */
  public enum Wiring {
    /** Each port goes to another chip of the same mesh. */
    MESH,
    /** Each port goes to a switch. */
    SWITCH
  }

  /** How far a group of ports reaches. */
  public enum Scope {
    BOARD,
    CABINET,
    /** Each port of the group is a plane of its own. */
    POD
  }

  /**
   * @throws IllegalArgumentException if the numbers contradict each other
   */
  public PortGroup {
    if (firstPort < 0 || ports < 1) {
      throw new IllegalArgumentException(
          "port group %s: needs at least one port from 0 on".formatted(label));
    }
    if (wiring == Wiring.MESH && (scope != Scope.BOARD || meshSize != ports + 1 || switches != 0)) {
      throw new IllegalArgumentException(
          "port group %s: a mesh lies inside a board, has ports + 1 chips and no switches"
              .formatted(label));
    }
    if (wiring == Wiring.SWITCH && (switches < 1 || meshSize != 0)) {
      throw new IllegalArgumentException(
          "port group %s: needs at least one switch and no mesh size".formatted(label));
    }
  }
}
