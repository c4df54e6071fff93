package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FindingTest {
  private static JobResult result(String job, double warmCpuSeconds) {
    return new JobResult(job, 3_000, 24_000, "", 9, warmCpuSeconds, 16_000, 8, 1 << 20);
  }

  private static final Ratio P1 = new Ratio("P1", "raw-consumer", "monitor", 0.70, 0.90, 1);

  @Test
  void aRatioIsThatOfThePairsAndNotOfTheSums() {
    Pairs pairs =
        new Pairs(
            P1,
            8,
            List.of(result("raw-consumer", 0.006), result("raw-consumer", 0.016)),
            List.of(result("monitor", 0.008), result("monitor", 0.032)));

    assertThat(pairs.spread()).isEqualTo(new Spread(0.625, 0.5, 0.75));
    assertThat(pairs.firstNanos()).isEqualTo(687.5);
    assertThat(Finding.of(pairs).passes()).isFalse();
  }

  @Test
  void whatTheCompilerTookIsSaidIfBothJobsSayIt() {
    List<JobResult> compiled = List.of(compiling(result("raw-consumer", 0.008)));
    List<JobResult> alone = List.of(result("monitor", 0.008));

    assertThat(Finding.of(new Pairs(P1, 8, compiled, compiled)).detail())
        .isEqualTo("500.0 / 500.0 ns a chip-sample, compiling 125.0 / 125.0 of it");
    assertThat(Finding.of(new Pairs(P1, 8, compiled, alone)).detail())
        .isEqualTo("500.0 / 500.0 ns a chip-sample");
  }

  private static JobResult compiling(JobResult r) {
    return new JobResult(
        r.job(),
        r.reports(),
        r.chipSamples(),
        r.digest(),
        r.cpuSeconds(),
        r.warmCpuSeconds(),
        r.warmChipSamples(),
        r.wallSeconds(),
        r.maxRssBytes(),
        Map.of(ThreadTimes.COMPILER, 0.002));
  }

  @Test
  void aBarIsALeastOrAMost() {
    Spread two = new Spread(2, 1, 3);

    assertThat(new Finding("P1", "", 8, two, 2, 3, false, "").passes()).isTrue();
    assertThat(new Finding("P1", "", 8, two, 2.1, 3, false, "").passes()).isFalse();
    assertThat(new Finding("P5", "", 8, two, 2, 1, true, "").passes()).isTrue();
    assertThat(new Finding("P5", "", 8, two, 1.9, 1, true, "").passes()).isFalse();
  }

  @Test
  void theTableHasALineForEach() {
    Finding finding =
        new Finding("P1", "raw / ours", 8, new Spread(0.7512, 0.7, 0.81), 0.7, 0.9, false, "x");

    assertThat(Finding.table(List.of(finding)))
        .endsWith("| P1 | raw / ours | 8 | 0.751 | 0.7 to 0.81 | ≥ 0.7 | ≥ 0.9 | ok | x |\n");
  }

  @Test
  void numbersHaveThreeDigitsThatCount() {
    assertThat(List.of(0.0, 0.012345, 0.5, 1.234, 98.76, 12345.6, 70.0))
        .map(Finding::number)
        .containsExactly("0", "0.0123", "0.5", "1.23", "98.8", "12346", "70");
  }
}
