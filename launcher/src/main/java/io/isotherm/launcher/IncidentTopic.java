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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The newest event of every incident in Kafka. */
final class IncidentTopic {
  private static final Logger log = LoggerFactory.getLogger(IncidentTopic.class);
  private static final String TOPIC = Topics.INCIDENTS.name();

  /** How often it is asked whether Kafka is there, and how long an answer may take. */
  private static final Duration PROBE = Duration.ofSeconds(5);

  private static final long SAY_NANOS = Duration.ofSeconds(2).toNanos();

  private final Map<String, Object> config;
  private final Deserializer<Incident> values;
  private final Map<String, IncidentEvent> newest = new LinkedHashMap<>();
  private long records;
  private long said;

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   */
  IncidentTopic(Map<String, Object> clientConfig, SchemaIds ids) {
    config = clientConfig;
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
    try (PartitionReader reader = new PartitionReader(config, stopped)) {
      readAll(reader, progress);
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
    try (PartitionReader reader = new PartitionReader(config, stopped)) {
      readAll(reader, progress);
      first.accept(newest.values());
      boolean away = false;
      while (!stopped.getAsBoolean()) {
        goOn(reader, stopped, next);
        // A poll that brings nothing does not say whether there is nothing.
        boolean answers = reader.answers(PROBE);
        if (away && answers) {
          log.info("{} can be read again", TOPIC);
        } else if (!away && !answers) {
          log.warn(
              "cannot reach Kafka at {}; what is found meanwhile comes when it is back",
              config.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG));
        }
        away = !answers;
      }
    }
  }

  private void goOn(PartitionReader reader, BooleanSupplier stopped, Consumer<IncidentEvent> next) {
    try {
      reader.readOn(
          record -> {
            IncidentEvent event = take(record);
            if (event != null) {
              next.accept(event);
            }
          },
          stopped,
          PROBE);
    } catch (StoppedException e) {
      log.debug("stopped while it read on");
    }
  }

  private void readAll(PartitionReader reader, LongConsumer progress) {
    said = System.nanoTime();
    reader.require(TOPIC);
    reader.readAll(
        new TopicPartition(TOPIC, 0),
        record -> {
          var unused = take(record);
          long now = System.nanoTime();
          if (now - said > SAY_NANOS) {
            said = now;
            progress.accept(records);
          }
        });
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
