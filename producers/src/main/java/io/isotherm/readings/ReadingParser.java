package io.isotherm.readings;

import io.isotherm.model.Report;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Makes values of a reading from what others write for it. */
public final class ReadingParser {
  private static final Pattern NUMBER = Pattern.compile("\\d{1,18}|0[xX][0-9a-fA-F]{1,16}");
  private static final Pattern BETWEEN_WORDS = Pattern.compile("\\s*[,;|+]\\s*");

  private final ReadingField field;
  private final @Nullable String unit;

  /** Values by text in lower case: the reading's own words, and those of the mapping. */
  private final Map<String, Integer> words = new HashMap<>();

  /** Values of a foreign mask's bits. */
  private final Map<Long, Integer> bits = new LinkedHashMap<>();

  /**
   * A parser of texts of a reading.
   *
   * @param unit unit of a number; null for the reading's own
   * @param values for a state, its words by the texts that stand for them, in any case; the words
   *     themselves are always understood
   * @param bits for a set, its words by the bits of a foreign mask, decimal or {@code 0x...}; null
   *     if the mask is the reading's own
   * @throws IllegalArgumentException if the reading takes no such thing; the message says why
   */
  public ReadingParser(
      ReadingField field,
      @Nullable String unit,
      @Nullable Map<String, String> values,
      @Nullable Map<String, String> bits) {
    this.field = field;
    this.unit = unit;
    if (unit != null && !field.units().containsKey(unit)) {
      throw new IllegalArgumentException(
          field.units().isEmpty()
              ? "'%s' is a state and has no unit".formatted(field.label())
              : "unit of '%s' is '%s', must be one of %s"
                  .formatted(field.label(), unit, String.join(", ", field.units().keySet())));
    }
    checkWords("values", values, !field.words().isEmpty());
    checkWords("bits", bits, field.isSet());
    field.words().forEach((word, value) -> words.put(lower(word), value));
    if (values != null) {
      values.forEach((text, word) -> words.put(lower(text), valueOf(word)));
    }
    if (bits != null) {
      bits.forEach((mask, word) -> this.bits.put(mask(mask), valueOf(word)));
    }
  }

  private void checkWords(String key, @Nullable Map<String, String> words, boolean allowed) {
    if (words == null) {
      return;
    }
    if (!allowed) {
      throw new IllegalArgumentException("'%s' takes no '%s'".formatted(field.label(), key));
    }
    words.forEach(
        (text, word) -> {
          if (word == null || !field.words().containsKey(word)) {
            throw new IllegalArgumentException(
                "'%s' of '%s': '%s' is '%s', must be one of %s"
                    .formatted(
                        key, field.label(), text, word, String.join(", ", field.words().keySet())));
          }
          if (key.equals("bits") && !isMask(text)) {
            throw new IllegalArgumentException(
                "'%s' of '%s': '%s' is no number, decimal or 0x..."
                    .formatted(key, field.label(), text));
          }
        });
  }

  private static boolean isMask(String text) {
    try {
      return mask(text) != 0;
    } catch (NumberFormatException e) {
      return false;
    }
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private int valueOf(String word) {
    return field.words().getOrDefault(word, 0);
  }

  /**
   * A set of bits.
   *
   * @throws NumberFormatException if it is no number, decimal or {@code 0x...}
   */
  private static long mask(String text) {
    return lower(text).startsWith("0x")
        ? Long.parseUnsignedLong(text.substring(2), 16)
        : Long.parseLong(text);
  }

  /** The reading. */
  public ReadingField field() {
    return field;
  }

  /** The value; {@link Report#ABSENT_LONG} if no chip or link can have it. */
  public long value(String text) {
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
