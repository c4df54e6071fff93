package io.isotherm.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** {@code isotherm broker} as a process of its own, with its data in a directory of its own. */
final class BrokerProcess implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 20;

  private final Process process;
  private final String bootstrapServer;

  private BrokerProcess(Process process, String bootstrapServer) {
    this.process = process;
    this.bootstrapServer = bootstrapServer;
  }

  /**
   * Starts a broker and returns when it can be used.
   *
   * @throws IOException if it does not start; it has said why on standard error
   */
  static BrokerProcess start(Path dataDir) throws IOException {
    Process process =
        new ProcessBuilder(
                Java.EXECUTABLE,
                "-XX:+UseSerialGC",
                "-Xmx768m",
                "-cp",
                Java.CLASS_PATH,
                "io.isotherm.launcher.Main",
                "broker",
                "--port",
                "0",
                "--data-dir",
                dataDir.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    // Read to its first line only; it never writes another.
    BufferedReader out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    String line = out.readLine();
    if (line == null) {
      process.destroy();
      throw new IOException("the broker did not start; the lines above say why");
    }
    return new BrokerProcess(process, line.strip());
  }

  /** Where clients connect. */
  String bootstrapServer() {
    return bootstrapServer;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
