package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The newest readings of a board's chips or links, and those before: what the next ones are
 * predicted from. A field that says the same of all chips or links takes the room of one reading,
 * which most fields do most of the time.
 */
final class Rows {
  final int count;
  final Row last;

  /** Null if nobody needs it. */
  final @Nullable Row beforeLast;

  /** One reading of each field from each chip or link. */
  static final class Row {
    private final long[] same;

    /** Null for a field of which one reading holds for all. */
    private final long[] @Nullable [] each;

    private Row(List<Field> fields) {
      same = fields.stream().mapToLong(Field::absent).toArray();
      each = new long[same.length][];
    }

    long get(int field, int i) {
      long[] all = each[field];
      return all == null ? same[field] : all[i];
    }

    /** The readings of a field, to be changed where they are; null while one holds for all. */
    long @Nullable [] each(int field) {
      return each[field];
    }

    private void set(int field, long[] now, int count) {
      long[] all = each[field];
      if (all != null) {
        System.arraycopy(now, 0, all, 0, count);
      } else if (areSame(now, count)) {
        same[field] = now[0];
      } else {
        each[field] = Arrays.copyOf(now, count);
      }
    }

    private boolean is(int field, long[] values, int count) {
      long[] all = each[field];
      if (all == null) {
        return values[0] == same[field] && areSame(values, count);
      }
      // Most that have changed once have changed again, and mostly the first one tells.
      for (int i = 0; i < count; i++) {
        if (values[i] != all[i]) {
          return false;
        }
      }
      return true;
    }

    private static boolean areSame(long[] values, int count) {
      for (int i = 1; i < count; i++) {
        if (values[i] != values[0]) {
          return false;
        }
      }
      return true;
    }

    private void swap(int field, Row with) {
      long[] all = each[field];
      each[field] = with.each[field];
      with.each[field] = all;
      long one = same[field];
      same[field] = with.same[field];
      with.same[field] = one;
    }
  }

  /** Rows in which every reading is absent. */
  Rows(List<Field> fields, int count, boolean withBeforeLast) {
    this.count = count;
    last = new Row(fields);
    beforeLast = withBeforeLast ? new Row(fields) : null;
  }

  /**
   * Whether the newest readings of a field are these.
   *
   * @param values as many as the rows have, or more
   */
  boolean isLast(int field, long[] values) {
    return last.is(field, values, count);
  }

  /**
   * Takes the newest readings of a field; what was the last one is then before it.
   *
   * @param now as many as the rows have, or more
   */
  void put(int field, long[] now) {
    if (beforeLast != null) {
      beforeLast.swap(field, last);
    }
    last.set(field, now, count);
  }

  /** Writes the newest readings of a field. */
  void copyLast(int field, long[] into) {
    long[] all = last.each[field];
    if (all == null) {
      Arrays.fill(into, 0, count, last.same[field]);
    } else {
      System.arraycopy(all, 0, into, 0, count);
    }
  }

  /** The same for readings that are known to be ints. */
  void copyLast(int field, int[] into) {
    long[] all = last.each[field];
    if (all == null) {
      Arrays.fill(into, 0, count, (int) last.same[field]);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[i] = (int) all[i];
    }
  }
}
