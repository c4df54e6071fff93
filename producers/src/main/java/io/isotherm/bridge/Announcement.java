package io.isotherm.bridge;

import io.isotherm.avro.PodTopology;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a bridge says that its pods are made of. Bridges of one cluster say the same, and what is
 * there already is not said again: a new version of a pod begins it anew.
 */
final class Announcement {
  private static final Logger log = LoggerFactory.getLogger(Announcement.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration ASK = Duration.ofSeconds(15);

  private Announcement() {}

  /**
   * The records that are to be published.
   *
   * @param pods numbers of the pods that have exporters
   * @param effectiveMs event time from which they hold, in milliseconds since 1970-01-01 UTC
   */
  static List<PodTopology> of(
      ClusterPlan plan,
      Collection<Integer> pods,
      long effectiveMs,
      SchemaIds ids,
      Map<String, Object> clientConfig) {
    Map<String, PodTopology> known = known(ids, clientConfig);
    List<PodTopology> records = new ArrayList<>();
    for (int number : pods) {
      PodLayout pod = plan.pods().get(number);
      PodTopology wanted = TopologyRecords.toAvro(plan, pod, effectiveMs);
      PodTopology before = known.get(pod.pod());
      if (before == null) {
        log.info("{}: {} boards of {} announced", pod.pod(), pod.boards(), plan.preset());
        records.add(wanted);
      } else if (!sameShape(before, wanted)) {
        log.warn("{}: another topology than before announced, {}", pod.pod(), plan.preset());
        records.add(wanted);
      }
    }
    return records;
  }

  private static boolean sameShape(PodTopology before, PodTopology wanted) {
    PodTopology then = PodTopology.newBuilder(before).build();
    then.setEffectiveFromMs(wanted.getEffectiveFromMs());
    return then.equals(wanted);
  }

  /** The newest word on every pod. */
  private static Map<String, PodTopology> known(SchemaIds ids, Map<String, Object> clientConfig) {
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    Map<String, PodTopology> known = new HashMap<>();
    Deserializer<PodTopology> values = Topics.PODS.valueSerde(ids).deserializer();
    try (KafkaConsumer<String, byte[]> consumer =
        new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> all =
          consumer.partitionsFor(Topics.PODS.name(), ASK).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all, ASK);
      long deadline = System.nanoTime() + ASK.toNanos();
      while (all.stream().anyMatch(p -> consumer.position(p, ASK) < ends.getOrDefault(p, 0L))) {
        if (System.nanoTime() > deadline) {
          throw new TimeoutException(
              "%s was not read within %d s".formatted(Topics.PODS.name(), ASK.toSeconds()));
        }
        for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
          take(record, values, known);
        }
      }
    }
    return known;
  }

  private static void take(
      ConsumerRecord<String, byte[]> record,
      Deserializer<PodTopology> values,
      Map<String, PodTopology> known) {
    try {
      PodTopology topology = values.deserialize(record.topic(), record.value());
      if (topology == null) {
        known.remove(record.key());
      } else {
        known.put(topology.getPod(), topology);
      }
    } catch (UndecodableException e) {
      log.warn("a record of {} cannot be read: {}", record.topic(), e.getMessage());
    }
  }
}
