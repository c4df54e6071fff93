package io.isotherm.bridge;

import java.net.URI;
import java.util.List;

/**
 * A board, and the exporters that speak of it.
 *
 * @param pod number of the pod in the plan
 * @param board number of the board in the pod
 * @param path path of the board
 * @param exporters where its readings come from
 */
record BridgedBoard(int pod, int board, String path, List<Exporter> exporters) {
  /** Copies the exporters. */
  BridgedBoard {
    exporters = List.copyOf(exporters);
  }

  /**
   * An exporter.
   *
   * @param url what to get
   * @param readings what its samples are
   */
  record Exporter(URI url, ExporterReadings readings) {}
}
