package io.isotherm.launcher;

import io.isotherm.export.Exporter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm export}: metrics and JSON from the result topics. */
@Command(
    name = "export",
    description = {
      "Serves /metrics and a JSON API from the results in Kafka until Ctrl-C.",
      "It keeps no state and joins no group: run as many as you like."
    })
final class ExportCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommonOptions common;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "" + Exporter.DEFAULT_PORT,
      description = "Port to serve on; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Mixin private final HostOption host = new HostOption();

  @Mixin private final HostsOption hosts = new HostsOption();

  @Option(
      names = "--series-budget",
      paramLabel = "N",
      defaultValue = "" + Exporter.DEFAULT_SERIES_BUDGET,
      description =
          "Series for a cluster of one pod; each further pod adds 200 (default: ${DEFAULT-VALUE}).")
  private int seriesBudget;

  @Override
  public Integer call() throws Exception {
    HttpAddress http = host.with("--port", port);
    if (seriesBudget < 1) {
      throw new ParameterException(
          spec.commandLine(), "--series-budget: %d is not at least 1".formatted(seriesBudget));
    }
    try (Exporter exporter =
        Exporter.start(
            common.clientConfig(),
            common.schemaIds(),
            http.socket(),
            seriesBudget,
            Main.Version.current(),
            hosts.names())) {
      spec.commandLine().getOut().println(http.url(exporter.port(), "/metrics"));
      spec.commandLine().getOut().flush();
      main.stop().awaitUnless(exporter::failure);
    }
    return Main.DONE;
  }
}
