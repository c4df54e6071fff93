package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.isotherm.launcher.RunningDemo;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * One run of the demo with its story of faults, scraped every second by this test and, as the files
 * of the checkout say, by a real Prometheus. Its chips are fewer than the demo's own, everything
 * else is the same.
 */
class WatchedDemoIT {
  private static final int CABINETS = 12;
  private static final int CHIPS = CABINETS * 88;
  private static final Duration DURATION = Duration.ofSeconds(190);

  /** Panels that show nothing although the pipeline works, each for its reason. */
  private static final Set<String> EMPTY_IN_HEALTH =
      // The emulated agents write nothing that must be rejected, the story has no congestion, no
      // bridge asks them, and its jobs are nobody's list: BridgeIT and JobsIT have those.
      Set.of(
          "Dead letters",
          "Where data waits",
          "Exporters and boards of bridges",
          "What bridges do",
          "How old the lists of jobs are");

  private static final String OPENMETRICS = "application/openmetrics-text; version=1.0.0";

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  /**
   * One answer of /metrics.
   *
   * @param chips sum of isotherm_chips, or -1 if there is none yet
   * @param windows sum of isotherm_windows_total, 0 if there is none yet
   * @param series number of samples
   */
  private record Scrape(Instant at, long chips, long windows, long series) {}

  private static final List<Scrape> SCRAPES = new ArrayList<>();

  private static Instant started;
  private static Instant ended;
  private static int exitCode;
  private static JsonNode summary;
  private static JsonNode incidents;
  private static String metrics;
  private static String processMetrics;
  private static HttpResponse<String> openMetrics;
  private static LocalServer prometheus;

  /** What was logged while it ran; the demo is in this process. */
  private static final ListAppender<ILoggingEvent> LOGGED = new ListAppender<>();

  @BeforeAll
  static void watchTheWholeStory(@TempDir Path directory) throws Exception {
    LOGGED.start();
    ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).addAppender(LOGGED);
    started = Instant.now();
    try (RunningDemo demo =
        RunningDemo.start(
            "--cabinets=" + CABINETS, "--duration=" + DURATION.toSeconds() + "s", "-o", "json")) {
      prometheus = prometheus(directory, demo.root());
      Instant until = started.plus(DURATION);
      await()
          .pollDelay(Duration.ZERO)
          .pollInterval(Duration.ofSeconds(1))
          .atMost(DURATION.plusSeconds(30))
          .until(
              () -> {
                if (demo.running()) {
                  SCRAPES.add(scrape(demo.root()));
                }
                return !demo.running() || Instant.now().isAfter(until);
              });
      ended = Instant.now();
      ((Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME)).detachAppender(LOGGED);
      metrics = get(demo.root(), "/metrics", "text/plain").body();
      processMetrics = get(demo.root(), "/metrics/process", "text/plain").body();
      openMetrics = get(demo.root(), "/metrics", OPENMETRICS);
      incidents =
          new JsonMapper()
              .readTree(get(demo.root(), "/api/v1/incidents?all", "application/json").body());
      exitCode = demo.exitCode(Duration.ofSeconds(60));
      assertThat(exitCode).as(demo.log()).isZero();
      summary = new JsonMapper().readTree(demo.output());
    }
  }

  private static LocalServer prometheus(Path directory, URI demo) throws IOException {
    Path config = directory.resolve("prometheus.yml");
    Files.createSymbolicLink(config, Checkout.PROMETHEUS.resolve("prometheus.yml"));
    Files.createSymbolicLink(directory.resolve("rules"), Checkout.PROMETHEUS.resolve("rules"));
    Path targets = Files.createDirectory(directory.resolve("targets"));
    for (String name : List.of("isotherm.yml", "process.yml")) {
      Files.writeString(targets.resolve(name), "- targets: ['localhost:" + demo.getPort() + "']\n");
    }
    Files.writeString(targets.resolve("alertmanager.yml"), "[]\n");
    return LocalServer.start(
        Tool.PROMETHEUS,
        directory,
        List.of("--config.file=" + config, "--storage.tsdb.path=" + directory.resolve("data")));
  }

  private static HttpResponse<String> get(URI root, String path, String accept)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(root.resolve(path))
            .header("Accept", accept)
            .timeout(Duration.ofSeconds(10))
            .build(),
        BodyHandlers.ofString());
  }

  private static Scrape scrape(URI root) throws IOException, InterruptedException {
    HttpResponse<String> answer = get(root, "/metrics", "text/plain");
    assertThat(answer.statusCode()).isEqualTo(200);
    List<String> samples = answer.body().lines().filter(line -> !line.startsWith("#")).toList();
    boolean chips = samples.stream().anyMatch(sample -> sample.startsWith("isotherm_chips{"));
    return new Scrape(
        Instant.now(),
        chips ? sum(samples, "isotherm_chips") : -1,
        sum(samples, "isotherm_windows_total"),
        samples.size());
  }

  private static long sum(List<String> samples, String metric) {
    return samples.stream()
        .filter(sample -> sample.startsWith(metric + "{"))
        .mapToLong(s -> (long) Double.parseDouble(s.substring(s.lastIndexOf(' ') + 1)))
        .sum();
  }

  @AfterAll
  static void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
  }

  @Test
  void everyFaultOfTheStoryLeadsToOneIncidentAndNothingElseDoes() {
    assertThat(summary.get("faults")).hasSize(7);
    assertThat(summary.get("faults"))
        .allSatisfy(fault -> assertThat(fault.get("found").asBoolean()).as("%s", fault).isTrue());
    assertThat(summary.get("unmatched_incidents")).isEmpty();
    assertThat(summary.get("dead_letters").asLong()).isZero();
  }

  /** What is meant is not warned of in a new user's first minute. */
  @Test
  void kafkaStreamsWarnsOfNothing() {
    assertThat(LOGGED.list)
        .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN))
        .filteredOn(event -> event.getLoggerName().startsWith("org.apache.kafka.streams"))
        .extracting(ILoggingEvent::getFormattedMessage)
        .isEmpty();
  }

  @Test
  void everyChipIsAccountedForAtEveryScrape() {
    List<Scrape> filled = SCRAPES.stream().dropWhile(scrape -> scrape.chips() < 0).toList();

    assertThat(filled).hasSizeGreaterThan(60);
    assertThat(filled).allMatch(scrape -> scrape.chips() == CHIPS);
    assertThat(summary.get("chips_accounted").asLong()).isEqualTo(CHIPS);
  }

  @Test
  void theFirstWindowIsShownWithinFortySeconds() {
    Instant first =
        SCRAPES.stream().filter(scrape -> scrape.windows() > 0).findFirst().orElseThrow().at();

    assertThat(Duration.between(started, first)).isLessThan(Duration.ofSeconds(40));
  }

  @Test
  void onePodTakesFewerThanAThousandSeries() {
    assertThat(SCRAPES).allMatch(scrape -> scrape.series() < 1000);
  }

  @Test
  void promtoolFindsNothingInTheMetrics() throws Exception {
    for (String text : List.of(metrics, processMetrics)) {
      Tool.Ran ran = Tool.PROMTOOL.runWithInput(text, "check", "metrics");

      assertThat(ran.output()).isEmpty();
      assertThat(ran.exitCode()).isZero();
    }
  }

  @Test
  void theMetersOfTheDocumentAreThere() {
    List<String> described =
        Checkout.read(Checkout.METRICS)
            .lines()
            .filter(line -> line.matches("\\| `(process|jvm|kafka)_.*"))
            .flatMap(line -> Arrays.stream(line.split("`", -1)))
            .filter(name -> name.matches("(process|jvm|kafka)_[a-z_]+"))
            .toList();

    assertThat(described).hasSizeGreaterThan(5);
    assertThat(described)
        .allSatisfy(name -> assertThat(processMetrics).containsPattern("(?m)^" + name + "[{ ]"));
  }

  @Test
  void whoAsksForOpenMetricsGetsIt() {
    assertThat(openMetrics.headers().firstValue("Content-Type").orElseThrow())
        .startsWith("application/openmetrics-text");
    assertThat(openMetrics.body()).endsWith("# EOF\n");
  }

  @Test
  void everyPanelShowsData() throws Exception {
    Set<String> empty = new TreeSet<>();
    for (Dashboard dashboard : Dashboard.all()) {
      for (Dashboard.Query query : dashboard.queries()) {
        if (!EMPTY_IN_HEALTH.contains(query.panel()) && !hasNumbers(query.expression())) {
          empty.add(query.panel() + ": " + query.expression());
        }
      }
    }

    assertThat(empty).isEmpty();
  }

  @Test
  void everyRecordingRuleGivesData() throws Exception {
    Set<String> empty = new TreeSet<>();
    for (JsonNode group : new YAMLMapper().readTree(Checkout.RECORDING.toFile()).path("groups")) {
      for (JsonNode rule : group.path("rules")) {
        if (!hasNumbers(rule.path("record").asText())) {
          empty.add(rule.path("record").asText());
        }
      }
    }

    assertThat(empty).isEmpty();
  }

  private static boolean hasNumbers(String expression) throws IOException, InterruptedException {
    for (JsonNode series : prometheus.range(expression, started, ended)) {
      for (JsonNode sample : series.path("values")) {
        if (Double.isFinite(number(sample.get(1).asText()))) {
          return true;
        }
      }
    }
    return false;
  }

  /** A number as Prometheus writes it. */
  private static double number(String text) {
    return switch (text) {
      case "+Inf" -> Double.POSITIVE_INFINITY;
      case "-Inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  @Test
  void everyCriticalIncidentRingsWithItsPlace() throws Exception {
    Set<String> critical = new TreeSet<>();
    for (JsonNode incident : incidents) {
      if (incident.path("severity").asText().equals("critical")) {
        critical.add(place(incident));
      }
    }

    Set<String> rang = new TreeSet<>();
    for (JsonNode alert : fired("IsothermIncidentCritical")) {
      rang.add(place(alert.path("metric")));
    }

    assertThat(critical).isNotEmpty();
    assertThat(rang).isEqualTo(critical);
  }

  private static String place(JsonNode incident) {
    return "%s %s %s %s"
        .formatted(
            incident.path("id").asText(),
            incident.path("kind").asText(),
            incident.path("pod").asText(),
            incident.path("subject").asText());
  }

  @Test
  void anIncidentStopsToRingWhenItIsResolved() throws Exception {
    Set<String> resolved = new TreeSet<>();
    for (JsonNode incident : incidents) {
      if (incident.path("event").asText().equals("resolved")) {
        resolved.add(incident.path("id").asText());
      }
    }
    Set<String> quiet = new TreeSet<>();
    for (JsonNode alert : fired("IsothermIncident(Critical|Warning)")) {
      quiet.add(alert.at("/metric/id").asText());
    }
    for (JsonNode alert :
        prometheus.query(
            "ALERTS{alertname=~\"IsothermIncident(Critical|Warning)\",alertstate=\"firing\"}",
            ended)) {
      quiet.remove(alert.at("/metric/id").asText());
    }

    assertThat(quiet).isNotEmpty();
    assertThat(resolved).containsAll(quiet);
  }

  @Test
  void nothingRingsForTheNoiseOfTheAgentsOrForThePipeline() throws Exception {
    Set<String> names = new TreeSet<>();
    for (JsonNode alert : fired("Isotherm.*")) {
      names.add(alert.at("/metric/alertname").asText());
    }

    // A dark cabinet of twelve is a lot of chips and links; of the whole pod's 176 it is not.
    assertThat(names)
        .isSubsetOf(
            "IsothermIncidentCritical",
            "IsothermIncidentWarning",
            "IsothermCoverageLow",
            "IsothermLinksDown",
            "IsothermManyChipsUnknown");
  }

  /** What fired at any time of the run, once for each set of labels. */
  private static JsonNode fired(String name) throws IOException, InterruptedException {
    return prometheus.query(
        "max_over_time(ALERTS{alertname=~\"%s\",alertstate=\"firing\"}[%ds])"
            .formatted(name, DURATION.toSeconds()),
        ended);
  }
}
