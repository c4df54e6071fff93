package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real Prometheus with our configuration: it finds targets, evaluates rules, answers panels. */
class PrometheusIT {
  private static LocalServer prometheus;

  @BeforeAll
  static void start(@TempDir Path directory) throws IOException {
    // Given the files as they stand, and targets that nothing listens on
    Path config = directory.resolve("prometheus.yml");
    Files.createSymbolicLink(config, Checkout.PROMETHEUS.resolve("prometheus.yml"));
    Files.createSymbolicLink(directory.resolve("rules"), Checkout.PROMETHEUS.resolve("rules"));
    Path targets = Files.createDirectory(directory.resolve("targets"));
    for (String name : List.of("isotherm.yml", "process.yml", "alertmanager.yml")) {
      Files.writeString(targets.resolve(name), "- targets: ['127.0.0.1:1']\n");
    }
    prometheus =
        LocalServer.start(
            Tool.PROMETHEUS,
            directory,
            List.of("--config.file=" + config, "--storage.tsdb.path=" + directory.resolve("data")));
  }

  @AfterAll
  static void stop() {
    if (prometheus != null) {
      prometheus.close();
    }
  }

  @Test
  void findsTheTargetsThatStandBesideTheConfiguration() {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () ->
                assertThat(prometheus.get("/api/v1/targets").at("/data/activeTargets"))
                    .extracting(target -> target.path("scrapeUrl").asText())
                    .containsExactlyInAnyOrder(
                        "http://127.0.0.1:1/metrics", "http://127.0.0.1:1/metrics/process"));
  }

  @Test
  void evaluatesEveryRule() {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () -> {
              JsonNode groups = prometheus.get("/api/v1/rules").at("/data/groups");
              assertThat(groups).isNotEmpty();
              for (JsonNode group : groups) {
                assertThat(group.path("rules"))
                    .allSatisfy(
                        rule ->
                            assertThat(rule.path("health").asText())
                                .as(rule.path("name").asText())
                                .isEqualTo("ok"));
              }
            });
  }

  @Test
  void seesThatNoExporterAnswers() {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(
            () ->
                assertThat(prometheus.get("/api/v1/alerts").at("/data/alerts"))
                    .extracting(alert -> alert.at("/labels/alertname").asText())
                    .contains("IsothermExporterDown", "IsothermProcessDown"));
  }

  @Test
  void givesNoNumberWhereNoExporterAnswers() throws Exception {
    for (Dashboard dashboard : Dashboard.all()) {
      assertThat(dashboard.queriesOfNow()).isNotEmpty();
      for (Dashboard.Query query : dashboard.queriesOfNow()) {
        assertThat(prometheus.query(query.expression())).as(query.panel()).isEmpty();
      }
    }
  }

  @Test
  void answersEveryPanel() throws Exception {
    for (Dashboard dashboard : Dashboard.all()) {
      assertThat(dashboard.queries()).isNotEmpty();
      for (Dashboard.Query query : dashboard.queries()) {
        prometheus.query(query.expression());
      }
    }
  }
}
