package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedFleet;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Alerting rules on the past, through a real Prometheus. */
final class RulesTrialTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path dir;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeAll
  static void record() throws IOException {
    for (String name : List.of("prometheus", "promtool")) {
      assumeTrue(
          isOnPath(name),
          name + " is not on PATH; install Debian's package prometheus (./verify does)");
    }
    RecordedFleet.record(dir.resolve("recording"), 150);
  }

  /** Whether the program that a process started by its bare name would run is there. */
  private static boolean isOnPath(String program) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Stream.of(path.split(File.pathSeparator, -1))
        .map(folder -> Path.of(folder, program))
        .anyMatch(file -> Files.isRegularFile(file) && Files.isExecutable(file));
  }

  private int backtest(String... more) {
    return backtestOf(dir.resolve("recording"), more);
  }

  private int backtestOf(Path recording, String... more) {
    List<String> args = new ArrayList<>(List.of("backtest", recording.toString()));
    args.addAll(List.of(more));
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args.toArray(String[]::new));
  }

  @Test
  void promtoolTakesTheMetricsOverTime() throws Exception {
    Path metrics = dir.resolve("metrics.om");
    assertThat(backtest("--openmetrics", metrics.toString())).isEqualTo(Main.DONE);
    Path log = dir.resolve("promtool.log");
    Path blocks = dir.resolve("blocks");
    Files.createDirectories(blocks);
    Process promtool =
        new ProcessBuilder(
                "promtool",
                "tsdb",
                "create-blocks-from",
                "openmetrics",
                metrics.toString(),
                blocks.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();

    assertThat(promtool.waitFor()).as(() -> read(log)).isZero();
    assertThat(blocks).isNotEmptyDirectory();
    List<String> lines = Files.readAllLines(metrics);
    assertThat(lines).last().isEqualTo("# EOF");
    assertThat(lines.stream().filter(l -> l.startsWith("# TYPE "))).doesNotHaveDuplicates();
    assertThat(lines)
        .contains(
            "isotherm_incidents{job=\"isotherm\",instance=\"backtest\",kind=\"chip_silent\","
                + "severity=\"critical\"} 1.0 1800000060.000");
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void anAlertFiresWhenItsTimeIsOverAndEndsWithItsCause() throws Exception {
    Path rules = dir.resolve("rules.yml");
    Files.writeString(
        rules,
        """
        groups:
          - name: own
            interval: 10s
            rules:
              - record: pod:hot:count
                expr: sum by (pod) (isotherm_incidents{kind="chip_hot"}) or vector(0)
              - alert: Hot
                expr: max(isotherm_incidents{kind="chip_hot"}) > 0
                for: 30s
                labels: {severity: info}
              - alert: HotKept
                expr: sum(pod:hot:count) > 0
                keep_firing_for: 20s
              - alert: HotForLong
                expr: max(isotherm_incidents{kind="chip_hot"}) > 0
                for: 1h
        """);
    assertThat(backtest("--rules", rules.toString(), "-o", "json")).as(err::toString).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    Instant opened = Instant.parse(hot(json).get("opened").asText());

    assertThat(alert(json, "Hot").get("pending").asText()).isEqualTo(opened.toString());
    assertThat(alert(json, "Hot").get("firing").asText())
        .isEqualTo(opened.plusSeconds(30).toString());
    assertThat(alert(json, "Hot").at("/labels/severity").asText()).isEqualTo("info");
    // A group of rules runs at its own point of the interval, so what it records is seen up to one
    // interval later.
    assertThat(Instant.parse(alert(json, "HotKept").get("firing").asText()))
        .isBetween(opened, opened.plusSeconds(10));
    assertThat(alert(json, "HotForLong").get("firing").isNull()).isTrue();
  }

  @Test
  void whereTheRulesAreMayHaveAnyName() throws IOException {
    Path odd = Files.createDirectory(dir.resolve("it's [new]?*"));
    Path hot = Files.writeString(odd.resolve("[hot].yml"), rule("Hot", "chip_hot"));
    Files.writeString(odd.resolve("silent.yaml"), rule("Silent", "chip_silent"));
    for (Path rules : List.of(odd, hot)) {
      out.getBuffer().setLength(0);
      assertThat(backtest("--rules", rules.toString(), "-o", "json")).as(err::toString).isZero();
      JsonNode json = new ObjectMapper().readTree(out.toString());

      assertThat(json.at("/alerts").findValuesAsText("alert"))
          .containsOnlyOnceElementsOf(
              rules.equals(odd) ? List.of("Hot", "Silent") : List.of("Hot"));
    }
  }

  private static String rule(String name, String kind) {
    return "groups: [{name: %1$s, rules: [{alert: %1$s, expr: 'max(isotherm_incidents{kind=\"%2$s\"}) > 0'}]}]\n"
        .formatted(name, kind);
  }

  private static JsonNode hot(JsonNode json) {
    for (JsonNode incident : json.at("/incidents/list")) {
      if (incident.get("kind").asText().equals("chip_hot")) {
        return incident;
      }
    }
    throw new AssertionError("no chip was hot");
  }

  private static JsonNode alert(JsonNode json, String name) {
    for (JsonNode alert : json.at("/alerts")) {
      if (alert.get("alert").asText().equals(name)) {
        return alert;
      }
    }
    throw new AssertionError("no alert " + name + " in " + json.at("/alerts"));
  }

  @Test
  void theRulesOfTheProjectSayWhatTheyWouldHaveSaid() throws Exception {
    Path rules = Path.of(System.getProperty("isotherm.root"), "prometheus", "rules");
    assertThat(backtest("--rules", rules.toString())).as(err::toString).isZero();

    assertThat(out.toString())
        .contains("IsothermIncidentCritical", "IsothermIncidentWarning")
        .doesNotContain("IsothermExporterDown", "IsothermNoPods", "IsothermPipelineStale");
  }

  @Test
  void anAlertOnARecordingRuleThatReadsAnotherOneFires() throws Exception {
    // Given a cabinet of four that is dark from the second minute on
    Path dark = dir.resolve("dark");
    long since = RecordedFleet.START_MS + 50_000;
    RecordedFleet.change(
        dir.resolve("recording"),
        dark,
        r -> !(r.pod.equals("pod-01") && r.cabinet == 1 && r.timeMs >= since));

    // When
    Path rules = Path.of(System.getProperty("isotherm.root"), "prometheus", "rules");
    int code = backtestOf(dark, "--rules", rules.toString(), "-o", "json");

    // Then cluster:isotherm_chips:unknown_ratio has seen exporter:isotherm_chips:unknown
    assertThat(code).as(err::toString).isZero();
    JsonNode many = alert(new ObjectMapper().readTree(out.toString()), "IsothermManyChipsUnknown");
    assertThat(Instant.parse(many.get("firing").asText()))
        .isBetween(
            Instant.ofEpochMilli(since).plusSeconds(30), Instant.ofEpochMilli(since + 90_000));
  }

  @Test
  void thePageHasTheAlerts() {
    Path rules = Path.of(System.getProperty("isotherm.root"), "prometheus", "rules");
    assertThat(backtest("--rules", rules.toString(), "-o", "html")).as(err::toString).isZero();

    assertThat(out.toString()).contains("<h2>Alerts</h2>", "IsothermIncidentCritical", "FIRING");
  }

  @Test
  void rulesThatAreNoneAreOneLine() throws IOException {
    Path rules = dir.resolve("broken.yml");
    Files.writeString(rules, "groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]\n");
    assertThat(backtest("--rules", rules.toString())).isEqualTo(Main.FAILED);
    assertThat(backtest("--rules", dir.resolve("nowhere").toString())).isEqualTo(Main.FAILED);
    Path none = Files.writeString(dir.resolve("none.yml"), "groups: []\n");
    assertThat(backtest("--rules", none.toString())).isEqualTo(Main.FAILED);

    assertThat(err.toString())
        .contains(
            "promtool check rules failed: ",
            "there are no rules ",
            "isotherm backtest: Prometheus finds no group of rules in " + none)
        .doesNotContain("\tat ");
  }
}
