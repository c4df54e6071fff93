package io.isotherm.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.isotherm.model.PortGroup.Scope;
import io.isotherm.model.PortGroup.Wiring;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PodLayoutTest {
  private static final ChipLimits LIMITS =
      new ChipLimits("chip", 870, 890, 950, true, Report.ABSENT);
  private static final PortGroup MESH = new PortGroup(0, 3, Wiring.MESH, Scope.BOARD, 4, 0, "X");
  private static final PortGroup BOARD = new PortGroup(3, 2, Wiring.SWITCH, Scope.BOARD, 0, 2, "B");
  private static final PortGroup CABINET =
      new PortGroup(5, 3, Wiring.SWITCH, Scope.CABINET, 0, 2, "Y");
  private static final PortGroup POD = new PortGroup(8, 2, Wiring.SWITCH, Scope.POD, 0, 3, "Z");
  private static final int[] SLOTS = {0, 0, 0, 0, 2, 2, 2, 2};

  private static PodLayout layout() {
    return layout("pod-03", 6, 2, 8, 10, List.of(MESH, BOARD, CABINET, POD), SLOTS, 4, 5);
  }

  private static PodLayout layout(
      String pod,
      int cabinets,
      int boards,
      int chips,
      int ports,
      List<PortGroup> groups,
      int[] slots,
      int loop,
      int feed) {
    return new PodLayout(pod, cabinets, boards, chips, ports, groups, slots, loop, feed, LIMITS);
  }

  @Test
  void everythingIsCountedAndFoundAgainFromItsNumber() {
    PodLayout l = layout();
    assertThat(l.boards()).isEqualTo(12);
    assertThat(l.chips()).isEqualTo(96);
    assertThat(l.chipsPerCabinet()).isEqualTo(16);
    assertThat(l.ports()).isEqualTo(960);
    int next = 0;
    for (int cabinet = 0; cabinet < 6; cabinet++) {
      for (int board = 0; board < 2; board++) {
        int b = l.boardIndex(cabinet, board);
        assertThat(l.cabinetOfBoard(b)).isEqualTo(cabinet);
        for (int position = 0; position < 8; position++) {
          int c = l.chipIndex(b, position);
          assertThat(l.boardOfChip(c)).isEqualTo(b);
          assertThat(l.cabinetOfChip(c)).isEqualTo(cabinet);
          assertThat(l.slotClass(c)).isEqualTo(SLOTS[position]);
          for (int port = 0; port < 10; port++) {
            assertThat(l.portIndex(c, port)).isEqualTo(next++);
            assertThat(l.chipOfPort(next - 1)).isEqualTo(c);
          }
        }
      }
    }
    assertThat(l.slotClasses()).isEqualTo(3);
  }

  @Test
  void onlyTheBoardsOfThePodAreThere() {
    PodLayout l = layout();
    assertThat(l.hasBoard(0, 0)).isTrue();
    assertThat(l.hasBoard(5, 1)).isTrue();
    assertThat(l.hasBoard(6, 0)).isFalse();
    assertThat(l.hasBoard(0, 2)).isFalse();
    assertThat(l.hasBoard(-1, 0)).isFalse();
    assertThat(l.hasBoard(0, -1)).isFalse();
  }

  @Test
  void placesAreNamedByTheirPaths() {
    PodLayout l = layout();
    int chip = l.chipIndex(l.boardIndex(5, 1), 7);
    assertThat(l.cabinetPath(5)).isEqualTo("pod-03/cab-005");
    assertThat(l.boardPath(11)).isEqualTo("pod-03/cab-005/board-1");
    assertThat(l.chipPath(chip)).isEqualTo("pod-03/cab-005/board-1/chip-7");
    assertThat(l.portPath(l.portIndex(chip, 9))).isEqualTo("pod-03/cab-005/board-1/chip-7/port-9");
    assertThat(l.coolingLoopPath(1)).isEqualTo("pod-03/loop-001");
    assertThat(l.powerFeedPath(1)).isEqualTo("pod-03/feed-001");
  }

  @Test
  void theLastLoopAndFeedMayHaveFewerCabinets() {
    PodLayout l = layout();
    assertThat(l.coolingLoops()).isEqualTo(2);
    assertThat(l.coolingLoopOfCabinet(3)).isZero();
    assertThat(l.coolingLoopOfCabinet(4)).isEqualTo(1);
    assertThat(l.powerFeedOfCabinet(4)).isZero();
    assertThat(l.powerFeedOfCabinet(5)).isEqualTo(1);
  }

  @Test
  void theTwoEndsOfAMeshLinkFindEachOtherWithinTheirMesh() {
    PodLayout l = layout();
    // Chip 5 of a board is the second chip of the second mesh of four.
    int chip5 = l.chipIndex(0, 5);
    assertThat(l.portPath(l.peerPort(l.portIndex(chip5, 0)))).endsWith("chip-4/port-0");
    assertThat(l.portPath(l.peerPort(l.portIndex(chip5, 1)))).endsWith("chip-6/port-1");
    assertThat(l.portPath(l.peerPort(l.portIndex(chip5, 2)))).endsWith("chip-7/port-1");
    for (int port = 0; port < l.ports(); port++) {
      int peer = l.peerPort(port);
      if (l.portGroup(port).equals(MESH)) {
        assertThat(l.peerPort(peer)).isEqualTo(port);
        assertThat(l.chipOfPort(peer) / 4).isEqualTo(l.chipOfPort(port) / 4);
        assertThat(l.chipOfPort(peer)).isNotEqualTo(l.chipOfPort(port));
      } else {
        assertThat(peer).isEqualTo(PodLayout.NO_PORT);
      }
    }
  }

  @Test
  void aSwitchPortLeadsToTheSwitchOfItsScope() {
    PodLayout l = layout();
    int chip = l.chipIndex(l.boardIndex(5, 1), 7);
    assertThat(l.switchPath(l.portIndex(chip, 4))).isEqualTo("pod-03/cab-005/board-1/switch-1");
    assertThat(l.switchPath(l.portIndex(chip, 6))).isEqualTo("pod-03/cab-005/switch-1");
    assertThat(l.switchPath(l.portIndex(chip, 7))).isEqualTo("pod-03/cab-005/switch-0");
    assertThat(l.switchPath(l.portIndex(chip, 9))).isEqualTo("pod-03/plane-1/switch-02");
    assertThat(l.switchPath(l.portIndex(0, 9))).isEqualTo("pod-03/plane-1/switch-00");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> l.switchPath(l.portIndex(chip, 0)))
        .withMessageContaining("leads to a chip");
  }

  @Test
  void aPodWithoutFabricHasNoPorts() {
    PodLayout l = layout("p", 1, 1, 1, 0, List.of(), new int[] {0}, 1, 1);
    assertThat(l.ports()).isZero();
    assertThat(l.portGroups()).isEmpty();
  }

  @Test
  void numbersThatContradictEachOtherAreRefused() {
    List<PortGroup> all = List.of(MESH, BOARD, CABINET, POD);
    refused("is blank", () -> layout(" ", 6, 2, 8, 10, all, SLOTS, 1, 1));
    refused("has a '/'", () -> layout("a/b", 6, 2, 8, 10, all, SLOTS, 1, 1));
    refused("cabinets is 0", () -> layout("p", 0, 2, 8, 10, all, SLOTS, 1, 1));
    refused("boards per cabinet is 0", () -> layout("p", 6, 0, 8, 10, all, SLOTS, 1, 1));
    refused("chips per board is 0", () -> layout("p", 6, 2, 0, 10, all, SLOTS, 1, 1));
    refused("chips per board is 1025", () -> layout("p", 6, 2, 1025, 10, all, SLOTS, 1, 1));
    refused("ports per chip is -1", () -> layout("p", 6, 2, 8, -1, all, SLOTS, 1, 1));
    refused("more than", () -> layout("p", 1 << 24, 2, 8, 10, all, SLOTS, 1, 1));
    int most = Integer.MAX_VALUE;
    refused("more than", () -> layout("p", 1 << 30, 1 << 30, 16, 0, all, new int[16], 1, 1));
    refused("ports per chip is 65537", () -> layout("p", 1, 1, 8, 65_537, all, SLOTS, 1, 1));
    PortGroup far = new PortGroup(most, 1, Wiring.SWITCH, Scope.POD, 0, 1, "far");
    refused("far goes beyond", () -> layout("p", 6, 2, 8, 10, List.of(far), SLOTS, 1, 1));
    refused("7 slot classes for 8", () -> layout("p", 6, 2, 8, 10, all, new int[7], 1, 1));
    refused("cooling loop", () -> layout("p", 6, 2, 8, 10, all, SLOTS, 0, 1));
    refused("power feed", () -> layout("p", 6, 2, 8, 10, all, SLOTS, 1, 0));
    int[] high = {0, 0, 0, 0, 0, 0, 0, 64};
    refused("slot class 64", () -> layout("p", 6, 2, 8, 10, all, high, 1, 1));
    int[] low = {-1, 0, 0, 0, 0, 0, 0, 0};
    refused("slot class -1", () -> layout("p", 6, 2, 8, 10, all, low, 1, 1));
    refused("goes beyond port 8", () -> layout("p", 6, 2, 8, 9, all, SLOTS, 1, 1));
    refused("port 10 is in no", () -> layout("p", 6, 2, 8, 11, all, SLOTS, 1, 1));
    refused(
        "port 0 is in two",
        () -> layout("p", 6, 2, 8, 10, List.of(MESH, MESH, BOARD, CABINET, POD), SLOTS, 1, 1));
    refused(
        "no whole number of meshes of 4",
        () -> layout("p", 6, 2, 6, 3, List.of(MESH), new int[6], 1, 1));
  }

  @ParameterizedTest
  @CsvSource({
    // 100 cabinets with 20 million each would be less than none.
    "CABINET, 100, 20000000",
    "CABINET, 100, 43000000",
    "CABINET, 1, 4194305",
    "BOARD, 1, 2097153",
    "RAIL, 1, 524289",
    "POD, 1, 2147483647",
  })
  void moreSwitchesThanAMonitorHasRoomForAreRefused(Scope scope, int cabinets, int switches) {
    List<PortGroup> all = List.of(new PortGroup(0, 1, Wiring.SWITCH, scope, 0, switches, "Y"));

    refused(
        "p: more than 4194304 switches", () -> layout("p", cabinets, 2, 8, 1, all, SLOTS, 1, 1));
  }

  @Test
  void aPodMayHaveFourMillionSwitches() {
    PortGroup most = new PortGroup(0, 1, Wiring.SWITCH, Scope.RAIL, 0, 524_288, "Y");

    assertThat(layout("p", 1, 2, 8, 1, List.of(most), SLOTS, 1, 1).switches()).isEqualTo(1 << 22);
  }

  @Test
  void portGroupsAndLimitsThatContradictThemselvesAreRefused() {
    refused("at least one port", () -> new PortGroup(-1, 1, Wiring.SWITCH, Scope.POD, 0, 1, "g"));
    refused("at least one port", () -> new PortGroup(0, 0, Wiring.SWITCH, Scope.POD, 0, 1, "g"));
    refused("inside a board", () -> new PortGroup(0, 3, Wiring.MESH, Scope.POD, 4, 0, "g"));
    refused("ports + 1 chips", () -> new PortGroup(0, 3, Wiring.MESH, Scope.BOARD, 3, 0, "g"));
    refused("no switches", () -> new PortGroup(0, 3, Wiring.MESH, Scope.BOARD, 4, 1, "g"));
    refused("one switch", () -> new PortGroup(0, 3, Wiring.SWITCH, Scope.POD, 0, 0, "g"));
    refused("no mesh size", () -> new PortGroup(0, 3, Wiring.SWITCH, Scope.POD, 4, 1, "g"));
    refused("0 Mb/s", () -> new PortGroup(0, 3, Wiring.SWITCH, Scope.RAIL, 0, 1, 0, "g"));
    refused("must ascend", () -> new ChipLimits("c", 900, 890, 950, true, Report.ABSENT));
    refused("must ascend", () -> new ChipLimits("c", 870, 960, 950, true, Report.ABSENT));
  }

  /** A monitor has tables of the chips of a feed. */
  @Test
  void aFeedOrLoopOfAnyNumberOfCabinetsHasNoMoreThanThePod() {
    int most = Integer.MAX_VALUE;
    PodLayout l = layout("p", 6, 2, 8, 10, List.of(MESH, BOARD, CABINET, POD), SLOTS, most, most);

    assertThat(l.cabinetsPerPowerFeed()).isEqualTo(6);
    assertThat(l.powerFeeds()).isEqualTo(1);
    assertThat(l.powerFeedOfCabinet(5)).isZero();
    assertThat(l.coolingLoops()).isEqualTo(1);
    assertThat(l.coolingLoopOfCabinet(5)).isZero();
  }

  @Test
  void aRailJoinsTheChipsAtOnePositionOfEveryBoard() {
    PortGroup nvlink = new PortGroup(0, 2, Wiring.SWITCH, Scope.BOARD, 0, 2, "NVLink");
    PortGroup rail = new PortGroup(2, 2, Wiring.SWITCH, Scope.RAIL, 0, 3, 400_000, "Rail");
    PortGroup plane = new PortGroup(4, 1, Wiring.SWITCH, Scope.POD, 0, 1, "Z");
    PodLayout l = layout("pod-03", 6, 2, 8, 5, List.of(nvlink, rail, plane), SLOTS, 1, 1);

    assertThat(l.planes()).isEqualTo(2 * 8 + 1);
    assertThat(l.switches()).isEqualTo(12 * 2 + 2 * 8 * 3 + 1);
    int chip = l.chipIndex(l.boardIndex(5, 1), 6);
    assertThat(l.switchPath(l.portIndex(chip, 2))).isEqualTo("pod-03/rail-6/switch-02");
    assertThat(l.switchPath(l.portIndex(chip, 3))).isEqualTo("pod-03/rail-14/switch-02");
    assertThat(l.switchPath(l.portIndex(chip, 4))).isEqualTo("pod-03/plane-0/switch-00");
    for (int port = 0; port < l.ports(); port++) {
      int p = port % 5;
      int s = l.switchOfPort(port);
      assertThat(l.planeOfPort(port)).isEqualTo(l.planeOfSwitch(s));
      if (p == 2 || p == 3) {
        int position = l.chipOfPort(port) % 8;
        assertThat(l.planePath(l.planeOfPort(port)))
            .isEqualTo("pod-03/rail-" + ((p - 2) * 8 + position));
        assertThat(l.switchPathOf(s)).startsWith(l.planePath(l.planeOfPort(port)) + "/switch-");
      }
    }
    assertThat(l.planeOfPort(l.portIndex(chip, 0))).isEqualTo(PodLayout.NO_PLANE);
  }

  @Test
  void portsOfACardBesideTheChipHaveASpeedOfTheirOwn() {
    PortGroup nvlink = new PortGroup(0, 2, Wiring.SWITCH, Scope.BOARD, 0, 2, "NVLink");
    PortGroup rail = new PortGroup(2, 1, Wiring.SWITCH, Scope.RAIL, 0, 1, 400_000, "Rail");
    ChipLimits fast = new ChipLimits("chip", 870, 890, 950, true, 200_000);
    PodLayout l = new PodLayout("pod-00", 1, 1, 8, 3, List.of(nvlink, rail), SLOTS, 1, 1, fast);

    assertThat(l.portMegabits(1)).isEqualTo(200_000);
    assertThat(l.portMegabits(2)).isEqualTo(400_000);
    assertThat(l.portsPerChip()).isEqualTo(3);
    assertThat(l.ownPortsPerChip()).isEqualTo(2);
  }

  private static void refused(String message, ThrowingCallable made) {
    assertThatIllegalArgumentException().isThrownBy(made).withMessageContaining(message);
  }

  @Test
  void everySwitchHasANumberAndAPathOfItsOwn() {
    PodLayout l = layout();
    assertThat(l.switches()).isEqualTo(12 * 2 + 6 * 2 + 2 * 3);
    assertThat(l.planes()).isEqualTo(2);
    Set<String> paths = new HashSet<>();
    for (int s = 0; s < l.switches(); s++) {
      paths.add(l.switchPathOf(s));
    }
    assertThat(paths).hasSize(l.switches());
    for (int port = 0; port < l.ports(); port++) {
      int s = l.switchOfPort(port);
      if (l.peerPort(port) != PodLayout.NO_PORT) {
        assertThat(s).isEqualTo(PodLayout.NO_SWITCH);
      } else {
        assertThat(l.switchPathOf(s)).isEqualTo(l.switchPath(port));
        assertThat(l.planeOfSwitch(s)).isEqualTo(l.planeOfPort(port));
      }
    }
    assertThat(l.planeOfPort(l.portIndex(0, 9))).isEqualTo(1);
    assertThat(l.planePath(1)).isEqualTo("pod-03/plane-1");
    int[] switchesOfSet = new int[l.switchSets()];
    for (int s = 0; s < l.switches(); s++) {
      switchesOfSet[l.setOfSwitch(s)]++;
      assertThat(l.switchPathOf(s)).startsWith(l.switchSetPath(l.setOfSwitch(s)) + "/switch-");
    }
    assertThat(switchesOfSet).hasSize(2 + 12 + 6);
    for (int set = 0; set < switchesOfSet.length; set++) {
      assertThat(switchesOfSet[set]).isEqualTo(l.switchesOfSet(set));
    }
    assertThat(l.boardsOfSet(1)).isEmpty();
    assertThat(l.boardsOfSet(2 + 11)).containsExactly(11);
    assertThat(l.boardsOfSet(2 + 12 + 5)).containsExactly(10, 11);
    assertThatIllegalArgumentException().isThrownBy(() -> l.switchPathOf(l.switches()));
  }

  @Test
  void switchesOfSeveralGroupsOfABoardGoOnCounting() {
    PortGroup mesh = new PortGroup(0, 7, Wiring.MESH, Scope.BOARD, 8, 0, "X");
    PortGroup first = new PortGroup(7, 4, Wiring.SWITCH, Scope.BOARD, 0, 2, "A");
    PortGroup second = new PortGroup(11, 3, Wiring.SWITCH, Scope.BOARD, 0, 3, "B");
    PodLayout l = layout("pod-03", 2, 2, 8, 14, List.of(mesh, first, second), SLOTS, 1, 1);

    int chip = l.chipIndex(1, 0);
    assertThat(l.switchPath(l.portIndex(chip, 8))).isEqualTo("pod-03/cab-000/board-1/switch-1");
    assertThat(l.switchPath(l.portIndex(chip, 11))).isEqualTo("pod-03/cab-000/board-1/switch-2");
    assertThat(l.switchPath(l.portIndex(chip, 13))).isEqualTo("pod-03/cab-000/board-1/switch-4");
    Set<String> paths = new HashSet<>();
    for (int s = 0; s < l.switches(); s++) {
      paths.add(l.switchPathOf(s));
    }
    assertThat(paths).hasSize(4 * 5);
  }
}
