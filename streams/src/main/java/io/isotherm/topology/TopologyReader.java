package io.isotherm.topology;

import io.isotherm.schemas.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
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
 * @param <V> type of the topic's values
 */
final class TopologyReader<V> implements Processor<byte[], byte[], Void, Void> {
  private static final Logger log = LoggerFactory.getLogger(TopologyReader.class);

  private final String topic;
  private final Deserializer<V> deserializer;
  private final Consumer<V> enter;
  private final Consumer<String> remove;

  /**
   * @param topic name of the topic
   * @param deserializer reads values
   * @param enter takes a value
   * @param remove takes the key of a tombstone
   */
  TopologyReader(
      String topic, Deserializer<V> deserializer, Consumer<V> enter, Consumer<String> remove) {
    this.topic = topic;
    this.deserializer = deserializer;
    this.enter = enter;
    this.remove = remove;
  }

  @Override
  public void init(ProcessorContext<Void, Void> context) {}

  @Override
  public void process(Record<byte[], byte[]> record) {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    byte @Nullable [] value = record.value();
    if (value == null) {
      remove.accept(key);
      return;
    }
    try {
      enter.accept(deserializer.deserialize(topic, value));
    } catch (UndecodableException | IllegalArgumentException e) {
      log.warn("{}: record with key {} is not used: {}", topic, key, e.getMessage());
    }
  }
}
