package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
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
}
