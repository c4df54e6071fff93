package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.schemas.Topics;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.streams.test.TestRecord;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReportRunTest {
  private static final TopicPartition PARTITION = new TopicPartition(Topics.REPORTS.name(), 3);

  /** A run of one record, for a topology that is given records singly. */
  static TestRecord<byte[], byte[]> one(byte[] key, byte[] value) {
    return join(List.of(record(0, key, value)));
  }

  /** A run of all these records. */
  @SuppressWarnings("NullAway") // A run has no key.
  static TestRecord<byte[], byte[]> join(List<ConsumerRecord<ByteBuffer, ByteBuffer>> records) {
    ReportRun run = new ReportRun(List.copyOf(records));
    return new TestRecord<>(null, ReportRun.bytes(), run.headers());
  }

  @SuppressWarnings("NullAway") // A record may lack its key or value.
  static ConsumerRecord<ByteBuffer, ByteBuffer> record(
      long offset, byte @Nullable [] key, byte @Nullable [] value) {
    return new ConsumerRecord<>(
        PARTITION.topic(),
        PARTITION.partition(),
        offset,
        0,
        TimestampType.CREATE_TIME,
        key == null ? ConsumerRecord.NULL_SIZE : key.length,
        value == null ? ConsumerRecord.NULL_SIZE : value.length,
        within(key),
        within(value),
        new RecordHeaders(),
        Optional.empty());
  }

  /** As a fetch gives it: a part of a longer array. */
  private static @Nullable ByteBuffer within(byte @Nullable [] bytes) {
    if (bytes == null) {
      return null;
    }
    byte[] longer = new byte[bytes.length + 5];
    System.arraycopy(bytes, 0, longer, 3, bytes.length);
    return ByteBuffer.wrap(longer, 3, bytes.length).slice();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void givesBackEveryRecordInOrder(long seed) {
    // Given
    SplittableRandom random = new SplittableRandom(seed);
    List<ConsumerRecord<ByteBuffer, ByteBuffer>> records = new ArrayList<>();
    long offset = 0;
    for (int i = 0; i < 500; i++) {
      offset += random.nextInt(1, 4);
      records.add(record(offset, bytes(random, 40), bytes(random, i % 50 == 0 ? 200_000 : 900)));
    }

    // When
    List<ConsumerRecord<byte[], byte[]>> runs = ReportRunConsumer.runs(PARTITION, records);

    // Then
    List<ConsumerRecord<ByteBuffer, ByteBuffer>> found = new ArrayList<>();
    for (ConsumerRecord<byte[], byte[]> joined : runs) {
      int before = found.size();
      int length = 0;
      ReportRun run = found(joined.headers(), joined.value());
      while (run.next()) {
        byte[] key = run.key();
        assertThat(key == null || run.hasKey(key)).isTrue();
        assertThat(run.hasKey(new byte[41])).isFalse();
        byte[] value = run.valueBytes();
        assertThat(run.value()).isEqualTo(value == null ? null : ByteBuffer.wrap(value));
        length += value == null ? 0 : value.length;
        found.add(record(run.offset(), key, value));
      }
      assertThat(joined.offset()).isEqualTo(found.get(before).offset());
      assertThat(joined.serializedValueSize()).isEqualTo(length);
      assertThat(length <= ReportRun.ENOUGH_BYTES || found.size() == before + 1)
          .as("a run is short or one record")
          .isTrue();
    }
    assertThat(runs).hasSizeLessThan(100);
    assertThat(found).hasSameSizeAs(records);
    for (int i = 0; i < records.size(); i++) {
      assertThat(found.get(i).offset()).isEqualTo(records.get(i).offset());
      assertThat(found.get(i).key()).isEqualTo(records.get(i).key());
      assertThat(found.get(i).value()).isEqualTo(records.get(i).value());
    }
  }

  @Test
  void tellsAnEmptyValueFromNone() {
    TestRecord<byte[], byte[]> joined = one(new byte[0], new byte[0]);
    ReportRun run = found(joined.headers(), joined.value());

    assertThat(run.next()).isTrue();
    assertThat(run.hasKey(new byte[0])).isTrue();
    assertThat(run.valueBytes()).isEmpty();
    assertThat(run.next()).isFalse();
  }

  @Test
  void whatIsNoRunIsNotTakenForOne() {
    assertThatThrownBy(() -> found(new RecordHeaders(), new byte[3]))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("a record of telemetry.reports that is no run of reports");
  }

  private static ReportRun found(Headers headers, byte[] value) {
    try (var deserializer = ReportRun.deserializer()) {
      return deserializer.deserialize(PARTITION.topic(), headers, value);
    }
  }

  private static byte @Nullable [] bytes(SplittableRandom random, int most) {
    if (random.nextInt(20) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextInt(most + 1)];
    random.nextBytes(bytes);
    return bytes;
  }
}
