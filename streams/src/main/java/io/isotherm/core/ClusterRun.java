package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster's monitors without Kafka: reports of all pods in, in the order of delivery of each pod;
 * windows and incidents out.
 *
 * <p>Pods are independent. So several threads may call {@link #accept} at the same time, as long as
 * the reports of one pod come from one thread at a time. What comes out does not depend on it: the
 * windows of each pod come in their order; incidents and windows of the cluster come in the order
 * of event time and the pods' names, and are held back for that until every pod has come as far. A
 * pod that goes back in time, as after its clocks were put back, takes its incidents with it. Of a
 * pod that the topology names but nothing has come of yet nobody waits for longer than {@value
 * #MOST_HELD} windows.
 */
public final class ClusterRun {
  private static final byte[] NONE = new byte[0];

  /**
   * Windows of each other pod that wait for one of which nothing has come yet: an hour of windows
   * of ten seconds. Whoever reads several partitions reads them more nearly in step than that.
   */
  private static final int MOST_HELD = 360;

  /** Takes what comes out. Never called by two threads at the same time. */
  public interface Output extends PodMonitor.Output, ClusterMonitor.Output {
    @Override
    void incident(IncidentEvent event);
  }

  /**
   * A pod as it is from an event time on. A version that only repeats the parts of the one before
   * is none: a pod whose parts change is judged anew.
   *
   * @param layout the pod
   * @param fromMs event time from which it holds, in milliseconds since 1970-01-01 UTC; that of a
   *     pod's first version does not matter
   */
  public record Version(PodLayout layout, long fromMs) {}

  /**
   * What comes of a closed window of a pod.
   *
   * @param startMs start of the window
   * @param window the window, without what only the pod's own readers need; null if it came before
   *     and these are the incidents that end with the pod's parts after it
   */
  private record Step(long startMs, @Nullable PodWindow window, List<IncidentEvent> incidents) {}

  private final class Judged implements PodMonitor.Output {
    final List<Version> following;
    final ArrayDeque<Step> held = new ArrayDeque<>();
    PodMonitor monitor;
    @Nullable List<Placement> told;
    private List<IncidentEvent> ofWindow = new ArrayList<>();

    /**
     * Whether a report or tick has come; set under the lock of the whole run, and read without it
     * only by the thread that sets it.
     */
    private boolean heard;

    private long closedUntilMs = Long.MIN_VALUE;

    Judged(List<Version> versions) {
      following = new ArrayList<>(versions.subList(1, versions.size()));
      monitor = new PodMonitor(versions.get(0).layout(), settings);
    }

    @SuppressWarnings("ReferenceEquality") // The list is immutable; other jobs are another list.
    Outcome accept(Report report) {
      if (!heard) {
        synchronized (ClusterRun.this) {
          heard = true;
        }
      }
      List<Placement> now = placements;
      if (told != now) {
        told = now;
        monitor.placements(now);
      }
      Outcome outcome = monitor.accept(report, this);
      while (!following.isEmpty() && closedUntilMs >= following.get(0).fromMs()) {
        monitor = monitor.followedBy(following.remove(0).layout(), closedUntilMs, this);
        if (!ofWindow.isEmpty()) {
          hold(closedUntilMs - settings.windowMs(), null);
        }
        told = null;
      }
      return outcome;
    }

    @Override
    public void incident(IncidentEvent event) {
      ofWindow.add(event);
    }

    @Override
    public void window(PodWindow window) {
      closedUntilMs = window.windowStartMs() + window.windowMs();
      synchronized (ClusterRun.this) {
        output.window(window);
        hold(window.windowStartMs(), slim(window));
      }
    }

    private void hold(long startMs, @Nullable PodWindow window) {
      Step step = new Step(startMs, window, ofWindow);
      ofWindow = new ArrayList<>();
      synchronized (ClusterRun.this) {
        held.add(step);
        release(false);
      }
    }
  }

  private final DetectorSettings settings;
  private final Output output;
  private final Map<String, Judged> pods = new TreeMap<>();
  private final ClusterMonitor cluster;
  private volatile List<Placement> placements = List.of();

  /**
   * @param cluster name of the cluster
   * @param versions every version of every pod, in any order
   */
  public ClusterRun(
      String cluster, List<Version> versions, DetectorSettings settings, Output output) {
    this.settings = settings;
    this.output = output;
    this.cluster = new ClusterMonitor(cluster, settings);
    Map<String, List<Version>> byPod = new TreeMap<>();
    for (Version v : versions) {
      byPod.computeIfAbsent(v.layout().pod(), pod -> new ArrayList<>()).add(v);
    }
    Map<String, ClusterMonitor.Pod> known = new TreeMap<>();
    byPod.forEach(
        (pod, ofPod) -> {
          ofPod.sort(Comparator.comparingLong(Version::fromMs));
          pods.put(pod, new Judged(ofPod));
          SortedMap<Long, Integer> chipsFrom = new TreeMap<>();
          ofPod.forEach(v -> chipsFrom.put(v.fromMs(), v.layout().chips()));
          known.put(pod, new ClusterMonitor.Pod(chipsFrom));
        });
    this.cluster.pods(known);
  }

  /** A cluster whose pods never change. */
  public static ClusterRun of(
      String cluster, List<PodLayout> pods, DetectorSettings settings, Output output) {
    return new ClusterRun(
        cluster,
        pods.stream().map(layout -> new Version(layout, Long.MIN_VALUE)).toList(),
        settings,
        output);
  }

  /** Replaces what is known of the jobs. Each placement counts for the windows that begin in it. */
  public void placements(List<Placement> newPlacements) {
    placements = List.copyOf(newPlacements);
  }

  /**
   * Takes the next report of a pod.
   *
   * @param report the report; read, never kept
   * @return what was done with it; null if the cluster has no such pod
   */
  public @Nullable Outcome accept(Report report) {
    Judged judged = pods.get(report.pod);
    return judged == null ? null : judged.accept(report);
  }

  /** What was wrong with the last report of a pod that was not wholly accepted, in one sentence. */
  public String detail(String pod) {
    Judged judged = pods.get(pod);
    return judged == null ? "the cluster has no pod %s".formatted(pod) : judged.monitor.detail();
  }

  /**
   * Says that no more reports come, and gives out what was held back. Windows that are open stay
   * open: nothing has said that their time is over.
   */
  public synchronized void end() {
    release(true);
  }

  /** Gives out what is due: the oldest first, of one time in the order of the pods' names. */
  private void release(boolean all) {
    while (true) {
      Judged next = null;
      boolean someUnheard = false;
      for (Judged pod : pods.values()) {
        Step first = pod.held.peek();
        if (first == null) {
          if (!all && pod.heard) {
            return;
          }
          someUnheard = true;
          continue;
        }
        if (next == null || first.startMs() < next.held.element().startMs()) {
          next = pod;
        }
      }
      if (next == null || (!all && someUnheard && next.held.size() <= MOST_HELD)) {
        return;
      }
      Step step = next.held.remove();
      step.incidents().forEach(output::incident);
      if (step.window() != null) {
        cluster.accept(step.window(), output);
      }
    }
  }

  private static PodWindow slim(PodWindow w) {
    return new PodWindow(
        w.pod(),
        w.windowStartMs(),
        w.windowMs(),
        w.chips(),
        w.states(),
        w.boards(),
        w.boardsReporting(),
        w.chipsReporting(),
        w.chipsInMaintenance(),
        w.effectiveComputePermille(),
        w.temperature(),
        w.utilization(),
        w.power(),
        w.links(),
        w.counters(),
        w.watermarkMs(),
        w.openIncidents(),
        w.openKinds(),
        List.of(),
        List.of(),
        List.of(),
        w.jobShares(),
        NONE,
        NONE);
  }
}
