package io.isotherm.export;

import io.isotherm.avro.Histogram;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The series of one answer: the families in the order of their names, the series of each in the
 * order in which they came. The line of a sample is the same in text 0.0.4 and in OpenMetrics, and
 * is written when the sample comes; only what stands above the lines of a family differs.
 */
final class SeriesPage {
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS = "application/openmetrics-text";
  private static final String OPEN_METRICS_1 = OPEN_METRICS + "; version=1.0.0; charset=utf-8";

  private static final byte[] BUCKET = ",le=\"".getBytes(StandardCharsets.UTF_8);
  private static final byte[] BUCKET_END = {'"', '}', ' '};
  private static final byte[] ONE = {'1'};
  private static final byte[] LINE_END = {'\n'};

  private static final List<Family> BY_NAME =
      Arrays.stream(Family.values()).sorted(Comparator.comparing(Family::metric)).toList();

  /** Names of families that are not counters, in OpenMetrics. */
  private static final Set<String> TAKEN =
      BY_NAME.stream()
          .filter(family -> family.type() != Family.Type.COUNTER)
          .map(Family::metric)
          .collect(Collectors.toSet());

  private static final Map<Family, SampleName> SAMPLES = names("");
  private static final Map<Family, SampleName> BUCKETS = names("_bucket");
  private static final Map<Family, SampleName> COUNTS = names("_count");
  private static final Map<Family, SampleName> SUMS = names("_sum");

  private final Map<Family, ExpositionText> samples = new EnumMap<>(Family.class);
  private int series;

  private static Map<Family, SampleName> names(String suffix) {
    Map<Family, SampleName> names = new EnumMap<>(Family.class);
    for (Family family : Family.values()) {
      names.put(family, new SampleName(family.metric() + suffix, family.labels()));
    }
    return names;
  }

  /** Series so far. */
  int series() {
    return series;
  }

  /**
   * Adds a series of a family that is not a histogram.
   *
   * @param labels values of the family's labels, in its order
   */
  void add(Family family, double value, String... labels) {
    ExpositionText text = begin(family, SAMPLES, labels);
    switch (family.type()) {
      case GAUGE, COUNTER -> text.append(value);
      case INFO -> text.append(ONE);
      case HISTOGRAM -> throw new IllegalArgumentException(family + " needs a distribution");
    }
    text.append(LINE_END);
  }

  /**
   * Adds the series of a histogram.
   *
   * @param boundUnit bounds of {@code histogram} are divided by it
   * @param sumUnit its sum is divided by it
   * @param labels values of the family's labels, in its order
   */
  void add(Family family, Histogram histogram, double boundUnit, double sumUnit, String... labels) {
    List<Integer> bounds = histogram.getBounds();
    long count = 0;
    for (int i = 0; i <= bounds.size(); i++) {
      count += histogram.getCounts().get(i);
      double bound = i < bounds.size() ? bounds.get(i) / boundUnit : Double.POSITIVE_INFINITY;
      ExpositionText text = samples(family);
      name(BUCKETS, family).begin(text, labels);
      text.append(BUCKET).append(bound).append(BUCKET_END).append(count).append(LINE_END);
      series++;
    }
    begin(family, COUNTS, labels).append(count).append(LINE_END);
    begin(family, SUMS, labels).append(histogram.getSum() / sumUnit).append(LINE_END);
  }

  private ExpositionText begin(Family family, Map<Family, SampleName> names, String... labels) {
    ExpositionText text = samples(family);
    SampleName name = name(names, family);
    name.begin(text, labels);
    name.end(text);
    series++;
    return text;
  }

  private ExpositionText samples(Family family) {
    return samples.computeIfAbsent(family, f -> new ExpositionText());
  }

  private static SampleName name(Map<Family, SampleName> names, Family family) {
    return Objects.requireNonNull(names.get(family));
  }

  /**
   * Answers a scrape.
   *
   * @param accept value of the header Accept; text 0.0.4 if it does not name OpenMetrics
   */
  Reply reply(String accept) {
    boolean open = accept.contains(OPEN_METRICS);
    return new Reply(200, open ? OPEN_METRICS_1 : TEXT, open ? openMetrics() : text());
  }

  private byte[] text() {
    ExpositionText all = new ExpositionText();
    for (Family family : BY_NAME) {
      @Nullable ExpositionText lines = samples.get(family);
      if (lines != null) {
        String type = family.type() == Family.Type.INFO ? "gauge" : word(family.type());
        all.append("# HELP " + family.metric() + " " + family.help() + "\n");
        all.append("# TYPE " + family.metric() + " " + type + "\n");
        all.append(lines);
      }
    }
    return all.toBytes();
  }

  /**
   * In OpenMetrics a family's name is without the suffix of its type. A counter may have the name
   * of a gauge and {@code _total}; both would be one family there, so such a counter is of type
   * unknown under its full name, and its samples are the same.
   */
  byte[] openMetrics() {
    ExpositionText all = new ExpositionText();
    for (Family family : BY_NAME) {
      @Nullable ExpositionText lines = samples.get(family);
      if (lines != null) {
        String name = family.metric().replaceAll("_(total|info)$", "");
        String type = word(family.type());
        if (family.type() == Family.Type.COUNTER && TAKEN.contains(name)) {
          name = family.metric();
          type = "unknown";
        }
        all.append("# TYPE " + name + " " + type + "\n");
        all.append("# HELP " + name + " " + family.help() + "\n");
        all.append(lines);
      }
    }
    return all.append("# EOF\n").toBytes();
  }

  private static String word(Family.Type type) {
    return ResultState.word(type);
  }
}
