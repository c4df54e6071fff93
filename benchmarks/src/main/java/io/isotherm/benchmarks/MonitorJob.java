package io.isotherm.benchmarks;

import io.isotherm.core.DetectorSettings;
import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.Metric;
import org.apache.kafka.common.MetricName;
import org.apache.kafka.streams.KafkaStreams;

/**
 * The monitor as {@code isotherm monitor --no-ticks} runs it, until it has judged the whole topic.
 * The answer is read back from the topic of results.
 */
final class MonitorJob {
  private static final Duration LOOK = Duration.ofMillis(100);

  /** Looks without progress after which nothing is under way any more. */
  private static final int QUIET_LOOKS = 5;

  private MonitorJob() {}

  public static void main(String[] args) throws Exception {
    JobRun run = JobRun.of(args);
    SchemaIds ids = SchemaHistory.bundled();
    Map<String, Object> client =
        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer());
    String applicationId = "bench-" + ProcessHandle.current().pid();
    Progress progress;
    try (ProcessMeters meters = new ProcessMeters();
        HttpEndpoint endpoint =
            HttpEndpoint.titled("Isotherm monitor")
                .at(ProcessMeters.PATH, "meters of this process", meters::answer)
                .start(0);
        MonitorApp monitor =
            new MonitorApp(
                new MonitorSettings(
                    client, applicationId, 1, run.work(), DetectorSettings.DEFAULT, false),
                ids)) {
      monitor.start(() -> false);
      meters.watch(monitor.streams());
      System.err.printf("metrics: http://localhost:%d%s%n", endpoint.port(), ProcessMeters.PATH);
      progress = new Progress(monitor.streams(), run.topic());
      while (progress.consumed < run.reports() || progress.quietLooks < QUIET_LOOKS) {
        Thread.sleep(LOOK.toMillis());
        String failure = monitor.failure();
        if (failure != null) {
          throw new IllegalStateException(failure);
        }
        progress.look();
        run.consumed(progress.consumed);
      }
    }
    long judged = committed(client, applicationId, run.topic());
    run.finish(
        progress.cpuNanos,
        progress.atNanos,
        judged,
        judged * run.chipsPerReport(),
        Results.read(client, ids, run.untilMs()).digest());
  }

  private static long committed(Map<String, Object> client, String group, String topic)
      throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(client)) {
      return admin
          .listConsumerGroupOffsets(group)
          .partitionsToOffsetAndMetadata()
          .get()
          .entrySet()
          .stream()
          .filter(e -> e.getKey().topic().equals(topic))
          .mapToLong(e -> e.getValue().offset())
          .sum();
    }
  }

  /** How far Kafka Streams has come, by its own meters. */
  private static final class Progress {
    private final KafkaStreams streams;
    private final String topic;
    private List<Metric> consumedMeters = List.of();
    private List<Metric> processedMeters = List.of();
    private long processed = -1;

    /** Reports fetched; the last of them may not have been judged yet. */
    long consumed;

    int quietLooks;

    /** CPU time and time when the last record was seen to have been processed. */
    long cpuNanos;

    long atNanos;

    Progress(KafkaStreams streams, String topic) {
      this.streams = streams;
      this.topic = topic;
    }

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
        cpuNanos = JobRun.cpuNanos();
        atNanos = System.nanoTime();
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
}
