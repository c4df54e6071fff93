package io.isotherm.backtest;

import io.isotherm.core.ClusterRun;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.Outcome;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import io.isotherm.recording.ReportSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A recording through the monitors, on several threads. What comes out depends on the recording and
 * the settings alone.
 *
 * <p>Each thread reads some of the partitions, always the one that is furthest behind, and none
 * goes far ahead of the others, so that the memory for what waits does not grow with the length of
 * the recording.
 */
public final class Backtest {
  /** How far a partition may be ahead of the slowest one, in milliseconds of event time. */
  private static final long MOST_AHEAD_MS = 60_000;

  /** How far a partition goes before another one is looked at, in milliseconds of event time. */
  private static final long TURN_MS = 10_000;

  /**
   * Reports in a row that do not move a partition on, after which it says how many it has read: of
   * those that are left out at its end there may be hours.
   */
  private static final int MOST_UNMOVED = 50_000;

  /**
   * One way to judge the reports, and who takes what comes of it.
   *
   * @param detectors settings of the detectors
   * @param output takes windows and incidents
   */
  public record Variant(DetectorSettings detectors, ClusterRun.Output output) {}

  /** Is told how far it is. Called by one thread at a time. */
  public interface Progress {
    /**
     * All partitions have come to an event time.
     *
     * @param eventMs the time, in milliseconds since 1970-01-01 UTC
     * @param reports reports that were read so far, those that are left out among them
     */
    void at(long eventMs, long reports);
  }

  /**
   * What was read.
   *
   * @param reports reports that were given to the monitors, ticks among them
   * @param chipSamples chips in these reports
   * @param firstMs lowest event time of a report that counted; {@link Long#MAX_VALUE} if none did
   * @param lastMs highest event time of a report that counted; {@link Long#MIN_VALUE} if none did
   * @param outcomes what the monitors of the first variant did with the reports
   * @param unknownPods reports of pods that the topology does not have
   * @param pods pods of the topology of which there are reports, not only ticks
   */
  public record Read(
      long reports,
      long chipSamples,
      long firstMs,
      long lastMs,
      Map<Outcome, Long> outcomes,
      long unknownPods,
      Set<String> pods) {
    /** What a monitor puts among its dead letters and takes nothing of. */
    private static final List<Outcome> TURNED_AWAY =
        List.of(
            Outcome.UNKNOWN_PART, Outcome.IMPOSSIBLE, Outcome.TIME_TOO_OLD, Outcome.TIME_TOO_NEW);

    /** How many reports were turned away and why, in words; empty if none was. */
    String turnedAway() {
      long all = unknownPods;
      StringJoiner why = new StringJoiner(", ");
      for (Outcome o : TURNED_AWAY) {
        long n = outcomes.getOrDefault(o, 0L);
        all += n;
        if (n > 0) {
          why.add("%s %d".formatted(EventJson.word(o), n));
        }
      }
      if (unknownPods > 0) {
        why.add("unknown_pod %d".formatted(unknownPods));
      }
      return all == 0 ? "" : "%d of %d reports were turned away: %s".formatted(all, reports, why);
    }
  }

  private final long fromMs;
  private final long untilMs;
  private final int threads;
  private final List<ClusterRun> runs = new ArrayList<>();
  private final Progress progress;
  private final BooleanSupplier stop;

  private final Map<Outcome, Long> outcomes = new EnumMap<>(Outcome.class);
  private final List<Lane> lanes = new ArrayList<>();

  /** Whether a partition ended before its end, so that what comes out is worth nothing. */
  private volatile boolean broken;

  private long toldMs = Long.MIN_VALUE;

  /** A partition on its way. */
  private static final class Lane {
    final ReportSource reports;
    final Report report = new Report();
    volatile long atMs = Long.MIN_VALUE;
    boolean ended;

    /** Reports so far; written by the lane's own thread alone, and read by the others' too. */
    volatile long leftOut;

    volatile long read;
    long chipSamples;
    long unknownPods;
    long firstMs = Long.MAX_VALUE;
    long lastMs = Long.MIN_VALUE;
    final Set<String> pods = new HashSet<>();
    final long[] outcomes = new long[Outcome.values().length];

    Lane(ReportSource reports) {
      this.reports = reports;
    }
  }

  private Backtest(
      RecordedCluster recording,
      long fromMs,
      long untilMs,
      int threads,
      List<Variant> variants,
      Progress progress,
      BooleanSupplier stop) {
    this.fromMs = fromMs;
    this.untilMs = untilMs;
    this.threads = threads;
    this.progress = progress;
    this.stop = stop;
    List<Placement> placements = recording.placements();
    for (Variant v : variants) {
      ClusterRun run =
          new ClusterRun(recording.cluster(), recording.versions(), v.detectors(), v.output());
      run.placements(placements);
      runs.add(run);
    }
    for (int partition : recording.recording().partitions()) {
      lanes.add(new Lane(recording.recording().reports(partition)));
    }
  }

  /**
   * Reads a recording once, through every variant.
   *
   * @param fromMs reports before this event time are left out
   * @param untilMs reports from this event time on are left out
   * @param threads most threads to use, from 1
   * @param stop whether to end early; then what came out is worth nothing
   * @throws io.isotherm.recording.RecordingException if a report cannot be read
   */
  public static Read run(
      RecordedCluster recording,
      long fromMs,
      long untilMs,
      int threads,
      List<Variant> variants,
      Progress progress,
      BooleanSupplier stop)
      throws InterruptedException {
    return new Backtest(recording, fromMs, untilMs, threads, variants, progress, stop).read();
  }

  private Read read() throws InterruptedException {
    int workers = Math.max(1, Math.min(threads, lanes.size()));
    ExecutorService pool = Executors.newFixedThreadPool(workers);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int w = 0; w < workers; w++) {
        List<Lane> mine = new ArrayList<>();
        for (int l = w; l < lanes.size(); l += workers) {
          mine.add(lanes.get(l));
        }
        running.add(pool.submit(() -> work(mine)));
      }
      for (Future<?> f : running) {
        f.get();
      }
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException wrong) {
        throw wrong;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
    runs.forEach(ClusterRun::end);
    return sum();
  }

  private Read sum() {
    long reports = 0;
    long samples = 0;
    long unknown = 0;
    long first = Long.MAX_VALUE;
    long last = Long.MIN_VALUE;
    Set<String> pods = new TreeSet<>();
    for (Lane lane : lanes) {
      reports += lane.read;
      samples += lane.chipSamples;
      unknown += lane.unknownPods;
      pods.addAll(lane.pods);
      first = Math.min(first, lane.firstMs);
      last = Math.max(last, lane.lastMs);
      for (Outcome o : Outcome.values()) {
        outcomes.merge(o, lane.outcomes[index(o)], Long::sum);
      }
    }
    return new Read(reports, samples, first, last, outcomes, unknown, pods);
  }

  @SuppressWarnings("EnumOrdinal") // An index into an array that lives as long as this run.
  private static int index(Outcome outcome) {
    return outcome.ordinal();
  }

  private void work(List<Lane> mine) {
    try {
      while (!broken && !stop.getAsBoolean()) {
        Lane behind = null;
        long nextMs = Long.MAX_VALUE;
        for (Lane lane : mine) {
          if (lane.ended) {
            continue;
          }
          if (behind == null || lane.atMs < behind.atMs) {
            nextMs = behind == null ? nextMs : behind.atMs;
            behind = lane;
          } else {
            nextMs = Math.min(nextMs, lane.atMs);
          }
        }
        if (behind == null) {
          return;
        }
        awaitOthers(behind);
        turn(behind, nextMs);
        advanced();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      end(mine);
    }
  }

  /** Lets the others go on without these: they have ended, or failed. */
  private synchronized void end(List<Lane> mine) {
    for (Lane lane : mine) {
      broken |= !lane.ended;
      lane.atMs = Long.MAX_VALUE;
      try {
        lane.reports.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    notifyAll();
  }

  private synchronized void awaitOthers(Lane lane) throws InterruptedException {
    while (!broken && lane.atMs != Long.MIN_VALUE && slowest() < lane.atMs - MOST_AHEAD_MS) {
      wait();
    }
  }

  private synchronized void advanced() {
    notifyAll();
    long slowest = slowest();
    if (slowest != Long.MIN_VALUE && slowest != Long.MAX_VALUE && slowest >= toldMs) {
      toldMs = slowest;
      long reports = 0;
      for (Lane lane : lanes) {
        reports += lane.read + lane.leftOut;
      }
      progress.at(slowest, reports);
    }
  }

  private long slowest() {
    long slowest = Long.MAX_VALUE;
    for (Lane lane : lanes) {
      slowest = Math.min(slowest, lane.atMs);
    }
    return slowest;
  }

  /**
   * Reads a partition until it is ahead of the next one by a turn, has ended, or has not moved on
   * for long. Reports before the time asked for move it on as those do that are judged, so that
   * partitions are in step where that time begins.
   */
  private void turn(Lane lane, long nextMs) {
    Report report = lane.report;
    long startMs = Math.max(lane.atMs, nextMs == Long.MAX_VALUE ? lane.atMs : nextMs);
    long untilTurnMs = startMs > Long.MAX_VALUE - TURN_MS ? Long.MAX_VALUE : startMs + TURN_MS;
    long at = lane.atMs;
    int unmoved = 0;
    while ((at == Long.MIN_VALUE || at < untilTurnMs) && unmoved < MOST_UNMOVED) {
      if (!lane.reports.next(report)) {
        lane.ended = true;
        lane.atMs = Long.MAX_VALUE;
        return;
      }
      // Nobody has judged the time of one that is left out: it may be any number.
      long timeMs = moves(lane) ? Math.max(0, report.timeMs) : Long.MIN_VALUE;
      if (timeMs <= at) {
        unmoved++;
        continue;
      }
      if (at == Long.MIN_VALUE) {
        // The first turn of a partition only says where it begins.
        lane.atMs = timeMs;
        return;
      }
      at = timeMs;
      unmoved = 0;
    }
    lane.atMs = at;
  }

  /**
   * Gives the report that was read to the monitors; whether its time says where the partition is.
   */
  @SuppressWarnings("NonAtomicVolatileUpdate") // Each lane has one thread that writes.
  private boolean moves(Lane lane) {
    Report report = lane.report;
    if (report.timeMs < fromMs || report.timeMs >= untilMs) {
      lane.leftOut = lane.leftOut + 1;
      return report.timeMs < fromMs;
    }
    lane.read = lane.read + 1;
    lane.chipSamples += report.chipCount;
    Outcome outcome = give(report);
    if (outcome == null) {
      lane.unknownPods++;
      return false;
    }
    if (outcome != Outcome.TICK) {
      lane.pods.add(report.pod);
    }
    lane.outcomes[index(outcome)]++;
    if (outcome != Outcome.ACCEPTED
        && outcome != Outcome.TICK
        && outcome != Outcome.ACCEPTED_IN_PART) {
      return false;
    }
    lane.firstMs = Math.min(lane.firstMs, report.timeMs);
    lane.lastMs = Math.max(lane.lastMs, report.timeMs);
    return true;
  }

  private @Nullable Outcome give(Report report) {
    Outcome first = null;
    for (int i = 0; i < runs.size(); i++) {
      Outcome outcome = runs.get(i).accept(report);
      if (i == 0) {
        first = outcome;
      }
    }
    return first;
  }
}
