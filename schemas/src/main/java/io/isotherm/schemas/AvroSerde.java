package io.isotherm.schemas;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.avro.Schema;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumWriter;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Deserializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serializer;
import org.jspecify.annotations.Nullable;

/**
 * Reads and writes framed values of one record type with Avro.
 *
 * <p>A value is read with the schema it was written with, resolved to the newest one. A null value
 * (a tombstone) stays null. Failures to read are {@link UndecodableException}s.
 *
 * <p>Safe for use by several threads, because Kafka Streams gives all its threads the same
 * instance: what a thread needs for reading is its own.
 *
 * @param <T> the generated record class
 */
final class AvroSerde<T extends SpecificRecord> implements Serde<T> {
  private final String subject;
  private final SchemaIds ids;
  private final Schema newest;
  private final ThreadLocal<AvroReader<T>> reader;

  AvroSerde(Class<T> type, String subject, SchemaIds ids) {
    this.subject = subject;
    this.ids = ids;
    this.newest = SpecificData.get().getSchema(type);
    this.reader = ThreadLocal.withInitial(() -> new AvroReader<>(type, ids));
  }

  @Override
  public Serializer<T> serializer() {
    return new Writing();
  }

  @Override
  public Deserializer<T> deserializer() {
    return (topic, value) -> read(value);
  }

  private @Nullable T read(byte @Nullable [] value) {
    return value == null ? null : reader.get().read(value);
  }

  /** Writes; asks for the id at the first record, so that none is registered that is not used. */
  private final class Writing implements Serializer<T> {
    private final SpecificDatumWriter<T> writer = new SpecificDatumWriter<>(newest);
    private volatile int id;

    @Override
    @SuppressWarnings("NullAway") // Kafka's contract: a null record is a null value.
    public byte @Nullable [] serialize(String topic, @Nullable T record) {
      if (record == null) {
        return null;
      }
      if (id == 0) {
        id = ids.newestId(subject);
      }
      byte[] frame = new byte[Framing.LENGTH];
      Framing.write(frame, id);
      ByteArrayOutputStream out = new ByteArrayOutputStream(512);
      out.writeBytes(frame);
      try {
        BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(out, null);
        writer.write(record, encoder);
        encoder.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return out.toByteArray();
    }
  }
}
