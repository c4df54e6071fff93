package io.isotherm.jobs;

import io.isotherm.model.Placement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Maintenance that people announce: a placement of its own for each part, which ends by itself.
 *
 * <p>What is announced of a part again takes the place of what was announced of it before.
 */
public final class ByHand {
  /**
   * What the names of these placements begin with. No source of a {@link JobFeed} can be called so,
   * because of the colon, and so no feed ends what it did not begin.
   */
  private static final String PREFIX = "hand:";

  private ByHand() {}

  /** What the placement of a part is called in {@code topology.jobs}. */
  public static String name(String path) {
    return PREFIX + path.replace('/', ':');
  }

  /** Whether a placement of this name is one that somebody announced by hand. */
  public static boolean is(String job) {
    return job.startsWith(PREFIX);
  }

  /**
   * What is to be published to announce maintenance, and null for what is to be removed, by name.
   *
   * @param known what the topic says now
   * @param boards the boards of each part, by its path
   * @param nowMs present time, in milliseconds since 1970-01-01 UTC
   * @param untilMs when it is to end, at least {@link JobChanges#LEAD_MS} later
   */
  public static Map<String, @Nullable Placement> announce(
      Map<String, Placement> known,
      Map<String, Placement.Member> boards,
      long nowMs,
      long untilMs) {
    Map<String, @Nullable Placement> changes = forgotten(known, nowMs);
    boards.forEach(
        (path, member) -> {
          String name = name(path);
          Placement before = known.get(name);
          long fromMs = nowMs + JobChanges.LEAD_MS;
          if (before != null && before.untilMs() > nowMs) {
            // It goes on: a monitor that begins to read must not find a gap.
            fromMs = Math.min(fromMs, before.fromMs());
          }
          changes.put(name, new Placement(name, fromMs, untilMs, false, List.of(member)));
        });
    return changes;
  }

  /**
   * What is to be published to end maintenance, and null for what is to be removed, by name.
   *
   * @param known what the topic says now
   * @param paths parts that are {@link #announced}
   * @param nowMs present time, in milliseconds since 1970-01-01 UTC
   */
  public static Map<String, @Nullable Placement> end(
      Map<String, Placement> known, Iterable<String> paths, long nowMs) {
    Map<String, @Nullable Placement> changes = forgotten(known, nowMs);
    for (String path : paths) {
      Placement before = announced(known, path, nowMs);
      if (before != null) {
        long soon = Math.max(nowMs + JobChanges.LEAD_MS, before.fromMs() + 1);
        changes.put(before.job(), JobChanges.ended(before, Math.min(before.untilMs(), soon)));
      }
    }
    return changes;
  }

  /** What is announced of a part by hand and not over; null if nothing is. */
  public static @Nullable Placement announced(
      Map<String, Placement> known, String path, long nowMs) {
    Placement p = known.get(name(path));
    return p == null || p.untilMs() <= nowMs ? null : p;
  }

  /** Those that ended so long ago that no report of their time is kept. */
  private static Map<String, @Nullable Placement> forgotten(
      Map<String, Placement> known, long nowMs) {
    Map<String, @Nullable Placement> changes = new TreeMap<>();
    known.forEach(
        (job, p) -> {
          if (is(job) && p.untilMs() < nowMs - JobChanges.KEEP_MS) {
            changes.put(job, null);
          }
        });
    return changes;
  }
}
