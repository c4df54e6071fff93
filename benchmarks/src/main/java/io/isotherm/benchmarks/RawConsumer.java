package io.isotherm.benchmarks;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteBufferDeserializer;

/**
 * Reads a job's reports with one consumer and no group. It reads as the monitor must, committed
 * records only, and as the monitor does it leaves them where Kafka's client has unpacked them.
 */
final class RawConsumer {
  private RawConsumer() {}

  /** Takes the bytes of a report. */
  interface Sink {
    /**
     * Takes a report.
     *
     * @param array holds it, among others
     * @param from where it begins
     * @param end where it ends, exclusive
     */
    void take(byte[] array, int from, int end);
  }

  /** CPU time of the process and the time when the last report was taken, in nanoseconds. */
  record End(long cpuNanos, long atNanos) {}

  /** Gives every report to a sink. */
  static End read(JobRun run, Sink sink) {
    try (KafkaConsumer<ByteBuffer, ByteBuffer> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                run.bootstrapServer(),
                ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG,
                false,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                1_000),
            new ByteBufferDeserializer(),
            new ByteBufferDeserializer())) {
      List<TopicPartition> partitions =
          run.end().keySet().stream().map(p -> new TopicPartition(run.topic(), p)).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (long reports = 0; reports < run.reports(); ) {
        for (ConsumerRecord<ByteBuffer, ByteBuffer> record : consumer.poll(Duration.ofSeconds(1))) {
          ByteBuffer value = record.value();
          int from = value.arrayOffset() + value.position();
          sink.take(value.array(), from, from + value.remaining());
          reports++;
        }
        run.consumed(reports);
      }
      End end = new End(JobRun.cpuNanos(), System.nanoTime());
      run.threads();
      return end;
    }
  }
}
