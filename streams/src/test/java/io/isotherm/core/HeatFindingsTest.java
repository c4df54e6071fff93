package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.job;
import static io.isotherm.core.TrainingPod.slow;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Cabinets that are hot, and those that only work more than others. */
final class HeatFindingsTest {
  private final TrainingPod pod = new TrainingPod();

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

  @Test
  void aHotCabinetThatIsAWholeJobIsHeldAgainstTheOtherJobs() {
    pod.twoJobs();
    pod.from(30, -1, -1, (r, i, s) -> r.temperature[i] += r.cabinet == 3 ? 130 : 0);
    pod.run(0, 120);

    assertThat(pod.story()).containsExactly("OPENED CABINET_HOT pod-00/cab-003");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aHotCabinetStaysSoWhileItsJobOrTheOthersPause(boolean itself) {
    pod.twoJobs();
    pod.from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          r.temperature[i] += r.cabinet == 3 && s < 300 ? 130 : 0;
          // A checkpoint of half a minute; one whose cooling is mended meanwhile needs no pause.
          if (itself == (r.cabinet == 3) && s % 100 >= 60 && s % 100 < 90 && s < 300) {
            TrainingPod.pause(r, i);
            r.temperature[i] -= 60;
          }
        });
    pod.run(0, 400);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CABINET_HOT pod-00/cab-003", "RESOLVED CABINET_HOT pod-00/cab-003");
    assertThat(pod.incidents.get(1).eventMs() - SmallPod.START).isBetween(315_000L, 340_000L);
  }

  @Test
  void aCabinetThatWasHotIsNotHeldForLongOnceItsJobStandsIdle() {
    pod.twoJobs();
    pod.from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          r.temperature[i] += r.cabinet == 3 && s < 200 ? 130 : 0;
          if (r.cabinet == 3 && s >= 200) {
            r.utilization[i] = 20;
            r.tensorActivity[i] = 300;
            r.power[i] = 2_000;
          }
        });
    pod.run(0, 500);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CABINET_HOT pod-00/cab-003", "RESOLVED CABINET_HOT pod-00/cab-003");
    assertThat(pod.incidents.get(1).eventMs() - SmallPod.START).isBetween(290_000L, 320_000L);
  }

  @Test
  void aHotChipStaysSoWhileItsJobPauses() {
    pod.from(
        30,
        -1,
        -1,
        (r, i, s) -> {
          boolean chip = r.cabinet == 1 && r.board == 2 && r.chip[i] == TrainingPod.POSITION;
          r.temperature[i] += chip && s < 300 ? 250 : 0;
          if (s % 100 >= 60 && s < 300) {
            TrainingPod.pause(r, i);
            r.temperature[i] -= 200;
          }
        });
    pod.run(0, 400);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_HOT " + TrainingPod.CHIP_PATH,
            "RESOLVED CHIP_HOT " + TrainingPod.CHIP_PATH);
    assertThat(pod.incidents.get(1).eventMs() - SmallPod.START).isBetween(315_000L, 340_000L);
  }

  @Test
  void aJobThatWorksWhileTheOthersWaitIsNotHot() {
    pod.twoJobs();
    pod.from(
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

  @Test
  void aPodThatWarmsAsAWholeIsAnIncidentACabinetAndNotOneAChip() {
    pod.from(30, -1, -1, (r, i, s) -> r.temperature[i] += Math.min(s - 30, 320));
    pod.run(0, 500);

    assertThat(pod.story().stream().filter(e -> !e.startsWith("UPDATED")))
        .containsExactlyInAnyOrder(
            "OPENED CABINET_HOT pod-00/cab-000",
            "OPENED CABINET_HOT pod-00/cab-001",
            "OPENED CABINET_HOT pod-00/cab-002",
            "OPENED CABINET_HOT pod-00/cab-003");
    assertThat(pod.incidents.get(0).summary()).contains("of 12 are at their limit or nearly");
  }
}
