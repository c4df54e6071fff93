package io.isotherm.topology;

import io.isotherm.schemas.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.streams.processor.api.Processor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Enters the records of a topology topic into the {@link TopologyBook}.
 *
 * <p>Kafka Streams gives it the whole topic before the first report is read, and then what follows.
 * The global store that it belongs to stays empty: what was read stands in the book, decoded. A
 * record that cannot be used is logged and left out: such records are rare and written by people,
 * and there is no transaction here in which a dead letter could be written.
 *
 * <p>A record whose schema the registry cannot be asked for may be good, and without it a pod would
 * be judged by the wrong parts. It is tried again for a while, and then is a failure.
 *
 * @param <V> type of the topic's values
 */
final class TopologyReader<V> implements Processor<byte[], byte[], Void, Void> {
  private static final Logger log = LoggerFactory.getLogger(TopologyReader.class);

  /** Time between two tries; with {@link #MOST_TRIES} a registry may be away for half a minute. */
  static final Duration PAUSE = Duration.ofSeconds(5);

  static final int MOST_TRIES = 6;

  private final String topic;
  private final Deserializer<V> deserializer;
  private final BiFunction<byte[], V, Optional<String>> wrongKey;
  private final Consumer<V> enter;
  private final Consumer<String> remove;
  private final Duration pause;

  /**
   * @param topic name of the topic
   * @param deserializer reads values
   * @param wrongKey says what is wrong with the key of a value
   * @param enter takes a value
   * @param remove takes the key of a tombstone
   * @param pause time between two tries
   */
  TopologyReader(
      String topic,
      Deserializer<V> deserializer,
      BiFunction<byte[], V, Optional<String>> wrongKey,
      Consumer<V> enter,
      Consumer<String> remove,
      Duration pause) {
    this.topic = topic;
    this.deserializer = deserializer;
    this.wrongKey = wrongKey;
    this.enter = enter;
    this.remove = remove;
    this.pause = pause;
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {}

  @Override
  public void process(Record<byte[], byte[]> record) {
    byte @Nullable [] bytes = record.key();
    if (bytes == null) {
      log.warn("{}: a record without a key is not used: nothing could replace or remove it", topic);
      return;
    }
    String key = new String(bytes, StandardCharsets.UTF_8);
    byte @Nullable [] value = record.value();
    if (value == null) {
      remove.accept(key);
      return;
    }
    try {
      V read = read(key, value);
      Optional<String> wrong = wrongKey.apply(bytes, read);
      if (wrong.isPresent()) {
        log.warn("{}: record with key {} is not used: {}", topic, key, wrong.get());
        return;
      }
      enter.accept(read);
    } catch (UndecodableException | IllegalArgumentException e) {
      log.warn("{}: record with key {} is not used: {}", topic, key, e.getMessage());
    }
  }

  private V read(String key, byte[] value) {
    for (int tries = 1; ; tries++) {
      try {
        return deserializer.deserialize(topic, value);
      } catch (UndecodableException | InterruptException e) {
        throw e;
      } catch (KafkaException e) {
        if (tries == MOST_TRIES) {
          throw new KafkaException(
              "%s: record with key %s cannot be read: %s".formatted(topic, key, e.getMessage()), e);
        }
        log.warn("{}: record with key {} cannot be read yet: {}", topic, key, e.getMessage());
        rest();
      }
    }
  }

  private void rest() {
    try {
      Thread.sleep(pause.toMillis());
    } catch (InterruptedException e) {
      throw new InterruptException(e);
    }
  }
}
