package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.isotherm.core.IncidentEvent.Severity;
import io.isotherm.core.PodWindow.StateCounts;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PodMonitorTest {
  private static final PodLayout LAYOUT = SmallPod.LAYOUT;

  private final SmallPod pod = new SmallPod();

  @Test
  void aHealthyPodClosesEveryWindowAndRaisesNothing() {
    pod.run(0, 100);

    assertThat(pod.windows).hasSize(9);
    assertThat(pod.windows)
        .extracting(PodWindow::windowStartMs)
        .containsExactly(
            SmallPod.START,
            SmallPod.START + 10_000,
            SmallPod.START + 20_000,
            SmallPod.START + 30_000,
            SmallPod.START + 40_000,
            SmallPod.START + 50_000,
            SmallPod.START + 60_000,
            SmallPod.START + 70_000,
            SmallPod.START + 80_000);
    assertThat(pod.windows)
        .allSatisfy(
            w -> {
              assertThat(w.states()).isEqualTo(new StateCounts(48, 0, 0, 0, 0));
              assertThat(w.chipsReporting()).isEqualTo(48);
              assertThat(w.effectiveComputePermille()).isEqualTo(1_000);
              assertThat(w.power()).isEqualTo(48 * 5_000);
              assertThat(w.links().up()).isEqualTo(LAYOUT.ports());
            });
    assertThat(pod.incidents).isEmpty();
  }

  @Test
  void theHistogramHoldsEveryChipOnce() {
    pod.run(0, 11);

    PodWindow.Histogram t = pod.last().temperature();
    // Front chips have 55.0 to 55.2 °C, rear ones 61.0 to 61.2 °C: 24 each, a third of them exact.
    assertThat(t.counts()[5]).isEqualTo(8);
    assertThat(t.counts()[6]).isEqualTo(16);
    assertThat(t.counts()[7]).isEqualTo(24);
    assertThat(t.sum()).isEqualTo(24 * 550 + 24 * 610 + 48);
    assertThat(pod.last().utilization().counts()[10]).isEqualTo(48);
  }

  @Test
  void aChipThatVanishesIsOneIncidentWithItsNeighboursLinksAsChildren() {
    pod.run(0, 20);
    pod.lostChips.add(9);
    pod.run(20, 80);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT pod-00/cab-000/board-2/chip-1");
    IncidentEvent opened = pod.incidents.get(0);
    assertThat(opened.firstSeenMs()).isEqualTo(SmallPod.START + 20_000);
    assertThat(opened.openedMs()).isEqualTo(SmallPod.START + 40_000);
    assertThat(opened.children()).hasSize(3).allMatch(c -> c.contains("board-2"));
    assertThat(pod.last().states()).isEqualTo(new StateCounts(47, 0, 0, 1, 0));
    assertThat(pod.last().chipStates()[9]).isEqualTo((byte) ChipState.FAILED.code());
    assertThat(pod.last().effectiveComputePermille()).isEqualTo(979);
  }

  @Test
  void aChipThatComesBackResolvesItsIncidentAndLeavesNoLinkBehind() {
    pod.run(0, 20);
    pod.lostChips.add(9);
    pod.run(20, 57);
    pod.lostChips.clear();
    pod.run(57, 120);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_SILENT pod-00/cab-000/board-2/chip-1",
            "RESOLVED CHIP_SILENT pod-00/cab-000/board-2/chip-1");
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  @Test
  void aMonitorThatEndsResolvesWhatIsOpenOnce() {
    pod.run(0, 20);
    pod.silentBoards.add(4);
    pod.run(20, 60);
    long endMs = SmallPod.START + 60_000;

    pod.monitor.end(endMs, pod.output);
    pod.monitor.end(endMs, pod.output);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-001/board-1",
            "RESOLVED BOARD_SILENT pod-00/cab-001/board-1");
    assertThat(pod.incidents.get(1).id()).isEqualTo(pod.incidents.get(0).id());
    assertThat(pod.incidents.get(1).revision()).isEqualTo(2);
    assertThat(pod.incidents.get(1).eventMs()).isEqualTo(endMs);
    assertThat(pod.incidents.get(1).summary()).startsWith("Resolved, as the pod's parts changed: ");
  }

  @Test
  void aSilentBoardIsUnknownNotHealthyAndNotFailed() {
    pod.run(0, 20);
    pod.silentBoards.add(4);
    pod.run(20, 60);

    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT pod-00/cab-001/board-1");
    assertThat(pod.last().states()).isEqualTo(new StateCounts(44, 0, 0, 0, 4));
    assertThat(pod.last().chipsReporting()).isEqualTo(44);
    assertThat(pod.last().links().unknown()).isEqualTo(4 * 5);
  }

  @Test
  void aDarkCabinetIsOneIncidentEvenIfItsBoardsDieAcrossAWindowBoundary() {
    pod.run(0, 19);
    pod.silentBoards.addAll(List.of(3, 4));
    pod.run(19, 20);
    pod.silentBoards.add(5);
    pod.run(20, 60);

    assertThat(pod.story()).containsExactly("OPENED CABINET_SILENT pod-00/cab-001");
    assertThat(pod.incidents.get(0).childrenTotal()).isEqualTo(3);
    assertThat(pod.incidents.get(0).chipsAffected()).isEqualTo(12);
    assertThat(pod.incidents.get(0).severity()).isEqualTo(Severity.CRITICAL);
  }

  @Test
  void aCabinetThatReturnsBoardByBoardResolvesOnceAndOpensNothing() {
    pod.run(0, 20);
    pod.silentBoards.addAll(List.of(3, 4, 5));
    pod.run(20, 50);
    pod.silentBoards.remove(3);
    pod.run(50, 55);
    pod.silentBoards.clear();
    pod.run(55, 100);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CABINET_SILENT pod-00/cab-001", "RESOLVED CABINET_SILENT pod-00/cab-001");
  }

  @Test
  void aDarkPodGoesOnInTimeByTicksAndIsOneIncident() {
    for (int s = 0; s < 20; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }
    for (int s = 20; s < 120; s += 5) {
      pod.tick(s);
    }

    assertThat(pod.story()).containsExactly("OPENED POD_SILENT pod-00");
    assertThat(pod.last().states()).isEqualTo(new StateCounts(0, 0, 0, 0, 48));
    // 120 s of ticks, less the window's own length and the patience.
    assertThat(pod.last().windowStartMs() - SmallPod.START).isGreaterThanOrEqualTo(70_000);

    pod.run(120, 170);
    assertThat(pod.story())
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  @Test
  void ticksOfAClockThatIsWrongByYearsChangeNothingWhileThePodReports() {
    for (int s = 0; s < 100; s++) {
      pod.run(s, s + 1);
      pod.tick(s + 400_000_000);
    }

    assertThat(pod.windows).hasSize(9);
    assertThat(pod.incidents).isEmpty();
  }

  @Test
  void aTickOfAClockThatIsHoursAheadHidesASilentPodForAMinute() {
    reportAndTick(0, 20);
    pod.tick(20 + 3 * 3_600);
    for (int s = 20; s < 180; s += 5) {
      pod.tick(s);
    }

    assertThat(pod.story()).containsExactly("OPENED POD_SILENT pod-00");
    assertThat(pod.incidents.get(0).firstSeenMs()).isEqualTo(SmallPod.START + 20_000);
    // 160 s of ticks, less a minute, the window's own length and the patience.
    assertThat(pod.last().windowStartMs() - SmallPod.START).isGreaterThanOrEqualTo(60_000);
  }

  /** The second clock runs ahead by less than a tick, by seconds, by a minute, by hours. */
  @ParameterizedTest
  @ValueSource(ints = {3, 17, 60, 61, 10_000})
  void tickersWhoseClocksDifferFindASilentPodAsSoonAsOneOfThem(int ahead) {
    SmallPod one = new SmallPod();
    for (SmallPod each : List.of(one, pod)) {
      for (int s = 0; s < 200; s++) {
        if (s < 20) {
          each.run(s, s + 1);
        }
        if (s % 5 == 0) {
          each.tick(s);
        }
        if (s % 5 == 2 && each == pod) {
          each.tick(s + ahead);
        }
      }
    }

    assertThat(pod.story()).isEqualTo(one.story()).containsExactly("OPENED POD_SILENT pod-00");
    assertThat(pod.windows.size()).isBetween(one.windows.size() - 1, one.windows.size() + 1);
  }

  @Test
  void whenTheTickerThatRanAheadEndsTheOtherOneTakesOver() {
    for (int s = 0; s < 20; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
        pod.tick(s + 7_200);
      }
    }
    for (int s = 20; s < 180; s += 5) {
      pod.tick(s);
    }

    assertThat(pod.story()).containsExactly("OPENED POD_SILENT pod-00");
  }

  @Test
  void aMonitorThatIsRestoredAmongTicksFromBehindGoesOnCounting() {
    SmallPod restored = new SmallPod();
    for (SmallPod each : List.of(pod, restored)) {
      for (int s = 0; s < 20; s++) {
        each.run(s, s + 1);
      }
      each.tick(20 + 3_600);
      for (int s = 20; s < 150; s += 5) {
        each.tick(s);
        if (each == restored) {
          each.restore();
        }
      }
    }

    assertThat(restored.story()).isEqualTo(pod.story()).isNotEmpty();
    assertThat(restored.windows)
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(pod.windows);
  }

  @Test
  void ticksAndReportsThatBothStandStillForAWhileAreNoSilence() {
    reportAndTick(0, 21);
    // An outage of 45 s; the ticker is back first, then come the reports that were held back.
    pod.tick(65);
    reportAndTick(21, 110);

    assertThat(pod.incidents).isEmpty();
    assertThat(pod.last().counters().late()).isZero();
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  /** The clock of the ticker is ahead, and it is the first that is heard. */
  @ParameterizedTest
  @ValueSource(ints = {-3_000, 0, 40, 300, 3_000})
  void aPodWhoseFirstWordIsATickGoesByItsReports(int ahead) {
    for (int s = 0; s < 120; s++) {
      if (s % 5 == 0) {
        pod.tick(s + ahead);
      }
      pod.run(s, s + 1);
    }

    assertThat(pod.windows)
        .extracting(w -> (w.windowStartMs() - SmallPod.START) / 10_000)
        .containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    assertThat(pod.last().counters().late()).isZero();
    assertThat(pod.story()).isEmpty();
  }

  /** Ticks come every 5 s, whatever the windows are. */
  @ParameterizedTest
  @ValueSource(ints = {1_000, 2_000, 10_000, 30_000, 60_000, 600_000})
  void aDarkPodIsFoundWithWindowsOfAnyLength(int windowMs) {
    SmallPod dark =
        new SmallPod(
            new PodMonitor(LAYOUT, DetectorSettings.DEFAULT.withWindow(windowMs, windowMs / 2)));
    dark.run(0, 20);
    for (int s = 20; s < 20 + windowMs / 100; s += 5) {
      dark.tick(s);
    }

    assertThat(dark.story()).containsExactly("OPENED POD_SILENT pod-00");
  }

  /**
   * A sum takes no more than 255 samples, and the second half of the window is unlike the first.
   */
  @ParameterizedTest
  @ValueSource(ints = {240_000, 300_000, 600_000})
  void theMeanOfALongWindowIsOfAllOfIt(int windowMs) {
    int seconds = windowMs / 1_000;
    SmallPod slow =
        new SmallPod(new PodMonitor(LAYOUT, DetectorSettings.DEFAULT.withWindow(windowMs, 0)));
    slow.hand =
        (report, board, second) -> {
          boolean late = second % seconds >= seconds / 2;
          for (int i = 0; i < report.chipCount; i++) {
            report.power[i] = late ? 6_000 : 4_000;
          }
        };
    slow.run(0, 2 * seconds + 1);

    assertThat(slow.windows).hasSize(2);
    assertThat(slow.last().power()).isEqualTo(48 * 5_000);
    assertThat(slow.last().states().healthy()).isEqualTo(48);
  }

  /** Reports of every second, and a tick every five. */
  private void reportAndTick(int fromSecond, int toSecond) {
    for (int s = fromSecond; s < toSecond; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }
  }

  @Test
  void aHotChipIsFoundByItsMarginAndByItsPeers() {
    pod.run(0, 20);
    pod.temperatures.put(7, 880);
    pod.temperatures.put(20, 740);
    pod.run(20, 60);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_HOT pod-00/cab-000/board-1/chip-3",
            "OPENED CHIP_HOT pod-00/cab-001/board-2/chip-0");
    assertThat(pod.last().states().degraded()).isEqualTo(2);
    assertThat(pod.last().hotSpots().get(0).subject()).isEqualTo("pod-00/cab-000/board-1/chip-3");
    assertThat(pod.last().hotSpots().get(0).margin()).isEqualTo(-10);
  }

  @Test
  void aRearChipAsHotAsItsPeersIsNoFinding() {
    for (int chip = 0; chip < LAYOUT.chips(); chip++) {
      if (LAYOUT.slotClass(chip) == 1) {
        pod.temperatures.put(chip, 740);
      }
    }
    pod.run(0, 60);

    assertThat(pod.incidents).isEmpty();
  }

  @Test
  void aCabinetThatDriftsHotTogetherIsItsCoolingAndNotItsChips() {
    pod.run(0, 20);
    for (int s = 20; s < 90; s++) {
      for (int chip = 24; chip < 36; chip++) {
        int rise = Math.min(300, (s - 19) * 8);
        pod.temperatures.put(chip, 550 + 60 * LAYOUT.slotClass(chip) + rise);
      }
      pod.run(s, s + 1);
    }

    assertThat(pod.story()).startsWith("OPENED CABINET_HOT pod-00/cab-002");
    assertThat(pod.story()).noneMatch(e -> e.contains("CHIP_HOT"));
    IncidentEvent newest = pod.incidents.get(pod.incidents.size() - 1);
    assertThat(newest.children()).isNotEmpty().allMatch(c -> c.startsWith("pod-00/cab-002/"));
    assertThat(pod.last().states().degraded()).isEqualTo(12);
  }

  @Test
  void aLinkThatIsDownIsOneIncidentNamedByItsLowerEnd() {
    int port = LAYOUT.portIndex(14, 1);
    int peer = LAYOUT.peerPort(port);
    pod.run(0, 20);
    pod.downPorts.add(peer);
    pod.run(20, 90);

    assertThat(pod.story())
        .containsExactly("OPENED LINK_DOWN " + LAYOUT.portPath(Math.min(port, peer)));
    assertThat(pod.last().links().down()).isEqualTo(2);
    assertThat(pod.last().states().degraded()).isEqualTo(2);
  }

  @Test
  void aLinkWithErrorsIsFoundAndQuietOnesAreNot() {
    int port = LAYOUT.portIndex(14, 4);
    pod.errorsPerSecond.put(LAYOUT.portIndex(14, 2), 1);
    pod.errorsPerSecond.put(LAYOUT.portIndex(3, 2), 5);
    pod.run(0, 20);
    pod.errorsPerSecond.put(port, 500);
    pod.run(20, 90);

    assertThat(pod.story()).containsExactly("OPENED LINK_DEGRADED " + LAYOUT.portPath(port));
    assertThat(pod.incidents.get(0).evidence().get(0).value()).isEqualTo(500);
    assertThat(pod.last().links().errorsTotal()).isPositive();

    pod.errorsPerSecond.clear();
    pod.run(90, 190);
    assertThat(pod.story()).contains("RESOLVED LINK_DEGRADED " + LAYOUT.portPath(port));
  }

  @Test
  void aChipThatItsExporterCallsBrokenIsFailed() {
    pod.run(0, 20);
    pod.fatalChips.add(5);
    pod.run(20, 60);

    assertThat(pod.story()).containsExactly("OPENED CHIP_FATAL pod-00/cab-000/board-1/chip-1");
    assertThat(pod.last().states().failed()).isEqualTo(1);
  }

  @Test
  void theLossOfAPartOfASynchronousJobIsCritical() {
    pod.monitor.placements(
        List.of(
            new Placement(
                "train",
                0,
                Long.MAX_VALUE,
                true,
                List.of(new Placement.Member("pod-00", 0, 6, "worker", 0)))));
    pod.run(0, 20);
    pod.silentBoards.addAll(List.of(4, 9));
    pod.run(20, 60);

    assertThat(pod.incidents)
        .extracting(e -> e.subject() + " " + e.severity())
        .containsExactly("pod-00/cab-001/board-1 CRITICAL", "pod-00/cab-003/board-0 WARNING");
  }

  @Test
  void duplicatesChangeNothing() {
    SmallPod once = new SmallPod();
    once.run(0, 60);
    for (int s = 0; s < 60; s++) {
      for (int b = 0; b < LAYOUT.boards(); b++) {
        assertThat(pod.send(b, s)).isEqualTo(Outcome.ACCEPTED);
        assertThat(pod.send(b, s)).isEqualTo(Outcome.DUPLICATE);
        pod.sequence[b]++;
      }
    }

    assertThat(pod.windows).hasSameSizeAs(once.windows);
    assertThat(pod.last().temperature().sum()).isEqualTo(once.last().temperature().sum());
    assertThat(pod.last().power()).isEqualTo(once.last().power());
    assertThat(pod.last().counters().duplicates()).isPositive();
    assertThat(pod.last().counters().reports()).isEqualTo(once.last().counters().reports());
  }

  @Test
  void aReportThatOvertakesAnotherOfItsBoardIsNoDuplicateAndTheOtherNotMissing() {
    pod.run(0, 5);
    pod.sequence[0] = 6;
    assertThat(pod.send(0, 6)).isEqualTo(Outcome.ACCEPTED);
    pod.sequence[0] = 5;
    assertThat(pod.send(0, 5)).isEqualTo(Outcome.ACCEPTED);
    assertThat(pod.send(0, 5)).isEqualTo(Outcome.DUPLICATE);
    pod.sequence[0] = 7;
    pod.run(7, 22);

    assertThat(pod.last().counters().missed()).isZero();
  }

  @Test
  void aReportThatComesAfterItWasCountedAsMissingMakesUpForTheNextOne() {
    pod.run(0, 5);
    pod.sequence[0] = 6;
    pod.run(6, 22);
    assertThat(pod.last().counters().missed()).isEqualTo(1);

    long next = pod.sequence[0];
    pod.sequence[0] = 5;
    assertThat(pod.send(0, 21)).isEqualTo(Outcome.ACCEPTED);
    pod.sequence[0] = next;
    pod.run(22, 35);
    assertThat(pod.last().counters().missed()).isEqualTo(1);

    pod.sequence[0]++;
    pod.run(35, 52);
    assertThat(pod.last().counters().missed()).isEqualTo(1);

    pod.sequence[0]++;
    pod.run(52, 72);
    assertThat(pod.last().counters().missed()).isEqualTo(2);
  }

  @Test
  void aReportFromBeforeTheFirstOfItsAgentMakesUpForNone() {
    pod.sequence[0] = 1;
    pod.send(0, 0);
    pod.sequence[0] = 0;
    assertThat(pod.send(0, 0)).isEqualTo(Outcome.ACCEPTED);
    pod.sequence[0] = 3;
    pod.run(1, 12);

    assertThat(pod.last().counters().missed()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void countersNeverFall(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    for (int s = 0; s < 300; s++) {
      if (random.nextInt(40) == 0) {
        s += random.nextInt(120); // The pipeline stood still.
      }
      for (int b = 0; b < LAYOUT.boards(); b++) {
        long next = pod.sequence[b]++;
        switch (random.nextInt(20)) {
          case 0 -> {} // Lost.
          case 1 -> { // Seen already, or lost before.
            pod.sequence[b] = Math.max(0, next - random.nextInt(20));
            pod.send(b, s - random.nextInt(15));
            pod.sequence[b] = next;
          }
          case 2 -> pod.send(b, s + random.nextInt(-4_000, 4_000));
          default -> {
            pod.sequence[b] = next;
            pod.send(b, s);
          }
        }
        pod.sequence[b] = next + 1;
      }
    }

    for (int i = 1; i < pod.windows.size(); i++) {
      PodWindow.Counters before = pod.windows.get(i - 1).counters();
      PodWindow.Counters now = pod.windows.get(i).counters();
      assertThat(now.reports()).isGreaterThanOrEqualTo(before.reports());
      assertThat(now.late()).isGreaterThanOrEqualTo(before.late());
      assertThat(now.duplicates()).isGreaterThanOrEqualTo(before.duplicates());
      assertThat(now.rejected()).isGreaterThanOrEqualTo(before.rejected());
      assertThat(now.missed()).isGreaterThanOrEqualTo(before.missed());
      assertThat(now.windows()).isEqualTo(before.windows() + 1);
    }
    assertThat(pod.last().counters().missed()).isPositive();
    assertThat(pod.last().counters().rejected()).isPositive();
  }

  @Test
  void theReportThatTurnsThePodToItsTimeIsNotRejected() {
    pod.run(0, 30);
    pod.run(300, 330);

    // Half of the twelve boards had to agree; the report of the sixth was taken.
    assertThat(pod.windows).extracting(w -> w.counters().rejected()).endsWith(5L, 5L);
    assertThat(pod.windows).allMatch(w -> w.counters().rejected() <= 5);
  }

  @Test
  void aLateReportChangesNoWindowButItsAgentIsKnownToLive() {
    pod.run(0, 5);
    pod.silentBoards.add(2);
    pod.run(5, 22);
    pod.sequence[2] = 5;
    assertThat(pod.send(2, 5)).isEqualTo(Outcome.LATE);
    pod.run(22, 40);

    assertThat(pod.last().counters().late()).isEqualTo(1);
    assertThat(pod.windows).allMatch(w -> w.states().total() == 48);
  }

  @Test
  void aBoardWhoseClockIsFarBehindIsToldFromASilentOne() {
    pod.run(0, 20);
    pod.silentBoards.add(2);
    for (int s = 20; s < 60; s++) {
      pod.run(s, s + 1);
      pod.fill(2, s - 50);
      pod.report.sequence = 1_000L + s;
      pod.monitor.accept(pod.report, pod.output);
    }

    assertThat(pod.story()).containsExactly("OPENED BOARD_CLOCK pod-00/cab-000/board-2");
  }

  /** The last is what NVIDIA's drivers say for a number that they do not know. */
  @ParameterizedTest
  @ValueSource(longs = {253_402_300_800_000L, Long.MAX_VALUE, 9_223_372_036_854_775_794L})
  void aTimeThatNoClockCanMeanIsTurnedAwayAlsoWhereNoOtherBoardContradicts(long timeMs) {
    PodLayout oneBoard =
        new PodLayout(
            "pod-00", 1, 1, 4, 0, List.of(), new int[] {0, 0, 0, 0}, 1, 1, LAYOUT.limits());
    SmallPod single = new SmallPod(new PodMonitor(oneBoard, DetectorSettings.DEFAULT));
    single.hand = (report, board, second) -> report.linkCount = 0;

    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          assertThat(sendAt(single, timeMs)).isEqualTo(Outcome.IMPOSSIBLE);
          assertThat(single.monitor.detail())
              .isEqualTo(
                  "pod-00/cab-000/board-0: time %d ms lies after the year 9999".formatted(timeMs));
          for (int second = 0; second < 30; second++) {
            assertThat(single.send(0, second)).isEqualTo(Outcome.ACCEPTED);
            single.sequence[0]++;
            assertThat(sendAt(single, timeMs)).isEqualTo(Outcome.IMPOSSIBLE);
          }
        });

    assertThat(single.windows)
        .extracting(PodWindow::windowStartMs)
        .containsExactly(SmallPod.START, SmallPod.START + 10_000);
  }

  private static Outcome sendAt(SmallPod pod, long timeMs) {
    pod.fill(0, 0);
    pod.report.linkCount = 0;
    pod.report.timeMs = timeMs;
    return pod.monitor.accept(pod.report, pod.output);
  }

  @Test
  void aTickThatNoClockCanMeanMovesNothing() {
    pod.report.clear();
    pod.report.tick = true;
    pod.report.timeMs = Long.MAX_VALUE;
    pod.monitor.accept(pod.report, pod.output);

    assertTimeoutPreemptively(Duration.ofSeconds(20), () -> pod.run(0, 31));

    assertThat(pod.windows).hasSize(3);
    assertThat(pod.last().counters().rejected()).isZero();
  }

  @Test
  void aBoardWhoseTimeNoClockCanMeanIsToldFromASilentOne() {
    pod.run(0, 20);
    pod.hand =
        (report, board, second) -> report.timeMs = board == 2 ? Long.MAX_VALUE : report.timeMs;
    pod.run(20, 60);

    assertThat(pod.story()).containsExactly("OPENED BOARD_CLOCK pod-00/cab-000/board-2");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4_102_444_800_000L})
  void aTimeFromAnotherAgeIsTurnedAwayAndMovesNothing(long timeMs) {
    SmallPod undisturbed = new SmallPod();
    undisturbed.run(0, 60);
    pod.run(0, 30);
    for (int i = 0; i < 100; i++) {
      pod.fill(5, 30);
      pod.report.timeMs = timeMs;
      Outcome outcome = pod.monitor.accept(pod.report, pod.output);
      assertThat(outcome).isEqualTo(timeMs == 0 ? Outcome.TIME_TOO_OLD : Outcome.TIME_TOO_NEW);
      assertThat(pod.monitor.detail()).contains("pod-00/cab-001/board-2");
    }
    pod.run(30, 60);

    assertThat(pod.incidents).isEmpty();
    assertThat(pod.windows).hasSameSizeAs(undisturbed.windows);
    assertThat(pod.last().states()).isEqualTo(undisturbed.last().states());
    assertThat(pod.last().counters().rejected()).isEqualTo(100);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4_102_444_800_000L})
  void aTimeFromAnotherAgeMovesNothingWhereOneBoardIsLeft(long timeMs) {
    pod.run(0, 60);
    IntStream.range(1, SmallPod.LAYOUT.boards()).forEach(pod.silentBoards::add);
    runWithTicks(60, 200);
    long rejected = pod.last().counters().rejected();
    pod.fill(0, 200);
    pod.report.timeMs = timeMs;
    pod.monitor.accept(pod.report, pod.output);
    runWithTicks(200, 300);

    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START + 280_000);
    assertThat(pod.last().counters().rejected()).isEqualTo(rejected + 1);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4_102_444_800_000L})
  void aPodOfFewBoardsWhoseFirstReportIsFromAnotherAgeFindsItsTime(long timeMs) {
    IntStream.range(2, SmallPod.LAYOUT.boards()).forEach(pod.silentBoards::add);
    pod.fill(1, 0);
    pod.report.timeMs = timeMs;
    pod.monitor.accept(pod.report, pod.output);
    runWithTicks(1, 200);

    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START + 180_000);
  }

  @Test
  void aPodOfOneBoardThatReportsSeldomFollowsItAfterAStall() {
    IntStream.range(1, SmallPod.LAYOUT.boards()).forEach(pod.silentBoards::add);
    for (int s = 0; s < 900; s += 5) {
      if (s % 20 == 0 && (s < 100 || s >= 300)) {
        pod.run(s, s + 1);
      }
      if (s < 100 || s >= 300) {
        pod.tick(s);
      }
    }

    assertThat(pod.last().windowStartMs()).isGreaterThan(SmallPod.START + 800_000);
  }

  private void runWithTicks(int from, int to) {
    for (int s = from; s < to; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 4_102_444_800_000L})
  void aPodWhoseVeryFirstReportIsFromAnotherAgeFindsItsTime(long timeMs) {
    pod.fill(5, 0);
    pod.report.timeMs = timeMs;
    pod.report.agentStartMs = 0;
    pod.monitor.accept(pod.report, pod.output);
    pod.run(0, 60);

    assertThat(pod.incidents).isEmpty();
    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START + 40_000);
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  @Test
  void afterAGapWithoutTicksThePodFollowsItsBoardsAndClosesEveryWindowBetween() {
    pod.run(0, 30);
    pod.run(300, 360);

    for (int i = 1; i < pod.windows.size(); i++) {
      assertThat(pod.windows.get(i).windowStartMs())
          .isEqualTo(pod.windows.get(i - 1).windowStartMs() + 10_000);
    }
    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START + 340_000);
    assertThat(pod.story())
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2})
  void aPodOfFewBoardsFollowsThemAfterAGapAsOneOfManyDoes(int boards) {
    SmallPod few = ofBoards(boards);
    few.run(0, 30);
    few.run(300, 360);

    assertThat(few.windows)
        .extracting(w -> (w.windowStartMs() - SmallPod.START) / 10_000)
        .containsExactlyElementsOf(LongStream.range(0, 35).boxed().toList());
    String silent =
        boards == 1 ? "BOARD_SILENT pod-00/cab-000/board-0" : "CABINET_SILENT pod-00/cab-000";
    assertThat(few.story()).containsExactly("OPENED " + silent, "RESOLVED " + silent);
  }

  @Test
  void oneOfTwoBoardsWhoseClockIsWrongMovesNothing() {
    SmallPod two = ofBoards(2);
    two.run(0, 30);
    two.hand =
        (report, board, second) -> {
          report.linkCount = 0;
          report.timeMs += board == 1 ? 600_000 : 0;
        };
    for (int s = 30; s < 60; s++) {
      // Now and then the other one is held up.
      boolean heldUp = s % 10 >= 5;
      if (!heldUp) {
        two.run(s, s + 1);
      } else {
        two.send(1, s);
        two.sequence[1]++;
      }
    }

    assertThat(two.windows)
        .extracting(w -> (w.windowStartMs() - SmallPod.START) / 10_000)
        .allMatch(w -> w < 6);
  }

  /** A pod of one cabinet of so few boards, without links. */
  private static SmallPod ofBoards(int boards) {
    PodLayout layout =
        new PodLayout(
            "pod-00", 1, boards, 4, 0, List.of(), new int[] {0, 0, 0, 0}, 1, 1, LAYOUT.limits());
    SmallPod few = new SmallPod(new PodMonitor(layout, DetectorSettings.DEFAULT));
    few.hand = (report, board, second) -> report.linkCount = 0;
    IntStream.range(boards, LAYOUT.boards()).forEach(few.silentBoards::add);
    return few;
  }

  /** Reports of every second whose clocks are behind, and a tick every five that is not. */
  private void reportBehind(SmallPod to, int from, int until, IntUnaryOperator behindAt) {
    to.hand =
        (r, b, s) -> {
          r.agentStartMs -= 10_000_000;
          r.timeMs -= behindAt.applyAsInt(s) * 1_000L;
        };
    for (int s = from; s < until; s++) {
      to.run(s, s + 1);
      if (s % 5 == 0) {
        to.tick(s);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 60, 120, 600, 3_000})
  void aPodWhoseClocksArePutBackGoesBackWithThem(int behind) {
    reportBehind(pod, 0, 600, s -> s < 60 ? 0 : behind);

    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START + (580 - behind) * 1_000L);
    assertThat(pod.last().states().healthy()).isEqualTo(48);
    assertThat(pod.last().openIncidents()).isZero();
    // None of the boards is to blame alone.
    assertThat(pod.story())
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
    assertThat(pod.incidents.get(0).evidence())
        .extracting(e -> e.finding() + " " + e.value())
        .containsExactly("pod_silent 12", "boards_late 12");
  }

  @Test
  void aPodWithOneBoardThatIsOlderStillFindsItsTime() {
    pod.hand =
        (r, b, s) -> {
          r.agentStartMs -= 10_000_000;
          r.timeMs -= s < 60 ? 0 : b == 5 ? 1_800_000 : 600_000;
        };
    for (int s = 0; s < 600; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }

    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START - 20_000);
    assertThat(pod.last().states().healthy()).isEqualTo(44);
  }

  /** Reports are five minutes late and come a quarter faster than time goes on, or much faster. */
  @ParameterizedTest
  @ValueSource(ints = {4, 2, 1})
  void aBacklogThatBecomesLessLateMovesNothing(int slowness) {
    reportBehind(pod, 0, 60, s -> 0);
    for (int s = 60; s < 360; s += 5) {
      pod.tick(s);
    }
    reportBehind(pod, 360, 1_800, s -> Math.max(0, 300 - (s - 360) / slowness));

    for (int i = 1; i < pod.windows.size(); i++) {
      assertThat(pod.windows.get(i).windowStartMs())
          .isGreaterThan(pod.windows.get(i - 1).windowStartMs());
    }
    assertThat(pod.last().windowStartMs()).isEqualTo(SmallPod.START + 1_780_000);
    assertThat(pod.last().states().healthy()).isEqualTo(48);
    assertThat(pod.story())
        .filteredOn(e -> e.contains("SILENT") || e.contains("CLOCK"))
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
  }

  @Test
  void aMonitorThatIsRestoredAmongLateReportsGoesBackAtTheSameTime() {
    SmallPod restored = new SmallPod();
    for (SmallPod each : List.of(pod, restored)) {
      for (int s = 0; s < 400; s++) {
        reportBehind(each, s, s + 1, second -> second < 60 ? 0 : 120);
        if (each == restored) {
          each.restore();
        }
      }
    }

    assertThat(restored.story()).isEqualTo(pod.story()).isNotEmpty();
    assertThat(restored.windows)
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(pod.windows);
  }

  @Test
  void partsThatDoNotExistAndRecordsThatContradictThemselvesAreTurnedAway() {
    pod.run(0, 5);
    pod.fill(0, 5);
    pod.report.cabinet = 4;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.UNKNOWN_PART);
    assertThat(pod.monitor.detail()).contains("cabinet 4").contains("0 to 3");

    pod.fill(0, 5);
    pod.report.chip[2] = 4;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.UNKNOWN_PART);

    pod.fill(0, 5);
    pod.report.chip[2] = 1;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.IMPOSSIBLE);

    pod.fill(0, 13);
    pod.report.linkPort[2] = 5;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.UNKNOWN_PART);

    pod.fill(0, 5);
    pod.report.sequence = -1;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.IMPOSSIBLE);

    pod.fill(0, 5);
    pod.report.sequence = Long.MAX_VALUE;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.IMPOSSIBLE);

    pod.fill(0, 5);
    pod.report.agentStartMs = Long.MAX_VALUE;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.IMPOSSIBLE);

    assertThat(pod.send(0, 5)).isEqualTo(Outcome.ACCEPTED);
  }

  @Test
  void anImpossibleReadingIsAbsentAndTheOtherReadingsCount() {
    pod.run(0, 5);
    pod.fill(0, 5);
    pod.report.temperature[1] = 9_999;
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.ACCEPTED_IN_PART);
    assertThat(pod.monitor.detail()).contains("chip-1").contains("9999");
    pod.sequence[0]++;
    for (int b = 1; b < LAYOUT.boards(); b++) {
      pod.send(b, 5);
      pod.sequence[b]++;
    }
    pod.run(6, 22);

    SmallPod undisturbed = new SmallPod();
    undisturbed.run(0, 22);
    assertThat(pod.windows.get(0).temperature().sum())
        .isEqualTo(undisturbed.windows.get(0).temperature().sum());
    assertThat(pod.windows.get(0).counters().rejected()).isEqualTo(1);
  }

  @Test
  void anAgentThatRestartsBeginsItsCountersAnew() {
    pod.run(0, 30);
    long before = pod.last().links().errorsTotal();
    for (int b = 0; b < LAYOUT.boards(); b++) {
      pod.sequence[b] = 0;
    }
    for (int s = 30; s < 60; s++) {
      for (int b = 0; b < LAYOUT.boards(); b++) {
        pod.fill(b, s);
        pod.report.agentStartMs = SmallPod.START + 29_500;
        assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.ACCEPTED);
        pod.sequence[b]++;
      }
    }
    assertThat(pod.last().links().errorsTotal()).isEqualTo(before);
    assertThat(pod.last().counters().missed()).isZero();
    pod.fill(0, 60);
    assertThat(pod.monitor.accept(pod.report, pod.output)).isEqualTo(Outcome.DUPLICATE);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aMonitorThatIsStoredAndRestoredAnywhereGivesTheSameResults(long seed) {
    SmallPod whole = new SmallPod();
    troubles(whole, seed);
    SplittableRandom random = new SplittableRandom(seed);
    byte[][] pages = new byte[whole.monitor.pages()][];
    // A chain of monitors, each of which goes on from the pages of the one before; only dirty pages
    // are written, as in the store.
    SmallPod chain =
        new SmallPod() {
          @Override
          Outcome send(int board, int second) {
            Outcome outcome = super.send(board, second);
            if (random.nextInt(40) == 0) {
              for (int p = 0; p < pages.length; p++) {
                if (pages[p] == null || monitor.dirty(p)) {
                  pages[p] = monitor.writePage(p);
                }
                assertThat(monitor.dirty(p)).isFalse();
              }
              monitor = new PodMonitor(LAYOUT, DetectorSettings.DEFAULT);
              for (int p = 0; p < pages.length; p++) {
                monitor.readPage(p, ByteBuffer.wrap(pages[p]));
              }
            }
            return outcome;
          }
        };
    troubles(chain, seed);

    assertThat(chain.incidents).isEqualTo(whole.incidents);
    assertThat(chain.windows)
        .usingRecursiveFieldByFieldElementComparator()
        .isEqualTo(whole.windows);
    assertThat(whole.incidents).isNotEmpty();
  }

  /** Some faults at random, drawn by the seed alone. */
  private static void troubles(SmallPod pod, long seed) {
    SplittableRandom random = new SplittableRandom(seed * 31);
    for (int s = 0; s < 200; s++) {
      switch (random.nextInt(20)) {
        case 0 -> pod.lostChips.add(random.nextInt(LAYOUT.chips()));
        case 1 -> pod.silentBoards.add(random.nextInt(LAYOUT.boards()));
        case 2 -> pod.downPorts.add(random.nextInt(LAYOUT.ports()));
        case 3 -> pod.errorsPerSecond.put(random.nextInt(LAYOUT.ports()), 300);
        case 4 -> pod.temperatures.put(random.nextInt(LAYOUT.chips()), 900);
        case 5 -> pod.lostChips.clear();
        case 6 -> pod.silentBoards.clear();
        case 7 -> pod.temperatures.clear();
        default -> {}
      }
      pod.run(s, s + 1);
    }
  }

  @Test
  void statesOfAnotherLayoutAreRefused() {
    byte[] page = pod.monitor.writePage(1);
    page[4]++;
    assertThatThrownBy(() -> pod.monitor.readPage(1, ByteBuffer.wrap(page)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pod-00/cab-000");
  }

  @Test
  void theOrderInWhichBoardsArriveDoesNotMatter() {
    SmallPod forwards = new SmallPod();
    SmallPod backwards = new SmallPod();
    for (SmallPod p : List.of(forwards, backwards)) {
      p.lostChips.add(3);
      p.temperatures.put(17, 890);
    }
    for (int s = 0; s < 60; s++) {
      for (int i = 0; i < LAYOUT.boards(); i++) {
        int last = LAYOUT.boards() - 1 - i;
        forwards.send(i, s);
        backwards.send(last, s);
        forwards.sequence[i]++;
        backwards.sequence[last]++;
      }
    }
    assertThat(backwards.incidents).isEqualTo(forwards.incidents).isNotEmpty();
    assertThat(backwards.windows)
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("counters", "watermarkMs")
        .isEqualTo(forwards.windows);
  }

  @Test
  void aReportWithoutReadingsIsStillALifeSign() {
    for (int s = 0; s < 30; s++) {
      for (int b = 0; b < LAYOUT.boards(); b++) {
        pod.fill(b, s);
        for (int i = 0; i < pod.report.chipCount; i++) {
          pod.report.temperature[i] = Report.ABSENT;
          pod.report.power[i] = Report.ABSENT;
          pod.report.utilization[i] = Report.ABSENT;
        }
        pod.monitor.accept(pod.report, pod.output);
        pod.sequence[b]++;
      }
    }
    assertThat(pod.last().states().healthy()).isEqualTo(48);
    assertThat(pod.last().chipTemperatures()).containsOnly((byte) 255);
    assertThat(pod.last().hotSpots()).isEmpty();
    assertThat(pod.last().power()).isZero();
  }
}
