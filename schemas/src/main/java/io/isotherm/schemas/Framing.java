package io.isotherm.schemas;

import org.jspecify.annotations.Nullable;

/**
 * The framing of every record's value: one byte 0, the schema's id in four bytes, most significant
 * first, then the Avro binary encoding. It is the framing of Confluent's serializers, so that their
 * tools can read every topic.
 */
public final class Framing {
  /** Bytes before the Avro encoding. */
  public static final int LENGTH = 5;

  private static final byte MAGIC = 0;

  private Framing() {}

  /**
   * The schema id of a framed value.
   *
   * @throws UndecodableException if there is no value, or it does not begin with a frame
   */
  public static int schemaId(byte @Nullable [] value) {
    if (value == null) {
      throw new UndecodableException("no value: a record must have one");
    }
    if (value.length < LENGTH) {
      throw new UndecodableException(
          "framing: the value has %d bytes, needs at least %d".formatted(value.length, LENGTH));
    }
    if (value[0] != MAGIC) {
      throw new UndecodableException(
          "framing: byte 0 is 0x%02x, must be 0x00".formatted(value[0] & 0xff));
    }
    return id(value, 0);
  }

  private static int id(byte[] value, int from) {
    return (value[from + 1] & 0xff) << 24
        | (value[from + 2] & 0xff) << 16
        | (value[from + 3] & 0xff) << 8
        | (value[from + 4] & 0xff);
  }

  /** Whether the {@link #LENGTH} bytes from {@code from} on are the frame of this schema. */
  static boolean isFramed(byte[] bytes, int from, long schemaId) {
    return bytes[from] == MAGIC && id(bytes, from) == schemaId;
  }

  /** Writes the frame into the first {@link #LENGTH} bytes of {@code value}. */
  public static void write(byte[] value, int schemaId) {
    value[0] = MAGIC;
    value[1] = (byte) (schemaId >>> 24);
    value[2] = (byte) (schemaId >>> 16);
    value[3] = (byte) (schemaId >>> 8);
    value[4] = (byte) schemaId;
  }
}
