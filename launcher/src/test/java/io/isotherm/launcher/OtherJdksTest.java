package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedFleet;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The same recording gives the same incidents under every JDK of this machine. */
final class OtherJdksTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private static JsonNode incidents(String json) throws IOException {
    return new ObjectMapper().readTree(json).get("incidents");
  }

  @Test
  void theIncidentsOfARecordingAreTheSameUnderEveryJdk() throws Exception {
    List<Path> others = OtherJdks.found();
    assumeFalse(others.isEmpty(), OtherJdks.NONE);
    String recording = dir.resolve("recording").toString();
    RecordedFleet.record(Path.of(recording), 150);
    StringWriter here = new StringWriter();
    assertThat(
            Main.commandLine(new StopSignal())
                .setOut(new PrintWriter(here, true))
                .setErr(new PrintWriter(new StringWriter()))
                .execute("backtest", recording, "-o", "json"))
        .isEqualTo(Main.DONE);
    assertThat(incidents(here.toString()).get("opened").asInt()).isPositive();

    for (Path jdk : others) {
      File err = dir.resolve("err").toFile();
      File out = dir.resolve("out").toFile();
      Process process =
          new ProcessBuilder(
                  jdk.resolve("bin/java").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  Main.class.getName(),
                  "backtest",
                  recording,
                  "-o",
                  "json")
              .redirectOutput(out)
              .redirectError(err)
              .start();
      assertThat(process.waitFor(2, TimeUnit.MINUTES)).as(jdk.toString()).isTrue();
      assertThat(process.exitValue())
          .as("%s: %s", jdk, Files.readString(err.toPath(), StandardCharsets.UTF_8))
          .isEqualTo(Main.DONE);
      assertThat(incidents(Files.readString(out.toPath()))).isEqualTo(incidents(here.toString()));
    }
  }
}
