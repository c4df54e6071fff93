package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobRunTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  private JobRun run(Path out) {
    return JobRun.of(
        "--job", "some", "--end", "0:60,3:30", "--chips-per-report", "8", "--out", out.toString());
  }

  @Test
  void theResultCountsFromTheFirstThirdOn() throws IOException {
    Path out = directory.resolve("out.json");
    JobRun run = run(out);
    assertThat(run.reports()).isEqualTo(90);
    run.consumed(29);
    run.consumed(31);
    run.consumed(60);
    run.part("close", 250_000_000);
    run.threads();
    long cpu = JobRun.cpuNanos();
    run.finish(cpu, System.nanoTime(), 90, 720, "samples:1");

    JobResult result = new ObjectMapper().readValue(out.toFile(), JobResult.class);
    assertThat(result.job()).isEqualTo("some");
    assertThat(result.digest()).isEqualTo("samples:1");
    assertThat(result.warmChipSamples()).isEqualTo((90 - 31) * 8);
    assertThat(result.warmCpuSeconds()).isBetween(0.0, result.cpuSeconds());
    assertThat(result.maxRssBytes()).isPositive();
    assertThat(result.parts()).containsEntry("close", 0.25).containsKey(ThreadTimes.MAIN);
  }

  @Test
  void aJobNeedNotSayWhatItsPartsCost() throws IOException {
    JobResult result =
        new ObjectMapper()
            .readValue(
                "{\"job\":\"peer\",\"reports\":1,\"chipSamples\":8,\"digest\":\"\",\"cpuSeconds\":1,"
                    + "\"warmCpuSeconds\":1,\"warmChipSamples\":4,\"wallSeconds\":1,\"maxRssBytes\":0}",
                JobResult.class);

    assertThat(result.parts()).isEmpty();
    assertThat(result.nanosPerChipSample("close")).isZero();
  }

  @Test
  void aMissingArgumentIsNamed() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> JobRun.of("--job", "some"))
        .withMessage("argument --end is missing");
  }
}
