package io.isotherm.benchmarks;

import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * The least that reading reports can cost: one consumer, no group, the monitor's decoder, and a
 * sum. It reads as the monitor must, committed records only.
 */
final class RawConsumerJob {
  private RawConsumerJob() {}

  public static void main(String[] args) throws IOException {
    JobRun run = JobRun.of(args);
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report report = new Report();
    long reports = 0;
    long chipSamples = 0;
    long temperatureSum = 0;
    try (KafkaConsumer<byte[], byte[]> consumer =
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
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          run.end().keySet().stream().map(p -> new TopicPartition(run.topic(), p)).toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      while (reports < run.reports()) {
        ConsumerRecords<byte[], byte[]> batch = consumer.poll(Duration.ofSeconds(1));
        for (ConsumerRecord<byte[], byte[]> record : batch) {
          reader.read(record.value(), report);
          reports++;
          chipSamples += report.chipCount;
          for (int i = 0; i < report.chipCount; i++) {
            temperatureSum += report.temperature[i];
          }
        }
        run.consumed(reports);
      }
      run.finish(
          JobRun.cpuNanos(),
          System.nanoTime(),
          reports,
          chipSamples,
          Answer.samples(reports, chipSamples, temperatureSum));
    }
  }
}
