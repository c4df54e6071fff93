package io.isotherm.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A pod as arithmetic: how many parts it has, how they are numbered, named and wired.
 *
 * <p>Boards, chips and ports are numbered through the pod in the order of their paths, so that
 * every table of the pod is an array. Paths are the names that people read:
 *
 * <pre>
 * pod-03/cab-017/board-5/chip-2/port-11
 * pod-03/cab-017/board-5/switch-1      a switch of scope BOARD
 * pod-03/cab-017/switch-3              a switch of scope CABINET
 * pod-03/plane-2/switch-07             a switch of scope POD
 * pod-03/rail-5/switch-00              a switch of scope RAIL
 * pod-03/loop-004                      a cooling loop
 * pod-03/feed-004                      a power feed
 * </pre>
 */
public final class PodLayout {
  /** A port that leads to no other chip's port. */
  public static final int NO_PORT = -1;

  /** A port that leads to no switch. */
  public static final int NO_SWITCH = -1;

  /** A port or switch that belongs to no plane. */
  public static final int NO_PLANE = -1;

  /** Most ports of one pod: every port is numbered by an {@code int} with room to spare. */
  private static final long MAX_PORTS = 1L << 28;

  /** Most switches of one pod: a monitor has tables of them, of some 20 bytes for each. */
  private static final int MAX_SWITCHES = 1 << 22;

  private final String pod;
  private final int cabinets;
  private final int boardsPerCabinet;
  private final int chipsPerBoard;

  /** The power of two that {@link #chipsPerBoard} is, or -1. */
  private final int boardShift;

  private final int portsPerChip;
  private final List<PortGroup> portGroups;
  private final int[] slotClass;
  private final int slotClasses;
  private final int cabinetsPerCoolingLoop;
  private final int cabinetsPerPowerFeed;
  private final ChipLimits limits;
  private final PortGroup[] groupOfPort;

  /** Of each port of a chip: the first switch of its group, or of its own planes or rails. */
  private final int[] firstSwitchOfPort;

  /** Of each port of a chip: its plane, its first rail, or {@link #NO_PLANE}. */
  private final int[] firstPlaneOfPort;

  private final int switches;
  private final List<Plane> planes;

  /** Switches of scope BOARD of each board. */
  private final int switchesOfBoard;

  /** Switches of scope CABINET of each cabinet. */
  private final int switchesOfCabinet;

  /**
   * Switches that reach every cabinet and are no other's.
   *
   * @param name its name in the pod
   * @param firstSwitch its first switch
   * @param switches how many there are
   */
  private record Plane(String name, int firstSwitch, int switches) {}

  /**
   * @param portsPerChip ports of a chip, 0 to {@link Report#MAX_LINKS}
   * @param slotClass slot class of each chip position on a board
   * @param cabinetsPerCoolingLoop cabinets of a cooling loop, at least 1
   * @param cabinetsPerPowerFeed cabinets of a power feed, at least 1; all if the pod has fewer
   * @throws IllegalArgumentException if the numbers contradict each other; the message says which
   */
  public PodLayout(
      String pod,
      int cabinets,
      int boardsPerCabinet,
      int chipsPerBoard,
      int portsPerChip,
      List<PortGroup> portGroups,
      int[] slotClass,
      int cabinetsPerCoolingLoop,
      int cabinetsPerPowerFeed,
      ChipLimits limits) {
    check(!pod.isBlank() && pod.indexOf('/') < 0, "pod name '%s' is blank or has a '/'", pod);
    check(cabinets >= 1, "%s: cabinets is %d, must be at least 1", pod, cabinets);
    check(
        boardsPerCabinet >= 1,
        "%s: boards per cabinet is %d, must be at least 1",
        pod,
        boardsPerCabinet);
    check(
        chipsPerBoard >= 1 && chipsPerBoard <= Report.MAX_CHIPS,
        "%s: chips per board is %d, must be 1 to %d",
        pod,
        chipsPerBoard,
        Report.MAX_CHIPS);
    check(
        portsPerChip >= 0 && portsPerChip <= Report.MAX_LINKS,
        "%s: ports per chip is %d, must be 0 to %d",
        pod,
        portsPerChip,
        Report.MAX_LINKS);
    check(
        (long) cabinets * boardsPerCabinet
            <= MAX_PORTS / ((long) chipsPerBoard * Math.max(1, portsPerChip)),
        "%s: more than %d ports",
        pod,
        MAX_PORTS);
    check(
        slotClass.length == chipsPerBoard,
        "%s: %d slot classes for %d chips of a board",
        pod,
        slotClass.length,
        chipsPerBoard);
    check(cabinetsPerCoolingLoop >= 1, "%s: cabinets per cooling loop must be at least 1", pod);
    check(cabinetsPerPowerFeed >= 1, "%s: cabinets per power feed must be at least 1", pod);
    this.pod = pod;
    this.cabinets = cabinets;
    this.boardsPerCabinet = boardsPerCabinet;
    this.chipsPerBoard = chipsPerBoard;
    this.boardShift =
        Integer.bitCount(chipsPerBoard) == 1 ? Integer.numberOfTrailingZeros(chipsPerBoard) : -1;
    this.portsPerChip = portsPerChip;
    this.portGroups = List.copyOf(portGroups);
    this.slotClass = slotClass.clone();
    this.cabinetsPerCoolingLoop = cabinetsPerCoolingLoop;
    this.cabinetsPerPowerFeed = Math.min(cabinets, cabinetsPerPowerFeed);
    this.limits = limits;
    int classes = 0;
    for (int c : slotClass) {
      check(c >= 0 && c < 64, "%s: slot class %d is not in 0 to 63", pod, c);
      classes = Math.max(classes, c + 1);
    }
    this.slotClasses = classes;
    this.groupOfPort = new PortGroup[portsPerChip];
    for (PortGroup g : portGroups) {
      check(
          (long) g.firstPort() + g.ports() <= portsPerChip,
          "%s: port group %s goes beyond port %d",
          pod,
          g.label(),
          portsPerChip - 1);
      check(
          g.wiring() != PortGroup.Wiring.MESH || chipsPerBoard % g.meshSize() == 0,
          "%s: port group %s: %d chips of a board are no whole number of meshes of %d",
          pod,
          g.label(),
          chipsPerBoard,
          g.meshSize());
      for (int p = g.firstPort(); p < g.firstPort() + g.ports(); p++) {
        check(groupOfPort[p] == null, "%s: port %d is in two port groups", pod, p);
        groupOfPort[p] = g;
      }
    }
    for (int p = 0; p < portsPerChip; p++) {
      check(groupOfPort[p] != null, "%s: port %d is in no port group", pod, p);
    }
    this.firstSwitchOfPort = new int[portsPerChip];
    this.firstPlaneOfPort = new int[portsPerChip];
    Arrays.fill(firstPlaneOfPort, NO_PLANE);
    checkSwitches();
    List<Plane> reaching = new ArrayList<>();
    int nextSwitch = 0;
    int nextPlane = 0;
    int nextRail = 0;
    for (PortGroup g : portGroups) {
      for (int p = g.firstPort(); p < g.firstPort() + g.ports(); p++) {
        firstSwitchOfPort[p] = nextSwitch;
        if (!g.scope().acrossCabinets()) {
          continue;
        }
        firstPlaneOfPort[p] = reaching.size();
        for (int i = 0; i < (g.scope() == PortGroup.Scope.RAIL ? chipsPerBoard : 1); i++) {
          String name =
              g.scope() == PortGroup.Scope.RAIL ? "rail-" + nextRail++ : "plane-" + nextPlane++;
          reaching.add(new Plane(name, nextSwitch, g.switches()));
          nextSwitch += g.switches();
        }
      }
      if (g.wiring() == PortGroup.Wiring.SWITCH && !g.scope().acrossCabinets()) {
        nextSwitch += g.switches() * (g.scope() == PortGroup.Scope.BOARD ? boards() : cabinets);
      }
    }
    this.switches = nextSwitch;
    this.planes = List.copyOf(reaching);
    this.switchesOfBoard = switchesOf(PortGroup.Scope.BOARD);
    this.switchesOfCabinet = switchesOf(PortGroup.Scope.CABINET);
  }

  private int switchesOf(PortGroup.Scope scope) {
    return portGroups.stream().filter(g -> g.scope() == scope).mapToInt(PortGroup::switches).sum();
  }

  /** Counts the switches before they are numbered: a wrong topology may have any number. */
  private void checkSwitches() {
    long sum = 0;
    for (PortGroup g : portGroups) {
      long units =
          switch (g.scope()) {
            case BOARD -> boards();
            case CABINET -> cabinets;
            case POD -> g.ports();
            case RAIL -> (long) g.ports() * chipsPerBoard;
          };
      sum += units * g.switches();
      check(sum <= MAX_SWITCHES, "%s: more than %d switches", pod, MAX_SWITCHES);
    }
  }

  private static void check(boolean ok, String message, Object... args) {
    if (!ok) {
      throw new IllegalArgumentException(message.formatted(args));
    }
  }

  public String pod() {
    return pod;
  }

  public int cabinets() {
    return cabinets;
  }

  public int boardsPerCabinet() {
    return boardsPerCabinet;
  }

  public int chipsPerBoard() {
    return chipsPerBoard;
  }

  public int portsPerChip() {
    return portsPerChip;
  }

  public List<PortGroup> portGroups() {
    return portGroups;
  }

  public ChipLimits limits() {
    return limits;
  }

  /** Boards in the pod. */
  public int boards() {
    return cabinets * boardsPerCabinet;
  }

  /** Chips in the pod. */
  public int chips() {
    return boards() * chipsPerBoard;
  }

  public int chipsPerCabinet() {
    return boardsPerCabinet * chipsPerBoard;
  }

  /** Ports in the pod. */
  public int ports() {
    return chips() * portsPerChip;
  }

  /** Whether the pod has this board. */
  public boolean hasBoard(int cabinet, int board) {
    return cabinet >= 0 && cabinet < cabinets && board >= 0 && board < boardsPerCabinet;
  }

  /** Number of a board through the pod. */
  public int boardIndex(int cabinet, int board) {
    return cabinet * boardsPerCabinet + board;
  }

  /** Number of a chip through the pod, from the board's number and the chip's position. */
  public int chipIndex(int boardIndex, int position) {
    return boardIndex * chipsPerBoard + position;
  }

  /** Number of a port through the pod, from the chip's number and the port of the chip. */
  public int portIndex(int chipIndex, int port) {
    return chipIndex * portsPerChip + port;
  }

  public int cabinetOfBoard(int boardIndex) {
    return boardIndex / boardsPerCabinet;
  }

  public int boardOfChip(int chipIndex) {
    // Asked of every chip, and most boards have 4, 8 or 16: a shift costs a fraction of a division.
    return boardShift >= 0 ? chipIndex >> boardShift : chipIndex / chipsPerBoard;
  }

  public int cabinetOfChip(int chipIndex) {
    return chipIndex / chipsPerCabinet();
  }

  public int chipOfPort(int portIndex) {
    return portIndex / portsPerChip;
  }

  /** Number of different slot classes; classes are 0 to this, exclusive. */
  public int slotClasses() {
    return slotClasses;
  }

  /** Slot class of a chip: chips of one class cool alike. */
  public int slotClass(int chipIndex) {
    return slotClass[chipIndex % chipsPerBoard];
  }

  /** Slot class of the chip at a position on its board, from 0 to {@link #chipsPerBoard()}. */
  public int slotClassAt(int position) {
    return slotClass[position];
  }

  public int coolingLoopOfCabinet(int cabinet) {
    return cabinet / cabinetsPerCoolingLoop;
  }

  public int cabinetsPerCoolingLoop() {
    return cabinetsPerCoolingLoop;
  }

  /** Cooling loops in the pod. */
  public int coolingLoops() {
    return (cabinets - 1) / cabinetsPerCoolingLoop + 1;
  }

  public int powerFeedOfCabinet(int cabinet) {
    return cabinet / cabinetsPerPowerFeed;
  }

  /** Cabinets of a power feed; the last one may have fewer. */
  public int cabinetsPerPowerFeed() {
    return cabinetsPerPowerFeed;
  }

  /** Power feeds of the pod. */
  public int powerFeeds() {
    return (cabinets - 1) / cabinetsPerPowerFeed + 1;
  }

  /** Ports of a chip that are its own, not those of a network card beside it. */
  public int ownPortsPerChip() {
    return portGroups.stream().filter(PortGroup::ofChip).mapToInt(PortGroup::ports).sum();
  }

  /**
   * Nominal speed of a port, one direction, in megabits per second, or {@link Report#ABSENT}.
   *
   * @param port the port of the chip, from 0 to {@link #portsPerChip()}
   */
  public int portMegabits(int port) {
    PortGroup g = groupOfPort[port];
    return g.ofChip() ? limits.portMegabits() : g.megabits();
  }

  /** How a port is wired. */
  public PortGroup portGroup(int portIndex) {
    return groupOfPort[portIndex % portsPerChip];
  }

  /**
   * The port at the other end of a mesh port.
   *
   * <p>In a mesh of {@code n} chips the ports of a chip lead to the other chips in their order,
   * leaving out itself.
   *
   * @return the number of the other port, or {@link #NO_PORT} if a switch is on the other end
   */
  public int peerPort(int portIndex) {
    PortGroup g = portGroup(portIndex);
    if (g.wiring() != PortGroup.Wiring.MESH) {
      return NO_PORT;
    }
    int chip = chipOfPort(portIndex);
    int position = chip % chipsPerBoard;
    int inMesh = position % g.meshSize();
    int k = portIndex % portsPerChip - g.firstPort();
    int peer = k < inMesh ? k : k + 1;
    int peerChip = chip - inMesh + peer;
    return portIndex(peerChip, g.firstPort() + (inMesh < peer ? inMesh : inMesh - 1));
  }

  /** Switches that ports of the pod lead to. */
  public int switches() {
    return switches;
  }

  /** Planes of the pod's fabric, rails among them: sets of switches that reach every cabinet. */
  public int planes() {
    return planes.size();
  }

  /**
   * The switch at the other end of a port, counted through the pod.
   *
   * @return the number of the switch, or {@link #NO_SWITCH} if a chip is on the other end
   */
  public int switchOfPort(int portIndex) {
    PortGroup g = portGroup(portIndex);
    if (g.wiring() != PortGroup.Wiring.SWITCH) {
      return NO_SWITCH;
    }
    int port = portIndex % portsPerChip;
    int chip = chipOfPort(portIndex);
    int k = port - g.firstPort();
    return firstSwitchOfPort[port]
        + switch (g.scope()) {
          case BOARD -> boardOfChip(chip) * g.switches() + k % g.switches();
          case CABINET -> cabinetOfChip(chip) * g.switches() + k % g.switches();
          case POD -> switchOfCabinet(g, chip);
          case RAIL -> chip % chipsPerBoard * g.switches() + switchOfCabinet(g, chip);
        };
  }

  /** Which switch of a plane of its group a chip leads to: neighbouring cabinets share one. */
  private int switchOfCabinet(PortGroup g, int chip) {
    return (int) ((long) cabinetOfChip(chip) * g.switches() / cabinets);
  }

  /** The plane or rail that a port leads to, or {@link #NO_PLANE}. */
  public int planeOfPort(int portIndex) {
    int port = portIndex % portsPerChip;
    int first = firstPlaneOfPort[port];
    return groupOfPort[port].scope() == PortGroup.Scope.RAIL
        ? first + chipOfPort(portIndex) % chipsPerBoard
        : first;
  }

  /** The plane or rail that a switch belongs to, or {@link #NO_PLANE}. */
  public int planeOfSwitch(int switchIndex) {
    for (int p = 0; p < planes.size(); p++) {
      int s = switchIndex - planes.get(p).firstSwitch;
      if (s >= 0 && s < planes.get(p).switches) {
        return p;
      }
    }
    return NO_PLANE;
  }

  /**
   * Sets of switches that share what can fail: the planes and rails by their numbers, and after
   * them the boards and the cabinets that have switches of their own.
   */
  public int switchSets() {
    return firstSetOfCabinets() + (switchesOfCabinet > 0 ? cabinets : 0);
  }

  private int firstSetOfCabinets() {
    return planes.size() + (switchesOfBoard > 0 ? boards() : 0);
  }

  /** The set that a switch belongs to. */
  public int setOfSwitch(int switchIndex) {
    int plane = planeOfSwitch(switchIndex);
    if (plane != NO_PLANE) {
      return plane;
    }
    PortGroup g = groupOfSwitch(switchIndex);
    int unit = (switchIndex - firstSwitchOfPort[g.firstPort()]) / g.switches();
    return unit + (g.scope() == PortGroup.Scope.BOARD ? planes.size() : firstSetOfCabinets());
  }

  /** Path of a set of switches: that of the plane, rail, board or cabinet. */
  public String switchSetPath(int set) {
    if (set < planes.size()) {
      return planePath(set);
    }
    return set < firstSetOfCabinets()
        ? boardPath(set - planes.size())
        : cabinetPath(set - firstSetOfCabinets());
  }

  /** Switches of a set. */
  public int switchesOfSet(int set) {
    if (set < planes.size()) {
      return switchesOfPlane(set);
    }
    return set < firstSetOfCabinets() ? switchesOfBoard : switchesOfCabinet;
  }

  /** The boards whose own a set is: one, or those of a cabinet; of a plane or rail none. */
  public IntStream boardsOfSet(int set) {
    int board = set - planes.size();
    int cabinet = set - firstSetOfCabinets();
    if (cabinet >= 0) {
      return IntStream.range(boardIndex(cabinet, 0), boardIndex(cabinet, 0) + boardsPerCabinet);
    }
    return board >= 0 ? IntStream.of(board) : IntStream.empty();
  }

  /** The group of ports that leads to a switch which is in no plane. */
  private PortGroup groupOfSwitch(int switchIndex) {
    for (PortGroup g : portGroups) {
      int s = switchIndex - firstSwitchOfPort[g.firstPort()];
      int units =
          switch (g.scope()) {
            case BOARD -> boards();
            case CABINET -> cabinets;
            case POD, RAIL -> 0;
          };
      if (s >= 0 && s < g.switches() * units) {
        return g;
      }
    }
    throw new IllegalArgumentException("%s has no switch %d".formatted(pod, switchIndex));
  }

  /**
   * Path of a switch.
   *
   * @param switchIndex number of the switch, counted through the pod
   */
  public String switchPathOf(int switchIndex) {
    int plane = planeOfSwitch(switchIndex);
    if (plane != NO_PLANE) {
      return planePath(plane) + "/switch-" + padded(switchIndex - planes.get(plane).firstSwitch, 2);
    }
    PortGroup group = groupOfSwitch(switchIndex);
    int s = (switchIndex - firstSwitchOfPort[group.firstPort()]) % group.switches();
    // Where several groups have switches of a board or cabinet, they go on counting.
    for (PortGroup g : portGroups.subList(0, portGroups.indexOf(group))) {
      s += g.scope() == group.scope() ? g.switches() : 0;
    }
    return switchSetPath(setOfSwitch(switchIndex)) + "/switch-" + s;
  }

  /**
   * Path of the switch at the other end of a port.
   *
   * @throws IllegalArgumentException if the port belongs to a mesh
   */
  public String switchPath(int portIndex) {
    int s = switchOfPort(portIndex);
    if (s == NO_SWITCH) {
      throw new IllegalArgumentException(portPath(portIndex) + " leads to a chip");
    }
    return switchPathOf(s);
  }

  /** Switches of a plane or rail. */
  public int switchesOfPlane(int plane) {
    return planes.get(plane).switches;
  }

  /** Path of a plane or rail. */
  public String planePath(int plane) {
    return pod + "/" + planes.get(plane).name;
  }

  public String cabinetPath(int cabinet) {
    return pod + "/cab-" + padded(cabinet, 3);
  }

  public String boardPath(int boardIndex) {
    return cabinetPath(cabinetOfBoard(boardIndex)) + "/board-" + boardIndex % boardsPerCabinet;
  }

  /**
   * Consecutive boards by the paths of the first and the last, or of the only one.
   *
   * @param firstBoard number of the first, counted through the pod
   * @param boards how many, at least 1
   */
  public String boardRange(int firstBoard, int boards) {
    return boards == 1
        ? boardPath(firstBoard)
        : boardPath(firstBoard) + " to " + boardPath(firstBoard + boards - 1);
  }

  public String chipPath(int chipIndex) {
    return boardPath(boardOfChip(chipIndex)) + "/chip-" + chipIndex % chipsPerBoard;
  }

  public String portPath(int portIndex) {
    return chipPath(chipOfPort(portIndex)) + "/port-" + portIndex % portsPerChip;
  }

  public String coolingLoopPath(int loop) {
    return pod + "/loop-" + padded(loop, 3);
  }

  public String powerFeedPath(int feed) {
    return pod + "/feed-" + padded(feed, 3);
  }

  /** The number with zeros before it; a pattern would take twenty times as long. */
  private static String padded(int number, int digits) {
    String text = Integer.toString(number);
    return "0".repeat(Math.max(0, digits - text.length())) + text;
  }
}
