package io.isotherm.benchmarks;

import io.isotherm.producers.ReportProducerConfig;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * The most that a broker takes from one producer: records that are in memory, sent as they are with
 * the settings of {@code isotherm replay}.
 */
final class PlainProducer {
  /** Records from the middle of the load that are read first and then sent again and again. */
  private static final int KEPT = 100_000;

  private PlainProducer() {}

  /**
   * Sends records.
   *
   * @param args Kafka's address, the topic to send to, how many records
   */
  public static void main(String[] args) throws IOException {
    Map<String, Object> config = new HashMap<>(Map.of("bootstrap.servers", args[0]));
    List<ConsumerRecord<byte[], byte[]>> kept = kept(config);
    AtomicReference<Exception> failure = new AtomicReference<>();
    long count = Long.parseLong(args[2]);
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            ReportProducerConfig.with(config),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      for (long i = 0; i < count; i++) {
        ConsumerRecord<byte[], byte[]> r = kept.get((int) (i % kept.size()));
        var unused =
            producer.send(
                new ProducerRecord<>(args[1], r.partition(), r.timestamp(), r.key(), r.value()),
                (sent, e) -> {
                  if (e != null) {
                    failure.set(e);
                  }
                });
      }
      producer.flush();
      if (failure.get() != null) {
        throw new IOException(failure.get());
      }
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> kept(Map<String, Object> config) {
    List<ConsumerRecord<byte[], byte[]>> kept = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions =
          consumer.partitionsFor(Topics.REPORTS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(partitions);
      // From the middle, because counters grow and later records have more bytes than early ones.
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(partitions);
      consumer
          .endOffsets(partitions)
          .forEach((p, end) -> consumer.seek(p, (begins.getOrDefault(p, 0L) + end) / 2));
      while (kept.size() < KEPT) {
        consumer.poll(Duration.ofSeconds(1)).forEach(kept::add);
      }
    }
    return kept;
  }
}
