package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RecordCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @ParameterizedTest
  @CsvSource({
    "--from, 1969-12-31T23:59:59Z, is before 1970",
    "--from, +999999999-01-01T00:00:00Z, is no time",
    "--to, -999999999-01-01T00:00:00Z, is no time",
    "--duration, 200000d, is longer than 36500d"
  })
  void refusesATimeThatNobodyMeans(String option, String time, String why) {
    // No broker is there to be asked.
    Ended ended =
        Ended.isotherm(
            "record",
            option,
            time,
            "--bootstrap-server",
            "localhost:1",
            dir.resolve("recording").toString());

    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.USAGE);
    assertThat(ended.err().lines())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("isotherm record: ")
        .contains(option, time, why);
  }
}
