package io.isotherm.launcher;

import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import java.io.IOException;
import java.net.BindException;

/** The meters of a process, served at the port that {@code --metrics-port} gives. */
final class MetersEndpoint {
  private MetersEndpoint() {}

  /**
   * Serves them.
   *
   * @param title what the process is
   * @param port port, or 0 for any free one
   * @throws IOException if the port cannot be opened; the message says what to do
   */
  static HttpEndpoint serve(String title, ProcessMeters meters, int port) throws IOException {
    try {
      return HttpEndpoint.titled(title)
          .at(ProcessMeters.PATH, "meters of this process", meters::answer)
          .start(port);
    } catch (BindException e) {
      throw new IOException(
          "port %d is in use: choose another with --metrics-port, or 0 for a free one"
              .formatted(port),
          e);
    }
  }
}
