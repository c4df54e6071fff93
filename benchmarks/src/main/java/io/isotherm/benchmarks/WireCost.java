package io.isotherm.benchmarks;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** P5: what reports take on the wire, compared with what is in them. */
final class WireCost {
  private WireCost() {}

  /** Measures the load of a bench. */
  static Finding measure(Bench bench, List<PodLayout> pods)
      throws ExecutionException, InterruptedException {
    Load load = bench.load();
    double wire =
        (double) bytes(bench.bootstrapServer(), Topics.REPORTS.name()) / load.chipSamples();
    DeltaEntropy entropy = new DeltaEntropy(pods);
    long[] linkSamples = {0};
    read(
        bench,
        report -> {
          entropy.accept(report);
          linkSamples[0] += report.linkCount;
        });
    double least = entropy.bytesPerChipSample(load.chipSamples(), linkSamples[0]);
    double ratio = wire / least;
    return new Finding(
        "P5",
        "bytes on the wire / entropy of deltas",
        load.shape().chipsPerReport(),
        new Spread(ratio, ratio, ratio),
        2.0,
        1.2,
        true,
        String.format(
            Locale.ROOT,
            "%.1f / %.1f bytes a chip-sample (%.1f of them of the chip, %.1f of %.2f links)",
            wire,
            least,
            entropy.bytesPerChip(),
            least - entropy.bytesPerChip(),
            (double) linkSamples[0] / load.chipSamples()));
  }

  /** Takes reports. */
  private interface Sink {
    void accept(Report report);
  }

  private static void read(Bench bench, Sink sink) {
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report report = new Report();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", bench.bootstrapServer()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          bench.load().end().keySet().stream()
              .map(p -> new TopicPartition(Topics.REPORTS.name(), p))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (long n = 0; n < bench.load().reports(); ) {
        for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) {
          reader.read(record.value(), report);
          sink.accept(report);
          n++;
        }
      }
    }
  }

  /** Bytes of a topic in the broker's log, as they came over the wire. */
  static long bytes(String bootstrapServer, String topic)
      throws ExecutionException, InterruptedException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServer))) {
      long sum = 0;
      for (var directories : admin.describeLogDirs(List.of(1)).allDescriptions().get().values()) {
        for (var directory : directories.values()) {
          for (var replica : directory.replicaInfos().entrySet()) {
            if (replica.getKey().topic().equals(topic)) {
              sum += replica.getValue().size();
            }
          }
        }
      }
      return sum;
    }
  }
}
