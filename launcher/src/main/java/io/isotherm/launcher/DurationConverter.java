package io.isotherm.launcher;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads durations as people write them: {@code 500ms}, {@code 180s}, {@code 1h30m}. */
final class DurationConverter implements ITypeConverter<Duration> {
  private static final Pattern WHOLE = Pattern.compile("(\\d{1,9}(ms|s|m|h|d))+");
  private static final Pattern PART = Pattern.compile("(\\d{1,9})(ms|s|m|h|d)");

  /** A hundred years: nobody means more, and it has a number of nanoseconds. */
  private static final Duration MOST = Duration.ofDays(36_500);

  @Override
  public Duration convert(String value) {
    if (!WHOLE.matcher(value).matches()) {
      throw new TypeConversionException(
          "'%s' is not a duration; write for instance 500ms, 180s, 10m or 1h30m".formatted(value));
    }
    Duration sum = Duration.ZERO;
    Matcher part = PART.matcher(value);
    while (part.find()) {
      long number = Long.parseLong(part.group(1));
      sum =
          sum.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(number);
                case "s" -> Duration.ofSeconds(number);
                case "m" -> Duration.ofMinutes(number);
                case "h" -> Duration.ofHours(number);
                default -> Duration.ofDays(number);
              });
    }
    if (sum.compareTo(MOST) > 0) {
      throw new TypeConversionException(
          "'%s' is longer than %dd, the longest duration".formatted(value, MOST.toDays()));
    }
    return sum;
  }
}
