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
  /** What {@link #agentMs} is a multiple of: above any {@link RoundClock}'s start. */
  private static final long AGENT_STEP_MS = 100_000;

  /** So many of them end within 1970. */
  private static final int AGENTS = 300_000;

  /** Copies the exporters. */
  BridgedBoard {
    exporters = List.copyOf(exporters);
  }

  /** What is asked, in the order in which it is: where, and what is made of the answer. */
  List<String> asked() {
    return exporters.stream().map(e -> e.url() + " " + e.readings().fingerprint()).toList();
  }

  /**
   * What reports add to {@link RoundClock.Round#agentStartMs}, by what is asked: the same in every
   * process and in any order, and for other exporters nearly always another, because their counters
   * are others.
   */
  long agentMs() {
    int hash = asked().stream().sorted().toList().hashCode();
    return Math.floorMod(hash, AGENTS) * AGENT_STEP_MS;
  }

  /**
   * An exporter.
   *
   * @param url what to get
   * @param readings what its samples are
   */
  record Exporter(URI url, ExporterReadings readings) {}
}
