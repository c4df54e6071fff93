package io.isotherm.benchmarks;

import io.isotherm.core.DetectorSettings;
import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * The monitor as {@code isotherm monitor --no-ticks} runs it, until it has judged the whole topic.
 * The answer is read back from the topic of results.
 */
final class MonitorJob {
  private static final Duration LOOK = Duration.ofMillis(100);

  private MonitorJob() {}

  public static void main(String[] args) throws Exception {
    JobRun run = JobRun.of(args);
    SchemaIds ids = SchemaHistory.bundled();
    Map<String, Object> client =
        Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer());
    String applicationId = "bench-" + ProcessHandle.current().pid();
    try (ProcessMeters meters = new ProcessMeters();
        HttpEndpoint endpoint =
            HttpEndpoint.titled("Isotherm monitor")
                .at(ProcessMeters.PATH, "meters of this process", meters::answer)
                .start(0);
        MonitorApp monitor =
            new MonitorApp(
                new MonitorSettings(client, applicationId, 1, DetectorSettings.DEFAULT, false),
                ids)) {
      monitor.start(() -> false);
      meters.watch(monitor.streams());
      System.err.printf("metrics: http://localhost:%d%s%n", endpoint.port(), ProcessMeters.PATH);
      MonitorProgress progress = new MonitorProgress(monitor.streams(), run.topic());
      while (progress.consumed() < run.reports() || !progress.quiet()) {
        Thread.sleep(LOOK.toMillis());
        String failure = monitor.failure();
        if (failure != null) {
          throw new IllegalStateException(failure);
        }
        progress.look();
        run.consumed(progress.consumed());
        if (progress.moved() && progress.consumed() >= run.reports()) {
          run.threads();
        }
      }
    }
    // The last commit, which makes the last windows durable, comes with the end of the monitor.
    long cpuNanos = JobRun.cpuNanos();
    long doneNanos = System.nanoTime();
    long judged = committed(client, applicationId, run.topic());
    run.finish(
        cpuNanos,
        doneNanos,
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
}
