package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every finding fires on its fault, once, and is silent on what only looks like it. */
final class FindingsTest {
  private static final PodLayout LAYOUT = SmallPod.LAYOUT;
  private static final int CHIP = 22;
  private static final int BOARD = 5;
  private static final int POSITION = 2;
  private static final String CHIP_PATH = "pod-00/cab-001/board-2/chip-2";

  /** The small pod on a single power feed. */
  private static final PodLayout ONE_FEED =
      new PodLayout(
          LAYOUT.pod(),
          LAYOUT.cabinets(),
          LAYOUT.boardsPerCabinet(),
          LAYOUT.chipsPerBoard(),
          LAYOUT.portsPerChip(),
          LAYOUT.portGroups(),
          new int[] {0, 0, 1, 1},
          LAYOUT.cabinetsPerCoolingLoop(),
          LAYOUT.cabinets(),
          LAYOUT.limits());

  private final SmallPod pod = new SmallPod();

  FindingsTest() {
    pod.monitor.placements(List.of(job("train", 0, 12, "worker")));
  }

  private static Placement job(String name, int first, int boards, String role) {
    return new Placement(
        name,
        0,
        Long.MAX_VALUE,
        true,
        List.of(new Placement.Member(LAYOUT.pod(), first, boards, role, 0)));
  }

  /** Changes a chip of the report from a second on. */
  private interface Change {
    void of(Report report, int i, int second);
  }

  private void from(int start, int board, int position, Change change) {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            if (second >= start
                && (board < 0 || b == board)
                && (position < 0 || report.chip[i] == position)) {
              change.of(report, i, second);
            }
          }
        };
  }

  private void slow(Report r, int i, int permille) {
    r.tensorActivity[i] = r.tensorActivity[i] * (1_000 - permille) / 1_000;
    r.power[i] = r.power[i] * (1_000 - permille) / 1_000;
  }

  @Test
  void aChipThatDoesLessThanItsTeamIsSlowAndSlowsTheJob() {
    from(30, BOARD, POSITION, (r, i, s) -> slow(r, i, 150));
    pod.run(0, 240);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
    assertThat(pod.last().states().degraded()).isEqualTo(1);
    // The whole job is as fast as its slowest member, and a smoothed lag never says too much.
    assertThat(pod.last().effectiveComputePermille()).isBetween(850, 900);
  }

  @Test
  void aChipThatIsSlowAgainSoonIsTheSameIncident() {
    pod.hand =
        (report, b, second) -> {
          if (second < 120 || second >= 300) {
            for (int i = 0; b == BOARD && i < report.chipCount; i++) {
              slow(report, i, report.chip[i] == POSITION ? 200 : 0);
            }
          }
        };
    pod.run(0, 420);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_SLOW " + CHIP_PATH,
            "RESOLVED CHIP_SLOW " + CHIP_PATH,
            "OPENED CHIP_SLOW " + CHIP_PATH);
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    assertThat(pod.incidents).extracting(IncidentEvent::revision).containsExactly(1, 2, 3);
  }

  @Test
  void dataThatIsHeavyNowForOneThenForAnotherMakesNobodySlow() {
    pod.hand =
        (r, b, s) -> {
          if (b == s / 20 % 12) {
            slow(r, s / 40 % 4, 200);
          }
        };
    pod.run(0, 400);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void anIdleChipIsNotSlow() {
    from(
        30,
        BOARD,
        -1,
        (r, i, s) -> {
          r.utilization[i] = 10;
          r.tensorActivity[i] = 0;
          r.power[i] = 900;
        });
    pod.run(0, 200);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void theWholeJobWaitingMakesNobodySlow() {
    from(30, -1, -1, (r, i, s) -> slow(r, i, 200));
    pod.run(0, 200);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void memoryThatCorrectsMuchIsNamedAndACounterThatStartsAnewIsNot() {
    from(30, BOARD, POSITION, (r, i, s) -> r.eccCorrected[i] += s - 30);
    pod.run(0, 150);
    assertThat(pod.story()).containsExactly("OPENED HBM_CORRECTABLE " + CHIP_PATH);
    assertThat(pod.windows).extracting(w -> w.states().suspect()).contains(1);
    assertThat(pod.last().states().degraded()).isEqualTo(1);

    SmallPod reset = new SmallPod();
    reset.hand =
        (r, b, s) -> {
          for (int i = 0; i < r.chipCount; i++) {
            r.eccCorrected[i] = s % 50 < 25 ? 5_000 : 0;
          }
        };
    reset.run(0, 24);
    reset.run(25, 49);
    assertThat(reset.story()).isEmpty();
  }

  @Test
  void whatMemoryCorrectedWhileNothingWasHeardIsNoBurst() {
    // A rate that is well: an error every 20 s, and twenty minutes without a report.
    from(0, BOARD, POSITION, (r, i, s) -> r.eccCorrected[i] = s / 20);
    pod.run(0, 60);
    pod.run(1_260, 1_400);

    assertThat(pod.story()).noneMatch(event -> event.contains("HBM_CORRECTABLE"));
  }

  @Test
  void whatMemoryCorrectedWhileItsChipWasLeftOutIsNoBurst() {
    // The same rate, and twenty minutes in which the board's reports have links alone.
    pod.hand =
        (r, b, s) -> {
          if (b != BOARD) {
            return;
          }
          r.chipCount = s >= 60 && s < 1_260 ? 0 : r.chipCount;
          for (int i = 0; i < r.chipCount; i++) {
            r.eccCorrected[i] = r.chip[i] == POSITION ? s / 20 : 0;
            r.eccUncorrected[i] = r.chip[i] == POSITION + 1 && s >= 600 ? 3 : 2;
          }
        };
    pod.run(0, 60);
    for (int s = 60; s < 1_260; s++) {
      for (int b = 0; b < LAYOUT.boards(); b++) {
        if (b != BOARD || s % 10 == 3) {
          pod.send(b, s);
        }
        pod.sequence[b]++;
      }
    }
    pod.run(1_260, 1_400);

    assertThat(pod.story())
        .noneMatch(event -> event.contains("HBM_CORRECTABLE"))
        .contains("OPENED HBM_UNCORRECTABLE pod-00/cab-001/board-2/chip-3");
  }

  @Test
  void anUncorrectableErrorExplainsThatTheChipIsFatal() {
    from(
        30,
        BOARD,
        POSITION,
        (r, i, s) -> {
          r.eccUncorrected[i] = 3;
          r.health[i] = Report.HEALTH_FATAL;
        });
    pod.run(0, 150);

    assertThat(pod.story()).containsExactly("OPENED HBM_UNCORRECTABLE " + CHIP_PATH);
    assertThat(pod.last().states().failed()).isEqualTo(1);
  }

  @Test
  void aChipHasFailedInEveryWindowInWhichItsUncorrectableErrorCounts() {
    from(30, BOARD, POSITION, (r, i, s) -> r.eccUncorrected[i] = 3);
    pod.run(0, 150);

    assertThat(pod.windows)
        .extracting(w -> w.states().failed())
        .containsExactly(0, 0, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0);
    assertThat(pod.story())
        .containsExactly(
            "OPENED HBM_UNCORRECTABLE " + CHIP_PATH, "RESOLVED HBM_UNCORRECTABLE " + CHIP_PATH);
  }

  /** Lets a chip have an uncorrectable error, of which its exporter says no more, at second 30. */
  private static void error(Report r, int board, int second) {
    for (int i = 0; second >= 30 && board == BOARD && i < r.chipCount; i++) {
      r.eccUncorrected[i] += r.chip[i] == POSITION ? 1 : 0;
    }
  }

  @Test
  void aJobThatAnUncorrectableErrorStopsHasOneIncidentForAsLongAsItStands() {
    pod.hand =
        (r, b, s) -> {
          error(r, b, s);
          for (int i = 0; s >= 45 && s < 900 && i < r.chipCount; i++) {
            idle(r, i);
          }
        };
    pod.run(0, 300);
    pod.restore();
    pod.monitor.placements(List.of(job("train", 0, 12, "worker")));
    pod.run(300, 900);
    assertThat(pod.story())
        .containsOnlyOnce("OPENED HBM_UNCORRECTABLE " + CHIP_PATH)
        .allMatch(line -> line.contains(" HBM_UNCORRECTABLE "))
        .noneMatch(line -> line.startsWith("RESOLVED"));
    assertThat(pod.incidents.get(pod.incidents.size() - 1).children()).contains("job/train");
    assertThat(pod.last().states().failed()).isEqualTo(1);

    pod.run(900, 1_000);
    assertThat(pod.story()).endsWith("RESOLVED HBM_UNCORRECTABLE " + CHIP_PATH);
    assertThat(pod.last().openIncidents()).isZero();
  }

  @Test
  void aChipThatIsResetAfterAnUncorrectableErrorIsTheSameIncident() {
    pod.hand =
        (r, b, s) -> {
          error(r, b, s);
          for (int i = 0; s >= 45 && s < 400 && i < r.chipCount; i++) {
            idle(r, i);
          }
        };
    pod.run(0, 120);
    pod.lostChips.add(CHIP);
    pod.run(120, 200);
    pod.lostChips.clear();
    pod.run(200, 500);

    assertThat(pod.story())
        .containsOnlyOnce("OPENED HBM_UNCORRECTABLE " + CHIP_PATH)
        .containsOnlyOnce("RESOLVED HBM_UNCORRECTABLE " + CHIP_PATH)
        .allMatch(line -> line.contains(" HBM_UNCORRECTABLE "));
  }

  @Test
  void anUncorrectableErrorIsNotNamedAgainWhenItsBoardIsBackAfterMinutes() {
    pod.hand =
        (r, b, s) -> {
          error(r, b, s);
          for (int i = 0; s >= 45 && i < r.chipCount; i++) {
            idle(r, i);
          }
        };
    pod.run(0, 120);
    pod.silentBoards.add(BOARD);
    pod.run(120, 300);
    pod.silentBoards.clear();
    pod.run(300, 400);

    assertThat(pod.story()).containsOnlyOnce("OPENED HBM_UNCORRECTABLE " + CHIP_PATH);
  }

  @Test
  void aJobThatWorkedOnAfterAnUncorrectableErrorHasCrashedForAnotherReason() {
    pod.hand =
        (r, b, s) -> {
          error(r, b, s);
          for (int i = 0; s >= 150 && i < r.chipCount; i++) {
            idle(r, i);
          }
        };
    pod.run(0, 250);

    assertThat(pod.story())
        .containsExactly(
            "OPENED HBM_UNCORRECTABLE " + CHIP_PATH,
            "RESOLVED HBM_UNCORRECTABLE " + CHIP_PATH,
            "OPENED JOB_CRASHED job/train");
  }

  @Test
  void anUncorrectableErrorIsOverWhenTheJobThatItStoppedHasEnded() {
    pod.monitor.placements(
        List.of(
            new Placement(
                "train",
                0,
                SmallPod.START + 300_000,
                true,
                List.of(new Placement.Member(LAYOUT.pod(), 0, 12, "worker", 0)))));
    pod.hand =
        (r, b, s) -> {
          error(r, b, s);
          for (int i = 0; s >= 45 && i < r.chipCount; i++) {
            idle(r, i);
          }
        };
    pod.run(0, 300);
    assertThat(pod.story()).noneMatch(line -> line.startsWith("RESOLVED"));

    pod.run(300, 400);
    assertThat(pod.story()).endsWith("RESOLVED HBM_UNCORRECTABLE " + CHIP_PATH);
  }

  @Test
  void anUncorrectableErrorIsOverWhenSomebodyHasWorkedOnItsBoard() {
    pod.monitor.placements(
        List.of(
            job("train", 0, 12, "worker"),
            new Placement(
                "repair",
                SmallPod.START + 300_000,
                SmallPod.START + 400_000,
                false,
                List.of(new Placement.Member(LAYOUT.pod(), BOARD, 1, "maintenance", 0)))));
    pod.hand =
        (r, b, s) -> {
          error(r, b, s);
          for (int i = 0; s >= 45 && i < r.chipCount; i++) {
            idle(r, i);
          }
        };
    pod.run(0, 600);

    assertThat(pod.story())
        .filteredOn(line -> !line.startsWith("UPDATED"))
        .containsExactly(
            "OPENED HBM_UNCORRECTABLE " + CHIP_PATH,
            "RESOLVED HBM_UNCORRECTABLE " + CHIP_PATH,
            "OPENED JOB_CRASHED job/train");
  }

  @Test
  void aFeedWhoseClocksFallForPowerSagsAndOneThatOnlySavesPowerDoesNot() {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; s >= 30 && i < r.chipCount; i++) {
            if (LAYOUT.cabinetOfBoard(b) == 1) {
              r.throttleReasons[i] = Report.THROTTLE_POWER;
              r.clock[i] = 300;
              slow(r, i, 700);
            }
            if (LAYOUT.cabinetOfBoard(b) == 2) {
              r.throttleReasons[i] = Report.THROTTLE_POWER;
              r.clock[i] = 1_450;
            }
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).containsExactly("OPENED POWER_SAG " + LAYOUT.powerFeedPath(1));
  }

  @Test
  void aCabinetThatHeavyWorkHoldsAtItsPowerCapDoesNotSag() {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; i < r.chipCount; i++) {
            boolean heavy = LAYOUT.cabinetOfBoard(b) == 1;
            r.throttleReasons[i] = heavy ? Report.THROTTLE_POWER : 0;
            r.clock[i] = heavy ? 1_200 : 1_500;
            // As good as what the others draw, which are held at the same cap now and then.
            r.power[i] = heavy ? 6_900 : 7_000;
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aFeedSagsAlsoIfMostOthersAreIdleAndUntilItsClocksAreKnownToBeBack() {
    pod.monitor.placements(List.of(job("train", 0, 6, "worker")));
    pod.hand =
        (r, b, s) -> {
          int cabinet = LAYOUT.cabinetOfBoard(b);
          boolean pauses = s >= 100 && s < 160;
          for (int i = 0; i < r.chipCount; i++) {
            if (cabinet > 1 || pauses) {
              idle(r, i);
              r.hbmUsed[i] = 80_000;
              r.clock[i] = 345;
            }
            if (cabinet == 1 && s >= 30 && s < 200) {
              cap(r, i, pauses ? 345 : 900);
              slow(r, i, 400);
            }
          }
        };
    pod.run(0, 200);
    assertThat(pod.story()).containsExactly("OPENED POWER_SAG " + LAYOUT.powerFeedPath(1));

    pod.run(200, 260);
    assertThat(pod.story()).endsWith("RESOLVED POWER_SAG " + LAYOUT.powerFeedPath(1));
  }

  @Test
  void chipsAtTheirPowerCapInAPodOfOneFeedAreNoSag() {
    SmallPod pod = new SmallPod(new PodMonitor(ONE_FEED, DetectorSettings.DEFAULT));
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; s >= 30 && i < r.chipCount; i++) {
            cap(r, i, 1_450);
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aFeedOfChipsThatGiveNoClockDoesNotSag() {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; i < r.chipCount; i++) {
            boolean saves = s >= 30 && LAYOUT.cabinetOfBoard(b) == 1;
            r.throttleReasons[i] = saves ? Report.THROTTLE_POWER : 0;
            r.clock[i] = saves ? Report.ABSENT : 1_500;
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aFeedIsNotHeldAgainstFeedsThatGiveNoClock() {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; i < r.chipCount; i++) {
            boolean saves = s >= 30 && LAYOUT.cabinetOfBoard(b) == 1;
            r.throttleReasons[i] = saves ? Report.THROTTLE_POWER : 0;
            r.clock[i] = LAYOUT.cabinetOfBoard(b) == 1 ? 1_450 : Report.ABSENT;
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aCabinetWithHeavierWorkIsNotHotIfNobodySaysWhatItsPeersDo(boolean inJob) {
    // A job whose chips do not say how busy they are, or chips that are busy for nobody knows whom.
    pod.monitor.placements(
        inJob
            ? List.of(
                new Placement(
                    "serve",
                    0,
                    Long.MAX_VALUE,
                    false,
                    List.of(new Placement.Member(LAYOUT.pod(), 0, 12, "inference", 0))))
            : List.of());
    pod.hand =
        (r, b, s) -> {
          boolean heavy = LAYOUT.cabinetOfBoard(b) == 3;
          for (int i = 0; i < r.chipCount; i++) {
            r.utilization[i] = inJob ? Report.ABSENT : 990;
            r.power[i] = heavy ? 7_000 : 3_000;
            r.temperature[i] += heavy ? 170 : 0;
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).isEmpty();
    assertThat(pod.last().hotSpots())
        .hasSize(10)
        .allMatch(spot -> spot.subject().startsWith(LAYOUT.cabinetPath(3)))
        .allMatch(spot -> spot.abovePeers() == 0);
  }

  @Test
  void aCabinetIsNotHotBecauseItsPeersSag() {
    // A serving job on two cabinets, one of which sags and cools down.
    pod.monitor.placements(
        List.of(
            job("train", 0, 6, "worker"),
            new Placement(
                "serve",
                0,
                Long.MAX_VALUE,
                false,
                List.of(new Placement.Member(LAYOUT.pod(), 6, 6, "inference", 0)))));
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; s >= 30 && i < r.chipCount; i++) {
            if (LAYOUT.cabinetOfBoard(b) == 2) {
              r.throttleReasons[i] = Report.THROTTLE_POWER;
              r.clock[i] = 300;
              r.temperature[i] -= 200;
              slow(r, i, 700);
            }
          }
        };
    pod.run(0, 150);

    assertThat(pod.story()).containsExactly("OPENED POWER_SAG " + LAYOUT.powerFeedPath(2));
  }

  /** One job on three cabinets, another on the fourth. */
  private void twoJobs() {
    pod.monitor.placements(List.of(job("large", 0, 9, "worker"), job("small", 9, 3, "worker")));
  }

  @Test
  void aHotCabinetThatIsAWholeJobIsHeldAgainstTheOtherJobs() {
    twoJobs();
    from(30, -1, -1, (r, i, s) -> r.temperature[i] += r.cabinet == 3 ? 130 : 0);
    pod.run(0, 120);

    assertThat(pod.story()).containsExactly("OPENED CABINET_HOT pod-00/cab-003");
  }

  @Test
  void aJobThatWorksWhileTheOthersWaitIsNotHot() {
    twoJobs();
    from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          if (r.cabinet != 3) {
            r.temperature[i] -= 130;
            r.power[i] = 3_000;
          }
        });
    pod.run(0, 120);

    assertThat(pod.story()).isEmpty();
  }

  /** Lets the jobs on some boards stand still when others fall silent. */
  private void stopWhenSilent(int firstBoard, int boards, int silentFrom, int silent) {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; s >= 30 && i < r.chipCount; i++) {
            if (b >= firstBoard && b < firstBoard + boards) {
              stop(r, i);
            }
          }
        };
    pod.run(0, 30);
    for (int b = silentFrom; b < silentFrom + silent; b++) {
      pod.silentBoards.add(b);
    }
    for (int s = 30; s < 200; s++) {
      pod.run(s, s + 1);
      pod.tick(s);
    }
  }

  @Test
  void aSilentCabinetExplainsThatJobsOnAnyOfItsBoardsStandStill() {
    pod.monitor.placements(
        List.of(job("a", 0, 4, "worker"), job("b", 4, 4, "worker"), job("c", 8, 4, "worker")));
    stopWhenSilent(0, 8, 3, 3);

    assertThat(pod.story()).containsExactly("OPENED CABINET_SILENT pod-00/cab-001");
  }

  @Test
  void aSilentCabinetDoesNotExplainAJobElsewhere() {
    pod.monitor.placements(List.of(job("a", 0, 6, "worker"), job("b", 6, 6, "worker")));
    stopWhenSilent(0, 12, 3, 3);

    assertThat(pod.story())
        .containsExactly("OPENED CABINET_SILENT pod-00/cab-001", "OPENED JOB_HANG job/b");
  }

  @Test
  void aSilentPodExplainsThatItsJobsStandStill() {
    pod.monitor.placements(List.of(job("a", 0, 6, "worker"), job("b", 6, 6, "worker")));
    stopWhenSilent(0, 12, 1, 11);

    assertThat(pod.story()).containsExactly("OPENED POD_SILENT pod-00");
  }

  private static void stop(Report r, int i) {
    r.tensorActivity[i] = 0;
    r.steps[i] = 15;
  }

  @Test
  void aJobThatStandsStillWithItsMemoryHeldHangs() {
    from(30, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 200);

    assertThat(pod.story()).containsExactly("OPENED JOB_HANG job/train");
  }

  @Test
  void aCheckpointIsNoHang() {
    from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          if (s % 100 < 50) {
            stop(r, i);
          }
        });
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void ranksThatWaitWhileOthersEvaluateAreNotSlow() {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; second >= 100 && second < 300 && i < report.chipCount; i++) {
            if (b % 3 == 0) {
              report.tensorActivity[i] = 0;
              report.power[i] = report.power[i] / 2;
            }
          }
        };
    pod.run(0, 400);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aSlowChipStaysNamedWhileItWaits() {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            if (b == BOARD && report.chip[i] == POSITION) {
              slow(report, i, second < 200 || second >= 270 ? 150 : 1_000);
            }
          }
        };
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void jobsWhoseNamesHaveTheSameHashCodeHangEachByItself() {
    assertThat("train-Aa".hashCode()).isEqualTo("train-BB".hashCode());
    pod.monitor.placements(
        List.of(job("train-Aa", 0, 6, "worker"), job("train-BB", 6, 6, "worker")));
    from(30, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 200);

    assertThat(pod.story())
        .containsExactlyInAnyOrder("OPENED JOB_HANG job/train-Aa", "OPENED JOB_HANG job/train-BB");
  }

  @Test
  void aJobThatStandsStillAfterALinkOfItWentDownIsThatLinks() {
    int port = LAYOUT.portIndex(CHIP, 3);
    from(100, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 90);
    pod.downPorts.add(port);
    pod.run(90, 300);

    assertThat(pod.story())
        .containsExactly(
            "OPENED LINK_DOWN " + LAYOUT.portPath(port),
            "UPDATED LINK_DOWN " + LAYOUT.portPath(port));
    assertThat(pod.incidents.get(1).children()).containsExactly("job/train");
    assertThat(pod.incidents.get(1).severity()).isEqualTo(IncidentEvent.Severity.CRITICAL);
  }

  @Test
  void aJobThatWorkedForLongWithALinkDownHangsByItself() {
    int port = LAYOUT.portIndex(CHIP, 3);
    from(900, -1, -1, (r, i, s) -> stop(r, i));
    pod.downPorts.add(port);
    pod.run(0, 1_100);

    assertThat(pod.story())
        .containsExactly("OPENED LINK_DOWN " + LAYOUT.portPath(port), "OPENED JOB_HANG job/train");
  }

  @Test
  void aJobThatStandsStillWithASwitchOfItIsThatSwitchs() {
    int one = LAYOUT.switchOfPort(LAYOUT.portIndex(CHIP, 3));
    from(100, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 90);
    for (int port = 0; port < LAYOUT.ports(); port++) {
      if (LAYOUT.switchOfPort(port) == one) {
        pod.downPorts.add(port);
      }
    }
    pod.run(90, 300);

    assertThat(pod.story().get(0)).isEqualTo("OPENED SWITCH_FAULT " + LAYOUT.switchPathOf(one));
    assertThat(pod.story()).noneMatch(e -> e.contains("JOB_"));
    assertThat(pod.incidents.get(pod.incidents.size() - 1).children()).contains("job/train");
  }

  @Test
  void aPodThatWarmsAsAWholeIsAnIncidentACabinetAndNotOneAChip() {
    from(30, -1, -1, (r, i, s) -> r.temperature[i] += Math.min(s - 30, 320));
    pod.run(0, 500);

    assertThat(pod.story().stream().filter(e -> !e.startsWith("UPDATED")))
        .containsExactlyInAnyOrder(
            "OPENED CABINET_HOT pod-00/cab-000",
            "OPENED CABINET_HOT pod-00/cab-001",
            "OPENED CABINET_HOT pod-00/cab-002",
            "OPENED CABINET_HOT pod-00/cab-003");
    assertThat(pod.incidents.get(0).summary()).contains("of 12 are at their limit or nearly");
  }

  @Test
  void aTrainingJobThatFallsBehindItselfIsSlow() {
    from(200, -1, -1, (r, i, s) -> slow(r, i, 150));
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
    assertThat(pod.incidents.get(0).eventMs() - SmallPod.START).isLessThanOrEqualTo(320_000);
    assertThat(pod.incidents.get(0).summary()).contains("compute 51.", "did 60.");
    assertThat(pod.incidents.get(0).severity()).isEqualTo(IncidentEvent.Severity.CRITICAL);
    pod.hand = (r, b, s) -> {};
    pod.run(400, 520);
    assertThat(pod.story()).endsWith("RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aJobThatWaitsForItsSlowestMemberIsNotSlowItself() {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; second >= 200 && i < report.chipCount; i++) {
            slow(report, i, b == BOARD && report.chip[i] == POSITION ? 320 : 150);
          }
        };
    pod.run(0, 500);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  private static void cap(Report r, int i, int clock) {
    r.throttleReasons[i] = Report.THROTTLE_POWER;
    r.clock[i] = clock;
  }

  @Test
  void aChipAtItsPowerLimitThatKeepsItsClockExplainsNoSlowJob() {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            slow(report, i, second >= 200 ? 150 : 0);
            if (b == BOARD && report.chip[i] == POSITION && second % 10 == 4) {
              cap(report, i, 1_500);
            }
          }
        };
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
  }

  @Test
  void aJobWhoseChipsAreAllCappedAlikeIsSlow() {
    from(
        200,
        -1,
        -1,
        (r, i, s) -> {
          cap(r, i, 900);
          slow(r, i, 400);
        });
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
  }

  @Test
  void aJobThatWaitsForAChipWhoseClockIsHeldDownIsNotSlowItself() {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; second >= 200 && i < report.chipCount; i++) {
            slow(report, i, 150);
            if (b == BOARD && report.chip[i] == POSITION) {
              cap(report, i, 1_275);
            }
          }
        };
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  /** Hardware that slows itself down, and heat of the memory, of which the core knows nothing. */
  @ParameterizedTest
  @ValueSource(ints = {Report.THROTTLE_HARDWARE, Report.THROTTLE_THERMAL})
  void aChipThatIsHeldDownByMoreThanItsPowerLimitIsSlowAndHoldsUpItsJob(int reason) {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; second >= 200 && i < report.chipCount; i++) {
            slow(report, i, 150);
            if (b == BOARD && report.chip[i] == POSITION) {
              report.throttleReasons[i] = reason;
              report.clock[i] = 1_275;
            }
          }
        };
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
    assertThat(pod.last().effectiveComputePermille()).isEqualTo(850);
    assertThat(pod.incidents.get(0).summary())
        .startsWith("Chip %s is slow: its clock is held at 1275 MHz".formatted(CHIP_PATH))
        .contains("its peers in the job run at 1500 MHz");
  }

  @Test
  void aWarmCabinetWhoseChipsKeepTheirClocksExplainsNoSlowJob() {
    from(
        200,
        -1,
        -1,
        (r, i, s) -> {
          slow(r, i, 150);
          if (r.cabinet == 1) {
            cap(r, i, 1_500);
            r.temperature[i] += 130;
          }
        });
    pod.run(0, 400);

    assertThat(pod.story())
        .containsExactly("OPENED CABINET_HOT pod-00/cab-001", "OPENED JOB_SLOW job/train");
  }

  @ParameterizedTest
  @ValueSource(ints = {Report.THROTTLE_THERMAL, Report.THROTTLE_HARDWARE})
  void aJobThatIsOneThrottledCabinetIsNotSlowBesides(int reason) {
    twoJobs();
    from(
        200,
        -1,
        -1,
        (r, i, s) -> {
          if (r.cabinet == 3) {
            r.temperature[i] += 130;
            r.throttleReasons[i] = reason;
            r.clock[i] = 900;
            slow(r, i, 400);
          }
        });
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED CABINET_HOT pod-00/cab-003");
  }

  @Test
  void aJobOfWhichAllChipsAreOnAFeedThatSagsIsNotSlowBesides() {
    twoJobs();
    from(
        200,
        -1,
        -1,
        (r, i, s) -> {
          if (r.cabinet == 3) {
            cap(r, i, 600);
            slow(r, i, 600);
          }
        });
    pod.run(0, 400);

    assertThat(pod.story()).containsExactly("OPENED POWER_SAG " + LAYOUT.powerFeedPath(3));
  }

  @Test
  void checkpointsAndSlightChangesMakeNoJobSlow() {
    from(
        0,
        -1,
        -1,
        (r, i, s) -> {
          if (s % 100 < 40) {
            slow(r, i, 400);
          } else if (s > 250) {
            slow(r, i, 60);
          }
        });
    pod.run(0, 600);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aLinkThatLostLanesIsNarrowUntilItHasThemAgain() {
    int port = LAYOUT.portIndex(CHIP, 1);
    pod.run(0, 60);
    pod.megabits.put(port, 350_000);
    pod.megabits.put(LAYOUT.peerPort(port), 350_000);
    pod.run(60, 140);

    String link = LAYOUT.portPath(Math.min(port, LAYOUT.peerPort(port)));
    assertThat(pod.story()).containsExactly("OPENED LINK_NARROW " + link);
    assertThat(pod.incidents.get(0).summary())
        .contains("350000 Mb/s instead of 400000 Mb/s", "2 chips affected");
    assertThat(pod.last().links().degraded()).isEqualTo(2);
    pod.megabits.clear();
    pod.run(140, 240);
    assertThat(pod.story()).endsWith("RESOLVED LINK_NARROW " + link);
  }

  @Test
  void aNarrowLinkThatAlsoCorruptsFramesIsOneIncident() {
    int port = LAYOUT.portIndex(CHIP, 1);
    pod.megabits.put(port, 200_000);
    pod.errorsPerSecond.put(port, 100);
    pod.run(0, 140);

    assertThat(pod.story()).hasSize(1);
  }

  @Test
  void portsThatAllRunAtAnotherSpeedThanTheTopologySaysAreNotNarrow() {
    for (int port = 0; port < LAYOUT.ports(); port++) {
      pod.megabits.put(port, 200_000);
    }
    pod.run(0, 140);

    assertThat(pod.story()).isEmpty();
    assertThat(pod.last().links().up()).isEqualTo(LAYOUT.ports());
  }

  private static void idle(Report r, int i) {
    stop(r, i);
    r.utilization[i] = 0;
    r.power[i] = 900;
    r.hbmUsed[i] = 500;
  }

  /**
   * Slows a chip, or all, and lets the job pause from one second to another with its memory held.
   */
  private void slowedAroundAPause(int board, int permille, int from, int to) {
    pod.hand =
        (report, b, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            if (second >= 200 && (board < 0 || (b == board && report.chip[i] == POSITION))) {
              slow(report, i, permille);
            }
            if (second >= from && second < to) {
              stop(report, i);
              report.utilization[i] = 20;
            }
          }
        };
  }

  @Test
  void aSlowChipStaysOpenWhileItsJobPauses() {
    slowedAroundAPause(BOARD, 200, 300, 370);
    pod.run(0, 500);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aSlowChipIsDegradedWhileItsJobPauses() {
    slowedAroundAPause(BOARD, 200, 300, 370);
    pod.run(0, 360);

    assertThat(pod.last().states().degraded()).isEqualTo(1);
  }

  @Test
  void aSlowChipThatIsWellAfterAPauseIsResolved() {
    slowedAroundAPause(BOARD, 200, 300, 370);
    pod.run(0, 370);
    from(370, -1, -1, (r, i, s) -> {});
    pod.run(370, 500);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aPauseMakesNoChipSlow() {
    slowedAroundAPause(BOARD, 200, 230, 300);
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aSlowChipIsResolvedWhenItsJobEndsInAPause() {
    slowedAroundAPause(BOARD, 200, 300, 500);
    pod.run(0, 370);
    pod.monitor.placements(List.of());
    pod.run(370, 450);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aSlowJobStaysOpenWhileItPauses() {
    slowedAroundAPause(-1, 250, 400, 470);
    pod.run(0, 700);

    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
  }

  @Test
  void aSlowJobThatStandsStillHangsInstead() {
    slowedAroundAPause(-1, 250, 400, 900);
    pod.run(0, 900);

    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_SLOW job/train",
            "OPENED JOB_HANG job/train",
            "RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aJobWhoseMembersFallIdleHasCrashedAndItsReturnResolvesIt() {
    from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          if (s < 100) {
            idle(r, i);
          }
        });
    pod.run(0, 200);

    assertThat(pod.story())
        .containsExactly("OPENED JOB_CRASHED job/train", "RESOLVED JOB_CRASHED job/train");
  }

  /** Lets the job hang from second 30 on, be gone from 200 to 260, load until 460, and work. */
  private void hangsAndIsKilled() {
    from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          if (s < 460) {
            idle(r, i);
          }
          if (s < 200) {
            r.utilization[i] = 990;
          }
          if (s < 200 || s >= 260) {
            r.hbmUsed[i] = 80_000;
          }
        });
  }

  @Test
  void aJobThatHangsUntilItIsKilledIsOneIncident() {
    hangsAndIsKilled();
    pod.run(0, 250);
    pod.restore();
    pod.monitor.placements(List.of(job("train", 0, 12, "worker")));
    pod.run(250, 600);

    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_HANG job/train",
            "UPDATED JOB_CRASHED job/train",
            "RESOLVED JOB_CRASHED job/train");
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    assertThat(pod.incidents.get(1).eventMs()).isEqualTo(SmallPod.START + 220_000);
    // Until it works, also while it loads.
    assertThat(pod.incidents.get(2).eventMs()).isEqualTo(SmallPod.START + 480_000);
  }

  @Test
  void aJobThatHangsHasNotCrashedWhenItsMemoryIsNotToldOnce() {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; s >= 60 && i < r.chipCount; i++) {
            idle(r, i);
            r.hbmUsed[i] = s >= 200 && s < 210 ? Report.ABSENT : 80_000;
          }
        };
    pod.run(0, 300);

    assertThat(pod.story()).containsExactly("OPENED JOB_HANG job/train");
  }

  @Test
  void aJobThatHangsGoesOnAsOneIncidentWhenAPartOfItBreaksAsItIsKilled() {
    hangsAndIsKilled();
    pod.run(0, 190);
    pod.fatalChips.add(CHIP);
    pod.run(190, 400);

    assertThat(pod.story())
        .filteredOn(line -> line.contains("JOB"))
        .containsExactly("OPENED JOB_HANG job/train", "UPDATED JOB_CRASHED job/train");
  }

  @Test
  void aJobThatHasCrashedAndLoadsForLongDoesNotHang() {
    from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          if (s < 400) {
            idle(r, i);
          }
          if (s >= 90) {
            r.hbmUsed[i] = 80_000;
          }
        });
    pod.run(0, 500);

    assertThat(pod.story())
        .containsExactly("OPENED JOB_CRASHED job/train", "RESOLVED JOB_CRASHED job/train");
    assertThat(pod.incidents.get(1).eventMs()).isEqualTo(SmallPod.START + 420_000);
  }

  @Test
  void aJobThatHasNotBegunOrHasEndedIsNotCrashed() {
    pod.monitor.placements(
        List.of(
            new Placement(
                "train",
                0,
                SmallPod.START + 100_000,
                true,
                List.of(new Placement.Member(LAYOUT.pod(), 0, 12, "worker", 0)))));
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; i < r.chipCount; i++) {
            if (s < 40 || s >= 100) {
              idle(r, i);
            }
          }
        };
    pod.run(0, 200);

    assertThat(pod.story()).isEmpty();
  }

  /** A job that moves from the first six boards to the others at a second of the test. */
  private void moves(int second) {
    long movedMs = SmallPod.START + second * 1_000L;
    pod.monitor.placements(
        List.of(
            new Placement(
                "train",
                0,
                movedMs,
                true,
                List.of(new Placement.Member(LAYOUT.pod(), 0, 6, "worker", 0))),
            new Placement(
                "train",
                movedMs,
                Long.MAX_VALUE,
                true,
                List.of(new Placement.Member(LAYOUT.pod(), 6, 6, "worker", 0)))));
  }

  @Test
  void aJobThatWasMovedMayLoadBeforeItWorks() {
    moves(100);
    from(100, -1, -1, (r, i, s) -> idle(r, i));
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aJobThatWasMovedIsNotHeldAgainstWhatItDidElsewhere() {
    moves(200);
    from(200, -1, -1, (r, i, s) -> slow(r, i, 150));
    pod.run(0, 400);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aRestoredMonitorKnowsWhatAMovedJobDid() {
    moves(200);
    pod.run(0, 350);
    pod.restore();
    moves(200);
    from(350, -1, -1, (r, i, s) -> slow(r, i, 150));
    pod.run(350, 500);
    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");

    from(500, -1, -1, (r, i, s) -> idle(r, i));
    pod.run(500, 560);
    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_SLOW job/train",
            "OPENED JOB_CRASHED job/train",
            "RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aJobThatPausesWithoutSayingWhatMemoryItHoldsHasNotCrashed() {
    from(
        0,
        -1,
        -1,
        (r, i, s) -> {
          if (s >= 60 && s < 100) {
            idle(r, i);
          }
          r.hbmUsed[i] = Report.ABSENT;
        });
    pod.run(0, 200);

    assertThat(pod.story()).isEmpty();
  }

  /** A job whose members do not wait for each other, on all boards. */
  private void service() {
    pod.monitor.placements(
        List.of(
            new Placement(
                "serve",
                0,
                Long.MAX_VALUE,
                false,
                List.of(new Placement.Member(LAYOUT.pod(), 0, 12, "inference", 0)))));
  }

  @Test
  void aServiceWithoutRequestsDoesNotHang() {
    service();
    from(
        60,
        -1,
        -1,
        (r, i, s) -> {
          idle(r, i);
          r.hbmUsed[i] = 80_000;
        });
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aServiceThatIsBusyWithoutTensorWorkHangs() {
    service();
    from(60, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 300);

    assertThat(pod.story()).containsExactly("OPENED JOB_HANG job/serve");
  }

  @Test
  void aServiceThatGivesUpItsMemoryHasCrashed() {
    service();
    from(60, -1, -1, (r, i, s) -> idle(r, i));
    pod.run(0, 100);

    assertThat(pod.story()).containsExactly("OPENED JOB_CRASHED job/serve");
  }

  @Test
  void nothingIsRaisedForBoardsUnderMaintenance() {
    pod.monitor.placements(
        List.of(job("train", 0, 12, "worker"), job("maintenance-1", 3, 3, "maintenance")));
    pod.silentBoards.addAll(List.of(3, 4));
    pod.temperatures.put(CHIP, 940);
    pod.lostChips.add(CHIP + 1);
    pod.run(0, 100);

    assertThat(pod.story()).isEmpty();
    // The lost chip is unknown as well: its board is under maintenance and it says nothing.
    assertThat(pod.last().states().unknown()).isEqualTo(9);
    assertThat(pod.last().chipsInMaintenance()).isEqualTo(9);
  }

  @Test
  void whatIsOpenEndsWhenMaintenanceOfItsBoardIsAnnounced() {
    Placement train = job("train", 0, 12, "worker");
    Placement drained =
        new Placement(
            "drained-nodes",
            SmallPod.START + 300_000,
            Long.MAX_VALUE,
            true,
            List.of(new Placement.Member(LAYOUT.pod(), 3, 1, "maintenance", 0)));
    pod.monitor.placements(List.of(train));
    pod.run(0, 30);
    pod.silentBoards.add(3);
    pod.run(30, 300);
    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT " + LAYOUT.boardPath(3));

    pod.monitor.placements(List.of(train, drained));
    pod.run(300, 400);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT " + LAYOUT.boardPath(3),
            "RESOLVED BOARD_SILENT " + LAYOUT.boardPath(3));
    assertThat(pod.last().chipsInMaintenance()).isEqualTo(LAYOUT.chipsPerBoard());
  }

  @Test
  void theLastCabinetThatIsNotUnderMaintenanceIsNotThePod() {
    pod.monitor.placements(List.of(job("maintenance-1", 0, 9, "maintenance")));
    pod.run(0, 30);
    pod.silentBoards.addAll(List.of(9, 10, 11));
    pod.run(30, 100);

    assertThat(pod.story()).containsExactly("OPENED CABINET_SILENT " + LAYOUT.cabinetPath(3));
    assertThat(pod.incidents.get(0).evidence().get(0).expected()).isEqualTo(3);
  }

  @Test
  void theLastBoardThatIsNotUnderMaintenanceIsNotItsCabinet() {
    pod.monitor.placements(List.of(job("maintenance-1", 9, 2, "maintenance")));
    pod.run(0, 30);
    pod.silentBoards.add(11);
    pod.run(30, 100);

    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT " + LAYOUT.boardPath(11));
  }

  private int[] portsOfSwitch(int s) {
    return IntStream.range(0, LAYOUT.ports()).filter(p -> LAYOUT.switchOfPort(p) == s).toArray();
  }

  @Test
  void manyLinksOfOneSwitchAreTheSwitch() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(1)) {
      pod.downPorts.add(p);
    }
    pod.run(20, 120);
    pod.downPorts.clear();
    pod.run(120, 240);

    String path = LAYOUT.switchPathOf(1);
    assertThat(pod.story())
        .containsExactly("OPENED SWITCH_FAULT " + path, "RESOLVED SWITCH_FAULT " + path);
    assertThat(pod.incidents.get(0).childrenTotal()).isEqualTo(portsOfSwitch(1).length);
  }

  @Test
  void errorsOnManyLinksOfOneSwitchAreTheSwitch() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(2)) {
      pod.errorsPerSecond.put(p, 100);
    }
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED SWITCH_FAULT " + LAYOUT.switchPathOf(2));
  }

  @Test
  void dataThatWaitsAtMostPortsOfASwitchIsCongestion() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(1)) {
      pod.waitPermille.put(p, 300);
    }
    pod.run(20, 150);
    assertThat(pod.last().fabricHotSpots())
        .containsExactly(
            new PodWindow.FabricHotSpot(LAYOUT.switchPathOf(1), 300, portsOfSwitch(1).length));
    pod.waitPermille.clear();
    pod.run(150, 300);
    assertThat(pod.last().fabricHotSpots()).isEmpty();

    String path = LAYOUT.switchPathOf(1);
    assertThat(pod.story())
        .containsExactly("OPENED CONGESTION " + path, "RESOLVED CONGESTION " + path);
    assertThat(pod.incidents.get(0).evidence().get(0).value()).isEqualTo(300);
  }

  @Test
  void dataThatWaitsAtAFewPortsAlittleOrShortlyIsNoCongestion() {
    int[] ports = portsOfSwitch(1);
    pod.run(0, 20);
    for (int i = 0; i < ports.length; i++) {
      pod.waitPermille.put(ports[i], i < ports.length / 3 ? 900 : 150);
    }
    pod.run(20, 150);
    for (int p : ports) {
      pod.waitPermille.put(p, 900);
    }
    pod.run(150, 180);
    pod.waitPermille.clear();
    pod.run(180, 240);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void theWaitsOfASickSwitchAreNotCongestion() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(2)) {
      pod.errorsPerSecond.put(p, 100);
      pod.waitPermille.put(p, 400);
    }
    pod.run(20, 150);

    assertThat(pod.story()).containsExactly("OPENED SWITCH_FAULT " + LAYOUT.switchPathOf(2));
  }

  @Test
  void theSwitchesOfOnePlaneTogetherAreThePlane() {
    pod.run(0, 20);
    for (int s = 0; s < LAYOUT.switches(); s++) {
      if (LAYOUT.planeOfSwitch(s) == 1) {
        for (int p : portsOfSwitch(s)) {
          pod.downPorts.add(p);
        }
      }
    }
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED PLANE_FAULT " + LAYOUT.planePath(1));
  }

  @Test
  void manyLinksOfOneChipAreTheChip() {
    pod.run(0, 20);
    for (int p = 0; p < 4; p++) {
      pod.downPorts.add(LAYOUT.portIndex(CHIP, p));
    }
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED CHIP_LINKS " + CHIP_PATH);
  }

  /** A pod whose links may be down for a while before that is an incident. */
  private static SmallPod patient() {
    return new SmallPod(
        new PodMonitor(LAYOUT, DetectorSettings.DEFAULT.withLinkDownOpenAfterWindows(5)));
  }

  @Test
  void aLinkThatFallsThreeTimesFlapsAndIsNotDownBesides() {
    SmallPod pod = patient();
    int port = LAYOUT.portIndex(CHIP, 4);
    for (int s = 0; s < 400; s++) {
      boolean down = s >= 20 && s < 320 && s % 80 < 30;
      if (down) {
        pod.downPorts.add(port);
      } else {
        pod.downPorts.remove(port);
      }
      pod.run(s, s + 1);
    }

    assertThat(pod.story()).containsExactly("OPENED LINK_FLAP " + LAYOUT.portPath(port));
  }

  @Test
  void aLinkThatFallsTwiceDoesNotFlap() {
    SmallPod pod = patient();
    int port = LAYOUT.portIndex(CHIP, 4);
    for (int s = 0; s < 400; s++) {
      if (s >= 40 && s < 200 && s % 80 < 30) {
        pod.downPorts.add(port);
      } else {
        pod.downPorts.remove(port);
      }
      pod.run(s, s + 1);
    }

    assertThat(pod.story()).isEmpty();
  }

  /** Runs the pod to a second; a port is down for the first seconds of every period. */
  private void flap(SmallPod pod, int port, int until, int period, int downSeconds) {
    for (int s = 0; s < until; s++) {
      if (s >= period && s % period < downSeconds) {
        pod.downPorts.add(port);
      } else {
        pod.downPorts.remove(port);
      }
      pod.run(s, s + 1);
    }
  }

  @Test
  void aLinkThatIsDownAndFallsAgainBecomesAFlapUnderTheSameId() {
    int port = LAYOUT.portIndex(CHIP, 4);
    flap(pod, port, 320, 80, 30);

    String path = LAYOUT.portPath(port);
    assertThat(pod.story())
        .containsExactly("OPENED LINK_DOWN " + path, "UPDATED LINK_FLAP " + path);
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    assertThat(pod.incidents).extracting(IncidentEvent::revision).containsExactly(1, 2);
    IncidentEvent flap = pod.incidents.get(1);
    assertThat(flap.openedMs()).isEqualTo(pod.incidents.get(0).openedMs());
    assertThat(flap.evidence().get(0).finding()).isEqualTo("link_flap");
  }

  @Test
  void aLinkThatFallsAgainAfterItsIncidentWasResolvedOpensTheSameIncident() {
    int port = LAYOUT.portIndex(CHIP, 4);
    flap(pod, port, 600, 180, 40);

    String path = LAYOUT.portPath(port);
    assertThat(pod.story())
        .containsExactly(
            "OPENED LINK_DOWN " + path,
            "RESOLVED LINK_DOWN " + path,
            "OPENED LINK_DOWN " + path,
            "RESOLVED LINK_DOWN " + path,
            "OPENED LINK_FLAP " + path);
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    assertThat(pod.incidents).extracting(IncidentEvent::revision).containsExactly(1, 2, 3, 4, 5);
  }

  @Test
  void theWindowInWhichABoardFellSilentCounts() {
    pod.run(0, 34);
    pod.silentBoards.add(BOARD);
    pod.run(34, 56);

    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT pod-00/cab-001/board-2");
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 50_000);
    assertThat(pod.incidents.get(0).firstSeenMs()).isEqualTo(SmallPod.START + 30_000);
  }

  @Test
  void theWindowInWhichAChipFellSilentCounts() {
    pod.run(0, 34);
    pod.lostChips.add(CHIP);
    pod.run(34, 56);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + CHIP_PATH);
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 50_000);
  }

  @Test
  void aBoardThatFellSilentAtTheEndOfAWindowIsGivenTwoMore() {
    pod.run(0, 39);
    pod.silentBoards.add(BOARD);
    pod.lostChips.add(0);
    pod.run(39, 56);
    assertThat(pod.story()).isEmpty();

    pod.run(56, 70);
    assertThat(pod.story()).hasSize(2).allMatch(e -> e.startsWith("OPENED"));
  }

  /** Lets a board be away for a while and come back with an agent that started then. */
  private void restart(int awayFrom, int awayUntil) {
    replace(awayFrom, awayUntil, SmallPod.START + awayUntil * 1_000L);
  }

  /** Lets a board be away for a while and come back with an agent that started at another time. */
  private void replace(int awayFrom, int awayUntil, long agentStartMs) {
    pod.hand =
        (r, b, s) -> {
          if (b == BOARD && s >= awayUntil) {
            r.agentStartMs = agentStartMs;
          }
        };
    pod.run(0, awayFrom);
    pod.silentBoards.add(BOARD);
    pod.run(awayFrom, awayUntil);
    pod.silentBoards.clear();
    pod.run(awayUntil, awayUntil + 60);
  }

  @Test
  void aHostThatRestartsQuicklyIsARestart() {
    restart(28, 42);

    assertThat(pod.story().get(0)).isEqualTo("OPENED HOST_RESTART pod-00/cab-001/board-2");
    assertThat(pod.story()).noneMatch(e -> e.contains("SILENT"));
  }

  @Test
  void aHostThatRestartsSlowlyIsOneIncidentWithTheRestartAsEvidence() {
    restart(30, 120);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-001/board-2",
            "RESOLVED BOARD_SILENT pod-00/cab-001/board-2");
    assertThat(pod.incidents.get(1).evidence())
        .extracting(IncidentEvent.Evidence::finding)
        .contains("host_restart");
  }

  /** A hot spare that has run for long, or an agent that started before its clock was put right. */
  @Test
  void anAgentThatTakesOverAndStartedBeforeItsPredecessorIsHeard() {
    replace(30, 120, SmallPod.START - 5_000);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-001/board-2",
            "RESOLVED BOARD_SILENT pod-00/cab-001/board-2");
    assertThat(pod.incidents.get(1).evidence())
        .extracting(IncidentEvent.Evidence::finding)
        .doesNotContain("host_restart");
    assertThat(pod.last().states().healthy()).isEqualTo(48);
    assertThat(pod.last().counters().duplicates()).isZero();
  }

  /** Such as a bridge with another interval, or a spare: nobody has restarted. */
  @Test
  void anotherAgentThatStartedBeforeTheLastReportIsNoRestart() {
    replace(28, 42, SmallPod.START - 5_000);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void whatIsLeftOverFromAnAgentThatWasReplacedIsADuplicate() {
    restart(30, 42);
    pod.hand = (r, b, s) -> {};

    assertThat(pod.send(BOARD, 29)).isEqualTo(Outcome.DUPLICATE);
    assertThat(pod.send(BOARD, 109)).isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void anAgentThatStartsAnewWithoutASilenceIsNoRestart() {
    restart(60, 60);

    assertThat(pod.story()).isEmpty();
  }
}
