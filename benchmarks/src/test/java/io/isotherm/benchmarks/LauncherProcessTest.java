package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LauncherProcessTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  @Test
  void whoFailsIsHeardThoughTheLogIsDeleted() throws IOException {
    Path log = directory.resolve("log.txt");
    try (LauncherProcess process = LauncherProcess.java(log, "io.isotherm.Nowhere")) {
      assertThatIOException()
          .isThrownBy(process::firstLine)
          .withMessageStartingWith("Nowhere ended at once; it said last:")
          .withMessageContaining("Could not find or load main class io.isotherm.Nowhere");
    }
    try (LauncherProcess process = LauncherProcess.java(log, "io.isotherm.Nowhere")) {
      assertThatIOException()
          .isThrownBy(() -> process.awaitSuccess(60))
          .withMessageStartingWith("Nowhere failed with exit code 1; it said last:")
          .withMessageContaining("Could not find or load main class io.isotherm.Nowhere");
    }
  }

  @Test
  void ofALongLogTheEndIsSaid() throws IOException {
    Path log = directory.resolve("long.txt");
    Files.write(log, IntStream.range(0, 1_000).mapToObj(i -> "line " + i).toList());

    assertThat(LauncherProcess.tail(log))
        .isEqualTo(
            IntStream.range(940, 1_000)
                .mapToObj(i -> "line " + i)
                .collect(Collectors.joining("\n")));
    assertThat(LauncherProcess.tail(directory.resolve("none"))).contains("there is no log");
  }
}
