package io.isotherm.benchmarks;

import java.util.List;

/**
 * Two jobs whose CPU time for a chip-sample is compared: the first one's divided by the second's.
 *
 * @param id name in the table of aims, P1 and so on
 * @param first name of the job above the line
 * @param second name of the job below it
 * @param bar least that the ratio must be
 * @param reach what it should be
 * @param loadShare share of the usual load that is enough, where a job is slow
 */
record Ratio(String id, String first, String second, double bar, double reach, double loadShare) {
  /** All ratios of jobs. A new peer is a line here and a description in {@code peers/}. */
  static final List<Ratio> ALL =
      List.of(
          new Ratio("P1", "raw-consumer", "monitor", 0.70, 0.90, 1),
          new Ratio("P2", "flink-idiomatic", "monitor", 10, 40, 1),
          new Ratio("P2", "flink-batched", "monitor", 1.1, 1.5, 1),
          new Ratio("P3", "kstreams-dsl", "monitor", 20, 100, 0.25));

  /**
   * Of {@link PrometheusRun}, which is no job that reads a topic; an eighth of the usual chips, so
   * eight times as long.
   */
  static final Ratio PROMETHEUS = new Ratio("P4", "prometheus", "monitor+exporter", 100, 300, 8);

  /** Its name on the screen. */
  String title() {
    return "%s %s / %s".formatted(id, first, second);
  }
}
