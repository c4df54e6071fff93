package io.isotherm.benchmarks;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.producers.ReportProducerConfig;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** P5: what reports take on the wire, compared with what is in them. */
final class WireCost {
  private static final String ANEW = "compressed.anew";

  private WireCost() {}

  /** Measures the load of a bench as it was sent, and sent anew with zstd. */
  static List<Finding> measure(Bench bench, List<PodLayout> pods)
      throws ExecutionException, InterruptedException {
    Load load = bench.load();
    DeltaEntropy entropy = new DeltaEntropy(pods);
    long[] linkSamples = {0};
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report report = new Report();
    read(
        bench,
        record -> {
          reader.read(record.value(), report);
          entropy.accept(report);
          linkSamples[0] += report.linkCount;
        });
    double least = entropy.bytesPerChipSample(load.chipSamples(), linkSamples[0]);
    String ofWhat =
        String.format(
            Locale.ROOT,
            "(%.1f of them of the chip, %.1f of %.2f links)",
            entropy.bytesPerChip(),
            least - entropy.bytesPerChip(),
            (double) linkSamples[0] / load.chipSamples());
    long sent = bytes(bench.bootstrapServer(), Topics.REPORTS.name());
    return List.of(
        finding("bytes on the wire / entropy of deltas", load, sent, least, ofWhat),
        finding(
            "the same with compression.type=zstd, which is not the default",
            load,
            bytesAnew(bench, "zstd"),
            least,
            ""));
  }

  private static Finding finding(String what, Load load, long bytes, double least, String ofWhat) {
    double wire = (double) bytes / load.chipSamples();
    double ratio = wire / least;
    return new Finding(
        "P5",
        what,
        load.shape().chipsPerReport(),
        new Spread(ratio, ratio, ratio),
        2.0,
        1.2,
        true,
        String.format(Locale.ROOT, "%.1f / %.1f bytes a chip-sample %s", wire, least, ofWhat)
            .strip());
  }

  /** Bytes of the load when the agents' producer compresses otherwise. */
  private static long bytesAnew(Bench bench, String compression)
      throws ExecutionException, InterruptedException {
    Map<String, Object> config =
        ReportProducerConfig.with(
            Map.of(
                "bootstrap.servers",
                bench.bootstrapServer(),
                ProducerConfig.COMPRESSION_TYPE_CONFIG,
                compression));
    AtomicReference<Exception> failure = new AtomicReference<>();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServer()))) {
      NewTopics.create(
          admin,
          List.of(
              new NewTopic(ANEW, Topics.REPORTS.partitions(), (short) 1)
                  .configs(Topics.REPORTS.config())));
      try (KafkaProducer<byte[], byte[]> producer =
          new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
        read(
            bench,
            r -> {
              var unused =
                  producer.send(
                      new ProducerRecord<>(ANEW, r.partition(), r.timestamp(), r.key(), r.value()),
                      (sent, e) -> {
                        if (e != null) {
                          failure.set(e);
                        }
                      });
            });
      }
      if (failure.get() != null) {
        throw new ExecutionException(failure.get());
      }
      long bytes = bytes(bench.bootstrapServer(), ANEW);
      admin.deleteTopics(List.of(ANEW)).all().get();
      return bytes;
    }
  }

  private static void read(Bench bench, Consumer<ConsumerRecord<byte[], byte[]>> sink) {
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
          sink.accept(record);
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
