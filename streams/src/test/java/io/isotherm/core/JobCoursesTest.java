package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.BOARD;
import static io.isotherm.core.TrainingPod.CHIP;
import static io.isotherm.core.TrainingPod.CHIP_PATH;
import static io.isotherm.core.TrainingPod.POSITION;
import static io.isotherm.core.TrainingPod.cap;
import static io.isotherm.core.TrainingPod.idle;
import static io.isotherm.core.TrainingPod.job;
import static io.isotherm.core.TrainingPod.slow;
import static io.isotherm.core.TrainingPod.stop;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Jobs that hang, crash or are slow everywhere, and those that only wait. */
final class JobCoursesTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void aJobThatStandsStillWithItsMemoryHeldHangs() {
    pod.from(30, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 200);

    assertThat(pod.story()).containsExactly("OPENED JOB_HANG job/train");
  }

  @Test
  void aCheckpointIsNoHang() {
    pod.from(
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
  void jobsWhoseNamesHaveTheSameHashCodeHangEachByItself() {
    assertThat("train-Aa".hashCode()).isEqualTo("train-BB".hashCode());
    pod.monitor.placements(
        List.of(job("train-Aa", 0, 6, "worker"), job("train-BB", 6, 6, "worker")));
    pod.from(30, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 200);

    assertThat(pod.story())
        .containsExactlyInAnyOrder("OPENED JOB_HANG job/train-Aa", "OPENED JOB_HANG job/train-BB");
  }

  @Test
  void aTrainingJobThatFallsBehindItselfIsSlow() {
    pod.from(200, -1, -1, (r, i, s) -> slow(r, i, 150));
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
    pod.from(
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

  @Test
  void aWarmCabinetWhoseChipsKeepTheirClocksExplainsNoSlowJob() {
    pod.from(
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
    pod.twoJobs();
    pod.from(
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
    pod.twoJobs();
    pod.from(
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
    pod.from(
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
  void aSlowJobStaysOpenWhileItPauses() {
    pod.slowedAroundAPause(-1, 250, 400, 470);
    pod.run(0, 700);

    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
  }

  @Test
  void aSlowJobThatStandsStillHangsInstead() {
    pod.slowedAroundAPause(-1, 250, 400, 900);
    pod.run(0, 900);

    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_SLOW job/train",
            "OPENED JOB_HANG job/train",
            "RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aJobWhoseMembersFallIdleHasCrashedAndItsReturnResolvesIt() {
    pod.from(
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
    pod.from(
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
    pod.from(
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
    pod.from(100, -1, -1, (r, i, s) -> idle(r, i));
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aJobThatWasMovedIsNotHeldAgainstWhatItDidElsewhere() {
    moves(200);
    pod.from(200, -1, -1, (r, i, s) -> slow(r, i, 150));
    pod.run(0, 400);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aRestoredMonitorKnowsWhatAMovedJobDid() {
    moves(200);
    pod.run(0, 350);
    pod.restore();
    moves(200);
    pod.from(350, -1, -1, (r, i, s) -> slow(r, i, 150));
    pod.run(350, 500);
    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");

    pod.from(500, -1, -1, (r, i, s) -> idle(r, i));
    pod.run(500, 560);
    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_SLOW job/train",
            "OPENED JOB_CRASHED job/train",
            "RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aJobThatPausesWithoutSayingWhatMemoryItHoldsHasNotCrashed() {
    pod.from(
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
    pod.from(
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
    pod.from(60, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 300);

    assertThat(pod.story()).containsExactly("OPENED JOB_HANG job/serve");
  }

  @Test
  void aServiceThatGivesUpItsMemoryHasCrashed() {
    service();
    pod.from(60, -1, -1, (r, i, s) -> idle(r, i));
    pod.run(0, 100);

    assertThat(pod.story()).containsExactly("OPENED JOB_CRASHED job/serve");
  }
}
