package io.isotherm.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/** {@code isotherm broker} as a process of its own, with its data in a directory of its own. */
final class BrokerProcess implements AutoCloseable {
  private final LauncherProcess process;
  private final String bootstrapServer;

  private BrokerProcess(LauncherProcess process, String bootstrapServer) {
    this.process = process;
    this.bootstrapServer = bootstrapServer;
  }

  /**
   * Starts a broker and returns when it can be used.
   *
   * @param dataDir keeps its data; its log lies beside it
   * @throws IOException if it does not start
   */
  static BrokerProcess start(Path dataDir) throws IOException {
    LauncherProcess process =
        LauncherProcess.start(
            dataDir.resolveSibling("broker.log"),
            "broker",
            "--port",
            "0",
            "--data-dir",
            dataDir.toString());
    return new BrokerProcess(process, process.firstLine());
  }

  /** CPU time of the broker so far. */
  Duration cpu() {
    return process.cpu();
  }

  /** Where clients connect. */
  String bootstrapServer() {
    return bootstrapServer;
  }

  @Override
  public void close() {
    process.close();
  }
}
