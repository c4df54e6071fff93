package io.isotherm.benchmarks;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;

/**
 * Alternating runs of two jobs. The second of a pair is the first of the next, so that what grows
 * or warms up meanwhile favours neither.
 *
 * @param ratio what is compared
 * @param chipsPerReport chips a report of the load
 * @param first runs of the first job
 * @param second runs of the second job, as many
 */
record Pairs(Ratio ratio, int chipsPerReport, List<JobResult> first, List<JobResult> second) {
  static Pairs run(Ratio ratio, Bench bench, Job first, Job second, int pairs)
      throws IOException, InterruptedException, ExecutionException {
    List<JobResult> firsts = new ArrayList<>();
    List<JobResult> seconds = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      if (i % 2 == 0) {
        firsts.add(bench.run(first));
        seconds.add(bench.run(second));
      } else {
        seconds.add(bench.run(second));
        firsts.add(bench.run(first));
      }
    }
    return new Pairs(ratio, bench.load().shape().chipsPerReport(), firsts, seconds);
  }

  /** Ratios of the pairs. */
  Spread spread() {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      ratios.add(first.get(i).nanosPerChipSample() / second.get(i).nanosPerChipSample());
    }
    return Spread.of(ratios);
  }

  /** Median CPU time of the first job for a chip-sample, in nanoseconds. */
  double firstNanos() {
    return median(first);
  }

  /** Median CPU time of the second job for a chip-sample, in nanoseconds. */
  double secondNanos() {
    return median(second);
  }

  private static double median(List<JobResult> runs) {
    return Spread.of(runs.stream().map(JobResult::nanosPerChipSample).toList()).median();
  }

  /** The same of a part of the first job, 0 if it does not say. */
  double firstNanos(String part) {
    return median(first, part);
  }

  /** The same of a part of the second job, 0 if it does not say. */
  double secondNanos(String part) {
    return median(second, part);
  }

  private static double median(List<JobResult> runs, String part) {
    return Spread.of(runs.stream().map(run -> run.nanosPerChipSample(part)).toList()).median();
  }
}
