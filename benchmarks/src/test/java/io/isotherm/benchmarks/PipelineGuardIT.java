package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The monitor stays near the raw consumer. The runs are so short that both are still being compiled
 * for a good part of them, which costs the monitor more, and a machine that builds is noisy: only
 * if every pair is below half the bar of P1 is something wrong. {@code benchmarks/run} measures.
 */
final class PipelineGuardIT {
  private static final int CHIPS_PER_REPORT = 8;
  private static final int SECONDS = 400;
  private static final int PAIRS = 2;

  private static final Ratio P1 =
      Ratio.ALL.stream().filter(ratio -> ratio.id().equals("P1")).findFirst().orElseThrow();

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void theMonitorIsNotFarFromTheRawConsumer() throws Exception {
    Path root = Path.of(System.getProperty("isotherm.root", ".."));
    PrintWriter progress = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    try (Bench bench = Bench.open(new Load.Shape(CHIPS_PER_REPORT, SECONDS), root, progress)) {
      Pairs pairs = Pairs.run(P1, bench, Job.RAW_CONSUMER, Job.MONITOR, PAIRS);

      assertThat(pairs.spread().max()).as(Finding.of(pairs).detail()).isGreaterThan(P1.bar() / 2);
    }
  }
}
