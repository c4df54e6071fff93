package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import io.isotherm.recording.Rows.Row;
import java.io.IOException;
import java.util.Arrays;
import org.apache.avro.generic.GenericRecord;

/** Reads what {@link ColumnWriter} wrote. */
final class ColumnReader {
  private final Field field;
  private final int index;
  private final long absent;
  private final long least;
  private final long most;
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
    absent = field.absent();
    least = field.least();
    most = field.most();
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
    if (prediction == Prediction.TREND) {
      trend(rows);
      return;
    }
    // Where nothing differs from them, all other predictions say that nothing has changed.
    if (codes.skipZeros(rows.count)) {
      return;
    }
    long[] each = rows.last.each(index);
    if (each != null) {
      change(each, rows.count);
      return;
    }
    room(rows.count);
    Arrays.fill(now, 0, rows.count, rows.last.get(index, 0));
    change(now, rows.count);
    rows.put(index, now);
  }

  private void room(int count) {
    if (now.length < count) {
      now = new long[count];
    }
  }

  /** Makes the values of one report of those of the report before. */
  private void change(long[] row, int count) throws IOException {
    switch (prediction) {
      case LAST -> last(row, count);
      case NEIGHBOUR -> neighbour(row, count);
      case SHARE -> share(row, count);
      case TREND -> throw new AssertionError("it needs two reports before");
    }
  }

  private void last(long[] row, int count) throws IOException {
    for (int i = codes.zeros(count); i < count; i += 1 + codes.zeros(count - i - 1)) {
      long code = codes.next();
      if (code != 0) {
        row[i] = value(code, row[i], row[i]);
      }
    }
  }

  private void neighbour(long[] row, int count) throws IOException {
    long change = 0;
    for (int i = 0; i < count; i++) {
      long last = row[i];
      long value = value(codes.next(), last, last + change);
      row[i] = value;
      change = last == absent || value == absent ? 0 : value - last;
    }
  }

  private void share(long[] row, int count) throws IOException {
    long change = 0;
    long of = 0;
    for (int i = 0; i < count; i++) {
      long last = row[i];
      long share = change == 0 || of == 0 ? 0 : Prediction.share(change, last, of);
      long value = value(codes.next(), last, last + share);
      row[i] = value;
      change = last == absent || value == absent ? 0 : value - last;
      of = last;
    }
  }

  private void trend(Rows rows) throws IOException {
    room(rows.count);
    Row before = rows.beforeLast;
    for (int i = 0; i < rows.count; i++) {
      long last = rows.last.get(index, i);
      long beforeLast = before == null ? absent : before.get(index, i);
      long expected = Prediction.TREND.predict(absent, last, beforeLast, absent, absent);
      now[i] = value(codes.next(), last, expected);
    }
    rows.put(index, now);
  }

  /**
   * @param code what was written
   * @param last the value before, or absence
   * @param expected the prediction if there was one
   */
  private long value(long code, long last, long expected) throws IOException {
    if (code == 1) {
      long given = values.next();
      return given == 0 ? absent : checked(difference(given - 1));
    }
    if (last == absent) {
      if (code != 0) {
        throw new IOException(field.name() + " has a difference to nothing");
      }
      return absent;
    }
    return checked(code == 0 ? expected : expected + difference(code - 1));
  }

  private static long difference(long zigzag) {
    return (zigzag >>> 1) ^ -(zigzag & 1);
  }

  private long checked(long value) throws IOException {
    if (value < least || value > most) {
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
