package io.isotherm.launcher;

import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import java.io.IOException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Where a process serves its own meters. */
final class MetersOptions {
  private static final String OPTION = "--metrics-port";

  @Mixin private final HostOption host = new HostOption();

  @Option(
      names = OPTION,
      paramLabel = "PORT",
      description =
          "Port of this process's own /metrics/process; 0 takes a free one (default:"
              + " ${DEFAULT-VALUE}).")
  private int port;

  /**
   * @param port the port if none is given
   */
  MetersOptions(int port) {
    this.port = port;
  }

  /** Where the meters are to be served; asked before anything is begun. */
  HttpAddress address() {
    return host.with(OPTION, port);
  }

  /**
   * Serves them.
   *
   * @param title what the process is
   * @throws IOException if the port cannot be opened; the message says what to do
   */
  static HttpEndpoint serve(String title, ProcessMeters meters, HttpAddress at) throws IOException {
    return HttpEndpoint.titled(title)
        .at(ProcessMeters.PATH, "meters of this process", meters::answer)
        .start(at.socket(), OPTION + ", or 0 for a free one");
  }
}
