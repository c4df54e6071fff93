package io.isotherm.backtest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.StoppedException;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Alerting rules tried on the past: which alerts would have fired, from when to when.
 *
 * <p>A real Prometheus evaluates every expression, over blocks that promtool made of the metrics
 * over event time. promtool itself can backfill recording rules but leaves alerts out, so what an
 * alert does with its expression's answers is done here, as Prometheus 2.42 does it ({@code
 * AlertingRule.Eval}): an alert is pending from the first evaluation that gives its labels, fires
 * at the first at least {@code for} later, and ends at the first that does not give them, or, if it
 * fires, at the first such at least {@code keep_firing_for} after the first such.
 */
final class RuleTrial {
  /**
   * An alert that was pending or fired.
   *
   * @param alert name of the rule
   * @param labels labels of the expression's answer and of the rule
   * @param pendingMs evaluation that gave it first
   * @param firingMs evaluation at which it fired; -1 if it never did
   * @param endMs first evaluation at which it was over; -1 if it never was
   */
  record Alert(
      String alert, SortedMap<String, String> labels, long pendingMs, long firingMs, long endMs) {}

  private record Rule(
      String name,
      String query,
      long holdMs,
      long keepMs,
      long intervalMs,
      SortedMap<String, String> labels) {}

  /**
   * A rule that records.
   *
   * @param group number of its group
   */
  private record Recorded(
      int group, String name, String query, long intervalMs, SortedMap<String, String> labels) {
    /** Whether the name of another one stands in its expression. */
    boolean reads(Recorded other) {
      return !other.name.equals(name)
          && Arrays.asList(NO_NAME.split(query, -1)).contains(other.name);
    }
  }

  /** What stands between the names of metrics. */
  private static final Pattern NO_NAME = Pattern.compile("[^a-zA-Z0-9_:]+");

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Most points that Prometheus answers to one query is 11,000. */
  private static final int MOST_STEPS = 10_000;

  /** How long promtool may take. */
  private static final Duration PATIENCE = Duration.ofHours(1);

  /** How often it is asked whether to end while another program is waited for. */
  static final long LOOK_MS = 500;

  private final Path rules;
  private final Path openMetrics;
  private final long firstMs;
  private final long lastMs;
  private final long windowMs;
  private final BooleanSupplier stop;

  /**
   * @param rules file of rules, or a directory of such
   * @param openMetrics the metrics over event time
   * @param firstMs time of their first samples, in milliseconds since 1970-01-01 UTC
   * @param lastMs time of their last samples
   * @param windowMs time between two samples
   * @param stop whether to end early
   */
  RuleTrial(
      Path rules,
      Path openMetrics,
      long firstMs,
      long lastMs,
      long windowMs,
      BooleanSupplier stop) {
    this.rules = rules;
    this.openMetrics = openMetrics;
    this.firstMs = firstMs;
    this.lastMs = lastMs;
    this.windowMs = windowMs;
    this.stop = stop;
  }

  /**
   * Files with rules, in the order of their names.
   *
   * @throws RecordingException if there are none
   */
  static List<Path> files(Path rules) throws IOException {
    if (Files.isRegularFile(rules)) {
      return List.of(rules.toAbsolutePath());
    }
    if (!Files.isDirectory(rules)) {
      throw new RecordingException("there are no rules " + rules);
    }
    try (Stream<Path> all = Files.list(rules)) {
      List<Path> files =
          all.filter(f -> f.toString().endsWith(".yml") || f.toString().endsWith(".yaml"))
              .map(Path::toAbsolutePath)
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new RecordingException("there is no *.yml with rules in " + rules);
      }
      return files;
    }
  }

  /**
   * Where a program is.
   *
   * @throws RecordingException if it is not installed; the message says what to install
   */
  static Path program(String name) {
    for (String directory :
        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(directory, name);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    throw new RecordingException(
        "%s is not on the PATH; install Prometheus (Debian: apt install prometheus), which has it"
            .formatted(name));
  }

  /**
   * Tries the rules; leaves nothing behind.
   *
   * @throws RecordingException if Prometheus does not take them
   * @throws StoppedException if it was asked to end
   */
  List<Alert> run() throws IOException, InterruptedException {
    Path directory = Files.createTempDirectory("isotherm-rules");
    try {
      return in(directory);
    } catch (IOException | RecordingException e) {
      // Ctrl-C ends promtool and Prometheus as well.
      endIfStopped();
      throw e;
    } finally {
      try (Stream<Path> all = Files.walk(directory)) {
        for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  private void endIfStopped() {
    if (stop.getAsBoolean()) {
      throw new StoppedException();
    }
  }

  private List<Alert> in(Path directory) throws IOException, InterruptedException {
    List<Path> files = files(rules);
    List<Rule> alerting = new ArrayList<>();
    List<Recorded> recording = new ArrayList<>();
    Path promtool = program("promtool");
    for (Path file : files) {
      promtool(directory, List.of(promtool.toString(), "check", "rules", file.toString()));
    }
    // An empty Prometheus reads the rules: nobody knows their form better.
    Path config = directory.resolve("config.yml");
    Files.writeString(config, config("rules-*.yml"));
    for (int i = 0; i < files.size(); i++) {
      // It takes names of files for patterns, so that those of the user may match nothing.
      Files.copy(files.get(i), directory.resolve("rules-%d.yml".formatted(i)));
    }
    try (LocalPrometheus reader =
        LocalPrometheus.start(directory, config, directory.resolve("none"), windowMs, stop)) {
      JsonNode groups = reader.get("/api/v1/rules").at("/groups");
      if (groups.isEmpty()) {
        throw new RecordingException("Prometheus finds no group of rules in " + rules);
      }
      int number = 0;
      for (JsonNode group : groups) {
        long intervalMs = Math.round(group.path("interval").asDouble() * 1000);
        number++;
        for (JsonNode rule : group.path("rules")) {
          if (rule.path("type").asText().equals("recording")) {
            recording.add(recorded(rule, number, intervalMs));
          } else {
            alerting.add(rule(rule, intervalMs));
          }
        }
      }
    }
    Path data = directory.resolve("data");
    Files.createDirectories(data);
    blocks(
        promtool,
        directory,
        "openmetrics",
        openMetrics.toAbsolutePath().toString(),
        data.toString());
    Path plain = directory.resolve("plain.yml");
    Files.writeString(plain, config(null));
    long lookbackMs =
        Math.max(windowMs, alerting.stream().mapToLong(Rule::intervalMs).max().orElse(0));
    // A Prometheus does not see what promtool adds to its blocks, so each pass has its own.
    for (List<Recorded> pass : passes(recording)) {
      Path file = directory.resolve("pass.json");
      Files.writeString(file, groups(pass));
      try (LocalPrometheus base = LocalPrometheus.start(directory, plain, data, lookbackMs, stop)) {
        blocks(
            promtool,
            directory,
            "rules",
            "--start=" + firstMs / 1000,
            "--end=" + lastMs / 1000,
            "--url=" + base.url(),
            "--output-dir=" + data,
            file.toString());
      }
    }
    List<Alert> alerts = new ArrayList<>();
    try (LocalPrometheus past = LocalPrometheus.start(directory, plain, data, lookbackMs, stop)) {
      for (Rule rule : alerting) {
        evaluate(past, rule, alerts);
      }
    }
    alerts.sort(
        Comparator.comparingLong(Alert::pendingMs)
            .thenComparing(Alert::alert)
            .thenComparing(a -> a.labels().toString()));
    return alerts;
  }

  /**
   * A configuration of Prometheus.
   *
   * @param rules pattern for the files of rules beside it; null for none
   */
  private String config(@Nullable String rules) {
    String text = "global:\n  evaluation_interval: %dms\n".formatted(windowMs);
    return rules == null ? text : text + "rule_files: ['%s']\n".formatted(rules);
  }

  /**
   * The rules in the order in which they can be backfilled: each comes in a later pass than those
   * whose names stand in its expression. Rules that read one another in a circle come last,
   * together.
   */
  private static List<List<Recorded>> passes(List<Recorded> rules) {
    List<List<Recorded>> passes = new ArrayList<>();
    List<Recorded> left = rules;
    while (!left.isEmpty()) {
      List<Recorded> waiting = left;
      List<Recorded> ready =
          waiting.stream().filter(r -> waiting.stream().noneMatch(r::reads)).toList();
      List<Recorded> pass = ready.isEmpty() ? waiting : ready;
      passes.add(pass);
      left = waiting.stream().filter(r -> !pass.contains(r)).toList();
    }
    return passes;
  }

  /** A file of the rules, in their groups; JSON is YAML. */
  private static String groups(List<Recorded> rules) {
    ObjectNode file = JSON.createObjectNode();
    ArrayNode groups = file.putArray("groups");
    Map<Integer, ArrayNode> rulesOf = new HashMap<>();
    for (Recorded r : rules) {
      ObjectNode rule =
          rulesOf
              .computeIfAbsent(
                  r.group(),
                  number ->
                      groups
                          .addObject()
                          .put("name", "group-" + number)
                          .put("interval", r.intervalMs() + "ms")
                          .putArray("rules"))
              .addObject();
      rule.put("record", r.name()).put("expr", r.query());
      ObjectNode labels = rule.putObject("labels");
      r.labels().forEach(labels::put);
    }
    return file.toString();
  }

  private static SortedMap<String, String> labels(JsonNode rule) {
    SortedMap<String, String> labels = new TreeMap<>();
    rule.path("labels").properties().forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
    return labels;
  }

  private static Recorded recorded(JsonNode rule, int group, long intervalMs) {
    return new Recorded(
        group, rule.path("name").asText(), rule.path("query").asText(), intervalMs, labels(rule));
  }

  private static Rule rule(JsonNode rule, long intervalMs) {
    return new Rule(
        rule.path("name").asText(),
        rule.path("query").asText(),
        Math.round(rule.path("duration").asDouble() * 1000),
        Math.round(rule.path("keepFiringFor").asDouble() * 1000),
        intervalMs,
        labels(rule));
  }

  /** Lets promtool write blocks of the database. */
  private void blocks(Path promtool, Path directory, String... from)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of(promtool.toString(), "tsdb", "create-blocks-from"));
    line.addAll(List.of(from));
    promtool(directory, line);
  }

  private void promtool(Path directory, List<String> line)
      throws IOException, InterruptedException {
    Path log = directory.resolve("promtool.log");
    Process process =
        new ProcessBuilder(line).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      long giveUp = System.nanoTime() + PATIENCE.toNanos();
      boolean ended = false;
      while (!ended && System.nanoTime() < giveUp) {
        endIfStopped();
        ended = process.waitFor(LOOK_MS, TimeUnit.MILLISECONDS);
      }
      if (!ended || process.exitValue() != 0) {
        String said = Files.readString(log).strip();
        throw new RecordingException(
            "%s failed: %s".formatted(String.join(" ", line.subList(0, 3)), said));
      }
    } finally {
      // It must not write any more: what it writes is taken away.
      process.destroyForcibly().waitFor();
    }
  }

  private static final class Active {
    final long pendingMs;
    long firingMs = -1;
    long keptSinceMs = -1;

    Active(long pendingMs) {
      this.pendingMs = pendingMs;
    }
  }

  private void evaluate(LocalPrometheus past, Rule rule, List<Alert> alerts)
      throws IOException, InterruptedException {
    long step = rule.intervalMs();
    Map<SortedMap<String, String>, Active> active = new HashMap<>();
    long begin = Math.floorDiv(firstMs + step - 1, step) * step;
    for (long chunk = begin; chunk <= lastMs; chunk += MOST_STEPS * step) {
      endIfStopped();
      long end = Math.min(lastMs, chunk + (MOST_STEPS - 1) * step);
      JsonNode result = past.range(rule.query(), chunk, end, step);
      Map<Long, Set<SortedMap<String, String>>> given = new HashMap<>();
      for (JsonNode series : result) {
        SortedMap<String, String> labels = new TreeMap<>();
        series
            .path("metric")
            .properties()
            .forEach(e -> labels.put(e.getKey(), e.getValue().asText()));
        labels.remove("__name__");
        labels.putAll(rule.labels());
        for (JsonNode value : series.path("values")) {
          given
              .computeIfAbsent(Math.round(value.get(0).asDouble() * 1000), t -> new HashSet<>())
              .add(labels);
        }
      }
      for (long t = chunk; t <= end; t += step) {
        step(rule, t, given.getOrDefault(t, Set.of()), active, alerts);
      }
    }
    active.forEach(
        (labels, a) -> alerts.add(new Alert(rule.name(), labels, a.pendingMs, a.firingMs, -1)));
  }

  private static void step(
      Rule rule,
      long t,
      Set<SortedMap<String, String>> given,
      Map<SortedMap<String, String>, Active> active,
      List<Alert> alerts) {
    given.forEach(labels -> active.computeIfAbsent(labels, l -> new Active(t)));
    active
        .entrySet()
        .removeIf(
            e -> {
              Active a = e.getValue();
              if (given.contains(e.getKey())) {
                a.keptSinceMs = -1;
              } else {
                boolean keep = false;
                if (a.firingMs >= 0 && rule.keepMs() > 0) {
                  a.keptSinceMs = a.keptSinceMs < 0 ? t : a.keptSinceMs;
                  keep = t - a.keptSinceMs < rule.keepMs();
                }
                if (!keep) {
                  alerts.add(new Alert(rule.name(), e.getKey(), a.pendingMs, a.firingMs, t));
                  return true;
                }
              }
              if (a.firingMs < 0 && t - a.pendingMs >= rule.holdMs()) {
                a.firingMs = t;
              }
              return false;
            });
  }

  /** The alerts, one a row after the heading. */
  static List<List<String>> rows(List<Alert> alerts) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("PENDING", "FIRING", "OVER", "ALERT", "LABELS"));
    for (Alert a : alerts) {
      rows.add(
          List.of(
              BacktestResult.time(a.pendingMs()),
              a.firingMs() < 0 ? "never" : BacktestResult.time(a.firingMs()),
              a.endMs() < 0 ? "not yet" : BacktestResult.time(a.endMs()),
              a.alert(),
              a.labels().toString()));
    }
    return rows;
  }

  static String table(List<Alert> alerts) {
    StringBuilder out = new StringBuilder();
    Texts.table(rows(alerts), out);
    out.append(
        "%n%d alerts fired, %d were pending and never did%n"
            .formatted(
                alerts.stream().filter(a -> a.firingMs() >= 0).count(),
                alerts.stream().filter(a -> a.firingMs() < 0).count()));
    return out.toString();
  }

  static ArrayNode json(List<Alert> alerts) {
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    for (Alert a : alerts) {
      ObjectNode one = all.addObject();
      one.put("alert", a.alert());
      ObjectNode labels = one.putObject("labels");
      a.labels().forEach(labels::put);
      one.put("pending", BacktestResult.time(a.pendingMs()));
      one.put("firing", a.firingMs() < 0 ? null : BacktestResult.time(a.firingMs()));
      one.put("over", a.endMs() < 0 ? null : BacktestResult.time(a.endMs()));
    }
    return all;
  }
}
