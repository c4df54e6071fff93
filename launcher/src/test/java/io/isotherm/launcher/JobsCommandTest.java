package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JobsCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @BeforeEach
  void writeHosts() throws IOException {
    Files.writeString(
        dir.resolve("hosts.yaml"),
        """
        - targets: ["gpu-001:9400"]
          labels: {board: pod-00/cab-000/board-0, exporter: dcgm}
        - targets: ["gpu-002:9400"]
          labels: {board: pod-00/cab-000/board-1, exporter: dcgm}
        - targets: ["gpu-003:9400"]
          labels: {board: pod-00/cab-001/board-2, exporter: dcgm}
        """);
  }

  private Ended jobs(String... options) {
    String[] all = new String[options.length + 4];
    all[0] = "jobs";
    all[1] = dir.resolve("hosts.yaml").toString();
    all[2] = "--preset";
    all[3] = "hgx-h100";
    System.arraycopy(options, 0, all, 4, options.length);
    return Ended.isotherm(all);
  }

  @Test
  void aCheckShowsWhichBoardsEachJobHasAndWhatIsLeftOut() throws IOException {
    // As squeue 22.05 printed it, with a host and a job more.
    Path list =
        Files.writeString(
            dir.resolve("jobs.txt"),
            """
            JOBID|NODELIST|NAME
            1|gpu-[001-003],login-1|llama 70b/pre
            2|gpu-004|notebook
            """);
    Ended ended = jobs("--list", list.toString(), "--check");
    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    assertThat(ended.out().lines())
        .containsExactly(
            "slurm-1-llama_70b_pre: 3 boards",
            "  pod-00/cab-000/board-0 to pod-00/cab-000/board-1, worker",
            "  pod-00/cab-001/board-2, worker",
            "2 hosts of jobs are no board's: gpu-004, login-1",
            "1 jobs have fewer than 2 boards for themselves, and are left out: slurm-2-notebook",
            "1 jobs of 2");
  }

  @Test
  void aListThatCannotBeReadIsAFailureInOneLine() {
    Ended ended = jobs("--command", "echo no controller >&2; exit 1", "--check");
    assertThat(ended.code()).isEqualTo(Main.FAILED);
    assertThat(ended.err())
        .isEqualToIgnoringNewLines(
            "isotherm jobs: \"echo no controller >&2; exit 1\" failed with exit code 1: no"
                + " controller");
  }

  @ParameterizedTest
  @CsvSource({
    "--every, 500ms, --every must be 1s to 1h",
    "--fewest-boards, 0, '0 boards of a job, must be at least 1'",
    "--source, a/b, a/b' is no name of a source",
    "--metrics-port, 65536, --metrics-port: 65536 is not between 0 and 65535",
    "--chip, h101, unknown chip 'h101'",
  })
  void aWrongValueIsWrongUsage(String option, String value, String said) {
    Ended ended = jobs(option, value);
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).contains("isotherm jobs: ").contains(said);
  }

  @Test
  void hostsThatCannotBeReadAreWrongUsage() {
    Ended ended = Ended.isotherm("jobs", "nowhere.yaml", "--preset", "hgx-h100");
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err())
        .contains("isotherm jobs: nowhere.yaml: cannot be read: there is no such file");
  }
}
