package io.isotherm.launcher;

import static io.isotherm.launcher.Ended.isotherm;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.PodTopology;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;

/** Pods that start one after the other, as Kafka sees them. */
final class PodAfterPodIT {
  private static final long EVERY_MS = 4_000;

  @Test
  void eachPodIsPublishedShortlyBeforeItsFirstReport() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      Ended emulate =
          isotherm(
              "emulate",
              "--bootstrap-server",
              broker.bootstrapServer(),
              "--pods=3",
              "--cabinets=1",
              "--pod-every=4s",
              "--duration=12s",
              "--metrics-port=0");
      assertThat(emulate.code()).as(emulate.err()).isEqualTo(Main.DONE);

      List<PodTopology> pods = new ArrayList<>();
      List<Long> publishedMs = new ArrayList<>();
      var topology = Topics.PODS.valueSerde(SchemaHistory.bundled()).deserializer();
      for (ConsumerRecord<byte[], byte[]> record : all(broker, Topics.PODS.name())) {
        pods.add(topology.deserialize(record.topic(), record.value()));
        publishedMs.add(record.timestamp());
      }
      Map<String, Long> firstMs = new TreeMap<>();
      ReportReader reader = new ReportReader(SchemaHistory.bundled());
      Report report = new Report();
      for (ConsumerRecord<byte[], byte[]> record : all(broker, Topics.REPORTS.name())) {
        reader.read(record.value(), report);
        firstMs.merge(report.pod, report.timeMs, Math::min);
      }

      assertThat(pods)
          .extracting(PodTopology::getPod)
          .containsExactly("pod-00", "pod-01", "pod-02")
          .containsExactlyElementsOf(firstMs.keySet());
      long startMs = pods.get(0).getEffectiveFromMs();
      List<Long> first = List.copyOf(firstMs.values());
      for (int i = 0; i < 3; i++) {
        long podStartMs = startMs + i * EVERY_MS;
        assertThat(pods.get(i).getEffectiveFromMs()).isEqualTo(podStartMs);
        // Two seconds before, less what an interval and a slow machine take.
        assertThat(publishedMs.get(i)).isBetween(podStartMs - 2_000, podStartMs - 1);
        // Clocks of healthy agents are off by up to 200 ms.
        assertThat(first.get(i)).isBetween(podStartMs - 200, podStartMs + EVERY_MS - 1);
      }
    }
  }

  private static List<ConsumerRecord<byte[], byte[]>> all(EmbeddedBroker broker, String topic) {
    List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of("bootstrap.servers", broker.bootstrapServer()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      var partitions =
          consumer.partitionsFor(topic).stream()
              .map(p -> new TopicPartition(topic, p.partition()))
              .toList();
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long end = consumer.endOffsets(partitions).values().stream().mapToLong(n -> n).sum();
      while (records.size() < end) {
        consumer.poll(Duration.ofSeconds(1)).forEach(records::add);
      }
    }
    return records;
  }
}
