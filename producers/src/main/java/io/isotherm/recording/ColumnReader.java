package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import io.isotherm.recording.Rows.Row;
import java.io.IOException;
import org.apache.avro.generic.GenericRecord;

/** Reads what {@link ColumnWriter} wrote. */
final class ColumnReader {
  private final Field field;
  private final int index;
  private final Prediction prediction;
  private final ChoiceReader codes;
  private final PlanesReader values;
  private long[] now = new long[Long.SIZE];

  /**
   * @param index of the field in its rows
   * @param from a record of the schema's {@code Column}
   */
  ColumnReader(Field field, int index, GenericRecord from) {
    this.field = field;
    this.index = index;
    prediction = Prediction.valueOf(from.get("prediction").toString());
    codes = new ChoiceReader(field.name(), from);
    values = new PlanesReader(field.name() + ".values", from.get("values"));
  }

  /** Whether it needs {@link Rows#beforeLast}. */
  boolean needsBeforeLast() {
    return prediction == Prediction.TREND;
  }

  /** Reads the field's values in one report into the last ones of the rows. */
  void read(Rows rows) throws IOException {
    if (prediction == Prediction.LAST && codes.skipZeros(rows.count)) {
      return;
    }
    long absent = field.absent();
    long neighbour = absent;
    long neighbourLast = absent;
    Row trend = needsBeforeLast() ? rows.beforeLast : null;
    if (now.length < rows.count) {
      now = new long[rows.count];
    }
    for (int i = 0; i < rows.count; i++) {
      long last = rows.last.get(index, i);
      long beforeLast = trend == null ? absent : trend.get(index, i);
      long code = codes.next();
      long value;
      if (code == 1) {
        long given = values.next();
        value = given == 0 ? absent : checked(difference(given - 1));
      } else if (last == absent) {
        if (code != 0) {
          throw new IOException(field.name() + " has a difference to nothing");
        }
        value = absent;
      } else {
        value = prediction.predict(absent, last, beforeLast, neighbour, neighbourLast);
        value = checked(code == 0 ? value : value + difference(code - 1));
      }
      neighbour = value;
      neighbourLast = last;
      now[i] = value;
    }
    rows.put(index, now);
  }

  private static long difference(long zigzag) {
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  private long checked(long value) throws IOException {
    if (value < field.least() || value > field.most()) {
      throw new IOException("%s: %d cannot be a reading".formatted(field.name(), value));
    }
    return value;
  }

  /**
   * @throws IOException if something is left
   */
  void expectEnd() throws IOException {
    codes.expectEnd();
    values.expectEnd();
  }
}
