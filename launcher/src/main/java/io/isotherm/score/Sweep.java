package io.isotherm.score;

import io.isotherm.core.DetectorSettings;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One setting of the detectors at several values.
 *
 * @param key its name, as in a file of settings
 * @param values ascending
 */
public record Sweep(String key, List<Integer> values) {
  private static final Pattern FORM =
      Pattern.compile(
          "(?<key>[a-z_]+)=(?<from>\\d{1,9})\\.\\.(?<to>\\d{1,9})(?::(?<steps>\\d{1,3}))?");

  private static final int STEPS = 5;
  private static final int MOST_STEPS = 50;

  /** Copies the values. */
  public Sweep {
    values = List.copyOf(values);
  }

  /**
   * Reads {@code key=a..b} or {@code key=a..b:steps}; without steps there are {@value #STEPS}.
   *
   * @throws IllegalArgumentException if it is not of this form, or names no setting
   */
  public static Sweep parse(String text) {
    Matcher m = FORM.matcher(text);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "'%s' must be like hot_above_peers=100..200 or hot_above_peers=100..200:5"
              .formatted(text));
    }
    String key = DetectorFile.known(m.group("key"));
    int from = Integer.parseInt(m.group("from"));
    int to = Integer.parseInt(m.group("to"));
    int steps = m.group("steps") == null ? STEPS : Integer.parseInt(m.group("steps"));
    if (from >= to || steps < 2 || steps > MOST_STEPS) {
      throw new IllegalArgumentException(
          "'%s' must rise, in 2 to %d steps".formatted(text, MOST_STEPS));
    }
    Set<Integer> values = new LinkedHashSet<>();
    for (int i = 0; i < steps; i++) {
      values.add((int) Math.round(from + (double) (to - from) * i / (steps - 1)));
    }
    return new Sweep(key, new ArrayList<>(values));
  }

  /**
   * The settings at each value.
   *
   * @throws IllegalArgumentException if a value is out of range; the message says what is allowed
   */
  public List<DetectorSettings> of(DetectorSettings base) {
    return values.stream().map(v -> DetectorFile.with(base, Map.of(key, v))).toList();
  }
}
