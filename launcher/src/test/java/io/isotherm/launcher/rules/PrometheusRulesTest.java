package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.isotherm.core.IncidentKind;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PrometheusRulesTest {
  private static final YAMLMapper YAML = new YAMLMapper();

  /** Alerts that stand for an incident each, and lead to the section of its kind. */
  private static final Set<String> ONE_INCIDENT =
      Set.of("IsothermIncidentCritical", "IsothermIncidentWarning");

  private static final Pattern BEHIND =
      Pattern.compile("exporter:isotherm_watermark_seconds:behind(?:\\[\\d+m\\])?\\)? > (\\d+)");

  @Test
  void promtoolAcceptsTheConfiguration() throws Exception {
    Tool.Ran ran = Tool.PROMTOOL.run("check", "config", "prometheus/prometheus.yml");

    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  @Test
  void promtoolAcceptsTheRules() throws Exception {
    List<String> arguments = new ArrayList<>(List.of("check", "rules", "--lint=all"));
    arguments.add("--lint-fatal");
    Checkout.files(Checkout.PROMETHEUS.resolve("rules"), ".yml")
        .forEach(file -> arguments.add(file.toString()));

    Tool.Ran ran = Tool.PROMTOOL.run(arguments.toArray(String[]::new));

    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  @Test
  void theTestsOfTheRulesPass() throws Exception {
    List<String> arguments = new ArrayList<>(List.of("test", "rules"));
    ruleTests().forEach(file -> arguments.add(file.toString()));

    Tool.Ran ran = Tool.PROMTOOL.run(arguments.toArray(String[]::new));

    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  @Test
  void amtoolAcceptsTheConfiguration() throws Exception {
    Tool.Ran ran = Tool.AMTOOL.run("check-config", "prometheus/alertmanager.yml");

    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"critical,call", "warning,ticket", "info,nobody"})
  void theSeverityDecidesWhoHearsOfIt(String severity, String receiver) throws Exception {
    Tool.Ran ran =
        Tool.AMTOOL.run(
            "config",
            "routes",
            "test",
            "--config.file=prometheus/alertmanager.yml",
            "--verify.receivers=" + receiver,
            "severity=" + severity,
            "pod=pod-00");

    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  /** A larger incident ends what it explains with the next evaluation, or the one after it. */
  @Test
  void aCallWaitsForTwoEvaluations() throws IOException {
    JsonNode call =
        YAML.readTree(Checkout.PROMETHEUS.resolve("alertmanager.yml").toFile())
            .at("/route/routes/0");
    JsonNode global =
        YAML.readTree(Checkout.PROMETHEUS.resolve("prometheus.yml").toFile()).path("global");

    assertThat(call.path("receiver").asText()).isEqualTo("call");
    assertThat(seconds(call, "group_wait"))
        .isGreaterThanOrEqualTo(
            2 * seconds(global, "evaluation_interval") + seconds(global, "scrape_interval"));
  }

  @Test
  void everyAlertSaysWhatItCallsForAndWhatToDo() throws IOException {
    Set<String> anchors =
        Checkout.read(Checkout.RUNBOOK)
            .lines()
            .filter(line -> line.startsWith("#"))
            .map(line -> line.replaceFirst("^#+ ", "").toLowerCase(Locale.ROOT))
            .collect(Collectors.toSet());

    assertThat(alerts())
        .isNotEmpty()
        .allSatisfy(
            alert -> {
              String name = alert.path("alert").asText();
              assertThat(alert.at("/labels/severity").asText()).isIn("critical", "warning", "info");
              assertThat(alert.at("/labels/scope").asText())
                  .isIn("part", "pod", "cluster", "process", "pipeline");
              assertThat(alert.at("/annotations/summary").asText()).isNotBlank();
              assertThat(alert.at("/annotations/description").asText()).isNotBlank();
              String anchor = name.toLowerCase(Locale.ROOT);
              assertThat(alert.at("/annotations/runbook_url").asText())
                  .isEqualTo(
                      "docs/runbook.md#"
                          + (ONE_INCIDENT.contains(name) ? "{{ $labels.kind }}" : anchor));
              assertThat(anchors).contains(anchor);
            });
    // What an alert on one incident leads to.
    assertThat(anchors)
        .containsAll(
            Stream.of(IncidentKind.values())
                .map(kind -> kind.name().toLowerCase(Locale.ROOT))
                .toList());
  }

  @Test
  void everyAlertIsTestedToFireAndToClear() throws IOException {
    Set<String> cleared = new TreeSet<>();
    for (JsonNode test : testGroups()) {
      Set<String> firing = new TreeSet<>();
      List<JsonNode> inOrder =
          StreamSupport.stream(test.path("alert_rule_test").spliterator(), false)
              .sorted(Comparator.comparingLong(expected -> seconds(expected, "eval_time")))
              .toList();
      for (JsonNode expectation : inOrder) {
        String alert = expectation.path("alertname").asText();
        if (!expectation.path("exp_alerts").isEmpty()) {
          firing.add(alert);
        } else if (firing.contains(alert)) {
          cleared.add(alert);
        }
      }
    }

    assertThat(cleared)
        .containsExactlyInAnyOrderElementsOf(
            alerts().stream().map(alert -> alert.path("alert").asText()).toList());
  }

  @Test
  void everyRecordingRuleIsTested() throws IOException {
    Set<String> tested = new TreeSet<>();
    for (JsonNode test : testGroups()) {
      test.path("promql_expr_test").forEach(one -> tested.add(one.path("expr").asText()));
    }

    assertThat(tested)
        .containsAll(
            rules(Checkout.RECORDING).stream().map(rule -> rule.path("record").asText()).toList());
  }

  @Test
  void oneLimitSaysWhichExporterIsBehind() {
    List<Path> files = new ArrayList<>(List.of(Checkout.ALERTS, Checkout.RECORDING));
    files.addAll(Checkout.files(Checkout.GRAFANA, ".json"));

    Set<String> limits = new TreeSet<>();
    for (Path file : files) {
      BEHIND.matcher(Checkout.read(file)).results().forEach(use -> limits.add(use.group(1)));
    }

    assertThat(limits).containsExactly("30");
  }

  private static List<JsonNode> alerts() throws IOException {
    return rules(Checkout.ALERTS);
  }

  private static List<JsonNode> rules(Path file) throws IOException {
    List<JsonNode> rules = new ArrayList<>();
    for (JsonNode group : YAML.readTree(file.toFile()).path("groups")) {
      group.path("rules").forEach(rules::add);
    }
    return rules;
  }

  private static List<JsonNode> testGroups() throws IOException {
    List<JsonNode> groups = new ArrayList<>();
    for (Path file : ruleTests()) {
      YAML.readTree(file.toFile()).path("tests").forEach(groups::add);
    }
    return groups;
  }

  private static List<Path> ruleTests() {
    return Checkout.files(Checkout.PROMETHEUS.resolve("tests"), ".yml");
  }

  /** A time as Prometheus and its tools write it, like 1h2m3s. */
  private static long seconds(JsonNode of, String setting) {
    return Duration.parse("PT" + of.path(setting).asText().toUpperCase(Locale.ROOT)).toSeconds();
  }
}
