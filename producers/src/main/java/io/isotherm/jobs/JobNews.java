package io.isotherm.jobs;

import io.isotherm.model.Placement;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs what a feed of jobs published, what it left out, once, and why it took nothing, until that
 * changes. For one thread.
 */
final class JobNews {
  static final String UNKNOWN = "hosts of jobs are no board's";
  static final String SHARED = "hosts work for several jobs, and are left out of them";

  private static final Logger log = LoggerFactory.getLogger(JobNews.class);

  /** Names that are told of in one line. */
  private static final int MOST_NAMES = 5;

  /** Names of one kind that are logged in all: there may be thousands that are no board's. */
  private static final int MOST_LOGGED = 100;

  /** Why the list is not taken; empty while it is. */
  private String trouble = "";

  private final Set<String> rows = new HashSet<>();
  private final Set<String> unknown = new HashSet<>();
  private final Set<String> shared = new HashSet<>();

  /** Logs what was published. */
  void published(Map<String, @Nullable Placement> changes) {
    changes.forEach((job, p) -> log.info("{}: {}", job, told(p)));
  }

  private static String told(@Nullable Placement p) {
    if (p == null) {
      return "forgotten, it ended more than a day ago";
    }
    return p.untilMs() != Long.MAX_VALUE
        ? "ended"
        : "runs on %d boards"
            .formatted(p.members().stream().mapToInt(Placement.Member::boards).sum());
  }

  /** Logs what of a list was left out and was not before. */
  void leftOut(JobTable.Listed listed, BoardJobs boards) {
    logNew(new TreeSet<>(listed.passedOver()), rows, "rows are passed over");
    logNew(boards.unknown(), unknown, UNKNOWN);
    logNew(boards.shared(), shared, SHARED);
  }

  private static void logNew(Set<String> names, Set<String> told, String what) {
    Set<String> others = new TreeSet<>(names);
    others.removeAll(told);
    if (told.size() < MOST_LOGGED) {
      told.addAll(others);
      say(log::warn, others, what);
    }
  }

  /** Says how many there are and what the first are called, if there is one. */
  static void say(Consumer<String> to, Set<String> names, String what) {
    if (!names.isEmpty()) {
      to.accept(
          "%d %s: %s%s"
              .formatted(
                  names.size(),
                  what,
                  String.join(", ", names.stream().limit(MOST_NAMES).toList()),
                  names.size() > MOST_NAMES ? " ..." : ""));
    }
  }

  /** Logs why the list is not taken, unless it is as before. */
  void notTaken(String why) {
    if (!why.equals(trouble)) {
      log.warn("no change while this lasts: {}", why);
    }
    trouble = why;
  }

  /** Logs that the list is taken again, if it was not. */
  void taken() {
    if (!trouble.isEmpty()) {
      log.info("the list of jobs is taken again");
    }
    trouble = "";
  }
}
