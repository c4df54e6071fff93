package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import java.util.Arrays;
import java.util.List;

/**
 * The newest readings of a board's chips or links, and those before: what the next ones are
 * predicted from. The reading of field {@code f} in place {@code i} is at {@code f * count + i}.
 */
final class Rows {
  private static final long[] NOTHING = {};

  final int count;
  final long[] last;

  /** Empty if nobody needs them. */
  final long[] beforeLast;

  /** Rows in which every reading is absent. */
  Rows(List<Field> fields, int count, boolean withBeforeLast) {
    this.count = count;
    last = new long[fields.size() * count];
    for (int f = 0; f < fields.size(); f++) {
      Arrays.fill(last, f * count, (f + 1) * count, fields.get(f).absent());
    }
    beforeLast = withBeforeLast ? last.clone() : NOTHING;
  }
}
