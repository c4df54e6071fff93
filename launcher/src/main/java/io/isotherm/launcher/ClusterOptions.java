package io.isotherm.launcher;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.emulator.Scenario;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what an emulated cluster is made of. */
final class ClusterOptions {
  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "Topology preset (default: the scenario's, or atlas-960).")
  private @Nullable String preset;

  @Option(names = "--topology", paramLabel = "FILE", description = "Topology file of your own.")
  private @Nullable Path topology;

  @Option(names = "--chip", paramLabel = "NAME", description = "Chip instead of the preset's.")
  private @Nullable String chip;

  @Option(
      names = "--pods",
      paramLabel = "N",
      description = "Number of pods (default: the scenario's, that of the topology file, or 1).")
  private @Nullable Integer pods;

  @Option(names = "--cabinets", paramLabel = "N", description = "Compute cabinets in each pod.")
  private @Nullable Integer cabinets;

  /**
   * The cluster that the options ask for, and where they leave it open, a scenario.
   *
   * @throws CatalogException if there is no such cluster
   */
  ClusterPlan plan(Scenario.Cluster c) {
    Integer somePods = pods != null ? pods : c.pods();
    Path file = topology != null ? topology : preset != null ? null : c.topology();
    Overrides overrides =
        new Overrides(
            chip != null ? chip : c.chip(),
            somePods == null && file == null ? Integer.valueOf(1) : somePods,
            cabinets != null ? cabinets : c.cabinets());
    Catalog catalog = Catalog.bundled();
    if (topology != null && preset != null) {
      throw new CatalogException("give --preset or --topology, not both");
    }
    if (file != null) {
      return catalog.planFromFile(file, overrides);
    }
    String name = preset != null ? preset : c.preset();
    return catalog.plan(name == null ? "atlas-960" : name, overrides);
  }
}
