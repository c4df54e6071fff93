package io.isotherm.topology;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;

/**
 * Records of one partition that follow each other, as one value.
 *
 * <p>What Kafka Streams does for a record (a queue, several meters with locks, a chain of contexts)
 * costs as much as judging eight chips. It does it once for a run of reports instead: {@link
 * ReportRunConsumer} joins what a poll has brought, and {@link PodMonitorProcessor} takes the run
 * apart. A run exists between the two only, never in a topic.
 *
 * <p>Each record is its offset, the length of its key, the key, the length of its value, and the
 * value; a length of {@link #NULL} stands for none. A run is read once, from its begin.
 */
final class ReportRun {
  /** Bytes from which on a run is long enough; a longer record is a run of its own. */
  static final int ENOUGH_BYTES = 64 << 10;

  private static final int NULL = -1;
  private static final int OVERHEAD = Long.BYTES + 2 * Integer.BYTES;

  private final byte[] bytes;
  private final ByteBuffer in;
  private long offset;
  private int keyFrom;
  private int keyLength = NULL;
  private int valueFrom;
  private int valueLength = NULL;

  private ReportRun(byte[] bytes) {
    this.bytes = bytes;
    this.in = ByteBuffer.wrap(bytes);
  }

  /** Reads what {@link #join} wrote. */
  static Deserializer<ReportRun> deserializer() {
    return (topic, bytes) -> new ReportRun(bytes);
  }

  /** Bytes that a record takes in a run. */
  static int length(ConsumerRecord<ByteBuffer, ByteBuffer> record) {
    return OVERHEAD + length(record.key()) + length(record.value());
  }

  private static int length(@Nullable ByteBuffer bytes) {
    return bytes == null ? 0 : bytes.remaining();
  }

  /**
   * Joins records into a run.
   *
   * @param from index of the first
   * @param to index behind the last
   * @param length the sum of their lengths
   */
  static byte[] join(
      List<ConsumerRecord<ByteBuffer, ByteBuffer>> records, int from, int to, int length) {
    ByteBuffer out = ByteBuffer.allocate(length);
    for (int i = from; i < to; i++) {
      ConsumerRecord<ByteBuffer, ByteBuffer> record = records.get(i);
      out.putLong(record.offset());
      put(out, record.key());
      put(out, record.value());
    }
    return out.array();
  }

  private static void put(ByteBuffer out, @Nullable ByteBuffer bytes) {
    if (bytes == null) {
      out.putInt(NULL);
      return;
    }
    int length = bytes.remaining();
    out.putInt(length);
    int at = out.position();
    out.put(at, bytes, bytes.position(), length).position(at + length);
  }

  /** Goes on to the next record; false at the end. The other methods speak of that record. */
  boolean next() {
    if (!in.hasRemaining()) {
      return false;
    }
    offset = in.getLong();
    keyLength = in.getInt();
    keyFrom = in.position();
    in.position(keyFrom + Math.max(0, keyLength));
    valueLength = in.getInt();
    valueFrom = in.position();
    in.position(valueFrom + Math.max(0, valueLength));
    return true;
  }

  long offset() {
    return offset;
  }

  /** Whether the record has this key. */
  boolean hasKey(byte[] key) {
    return keyLength == key.length
        && Arrays.equals(bytes, keyFrom, keyFrom + keyLength, key, 0, keyLength);
  }

  byte @Nullable [] key() {
    return keyLength == NULL ? null : Arrays.copyOfRange(bytes, keyFrom, keyFrom + keyLength);
  }

  boolean hasValue() {
    return valueLength != NULL;
  }

  /** The array in which the value lies. */
  byte[] array() {
    return bytes;
  }

  /** Where the value begins in {@link #array}. */
  int valueFrom() {
    return valueFrom;
  }

  /** Where the value ends in {@link #array}, exclusive. */
  int valueEnd() {
    return valueFrom + valueLength;
  }

  byte @Nullable [] value() {
    return valueLength == NULL ? null : Arrays.copyOfRange(bytes, valueFrom, valueEnd());
  }
}
