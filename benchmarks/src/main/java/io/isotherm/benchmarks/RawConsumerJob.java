package io.isotherm.benchmarks;

import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;

/** The least that reading reports can cost: a consumer, the monitor's decoder, and a sum. */
final class RawConsumerJob implements RawConsumer.Sink {
  private final ReportReader reader = new ReportReader(SchemaHistory.bundled());
  private final Report report = new Report();
  private long reports;
  private long chipSamples;
  private long temperatureSum;

  private RawConsumerJob() {}

  public static void main(String[] args) throws IOException {
    JobRun run = JobRun.of(args);
    RawConsumerJob job = new RawConsumerJob();
    RawConsumer.End end = RawConsumer.read(run, job);
    run.finish(
        end.cpuNanos(),
        end.atNanos(),
        job.reports,
        job.chipSamples,
        Answer.samples(job.reports, job.chipSamples, job.temperatureSum));
  }

  @Override
  public void take(byte[] array, int from, int end) {
    reader.read(array, from, end, report);
    reports++;
    chipSamples += report.chipCount;
    for (int i = 0; i < report.chipCount; i++) {
      temperatureSum += report.temperature[i];
    }
  }
}
