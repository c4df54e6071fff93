package io.isotherm.launcher;

import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import io.isotherm.producers.Emulator;
import io.isotherm.producers.EmulatorStatus;
import io.isotherm.schemas.SchemaIds;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm emulate}: a fleet of agents into a given Kafka. */
@Command(
    name = "emulate",
    description = "Publishes the reports of an emulated cluster until Ctrl-C or --duration.")
final class EmulateCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommonOptions common;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ClusterOptions cluster;

  @Option(
      names = "--scenario",
      paramLabel = "FILE|NAME",
      defaultValue = "healthy",
      description =
          "Scenario file, or one of demo, healthy, site, standard, wide (default: ${DEFAULT-VALUE}).")
  private String scenario = "healthy";

  @Option(names = "--seed", paramLabel = "N", description = "Seed instead of the scenario's.")
  private @Nullable Long seed;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      description =
          "Interval of reports, 100ms to 60s; at most half of a monitor's window, in each of which it"
              + " needs one (default: the scenario's).")
  private @Nullable Duration interval;

  @Option(
      names = "--links-every",
      paramLabel = "N",
      description = "Every so many reports carry the links (default: the scenario's).")
  private @Nullable Integer linksEvery;

  @Option(
      names = "--pod-every",
      paramLabel = "TIME",
      description =
          "Time between the starts of two pods, up to 1h; 0s starts all at once (default: the"
              + " scenario's).")
  private @Nullable Duration podEvery;

  @Option(names = "--duration", paramLabel = "TIME", description = "Time to run for.")
  private @Nullable Duration duration;

  @Mixin private final MetersOptions own = new MetersOptions(9466);

  @Override
  public Integer call() throws Exception {
    HttpAddress http = own.address();
    SchemaIds ids = common.schemaIds();
    Scenario chosen;
    ClusterPlan plan;
    try {
      chosen = scenario();
      plan = cluster.plan(chosen.cluster());
    } catch (ScenarioException | CatalogException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter err = spec.commandLine().getErr();
    err.printf(
        "emulating %,d chips of %s, scenario %s, seed %d, into %s%n",
        plan.chips(), plan.preset(), chosen.name(), chosen.seed(), common.bootstrapServers());
    err.flush();
    try (ProcessMeters meters = new ProcessMeters();
        HttpEndpoint endpoint = MetersOptions.serve("Isotherm emulate", meters, http);
        Emulator emulator = new Emulator(plan, chosen, ids, common.clientConfig(), meters::watch)) {
      err.println(http.url(endpoint.port(), ProcessMeters.PATH));
      err.flush();
      long ms = duration == null ? Long.MAX_VALUE : duration.toMillis();
      try {
        main.stop().awaitWork("emulator", () -> emulator.run(ms), emulator::stop);
      } catch (ScenarioException e) {
        throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
      }
      EmulatorStatus s = emulator.status();
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%,d chips, %,d reports, %d faults begun (%d open), %d intervals skipped,"
              + " %d records refused%n",
          s.chips(), s.reports(), s.failures(), s.openFailures(), s.skippedBeats(), s.sendErrors());
      if (s.skippedReports() > 0) {
        out.printf("%,d more reports skipped: their turn came too late%n", s.skippedReports());
      }
      if (s.failuresLeftOut() > 0) {
        out.printf("%d random faults left out: no free place for them%n", s.failuresLeftOut());
      }
      out.flush();
      return s.sendErrors() == 0 ? Main.DONE : Main.FAILED;
    }
  }

  private Scenario scenario() {
    Scenario s = ScenarioReader.load(scenario);
    if (seed != null) {
      if (seed < 0) {
        throw new ScenarioException("--seed is %d, must be at least 0".formatted(seed));
      }
      s = s.withSeed(seed);
    }
    if (podEvery != null) {
      if (podEvery.toMillis() > Scenario.MOST_POD_EVERY_MS) {
        throw new ScenarioException("--pod-every must be 0s to 1h");
      }
      s = s.withPodEvery(podEvery.toMillis());
    }
    long ms = interval == null ? s.intervalMs() : interval.toMillis();
    if (ms < 100 || ms > 60_000) {
      throw new ScenarioException("--interval must be 100ms to 60s");
    }
    int every = linksEvery == null ? s.linksEvery() : linksEvery;
    if (every < 1) {
      throw new ScenarioException("--links-every is %d, must be at least 1".formatted(every));
    }
    return s.withBeat((int) ms, every);
  }
}
