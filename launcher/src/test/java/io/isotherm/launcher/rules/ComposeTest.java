package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ComposeTest {
  private static final YAMLMapper YAML = new YAMLMapper();

  @Test
  void dockerComposeAcceptsTheFile() throws Exception {
    Tool.Ran ran = Tool.DOCKER_COMPOSE.run("config", "--quiet");

    assertThat(ran.exitCode()).as(ran.output()).isZero();
  }

  @Test
  void everythingMountedExistsAndIsReadOnly() throws IOException {
    List<String> mounted = new ArrayList<>();
    Compose compose = Compose.read();
    for (String service : compose.services()) {
      compose.of(service, "volumes").forEach(volume -> mounted.add(volume.asText()));
    }

    assertThat(mounted.stream().filter(volume -> volume.startsWith("./")))
        .isNotEmpty()
        .allSatisfy(
            volume -> {
              assertThat(volume).endsWith(":ro");
              assertThat(Checkout.ROOT.resolve(volume.substring(0, volume.indexOf(':')))).exists();
            });
  }

  @Test
  void everyTargetOfPrometheusIsAService() throws IOException {
    List<String> services = Compose.read().services();
    Path targets = Checkout.PROMETHEUS.resolve("targets.compose");

    assertThat(Checkout.files(targets, ".yml"))
        .isNotEmpty()
        .allSatisfy(
            file -> {
              assertThat(Checkout.PROMETHEUS.resolve("targets").resolve(file.getFileName()))
                  .as("the same target file for this machine")
                  .satisfies(local -> assertThat(Files.exists(local)).isTrue());
              for (JsonNode group : YAML.readTree(file.toFile())) {
                for (JsonNode target : group.path("targets")) {
                  assertThat(services).contains(target.asText().replaceFirst(":.*", ""));
                }
              }
            });
  }

  @Test
  void everyServiceHasAHealthCheck() throws IOException {
    Compose compose = Compose.read();
    assertThat(compose.services())
        .isNotEmpty()
        .allSatisfy(
            service ->
                assertThat(compose.of(service, "healthcheck").isMissingNode())
                    .as(service)
                    .isFalse());
  }

  @Test
  void everyServiceComesBackAfterTheMachine() throws IOException {
    Compose compose = Compose.read();
    assertThat(compose.services())
        .isNotEmpty()
        .allSatisfy(
            service ->
                assertThat(compose.of(service, "restart").asText())
                    .as(service)
                    .isEqualTo("unless-stopped"));
  }

  /** What lies elsewhere is gone with the container. */
  @ParameterizedTest
  @CsvSource({
    "kafka,/var/lib/kafka/data,/environment/KAFKA_LOG_DIRS,",
    "alertmanager,/alertmanager,/command/1,--storage.path=",
    "prometheus,/prometheus,/command/1,--storage.tsdb.path="
  })
  void whatMustLastLiesInAVolumeWithAName(
      String service, String directory, String setting, @Nullable String option)
      throws IOException {
    JsonNode json = Compose.read().json();
    JsonNode described = json.path("services").path(service);

    assertThat(described.at(setting).asText())
        .isEqualTo((option == null ? "" : option) + directory);
    assertThat(described.path("volumes"))
        .extracting(volume -> volume.asText())
        .filteredOn(volume -> volume.endsWith(":" + directory))
        .singleElement()
        .satisfies(
            volume ->
                assertThat(json.path("volumes").has(volume.substring(0, volume.indexOf(':'))))
                    .isTrue());
  }

  /** What StopSignal gives a command to end. */
  @Test
  void whatIsBuiltHereMayTakeItsTimeToEnd() throws IOException {
    Compose compose = Compose.read();
    List<String> builtHere =
        compose.services().stream().filter(s -> compose.of(s, "build").isTextual()).toList();

    assertThat(builtHere).contains("emulate", "monitor-1", "monitor-2", "export");
    for (String service : builtHere) {
      assertThat(compose.stopGrace(service)).as(service).isGreaterThan(Duration.ofSeconds(30));
    }
  }

  /** Its image comes with a password that everybody knows. */
  @Test
  void inGrafanaNobodyCanLogInAndAnyoneMayLook() throws IOException {
    JsonNode environment = Compose.read().of("grafana", "environment");

    assertThat(environment.path("GF_AUTH_DISABLE_LOGIN_FORM").asText()).isEqualTo("true");
    assertThat(environment.path("GF_AUTH_BASIC_ENABLED").asText()).isEqualTo("false");
    assertThat(environment.path("GF_AUTH_ANONYMOUS_ENABLED").asText()).isEqualTo("true");
    assertThat(environment.path("GF_AUTH_ANONYMOUS_ORG_ROLE").asText()).isEqualTo("Viewer");
  }
}
