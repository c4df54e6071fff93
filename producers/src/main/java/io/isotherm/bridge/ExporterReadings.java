package io.isotherm.bridge;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.readings.ReadingField;
import io.isotherm.readings.ReadingParser;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds the readings of a board in what an exporter answers. Immutable, and safe for use by several
 * threads.
 */
final class ExporterReadings {
  /** Digits of the number of a chip or port. */
  private static final int MOST_DIGITS = 4;

  /** Names of metrics that are remembered: an exporter has some hundred. */
  private static final int MOST_NAMES = 4_096;

  /** Never a reading. */
  private static final String NAN = "NaN";

  private final String name;
  private final ExporterMapping mapping;

  /** Uses of metrics by their names. */
  private final Map<String, List<Use>> exact = new HashMap<>();

  /** Uses of metrics whose names have the number of a port, by what stands before it. */
  private final Map<String, List<Use>> numbered = new HashMap<>();

  /** What metrics that have been seen are good for, by their names; nothing for most. */
  private final Map<String, List<Named>> seen = new ConcurrentHashMap<>();

  /** Sources of each reading, the preferred one first; each as the uses that are added up. */
  private final Map<ReadingField, List<List<Use>>> sources = new EnumMap<>(ReadingField.class);

  /** What a metric is good for. Compared by identity. */
  private static final class Use {
    final ReadingField field;
    final ReadingParser parser;
    final Set<String> sentinels;
    final List<String> without;

    /** What stands behind the number of a port in the metric's name; null if it has no number. */
    final @Nullable String suffix;

    Use(
        ReadingField field,
        ReadingParser parser,
        Set<String> sentinels,
        List<String> without,
        @Nullable String suffix) {
      this.field = field;
      this.parser = parser;
      this.sentinels = sentinels;
      this.without = without;
      this.suffix = suffix;
    }
  }

  /**
   * A use of a metric.
   *
   * @param port the number of the port in its name; null if the name has none
   */
  private record Named(Use use, @Nullable String port) {}

  /** A value's place: a chip, or a port of it, and what the value is for. */
  private record Slot(PartOfBoard part, Use use) {}

  ExporterReadings(String name, ExporterMapping mapping) {
    this.name = name;
    this.mapping = mapping;
    mapping
        .readings()
        .forEach(
            (label, of) -> {
              ReadingField field = ReadingField.of(label);
              if (field != null) {
                of.forEach(source -> add(field, source));
              }
            });
  }

  private void add(ReadingField field, ExporterMapping.Source source) {
    ReadingParser parser = new ReadingParser(field, source.unit(), source.values(), source.bits());
    Set<String> sentinels = new HashSet<>();
    for (List<String> some : nonNull(mapping.sentinels(), source.sentinels())) {
      some.forEach(s -> sentinels.add(canonical(s)));
    }
    List<String> without = source.without() == null ? List.of() : source.without();
    List<Use> added = new ArrayList<>();
    for (String metric : source.metric()) {
      int number = metric.indexOf(ExporterMapping.PORT);
      if (number < 0) {
        Use use = new Use(field, parser, sentinels, without, null);
        exact.computeIfAbsent(metric, m -> new ArrayList<>()).add(use);
        added.add(use);
      } else {
        String suffix = metric.substring(number + ExporterMapping.PORT.length());
        Use use = new Use(field, parser, sentinels, without, suffix);
        numbered.computeIfAbsent(metric.substring(0, number), m -> new ArrayList<>()).add(use);
        added.add(use);
      }
    }
    sources.computeIfAbsent(field, f -> new ArrayList<>()).add(added);
  }

  @SafeVarargs
  private static List<List<String>> nonNull(@Nullable List<String>... lists) {
    List<List<String>> given = new ArrayList<>();
    for (@Nullable List<String> list : lists) {
      if (list != null) {
        given.add(list);
      }
    }
    return given;
  }

  /** Name of the mapping. */
  String name() {
    return name;
  }

  /** A number for what the mapping says: texts, numbers, and lists and maps of them. */
  int fingerprint() {
    return mapping.hashCode();
  }

  /** Whether the mapping has a value by which a chip is broken. */
  boolean knowsFatal() {
    return mapping.readings().getOrDefault(ReadingField.HEALTH.label(), List.of()).stream()
        .anyMatch(source -> source.values() != null && source.values().containsValue("fatal"));
  }

  /** The readings that the mapping knows, by name. */
  Set<String> fields() {
    Set<String> names = new TreeSet<>();
    sources.keySet().forEach(field -> names.add(field.label()));
    return names;
  }

  /**
   * Reads an answer.
   *
   * @param text what the exporter answered
   * @param layout the pod of the board
   * @param nowMs time of the answer
   * @param into gets the readings
   * @throws BridgeException if the answer is no text of Prometheus
   */
  void read(String text, PodLayout layout, long nowMs, BoardReadings into) {
    Answer answer = new Answer(layout, nowMs, into);
    ExpositionText.read(text, metric -> !usesOf(metric).isEmpty(), answer::take);
    answer.end();
  }

  private List<Named> usesOf(String metric) {
    List<Named> known = seen.get(metric);
    if (known == null) {
      known = find(metric);
      if (seen.size() < MOST_NAMES) {
        seen.put(metric, known);
      }
    }
    return known;
  }

  private List<Named> find(String metric) {
    List<Named> found = new ArrayList<>();
    exact.getOrDefault(metric, List.of()).forEach(use -> found.add(new Named(use, null)));
    for (int i = 1; i < metric.length(); i++) {
      for (Use use : numbered.getOrDefault(metric.substring(0, i), List.of())) {
        String rest = metric.substring(i);
        String suffix = use.suffix == null ? "" : use.suffix;
        String port = rest.substring(0, Math.max(0, rest.length() - suffix.length()));
        if (rest.endsWith(suffix) && isNumber(port)) {
          found.add(new Named(use, port));
        }
      }
    }
    return List.copyOf(found);
  }

  private static boolean isNumber(String text) {
    return !text.isEmpty() && text.length() <= MOST_DIGITS && isDigits(text);
  }

  private static boolean isDigits(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) < '0' || text.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  /** A number, by its name if there are names; -1 if it is none. */
  private static int number(String text, @Nullable Map<String, Integer> names) {
    if (names != null) {
      return names.getOrDefault(text, -1);
    }
    return isNumber(text) ? Integer.parseInt(text) : -1;
  }

  /**
   * A whole number as digits, and what is not a number as {@value #NAN}, however it was written:
   * masks and states are compared as text.
   */
  static String canonical(String text) {
    if (isDigits(text)) {
      return text;
    }
    try {
      // Doubles, as most exporters count, are whole numbers beyond 2^53 too.
      return Long.toString(new BigDecimal(text).longValueExact());
    } catch (ArithmeticException | NumberFormatException e) {
      return ExpositionText.isNaN(text) ? NAN : text;
    }
  }

  /** What one answer of an exporter says, sample by sample. */
  private final class Answer {
    private final PodLayout layout;
    private final long nowMs;
    private final BoardReadings into;
    private final Map<Slot, Long> values = new HashMap<>();
    private final Set<PartOfBoard> parts = new TreeSet<>();

    Answer(PodLayout layout, long nowMs, BoardReadings into) {
      this.layout = layout;
      this.nowMs = nowMs;
      this.into = into;
    }

    void take(Sample sample) {
      String name = sample.labels().get(mapping.chip());
      if (name == null) {
        // Of something else than a chip: a switch, or the host.
        return;
      }
      int chip = number(name, mapping.chips());
      if (chip < 0 || chip >= layout.chipsPerBoard()) {
        unknown(
            chip,
            mapping.chips(),
            "%s=\"%s\"".formatted(mapping.chip(), name),
            "is no chip of the board, which has %d".formatted(layout.chipsPerBoard()));
        return;
      }
      if (sample.timeMs() != null && nowMs - sample.timeMs() > mapping.staleMs()) {
        into.complain(
            sample.metric(),
            "%s of chip %d is %d s old"
                .formatted(sample.metric(), chip, (nowMs - sample.timeMs()) / 1_000));
        return;
      }
      for (Named of : usesOf(sample.metric())) {
        PartOfBoard part = part(sample, of, chip);
        if (part != null) {
          take(sample, of.use, part);
        }
      }
    }

    /** The part of the board that a sample of a chip speaks of; null if there is none. */
    private @Nullable PartOfBoard part(Sample sample, Named of, int chip) {
      List<String> labels = mapping.port();
      if (of.port != null) {
        return port(sample, chip, of.port);
      }
      if (!of.use.field.ofLink()) {
        return new PartOfBoard(chip, PartOfBoard.NO_PORT);
      }
      return labels == null
          ? null
          : port(
              sample,
              chip,
              String.join(
                  "/", labels.stream().map(l -> sample.labels().getOrDefault(l, "")).toList()));
    }

    private @Nullable PartOfBoard port(Sample sample, int chip, String name) {
      int port = number(name, mapping.ports());
      if (port < 0 || port >= layout.portsPerChip()) {
        unknown(
            port,
            mapping.ports(),
            "%s, port '%s',".formatted(sample.metric(), name),
            "is no port of a chip, which has %d".formatted(layout.portsPerChip()));
        return null;
      }
      return new PartOfBoard(chip, port);
    }

    /** Notes a chip or port that the board has not; names that are not mapped are not meant. */
    private void unknown(
        int number, @Nullable Map<String, Integer> names, String what, String why) {
      if (names == null) {
        into.complain(what, what + " " + why);
      } else if (number >= 0) {
        into.complain(what, "%s is mapped to %d, which %s".formatted(what, number, why));
      } else {
        into.passOver(what + " is not in the mapping");
      }
    }

    private void take(Sample sample, Use use, PartOfBoard part) {
      String text = canonical(sample.value());
      if (text.equals(NAN)
          || use.sentinels.contains(text)
          || use.without.stream().anyMatch(sample.labels()::containsKey)) {
        return;
      }
      long value = use.parser.value(text);
      if (value == Report.ABSENT_LONG) {
        into.complain(
            sample.metric() + use.field,
            "%s of %s: '%s' is no %s"
                .formatted(sample.metric(), part, sample.value(), use.field.label()));
        return;
      }
      // Of several samples of one metric, for instance one for each container, the first counts.
      values.putIfAbsent(new Slot(part, use), value);
      parts.add(part);
    }

    /** Hands on what was found. */
    void end() {
      for (PartOfBoard part : parts) {
        sources.forEach(
            (field, of) -> {
              Long value = field.ofLink() == part.isLink() ? first(of, part) : null;
              if (value != null) {
                into.put(part, field, value);
              }
            });
      }
    }

    /** What the first source gives of which every value is there; null if there is none. */
    private @Nullable Long first(List<List<Use>> of, PartOfBoard part) {
      for (List<Use> source : of) {
        long sum = 0;
        boolean whole = true;
        for (Use use : source) {
          Long value = values.get(new Slot(part, use));
          whole &= value != null;
          sum += value == null ? 0 : value;
        }
        if (whole) {
          return sum;
        }
      }
      return null;
    }
  }
}
