package io.isotherm.launcher;

import io.isotherm.core.DetectorSettings;
import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
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

/** {@code isotherm monitor}: the Kafka Streams application. */
@Command(
    name = "monitor",
    description = {
      "Judges reports: pod and cluster health, incidents and dead letters, until Ctrl-C.",
      "Run as many as you like: those with one application id share the pods among them."
    })
final class MonitorCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin private final CommonOptions common = new CommonOptions();

  @Option(
      names = "--threads",
      paramLabel = "N",
      defaultValue = "1",
      description = "Stream threads; more than there are partitions are idle (default: 1).")
  private int threads;

  @Mixin private final MetersOptions own = new MetersOptions(9465);

  @Mixin private final DetectorOptions detectors = new DetectorOptions();

  @Option(
      names = "--window",
      paramLabel = "DURATION",
      description = "Length of a window in event time (default: that of the detectors, 10s).")
  private @Nullable Duration window;

  @Option(
      names = "--grace",
      paramLabel = "DURATION",
      description =
          "How long a window waits for boards that are behind (default: that of the detectors,"
              + " 5s).")
  private @Nullable Duration grace;

  @Option(
      names = "--application-id",
      paramLabel = "ID",
      defaultValue = MonitorSettings.DEFAULT_APPLICATION_ID,
      description = "Group that shares the work and its state (default: ${DEFAULT-VALUE}).")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String applicationId;

  @Option(
      names = "--no-ticks",
      description = "Write no ticks: for recorded reports, whose time is not the wall clock's.")
  private boolean noTicks;

  @Override
  public Integer call() throws Exception {
    if (threads < 1) {
      throw wrong("--threads is %d, must be at least 1".formatted(threads));
    }
    HttpAddress http = own.address();
    if (!MonitorSettings.isApplicationId(applicationId)) {
      throw wrong(
          "--application-id is '%s', must be 1 to %d letters, digits, '.', '_' or '-'"
              .formatted(applicationId, MonitorSettings.MOST_ID_LENGTH));
    }
    MonitorSettings settings =
        new MonitorSettings(common.clientConfig(), applicationId, threads, detectors(), !noTicks);
    try (ProcessMeters meters = new ProcessMeters();
        HttpEndpoint endpoint = MetersOptions.serve("Isotherm monitor", meters, http);
        MonitorApp monitor = new MonitorApp(settings, common.schemaIds())) {
      spec.commandLine()
          .getErr()
          .println("metrics: " + http.url(endpoint.port(), ProcessMeters.PATH));
      spec.commandLine().getErr().flush();
      if (monitor.start(main.stop()::requested)) {
        meters.watch(monitor.streams());
        main.stop().awaitUnless(monitor::failure);
      }
    }
    return Main.DONE;
  }

  private DetectorSettings detectors() {
    DetectorSettings given = detectors.settings();
    if (window == null && grace == null) {
      return given;
    }
    Duration length = window == null ? Duration.ofMillis(given.windowMs()) : window;
    Duration wait = grace == null ? Duration.ofMillis(given.graceMs()) : grace;
    if (length.toMillis() < 1000 || length.toMillis() > 600_000) {
      throw wrong("--window is %s, must be from 1s to 10m".formatted(ms(length)));
    }
    if (grace == null && wait.compareTo(length) > 0) {
      throw wrong(
          "--window is %s, less than the grace of %s; give a --grace that is no longer"
              .formatted(ms(length), ms(wait)));
    }
    if (wait.isNegative() || wait.compareTo(length) > 0) {
      throw wrong("--grace is %s, must be from 0s to the window's length".formatted(ms(wait)));
    }
    try {
      return given.withWindow((int) length.toMillis(), (int) wait.toMillis());
    } catch (IllegalArgumentException e) {
      // Settings of --detectors that such a window does not allow.
      throw wrong("--window is %s, but %s".formatted(ms(length), e.getMessage()));
    }
  }

  private static String ms(Duration time) {
    return time.toMillis() + "ms";
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
