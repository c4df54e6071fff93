package io.isotherm.launcher;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm broker}: the embedded broker alone. */
@Command(
    name = "broker",
    description = {
      "Runs a Kafka broker on the loopback interface until Ctrl-C.",
      "For trying things out: one node, no replication, no authentication, little disk."
    })
final class BrokerCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      defaultValue = "9092",
      description = "Port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE}).")
  private int port;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Keep the data here (default: a temporary directory, deleted at the end).")
  private @Nullable Path dataDir;

  @Override
  public Integer call() throws Exception {
    if (port < 0 || port > 65_535) {
      throw new ParameterException(
          spec.commandLine(), "--port: %d is not between 0 and 65535".formatted(port));
    }
    try (EmbeddedBroker broker = EmbeddedBroker.start(port, dataDir)) {
      spec.commandLine().getOut().println(broker.bootstrapServer());
      spec.commandLine().getOut().flush();
      main.stop().await();
    }
    return Main.DONE;
  }
}
