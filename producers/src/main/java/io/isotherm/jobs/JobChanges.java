package io.isotherm.jobs;

import io.isotherm.model.Placement;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is to be published so that {@code topology.jobs} says what a scheduler lists.
 *
 * <p>A change holds from a moment after it is published, so that every monitor has read it before
 * the window that it is of closes.
 */
final class JobChanges {
  /** Time from the publication of a change to the event time from which it holds. */
  static final long LEAD_MS = 2_000;

  /** Time for which an ended job stays in the topic: as long as reports of its time are kept. */
  static final long KEEP_MS = 86_400_000;

  private JobChanges() {}

  /**
   * The placements that are to be published, and null for a job that is to be removed, by its name.
   *
   * @param known what the topic says of the jobs of this source now
   * @param wanted what is listed
   * @param nowMs present time, in milliseconds since 1970-01-01 UTC
   */
  static Map<String, @Nullable Placement> of(
      Map<String, Placement> known, Map<String, BoardJobs.Wanted> wanted, long nowMs) {
    Map<String, @Nullable Placement> changes = new TreeMap<>();
    long fromMs = nowMs + LEAD_MS;
    wanted.forEach(
        (job, w) -> {
          Placement before = known.get(job);
          if (before == null
              || before.untilMs() != Long.MAX_VALUE
              || before.synchronous() != w.synchronous()
              || !before.members().equals(w.members())) {
            changes.put(
                job, new Placement(job, fromMs, Long.MAX_VALUE, w.synchronous(), w.members()));
          }
        });
    known.forEach(
        (job, before) -> {
          if (wanted.containsKey(job)) {
            return;
          }
          if (before.untilMs() == Long.MAX_VALUE) {
            changes.put(job, ended(before, Math.max(fromMs, before.fromMs() + 1)));
          } else if (before.untilMs() < nowMs - KEEP_MS) {
            changes.put(job, null);
          }
        });
    return changes;
  }

  /** A placement that ends at another time. */
  static Placement ended(Placement p, long untilMs) {
    return new Placement(p.job(), p.fromMs(), untilMs, p.synchronous(), p.members());
  }
}
