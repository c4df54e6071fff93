package io.isotherm.recording;

import io.isotherm.model.Report;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes the texts of a column values of a reading. */
final class TableColumn {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}|0[xX][0-9a-fA-F]{1,16}");
  private static final Pattern BETWEEN_WORDS = Pattern.compile("\\s*[,;|+]\\s*");

  private final TableField field;
  private final @Nullable String unit;

  /** Values by text in lower case: the reading's own words, and those of the mapping. */
  private final Map<String, Integer> words = new HashMap<>();

  /** Values of a foreign mask's bits. */
  private final Map<Long, Integer> bits = new LinkedHashMap<>();

  TableColumn(TableField field, TableMapping.Source source) {
    this.field = field;
    this.unit = source.unit();
    field.words().forEach((word, value) -> words.put(lower(word), value));
    Map<String, String> values = source.values();
    if (values != null) {
      values.forEach((text, word) -> words.put(lower(text), valueOf(word)));
    }
    Map<String, String> foreign = source.bits();
    if (foreign != null) {
      foreign.forEach((mask, word) -> bits.put(mask(mask), valueOf(word)));
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private int valueOf(String word) {
    return field.words().getOrDefault(word, 0);
  }

  /**
   * A set of bits as tables have it.
   *
   * @throws NumberFormatException if it is no number, decimal or {@code 0x...}
   */
  static long mask(String text) {
    return lower(text).startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseLong(text);
  }

  TableField field() {
    return field;
  }

  /** The value; {@link Report#ABSENT_LONG} if no chip or link can have it. */
  long value(String text) {
    try {
      if (field.words().isEmpty()) {
        return field.number(text, unit);
      }
      Integer value = words.get(lower(text));
      if (value != null) {
        return value;
      }
      if (!field.isSet()) {
        return Report.ABSENT_LONG;
      }
      return NUMBER.matcher(text).matches() ? ofMask(mask(text)) : ofWords(text);
    } catch (NumberFormatException e) {
      return Report.ABSENT_LONG;
    }
  }

  /** A bit that the mapping does not name is another reason; without any it is our own mask. */
  private long ofMask(long mask) {
    if (bits.isEmpty()) {
      int all = field.words().values().stream().mapToInt(Integer::intValue).sum();
      return (mask & ~all) == 0 ? mask : Report.ABSENT_LONG;
    }
    long value = 0;
    long left = mask;
    for (Map.Entry<Long, Integer> bit : bits.entrySet()) {
      if ((mask & bit.getKey()) != 0) {
        value |= bit.getValue();
        left &= ~bit.getKey();
      }
    }
    return left == 0 ? value : value | Report.THROTTLE_OTHER;
  }

  private long ofWords(String text) {
    long value = 0;
    for (String word : BETWEEN_WORDS.split(text, -1)) {
      Integer of = words.get(lower(word));
      if (of == null) {
        return Report.ABSENT_LONG;
      }
      value |= of;
    }
    return value;
  }
}
