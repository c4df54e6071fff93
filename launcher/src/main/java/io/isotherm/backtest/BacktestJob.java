package io.isotherm.backtest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.Outcome;
import io.isotherm.core.PodWindow;
import io.isotherm.export.MetricsHistory;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.StoppedException;
import io.isotherm.score.Sweep;
import io.isotherm.topology.Results;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a back-test is asked to do.
 *
 * @param recording directory of the recording
 * @param salvage whether what is damaged in it is left out and told, rather than an error
 * @param detectors settings of the detectors
 * @param sweep a setting to vary on the same reports; null for none
 * @param fromMs event time of the first report, in milliseconds since 1970-01-01 UTC
 * @param untilMs event time before which the last report is
 * @param threads most threads, from 1
 * @param openMetrics file for the metrics over time; null for none
 * @param rules rules of Prometheus to try on these metrics, a file or a directory; null for none
 * @param version version of Isotherm
 */
public record BacktestJob(
    Path recording,
    boolean salvage,
    DetectorSettings detectors,
    @Nullable Sweep sweep,
    long fromMs,
    long untilMs,
    int threads,
    @Nullable Path openMetrics,
    @Nullable Path rules,
    String version) {

  /** The forms of a result. */
  public interface Result {
    String json();

    String table();

    /** What is missing because it could not be read; a line a file. */
    List<String> leftOut();

    /** How many reports were turned away and why; empty if none was. */
    String turnedAway();

    /** One page that needs nothing else. */
    String html();
  }

  /** A job that reads a whole recording with some settings. */
  static BacktestJob whole(Path recording, DetectorSettings detectors, int threads) {
    return new BacktestJob(
        recording, false, detectors, null, Long.MIN_VALUE, Long.MAX_VALUE, threads, null, null, "");
  }

  /** Gives what comes out to several takers. */
  private record Tee(List<ClusterRun.Output> outputs) implements ClusterRun.Output {
    @Override
    public void window(PodWindow window) {
      outputs.forEach(o -> o.window(window));
    }

    @Override
    public void cluster(ClusterWindow window) {
      outputs.forEach(o -> o.cluster(window));
    }

    @Override
    public void incident(IncidentEvent event) {
      outputs.forEach(o -> o.incident(event));
    }
  }

  private record ToHistory(MetricsHistory history) implements ClusterRun.Output {
    @Override
    public void window(PodWindow window) {
      history.window(Results.podHealth(window));
    }

    @Override
    public void cluster(ClusterWindow window) {
      try {
        history.cluster(Results.clusterHealth(window));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public void incident(IncidentEvent event) {
      history.incident(Results.incident(event));
    }
  }

  private record Each(Consumer<IncidentEvent> taker) implements ClusterRun.Output {
    @Override
    public void window(PodWindow window) {}

    @Override
    public void cluster(ClusterWindow window) {}

    @Override
    public void incident(IncidentEvent event) {
      taker.accept(event);
    }
  }

  /**
   * Runs it.
   *
   * @param lines takes every event as a line of JSON, in order, as it comes; null for nobody
   * @throws io.isotherm.recording.RecordingException if the recording cannot be read, or nothing of
   *     it was judged
   * @throws StoppedException if it was asked to end
   */
  public Result run(@Nullable PrintWriter lines, Backtest.Progress progress, BooleanSupplier stop)
      throws IOException, InterruptedException {
    if (rules != null) {
      RuleTrial.files(rules);
      RuleTrial.program("promtool");
      RuleTrial.program("prometheus");
    }
    if (rules == null || openMetrics != null) {
      return judgeAndTry(this, lines, progress, stop);
    }
    Path metrics = Files.createTempFile("isotherm", ".om");
    try {
      BacktestJob written =
          new BacktestJob(
              recording, salvage, detectors, sweep, fromMs, untilMs, threads, metrics, rules,
              version);
      return judgeAndTry(written, lines, progress, stop);
    } finally {
      Files.deleteIfExists(metrics);
    }
  }

  private static Result judgeAndTry(
      BacktestJob job,
      @Nullable PrintWriter lines,
      Backtest.Progress progress,
      BooleanSupplier stop)
      throws IOException, InterruptedException {
    BacktestResult result =
        job.judge(
            RecordedCluster.of(
                (job.salvage ? Recording.salvage(job.recording) : Recording.open(job.recording))
                    .until(stop)),
            lines == null ? null : e -> lines.println(EventJson.of(e)),
            progress,
            stop);
    Path metrics = job.openMetrics;
    List<RuleTrial.Alert> alerts =
        job.rules == null || metrics == null
            ? null
            : tryRules(job, job.rules, metrics, result, stop);
    return new Result() {
      @Override
      public String json() {
        ObjectNode root = result.json();
        if (alerts != null) {
          root.set("alerts", RuleTrial.json(alerts));
        }
        return root.toPrettyString() + "\n";
      }

      @Override
      public List<String> leftOut() {
        return result.recording().recording().leftOut();
      }

      @Override
      public String turnedAway() {
        return result.read().turnedAway();
      }

      @Override
      public String table() {
        return alerts == null ? result.table() : result.table() + "\n" + RuleTrial.table(alerts);
      }

      @Override
      public String html() {
        return new BacktestPage(result, alerts == null ? List.of() : RuleTrial.rows(alerts)).html();
      }
    };
  }

  private static List<RuleTrial.Alert> tryRules(
      BacktestJob job, Path rules, Path metrics, BacktestResult result, BooleanSupplier stop)
      throws IOException, InterruptedException {
    if (result.book().timeline().points().isEmpty()) {
      throw new RecordingException(
          job.recording
              + ": no window of the whole cluster has closed: it is too short, or a pod of its"
              + " topology is not in it");
    }
    int windowMs = job.detectors.windowMs();
    return new RuleTrial(
            rules,
            metrics,
            result.book().firstWindowMs() + windowMs,
            result.book().lastWindowMs(),
            windowMs,
            stop)
        .run();
  }

  BacktestResult judge(
      RecordedCluster recorded,
      @Nullable Consumer<IncidentEvent> events,
      Backtest.Progress progress,
      BooleanSupplier stop)
      throws IOException, InterruptedException {
    long startNanos = System.nanoTime();
    double startCpu = cpuSeconds();
    IncidentBook book = new IncidentBook();
    List<ClusterRun.Output> outputs = new ArrayList<>(List.of(book));
    if (events != null) {
      outputs.add(new Each(events));
    }
    try (ResultFile file = openMetrics == null ? null : ResultFile.begin(openMetrics);
        MetricsHistory history =
            file == null ? null : new MetricsHistory(recorded.topology(), version)) {
      if (history != null) {
        outputs.add(new ToHistory(history));
      }
      List<Backtest.Variant> variants = new ArrayList<>();
      variants.add(new Backtest.Variant(detectors, new Tee(outputs)));
      List<IncidentBook> swept = new ArrayList<>();
      if (sweep != null) {
        for (DetectorSettings at : sweep.of(detectors)) {
          IncidentBook of = new IncidentBook();
          swept.add(of);
          variants.add(new Backtest.Variant(at, of));
        }
      }
      Backtest.Read read =
          Backtest.run(recorded, fromMs, untilMs, threads, variants, progress, stop);
      if (stop.getAsBoolean()) {
        throw new StoppedException();
      }
      requireJudged(read, book);
      if (file != null && history != null) {
        history.write(file.out());
        file.finish();
      }
      return new BacktestResult(
          recorded,
          read,
          detectors,
          book,
          sweep,
          swept,
          (System.nanoTime() - startNanos) / 1e9,
          cpuSeconds() - startCpu);
    }
  }

  /** Nothing was found is not said where nothing was looked at. */
  private void requireJudged(Backtest.Read read, IncidentBook book) {
    boolean reports = !read.pods().isEmpty() || read.unknownPods() > 0;
    if (reports && Collections.disjoint(read.pods(), book.judged())) {
      String why = read.turnedAway();
      if (why.isEmpty()) {
        why = "there is too little time in it";
      } else if (read.outcomes().getOrDefault(Outcome.TIME_TOO_NEW, 0L) > 0) {
        why += ". Without ticks no window closes while half of a pod is silent";
      }
      throw new RecordingException(
          "%s: no window of a pod that reports has closed, so nothing was judged: %s"
              .formatted(recording, why));
    }
  }

  private static double cpuSeconds() {
    return ManagementFactory.getOperatingSystemMXBean()
            instanceof com.sun.management.OperatingSystemMXBean os
        ? os.getProcessCpuTime() / 1e9
        : Double.NaN;
  }
}
