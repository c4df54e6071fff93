package io.isotherm.producers;

import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest value of every key of a compacted topic. For one thread.
 *
 * @param <V> type of the values
 */
public final class NewestValues<V extends SpecificRecord> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NewestValues.class);
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration ASK = Duration.ofSeconds(15);

  private final Topic<String, V> topic;
  private final Deserializer<V> values;
  private final KafkaConsumer<String, byte[]> consumer;
  private final Map<String, V> newest = new TreeMap<>();
  private final Map<String, Headers> headers = new HashMap<>();
  private List<TopicPartition> partitions = List.of();

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   */
  public NewestValues(Topic<String, V> topic, SchemaIds ids, Map<String, Object> clientConfig) {
    this.topic = topic;
    values = topic.valueSerde(ids).deserializer();
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }

  /**
   * Reads on to what is the end of the topic now.
   *
   * @return the newest values by key, without keys that were removed; it changes when this is asked
   *     again
   * @throws KafkaException if Kafka cannot be read; to ask again is of use
   */
  public Map<String, V> read() {
    try {
      readOn();
    } catch (KafkaException e) {
      // What was fetched may be lost: the next time it is read from the beginning.
      partitions = List.of();
      throw e;
    }
    return Collections.unmodifiableMap(newest);
  }

  /**
   * A header of the newest value of a key, as text.
   *
   * @param name the header's name; of several the last counts
   */
  public Optional<String> header(String key, String name) {
    Headers of = headers.get(key);
    Header header = of == null ? null : of.lastHeader(name);
    return header == null || header.value() == null
        ? Optional.empty()
        : Optional.of(new String(header.value(), StandardCharsets.UTF_8));
  }

  private void readOn() {
    if (partitions.isEmpty()) {
      newest.clear();
      headers.clear();
      List<TopicPartition> all =
          consumer.partitionsFor(topic.name(), ASK).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      partitions = all;
    }
    Map<TopicPartition, Long> ends = consumer.endOffsets(partitions, ASK);
    if (partitions.stream().anyMatch(p -> consumer.position(p, ASK) > ends.getOrDefault(p, 0L))) {
      throw new KafkaException(topic.name() + " was made anew; it is read from its beginning");
    }
    long deadline = System.nanoTime() + ASK.toNanos();
    while (partitions.stream()
        .anyMatch(p -> consumer.position(p, ASK) < ends.getOrDefault(p, 0L))) {
      if (System.nanoTime() > deadline) {
        throw new TimeoutException(
            "%s was not read within %d s".formatted(topic.name(), ASK.toSeconds()));
      }
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        take(record);
      }
    }
  }

  private void take(ConsumerRecord<String, byte[]> record) {
    try {
      V value = values.deserialize(record.topic(), record.value());
      if (value == null) {
        newest.remove(record.key());
        headers.remove(record.key());
      } else {
        newest.put(record.key(), value);
        headers.put(record.key(), record.headers());
      }
    } catch (UndecodableException e) {
      log.warn("a record of {} cannot be read: {}", record.topic(), e.getMessage());
    }
  }

  @Override
  public void close() {
    consumer.close();
  }
}
