package io.isotherm.launcher.rules;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A dashboard of Grafana as its file says it. */
record Dashboard(JsonNode json) {
  private static final Set<String> NUMBERS = Set.of("stat", "gauge", "bargauge", "table");

  /**
   * A query of a panel.
   *
   * @param panel title of the panel
   * @param expression PromQL for all pods
   */
  record Query(String panel, String expression) {}

  /** Every dashboard of the checkout. */
  static List<Dashboard> all() {
    return Checkout.files(Checkout.GRAFANA, ".json").stream().map(Dashboard::read).toList();
  }

  private static Dashboard read(Path file) {
    try {
      return new Dashboard(new JsonMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All panels, rows included. */
  List<JsonNode> panels() {
    List<JsonNode> panels = new ArrayList<>();
    for (JsonNode panel : json.path("panels")) {
      panels.add(panel);
      panel.path("panels").forEach(panels::add);
    }
    return panels;
  }

  /** Whether a panel shows one number or line of each thing and no course of time. */
  static boolean showsOnlyNow(JsonNode panel) {
    return NUMBERS.contains(panel.path("type").asText());
  }

  /** Queries of the panels that show only now, with the variable pod replaced by everything. */
  List<Query> queriesOfNow() {
    return panels().stream().filter(Dashboard::showsOnlyNow).flatMap(Dashboard::queriesOf).toList();
  }

  /** Queries of the annotations; what they mark need not have happened. */
  List<Query> annotations() {
    List<Query> queries = new ArrayList<>();
    for (JsonNode annotation : json.at("/annotations/list")) {
      queries.add(
          new Query(annotation.path("name").asText(), annotation.at("/target/expr").asText()));
    }
    return queries;
  }

  /** All queries, with the variable pod replaced by everything. */
  List<Query> queries() {
    return panels().stream().flatMap(Dashboard::queriesOf).toList();
  }

  private static Stream<Query> queriesOf(JsonNode panel) {
    return StreamSupport.stream(panel.path("targets").spliterator(), false)
        .map(
            target ->
                new Query(
                    panel.path("title").asText(),
                    target.path("expr").asText().replace("$pod", ".*")));
  }
}
