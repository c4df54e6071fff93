package io.isotherm.benchmarks;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The core without Kafka Streams: a consumer, the decoder, and the monitors of the pods, of whose
 * results nothing is made and whose state is not kept.
 *
 * <p>Every board of the load reports once a second, in order. So it is known which report closes a
 * window, the last one of the first second of the next, and only those are timed.
 */
final class RawMonitorJob implements RawConsumer.Sink {
  /** The part of this job that is the closing of windows. */
  static final String CLOSE = "close";

  private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
  private final ReportReader reader = new ReportReader(SchemaHistory.bundled());
  private final Report report = new Report();
  private final Map<String, Pod> pods = new HashMap<>();
  private final JobRun run;
  private long reports;
  private long closeNanos;
  private long closesMissed;

  private RawMonitorJob(JobRun run) {
    this.run = run;
  }

  public static void main(String[] args) throws IOException {
    JobRun run = JobRun.of(args);
    int seconds = (int) ((run.untilMs() - run.fromMs()) / 1_000);
    RawMonitorJob job = new RawMonitorJob(run);
    ClusterPlan plan =
        new Load.Shape(run.chipsPerReport(), seconds)
            .plan(Path.of(System.getProperty("isotherm.root", ".")));
    // The load's own jobs, which the monitor reads from their topic: without them most of what
    // looks
    // at a job's chips would have nothing to do.
    List<Placement> placements = new Fleet(plan, Scenario.quiet(1), run.fromMs()).placements();
    plan.pods().forEach(pod -> job.pods.put(pod.pod(), new Pod(pod, placements)));
    RawConsumer.End end = RawConsumer.read(run, job);
    int expected = seconds * 1_000 / Load.WINDOW_MS;
    for (Pod pod : job.pods.values()) {
      if (pod.windows != expected || job.closesMissed > 0) {
        throw new IllegalStateException(
            "%d windows were closed, must be %d; %d of them by an unexpected report"
                .formatted(pod.windows, expected, job.closesMissed));
      }
    }
    run.part(CLOSE, job.closeNanos);
    run.finish(
        end.cpuNanos(),
        end.atNanos(),
        job.reports,
        job.reports * run.chipsPerReport(),
        Answer.records(job.reports));
  }

  @Override
  public void take(byte[] array, int from, int end) {
    reader.read(array, from, end, report);
    reports++;
    Pod pod = pods.get(report.pod);
    if (pod == null) {
      throw new IllegalStateException("pod " + report.pod + " is not of this load");
    }
    if (++pod.reports != pod.nextClose) {
      pod.monitor.accept(report, pod);
      return;
    }
    pod.nextClose += pod.reportsPerWindow;
    int windows = pod.windows;
    long start = threads.getCurrentThreadCpuTime();
    pod.monitor.accept(report, pod);
    if (run.isWarm()) {
      closeNanos += threads.getCurrentThreadCpuTime() - start;
    }
    closesMissed += pod.windows == windows ? 1 : 0;
  }

  /** A pod and what it has said. */
  private static final class Pod implements PodMonitor.Output {
    final PodMonitor monitor;
    final long reportsPerWindow;
    long nextClose;
    long reports;
    int windows;

    Pod(PodLayout layout, List<Placement> placements) {
      monitor = new PodMonitor(layout, DetectorSettings.DEFAULT);
      monitor.placements(placements);
      reportsPerWindow = layout.boards() * (Load.WINDOW_MS / 1_000L);
      nextClose = reportsPerWindow + layout.boards();
    }

    @Override
    public void window(PodWindow window) {
      windows++;
    }

    @Override
    public void incident(IncidentEvent event) {
      throw new IllegalStateException("a healthy pod has no incident: " + event.subject());
    }
  }
}
