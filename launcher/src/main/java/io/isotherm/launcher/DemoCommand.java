package io.isotherm.launcher;

import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.emulator.ScenarioReader;
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

/** {@code isotherm demo}: the whole pipeline in one process. */
@Command(
    name = "demo",
    description = {
      "Watches an emulated cluster: broker, emulator, monitor and exporter in one process.",
      "Runs a short story of faults until Ctrl-C or for --duration, then says what was broken, what"
          + " was found, and when."
    })
final class DemoCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ClusterOptions cluster;

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
      description =
          "Time between two reports of an agent, 100ms to 5s: at most half of the monitor's window, in"
              + " each of which it needs one (default: the scenario's, 1s).")
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
      description = "Port of console, metrics and API (default: ${DEFAULT-VALUE}).")
  private int port;

  @Mixin private final HostOption host = new HostOption();

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

  @Mixin private final FormOption form = new FormOption();

  @Override
  public Integer call() throws Exception {
    if (threads < 1) {
      throw wrong("--threads is %d, must be at least 1".formatted(threads));
    }
    HttpAddress http = host.with("--port", port);
    if (brokerPort < 0 || brokerPort > 65_535) {
      throw wrong("--broker-port: %d is not between 0 and 65535".formatted(brokerPort));
    }
    if (Boolean.getBoolean(DemoScreen.TERMINAL_PROPERTY)) {
      main.yieldScreen();
    }
    Scenario story = scenario();
    Demo demo = new Demo(plan(story), story, http, brokerPort, threads, duration);
    DemoSummary summary;
    try {
      summary = demo.run(main.stop(), spec.commandLine().getErr());
    } catch (ScenarioException e) {
      throw wrong("--scenario: " + e.getMessage());
    }
    if (form.json()) {
      summary.json(spec.commandLine().getOut());
    } else {
      summary.table(spec.commandLine().getOut());
    }
    return summary.emulated().sendErrors() == 0 ? Main.DONE : Main.FAILED;
  }

  /** What happens: the scenario, and what options change of it. */
  Scenario scenario() {
    Scenario story;
    try {
      story = ScenarioReader.load(scenario);
    } catch (ScenarioException e) {
      throw wrong("--scenario: " + e.getMessage());
    }
    if (seed != null) {
      if (seed < 0) {
        throw wrong("--seed is %d, must be at least 0".formatted(seed));
      }
      story = story.withSeed(seed);
    }
    if (podEvery != null) {
      if (podEvery.toMillis() > Scenario.MOST_POD_EVERY_MS) {
        throw wrong("--pod-every must be from 0s to 1h");
      }
      story = story.withPodEvery(podEvery.toMillis());
    }
    int longestMs = ReportInterval.longestMs(DetectorSettings.DEFAULT);
    if (interval == null) {
      try {
        ReportInterval.check(story, DetectorSettings.DEFAULT);
      } catch (ScenarioException e) {
        throw wrong("--scenario: " + e.getMessage());
      }
    } else if (interval.toMillis() < 100 || interval.toMillis() > longestMs) {
      throw wrong(
          "--interval must be from 100ms to %dms, half of the monitor's window of %dms"
              .formatted(longestMs, DetectorSettings.DEFAULT.windowMs()));
    }
    if (interval == null && linksEvery == null) {
      return story;
    }
    long intervalMs = interval == null ? story.intervalMs() : interval.toMillis();
    long linksMs = linksEvery == null ? intervalMs * story.linksEvery() : linksEvery.toMillis();
    if (linksMs < intervalMs || linksMs % intervalMs != 0) {
      throw wrong(
          "--links-every must be a multiple of the interval of %d ms".formatted(intervalMs));
    }
    return story.withBeat((int) intervalMs, (int) (linksMs / intervalMs));
  }

  /** The cluster that the options and the scenario ask for. */
  ClusterPlan plan(Scenario story) {
    try {
      return cluster.plan(story.cluster());
    } catch (CatalogException | IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
