package io.isotherm.benchmarks;

import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.processor.StateRestoreListener;
import org.jspecify.annotations.Nullable;

/**
 * The monitor as {@code isotherm monitor --no-ticks} runs it, which takes over the state that the
 * monitor before it left, judges what there is to judge, and ends.
 *
 * <p>What is written down spans the restore: from the moment at which Kafka Streams knows the
 * changelog and is about to read its first record until every task runs, that is until all pages
 * are in the monitors' arrays and the next report would be judged.
 */
final class RestoreJob {
  private static final long PATIENCE_SECONDS = 300;
  private static final long LOOK_MS = 100;

  private RestoreJob() {}

  /**
   * Runs.
   *
   * @param args address of Kafka, application id, reports to judge, and the file for the result
   */
  public static void main(String[] args) throws IOException, InterruptedException {
    Map<String, Object> client = Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, args[0]);
    long reports = Long.parseLong(args[2]);
    Restore restore = new Restore();
    try (MonitorApp monitor =
        new MonitorApp(
            new MonitorSettings(client, args[1], 1, DetectorSettings.DEFAULT, false),
            SchemaHistory.bundled())) {
      KafkaStreams streams = monitor.streams();
      streams.setGlobalStateRestoreListener(restore);
      streams.setStateListener(
          (now, before) -> {
            if (now == KafkaStreams.State.RUNNING) {
              restore.ended();
            }
          });
      monitor.start(() -> false);
      if (!restore.done.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new IllegalStateException("not restored after %d s".formatted(PATIENCE_SECONDS));
      }
      MonitorProgress progress = new MonitorProgress(streams, Topics.REPORTS.name());
      while (progress.consumed() < reports || (reports > 0 && !progress.quiet())) {
        Thread.sleep(LOOK_MS);
        String failure = monitor.failure();
        if (failure != null) {
          throw new IllegalStateException(failure);
        }
        progress.look();
      }
    }
    restore.result().write(Path.of(args[3]));
  }

  /** When the restore of the pods' pages began and ended. */
  private static final class Restore implements StateRestoreListener {
    private static final String STORE = "pod-pages";

    final CountDownLatch done = new CountDownLatch(1);
    private long records;
    private long cpuNanos;
    private long atNanos;
    private long startMillis;
    private @Nullable ReadCost result;

    @Override
    public synchronized void onRestoreStart(
        TopicPartition partition, String store, long startOffset, long endOffset) {
      if (store.equals(STORE) && startMillis == 0) {
        startMillis = ManagementFactory.getRuntimeMXBean().getUptime();
        cpuNanos = JobRun.cpuNanos();
        atNanos = System.nanoTime();
      }
    }

    @Override
    public void onBatchRestored(
        TopicPartition partition, String store, long batchEndOffset, long numRestored) {}

    @Override
    public synchronized void onRestoreEnd(
        TopicPartition partition, String store, long totalRestored) {
      if (store.equals(STORE)) {
        records += totalRestored;
      }
    }

    synchronized void ended() {
      if (done.getCount() > 0) {
        result =
            new ReadCost(
                records,
                startMillis / 1e3,
                startMillis == 0 ? 0 : (System.nanoTime() - atNanos) / 1e9,
                startMillis == 0 ? 0 : (JobRun.cpuNanos() - cpuNanos) / 1e9);
        done.countDown();
      }
    }

    synchronized ReadCost result() {
      if (result == null) {
        throw new IllegalStateException("not restored");
      }
      return result;
    }
  }
}
