package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.cap;
import static io.isotherm.core.TrainingPod.idle;
import static io.isotherm.core.TrainingPod.job;
import static io.isotherm.core.TrainingPod.slow;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Power feeds that sag, and chips that only save power or are capped. */
final class PowerFindingsTest {
  /** The small pod on a single power feed. */
  private static final PodLayout ONE_FEED =
      SmallPod.layout(LAYOUT.portGroups(), LAYOUT.cabinetsPerCoolingLoop(), LAYOUT.cabinets());

  private final TrainingPod pod = new TrainingPod();

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

  /** Lets one cabinet work, and changes the idle chips of the others. */
  private void idleButOne(TrainingPod.Change change) {
    pod.monitor.placements(List.of(job("train", 0, 3, "worker")));
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; LAYOUT.cabinetOfBoard(b) > 0 && i < r.chipCount; i++) {
            idle(r, i);
            change.of(r, i, s);
          }
        };
  }

  @Test
  void aFeedOnWhichNobodyWorksSagsBesideOthersThatAreIdle() {
    idleButOne(
        (r, i, s) -> {
          r.clock[i] = 1_500;
          if (r.cabinet == 2 && s >= 30 && s < 100) {
            cap(r, i, 400);
          }
        });
    pod.run(0, 180);

    assertThat(pod.story())
        .containsExactly(
            "OPENED POWER_SAG " + LAYOUT.powerFeedPath(2),
            "RESOLVED POWER_SAG " + LAYOUT.powerFeedPath(2));
  }

  @Test
  void idleClocksThatAreLowEverywhereAreNoSag() {
    idleButOne((r, i, s) -> cap(r, i, 345));
    pod.run(0, 150);

    assertThat(pod.story()).isEmpty();
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
}
