package io.isotherm.benchmarks;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The least that reading a changelog can cost: one consumer, set as that with which Kafka Streams
 * restores, which looks at every record and keeps none.
 */
final class ChangelogReadJob {
  private ChangelogReadJob() {}

  /**
   * Runs.
   *
   * @param args address of Kafka, the changelog, and the file for the result
   */
  public static void main(String[] args) throws IOException {
    long[] bytes = {0};
    ReadCost cost = read(args[0], args[1], record -> bytes[0] += record.value().length);
    if (bytes[0] == 0) {
      throw new IllegalStateException(args[1] + " is empty");
    }
    cost.write(Path.of(args[2]));
  }

  /** Reads all of a changelog. */
  static ReadCost read(
      String bootstrapServer, String changelog, Consumer<ConsumerRecord<byte[], byte[]>> to) {
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(
                ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServer,
                ConsumerConfig.ISOLATION_LEVEL_CONFIG,
                "read_committed",
                ConsumerConfig.MAX_POLL_RECORDS_CONFIG,
                1_000),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(changelog).stream()
              .map(p -> new TopicPartition(changelog, p.partition()))
              .toList();
      Map<TopicPartition, Long> end = consumer.endOffsets(partitions);
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long startMillis = ManagementFactory.getRuntimeMXBean().getUptime();
      long cpuNanos = JobRun.cpuNanos();
      long atNanos = System.nanoTime();
      long records = 0;
      List<TopicPartition> left = new ArrayList<>(partitions);
      while (!left.isEmpty()) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofMillis(100))) {
          records++;
          to.accept(record);
        }
        left.removeIf(p -> consumer.position(p) >= end.getOrDefault(p, 0L));
      }
      return new ReadCost(
          records,
          startMillis / 1e3,
          (System.nanoTime() - atNanos) / 1e9,
          (JobRun.cpuNanos() - cpuNanos) / 1e9);
    }
  }
}
