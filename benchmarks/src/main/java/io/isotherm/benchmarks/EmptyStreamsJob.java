package io.isotherm.benchmarks;

import io.isotherm.core.DetectorSettings;
import io.isotherm.topology.EmptyMonitor;
import io.isotherm.topology.MonitorSettings;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.streams.KafkaStreams;

/**
 * Kafka Streams with the monitor's settings and clients and a processor that does nothing: what a
 * record costs before anybody looks into it.
 */
final class EmptyStreamsJob {
  private static final Duration LOOK = Duration.ofMillis(100);

  private EmptyStreamsJob() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    JobRun run = JobRun.of(args);
    MonitorSettings settings =
        new MonitorSettings(
            Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer()),
            "bench-" + ProcessHandle.current().pid(),
            1,
            DetectorSettings.DEFAULT,
            false);
    AtomicLong reports = new AtomicLong();
    try (KafkaStreams streams = EmptyMonitor.of(settings, run.topic(), reports)) {
      streams.start();
      while (reports.get() < run.reports()) {
        Thread.sleep(LOOK.toMillis());
        run.consumed(reports.get());
      }
      long cpuNanos = JobRun.cpuNanos();
      long atNanos = System.nanoTime();
      run.threads();
      run.finish(
          cpuNanos,
          atNanos,
          reports.get(),
          reports.get() * run.chipsPerReport(),
          Answer.records(reports.get()));
    }
  }
}
