package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.Arrays;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What each kind of fault does to the readings of the parts that it strikes, and of the others. */
class FaultSymptomsTest {
  private static final long START = 1_800_000_000_000L;
  private static final int CHIP = 21;
  private static final String CHIP_PATH = "pod-00/cab-000/board-2/chip-5";

  private final ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 4));
  private final PodLayout layout = plan.pods().get(0);
  private final Report r = new Report();
  private int second;

  /** A cluster in which one fault strikes after 60 s, for a time in seconds. */
  private Fleet fleet(String kind, String subject, int seconds, double magnitude) {
    return fleet(plan, kind, subject, seconds, magnitude);
  }

  private static Fleet fleet(
      ClusterPlan plan, String kind, String subject, int seconds, double magnitude) {
    return fleet(
        plan,
        "{kind: %s, at: 60s, for: %ds, subject: %s%s}"
            .formatted(kind, seconds, subject, magnitude == 0 ? "" : ", magnitude: " + magnitude));
  }

  private static Fleet fleet(ClusterPlan plan, String... faults) {
    String document =
        "jobs: [{name: train-0, checkpoint: 0s}]\nfaults:\n  - "
            + String.join("\n  - ", faults)
            + "\n";
    return new Fleet(plan, ScenarioReader.read("one.yaml", document, null), START);
  }

  /** A reading of the present report, of a chip or of a link by its place in the columns. */
  private interface Reading {
    long of(int i);
  }

  private void run(Fleet fleet, int until) {
    for (; second < until; second++) {
      fleet.step(START + second * 1_000L);
      for (int b = 0; b < fleet.boards(); b++) {
        fleet.fill(b, r);
      }
    }
  }

  /** Runs on for ten seconds; the mean of a reading over them and over the chips that are meant. */
  private long mean(Fleet fleet, IntPredicate chips, Reading reading) {
    long sum = 0;
    long n = 0;
    for (int until = second + 10; second < until; second++) {
      fleet.step(START + second * 1_000L);
      for (int b = 0; b < fleet.boards(); b++) {
        for (int i = 0; fleet.fill(b, r) && i < r.chipCount; i++) {
          if (chips.test(layout.chipIndex(b, r.chip[i]))) {
            sum += reading.of(i);
            n++;
          }
        }
      }
    }
    return n == 0 ? -1 : sum / n;
  }

  /** Runs on for ten seconds; the last reading of a port in them. */
  private long ofPort(Fleet fleet, int port, Reading reading) {
    long last = -1;
    for (int until = second + 10; second < until; second++) {
      fleet.step(START + second * 1_000L);
      for (int b = 0; b < fleet.boards(); b++) {
        boolean said = fleet.fill(b, r);
        for (int i = 0; said && i < r.linkCount; i++) {
          if (layout.portIndex(layout.chipIndex(b, r.linkChip[i]), r.linkPort[i]) == port) {
            last = reading.of(i);
          }
        }
      }
    }
    return last;
  }

  @Test
  void correctableErrorsGrowAtTheirRateAndOnlyThere() {
    Fleet fleet = fleet("HBM_CORRECTABLE", CHIP_PATH, 300, 5);
    run(fleet, 60);
    long before = mean(fleet, c -> c == CHIP, i -> r.eccCorrected[i]);
    long after = mean(fleet, c -> c == CHIP, i -> r.eccCorrected[i]);
    long others = mean(fleet, c -> c != CHIP, i -> r.eccCorrected[i]);

    assertThat(after - before).isBetween(45L, 55L);
    assertThat(others).isLessThan(5);
  }

  @Test
  void anUncorrectableErrorStepsTheCounterAndEndsTheWork() {
    Fleet fleet = fleet("HBM_UNCORRECTABLE", CHIP_PATH, 300, 0);
    assertThat(mean(fleet, c -> c == CHIP, i -> r.eccUncorrected[i])).isZero();
    run(fleet, 70);

    assertThat(mean(fleet, c -> c == CHIP, i -> r.eccUncorrected[i])).isEqualTo(1);
    assertThat(mean(fleet, c -> c == CHIP, i -> r.health[i])).isEqualTo(Report.HEALTH_FATAL);
    assertThat(mean(fleet, c -> c == CHIP, i -> r.tensorActivity[i])).isZero();
    assertThat(mean(fleet, c -> c != CHIP, i -> r.tensorActivity[i])).isGreaterThan(100);
  }

  @Test
  void everyUncorrectableErrorOfAChipStepsTheCounterAgain() {
    String document =
        """
        faults:
          - {kind: HBM_UNCORRECTABLE, at: 0s, for: 20s, subject: %1$s}
          - {kind: HBM_UNCORRECTABLE, at: 40s, for: 20s, subject: %1$s}
        """
            .formatted(CHIP_PATH);
    Fleet fleet = new Fleet(plan, ScenarioReader.read("two.yaml", document, null), START);
    run(fleet, 10);
    assertThat(mean(fleet, c -> c == CHIP, i -> r.eccUncorrected[i])).isEqualTo(1);
    run(fleet, 50);
    assertThat(mean(fleet, c -> c == CHIP, i -> r.eccUncorrected[i])).isEqualTo(2);
  }

  @Test
  void aSlowChipIsBusyWithLessWorkAndPowerAndTheOthersWaitForIt() {
    Fleet fleet = fleet("CHIP_FAIL_SLOW", CHIP_PATH, 300, 300);
    run(fleet, 30);
    long healthy = mean(fleet, c -> c != CHIP, i -> r.tensorActivity[i]);
    run(fleet, 80);
    long slow = mean(fleet, c -> c == CHIP, i -> r.tensorActivity[i]);
    long others = mean(fleet, c -> c != CHIP, i -> r.tensorActivity[i]);

    assertThat(slow * 1_000 / others).isBetween(650L, 750L);
    assertThat(others * 1_000 / healthy).isBetween(600L, 900L);
    assertThat(mean(fleet, c -> c == CHIP, i -> r.utilization[i])).isGreaterThan(900);
    long power = mean(fleet, c -> c == CHIP, i -> r.power[i]);
    assertThat(power).isLessThan(mean(fleet, c -> c != CHIP, i -> r.power[i]) * 9 / 10);
  }

  @Test
  void aFlappingLinkFallsAndRecoversAgainAndAgain() {
    Fleet fleet = fleet("LINK_FLAP", CHIP_PATH + "/port-3", 600, 30);
    int port = layout.portIndex(CHIP, 3);
    run(fleet, 60);
    assertThat(ofPort(fleet, port, i -> r.linkState[i])).isEqualTo(Report.LINK_DOWN);
    run(fleet, 100);
    assertThat(ofPort(fleet, port, i -> r.linkState[i])).isEqualTo(Report.LINK_UP);
    run(fleet, 160);
    assertThat(ofPort(fleet, port, i -> r.linkState[i])).isEqualTo(Report.LINK_DOWN);
    run(fleet, 280);
    assertThat(ofPort(fleet, port, i -> r.recoveries[i])).isEqualTo(3);
  }

  private int portOfSwitch(int s) {
    for (int p = 0; p < layout.ports(); p++) {
      if (layout.switchOfPort(p) == s) {
        return p;
      }
    }
    throw new AssertionError("no port leads to switch " + s);
  }

  @Test
  void allLinksOfASickSwitchHaveItsErrorsAndThoseOfADeadOneAreDown() {
    int port = portOfSwitch(3);
    Fleet erroneous = fleet("SWITCH_FAULT", layout.switchPathOf(3), 300, 200);
    run(erroneous, 70);
    long before = ofPort(erroneous, port, i -> r.crcErrors[i]);
    long after = ofPort(erroneous, port, i -> r.crcErrors[i]);
    assertThat(after - before).isBetween(1_900L, 2_100L);

    second = 0;
    Fleet dead = fleet("SWITCH_FAULT", layout.switchPathOf(3), 300, 0);
    run(dead, 70);
    assertThat(ofPort(dead, port, i -> r.linkState[i])).isEqualTo(Report.LINK_DOWN);
    assertThat(ofPort(dead, portOfSwitch(4), i -> r.linkState[i])).isEqualTo(Report.LINK_UP);
  }

  @Test
  void allLinksOfAPlaneFallTogether() {
    Fleet fleet = fleet("PLANE_FAULT", layout.planePath(1), 300, 0);
    run(fleet, 70);
    for (int p = 0; p < layout.ports(); p++) {
      if (layout.planeOfPort(p) == 1 && p % 997 == 0) {
        assertThat(ofPort(fleet, p, i -> r.linkState[i])).isEqualTo(Report.LINK_DOWN);
      }
    }
    int spared = layout.portIndex(CHIP, 0);
    assertThat(ofPort(fleet, spared, i -> r.linkState[i])).isEqualTo(Report.LINK_UP);
  }

  @Test
  void dataWaitsAtACongestedSwitchWithoutErrors() {
    int port = portOfSwitch(3);
    Fleet fleet = fleet("CONGESTION", layout.switchPathOf(3), 300, 400);
    run(fleet, 40);
    long calm = ofPort(fleet, port, i -> r.waitMicros[i]);
    calm = ofPort(fleet, port, i -> r.waitMicros[i]) - calm;
    run(fleet, 70);
    long before = ofPort(fleet, port, i -> r.waitMicros[i]);
    long after = ofPort(fleet, port, i -> r.waitMicros[i]);

    assertThat(calm).isLessThan(300_000);
    assertThat(after - before).isBetween(4_000_000L, 4_300_000L);
    assertThat(ofPort(fleet, port, i -> r.crcErrors[i])).isLessThan(5);
  }

  @Test
  void aSaggingFeedHoldsTheClocksOfItsChipsDown() {
    Fleet fleet = fleet("POWER_SAG", layout.powerFeedPath(0), 300, 5);
    int feed = layout.chipsPerCabinet() * layout.cabinetsPerPowerFeed();
    run(fleet, 30);
    long clock = mean(fleet, c -> c < feed, i -> r.clock[i]);
    run(fleet, 70);

    assertThat(mean(fleet, c -> c < feed, i -> r.clock[i])).isBetween(clock / 6, clock / 4);
    assertThat(mean(fleet, c -> c < feed, i -> r.throttleReasons[i] & Report.THROTTLE_POWER))
        .isEqualTo(Report.THROTTLE_POWER);
    assertThat(mean(fleet, c -> c >= feed, i -> r.throttleReasons[i])).isZero();
  }

  @ParameterizedTest
  @CsvSource({"CHIP_FAIL_SLOW, 800, 100", "POWER_SAG, 8, 2"})
  void aMilderFaultOfTheSamePartHealsNothing(String kind, double worse, double milder) {
    String subject = kind.equals("POWER_SAG") ? layout.powerFeedPath(0) : CHIP_PATH;
    String lasting =
        "{kind: %s, at: 60s, for: 300s, subject: %s, magnitude: %s}"
            .formatted(kind, subject, worse);
    String passing =
        "{kind: %s, at: 150s, for: 60s, subject: %s, magnitude: %s}"
            .formatted(kind, subject, milder);
    long alone = tensorActivityAt(180, lasting);
    long together = tensorActivityAt(180, lasting, passing);

    assertThat(together).isEqualTo(alone);
  }

  private long tensorActivityAt(int from, String... faults) {
    second = 0;
    Fleet fleet = fleet(plan, faults);
    run(fleet, from);
    return mean(fleet, c -> c == CHIP, i -> r.tensorActivity[i]);
  }

  @Test
  void aHostThatRestartsIsSilentAndThenCountsAnew() {
    Fleet fleet = fleet("HOST_RESTART", "pod-00/cab-000/board-2", 60, 0);
    for (; second < 140; second++) {
      fleet.step(START + second * 1_000L);
      assertThat(fleet.fill(2, r)).as("second %d", second).isEqualTo(second < 60 || second >= 120);
    }
    assertThat(r.agentStartMs).isGreaterThanOrEqualTo(START + 120_000);
    assertThat(r.sequence).isLessThan(21);
  }

  @Test
  void aPodThatIsCutOffLosesItsReportsButGoesOnCounting() {
    Fleet fleet = fleet("POD_CUT_OFF", "pod-00", 30, 0);
    for (; second < 100; second++) {
      fleet.step(START + second * 1_000L);
      assertThat(fleet.fill(2, r)).as("second %d", second).isEqualTo(second < 60 || second >= 90);
    }
    assertThat(r.sequence).isEqualTo(99);
    assertThat(r.agentStartMs).isLessThan(START + 1_000);
  }

  @Test
  void aJobThatHangsIsBusyWithoutWorkStepsOrTraffic() {
    Fleet fleet = fleet("HANG", "job/train-0", 300, 0);
    int port = layout.portIndex(CHIP, 0);
    run(fleet, 70);
    long steps = mean(fleet, c -> true, i -> r.steps[i]);
    long sent = ofPort(fleet, port, i -> r.txBytes[i]);

    assertThat(mean(fleet, c -> true, i -> r.utilization[i])).isGreaterThan(950);
    assertThat(mean(fleet, c -> true, i -> r.tensorActivity[i])).isZero();
    assertThat(mean(fleet, c -> true, i -> r.steps[i])).isEqualTo(steps);
    assertThat(ofPort(fleet, port, i -> r.txBytes[i])).isEqualTo(sent);
    assertThat(mean(fleet, c -> true, i -> r.hbmUsed[i])).isGreaterThan(100_000);
  }

  @Test
  void aJobThatHasCrashedLeavesItsChipsIdleAndEmpty() {
    Fleet fleet = fleet("JOB_CRASH", "job/train-0", 300, 0);
    run(fleet, 30);
    long held = mean(fleet, c -> true, i -> r.hbmUsed[i]);
    run(fleet, 70);

    assertThat(mean(fleet, c -> true, i -> r.utilization[i])).isZero();
    assertThat(mean(fleet, c -> true, i -> r.hbmUsed[i])).isLessThan(held / 10);
  }

  @Test
  void corruptionThatIsSilentShowsNothing() {
    Fleet struck = fleet("SILENT_DATA_CORRUPTION", CHIP_PATH, 300, 0);
    Fleet quiet = fleet("SILENT_DATA_CORRUPTION", "pod-00/cab-003/board-0/chip-0", 300, 0);
    Report other = new Report();
    for (int s = 0; s < 90; s++) {
      struck.step(START + s * 1_000L);
      quiet.step(START + s * 1_000L);
      for (int b = 0; b < struck.boards(); b++) {
        struck.fill(b, r);
        quiet.fill(b, other);
        assertThat(r.tensorActivity).isEqualTo(other.tensorActivity);
        assertThat(r.power).isEqualTo(other.power);
        assertThat(r.eccUncorrected).isEqualTo(other.eccUncorrected);
      }
    }
  }

  @Test
  void aNarrowLinkRunsAtAShareOfItsSpeedAtBothEndsAndCarriesLess() {
    int port = layout.portIndex(CHIP, 0);
    Fleet fleet = fleet("LINK_NARROW", CHIP_PATH + "/port-0", 60, 750);
    run(fleet, 50);
    long whole = ofPort(fleet, port, i -> r.linkRate[i]);
    long before = ofPort(fleet, port, i -> r.txBytes[i]);
    long after = ofPort(fleet, port, i -> r.txBytes[i]);
    assertThat(ofPort(fleet, port, i -> r.linkRate[i])).isEqualTo(whole * 3 / 4);
    assertThat(ofPort(fleet, layout.peerPort(port), i -> r.linkRate[i])).isEqualTo(whole * 3 / 4);
    assertThat(after).isGreaterThan(before);
    assertThat(ofPort(fleet, port + 1, i -> r.linkRate[i])).isEqualTo(whole);
    run(fleet, 130);
    assertThat(ofPort(fleet, port, i -> r.linkRate[i])).isEqualTo(whole);
  }

  @Test
  void aNarrowLinkOfUnknownSpeedHasNoSpeed() {
    ClusterPlan unpublished = Catalog.bundled().plan("kunlun-p800", new Overrides(null, 1, 1));
    String port = "pod-00/cab-000/board-2/chip-5/port-0";
    Fleet fleet = fleet(unpublished, "LINK_NARROW", port, 60, 750);
    run(fleet, 78);
    fleet.step(START + 78_000L); // Board 2 tells of its links in this one.
    assertThat(fleet.fill(2, r)).isTrue();
    assertThat(r.linkCount).isPositive();
    assertThat(Arrays.stream(r.linkRate, 0, r.linkCount)).containsOnly(Report.ABSENT);
  }

  @Test
  void aSlowJobDoesLessEverywhereAndIsAsBusyAsBefore() {
    Fleet fleet = fleet("JOB_SLOW", "job/train-0", 60, 400);
    run(fleet, 40);
    long tensor = mean(fleet, c -> true, i -> r.tensorActivity[i]);
    long busy = mean(fleet, c -> true, i -> r.utilization[i]);
    run(fleet, 70);
    assertThat(mean(fleet, c -> true, i -> r.tensorActivity[i]))
        .isBetween(tensor * 55 / 100, tensor * 65 / 100);
    assertThat(mean(fleet, c -> true, i -> r.utilization[i])).isBetween(busy - 50, 1_000L);
    run(fleet, 130);
    assertThat(mean(fleet, c -> true, i -> r.tensorActivity[i]))
        .isBetween(tensor * 95 / 100, tensor * 105 / 100);
  }

  @Test
  void aSiteThatIsCutOffSilencesAShareOfItsPods() {
    ClusterPlan three = Catalog.bundled().plan("atlas-960", new Overrides(null, 3, 1));
    String document =
        "faults: [{kind: SITE_CUT_OFF, at: 10s, for: 10s, subject: site, magnitude: 600}]\n";
    Fleet fleet = new Fleet(three, ScenarioReader.read("site.yaml", document, null), START);
    StringBuilder heard = new StringBuilder();
    for (int s = 0; s < 30; s += 5) {
      fleet.step(START + s * 1_000L);
      int pods = 0;
      for (int b = 0; b < fleet.boards(); b++) {
        boolean firstOfPod = b % (fleet.boards() / 3) == 0;
        pods += fleet.fill(b, r) && firstOfPod ? 1 : 0;
      }
      heard.append(pods);
    }
    assertThat(heard).hasToString("331133");
  }

  @Test
  void aLinkThatIsBadOneWayHasErrorsAtOneEndOnly() {
    String document =
        "faults: [{kind: LINK_DEGRADED, at: 10s, subject: %s/port-0, magnitude: 100, direction: one}]\n"
            .formatted(CHIP_PATH);
    Fleet fleet = new Fleet(plan, ScenarioReader.read("one.yaml", document, null), START);
    int port = layout.portIndex(CHIP, 0);
    int lower = Math.min(port, layout.peerPort(port));
    run(fleet, 60);
    assertThat(ofPort(fleet, lower, i -> r.crcErrors[i])).isGreaterThan(3_000);
    assertThat(ofPort(fleet, layout.peerPort(lower), i -> r.crcErrors[i])).isLessThan(100);
  }

  @Test
  void whatEndedWhileTheProcessSleptIsOver() {
    for (String[] fault :
        new String[][] {
          {"POD_CUT_OFF", "pod-00"},
          {"CHIP_LOST", CHIP_PATH},
          {"BOARD_LOST", "pod-00/cab-000/board-2"}
        }) {
      Fleet fleet = fleet(fault[0], fault[1], 60, 0);
      second = 0;
      run(fleet, 70);
      assertThat(fleet.fill(2, r) && r.chipCount == layout.chipsPerBoard()).as(fault[0]).isFalse();
      second = 1_000;
      run(fleet, 1_002);
      assertThat(fleet.fill(2, r)).as(fault[0]).isTrue();
      assertThat(r.chipCount).as(fault[0]).isEqualTo(layout.chipsPerBoard());
    }
  }
}
