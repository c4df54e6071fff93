package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class JobListTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @Test
  void aListIsReadAsItIsNow() throws Exception {
    Path file = dir.resolve("jobs.txt");
    JobList list = JobList.ofFile(file);
    assertThatExceptionOfType(JobsException.class)
        .isThrownBy(list::read)
        .withMessage("%s: cannot be read: there is no such file or directory", file);
    Files.writeString(file, "JOBID|NODELIST\n");
    assertThat(list.read()).isEqualTo("JOBID|NODELIST\n");
  }

  @Test
  void aCommandIsRunByTheShell() throws Exception {
    assertThat(JobList.ofCommand("printf 'a|%s\\n' b; echo noise >&2").read()).isEqualTo("a|b\n");
    // More than a pipe holds.
    assertThat(JobList.ofCommand("seq 1 100000").read()).hasLineCount(100_000);
  }

  @Test
  void aCommandThatFailsSaysWhy() {
    assertThatExceptionOfType(JobsException.class)
        .isThrownBy(() -> JobList.ofCommand("echo >&2; echo no controller >&2; exit 3").read())
        .withMessage(
            "\"echo >&2; echo no controller >&2; exit 3\" failed with exit code 3: no controller");
    assertThatExceptionOfType(JobsException.class)
        .isThrownBy(() -> JobList.ofCommand("no-such-squeue").read())
        .withMessageContaining("exit code 127");
  }

  @Test
  @Timeout(30)
  void aCommandThatDoesNotEndIsEndedWithWhatItStarted() throws Exception {
    Path pid = dir.resolve("pid");
    String command = "sleep 60 & echo $! >%s; wait".formatted(pid);
    assertThatExceptionOfType(JobsException.class)
        .isThrownBy(() -> JobList.ofCommand(command, Duration.ofSeconds(2)).read())
        .withMessage("\"%s\" did not end within 2 s", command);
    assertThat(ends(Long.parseLong(Files.readString(pid).strip()))).isTrue();
  }

  @Test
  @Timeout(30)
  void aCommandIsNotWaitedForWhenItsListIsNotWantedAnyMore() throws Exception {
    Path begun = dir.resolve("begun");
    JobList list = JobList.ofCommand("touch %s; sleep 60".formatted(begun));
    CompletableFuture<String> read = CompletableFuture.supplyAsync(() -> readAll(list));
    await().atMost(Duration.ofSeconds(10)).until(() -> Files.exists(begun));
    list.stop();
    assertThat(read.get(10, TimeUnit.SECONDS)).contains("failed with exit code");
    // Nor is another begun.
    assertThat(readAll(list)).contains("failed with exit code");
  }

  private static String readAll(JobList list) {
    try {
      return list.read();
    } catch (JobsException e) {
      return String.valueOf(e.getMessage());
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean ends(long pid) throws Exception {
    return ProcessHandle.of(pid).isEmpty()
        || !ProcessHandle.of(pid).get().onExit().get(10, TimeUnit.SECONDS).isAlive();
  }
}
