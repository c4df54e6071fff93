package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import io.isotherm.recording.Rows.Row;
import java.util.Arrays;
import java.util.Objects;
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
  private final long absent;
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
    absent = field.absent();
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
    if (watched) {
      watch(now, rows);
    }
    boolean changed = !rows.isLast(index, now);
    if (prediction == Prediction.TREND) {
      appendByTrend(now, rows);
    } else if (!changed) {
      // Without a change there is none that a neighbour could pass on.
      codes.putZeros(rows.count);
    } else if (prediction == Prediction.LAST) {
      appendByLast(now, rows);
    } else {
      appendByNeighbour(now, rows, prediction == Prediction.SHARE);
    }
    if (changed || rows.beforeLast != null) {
      rows.put(index, now);
    }
  }

  private void appendByLast(long[] now, Rows rows) {
    for (int i = 0; i < rows.count; i++) {
      long last = rows.last.get(index, i);
      append(now[i], last, last);
    }
  }

  private void appendByTrend(long[] now, Rows rows) {
    Row before = Objects.requireNonNull(rows.beforeLast);
    for (int i = 0; i < rows.count; i++) {
      long last = rows.last.get(index, i);
      append(now[i], last, Prediction.byTrend(absent, last, before.get(index, i)));
    }
  }

  private void appendByNeighbour(long[] now, Rows rows, boolean share) {
    long neighbour = absent;
    long neighbourLast = absent;
    for (int i = 0; i < rows.count; i++) {
      long value = now[i];
      long last = rows.last.get(index, i);
      append(
          value,
          last,
          share
              ? Prediction.byShare(absent, last, neighbour, neighbourLast)
              : Prediction.byNeighbour(absent, last, neighbour, neighbourLast));
      neighbour = value;
      neighbourLast = last;
    }
  }

  private void append(long value, long last, long expected) {
    if (last == absent || value == absent) {
      append(value, value == last);
    } else {
      long code = zigzag(value - expected) + 1;
      if (code == 0) {
        append(value, false);
      } else {
        codes.put(code == 1 ? 0 : code);
      }
    }
  }

  private void append(long value, boolean expected) {
    if (expected) {
      codes.put(0);
    } else {
      codes.put(1);
      values.put(value == absent ? 0 : zigzag(value) + 1);
    }
  }

  private void watch(long[] now, Rows rows) {
    Row before = rows.beforeLast;
    long neighbour = absent;
    long neighbourLast = absent;
    for (int i = 0; i < rows.count; i++) {
      long value = now[i];
      long last = rows.last.get(index, i);
      if (last != absent && value != absent) {
        long beforeLast = before == null ? absent : before.get(index, i);
        for (int p = 0; p < bits.length; p++) {
          long expected =
              Prediction.at(p).predict(absent, last, beforeLast, neighbour, neighbourLast);
          bits[p] += Long.SIZE - Long.numberOfLeadingZeros(zigzag(value - expected));
        }
      }
      neighbour = value;
      neighbourLast = last;
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
