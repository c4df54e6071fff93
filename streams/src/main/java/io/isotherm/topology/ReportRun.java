package io.isotherm.topology;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
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
 * <p>Kafka Streams takes nothing but bytes from a consumer. So the record that stands for a run has
 * no bytes, and carries the run itself as a header, which Kafka Streams gives to the deserializer:
 * no report is copied on its way.
 *
 * <p>A run is read once, from its begin.
 */
final class ReportRun {
  /** Bytes of values from which on a run is long enough; a longer record is a run of its own. */
  static final int ENOUGH_BYTES = 64 << 10;

  private static final String CARRIED = "isotherm.run";

  private static final byte[] NO_BYTES = {};

  /** The header by which a run comes through Kafka Streams; never written anywhere. */
  private record Carried(ReportRun run) implements Header {
    @Override
    public String key() {
      return CARRIED;
    }

    @Override
    public byte[] value() {
      return NO_BYTES;
    }
  }

  private final List<ConsumerRecord<ByteBuffer, ByteBuffer>> records;
  private int next;
  private @Nullable ConsumerRecord<ByteBuffer, ByteBuffer> record;

  /**
   * @param records at least one, in their order; kept. Their buffers lie in arrays
   */
  ReportRun(List<ConsumerRecord<ByteBuffer, ByteBuffer>> records) {
    this.records = records;
  }

  /** The value of the record that stands for any run. */
  static byte[] bytes() {
    return NO_BYTES;
  }

  /** The headers of the record that stands for this run. */
  Headers headers() {
    return new RecordHeaders(List.of(new Carried(this)));
  }

  /** Finds the run of a record by its {@link #headers}. */
  static Deserializer<ReportRun> deserializer() {
    return new Deserializer<>() {
      @Override
      public ReportRun deserialize(String topic, Headers headers, byte[] bytes) {
        if (headers.lastHeader(CARRIED) instanceof Carried carried) {
          return carried.run;
        }
        throw new IllegalStateException("a record of " + topic + " that is no run of reports");
      }

      @Override
      public ReportRun deserialize(String topic, byte[] bytes) {
        throw new IllegalStateException("a record of " + topic + " without headers");
      }
    };
  }

  /** Goes on to the next record; false at the end. The other methods speak of that record. */
  boolean next() {
    if (next == records.size()) {
      return false;
    }
    record = records.get(next++);
    return true;
  }

  @SuppressWarnings("NullAway") // The methods that use it are called after next.
  private ConsumerRecord<ByteBuffer, ByteBuffer> record() {
    return record;
  }

  long offset() {
    return record().offset();
  }

  /** Whether the record has this key. */
  boolean hasKey(byte[] expected) {
    ByteBuffer key = record().key();
    if (key == null || key.remaining() != expected.length) {
      return false;
    }
    int from = key.arrayOffset() + key.position();
    return Arrays.equals(key.array(), from, from + expected.length, expected, 0, expected.length);
  }

  byte @Nullable [] key() {
    return copy(record().key());
  }

  /** The record's value, which lies in an array; null if it has none. */
  @Nullable ByteBuffer value() {
    return record().value();
  }

  /** A copy of the record's value; null if it has none. */
  byte @Nullable [] valueBytes() {
    return copy(record().value());
  }

  private static byte @Nullable [] copy(@Nullable ByteBuffer bytes) {
    if (bytes == null) {
      return null;
    }
    int from = bytes.arrayOffset() + bytes.position();
    return Arrays.copyOfRange(bytes.array(), from, from + bytes.remaining());
  }
}
