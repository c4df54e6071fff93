package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Rules and dashboards read the metrics that docs/metrics.md describes, all of them and no other.
 */
class DocumentedMetricsTest {
  private static final YAMLMapper YAML = new YAMLMapper();

  /** A metric's name, or a recorded one with its colons. */
  private static final Pattern NAME = Pattern.compile("[a-z:]*\\bisotherm_[a-z0-9_:]+");

  private static final Pattern PART_OF_HISTOGRAM = Pattern.compile("_(bucket|sum|count)$");

  @Test
  void everyMetricOfTheRulesIsDocumented() throws IOException {
    assertThat(ofRules()).hasSizeGreaterThan(10);
    assertThat(documented()).containsAll(ofRules());
  }

  @Test
  void everyMetricOfTheDashboardsIsDocumented() {
    assertThat(ofDashboards()).hasSizeGreaterThan(10);
    assertThat(documented()).containsAll(ofDashboards());
  }

  @Test
  void everyMetricHasItsPlaceInARuleOrOnADashboard() throws IOException {
    Set<String> described = new TreeSet<>();
    Checkout.read(Checkout.METRICS)
        .lines()
        .filter(line -> line.startsWith("| `isotherm_"))
        .forEach(line -> described.add(line.split("`", -1)[1]));
    Set<String> used = ofRules();
    used.addAll(ofDashboards());

    assertThat(described).hasSizeGreaterThan(40);
    assertThat(used).containsAll(described);
  }

  private static Set<String> ofRules() throws IOException {
    Set<String> used = new TreeSet<>();
    for (Path file : List.of(Checkout.RECORDING, Checkout.ALERTS)) {
      for (JsonNode group : YAML.readTree(file.toFile()).path("groups")) {
        group.path("rules").forEach(rule -> used.addAll(metrics(rule.path("expr").asText())));
      }
    }
    return used;
  }

  private static Set<String> ofDashboards() {
    Set<String> used = new TreeSet<>();
    for (Dashboard dashboard : Dashboard.all()) {
      dashboard.queries().forEach(query -> used.addAll(metrics(query.expression())));
      dashboard.annotations().forEach(query -> used.addAll(metrics(query.expression())));
    }
    return used;
  }

  private static Set<String> documented() {
    return metrics(Checkout.read(Checkout.METRICS));
  }

  private static Set<String> metrics(String text) {
    Set<String> names = new TreeSet<>();
    Matcher name = NAME.matcher(text);
    while (name.find()) {
      if (name.group().indexOf(':') < 0) {
        names.add(PART_OF_HISTOGRAM.matcher(name.group()).replaceFirst(""));
      }
    }
    return names;
  }
}
