package io.isotherm.topology;

import io.isotherm.schemas.Topics;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;

/**
 * Gives Kafka Streams the reports of a poll in {@link ReportRun}s, and every other topic as it is.
 *
 * <p>A run has the offset of its first record. Kafka Streams commits the offset of the first record
 * that it has not processed, or, if it has processed all, the position of the consumer, which says
 * that offset too: a run is taken whole or not at all, and exactly-once holds as for single
 * records.
 */
final class ReportRunConsumer extends KafkaConsumer<byte[], byte[]> {
  /**
   * @param config settings of the consumer
   */
  ReportRunConsumer(Map<String, Object> config) {
    super(config, InPlace.reports(), InPlace.reports());
  }

  /**
   * Leaves the bytes of a report where Kafka's client has unpacked them, which is an array that it
   * does not use again; an array of their own would be a copy and as much garbage.
   */
  private static final class InPlace implements Deserializer<Object> {
    private final ByteArrayDeserializer copies = new ByteArrayDeserializer();

    /** What it makes of reports are buffers, and {@link #poll} gives none of them away. */
    @SuppressWarnings("unchecked")
    static Deserializer<byte[]> reports() {
      return (Deserializer<byte[]>) (Deserializer<?>) new InPlace();
    }

    @Override
    public Object deserialize(String topic, byte[] bytes) {
      return topic.equals(Topics.REPORTS.name()) ? ByteBuffer.wrap(bytes) : bytes;
    }

    @Override
    public Object deserialize(String topic, Headers headers, ByteBuffer bytes) {
      return topic.equals(Topics.REPORTS.name())
          ? (bytes.hasArray() ? bytes : ByteBuffer.wrap(copies.deserialize(topic, headers, bytes)))
          : copies.deserialize(topic, headers, bytes);
    }
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
    if (polled.isEmpty()) {
      return polled;
    }
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> joined = new HashMap<>();
    for (TopicPartition partition : polled.partitions()) {
      joined.put(
          partition,
          partition.topic().equals(Topics.REPORTS.name())
              ? runs(partition, inPlace(polled.records(partition)))
              : polled.records(partition));
    }
    return new ConsumerRecords<>(joined, polled.nextOffsets());
  }

  @SuppressWarnings("unchecked") // see InPlace
  private static List<ConsumerRecord<ByteBuffer, ByteBuffer>> inPlace(
      List<ConsumerRecord<byte[], byte[]>> reports) {
    return (List<ConsumerRecord<ByteBuffer, ByteBuffer>>) (List<?>) reports;
  }

  /** Joins records of a partition, at least one, in their order. */
  static List<ConsumerRecord<byte[], byte[]>> runs(
      TopicPartition partition, List<ConsumerRecord<ByteBuffer, ByteBuffer>> records) {
    List<ConsumerRecord<byte[], byte[]>> runs = new ArrayList<>();
    int from = 0;
    int length = 0;
    for (int i = 0; i < records.size(); i++) {
      int more = Math.max(0, records.get(i).serializedValueSize());
      if (i > from && length + more > ReportRun.ENOUGH_BYTES) {
        runs.add(run(partition, List.copyOf(records.subList(from, i)), length));
        from = i;
        length = 0;
      }
      length += more;
    }
    runs.add(run(partition, List.copyOf(records.subList(from, records.size())), length));
    return runs;
  }

  private static ConsumerRecord<byte[], byte[]> run(
      TopicPartition partition, List<ConsumerRecord<ByteBuffer, ByteBuffer>> records, int length) {
    ConsumerRecord<ByteBuffer, ByteBuffer> first = records.get(0);
    ReportRun run = new ReportRun(records);
    return new ConsumerRecord<>(
        partition.topic(),
        partition.partition(),
        first.offset(),
        first.timestamp(),
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        length,
        null,
        ReportRun.bytes(),
        run.headers(),
        first.leaderEpoch());
  }
}
