package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Reads reports with the monitor's own decoder and counts them for the whole process. Engines make
 * one for each of their threads, out of reach of whoever started them, so what is counted is
 * static: a process is one run of one job.
 */
final class Intake {
  private static final AtomicLong REPORTS = new AtomicLong();
  private static final AtomicLong CHIP_SAMPLES = new AtomicLong();
  private static volatile @Nullable JobRun run;

  private final ReportReader reader = new ReportReader(SchemaHistory.bundled());
  private final Report report = new Report();

  /** Says which run the reports of this process belong to. */
  static void belongsTo(JobRun theRun) {
    run = theRun;
  }

  /** Reads a report into one that the next call fills again. */
  Report read(byte @Nullable [] value) {
    reader.read(value, report);
    CHIP_SAMPLES.addAndGet(report.chipCount);
    long reports = REPORTS.incrementAndGet();
    JobRun ours = run;
    if (ours != null) {
      ours.consumed(reports);
    }
    return report;
  }

  static long reports() {
    return REPORTS.get();
  }

  static long chipSamples() {
    return CHIP_SAMPLES.get();
  }
}
