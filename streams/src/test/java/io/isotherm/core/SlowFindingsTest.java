package io.isotherm.core;

import static io.isotherm.core.TrainingPod.BOARD;
import static io.isotherm.core.TrainingPod.CHIP_PATH;
import static io.isotherm.core.TrainingPod.POSITION;
import static io.isotherm.core.TrainingPod.slow;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Chips that are slower than others of their job, and what only looks like it. */
final class SlowFindingsTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void aChipThatDoesLessThanItsTeamIsSlowAndSlowsTheJob() {
    pod.from(30, BOARD, POSITION, (r, i, s) -> slow(r, i, 150));
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
    pod.from(
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
    pod.from(30, -1, -1, (r, i, s) -> slow(r, i, 200));
    pod.run(0, 200);

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
  void aSlowChipStaysOpenWhileItsJobPauses() {
    pod.slowedAroundAPause(BOARD, 200, 300, 370);
    pod.run(0, 500);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aSlowChipIsDegradedWhileItsJobPauses() {
    pod.slowedAroundAPause(BOARD, 200, 300, 370);
    pod.run(0, 360);

    assertThat(pod.last().states().degraded()).isEqualTo(1);
  }

  @Test
  void aSlowChipThatIsWellAfterAPauseIsResolved() {
    pod.slowedAroundAPause(BOARD, 200, 300, 370);
    pod.run(0, 370);
    pod.from(370, -1, -1, (r, i, s) -> {});
    pod.run(370, 500);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aPauseMakesNoChipSlow() {
    pod.slowedAroundAPause(BOARD, 200, 230, 300);
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aSlowChipIsResolvedWhenItsJobEndsInAPause() {
    pod.slowedAroundAPause(BOARD, 200, 300, 500);
    pod.run(0, 370);
    pod.monitor.placements(List.of());
    pod.run(370, 450);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }
}
