package io.isotherm.benchmarks;

import java.io.IOException;

/** A consumer that takes every record and does not look into it. */
final class RawFetchJob implements RawConsumer.Sink {
  private long reports;
  private long bytes;

  private RawFetchJob() {}

  public static void main(String[] args) throws IOException {
    JobRun run = JobRun.of(args);
    RawFetchJob job = new RawFetchJob();
    RawConsumer.End end = RawConsumer.read(run, job);
    if (job.bytes == 0) {
      throw new IllegalStateException("the reports are empty");
    }
    run.finish(
        end.cpuNanos(),
        end.atNanos(),
        job.reports,
        job.reports * run.chipsPerReport(),
        Answer.records(job.reports));
  }

  @Override
  public void take(byte[] array, int from, int end) {
    reports++;
    bytes += end - from;
  }
}
