package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** The image that compose starts, built from our Dockerfile and run by a real Docker. */
final class ImageIT {
  private static final String IMAGE = "isotherm-test:latest";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** What a process exits with that Docker had to kill. */
  private static final long KILLED = 137;

  private static @Nullable Docker opened;

  @BeforeAll
  static void build() throws IOException, InterruptedException {
    Docker docker = Docker.open();
    opened = docker;
    Tool.Ran built =
        docker.run("build", "-q", "--build-arg", "JRE=" + docker.javaRuntime(), "-t", IMAGE, ".");
    assertThat(built.exitCode()).as(built.output()).isZero();
  }

  @AfterAll
  static void close() throws IOException, InterruptedException {
    if (opened != null) {
      opened.run("image", "rm", "--force", IMAGE);
      opened.close();
    }
  }

  private static Docker docker() {
    if (opened == null) {
      throw new IllegalStateException("not opened");
    }
    return opened;
  }

  @Test
  void aMistakeIsAnsweredAsOnTheCommandLine() throws Exception {
    Tool.Ran ran = docker().run("run", "--rm", IMAGE, "monitor", "--nonsense");

    assertThat(ran.exitCode()).isEqualTo(2);
    assertThat(ran.output()).contains("--nonsense").doesNotContain("\tat ");
  }

  @Test
  void containersOfOneImageWatchChips() throws Exception {
    try (GenericContainer<?> broker =
        container("broker")
            .withExposedPorts(9464)
            .waitingFor(Wait.forLogMessage("localhost:9092\\s*", 1))) {
      broker.start();
      // The broker listens on the loopback interface, so the others share that with it.
      String network = "container:" + broker.getContainerId();
      try (GenericContainer<?> emulate =
              container("emulate", "--preset", "atlas-960", "--cabinets", "2")
                  .withNetworkMode(network);
          GenericContainer<?> monitor = container("monitor").withNetworkMode(network);
          GenericContainer<?> export = container("export").withNetworkMode(network)) {
        emulate.start();
        monitor.start();
        export.start();

        URI metrics =
            URI.create(
                "http://%s:%d/metrics".formatted(broker.getHost(), broker.getMappedPort(9464)));
        await()
            .atMost(PATIENCE)
            .ignoreExceptionsInstanceOf(IOException.class)
            .untilAsserted(
                () ->
                    assertThat(get(metrics))
                        .contains("isotherm_chips{pod=\"pod-00\",state=\"healthy\"} 176.0"));

        assertThat(monitor.execInContainer("id", "-u").getStdout().strip())
            .as("user of the process: nobody")
            .isEqualTo("65534");
        assertHealthy(emulate, "/services/emulate/healthcheck");
        assertHealthy(monitor, "/x-monitor-health");
        assertHealthy(export, "/services/export/healthcheck");

        assertThat(exitOnStop(monitor, "monitor-1"))
            .as("exit of a monitor that is told to stop")
            .isNotEqualTo(KILLED);
        assertThat(exitOnStop(emulate, "emulate")).as("exit of an emulator").isNotEqualTo(KILLED);
        assertThat(exitOnStop(export, "export")).as("exit of an exporter").isNotEqualTo(KILLED);
      }
    }
  }

  private static GenericContainer<?> container(String... command) {
    return new GenericContainer<>(DockerImageName.parse(IMAGE)).withCommand(command);
  }

  private static String get(URI uri) throws IOException, InterruptedException {
    HttpResponse<String> response =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(5)).build(),
                HttpResponse.BodyHandlers.ofString());
    return response.body();
  }

  /** Asks as compose does, which needs what is in the image. */
  private static void assertHealthy(GenericContainer<?> container, String check)
      throws IOException, InterruptedException {
    JsonNode test = Compose.read().json().at(check + "/test");
    assertThat(test.path(0).asText()).as(check).isEqualTo("CMD");
    String[] command = new String[test.size() - 1];
    for (int i = 0; i < command.length; i++) {
      command[i] = test.get(i + 1).asText();
    }
    assertThat(container.execInContainer(command).getExitCode()).as(check).isZero();
  }

  /** Stops it as compose does, with the time that a service has. */
  private static long exitOnStop(GenericContainer<?> container, String service) throws IOException {
    String id = container.getContainerId();
    int seconds = (int) Compose.read().stopGrace(service).toSeconds();
    container.getDockerClient().stopContainerCmd(id).withTimeout(seconds).exec();
    Long code =
        container.getDockerClient().inspectContainerCmd(id).exec().getState().getExitCodeLong();
    return code == null ? KILLED : code;
  }
}
