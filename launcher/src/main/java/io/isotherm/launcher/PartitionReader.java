package io.isotherm.launcher;

import io.isotherm.recording.StoppedException;
import io.isotherm.schemas.UnusableKafkaException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.StringDeserializer;

/**
 * Reads partitions, each as far as it goes now, or on. Whoever takes records throws no {@link
 * KafkaException}: such a one counts as Kafka's. For one thread.
 */
final class PartitionReader implements AutoCloseable {
  /** How long Kafka may take to answer. */
  static final Duration REACH = Duration.ofSeconds(15);

  private static final Duration POLL = Duration.ofMillis(200);

  /** How far back is looked for what is not among the newest records, one after the other. */
  private static final List<Duration> BACK =
      List.of(
          Duration.ofMinutes(1), Duration.ofMinutes(10), Duration.ofHours(1), Duration.ofDays(1));

  private final Map<String, Object> config;
  private final BooleanSupplier stopped;
  private final KafkaConsumer<String, byte[]> consumer;

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   * @param stopped whether to end without a result, which is a {@link StoppedException}
   * @throws UnusableKafkaException if there can be no client of these settings
   */
  PartitionReader(Map<String, Object> clientConfig, BooleanSupplier stopped) {
    this.stopped = stopped;
    config = new HashMap<>(clientConfig);
    config.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    try {
      consumer = new KafkaConsumer<>(config, new StringDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      throw new UnusableKafkaException(config, REACH, e);
    }
  }

  /** What is done with a client, whose exceptions say nothing to people. */
  private interface Asking<T> {
    T ask();
  }

  private <T> T asked(Asking<T> asking) {
    try {
      return asking.ask();
    } catch (KafkaException e) {
      throw new UnusableKafkaException(config, REACH, e);
    }
  }

  /**
   * How many partitions a topic has; 0 if it is not there, or not for this user to see.
   *
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   */
  int partitions(String topic) {
    // Asked of all topics: of one that is not there Kafka would make one.
    Map<String, List<PartitionInfo>> all = asked(() -> consumer.listTopics(REACH));
    return all.getOrDefault(topic, List.of()).size();
  }

  /**
   * Sees that a topic is there to be read; nothing that only reads makes one.
   *
   * @throws IllegalStateException if it is not; the message says what to do
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   */
  void require(String topic) {
    if (partitions(topic) == 0) {
      throw new IllegalStateException(
          "there is no topic %s at %s, or none that this user may read: a monitor makes it when it starts"
              .formatted(topic, config.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)));
    }
  }

  /**
   * Reads all that is committed now.
   *
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   */
  void readAll(TopicPartition partition, Consumer<ConsumerRecord<String, byte[]>> take) {
    asked(
        () -> {
          assign(partition);
          consumer.seekToBeginning(List.of(partition));
          readToEnd(partition, end(partition), take);
          return true;
        });
  }

  /**
   * Reads what is of a time or later, to what is the end now.
   *
   * @param fromMs time of records, milliseconds since 1970-01-01 UTC
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   */
  void readFrom(
      TopicPartition partition, long fromMs, Consumer<ConsumerRecord<String, byte[]>> take) {
    asked(
        () -> {
          assign(partition);
          long end = end(partition);
          consumer.seek(partition, Math.min(end, offset(partition, fromMs, end)));
          readToEnd(partition, end, take);
          return true;
        });
  }

  /**
   * Reads the last of what is committed now.
   *
   * @param most how many offsets back it begins at most
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   */
  void readLast(
      TopicPartition partition, long most, Consumer<ConsumerRecord<String, byte[]>> take) {
    asked(
        () -> {
          assign(partition);
          long end = end(partition);
          long begin =
              consumer.beginningOffsets(List.of(partition), REACH).getOrDefault(partition, 0L);
          consumer.seek(partition, Math.max(begin, end - most));
          readToEnd(partition, end, take);
          return true;
        });
  }

  /**
   * Looks further and further back, a day at most, until there is enough, or what there is to read
   * is too much.
   *
   * @param mostRecords how much is too much
   * @return how far back all was read
   * @throws UnusableKafkaException if Kafka does not answer, or refuses
   */
  Duration readBack(
      TopicPartition partition,
      long nowMs,
      long mostRecords,
      Consumer<ConsumerRecord<String, byte[]>> take,
      BooleanSupplier enough) {
    Duration read = Duration.ZERO;
    for (Duration back : BACK) {
      long fromMs = nowMs - back.toMillis();
      long records =
          asked(
              () -> {
                long end = end(partition);
                return end - offset(partition, fromMs, end);
              });
      if (enough.getAsBoolean() || records > mostRecords) {
        return read;
      }
      readFrom(partition, fromMs, take);
      read = back;
    }
    return read;
  }

  /**
   * Goes on to read the partition that was read last.
   *
   * @param enough whether to end
   * @param most the longest that it is waited for
   * @throws UnusableKafkaException if Kafka refuses
   */
  void readOn(
      Consumer<ConsumerRecord<String, byte[]>> take, BooleanSupplier enough, Duration most) {
    long deadline = System.nanoTime() + most.toNanos();
    while (!enough.getAsBoolean() && System.nanoTime() < deadline) {
      poll(take);
    }
  }

  /**
   * Whether Kafka answers what is asked of the partition that was read last.
   *
   * @param most the longest that it is waited for
   * @throws UnusableKafkaException if Kafka refuses
   */
  boolean answers(Duration most) {
    return asked(
        () -> {
          try {
            return !consumer.endOffsets(consumer.assignment(), most).isEmpty();
          } catch (TimeoutException e) {
            return false;
          }
        });
  }

  private void assign(TopicPartition partition) {
    consumer.assign(List.of(partition));
  }

  private long end(TopicPartition partition) {
    return consumer.endOffsets(List.of(partition), REACH).getOrDefault(partition, 0L);
  }

  private long offset(TopicPartition partition, long fromMs, long end) {
    OffsetAndTimestamp found =
        consumer.offsetsForTimes(Map.of(partition, fromMs), REACH).get(partition);
    return found == null ? end : found.offset();
  }

  private void readToEnd(
      TopicPartition partition, long end, Consumer<ConsumerRecord<String, byte[]>> take) {
    long position = consumer.position(partition, REACH);
    long moved = System.nanoTime();
    while (position < end) {
      poll(take);
      long now = System.nanoTime();
      long next = consumer.position(partition, REACH);
      if (next != position) {
        position = next;
        moved = now;
      } else if (now - moved > REACH.toNanos()) {
        throw new TimeoutException(partition.topic() + " cannot be read");
      }
    }
  }

  private void poll(Consumer<ConsumerRecord<String, byte[]>> take) {
    if (stopped.getAsBoolean()) {
      throw new StoppedException();
    }
    asked(() -> consumer.poll(POLL)).forEach(take);
  }

  @Override
  public void close() {
    consumer.close();
  }
}
