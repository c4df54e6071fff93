package io.isotherm.topology;

import io.isotherm.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

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
    super(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
  }

  @Override
  public ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
    ConsumerRecords<byte[], byte[]> polled = super.poll(timeout);
    if (polled.isEmpty()) {
      return polled;
    }
    Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> joined = new HashMap<>();
    for (TopicPartition partition : polled.partitions()) {
      List<ConsumerRecord<byte[], byte[]>> records = polled.records(partition);
      joined.put(
          partition,
          partition.topic().equals(Topics.REPORTS.name()) ? runs(partition, records) : records);
    }
    return new ConsumerRecords<>(joined, polled.nextOffsets());
  }

  /** Joins records of a partition, at least one, in their order. */
  static List<ConsumerRecord<byte[], byte[]>> runs(
      TopicPartition partition, List<ConsumerRecord<byte[], byte[]>> records) {
    List<ConsumerRecord<byte[], byte[]>> runs = new ArrayList<>();
    int from = 0;
    int length = 0;
    for (int i = 0; i < records.size(); i++) {
      int more = ReportRun.length(records.get(i));
      if (i > from && length + more > ReportRun.ENOUGH_BYTES) {
        runs.add(run(partition, records, from, i, length));
        from = i;
        length = 0;
      }
      length += more;
    }
    runs.add(run(partition, records, from, records.size(), length));
    return runs;
  }

  private static ConsumerRecord<byte[], byte[]> run(
      TopicPartition partition,
      List<ConsumerRecord<byte[], byte[]>> records,
      int from,
      int to,
      int length) {
    ConsumerRecord<byte[], byte[]> first = records.get(from);
    return new ConsumerRecord<>(
        partition.topic(),
        partition.partition(),
        first.offset(),
        first.timestamp(),
        TimestampType.CREATE_TIME,
        ConsumerRecord.NULL_SIZE,
        length,
        null,
        ReportRun.join(records, from, to, length),
        new RecordHeaders(),
        first.leaderEpoch());
  }
}
