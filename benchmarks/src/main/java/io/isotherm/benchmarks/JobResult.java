package io.isotherm.benchmarks;

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
    long maxRssBytes) {

  /** CPU time for one chip at one instant once the process was warm, in nanoseconds. */
  double nanosPerChipSample() {
    return warmCpuSeconds * 1e9 / warmChipSamples;
  }
}
