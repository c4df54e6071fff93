package io.isotherm.benchmarks;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * The steps from wire to {@code /metrics}, measured one by one with JMH, and what a table of them
 * says: nanoseconds for each chip and second.
 */
final class Steps {
  private static final int[] CHIPS = {1, 8, 64};

  /** A window, and with it a commit, comes once for so many samples of a chip. */
  private static final int SAMPLES_PER_WINDOW = Load.WINDOW_MS / 1_000;

  /** Seconds between two scrapes, as in {@code prometheus/}. */
  private static final int SCRAPE_SECONDS = 5;

  private static final int CHIPS_OF_A_POD = 15_488;

  private final Map<String, Double> scores = new TreeMap<>();
  private final Map<Integer, Double> raw = new TreeMap<>();
  private final Map<Integer, Double> monitor = new TreeMap<>();

  /** Runs the benchmarks whose names match a pattern. */
  static Steps measure(String pattern, boolean quick, Path root) throws RunnerException {
    OptionsBuilder options = new OptionsBuilder();
    options.include(pattern);
    options.shouldFailOnError(true);
    options.jvmArgs("-XX:+UseSerialGC", "-Xms512m", "-Xmx2g", "-Disotherm.root=" + root);
    if (quick) {
      options.warmupIterations(2).measurementIterations(2);
    }
    return of(new Runner(options.build()).run());
  }

  private static Steps of(Collection<RunResult> results) {
    Steps steps = new Steps();
    for (RunResult result : results) {
      String method = result.getPrimaryResult().getLabel();
      for (String param : result.getParams().getParamsKeys()) {
        steps.score(
            method,
            Integer.parseInt(result.getParams().getParam(param)),
            result.getPrimaryResult().getScore());
      }
    }
    return steps;
  }

  /** Takes a benchmark's nanoseconds for an operation at a value of its parameter. */
  void score(String method, int parameter, double nanos) {
    scores.put(method + "/" + parameter, nanos);
  }

  /** Takes what the whole costs, for the same number of chips a report. */
  void whole(Pairs p1) {
    raw.put(p1.chipsPerReport(), p1.firstNanos());
    monitor.put(p1.chipsPerReport(), p1.secondNanos());
  }

  /** Everything that JMH measured, for a run on its own. */
  Map<String, Double> scores() {
    return scores;
  }

  /**
   * The table in Markdown. The steps of the monitor add up to what the whole costs where that is
   * known: the last of them is what is left.
   */
  String table() {
    StringBuilder s = new StringBuilder();
    s.append("| ns a chip-sample | 1 chip a report | 8 chips | 64 chips |\n");
    s.append("| --- | ---: | ---: | ---: |\n");
    List<Row> monitorRows = new ArrayList<>();
    monitorRows.add(
        row(
            "fetch, decompress, iterate (raw consumer less decode)",
            n -> less(raw.get(n), decode(n))));
    monitorRows.add(row("decode", this::decode));
    monitorRows.add(row("`PodMonitor.accept`", n -> less(score("decodeAndAccept", n), decode(n))));
    monitorRows.add(row("window close", n -> each(score("closeWindow", n), SAMPLES_PER_WINDOW)));
    monitorRows.add(row("page write", n -> each(score("writePages", n), SAMPLES_PER_WINDOW)));
    monitorRows.add(
        row(
            "Kafka Streams, results, changelog, commit (the rest)",
            n -> {
              Double rest = monitor.get(n);
              for (Row row : List.copyOf(monitorRows.subList(0, 5))) {
                rest = less(rest, row.values().get(n));
              }
              return rest;
            }));
    monitorRows.forEach(row -> s.append(row.line()));
    s.append(row("**monitor**", monitor::get).line());
    s.append(row("encode (producer)", n -> less(score("decodeAndEncode", n), decode(n))).line());
    s.append(row("page read, for each chip once", n -> score("readPages", n)).line());
    s.append(
        row(
                "a scrape every %d s, one pod".formatted(SCRAPE_SECONDS),
                n -> each(score("scrape", 1), CHIPS_OF_A_POD * SCRAPE_SECONDS))
            .line());
    s.append(
        row(
                "a scrape every %d s, 65 pods".formatted(SCRAPE_SECONDS),
                n -> each(score("scrape", 65), 65 * CHIPS_OF_A_POD * SCRAPE_SECONDS))
            .line());
    return s.toString();
  }

  void print(PrintWriter out) {
    out.print(table());
    out.println();
    scores.forEach((name, nanos) -> out.printf("%-20s %12s ns%n", name, Finding.number(nanos)));
    out.flush();
  }

  private @Nullable Double score(String method, int parameter) {
    return scores.get(method + "/" + parameter);
  }

  private @Nullable Double decode(int chips) {
    return score("decode", chips);
  }

  private static @Nullable Double less(@Nullable Double a, @Nullable Double b) {
    return a == null || b == null ? null : Double.valueOf(a - b);
  }

  private static @Nullable Double each(@Nullable Double a, int n) {
    return a == null ? null : Double.valueOf(a / n);
  }

  private interface Figure {
    @Nullable Double of(int chips);
  }

  private record Row(String step, Map<Integer, Double> values) {
    String line() {
      StringBuilder s = new StringBuilder("| ").append(step);
      for (int n : CHIPS) {
        Double value = values.get(n);
        s.append(" | ").append(value == null ? "" : String.format(Locale.ROOT, "%.2f", value));
      }
      return s.append(" |\n").toString();
    }
  }

  private static Row row(String step, Figure figure) {
    Map<Integer, Double> values = new TreeMap<>();
    for (int n : CHIPS) {
      Double value = figure.of(n);
      if (value != null) {
        values.put(n, value);
      }
    }
    return new Row(step, values);
  }
}
