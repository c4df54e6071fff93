package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
    for (JsonNode service : compose().path("services")) {
      service.path("volumes").forEach(volume -> mounted.add(volume.asText()));
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
    JsonNode services = compose().path("services");
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
                  assertThat(services.has(target.asText().replaceFirst(":.*", "")))
                      .as(target.asText())
                      .isTrue();
                }
              }
            });
  }

  @Test
  void everyServiceHasAHealthCheck() throws IOException {
    assertThat(compose().path("services").properties())
        .isNotEmpty()
        .allSatisfy(
            service ->
                assertThat(service.getValue().has("healthcheck")).as(service.getKey()).isTrue());
  }

  private static JsonNode compose() throws IOException {
    return YAML.readTree(Checkout.ROOT.resolve("docker-compose.yml").toFile());
  }
}
