package io.isotherm.jobs;

import io.isotherm.model.Placement;
import java.util.Iterator;
import java.util.LinkedHashSet;
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

  /** Names of one kind that are remembered when they are not left out any more. */
  private static final int MOST_REMEMBERED = 10_000;

  /** Why the list is not taken; empty while it is. */
  private String trouble = "";

  private final Told rows = new Told();
  private final Told unknown = new Told();
  private final Told shared = new Told();

  /** What was told of already, what was left out last at the end. */
  static final class Told {
    private final Set<String> names = new LinkedHashSet<>();

    /** Those that were not told of, which then are. */
    Set<String> news(Set<String> leftOut) {
      Set<String> news = new TreeSet<>(leftOut);
      news.removeIf(names::contains);
      leftOut.forEach(names::remove);
      names.addAll(leftOut);
      Iterator<String> oldest = names.iterator();
      for (int more = names.size() - Math.max(MOST_REMEMBERED, leftOut.size()); more > 0; more--) {
        oldest.next();
        oldest.remove();
      }
      return news;
    }
  }

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
    leftOut(listed, boards, log::warn);
  }

  /** As {@link #leftOut(JobTable.Listed, BoardJobs)}, line by line. */
  void leftOut(JobTable.Listed listed, BoardJobs boards, Consumer<String> to) {
    // The line of a row moves when jobs before it end, so it does not make it another.
    Set<String> whys = new LinkedHashSet<>();
    listed.passedOver().forEach(row -> whys.add(row.why()));
    Set<String> news = rows.news(whys);
    Set<String> lines = new LinkedHashSet<>();
    listed.passedOver().stream()
        .filter(row -> news.contains(row.why()))
        .forEach(row -> lines.add(row.toString()));
    say(to, lines, "rows are passed over");
    say(to, unknown.news(boards.unknown()), UNKNOWN);
    say(to, shared.news(boards.shared()), SHARED);
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
