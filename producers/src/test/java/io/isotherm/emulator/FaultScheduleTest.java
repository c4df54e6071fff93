package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

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
    FaultSchedule schedule = new FaultSchedule(PLAN, scenario, START, (p, b) -> true, List.of());
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
}
