package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FaultScheduleTest {
  private static final long START = 1_767_225_600_000L;
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("atlas-960", new Overrides(null, 1, null));

  @Test
  void randomFaultsComeAtTheStatedRate() {
    String document =
        "random_faults: {per_chip_hour: 1.97e-5, acceleration: 1000, median_repair: 1s,"
            + " mix: {CHIP_LOST: 3, BOARD_LOST: 1}}\n";
    Scenario scenario = ScenarioReader.read("a.yaml", document, null);
    FaultSchedule schedule =
        new FaultSchedule(PLAN, scenario, START, (p, b, atMs) -> true, job -> true, List.of());
    List<Fault> faults = schedule.startingBefore(START + 10 * 3_600_000L);

    double expected = 1.97e-5 * 1000 * PLAN.chips() * 10;
    double tolerance = 4 * Math.sqrt(expected);
    assertThat((double) faults.size()).isBetween(expected - tolerance, expected + tolerance);
    Map<FaultKind, Long> kinds =
        faults.stream()
            .map(Fault::kind)
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    assertThat(kinds.getOrDefault(FaultKind.CHIP_LOST, 0L) / (double) faults.size())
        .isBetween(0.72, 0.78);
  }

  private static FaultSchedule schedule(ClusterPlan plan, String document) {
    Scenario scenario = ScenarioReader.read("a.yaml", document, null);
    return new FaultSchedule(plan, scenario, START, (p, b, atMs) -> true, job -> true, List.of());
  }

  /** So many that the time of one would be that of the next. */
  @ParameterizedTest
  @CsvSource({"1000, 1e9", "1.97e-5, 1e9", "1000, 1"})
  void moreRandomFaultsThanCanBePlacedAreRefused(double perChipHour, double acceleration) {
    String document =
        "random_faults: {per_chip_hour: %s, acceleration: %s, mix: {CHIP_LOST: 1}}\n"
            .formatted(perChipHour, acceleration);

    assertThatThrownBy(() -> schedule(PLAN, document))
        .isInstanceOf(ScenarioException.class)
        .hasMessageStartingWith("random_faults: per_chip_hour ")
        .hasMessageEndingWith(
            " faults a second of %d chips, at most 1000 are possible".formatted(PLAN.chips()));
  }

  @Test
  void aThousandRandomFaultsASecondArePlaced() {
    double perChipHour = 3_599_000.0 / PLAN.chips();
    String document =
        "random_faults: {per_chip_hour: %s, median_repair: 1s, mix: {CHIP_LOST: 1}}\n"
            .formatted(perChipHour);
    FaultSchedule schedule = schedule(PLAN, document);

    int placed = schedule.startingBefore(START + 1_000).size();

    assertThat(placed + schedule.leftOut()).isBetween(870, 1_130);
  }

  @Test
  void aToldFaultKeepsRandomOnesAwayOnlyWhileItLasts() {
    FaultSchedule schedule =
        schedule(
            PLAN,
            """
            faults: [{kind: PLANE_FAULT, at: 2h, for: 10m, subject: random}]
            random_faults:
              {per_chip_hour: 1.97e-5, acceleration: 100, median_repair: 1s, mix: {CHIP_LOST: 1}}
            """);
    List<Fault> random =
        schedule.startingBefore(START + 4 * 3_600_000L).stream()
            .filter(f -> f.kind() == FaultKind.CHIP_LOST)
            .toList();

    long plane = START + 2 * 3_600_000L;
    assertThat(random).filteredOn(f -> f.startMs() < plane).hasSizeGreaterThan(20);
    assertThat(random).filteredOn(f -> f.startMs() > plane + 720_000).hasSizeGreaterThan(10);
    assertThat(random).noneMatch(f -> f.endMs() + 120_000 > plane && f.startMs() < plane + 720_000);
    assertThat(schedule.leftOut()).isBetween(1, 20);
  }

  @Test
  void halfOfTheRandomPlanesAreDead() {
    FaultSchedule schedule =
        schedule(
            PLAN,
            """
            random_faults:
              {per_chip_hour: 1.97e-5, acceleration: 100, median_repair: 1s, mix: {PLANE_FAULT: 1}}
            """);
    List<Fault> faults = schedule.startingBefore(START + 24 * 3_600_000L);

    assertThat(faults).hasSizeGreaterThan(100);
    long dead = faults.stream().filter(f -> f.magnitude() == 0).count();
    assertThat(dead / (double) faults.size()).isBetween(0.35, 0.65);
    assertThat(faults)
        .filteredOn(f -> f.magnitude() != 0)
        .allMatch(f -> f.magnitude() >= 20 && f.magnitude() <= 2_000);
  }

  @Test
  void theSeedChoosesNoSwitchToWhichNoLinkLeads() {
    ClusterPlan small = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 4));
    PodLayout layout = small.pods().get(0);
    Set<Integer> linked =
        IntStream.range(0, layout.ports())
            .map(layout::switchOfPort)
            .boxed()
            .collect(Collectors.toSet());
    FaultSchedule schedule =
        schedule(
            small,
            """
            random_faults:
              {per_chip_hour: 1.97e-5, acceleration: 4000, median_repair: 1s, mix: {SWITCH_FAULT: 1}}
            """);
    List<Fault> faults = schedule.startingBefore(START + 24 * 3_600_000L);

    assertThat(linked).hasSizeLessThan(layout.switches());
    assertThat(faults).hasSizeGreaterThan(100).allMatch(f -> linked.contains(f.target()));
  }

  @Test
  void aNamedSwitchToWhichNoLinkLeadsIsAMistakeWithItsPlace() {
    ClusterPlan small = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 4));
    String document = "faults: [{kind: CONGESTION, at: 1s, subject: pod-00/plane-0/switch-01}]\n";

    assertThatThrownBy(() -> schedule(small, document))
        .isInstanceOf(ScenarioException.class)
        .hasMessage(
            "a.yaml:1:46: no link leads to pod-00/plane-0/switch-01: its pod has too few cabinets");
  }

  @Test
  void aRailOfOneSwitchBreaksAsThatSwitch() {
    ClusterPlan railed = Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 8));
    assertThatThrownBy(
            () ->
                schedule(railed, "faults: [{kind: PLANE_FAULT, at: 1s, subject: pod-00/rail-3}]\n"))
        .isInstanceOf(ScenarioException.class)
        .hasMessage(
            "a.yaml:1:47: pod-00/rail-3 has one switch, pod-00/rail-3/switch-00: break that, with"
                + " SWITCH_FAULT");
    FaultSchedule schedule =
        schedule(
            railed,
            """
            faults:
              - {kind: PLANE_FAULT, at: 1s, subject: random}
              - {kind: SWITCH_FAULT, at: 1m, subject: pod-00/rail-3/switch-00}
            """);
    assertThat(schedule.startingBefore(START + 3_600_000L))
        .singleElement()
        .satisfies(
            f -> {
              assertThat(f.kind()).isEqualTo(FaultKind.SWITCH_FAULT);
              assertThat(railed.pods().get(0).switchPathOf(f.target()))
                  .isEqualTo("pod-00/rail-3/switch-00");
            });
  }

  @Test
  void aFaultOfAJobIsPlacedWhileNothingElseIsBrokenInAnyPod() {
    FaultSchedule schedule =
        schedule(
            Catalog.bundled().plan("hgx-h100", new Overrides(null, 3, 8)),
            """
            jobs: [{name: train-0}]
            random_faults:
              {per_chip_hour: 1.97e-5, acceleration: 800, median_repair: 2m, mix: {HANG: 1, CHIP_LOST: 1}}
            """);
    List<Fault> faults = schedule.startingBefore(START + 48 * 3_600_000L);
    List<Fault> hangs = faults.stream().filter(f -> f.kind() == FaultKind.HANG).toList();

    assertThat(hangs).hasSizeGreaterThan(10).allMatch(f -> f.pod().equals("pod-00"));
    for (Fault hang : hangs) {
      assertThat(faults)
          .filteredOn(f -> f.startMs() < hang.endMs() && hang.startMs() < f.endMs())
          .containsExactly(hang);
    }
  }

  @Test
  void twoToldFaultsOfOneJobThatOverlapAreAMistakeWithItsPlace() {
    String document =
        """
        jobs: [{name: a}, {name: b}]
        faults:
          - {kind: HANG, at: 1m, for: 5m, subject: job/a}
          - {kind: JOB_SLOW, at: 1m, for: 5m, subject: job/a}
          - {kind: JOB_CRASH, at: 2m, for: 5m, subject: job/b}
          - {kind: JOB_CRASH, at: %s, for: 5m, subject: job/a}
        """;

    assertThat(schedule(PLAN, document.formatted("6m")).told()).hasSize(4);
    assertThatThrownBy(() -> schedule(PLAN, document.formatted("2m")))
        .isInstanceOf(ScenarioException.class)
        .hasMessage(
            "a.yaml:6:49: JOB_CRASH of job/a overlaps with HANG at a.yaml:3:44;"
                + " one must end before the other begins");
  }

  @Test
  void theSeedHeatsOnlyChipsWhoseJobRuns() {
    String document =
        """
        jobs: [{name: batch-0, from: 20m, until: 40m}]
        random_faults:
          {per_chip_hour: 1.97e-5, acceleration: 20000, median_repair: 1s, mix: {THERMAL_THROTTLE: 1}}
        """;
    Fleet fleet =
        new Fleet(
            Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 8)),
            ScenarioReader.read("a.yaml", document, null),
            START);
    List<Long> starts = new ArrayList<>();
    for (int minute = 0; minute <= 60; minute++) {
      fleet.step(START + minute * 60_000L);
      fleet.takeTruth().stream()
          .filter(t -> !t.ended())
          .forEach(t -> starts.add(t.fault().startMs() - START));
    }

    assertThat(starts).hasSizeGreaterThan(5).allMatch(ms -> ms >= 1_200_000 && ms < 2_400_000);
    assertThat(fleet.failuresLeftOut()).isGreaterThan(starts.size());
  }

  @Test
  void theSeedBreaksOnlyJobsThatRun() {
    String document =
        """
        jobs:
          - {name: early, share: 0.3, until: 4h}
          - {name: late, share: 0.3, from: 8h}
          - {name: none, share: 0.0001}
        random_faults:
          {per_chip_hour: 1.97e-5, acceleration: 100000, median_repair: 1s, mix: {HANG: 1, JOB_SLOW: 1}}
        """;
    Fleet fleet =
        new Fleet(
            Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 8)),
            ScenarioReader.read("a.yaml", document, null),
            START);
    List<Fault> faults = new ArrayList<>();
    for (int minute = 0; minute <= 720; minute++) {
      fleet.step(START + minute * 60_000L);
      fleet.takeTruth().stream().filter(t -> !t.ended()).forEach(t -> faults.add(t.fault()));
    }

    assertThat(faults)
        .extracting(Fault::subject)
        .contains("job/early", "job/late")
        .doesNotContain("job/none");
    assertThat(faults)
        .allMatch(
            f ->
                f.subject().equals("job/early")
                    ? f.startMs() < START + 4 * 3_600_000L
                    : f.startMs() >= START + 8 * 3_600_000L);
  }

  @ParameterizedTest
  @CsvSource({
    "early, 4h, '14400000 ms: job/early does not run then, but from 0 ms to 14400000 ms'",
    "late, 479m, '28740000 ms: job/late does not run then, but from 28800000 ms on'",
  })
  void aToldFaultOfAJobThatDoesNotRunIsAMistakeWithItsPlace(String job, String at, String said) {
    String document =
        """
        jobs: [{name: early, share: 0.3, until: 4h}, {name: late, share: 0.3, from: 8h}]
        faults: [{kind: HANG, subject: job/%s, at: %s}]
        """;

    assertThatThrownBy(() -> schedule(PLAN, document.formatted(job, at)))
        .isInstanceOf(ScenarioException.class)
        .hasMessage("a.yaml:2:32: HANG at " + said);
    assertThat(schedule(PLAN, document.formatted("early", "239m")).told()).hasSize(1);
    assertThat(schedule(PLAN, document.formatted("late", "8h")).told()).hasSize(1);
  }

  @Test
  void aToldFaultOfAJobWithoutBoardsIsLeftOutAndNoted() {
    Fleet fleet =
        new Fleet(
            Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 8)),
            ScenarioReader.read(
                "a.yaml",
                """
                jobs: [{name: train-0, share: 0.5}, {name: none, share: 0.0001}]
                faults: [{kind: HANG, at: 1m, for: 5m, subject: job/none}]
                """,
                null),
            START);

    assertThat(fleet.toldFaults()).isEmpty();
    assertThat(fleet.notes()).contains("a.yaml:2:49: HANG left out: job/none has no boards");
  }

  @Test
  void onlyATrainingJobCanBeSlow() {
    String document =
        """
        jobs: [{name: train-0, share: 0.1}, {name: serve-0, kind: INFERENCE, share: 0.9}]
        faults: [{kind: JOB_SLOW, at: 1m, for: 5m, subject: %s}]
        """;

    assertThatThrownBy(() -> schedule(PLAN, document.formatted("job/serve-0")))
        .isInstanceOf(ScenarioException.class)
        .hasMessage("a.yaml:2:53: JOB_SLOW needs a training job, job/serve-0 is one of inference");
    for (int seed = 0; seed < 20; seed++) {
      String random = document.formatted("random") + "seed: " + seed + "\n";
      assertThat(schedule(PLAN, random).told())
          .singleElement()
          .extracting(Fault::subject)
          .isEqualTo("job/train-0");
    }
  }
}
