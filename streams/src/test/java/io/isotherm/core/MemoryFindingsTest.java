package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.BOARD;
import static io.isotherm.core.TrainingPod.CHIP;
import static io.isotherm.core.TrainingPod.CHIP_PATH;
import static io.isotherm.core.TrainingPod.POSITION;
import static io.isotherm.core.TrainingPod.idle;
import static io.isotherm.core.TrainingPod.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory that corrects much or fails, and what that explains. */
final class MemoryFindingsTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void memoryThatCorrectsMuchIsNamedAndACounterThatStartsAnewIsNot() {
    pod.from(30, BOARD, POSITION, (r, i, s) -> r.eccCorrected[i] += s - 30);
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

  /** The limit is 12 errors a minute. */
  @ParameterizedTest
  @ValueSource(ints = {1_000, 2_000, 5_000, 10_000, 30_000})
  void memoryThatCorrectsSteadilyIsNamedFromTheLimitOnWhateverTheWindow(int windowMs) {
    DetectorSettings settings = DetectorSettings.DEFAULT.withWindow(windowMs, windowMs / 2);
    for (int perMinute : new int[] {11, 14}) {
      SmallPod steady = new SmallPod(new PodMonitor(LAYOUT, settings));
      steady.hand =
          (r, b, s) -> {
            for (int i = 0; b == BOARD && i < r.chipCount; i++) {
              r.eccCorrected[i] = r.chip[i] == POSITION ? s * perMinute / 60 : 0;
            }
          };
      steady.run(0, 600);

      assertThat(steady.story().contains("OPENED HBM_CORRECTABLE " + CHIP_PATH))
          .as("%d a minute", perMinute)
          .isEqualTo(perMinute > 12);
    }
  }

  @Test
  void whatMemoryCorrectedWhileNothingWasHeardIsNoBurst() {
    // A rate that is well: an error every 20 s, and twenty minutes without a report.
    pod.from(0, BOARD, POSITION, (r, i, s) -> r.eccCorrected[i] = s / 20);
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
    pod.from(
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
    pod.from(30, BOARD, POSITION, (r, i, s) -> r.eccUncorrected[i] = 3);
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
}
