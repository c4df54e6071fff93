package io.isotherm.recording;

import io.isotherm.recording.PackedForm.Field;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The chips or the links of a board: rows for each list of them that it has sent. So a reading's
 * row before is in the newest report of the same board with the same list, and needs no search.
 */
final class Parts {
  /** Index of the list of a report without chips or links. */
  static final int NONE = -1;

  private final List<Field> fields;
  private final boolean withBeforeLast;
  private final Map<Integer, Rows> all = new HashMap<>();

  private int list = NONE;
  private int newest = NONE;
  private @Nullable Rows rows;

  Parts(List<Field> fields, boolean withBeforeLast) {
    this.fields = fields;
    this.withBeforeLast = withBeforeLast;
  }

  /** Index of the list in the board's report before. */
  int list() {
    return list;
  }

  /** Index of the newest list that was not empty. */
  int newest() {
    return newest;
  }

  /** The board's newest report has no chips or links. */
  void none() {
    list = NONE;
  }

  /**
   * Rows of the list in the board's newest report.
   *
   * @param count length of the list, from 1
   */
  Rows of(int index, int count) {
    Rows known = rows;
    if (known == null || index != newest) {
      known = all.computeIfAbsent(index, i -> new Rows(fields, count, withBeforeLast));
      rows = known;
      newest = index;
    }
    list = index;
    return known;
  }
}
