package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class EmulateCommandTest {
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(new StringWriter(), true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @Test
  void saysThatItsMetricsPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      String port = Integer.toString(taken.getLocalPort());
      assertThat(run("emulate", "--metrics-port", port)).isEqualTo(Main.FAILED);
      assertThat(err.toString().lines())
          .last()
          .isEqualTo(
              "isotherm emulate: port %s is in use: stop the process that listens there, or choose another with --metrics-port, or 0 for a free one"
                  .formatted(port));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "--seed, -1, '--seed is -1, must be at least 0'",
    "--interval, 10ms, --interval must be 100ms to 60s",
    "--links-every, 0, '--links-every is 0, must be at least 1'",
    "--pod-every, 61m, --pod-every must be 0s to 1h",
    "--pod-every, often, is not a duration",
    "--scenario, nowhere.yaml, no scenario 'nowhere.yaml'",
    "--preset, atlas-961, atlas-960",
    "--metrics-port, 65536, --metrics-port: 65536 is not between 0 and 65535",
    "--schema-registry, ':', --schema-registry",
  })
  void wrongValueIsWrongUsage(String option, String value, String said) {
    assertThat(run("emulate", option, value)).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains("isotherm emulate: ").contains(said);
  }

  @Test
  void aRegistrysPasswordIsInNoMessage() {
    assertThat(run("emulate", "--schema-registry", "https://isotherm:sec ret@registry"))
        .isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .contains("--schema-registry: no URL: Illegal character in authority at character 9")
        .doesNotContain("ret@");
  }
}
