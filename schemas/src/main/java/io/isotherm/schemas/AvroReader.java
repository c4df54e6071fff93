package io.isotherm.schemas;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;

/**
 * Reads framed values of one record type with Avro, each with the schema it was written with,
 * resolved to the newest one. Not safe for use by several threads.
 *
 * @param <T> the generated record class
 */
final class AvroReader<T extends SpecificRecord> {
  private final String name;
  private final Schema newest;
  private final SchemaIds ids;
  private final ByteDecoder in = new ByteDecoder();
  private final Map<Integer, SpecificDatumReader<T>> readers = new HashMap<>();

  AvroReader(Class<T> type, SchemaIds ids) {
    this.name = type.getSimpleName();
    this.newest = SpecificData.get().getSchema(type);
    this.ids = ids;
  }

  /**
   * @throws UndecodableException if it cannot be read
   */
  T read(byte[] value) {
    int id = Framing.schemaId(value);
    SpecificDatumReader<T> reader = readers.get(id);
    if (reader == null) {
      reader = new SpecificDatumReader<>(ids.schema(id), newest);
      readers.put(id, reader);
    }
    in.reset(value, Framing.LENGTH);
    try {
      T record = reader.read(null, in);
      in.expectEnd();
      return record;
    } catch (UndecodableException e) {
      throw e.within(name + ": ");
    } catch (IOException | RuntimeException e) {
      throw new UndecodableException(
          "%s: does not fit schema %d before byte %d: %s"
              .formatted(name, id, in.position(), oneLine(e)));
    } finally {
      in.release();
    }
  }

  private static String oneLine(Exception e) {
    String message = e.getMessage();
    return message == null ? e.getClass().getSimpleName() : message.strip().replaceAll("\\s+", " ");
  }
}
