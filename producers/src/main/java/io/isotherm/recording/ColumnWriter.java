package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import io.isotherm.recording.Rows.Row;
import java.util.Arrays;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;

/**
 * One field of many rows as differences to a prediction. It watches what the other predictions
 * would have cost, and goes over to the cheapest with the next chunk.
 */
final class ColumnWriter {
  private final Field field;
  private final int index;
  private final ChoiceWriter codes = new ChoiceWriter();
  private final PlanesWriter values = new PlanesWriter();
  private Prediction prediction;

  /** Bits of the differences to each prediction. */
  private final long[] bits = new long[Prediction.COUNT];

  /**
   * @param index of the field in its rows
   */
  ColumnWriter(Field field, int index) {
    this.field = field;
    this.index = index;
    prediction = field.prediction();
  }

  String name() {
    return field.name();
  }

  /** Whether it needs {@link Rows#beforeLast}, also of boards that are not watched. */
  boolean needsBeforeLast() {
    return prediction == Prediction.TREND;
  }

  /**
   * Appends the field's values in one report.
   *
   * @param now as many values as the rows have; the rows then have them as their last
   * @param watched whether these count for the choice of the next prediction; then the rows must
   *     have what was before their last
   */
  void append(long[] now, Rows rows, boolean watched) {
    long absent = field.absent();
    long neighbour = absent;
    long neighbourLast = absent;
    Row before = rows.beforeLast;
    for (int i = 0; i < rows.count; i++) {
      long value = now[i];
      long last = rows.last.get(index, i);
      long beforeLast = before == null ? absent : before.get(index, i);
      if (last == absent || value == absent) {
        append(value, value == last);
      } else {
        long expected = prediction.predict(absent, last, beforeLast, neighbour, neighbourLast);
        long code = zigzag(value - expected) + 1;
        if (code == 0) {
          append(value, false);
        } else {
          codes.put(code == 1 ? 0 : code);
        }
        if (watched) {
          for (int p = 0; p < bits.length; p++) {
            long other =
                Prediction.at(p).predict(absent, last, beforeLast, neighbour, neighbourLast);
            bits[p] += Long.SIZE - Long.numberOfLeadingZeros(zigzag(value - other));
          }
        }
      }
      neighbour = value;
      neighbourLast = last;
    }
    rows.put(index, now);
  }

  private void append(long value, boolean expected) {
    if (expected) {
      codes.put(0);
    } else {
      codes.put(1);
      values.put(value == field.absent() ? 0 : zigzag(value) + 1);
    }
  }

  private static long zigzag(long n) {
    return (n << 1) ^ (n >> 63);
  }

  /** Bytes of readings that are not differences. */
  long wholeBytes() {
    return values.bytes();
  }

  long differenceBytes() {
    return codes.bytes();
  }

  /** Moves all into a record, and chooses anew. */
  @SuppressWarnings("EnumOrdinal") // An index into an array that lives as long as this.
  GenericRecord take(Schema schema) {
    GenericRecord record = new GenericData.Record(schema);
    Schema predictions = schema.getField("prediction").schema();
    record.put("prediction", new GenericData.EnumSymbol(predictions, prediction.name()));
    codes.take(record);
    record.put("values", values.take());
    for (int p = 0; p < bits.length; p++) {
      // Where all are alike the simplest is best.
      if (bits[p] < bits[prediction.ordinal()]) {
        prediction = Prediction.at(p);
      }
    }
    Arrays.fill(bits, 0);
    return record;
  }
}
