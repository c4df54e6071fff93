package io.isotherm.readings;

import io.isotherm.model.Report;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A reading of a chip or of a link that others can give: a number, whose first unit is what is
 * taken if none is said, or a state, which has words.
 */
public enum ReadingField {
  /** What the exporter says of the chip. */
  HEALTH(
      Part.CHIP,
      words("ok", Report.HEALTH_OK, "warning", Report.HEALTH_WARNING, "fatal", Report.HEALTH_FATAL),
      (r, i, v) -> r.health[i] = (int) v),
  /** Code of the newest fatal or warning event. */
  ERROR_CODE(Part.CHIP, 0, Long.MAX_VALUE, units("code", 1), (r, i, v) -> r.errorCode[i] = v),
  /** Tenths of a degree Celsius. */
  TEMPERATURE(Part.CHIP, -400, 2_000, celsius(), (r, i, v) -> r.temperature[i] = (int) v),
  /** Tenths of a degree Celsius. */
  HBM_TEMPERATURE(Part.CHIP, -400, 2_000, celsius(), (r, i, v) -> r.hbmTemperature[i] = (int) v),
  /** Tenths of a watt. */
  POWER(
      Part.CHIP,
      0,
      50_000,
      units("watts", 10, "milliwatts", 0.01, "deciwatts", 1),
      (r, i, v) -> r.power[i] = (int) v),
  /** Thousandths. */
  UTILIZATION(Part.CHIP, 0, 1_000, share(), (r, i, v) -> r.utilization[i] = (int) v),
  /** Thousandths. */
  TENSOR_ACTIVITY(Part.CHIP, 0, 1_000, share(), (r, i, v) -> r.tensorActivity[i] = (int) v),
  /** Megahertz. */
  CLOCK(
      Part.CHIP,
      0,
      10_000,
      units("megahertz", 1, "gigahertz", 1_000, "hertz", 1e-6),
      (r, i, v) -> r.clock[i] = (int) v),
  /** Mebibytes. */
  HBM_USED(
      Part.CHIP,
      0,
      4_194_304,
      units("mebibytes", 1, "bytes", 1.0 / (1 << 20), "gibibytes", 1_024),
      (r, i, v) -> r.hbmUsed[i] = (int) v),
  /** Set of reasons that hold the clock down, a bit each. */
  THROTTLE_REASONS(
      Part.CHIP,
      words(
          "none",
          0,
          "thermal",
          Report.THROTTLE_THERMAL,
          "power",
          Report.THROTTLE_POWER,
          "hardware",
          Report.THROTTLE_HARDWARE,
          "other",
          Report.THROTTLE_OTHER),
      (r, i, v) -> r.throttleReasons[i] = (int) v),
  /** Corrected memory errors since the agent's start. */
  ECC_CORRECTED(
      Part.CHIP, 0, Long.MAX_VALUE, units("count", 1), (r, i, v) -> r.eccCorrected[i] = v),
  /** Uncorrected memory errors since the agent's start. */
  ECC_UNCORRECTED(
      Part.CHIP, 0, Long.MAX_VALUE, units("count", 1), (r, i, v) -> r.eccUncorrected[i] = v),
  /** Steps of the job since its start. */
  STEPS(Part.CHIP, 0, Long.MAX_VALUE, units("count", 1), (r, i, v) -> r.steps[i] = v),
  /** Whether the port carries traffic. */
  LINK_STATE(
      Part.LINK,
      words("up", Report.LINK_UP, "down", Report.LINK_DOWN),
      (r, i, v) -> r.linkState[i] = (int) v),
  /** Megabits a second. */
  LINK_RATE(
      Part.LINK,
      0,
      Integer.MAX_VALUE,
      units("megabits", 1, "gigabits", 1_000, "gigabytes", 8_000, "bits", 1e-6, "bytes", 8e-6),
      (r, i, v) -> r.linkRate[i] = (int) v),
  /** Bytes sent since the agent's start. */
  LINK_TX(Part.LINK, 0, Long.MAX_VALUE, bytes(), (r, i, v) -> r.txBytes[i] = v),
  /** Bytes received since the agent's start. */
  LINK_RX(Part.LINK, 0, Long.MAX_VALUE, bytes(), (r, i, v) -> r.rxBytes[i] = v),
  /** What was received with a wrong checksum since the agent's start. */
  LINK_CRC_ERRORS(Part.LINK, 0, Long.MAX_VALUE, units("count", 1), (r, i, v) -> r.crcErrors[i] = v),
  /** Retransmissions since the agent's start. */
  LINK_RETRIES(Part.LINK, 0, Long.MAX_VALUE, units("count", 1), (r, i, v) -> r.retries[i] = v),
  /** Times the link came back since the agent's start. */
  LINK_RECOVERIES(
      Part.LINK, 0, Long.MAX_VALUE, units("count", 1), (r, i, v) -> r.recoveries[i] = v),
  /** Microseconds in which data waited since the agent's start. */
  LINK_WAIT(
      Part.LINK,
      0,
      Long.MAX_VALUE,
      units("microseconds", 1, "milliseconds", 1_000, "seconds", 1e6, "nanoseconds", 1e-3),
      (r, i, v) -> r.waitMicros[i] = v);

  /** Puts a value into entry {@code i} of a report's chips or links. */
  private interface Putter {
    void put(Report r, int i, long v);
  }

  /** What a reading is of. */
  enum Part {
    CHIP,
    LINK
  }

  private static final String KELVIN = "kelvin";
  private static final double KELVIN_OFFSET = 2_731.5;

  /** Beyond it a double no longer holds every count. */
  private static final double EXACT = 0x1p53;

  /** So many digits are surely a {@code long}. */
  private static final int DIGITS = 18;

  private final Part part;
  private final long least;
  private final long most;

  /** In the order in which they are named; never changed. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final Map<String, Double> units;

  /** Values by word, in the order in which they are named; never changed. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final Map<String, Integer> words;

  /** Has no state. */
  @SuppressWarnings("ImmutableEnumChecker")
  private final Putter putter;

  ReadingField(Part part, long least, long most, Map<String, Double> units, Putter putter) {
    this.part = part;
    this.least = least;
    this.most = most;
    this.units = units;
    this.words = Map.of();
    this.putter = putter;
  }

  ReadingField(Part part, Map<String, Integer> words, Putter putter) {
    this.part = part;
    this.least = 0;
    this.most = words.values().stream().mapToInt(Integer::intValue).sum();
    this.units = Map.of();
    this.words = words;
    this.putter = putter;
  }

  /** Puts a value, in this field's own unit, into entry {@code i} of a report's chips or links. */
  public void put(Report r, int i, long v) {
    putter.put(r, i, v);
  }

  /** Its name in a mapping. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it is of a link, rather than of a chip. */
  public boolean ofLink() {
    return part == Part.LINK;
  }

  /** Whether it is a set of its words, a bit each, rather than one of them. */
  boolean isSet() {
    return this == THROTTLE_REASONS;
  }

  private static Map<String, Double> celsius() {
    return units("celsius", 10, KELVIN, 10, "decicelsius", 1);
  }

  private static Map<String, Double> share() {
    return units("percent", 10, "ratio", 1_000, "permille", 1);
  }

  /** InfiniBand counts words of four bytes. */
  private static Map<String, Double> bytes() {
    return units(
        "bytes", 1, "words", 4, "kibibytes", 1 << 10, "mebibytes", 1 << 20, "kilobytes", 1_000);
  }

  private static Map<String, Double> units(Object... namesAndFactors) {
    Map<String, Double> units = new LinkedHashMap<>();
    for (int i = 0; i < namesAndFactors.length; i += 2) {
      units.put((String) namesAndFactors[i], ((Number) namesAndFactors[i + 1]).doubleValue());
    }
    return units;
  }

  private static Map<String, Integer> words(Object... wordsAndValues) {
    Map<String, Integer> words = new LinkedHashMap<>();
    for (int i = 0; i < wordsAndValues.length; i += 2) {
      words.put((String) wordsAndValues[i], (Integer) wordsAndValues[i + 1]);
    }
    return words;
  }

  /** Factors by unit; empty for a state. */
  public Map<String, Double> units() {
    return units;
  }

  /** Values by word; empty for a number. */
  public Map<String, Integer> words() {
    return words;
  }

  /**
   * A value in the reading's own unit; {@link Report#ABSENT_LONG} if no chip or link can have it.
   *
   * @param text a number
   * @param unit one of {@link #units}; null for the first
   * @throws NumberFormatException if the text is no number
   */
  long number(String text, @Nullable String unit) {
    String in = unit == null ? units.keySet().iterator().next() : unit;
    double factor = units.getOrDefault(in, 1.0);
    long count = count(text);
    if (count >= 0 && factor == Math.rint(factor) && !in.equals(KELVIN)) {
      return product(count, (long) factor);
    }
    double own = Double.parseDouble(text) * factor - (in.equals(KELVIN) ? KELVIN_OFFSET : 0);
    return own >= least - 0.5 && own < Math.min(most + 0.5, EXACT)
        ? Math.round(own)
        : Report.ABSENT_LONG;
  }

  /** A whole number that is known exactly; -1 if the text is none. */
  private static long count(String text) {
    if (text.length() <= DIGITS && text.chars().allMatch(Character::isDigit)) {
      // The bytes of a busy link leave what a double can count within a day.
      return Long.parseLong(text);
    }
    double number = Double.parseDouble(text);
    return number >= 0 && number < EXACT && number == Math.rint(number) ? (long) number : -1;
  }

  /** The product, if it is within the limits; no double, whose digits may not do for it. */
  private long product(long count, long factor) {
    return Math.multiplyHigh(count, factor) == 0 && count * factor >= 0
        ? within(count * factor)
        : Report.ABSENT_LONG;
  }

  private long within(long value) {
    return value >= least && value <= most ? value : Report.ABSENT_LONG;
  }

  /** The field of this name; null if there is none. */
  public static @Nullable ReadingField of(String name) {
    return Arrays.stream(values()).filter(f -> f.label().equals(name)).findFirst().orElse(null);
  }

  /** The names of all. */
  public static List<String> names() {
    return Arrays.stream(values()).map(ReadingField::label).toList();
  }
}
