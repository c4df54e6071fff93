package io.isotherm.launcher;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.emulator.ScenarioReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm demo}: the whole pipeline in one process. */
@Command(
    name = "demo",
    description = {
      "Watches an emulated cluster: broker, emulator, monitor and exporter in one process.",
      "Runs a short story of faults until Ctrl-C or for --duration, then says what was broken, what"
          + " was found, and when."
    })
final class DemoCommand implements Callable<Integer> {
  private static final String DEFAULT_PRESET = "atlas-960";

  /** How results are written. */
  enum Output {
    TABLE,
    JSON
  }

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "Topology of the cluster, see 'isotherm topology list' (default: atlas-960).")
  private @Nullable String preset;

  @Option(
      names = "--topology",
      paramLabel = "FILE",
      description = "Topology file of your own, instead of --preset.")
  private @Nullable Path topology;

  @Option(names = "--chip", paramLabel = "NAME", description = "Another chip than the topology's.")
  private @Nullable String chip;

  @Option(names = "--pods", paramLabel = "N", description = "Number of pods (default: 1).")
  private @Nullable Integer pods;

  @Option(
      names = "--cabinets",
      paramLabel = "N",
      description = "Compute cabinets in each pod (default: the topology's).")
  private @Nullable Integer cabinets;

  @Option(
      names = "--scenario",
      paramLabel = "NAME|FILE",
      defaultValue = "demo",
      description = "What happens: a bundled scenario or a file (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String scenario;

  @Option(
      names = "--interval",
      paramLabel = "DURATION",
      description = "Time between two reports of an agent (default: the scenario's, 1s).")
  private @Nullable Duration interval;

  @Option(
      names = "--links-every",
      paramLabel = "DURATION",
      description = "Time between two readings of the links (default: the scenario's, 10s).")
  private @Nullable Duration linksEvery;

  @Option(
      names = "--pod-every",
      paramLabel = "DURATION",
      description =
          "Time between the starts of two pods; 0s starts all at once (default: the scenario's, 1s in"
              + " demo).")
  private @Nullable Duration podEvery;

  @Option(
      names = "--duration",
      paramLabel = "DURATION",
      description = "End after this time, for instance 180s (default: run until Ctrl-C).")
  private @Nullable Duration duration;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Seed of everything that is random (default: the scenario's).")
  private @Nullable Long seed;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9464",
      description = "Port of metrics and API (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--broker-port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Port of the broker; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int brokerPort;

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Threads of the monitor (default: ${DEFAULT-VALUE}).")
  private int threads;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "Format of the summary: table or json (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Output output;

  @Override
  public Integer call() throws Exception {
    if (threads < 1) {
      throw wrong("--threads is %d, must be at least 1".formatted(threads));
    }
    if (port < 0 || port > 65_535 || brokerPort < 0 || brokerPort > 65_535) {
      throw wrong("a port must be from 0 to 65535");
    }
    if (preset != null && topology != null) {
      throw wrong("--preset and --topology exclude each other; give one");
    }
    if (Boolean.getBoolean(DemoScreen.TERMINAL_PROPERTY)) {
      main.yieldScreen();
    }
    Scenario story = scenario();
    Demo demo = new Demo(plan(story.cluster()), story, port, brokerPort, threads, duration);
    DemoSummary summary = demo.run(main.stop(), spec.commandLine().getErr());
    if (output == Output.JSON) {
      summary.json(spec.commandLine().getOut());
    } else {
      summary.table(spec.commandLine().getOut());
    }
    return summary.emulated().sendErrors() == 0 ? Main.DONE : Main.FAILED;
  }

  private Scenario scenario() {
    Scenario story;
    try {
      story = ScenarioReader.load(scenario);
    } catch (ScenarioException e) {
      throw wrong("--scenario: " + e.getMessage());
    }
    if (seed != null) {
      story = story.withSeed(seed);
    }
    if (podEvery != null) {
      if (podEvery.toMillis() > Scenario.MOST_POD_EVERY_MS) {
        throw wrong("--pod-every must be from 0s to 1h");
      }
      story = story.withPodEvery(podEvery.toMillis());
    }
    if (interval == null && linksEvery == null) {
      return story;
    }
    long intervalMs = interval == null ? story.intervalMs() : interval.toMillis();
    if (intervalMs < 100 || intervalMs > 3_600_000) {
      throw wrong("--interval must be from 100ms to 1h");
    }
    long linksMs = linksEvery == null ? intervalMs * story.linksEvery() : linksEvery.toMillis();
    if (linksMs < intervalMs || linksMs % intervalMs != 0) {
      throw wrong(
          "--links-every must be a multiple of the interval of %d ms".formatted(intervalMs));
    }
    return story.withBeat((int) intervalMs, (int) (linksMs / intervalMs));
  }

  /** What the options say counts, then what the scenario says, then the default. */
  private ClusterPlan plan(Scenario.Cluster cluster) {
    boolean own = preset != null || topology != null;
    Path file = own ? topology : cluster.topology();
    String name = own ? preset : cluster.preset();
    try {
      Overrides overrides =
          new Overrides(
              chip == null ? cluster.chip() : chip,
              Objects.requireNonNullElse(pods == null ? cluster.pods() : pods, 1),
              cabinets == null ? cluster.cabinets() : cabinets);
      return file != null
          ? Catalog.bundled().planFromFile(file, overrides)
          : Catalog.bundled().plan(name == null ? DEFAULT_PRESET : name, overrides);
    } catch (CatalogException | IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
