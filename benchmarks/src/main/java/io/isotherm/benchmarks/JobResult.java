package io.isotherm.benchmarks;

import java.util.Map;

/**
 * What one run of a job said about itself.
 *
 * @param job name of the job
 * @param reports reports that it read
 * @param chipSamples chips in them
 * @param digest digest of its answer
 * @param cpuSeconds CPU time of its whole process
 * @param warmCpuSeconds CPU time from the moment at which it had read a third of the reports
 * @param warmChipSamples chips in the reports that it read since then
 * @param wallSeconds time from start to end
 * @param maxRssBytes highest memory of its process, 0 if not known
 * @param parts CPU seconds of the kinds of its threads, and of what else it says, after the first
 *     third; empty unless it says so
 */
record JobResult(
    String job,
    long reports,
    long chipSamples,
    String digest,
    double cpuSeconds,
    double warmCpuSeconds,
    long warmChipSamples,
    double wallSeconds,
    long maxRssBytes,
    Map<String, Double> parts) {

  /** A job written elsewhere says nothing of its parts. */
  @SuppressWarnings("NullAway") // Jackson gives null where the line of JSON has nothing
  JobResult {
    parts = parts == null ? Map.of() : Map.copyOf(parts);
  }

  /** A result that says nothing of its parts. */
  JobResult(
      String job,
      long reports,
      long chipSamples,
      String digest,
      double cpuSeconds,
      double warmCpuSeconds,
      long warmChipSamples,
      double wallSeconds,
      long maxRssBytes) {
    this(
        job,
        reports,
        chipSamples,
        digest,
        cpuSeconds,
        warmCpuSeconds,
        warmChipSamples,
        wallSeconds,
        maxRssBytes,
        Map.of());
  }

  /** CPU time of a part for one chip at one instant, in nanoseconds; 0 if there is no such part. */
  double nanosPerChipSample(String part) {
    return parts.getOrDefault(part, 0.0) * 1e9 / warmChipSamples;
  }

  /** CPU time for one chip at one instant once the process was warm, in nanoseconds. */
  double nanosPerChipSample() {
    return warmCpuSeconds * 1e9 / warmChipSamples;
  }
}
