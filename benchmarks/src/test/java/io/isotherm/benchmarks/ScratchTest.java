package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class ScratchTest {
  @Test
  @Timeout(60)
  void whoIsEndedEarlyLeavesNothing(@TempDir Path temp) throws Exception {
    Process process =
        new ProcessBuilder(
                Java.EXECUTABLE,
                "-Xmx64m",
                "-Djava.io.tmpdir=" + temp,
                "-cp",
                Java.CLASS_PATH,
                Worker.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      // Given a process that works in a directory, and one that it started
      Path directory = Path.of(Objects.requireNonNull(said.readLine()));
      ProcessHandle child =
          ProcessHandle.of(Long.parseLong(Objects.requireNonNull(said.readLine()))).orElseThrow();
      assertThat(directory).startsWith(temp).isDirectoryContaining("glob:**/kept");

      // When it is ended as Ctrl-C ends it
      process.destroy();

      // Then neither is left
      assertThat(process.waitFor(50, TimeUnit.SECONDS)).isTrue();
      assertThat(directory).doesNotExist();
      assertThat(child.isAlive()).isFalse();
    } finally {
      process.destroyForcibly();
    }
  }

  /** Works until it is ended, as {@link Run} does. */
  static final class Worker {
    public static void main(String[] args) throws Exception {
      Runtime.getRuntime().addShutdownHook(new Thread(Scratch::end));
      Path directory = Scratch.create("test");
      Files.writeString(Files.createDirectory(directory.resolve("kept")).resolve("file"), "x");
      Process child =
          new ProcessBuilder(
                  "sh", "-c", "while :; do echo x >>" + directory + "/kept/log; sleep 0.01; done")
              .start();
      System.out.println(directory);
      System.out.println(child.pid());
      Thread.currentThread().join();
    }
  }
}
