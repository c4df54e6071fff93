package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.schemas.Topic;
import io.isotherm.topology.MonitorSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MonitorCommandTest {
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(new StringWriter(), true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @ParameterizedTest
  @CsvSource({
    "--threads, 0",
    "--window, 100ms",
    "--window, 1h",
    "--window, 3s",
    "--grace, 11s",
    "--metrics-port, 70000",
    "--schema-registry, not a url",
    "--detectors, nowhere.yaml",
    "--application-id, a b",
    "--application-id, ''",
    "--application-id, ..",
  })
  void refusesWhatCannotBeMeant(String option, String value) {
    assertThat(run("monitor", option, value)).isEqualTo(Main.USAGE);
    assertThat(err.toString()).startsWith("isotherm monitor: " + option);
  }

  @Test
  void aWindowThatIsTooLongForItsDetectorsIsRefused(@TempDir Path dir) throws IOException {
    Path detectors = Files.writeString(dir.resolve("my.yaml"), "corrected_per_minute: 1000\n");

    assertThat(run("monitor", "--detectors", detectors.toString(), "--window", "10m"))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .startsWith("isotherm monitor: --window is 600000ms, but corrected per minute is 1000")
        .contains("must be at most 819 with windows of 600000 ms");
  }

  @Test
  void aPatienceOfTheFileIsNotLostToAnotherWindow(@TempDir Path dir) throws IOException {
    Path file = Files.writeString(dir.resolve("detectors.yaml"), "tick_patience_ms: 15000\n");

    assertThat(run("monitor", "--detectors", file.toString(), "--window", "6s"))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .startsWith(
            "isotherm monitor: --window is 6000ms, but tick patience is 15000, must be 0 to 12000");
  }

  @Test
  void saysThatAHostIsNotKnown() {
    assertThat(
            run(
                "monitor",
                "--bootstrap-server",
                "no-such-host.invalid:9092",
                "--metrics-port",
                "0"))
        .isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("no-such-host.invalid:9092", "--bootstrap-server");
  }

  @Test
  void saysThatItsMetricsPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      assertThat(run("monitor", "--metrics-port", port)).isEqualTo(Main.FAILED);
      assertThat(err.toString())
          .isEqualToIgnoringNewLines(
              "isotherm monitor: port %s is in use: stop the process that listens there, or choose another with --metrics-port, or 0 for a free one"
                  .formatted(port));
    }
  }

  @Test
  void anApplicationIdIsAsLongAsTheNamesOfItsTopicsAllow() {
    String longest = "m".repeat(MonitorSettings.MOST_ID_LENGTH);
    assertThat(MonitorSettings.isApplicationId(longest)).isTrue();
    assertThat(Topic.isName(longest + "-pod-pages-changelog")).isTrue();
    assertThat(Topic.isName(longest + "-cluster-state-changelog")).isTrue();
    assertThat(run("monitor", "--application-id", longest + "m")).isEqualTo(Main.USAGE);
  }
}
