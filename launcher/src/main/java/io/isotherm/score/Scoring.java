package io.isotherm.score;

import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.TruthEvent;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;

/**
 * Runs emulated fleets through the monitors, one seed after the other on each thread, and holds
 * what was found against what was broken. The result depends on the settings alone.
 */
public final class Scoring {
  /** Event time at which every run starts; three seconds off the beginning of a window. */
  static final long START_MS = 1_800_000_003_000L;

  /** Is told how far a run has come. Called by several threads. */
  public interface Progress {
    /**
     * A run has come on.
     *
     * @param seed its seed
     * @param eventMs event time that has passed since the last call for this seed
     * @param reports reports that were delivered since then
     */
    void advanced(long seed, long eventMs, long reports);
  }

  private Scoring() {}

  /** What one detectors' settings found. */
  private static final class Watch implements ClusterRun.Output {
    final Map<String, Raised> raised = new LinkedHashMap<>();
    final ClusterRun monitors;

    Watch(String cluster, List<ClusterRun.Version> pods, DetectorSettings detectors) {
      monitors = new ClusterRun(cluster, pods, detectors, this);
    }

    @Override
    public void window(PodWindow window) {}

    @Override
    public void cluster(ClusterWindow window) {}

    @Override
    public void incident(IncidentEvent e) {
      raised.compute(e.id(), (id, before) -> Raised.after(before, e));
    }

    List<Raised> raised() {
      return new ArrayList<>(raised.values());
    }
  }

  /**
   * Scores several settings of the detectors on the same reports.
   *
   * @param variants settings of the detectors
   * @param progress is told how far it is
   * @param stop whether to end early; then what is done so far is worth nothing
   * @return a score for each variant, in their order
   * @throws io.isotherm.emulator.ScenarioException if the scenario does not fit the cluster
   */
  public static List<Score> run(
      ScoreSettings settings,
      List<DetectorSettings> variants,
      Progress progress,
      BooleanSupplier stop)
      throws InterruptedException {
    int threads = Math.max(1, Math.min(settings.threads(), settings.seeds()));
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<List<SeedRun>>> running = new ArrayList<>();
      for (int i = 0; i < settings.seeds(); i++) {
        long seed = settings.firstSeed() + i;
        Callable<List<SeedRun>> run = () -> seed(settings, variants, seed, progress, stop);
        running.add(pool.submit(run));
      }
      List<List<SeedRun>> byVariant = new ArrayList<>();
      variants.forEach(v -> byVariant.add(new ArrayList<>()));
      for (Future<List<SeedRun>> f : running) {
        List<SeedRun> ofSeed = f.get();
        for (int v = 0; v < variants.size(); v++) {
          byVariant.get(v).add(ofSeed.get(v));
        }
      }
      return byVariant.stream().map(Score::new).toList();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException wrong) {
        throw wrong;
      }
      throw new IllegalStateException(e.getCause());
    } finally {
      pool.shutdownNow();
    }
  }

  private static List<SeedRun> seed(
      ScoreSettings settings,
      List<DetectorSettings> variants,
      long seed,
      Progress progress,
      BooleanSupplier stop) {
    Fleet fleet = new Fleet(settings.plan(), settings.scenario().withSeed(seed), START_MS);
    FleetDelivery delivery = new FleetDelivery(fleet, settings.throughBytes());
    List<ClusterRun.Version> pods = new ArrayList<>();
    for (PodLayout pod : settings.plan().pods()) {
      pods.add(new ClusterRun.Version(pod, fleet.podStartMs(pods.size())));
    }
    List<Watch> watches =
        variants.stream().map(v -> new Watch(settings.plan().cluster(), pods, v)).toList();
    List<Broken> faults = new ArrayList<>();
    Set<Placement> everPlaced = new LinkedHashSet<>();
    List<Placement> placed = List.of();
    int interval = fleet.scenario().intervalMs();
    long untilMs = START_MS + settings.durationMs();
    long told = START_MS;
    long toldReports = 0;
    for (long begin = START_MS; begin < untilMs; begin += interval) {
      List<Placement> placements = fleet.placements();
      if (!placements.equals(placed)) {
        placed = placements;
        everPlaced.addAll(placements);
        watches.forEach(w -> w.monitors.placements(placements));
      }
      delivery.interval(begin, t -> begun(t, faults), report -> give(report, watches));
      if (begin - told >= 10_000) {
        if (stop.getAsBoolean()) {
          break;
        }
        progress.advanced(seed, begin - told, delivery.delivered() - toldReports);
        told = begin;
        toldReports = delivery.delivered();
      }
    }
    progress.advanced(seed, untilMs - told, delivery.delivered() - toldReports);
    List<SeedRun> runs = new ArrayList<>();
    for (Watch w : watches) {
      w.monitors.end();
      runs.add(
          new SeedRun(
              seed,
              START_MS,
              settings.durationMs(),
              settings.plan().pods().size(),
              delivery.delivered(),
              Matching.of(
                  faults, w.raised(), settings.plan().pods(), everPlaced, START_MS, untilMs)));
    }
    return runs;
  }

  private static void begun(TruthEvent t, List<Broken> faults) {
    if (!t.ended()) {
      faults.add(Broken.of(t.fault()));
    }
  }

  private static void give(Report report, List<Watch> watches) {
    for (int i = 0; i < watches.size(); i++) {
      watches.get(i).monitors.accept(report);
    }
  }
}
