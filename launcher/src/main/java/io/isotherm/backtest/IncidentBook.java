package io.isotherm.backtest;

import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.IncidentDigest;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.score.Raised;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Everything that one run of the monitors told, to be asked when it has ended. */
final class IncidentBook implements ClusterRun.Output {
  private final Map<String, List<IncidentEvent>> byId = new LinkedHashMap<>();
  private final IncidentDigest digest = new IncidentDigest();
  private final Timeline timeline = new Timeline();
  private final Set<String> judged = new TreeSet<>();
  private long podWindows;
  private long firstWindowMs = Long.MAX_VALUE;
  private long lastWindowMs = Long.MIN_VALUE;

  @Override
  public void window(PodWindow window) {
    podWindows++;
    judged.add(window.pod());
    firstWindowMs = Math.min(firstWindowMs, window.windowStartMs());
    lastWindowMs = Math.max(lastWindowMs, window.windowStartMs() + window.windowMs());
  }

  @Override
  public void cluster(ClusterWindow window) {
    timeline.add(window.windowStartMs(), window.states());
  }

  @Override
  public void incident(IncidentEvent event) {
    byId.computeIfAbsent(event.id(), id -> new ArrayList<>()).add(event);
    // Nothing is settled before the end: a pod whose clocks are put back goes back in time.
    digest.add(event);
  }

  /** All incidents in the order of their opening. */
  List<IncidentLife> incidents() {
    return byId.values().stream().map(IncidentLife::new).toList();
  }

  /** All incidents, as they are held against the truth. */
  List<Raised> raised() {
    List<Raised> all = new ArrayList<>();
    for (List<IncidentEvent> life : byId.values()) {
      Raised raised = Raised.after(null, life.get(0));
      for (IncidentEvent later : life.subList(1, life.size())) {
        raised = Raised.after(raised, later);
      }
      all.add(raised);
    }
    return all;
  }

  String sha256() {
    return digest.sha256Hex();
  }

  long events() {
    return digest.events();
  }

  Timeline timeline() {
    return timeline;
  }

  long podWindows() {
    return podWindows;
  }

  /** Names of the pods of which a window has closed. */
  Set<String> judged() {
    return judged;
  }

  /** Start of the first window; {@link Long#MAX_VALUE} if none has closed. */
  long firstWindowMs() {
    return firstWindowMs;
  }

  /** End of the last window; {@link Long#MIN_VALUE} if none has closed. */
  long lastWindowMs() {
    return lastWindowMs;
  }
}
