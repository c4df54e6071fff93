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
 * The monitor stays near the raw consumer, thread against thread: in runs so short a third of the
 * processes' CPU time is Java's compiler's, which has other threads. What else the machine does
 * moves the ratio by a tenth: one pair that is well is enough, and without one the median counts.
 * {@code benchmarks/README.md} says where the bounds come from, and {@code benchmarks/run}
 * measures.
 */
final class PipelineGuardIT {
  private static final int CHIPS_PER_REPORT = 8;

  /** With a third of it the monitor still runs code that awaits its compiler. */
  private static final int SECONDS = 1200;

  private static final int MOST_PAIRS = 5;

  /**
   * CPU time of the raw consumer's thread for each of the monitor's that a monitor has which
   * decodes twice in one pair of twenty, and a good one in two of three.
   */
  private static final double WELL = 0.6;

  /** Least median of pairs of which none is well. */
  private static final double LEAST_MEDIAN = 0.55;

  private static final Ratio P1 =
      Ratio.ALL.stream().filter(ratio -> ratio.id().equals("P1")).findFirst().orElseThrow();

  @Test
  @Timeout(value = 15, unit = TimeUnit.MINUTES)
  void theMonitorIsNotFarFromTheRawConsumer() throws Exception {
    Path root = Path.of(System.getProperty("isotherm.root", ".."));
    PrintWriter progress = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    try (Bench bench = Bench.open(new Load.Shape(CHIPS_PER_REPORT, SECONDS), root, progress)) {
      List<Double> ratios = new ArrayList<>();
      do {
        Pairs pair = Pairs.run(P1, bench, Job.RAW_CONSUMER, Job.MONITOR, 1);
        double consumer = pair.firstNanos(ThreadTimes.MAIN);
        double monitor = pair.secondNanos(ThreadTimes.STREAM);
        ratios.add(consumer / monitor);
        progress.printf(
            "thread of raw-consumer / of monitor: %.1f / %.1f ns a chip-sample, %.3f%n",
            consumer, monitor, consumer / monitor);
      } while (Spread.of(ratios).max() < WELL && ratios.size() < MOST_PAIRS);

      assertThat(Spread.of(ratios))
          .as("thread of raw-consumer / of monitor, %s", ratios)
          .matches(
              s -> s.max() >= WELL || s.median() >= LEAST_MEDIAN,
              "has a pair of %s or a median of %s".formatted(WELL, LEAST_MEDIAN));
    }
  }
}
