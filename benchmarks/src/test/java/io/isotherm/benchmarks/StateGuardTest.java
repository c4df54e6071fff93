package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The memory that the monitors keep of a chip stays below its bar, which is exact. */
final class StateGuardTest {
  private static final int MOST_MINUTES = 5;

  @Test
  void theStateOfAChipStaysWithinItsBar(@TempDir Path temp) throws Exception {
    Path json = temp.resolve("figures.json");
    Path log = temp.resolve("log");
    Path root = Path.of("..").toAbsolutePath().normalize();
    // A process of its own, whose collector frees everything.
    Process run =
        new ProcessBuilder(
                Java.EXECUTABLE,
                "-XX:+UseSerialGC",
                "-Xmx2g",
                "-cp",
                Java.CLASS_PATH,
                Run.class.getName(),
                "--only",
                "P6",
                "--chips",
                "8",
                "--json",
                json.toString(),
                "--root",
                root.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    try {
      assertThat(run.waitFor(MOST_MINUTES, TimeUnit.MINUTES))
          .as("it ended; it said: %s", Files.readString(log))
          .isTrue();
    } finally {
      run.destroyForcibly();
    }
    assertThat(run.exitValue()).as("it said: %s", Files.readString(log)).isZero();
    JsonNode p6 = new ObjectMapper().readTree(json.toFile()).path("findings").path(0);

    assertThat(p6.path("id").asText()).isEqualTo("P6");
    assertThat(p6.path("value").path("median").asDouble())
        .isPositive()
        .isLessThanOrEqualTo(p6.path("bar").asDouble());
  }
}
