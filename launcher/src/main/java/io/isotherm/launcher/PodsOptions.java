package io.isotherm.launcher;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options that say what the pods of a real cluster are made of. */
final class PodsOptions {
  @ArgGroup(multiplicity = "1")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Shape shape;

  /** What the pods are made of. */
  static final class Shape {
    @Option(
        names = "--preset",
        paramLabel = "NAME",
        required = true,
        description = "Topology preset that the pods are built by.")
    private @Nullable String preset;

    @Option(
        names = "--topology",
        paramLabel = "FILE",
        required = true,
        description = "Topology file of your own.")
    private @Nullable Path topology;
  }

  @Option(names = "--chip", paramLabel = "NAME", description = "Chip instead of the preset's.")
  private @Nullable String chip;

  @Option(
      names = "--pods",
      paramLabel = "N",
      description =
          "Number of pods (default: the topology's). The bridge announces those with a target.")
  private @Nullable Integer pods;

  @Option(names = "--cabinets", paramLabel = "N", description = "Compute cabinets in each pod.")
  private @Nullable Integer cabinets;

  /**
   * The cluster that the options describe.
   *
   * @throws CatalogException if there is no such cluster
   */
  ClusterPlan plan() {
    Overrides overrides = new Overrides(chip, pods, cabinets);
    Path file = shape.topology;
    return file == null
        ? Catalog.bundled().plan(String.valueOf(shape.preset), overrides)
        : Catalog.bundled().planFromFile(file, overrides);
  }
}
