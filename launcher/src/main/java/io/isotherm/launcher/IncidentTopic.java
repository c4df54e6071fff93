package io.isotherm.launcher;

import io.isotherm.avro.Incident;
import io.isotherm.core.IncidentEvent;
import io.isotherm.recording.StoppedException;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import io.isotherm.schemas.UnusableKafkaException;
import io.isotherm.topology.Results;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The newest event of every incident in Kafka. */
final class IncidentTopic {
  private static final Logger log = LoggerFactory.getLogger(IncidentTopic.class);
  private static final String TOPIC = Topics.INCIDENTS.name();
  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration REACH = Duration.ofSeconds(15);

  /** How often it is asked whether Kafka is there, and how long an answer may take. */
  private static final Duration PROBE = Duration.ofSeconds(5);

  private static final long SAY_NANOS = Duration.ofSeconds(2).toNanos();

  private final Map<String, Object> config;
  private final Deserializer<Incident> values;
  private final Map<String, IncidentEvent> newest = new LinkedHashMap<>();
  private long records;

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   */
  IncidentTopic(Map<String, Object> clientConfig, SchemaIds ids) {
    config = new HashMap<>(clientConfig);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    values = Topics.INCIDENTS.valueSerde(ids).deserializer();
  }

  /**
   * Reads all that is committed now.
   *
   * @param stopped whether to end without a result
   * @param progress is told every two seconds how many records were read
   * @return the newest event of each incident that nobody removed, in the order of their opening
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   * @throws IllegalStateException if there is no such topic, or the schema registry does not
   *     answer; the message says what to do, or why
   * @throws StoppedException if it was stopped
   */
  Collection<IncidentEvent> read(BooleanSupplier stopped, LongConsumer progress) {
    try (KafkaConsumer<String, byte[]> consumer = consumer()) {
      read(consumer, stopped, progress);
    } catch (KafkaException e) {
      throw new UnusableKafkaException(config, REACH, e);
    }
    return newest.values();
  }

  /**
   * Reads all that is committed now, and then each event that comes, until it is stopped. Waits
   * through an outage of Kafka, and logs when one begins and ends.
   *
   * @param stopped whether to end; before all was read that is without a result
   * @param progress is told every two seconds how many records were read, until all were
   * @param first is given the newest event of each incident, in the order of their opening
   * @param next is given each further event, and after an outage none that it had before
   * @throws UnusableKafkaException if Kafka does not answer at first, or refuses
   * @throws IllegalStateException if there is no such topic, or the schema registry does not
   *     answer; the message says what to do, or why
   * @throws StoppedException if it was stopped before all was read
   */
  void follow(
      BooleanSupplier stopped,
      LongConsumer progress,
      Consumer<Collection<IncidentEvent>> first,
      Consumer<IncidentEvent> next) {
    try (KafkaConsumer<String, byte[]> consumer = consumer()) {
      read(consumer, stopped, progress);
      first.accept(newest.values());
      goOn(consumer, stopped, next);
    } catch (KafkaException e) {
      throw new UnusableKafkaException(config, REACH, e);
    }
  }

  private KafkaConsumer<String, byte[]> consumer() {
    return new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
  }

  private void goOn(
      KafkaConsumer<String, byte[]> consumer,
      BooleanSupplier stopped,
      Consumer<IncidentEvent> next) {
    boolean away = false;
    long asked = System.nanoTime();
    while (!stopped.getAsBoolean()) {
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        IncidentEvent event = take(record);
        if (event != null) {
          next.accept(event);
        }
      }
      if (System.nanoTime() - asked > PROBE.toNanos()) {
        // A poll that brings nothing does not say whether there is nothing.
        boolean answers = answers(consumer);
        if (away && answers) {
          log.info("{} can be read again", TOPIC);
        } else if (!away && !answers) {
          log.warn(
              "cannot reach Kafka at {}; what is found meanwhile comes when it is back",
              config.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG));
        }
        away = !answers;
        asked = System.nanoTime();
      }
    }
  }

  private static boolean answers(KafkaConsumer<String, byte[]> consumer) {
    try {
      var unused = consumer.endOffsets(consumer.assignment(), PROBE);
      return true;
    } catch (TimeoutException e) {
      return false;
    }
  }

  private void read(
      KafkaConsumer<String, byte[]> consumer, BooleanSupplier stopped, LongConsumer progress) {
    // Asked of all topics: of one that is not there Kafka would make one.
    if (!consumer.listTopics(REACH).containsKey(TOPIC)) {
      throw new IllegalStateException(
          "there is no topic %s at %s, or none that this user may read: a monitor makes it when it starts"
              .formatted(TOPIC, config.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG)));
    }
    List<TopicPartition> partitions = List.of(new TopicPartition(TOPIC, 0));
    consumer.assign(partitions);
    consumer.seekToBeginning(partitions);
    TopicPartition partition = partitions.get(0);
    long end = consumer.endOffsets(partitions, REACH).getOrDefault(partition, 0L);
    long position = consumer.position(partition, REACH);
    long moved = System.nanoTime();
    long said = moved;
    while (position < end) {
      if (stopped.getAsBoolean()) {
        throw new StoppedException();
      }
      for (ConsumerRecord<String, byte[]> record : consumer.poll(POLL)) {
        var unused = take(record);
      }
      long now = System.nanoTime();
      long next = consumer.position(partition, REACH);
      if (next != position) {
        position = next;
        moved = now;
      } else if (now - moved > REACH.toNanos()) {
        throw new TimeoutException(TOPIC + " cannot be read");
      }
      if (now - said > SAY_NANOS) {
        said = now;
        progress.accept(records);
      }
    }
  }

  /** The event of a record; null if it has none, or none that is newer than what was known. */
  private @Nullable IncidentEvent take(ConsumerRecord<String, byte[]> record) {
    records++;
    try {
      Incident incident = values.deserialize(TOPIC, record.value());
      if (incident == null) {
        newest.remove(record.key());
      } else {
        IncidentEvent event = Results.event(incident);
        IncidentEvent known = newest.get(event.id());
        if (known == null || event.revision() > known.revision()) {
          newest.put(event.id(), event);
          return event;
        }
      }
    } catch (UndecodableException | IllegalArgumentException e) {
      log.warn(
          "a record of {} at offset {} is left out: {}", TOPIC, record.offset(), e.getMessage());
    } catch (KafkaException e) {
      // Of the schema registry, and not of Kafka.
      throw new IllegalStateException(String.valueOf(e.getMessage()), e);
    }
    return null;
  }
}
