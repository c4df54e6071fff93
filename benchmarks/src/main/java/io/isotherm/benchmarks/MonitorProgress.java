package io.isotherm.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/** How far a monitor in this process has come, by the meters of Kafka Streams. */
final class MonitorProgress {
  /** Looks without progress after which nothing is under way any more. */
  private static final int QUIET_LOOKS = 5;

  private final KafkaStreams streams;
  private final String topic;
  private List<Metric> consumedMeters = List.of();
  private List<Metric> processedMeters = List.of();
  private long consumed;
  private long processed = -1;
  private int quietLooks;

  /**
   * @param topic the topic of reports
   */
  MonitorProgress(KafkaStreams streams, String topic) {
    this.streams = streams;
    this.topic = topic;
  }

  /** Reports fetched; the last of them may not have been judged yet. */
  long consumed() {
    return consumed;
  }

  /** Whether the last look saw that records had been processed. */
  boolean moved() {
    return quietLooks == 0;
  }

  /** Whether the last few looks saw no record being processed. */
  boolean quiet() {
    return quietLooks >= QUIET_LOOKS;
  }

  /** Looks at the meters. */
  void look() {
    if (consumedMeters.isEmpty() || processedMeters.isEmpty()) {
      consumedMeters =
          meters(
              m ->
                  m.name().equals("records-consumed-total")
                      && topic.replace('.', '_').equals(m.tags().get("topic")));
      processedMeters =
          meters(
              m -> m.name().equals("process-total") && m.group().equals("stream-thread-metrics"));
    }
    consumed = sum(consumedMeters);
    long now = sum(processedMeters);
    if (now == processed) {
      quietLooks++;
    } else {
      processed = now;
      quietLooks = 0;
    }
  }

  private List<Metric> meters(Predicate<MetricName> wanted) {
    List<Metric> found = new ArrayList<>();
    streams
        .metrics()
        .forEach(
            (name, metric) -> {
              if (wanted.test(name)) {
                found.add(metric);
              }
            });
    return found;
  }

  private static long sum(List<Metric> meters) {
    double sum = 0;
    for (Metric m : meters) {
      sum += (Double) m.metricValue();
    }
    return Math.round(sum);
  }
}
