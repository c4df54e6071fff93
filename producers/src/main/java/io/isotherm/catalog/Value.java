package io.isotherm.catalog;

import java.math.BigDecimal;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * A number with its unit and where it comes from.
 *
 * @param number the number to reckon with; null if not published and nothing stands in
 * @param low lower end where the source gives a range, or null
 * @param high upper end where the source gives a range, or null
 * @param unit the unit; empty for a count
 * @param confidence where the number comes from
 * @param source who says so, or the reason of an assumption
 */
public record Value(
    @Nullable Double number,
    @Nullable Double low,
    @Nullable Double high,
    String unit,
    Confidence confidence,
    String source) {

  /**
   * @throws IllegalArgumentException if the number is missing although not marked unpublished, or
   *     the other way round, or is not finite, or lies outside its own range
   */
  public Value {
    if ((number == null) != (confidence == Confidence.UNPUBLISHED)) {
      throw new IllegalArgumentException(
          "a value is null exactly when its confidence is unpublished");
    }
    if (number != null && !Double.isFinite(number)) {
      throw new IllegalArgumentException("a value must be a finite number");
    }
    if ((low == null) != (high == null)) {
      throw new IllegalArgumentException("a range needs both low and high");
    }
    if (low != null && high != null && (number == null || low > number || number > high)) {
      throw new IllegalArgumentException("a value must lie in its range, low to high");
    }
  }

  /** A number that nobody published and nothing stands in for. */
  static Value unpublished(String unit) {
    return new Value(null, null, null, unit, Confidence.UNPUBLISHED, "not published");
  }

  /** A stand-in for a number that nobody published. */
  static Value assumed(double number, String unit, String reason) {
    return new Value(number, null, null, unit, Confidence.ASSUMED, reason);
  }

  /** The number, or empty if not published. */
  public OptionalDouble optional() {
    return number == null ? OptionalDouble.empty() : OptionalDouble.of(number);
  }

  /**
   * The number where one must exist.
   *
   * @throws IllegalStateException if it is not published
   */
  public double required() {
    if (number == null) {
      throw new IllegalStateException("the value is not published");
    }
    return number;
  }

  /** The number for people, with its range and unit: {@code 300 (280 to 320) TFLOPS}. */
  public String text() {
    if (number == null) {
      return "not published";
    }
    String range =
        low == null || high == null ? "" : " (%s to %s)".formatted(format(low), format(high));
    return format(number) + range + (unit.isEmpty() ? "" : " " + unit);
  }

  /** A number for people: thousands apart, three decimals at most. */
  public static String format(double number) {
    return new DecimalFormat("#,##0.###", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(BigDecimal.valueOf(number));
  }
}
