package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.score.Broken;
import io.isotherm.score.FleetDelivery;
import io.isotherm.score.Matching;
import io.isotherm.score.Raised;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The emulator's faults, as bytes, straight into the monitors: one incident for each, no other. */
final class FaultsToIncidentsTest {
  private static final long START = 1_800_000_003_000L;

  private record Run(Matching matching, List<IncidentEvent> incidents, List<PodWindow> windows) {}

  private static Run run(String preset, int cabinets, String scenarioName, long seed, int seconds) {
    ClusterPlan plan =
        Catalog.bundled().plan(preset, new Overrides(null, 1, cabinets == 0 ? null : cabinets));
    Fleet fleet = new Fleet(plan, ScenarioReader.load(scenarioName).withSeed(seed), START);
    List<Broken> faults = new ArrayList<>();
    List<IncidentEvent> incidents = new ArrayList<>();
    List<PodWindow> windows = new ArrayList<>();
    ClusterRun.Output output =
        new ClusterRun.Output() {
          @Override
          public void window(PodWindow window) {
            windows.add(window);
          }

          @Override
          public void incident(IncidentEvent event) {
            incidents.add(event);
          }

          @Override
          public void cluster(ClusterWindow window) {}
        };
    ClusterRun monitors =
        ClusterRun.of(plan.cluster(), plan.pods(), DetectorSettings.DEFAULT, output);
    monitors.placements(fleet.placements());
    FleetDelivery delivery = new FleetDelivery(fleet, true);
    for (int s = 0; s < seconds; s++) {
      delivery.interval(
          START + s * 1_000L,
          truth -> {
            if (!truth.ended()) {
              faults.add(Broken.of(truth.fault()));
            }
          },
          monitors::accept);
    }
    monitors.end();
    Map<String, Raised> raised = new LinkedHashMap<>();
    incidents.forEach(e -> raised.compute(e.id(), (id, before) -> Raised.after(before, e)));
    Matching matching =
        Matching.of(
            faults,
            raised.values(),
            plan.pods(),
            fleet.placements(),
            START,
            START + seconds * 1_000L);
    return new Run(matching, incidents, windows);
  }

  @ParameterizedTest
  @CsvSource({
    "atlas-960, 24, 1",
    "atlas-960, 24, 2",
    "atlas-960, 24, 3",
    "atlas-950, 24, 4",
    "hgx-h100, 0, 5",
    "cloudmatrix-384, 0, 6",
    "nvl72, 0, 7",
  })
  void everyFaultOfTheStoryIsOneIncidentAndNothingElseIs(String preset, int cabinets, long seed) {
    Run run = run(preset, cabinets, "demo", seed, 180);

    assertThat(run.matching().cases()).hasSize(7).allMatch(Matching.Case::perfect);
    assertThat(run.matching().unmatched()).isEmpty();
    assertThat(run.windows()).allMatch(w -> w.states().total() == w.chips());
  }

  @ParameterizedTest
  @CsvSource({
    "atlas-960, 16, 1",
    "atlas-950, 16, 2",
    "hgx-h200, 0, 3",
    "mlu370, 0, 4",
    "hanguang-800, 0, 5"
  })
  void aHealthyFleetWithAllItsNoiseRaisesNothing(String preset, int cabinets, long seed) {
    Run run = run(preset, cabinets, "healthy", seed, 900);

    assertThat(run.incidents()).isEmpty();
    assertThat(run.windows()).hasSizeGreaterThan(85);
  }
}
