package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.PodHealth;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.SchemaHistory;
import java.io.File;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pipeline as a user runs it: broker, emulator, two monitors and exporter, each a process of
 * its own. Both monitors are killed with -9 in turn, so the one that judges the pod is; the story
 * still comes out as in the demo.
 */
final class SeparateProcessesIT {
  private static final int SECONDS = 150;

  /**
   * For three windows of 10 s each, after a start of some 10 s, or after a session of 15 s has run
   * out and a transaction of 20 s has. On an idle machine it takes half of that.
   */
  private static final Duration WINDOWS_COME = Duration.ofSeconds(100);

  private final List<Process> processes = new ArrayList<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @AfterEach
  void endProcesses() throws InterruptedException {
    Collections.reverse(processes);
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void theStoryIsFoundWhicheverMonitorIsKilled() throws Exception {
    String kafka = "localhost:" + freePort();
    start("broker", "broker", "--port", kafka.substring(10), "--data-dir", dir("broker"));
    await().atMost(Duration.ofSeconds(30)).until(() -> answers(kafka));
    Process first = monitor("first", kafka);
    Process second = monitor("second", kafka);
    int port = freePort();
    Process emulator =
        start(
            "emulate",
            "emulate",
            "--bootstrap-server",
            kafka,
            "--cabinets",
            "12",
            "--scenario",
            "demo",
            "--metrics-port",
            "0",
            "--duration",
            SECONDS + "s");
    PodLayout pod = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 12)).pods().get(0);
    await().atMost(Duration.ofSeconds(30)).until(() -> topicsExist(kafka));
    start("export", "export", "--bootstrap-server", kafka, "--port", Integer.toString(port));

    try (ResultLog results =
        new ResultLog(Map.of("bootstrap.servers", kafka), SchemaHistory.bundled())) {
      await().atMost(WINDOWS_COME).until(() -> windows(results) >= 2);
      first.destroyForcibly().waitFor();
      monitor("first", kafka);
      long before = windows(results);
      await().atMost(WINDOWS_COME).until(() -> windows(results) >= before + 3);
      second.destroyForcibly().waitFor();
      monitor("second", kafka);

      assertThat(emulator.waitFor()).isZero();
      await().atMost(WINDOWS_COME).until(() -> windows(results) >= SECONDS / 10 - 1);
      FaultScore score =
          FaultScore.of(
              results.faults(),
              results.raised(),
              Map.of(pod.pod(), pod),
              List.of(),
              results.judgedUntilMs());

      assertThat(score.matches()).hasSize(7).allMatch(FaultScore.Match::found);
      assertThat(score.perfect()).as("%s", score.unmatched()).isTrue();
      assertThat(metrics(port).lines().filter(l -> l.startsWith("isotherm_chips{")))
          .extracting(l -> Double.parseDouble(l.substring(l.lastIndexOf(' '))))
          .satisfies(
              counts ->
                  assertThat(counts.stream().mapToDouble(c -> c).sum()).isEqualTo(pod.chips()));
    }
  }

  private static long windows(ResultLog results) {
    return results.pods().stream().mapToLong(PodHealth::getWindowsTotal).sum();
  }

  private Process monitor(String name, String kafka) throws IOException {
    return start(name, "monitor", "--bootstrap-server", kafka, "--metrics-port", "0");
  }

  private String dir(String name) {
    return dir.resolve(name).toString();
  }

  private Process start(String name, String... arguments) throws IOException {
    File log = dir.resolve(name + "-" + processes.size() + ".log").toFile();
    Process process = ProgramProcess.of(512, List.of(arguments)).redirectOutput(log).start();
    processes.add(process);
    return process;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  private static boolean answers(String address) {
    int colon = address.indexOf(':');
    try (Socket socket =
        new Socket(address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean topicsExist(String kafka) throws Exception {
    try (var admin =
        org.apache.kafka.clients.admin.Admin.create(Map.of("bootstrap.servers", kafka))) {
      return admin.listTopics().names().get().contains("truth.faults");
    }
  }

  private static String metrics(int port) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://localhost:" + port + "/metrics")).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
