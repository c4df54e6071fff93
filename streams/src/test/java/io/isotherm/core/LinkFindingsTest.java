package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What links say where pods are large, readings are rare, or faults come again and again. */
final class LinkFindingsTest {
  /** 25 boards of 8 chips with 25 ports: 5,000 ports, more than speeds are kept of. */
  private static final PodLayout LARGE =
      new PodLayout(
          "pod-00",
          5,
          5,
          8,
          25,
          List.of(new PortGroup(0, 25, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 1, "Z")),
          new int[8],
          1,
          1,
          new ChipLimits("Test chip", 870, 890, 950, true, 400_000));

  /** Says when a board reads its links. */
  private interface Schedule {
    boolean reads(int board, int second);
  }

  /** What a large pod tells in 140 s in which its ports run at half of their nominal speed. */
  private static List<String> storyAtHalfSpeed(IntPredicate narrow, Schedule schedule) {
    SmallPod told = new SmallPod(new PodMonitor(LARGE, DetectorSettings.DEFAULT));
    Report r = new Report();
    for (int second = 0; second < 140; second++) {
      for (int board = 0; board < LARGE.boards(); board++) {
        fill(r, LARGE, board, second);
        for (int p = 0; schedule.reads(board, second) && p < 8 * 25; p++) {
          int link = r.addLink(p / 25, p % 25);
          r.linkState[link] = Report.LINK_UP;
          r.linkRate[link] = narrow.test(board * 8 * 25 + p) ? 200_000 : 400_000;
        }
        told.monitor.accept(r, told.output);
      }
    }
    assertThat(told.windows).hasSizeGreaterThan(10);
    return told.story();
  }

  private static void fill(Report r, PodLayout layout, int board, int second) {
    r.clear();
    r.pod = layout.pod();
    r.cabinet = layout.cabinetOfBoard(board);
    r.board = board % layout.boardsPerCabinet();
    r.agentStartMs = SmallPod.START - 1_000;
    r.sequence = second;
    r.timeMs = SmallPod.START + second * 1_000L;
    for (int position = 0; position < layout.chipsPerBoard(); position++) {
      r.addChip(position);
    }
  }

  @Test
  void aNominalSpeedThatIsWrongForALargePodIsNoFaultBetweenReadings() {
    assertThat(storyAtHalfSpeed(port -> true, (board, second) -> second % 60 == 3)).isEmpty();
  }

  @Test
  void aNominalSpeedThatIsWrongIsNoFaultOfTheBoardsThatAreReadNext() {
    assertThat(storyAtHalfSpeed(port -> true, (board, second) -> second % 60 == board * 2))
        .isEmpty();
  }

  @Test
  void aFewNarrowPortsOfALargePodAreNamedBetweenReadings() {
    assertThat(storyAtHalfSpeed(port -> port == 4_500, (board, second) -> second % 60 == 3))
        .containsExactly("OPENED LINK_NARROW " + LARGE.portPath(4_500));
  }

  /** Boards of 8 chips, each chip with two links of 200 Gb/s and a network card of 400. */
  private static PodLayout railed(int boardsPerCabinet, int switchesPerRail) {
    return new PodLayout(
        "pod-00",
        4,
        boardsPerCabinet,
        8,
        3,
        List.of(
            new PortGroup(0, 2, PortGroup.Wiring.SWITCH, PortGroup.Scope.BOARD, 0, 2, "NVLink"),
            new PortGroup(
                2,
                1,
                PortGroup.Wiring.SWITCH,
                PortGroup.Scope.RAIL,
                0,
                switchesPerRail,
                400_000,
                "Rail")),
        new int[8],
        1,
        1,
        new ChipLimits("Test chip", 870, 890, 950, true, 200_000));
  }

  private static final PodLayout RAILED = railed(1, 1);

  /** What a pod with rails tells in 140 s in which some ports are down and some slower. */
  private static List<String> storyOfRails(
      PodLayout layout, IntPredicate down, IntPredicate slower) {
    SmallPod told = new SmallPod(new PodMonitor(layout, DetectorSettings.DEFAULT));
    int ports = layout.portsPerChip();
    Report r = new Report();
    for (int second = 0; second < 140; second++) {
      for (int board = 0; board < layout.boards(); board++) {
        fill(r, layout, board, second);
        for (int p = 0; second % 10 == 3 && p < 8 * ports; p++) {
          int port = board * 8 * ports + p;
          int link = r.addLink(p / ports, p % ports);
          r.linkState[link] = down.test(port) ? Report.LINK_DOWN : Report.LINK_UP;
          r.linkRate[link] = layout.portMegabits(p % ports) / (slower.test(port) ? 2 : 1);
        }
        told.monitor.accept(r, told.output);
      }
    }
    assertThat(told.windows).hasSizeGreaterThan(10);
    return told.story();
  }

  private static IntPredicate onRail(PodLayout layout, String path) {
    return port -> {
      int plane = layout.planeOfPort(port);
      return plane != PodLayout.NO_PLANE && layout.planePath(plane).equals(path);
    };
  }

  @Test
  void aLeafSwitchThatIsDeadIsOneFaultOfTheSwitchOfItsRail() {
    assertThat(storyOfRails(RAILED, onRail(RAILED, "pod-00/rail-5"), port -> false))
        .containsExactly("OPENED SWITCH_FAULT pod-00/rail-5/switch-00");
  }

  @Test
  void aRailOfWhichAllSwitchesAreDeadIsOneFaultOfTheRail() {
    PodLayout layout = railed(3, 2);
    assertThat(storyOfRails(layout, onRail(layout, "pod-00/rail-5"), port -> false))
        .containsExactly("OPENED PLANE_FAULT pod-00/rail-5");
  }

  @Test
  void theSwitchesOfOneBoardTogetherAreOneFaultOfTheBoardsSwitches() {
    String board = "pod-00/cab-001/board-0";
    List<String> story =
        storyOfRails(
            RAILED,
            port ->
                RAILED.portGroup(port).scope() == PortGroup.Scope.BOARD
                    && RAILED.switchPath(port).startsWith(board + "/"),
            port -> false);

    assertThat(story).containsExactly("OPENED PLANE_FAULT " + board);
  }

  /** A chip with 9 links of its own and a card. */
  private static final PodLayout NINE =
      new PodLayout(
          "pod-00",
          4,
          1,
          8,
          10,
          List.of(
              new PortGroup(0, 9, PortGroup.Wiring.SWITCH, PortGroup.Scope.BOARD, 0, 9, "NVLink"),
              new PortGroup(
                  9, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.RAIL, 0, 1, 400_000, "Rail")),
          new int[8],
          1,
          1,
          new ChipLimits("Test chip", 870, 890, 950, true, 200_000));

  @Test
  void aThirdOfAChipsOwnLinksIsTheChipAndItsCardIsNoneOfThem() {
    int first = NINE.portIndex(9, 0);
    assertThat(storyOfRails(NINE, p -> p >= first && p < first + 3, port -> false))
        .containsExactly("OPENED CHIP_LINKS " + NINE.chipPath(9));
    assertThat(
            storyOfRails(NINE, p -> (p >= first && p < first + 2) || p == first + 9, port -> false))
        .hasSize(3)
        .allMatch(e -> e.startsWith("OPENED LINK_DOWN "));
  }

  @Test
  void aCardAtTheSpeedOfTheChipsOwnPortsIsNarrow() {
    int card = RAILED.portIndex(9, 2);
    assertThat(storyOfRails(RAILED, port -> false, port -> port == card))
        .containsExactly("OPENED LINK_NARROW " + RAILED.portPath(card));
    assertThat(storyOfRails(RAILED, port -> false, port -> false)).isEmpty();
  }

  @Test
  void portsThatAreWiredAlikeAreHeldAgainstEachOther() {
    int nvlink = RAILED.portIndex(9, 0);
    assertThat(storyOfRails(RAILED, port -> false, port -> port % 3 == 2)).isEmpty();
    assertThat(storyOfRails(RAILED, port -> false, port -> port % 3 == 2 || port == nvlink))
        .containsExactly("OPENED LINK_NARROW " + RAILED.portPath(nvlink));
  }

  private static int[] portsOfSwitch(int s) {
    return IntStream.range(0, SmallPod.LAYOUT.ports())
        .filter(p -> SmallPod.LAYOUT.switchOfPort(p) == s)
        .toArray();
  }

  /** What is broken in a second of the test. */
  private interface Fault {
    void at(SmallPod pod, int second);
  }

  private static void run(SmallPod pod, int until, Fault fault) {
    for (int second = 0; second < until; second++) {
      pod.downPorts.clear();
      pod.lostChips.clear();
      fault.at(pod, second);
      pod.run(second, second + 1);
    }
  }

  /** Whether a second is in the 40 s after each of three onsets, three minutes apart. */
  private static boolean outage(int second) {
    return second >= 20 && second < 560 && (second - 20) % 180 < 40;
  }

  private static void fell(SmallPod pod, int[] ports) {
    for (int port : ports) {
      pod.downPorts.add(port);
    }
  }

  @Test
  void aSwitchThatFailsThreeTimesMakesNoLinkFlap() {
    SmallPod pod = new SmallPod();
    run(
        pod,
        700,
        (p, second) -> {
          if (outage(second)) {
            fell(p, portsOfSwitch(1));
          }
        });

    assertThat(pod.story())
        .hasSize(6)
        .allMatch(e -> e.endsWith("ED SWITCH_FAULT " + SmallPod.LAYOUT.switchPathOf(1)));
    assertThat(pod.last().links().up()).isEqualTo(SmallPod.LAYOUT.ports());
  }

  @Test
  void aChipThatIsLostThreeTimesMakesNoLinkFlap() {
    SmallPod pod = new SmallPod();
    run(
        pod,
        700,
        (p, second) -> {
          if (outage(second)) {
            p.lostChips.add(22);
          }
        });

    assertThat(pod.story()).hasSize(6).allMatch(e -> e.contains("ED CHIP_SILENT "));
  }

  @Test
  void aLinkThatFallsTwiceByItselfAndTwiceWithItsSwitchDoesNotFlap() {
    SmallPod pod = new SmallPod();
    int port = portsOfSwitch(1)[0];
    run(
        pod,
        900,
        (p, second) -> {
          if (outage(second)) {
            fell(p, second < 200 || second >= 380 ? portsOfSwitch(1) : new int[] {port});
          }
          if (second >= 700 && second < 710) {
            p.downPorts.add(port);
          }
        });

    assertThat(pod.story()).noneMatch(e -> e.contains("LINK_FLAP"));
  }

  @Test
  void aLinkThatFallsThreeTimesByItselfFlapsWhateverItsSwitchDoesInBetween() {
    SmallPod pod = new SmallPod();
    int port = portsOfSwitch(1)[0];
    run(
        pod,
        500,
        (p, second) -> {
          if (second % 300 < 200 && second % 100 < 10) {
            p.downPorts.add(port);
          } else if (second >= 140 && second < 180) {
            fell(p, portsOfSwitch(1));
          }
        });

    assertThat(pod.incidents)
        .filteredOn(e -> e.kind() == IncidentKind.LINK_FLAP)
        .extracting(e -> e.eventMs() - SmallPod.START)
        .containsExactly(310_000L);
  }

  @Test
  void aLinkThatFlapsAndThenStaysDownIsResolvedOnceItIsUp() {
    SmallPod pod = new SmallPod();
    int port = SmallPod.LAYOUT.portIndex(22, 4);
    // Longer than a flap is held, and than falls are remembered.
    int up = 4_500;
    Fault fault =
        (p, second) -> {
          if (second >= 80 && second < up && (second % 80 < 30 || second >= 240)) {
            p.downPorts.add(port);
          }
        };
    String path = SmallPod.LAYOUT.portPath(port);
    run(pod, up, fault);
    assertThat(pod.story())
        .containsExactly("OPENED LINK_DOWN " + path, "UPDATED LINK_FLAP " + path);

    pod.downPorts.clear();
    pod.run(up, up + 100);
    assertThat(pod.story()).hasSize(3).endsWith("RESOLVED LINK_FLAP " + path);
  }

  /** The story of a link without the path, with the second of the test at which each was told. */
  private static List<String> told(SmallPod pod) {
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    return pod.incidents.stream()
        .map(e -> (e.eventMs() - SmallPod.START) / 1_000 + " " + e.type() + " " + e.kind())
        .toList();
  }

  /** What a pod tells in which a port is erroneous, narrow or down. */
  private static SmallPod sick(
      int until, IntPredicate erroneous, IntPredicate narrow, IntPredicate down) {
    SmallPod pod = new SmallPod();
    int port = SmallPod.LAYOUT.portIndex(22, 4);
    run(
        pod,
        until,
        (p, second) -> {
          p.errorsPerSecond.put(port, erroneous.test(second) ? 100 : 0);
          p.megabits.put(port, narrow.test(second) ? 200_000 : 400_000);
          if (down.test(second)) {
            p.downPorts.add(port);
          }
        });
    return pod;
  }

  @Test
  void aLinkWithErrorsThatGoesDownAndComesBackWithErrorsIsOneIncident() {
    SmallPod pod = sick(400, s -> s >= 20 && s < 280, s -> false, s -> s >= 120 && s < 200);

    assertThat(told(pod))
        .containsExactly(
            "50 OPENED LINK_DEGRADED",
            "140 UPDATED LINK_DOWN",
            "220 UPDATED LINK_DEGRADED",
            "340 RESOLVED LINK_DEGRADED");
    assertThat(pod.incidents).extracting(IncidentEvent::revision).containsExactly(1, 2, 3, 4);
    assertThat(pod.incidents)
        .extracting(IncidentEvent::openedMs)
        .containsOnly(pod.incidents.get(0).openedMs());
  }

  @Test
  void aNarrowLinkThatGoesDownIsOneIncidentAndSoItIsWithinTheHour() {
    SmallPod pod =
        sick(700, s -> s >= 500 && s < 560, s -> s >= 20 && s < 120, s -> s >= 120 && s < 200);

    assertThat(told(pod))
        .containsExactly(
            "40 OPENED LINK_NARROW",
            "140 UPDATED LINK_DOWN",
            "260 RESOLVED LINK_DOWN",
            "530 OPENED LINK_DEGRADED",
            "620 RESOLVED LINK_DEGRADED");
  }

  @Test
  void aNarrowLinkWithErrorsIsOneIncidentWhicheverOfThemIsOverFirst() {
    assertThat(told(sick(300, s -> s >= 60, s -> s >= 20 && s < 160, s -> false)))
        .containsExactly("40 OPENED LINK_NARROW", "180 UPDATED LINK_DEGRADED");
    assertThat(told(sick(300, s -> s >= 20 && s < 160, s -> s >= 60, s -> false)))
        .containsExactly(
            "50 OPENED LINK_DEGRADED", "70 UPDATED LINK_DEGRADED", "180 UPDATED LINK_NARROW");
  }

  @Test
  void aLinkWithErrorsThatFallsForOneReadingKeepsItsKind() {
    assertThat(told(sick(300, s -> s >= 20, s -> false, s -> s >= 120 && s < 130)))
        .containsExactly("50 OPENED LINK_DEGRADED");
  }

  @Test
  void aLinkThatFlappedAndHasErrorsIsOneIncident() {
    assertThat(told(sick(1_000, s -> s >= 320, s -> false, s -> s >= 80 && s < 320 && s % 80 < 30)))
        .containsExactly(
            "100 OPENED LINK_DOWN", "250 UPDATED LINK_FLAP", "860 UPDATED LINK_DEGRADED");
  }

  @Test
  void aLinkThatStoppedAJobAndIsUpAgainWithErrorsIsNoLongerCritical() {
    IncidentLedger ledger = new IncidentLedger("pod-00", DetectorSettings.DEFAULT);
    List<IncidentEvent> events = new ArrayList<>();
    for (int window = 0; window < 5; window++) {
      boolean down = window < 3;
      Candidate c =
          new Candidate(
              down ? IncidentKind.LINK_DOWN : IncidentKind.LINK_DEGRADED, 114, "pod-00/link");
      c.chipsAffected = 1;
      c.evidence(new IncidentEvent.Evidence("link", c.path, 0, 0, 1, "ports_up"));
      if (down) {
        c.critical = true;
        c.stops("job/train");
      }
      ledger.update(
          SmallPod.START + window * 10_000L, new TreeMap<>(Map.of(c.key(), c)), events::add);
    }

    assertThat(events)
        .extracting(e -> e.type() + " " + e.kind() + " " + e.severity() + " " + e.children())
        .containsExactly(
            "OPENED LINK_DOWN CRITICAL [job/train]", "UPDATED LINK_DEGRADED WARNING []");
    assertThat(events).extracting(IncidentEvent::id).containsOnly(events.get(0).id());
  }

  @Test
  void whatWasReadOfLinksHoldsForTenMinutes() {
    SmallPod pod = new SmallPod();
    pod.downPorts.add(SmallPod.LAYOUT.portIndex(22, 4));
    pod.run(0, 60);
    String path = SmallPod.LAYOUT.portPath(SmallPod.LAYOUT.portIndex(22, 4));
    assertThat(pod.story()).containsExactly("OPENED LINK_DOWN " + path);
    assertThat(pod.last().links().down()).isEqualTo(1);

    // Whoever reads links has gone; the chips report. The board's links were read at second 53.
    pod.hand = (report, board, second) -> report.linkCount = 0;
    pod.run(60, 650);
    assertThat(pod.last().links().down()).isEqualTo(1);
    assertThat(pod.last().links().unknown()).isZero();
    pod.run(650, 670);
    assertThat(pod.last().links().down()).isZero();
    assertThat(pod.last().links().unknown()).isEqualTo(SmallPod.LAYOUT.ports());
    pod.run(670, 750);
    assertThat(pod.story()).hasSize(2).endsWith("RESOLVED LINK_DOWN " + path);

    pod.hand = (report, board, second) -> {};
    pod.run(750, 790);
    assertThat(pod.last().links().unknown()).isZero();
    // It is down as it was before: the same incident, and no fall more.
    assertThat(pod.story()).hasSize(3).endsWith("OPENED LINK_DOWN " + path);
    assertThat(pod.incidents.get(2).id()).isEqualTo(pod.incidents.get(0).id());
  }

  /** Boards that say their links, as often as they say their chips, in reports of their own. */
  private static SmallPod inTwoReports() {
    return new SmallPod() {
      @Override
      Outcome send(int board, int second) {
        fill(board, second);
        int links = report.linkCount;
        report.linkCount = 0;
        report.sequence = 2 * sequence[board];
        monitor.accept(report, output);
        report.linkCount = links;
        report.chipCount = 0;
        report.sequence++;
        report.timeMs += 10;
        return monitor.accept(report, output);
      }
    };
  }

  @Test
  void linksThatComeInReportsOfTheirOwnAreJudged() {
    SmallPod pod = inTwoReports();
    int port = SmallPod.LAYOUT.portIndex(22, 4);
    pod.run(0, 20);
    pod.downPorts.add(port);
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED LINK_DOWN " + SmallPod.LAYOUT.portPath(port));
    assertThat(pod.last().counters().missed()).isZero();
  }

  @Test
  void aChipThatIsLostTakesItsLinksWithItWhereTheyComeInReportsOfTheirOwn() {
    SmallPod pod = inTwoReports();
    pod.run(0, 22);
    pod.lostChips.add(22);
    pod.run(22, 82);
    pod.lostChips.clear();
    pod.run(82, 200);

    assertThat(pod.story()).hasSize(2).allMatch(e -> e.contains("ED CHIP_SILENT "));
  }

  @Test
  void aChipOfWhichOneSampleIsMissingInEveryWindowKeepsItsLinks() {
    SmallPod pod = new SmallPod();
    int port = SmallPod.LAYOUT.portIndex(22, 4);
    run(
        pod,
        120,
        (p, second) -> {
          if (second % 10 == 7) {
            p.lostChips.add(22);
          }
          if (second >= 20) {
            p.downPorts.add(port);
          }
        });

    assertThat(pod.story()).containsExactly("OPENED LINK_DOWN " + SmallPod.LAYOUT.portPath(port));
  }

  /** A pod whose exporters count errors of links, but do not say whether they are up. */
  private static SmallPod withoutStates() {
    SmallPod pod = new SmallPod();
    pod.hand =
        (report, board, second) ->
            Arrays.fill(report.linkState, 0, report.linkCount, Report.ABSENT);
    return pod;
  }

  @Test
  void aLinkWithErrorsIsFoundWhereItsStateIsNotTold() {
    SmallPod pod = withoutStates();
    int port = SmallPod.LAYOUT.portIndex(22, 4);
    pod.run(0, 20);
    pod.errorsPerSecond.put(port, 50);
    pod.run(20, 80);

    assertThat(pod.story())
        .containsExactly("OPENED LINK_DEGRADED " + SmallPod.LAYOUT.portPath(port));
    assertThat(pod.last().links().degraded()).isEqualTo(1);
    assertThat(pod.last().links().unknown()).isEqualTo(SmallPod.LAYOUT.ports() - 1);
  }

  @Test
  void aFewLinksWithErrorsAreNoFaultOfTheirSwitchWhereStatesAreNotTold() {
    SmallPod pod = withoutStates();
    int[] ports = portsOfSwitch(1);
    pod.run(0, 20);
    for (int port : Arrays.copyOf(ports, 3)) {
      pod.errorsPerSecond.put(port, 50);
    }
    pod.run(20, 80);

    assertThat(pod.story()).hasSize(3).allMatch(e -> e.startsWith("OPENED LINK_DEGRADED "));
  }

  @Test
  void aSwitchWithErrorsAtAllPortsIsFoundWhereStatesAreNotTold() {
    SmallPod pod = withoutStates();
    pod.run(0, 20);
    for (int port : portsOfSwitch(1)) {
      pod.errorsPerSecond.put(port, 50);
    }
    pod.run(20, 80);

    assertThat(pod.story())
        .containsExactly("OPENED SWITCH_FAULT " + SmallPod.LAYOUT.switchPathOf(1));
  }

  @Test
  void linksThatAreToldChipByChipHaveNoErrorsInTheTimeBetween() {
    SmallPod pod = new SmallPod();
    // An error a second, and data that waits 1.8 % of the time: both are well.
    for (int port = 0; port < SmallPod.LAYOUT.ports(); port++) {
      pod.errorsPerSecond.put(port, 1);
    }
    pod.hand =
        // The second 13 tells of one chip, the second 23 of the next.
        (r, board, second) ->
            keepLinks(r, l -> r.linkChip[l] == second / 10 % SmallPod.LAYOUT.chipsPerBoard());
    pod.run(0, 140);

    assertThat(pod.story()).isEmpty();
    assertThat(pod.last().links().errorsTotal()).isZero();
  }

  @Test
  void portsThatAreLeftOutInTurnCountNothingThatNeverWas() {
    SmallPod pod = new SmallPod();
    pod.errors[3] = 5_000;
    pod.hand =
        (r, board, second) -> keepLinks(r, l -> r.linkPort[l] != second / 10 % 2 + 3 || board > 0);
    pod.run(0, 140);

    assertThat(pod.story()).isEmpty();
    assertThat(pod.last().links().errorsTotal()).isZero();
  }

  @Test
  void aCounterThatComesAndGoesIsNoBurstOfErrorsAndHidesNone() {
    SmallPod pod = new SmallPod();
    pod.errors[0] = 900;
    pod.hand =
        (r, board, second) -> {
          if (board == 0 && r.linkCount > 0 && second / 10 % 2 == 0) {
            r.crcErrors[0] = Report.ABSENT_LONG;
          }
        };
    pod.errorsPerSecond.put(1, 100);
    pod.run(0, 140);

    assertThat(pod.story()).containsExactly("OPENED LINK_DEGRADED " + SmallPod.LAYOUT.portPath(1));
    assertThat(pod.windows).extracting(w -> w.links().degraded()).containsOnly(0, 1);
  }

  @Test
  void aLinkThatIsErroneousAtOneEndAndDownAtTheOtherIsOneChildOfItsCause() {
    SmallPod pod = new SmallPod();
    pod.run(0, 20);
    // Of the chip's links in the mesh this end has errors, and the other one says down.
    for (int p = 0; p < 3; p++) {
      pod.errorsPerSecond.put(SmallPod.LAYOUT.portIndex(0, p), 50);
    }
    pod.hand =
        (r, board, second) -> {
          for (int l = 0; l < r.linkCount; l++) {
            int port = SmallPod.LAYOUT.portIndex(board * 4 + r.linkChip[l], r.linkPort[l]);
            int peer = SmallPod.LAYOUT.peerPort(port);
            if (board == 0 && second >= 40 && peer >= 0 && SmallPod.LAYOUT.chipOfPort(peer) == 0) {
              r.linkState[l] = Report.LINK_DOWN;
            }
          }
        };
    pod.run(20, 140);

    assertThat(pod.story()).contains("OPENED CHIP_LINKS " + SmallPod.LAYOUT.chipPath(0));
    assertThat(pod.last().states().degraded()).isEqualTo(1);
    assertThat(pod.incidents)
        .allSatisfy(
            e -> {
              assertThat(e.children()).doesNotHaveDuplicates();
              assertThat(e.childrenTotal()).isEqualTo(e.children().size());
            });
  }

  @Test
  void aCounterThatOnePortLacksAndThenAnotherIsNoTraffic() {
    SmallPod pod = new SmallPod();
    pod.hand =
        (r, board, second) -> {
          if (board == 0 && r.linkCount > 0) {
            r.txBytes[0] += 5_000_000_000_000L;
            r.txBytes[second / 10 % 2] = Report.ABSENT_LONG;
          }
        };
    pod.run(0, 140);

    assertThat(pod.last().links().txBytesTotal()).isBetween(1L, 1_000_000_000_000L);
  }

  @Test
  void aLinkWithErrorsGoesOnInAMonitorThatReadsStateOfTheVersionBefore() {
    SmallPod pod = new SmallPod();
    pod.errors[4] = 4_003;
    pod.run(0, 20);
    pod.errorsPerSecond.put(4, 11);
    pod.run(20, 80);
    PodMonitor next = new PodMonitor(SmallPod.LAYOUT, DetectorSettings.DEFAULT);
    for (int page = 0; page < next.pages(); page++) {
      byte[] bytes = pod.monitor.writePage(page);
      bytes[0] = page == 0 ? bytes[0] : 5;
      next.readPage(page, ByteBuffer.wrap(bytes));
    }
    pod.monitor = next;
    pod.run(80, 200);

    assertThat(pod.story()).containsExactly("OPENED LINK_DEGRADED " + SmallPod.LAYOUT.portPath(4));
    assertThat(pod.last().links().degraded()).isEqualTo(1);
  }

  /** Leaves those links in a report that are to be kept, by their index in it. */
  static void keepLinks(Report r, IntPredicate kept) {
    int said = 0;
    for (int l = 0; l < r.linkCount; l++) {
      if (kept.test(l)) {
        copyLink(r, l, said++);
      }
    }
    r.linkCount = said;
  }

  private static void copyLink(Report r, int from, int to) {
    r.linkChip[to] = r.linkChip[from];
    r.linkPort[to] = r.linkPort[from];
    r.linkState[to] = r.linkState[from];
    r.linkRate[to] = r.linkRate[from];
    r.txBytes[to] = r.txBytes[from];
    r.rxBytes[to] = r.rxBytes[from];
    r.crcErrors[to] = r.crcErrors[from];
    r.retries[to] = r.retries[from];
    r.recoveries[to] = r.recoveries[from];
    r.waitMicros[to] = r.waitMicros[from];
  }
}
