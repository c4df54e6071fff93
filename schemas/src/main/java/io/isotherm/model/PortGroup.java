package io.isotherm.model;

/**
 * Consecutive ports of every chip that are wired in the same way.
 *
 * @param firstPort first port of the group
 * @param ports number of ports in the group
 * @param wiring what is on the other end
 * @param scope how far the group reaches
 * @param meshSize chips in one full mesh, {@code ports + 1}; 0 for a switch group
 * @param switches switches per board, per cabinet, per plane of the pod or per rail; 0 for a mesh
 * @param megabits nominal speed of a port, one direction, in megabits per second, if they are those
 *     of a network card beside the chip; {@link Report#ABSENT} for ports of the chip itself
 * @param label name of the dimension for people, for instance X, Y or rail
 */
public record PortGroup(
    int firstPort,
    int ports,
    Wiring wiring,
    Scope scope,
    int meshSize,
    int switches,
    int megabits,
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
    POD,
    /**
     * Each port of the group makes a rail for each position on a board: the switches that the chips
     * at that position of every board lead to, and no other chip.
     */
    RAIL;

    /** Whether its switches reach every cabinet of the pod. */
    public boolean acrossCabinets() {
      return this == POD || this == RAIL;
    }
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
    if (megabits != Report.ABSENT && megabits < 1) {
      throw new IllegalArgumentException(
          "port group %s: a speed of %d Mb/s, must be at least 1".formatted(label, megabits));
    }
  }

  /** A group of ports of the chip itself. */
  public PortGroup(
      int firstPort,
      int ports,
      Wiring wiring,
      Scope scope,
      int meshSize,
      int switches,
      String label) {
    this(firstPort, ports, wiring, scope, meshSize, switches, Report.ABSENT, label);
  }

  /** Whether these are ports of the chip itself, not of a network card beside it. */
  public boolean ofChip() {
    return megabits == Report.ABSENT;
  }
}
