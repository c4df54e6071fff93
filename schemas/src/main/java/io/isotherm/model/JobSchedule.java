package io.isotherm.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Where jobs run over time. A later word on a job replaces what was said before from the event time
 * on from which it holds; until then the placement before it goes on.
 *
 * <p>Not safe for use by several threads.
 */
public final class JobSchedule {
  private final Map<String, List<Placement>> byJob = new TreeMap<>();
  private final int mostOfJob;

  /**
   * @param mostOfJob placements that are kept of a job, at least 1; of more the oldest is forgotten
   */
  public JobSchedule(int mostOfJob) {
    this.mostOfJob = mostOfJob;
  }

  /** Takes the newest word on a job. */
  public void enter(Placement newest) {
    List<Placement> ofJob = byJob.computeIfAbsent(newest.job(), job -> new ArrayList<>(1));
    ofJob.removeIf(before -> before.fromMs() >= newest.fromMs());
    ofJob.replaceAll(before -> until(before, newest.fromMs()));
    ofJob.add(newest);
    if (ofJob.size() > mostOfJob) {
      ofJob.remove(0);
    }
  }

  private static Placement until(Placement p, long ms) {
    return p.untilMs() <= ms
        ? p
        : new Placement(p.job(), p.fromMs(), ms, p.synchronous(), p.members());
  }

  /** Forgets a job. */
  public void remove(String job) {
    byJob.remove(job);
  }

  /** All placements, none of a job at the same time as another, in the order of start and name. */
  public List<Placement> placements() {
    return byJob.values().stream()
        .flatMap(Collection::stream)
        .sorted(Comparator.comparingLong(Placement::fromMs).thenComparing(Placement::job))
        .toList();
  }
}
