package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The monitor stays near the raw consumer, thread against thread: in runs so short most of the
 * processes' CPU time is Java's compiler's, which has other threads. Only if every pair is below
 * the bound is something wrong; {@code benchmarks/README.md} says where the bound comes from, and
 * {@code benchmarks/run} measures.
 */
final class PipelineGuardIT {
  private static final int CHIPS_PER_REPORT = 8;
  private static final int SECONDS = 400;
  private static final int PAIRS = 2;

  /** Least CPU time of the raw consumer's thread for each of the monitor's. */
  private static final double LEAST = 0.6;

  private static final Ratio P1 =
      Ratio.ALL.stream().filter(ratio -> ratio.id().equals("P1")).findFirst().orElseThrow();

  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void theMonitorIsNotFarFromTheRawConsumer() throws Exception {
    Path root = Path.of(System.getProperty("isotherm.root", ".."));
    PrintWriter progress = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    try (Bench bench = Bench.open(new Load.Shape(CHIPS_PER_REPORT, SECONDS), root, progress)) {
      Pairs pairs = Pairs.run(P1, bench, Job.RAW_CONSUMER, Job.MONITOR, PAIRS);

      List<Double> ratios = new ArrayList<>();
      for (int i = 0; i < PAIRS; i++) {
        ratios.add(
            pairs.first().get(i).nanosPerChipSample(ThreadTimes.MAIN)
                / pairs.second().get(i).nanosPerChipSample(ThreadTimes.STREAM));
      }
      progress.printf("thread of raw-consumer / of monitor: %s%n", ratios);
      assertThat(Spread.of(ratios).max())
          .as("thread of raw-consumer / of monitor; %s", Finding.of(pairs).detail())
          .isGreaterThan(LEAST);
    }
  }
}
