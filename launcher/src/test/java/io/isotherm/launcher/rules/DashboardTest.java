package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DashboardTest {
  private static final YAMLMapper YAML = new YAMLMapper();
  private static final Pattern RECORDED = Pattern.compile("[a-z]+:[a-z_]+:[a-z0-9_]+");

  /** Ends a state's query. */
  private static final String NOT_BEHIND =
      "unless on (job, instance) exporter:isotherm_watermark_seconds:behind > 30";

  /** Ends a rate or growth: what an exporter counts while it catches up is of the time before. */
  private static final String NOT_BEHIND_OF_LATE =
      "unless on (job, instance)"
          + " max_over_time(exporter:isotherm_watermark_seconds:behind[%s]) > 30";

  /** A rate or growth, and the time that it is over. */
  private static final Pattern OVER = Pattern.compile("(?:rate|min_over_time)\\([^\\[]+\\[(\\w+)]");

  /** What an exporter counts anew when it starts, and may then be less. */
  private static final Pattern RATE_OF_WHAT_FALLS =
      Pattern.compile("(?:rate|increase|delta)\\(isotherm_(?:incidents|dead_letters)_total");

  /** Of processes that do not read results. */
  private static final Pattern OTHER_PROCESS = Pattern.compile("isotherm_(?:bridge|jobs)_");

  /** Is not a state: recorded, growth, or the exporter's own or another process's. */
  private static final Pattern NO_STATE =
      Pattern.compile(
          "[a-z]+:isotherm_|rate\\(|min_over_time\\(|isotherm_export_|isotherm_build_|"
              + OTHER_PROCESS.pattern());

  static List<Dashboard> dashboards() {
    return Dashboard.all();
  }

  @Test
  void thereIsADashboard() {
    assertThat(dashboards()).isNotEmpty();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void isForTheNewestGrafanaAndHasAFixedAddress(Dashboard dashboard) {
    assertThat(dashboard.json().path("schemaVersion").asInt()).isBetween(39, 42);
    assertThat(dashboard.json().path("uid").asText()).startsWith("isotherm-");
    assertThat(dashboard.json().path("title").asText()).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panelsHaveAnIdOfTheirOwn(Dashboard dashboard) {
    assertThat(dashboard.panels().stream().map(panel -> panel.path("id").asInt()))
        .doesNotHaveDuplicates()
        .allMatch(id -> id > 0);
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void panelsLieInTheGridAndNotOnEachOther(Dashboard dashboard) {
    Set<String> taken = new TreeSet<>();
    for (JsonNode panel : dashboard.panels()) {
      JsonNode at = panel.path("gridPos");
      assertThat(at.path("x").asInt() + at.path("w").asInt()).isBetween(1, 24);
      assertThat(at.path("h").asInt()).isPositive();
      for (int x = at.path("x").asInt(); x < at.path("x").asInt() + at.path("w").asInt(); x++) {
        for (int y = at.path("y").asInt(); y < at.path("y").asInt() + at.path("h").asInt(); y++) {
          assertThat(taken.add(x + "," + y)).as("%s at %s,%s", panel.path("title"), x, y).isTrue();
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyPanelSaysWhatItShowsAndInWhichUnit(Dashboard dashboard) {
    assertThat(dashboard.panels().stream().filter(panel -> !isRow(panel)))
        .isNotEmpty()
        .allSatisfy(
            panel -> {
              assertThat(panel.path("title").asText()).isNotBlank();
              assertThat(panel.path("description").asText()).isNotBlank();
              assertThat(panel.at("/fieldConfig/defaults/unit").asText()).isNotBlank();
              assertThat(panel.at("/datasource/uid").asText()).isEqualTo("${datasource}");
              assertThat(panel.path("targets")).isNotEmpty();
            });
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void everyQueryIsPromQl(Dashboard dashboard, @TempDir Path directory) throws Exception {
    // Given the queries as recording rules, because promtool reads those without a server
    ArrayNode rules = YAML.createArrayNode();
    List<Dashboard.Query> queries = new ArrayList<>(dashboard.queries());
    queries.addAll(dashboard.annotations());
    for (Dashboard.Query query : queries) {
      rules.addObject().put("record", "q" + rules.size()).put("expr", query.expression());
    }
    var file = YAML.createObjectNode();
    file.putArray("groups").addObject().put("name", "panels").set("rules", rules);
    Path written = directory.resolve("panels.yml");
    Files.writeString(written, YAML.writeValueAsString(file));

    // When
    Tool.Ran ran = Tool.PROMTOOL.run("check", "rules", "--lint=none", written.toString());

    // Then
    assertThat(ran.exitCode()).as(ran.output()).isZero();
    assertThat(ran.output()).contains(rules.size() + " rules found");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void recordedSeriesOfThePanelsExist(Dashboard dashboard) throws IOException {
    List<String> recorded = new ArrayList<>();
    for (JsonNode group : YAML.readTree(Checkout.RECORDING.toFile()).path("groups")) {
      group.path("rules").forEach(rule -> recorded.add(rule.path("record").asText()));
    }

    assertThat(dashboard.queries())
        .allSatisfy(
            query -> {
              Matcher name = RECORDED.matcher(query.expression());
              while (name.find()) {
                assertThat(recorded).contains(name.group());
              }
            });
  }

  /** The last of a range would stay, and stay green, for as long as the dashboard looks back. */
  @ParameterizedTest
  @MethodSource("dashboards")
  void aNumberIsOfNowAndItsAbsenceIsSaid(Dashboard dashboard) {
    assertThat(dashboard.panels().stream().filter(Dashboard::showsOnlyNow))
        .isNotEmpty()
        .allSatisfy(
            panel -> {
              String title = panel.path("title").asText();
              assertThat(panel.at("/fieldConfig/defaults/noValue").asText()).as(title).isNotBlank();
              for (JsonNode target : panel.path("targets")) {
                assertThat(target.path("instant").asBoolean(false)).as(title).isTrue();
                assertThat(target.path("range").asBoolean(true)).as(title).isFalse();
              }
            });
  }

  /** The colour of no number would be that of the lowest, which is green for most. */
  @ParameterizedTest
  @MethodSource("dashboards")
  void aNumberThatIsAbsentIsNotGreen(Dashboard dashboard) {
    assertThat(
            dashboard.panels().stream().filter(panel -> panel.path("type").asText().equals("stat")))
        .isNotEmpty()
        .allSatisfy(
            panel ->
                assertThat(panel.at("/fieldConfig/defaults/mappings"))
                    .as(panel.path("title").asText())
                    .anySatisfy(
                        mapping -> {
                          assertThat(mapping.at("/options/match").asText()).isEqualTo("null+nan");
                          assertThat(mapping.at("/options/result/color").asText()).isEqualTo("red");
                        }));
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void statesAreOfExportersThatAreNotBehind(Dashboard dashboard) {
    assertThat(
            dashboard.queries().stream()
                .map(Dashboard.Query::expression)
                .filter(query -> !NO_STATE.matcher(query.replace(NOT_BEHIND, "")).find()))
        .isNotEmpty()
        .allSatisfy(query -> assertThat(query).contains(NOT_BEHIND));
  }

  /** What is switched off on schedule must not look like what has failed. */
  @Test
  void chipsInMaintenanceAreNotCountedAsUnknown(@TempDir Path directory) throws Exception {
    // Given the queries of the panel, over two exporters and two pods
    List<String> queries =
        dashboards().stream()
            .flatMap(dashboard -> dashboard.queries().stream())
            .filter(query -> query.panel().equals("Chips that are not healthy"))
            .map(Dashboard.Query::expression)
            .toList();
    ObjectNode test = YAML.createObjectNode();
    ArrayNode series = test.put("interval", "10s").putArray("input_series");
    for (String exporter : List.of("a", "b")) {
      for (String pod : List.of("pod-00", "pod-01")) {
        String of = "job=\"isotherm\",instance=\"%s\",pod=\"%s\"".formatted(exporter, pod);
        series(series, "isotherm_chips{%s,state=\"failed\"}".formatted(of), 1);
        series(series, "isotherm_chips{%s,state=\"unknown\"}".formatted(of), 90);
        series(series, "isotherm_chips_in_maintenance{%s}".formatted(of), 88);
      }
    }
    ArrayNode expected = test.putArray("promql_expr_test");
    List<Integer> values = List.of(2, 4, 176);
    assertThat(queries).hasSameSizeAs(values);
    for (int i = 0; i < queries.size(); i++) {
      ObjectNode one = expected.addObject().put("expr", queries.get(i)).put("eval_time", "10s");
      one.putArray("exp_samples")
          .addObject()
          .put("labels", i == 0 ? "{state=\"failed\"}" : "{}")
          .put("value", values.get(i));
    }
    ObjectNode file = YAML.createObjectNode();
    file.putArray("tests").add(test);
    Path written = directory.resolve("panel.yml");
    Files.writeString(written, YAML.writeValueAsString(file));

    // When
    Tool.Ran ran = Tool.PROMTOOL.run("test", "rules", written.toString());

    // Then
    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  private static void series(ArrayNode all, String name, int value) {
    all.addObject().put("series", name).put("values", value + "x1");
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void ratesAndGrowthAreOfExportersThatWereNotBehind(Dashboard dashboard) {
    List<String> overTime =
        dashboard.queries().stream()
            .map(Dashboard.Query::expression)
            .filter(query -> OVER.matcher(query).find() && !OTHER_PROCESS.matcher(query).find())
            .toList();

    assertThat(overTime)
        .anySatisfy(query -> assertThat(query).contains("isotherm_incidents_total"))
        .anySatisfy(query -> assertThat(query).contains("isotherm_link_transmit_bytes_total"))
        .allSatisfy(
            query -> {
              Matcher over = OVER.matcher(query);
              while (over.find()) {
                assertThat(query).contains(NOT_BEHIND_OF_LATE.formatted(over.group(1)));
              }
            });
  }

  /**
   * Of a reason that was never there growth is zero; the first of the two is taken where both are.
   */
  @ParameterizedTest
  @MethodSource("dashboards")
  void deadLettersOfANewReasonAreShownAsTheyAreAlertedOf(Dashboard dashboard) {
    String ofNew =
        "(max by (reason) (isotherm_dead_letters_total)"
            + " unless max by (reason) (isotherm_dead_letters_total offset 5m))";

    assertThat(Checkout.read(Checkout.ALERTS).replaceAll("\\s+", ""))
        .contains(ofNew.replace(" ", ""));
    assertThat(dashboard.queries())
        .filteredOn(query -> query.panel().equals("Dead letters"))
        .isNotEmpty()
        .allSatisfy(query -> assertThat(query.expression()).startsWith(ofNew).contains(" or "));
  }

  /** A counter that falls when its exporter starts anew would show all that is left as new. */
  @ParameterizedTest
  @MethodSource("dashboards")
  void whatMayFallAtAStartHasNoRate(Dashboard dashboard) {
    assertThat(dashboard.queries())
        .isNotEmpty()
        .allSatisfy(
            query -> assertThat(query.expression()).doesNotContainPattern(RATE_OF_WHAT_FALLS));
  }

  @ParameterizedTest
  @MethodSource("dashboards")
  void replaysAreMarkedAtTheTimesThatTheSeriesSay(Dashboard dashboard) {
    assertThat(dashboard.json().at("/annotations/list"))
        .anySatisfy(
            annotation -> {
              // Older versions of Grafana read it beside the target.
              assertThat(annotation.path("expr")).isEqualTo(annotation.at("/target/expr"));
              assertThat(annotation.path("expr").asText())
                  .isEqualTo("isotherm_replay_event_timestamp_seconds * 1000");
              assertThat(annotation.path("useValueForTime").asBoolean()).isTrue();
              assertThat(annotation.at("/datasource/uid").asText()).isEqualTo("${datasource}");
            });
  }

  private static boolean isRow(JsonNode panel) {
    return panel.path("type").asText().equals("row");
  }
}
