package io.isotherm.bridge;

import java.net.URI;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs once that an exporter gives no usable answer, why, and when it does again; and what its
 * answers say that is no use. A rack that goes dark makes a few lines, not a thousand. For one
 * thread.
 */
final class Outages {
  private static final Logger log = LoggerFactory.getLogger(Outages.class);

  /** Lines in one round. */
  private static final int MOST_LINES = 10;

  /** Different complaints of a board that are told in all. */
  private static final int MOST_COMPLAINTS = 20;

  /** Failures in a row from which on an exporter counts as failing. */
  private static final int FAILING_AFTER = 3;

  /** Exporters that fail. */
  private final Map<URI, Outage> outages = new HashMap<>();

  private final Map<String, Set<String>> complaints = new HashMap<>();
  private int lines;
  private int more;
  private boolean moreTold;

  /** An exporter that fails: how often in a row, and whether that was told. */
  private static final class Outage {
    int failures;
    boolean told;
  }

  /** Takes what came of a question: why there was no usable answer, or null. */
  void answered(BridgedBoard board, URI url, @Nullable String failure) {
    if (failure == null) {
      Outage over = outages.remove(url);
      if (over != null && over.told && line()) {
        log.info("{} of {} gives readings again", url, board.path());
      }
      return;
    }
    Outage outage = outages.computeIfAbsent(url, u -> new Outage());
    outage.failures++;
    if (!outage.told && line()) {
      outage.told = true;
      log.warn("{} of {} gives no readings: {}", url, board.path(), failure);
    }
  }

  /** Takes what was no use of a board's answers, by what it is about. */
  void complained(BridgedBoard board, Map<String, String> of) {
    Set<String> told = complaints.computeIfAbsent(board.path(), p -> new HashSet<>());
    of.forEach(
        (about, what) -> {
          if (told.size() < MOST_COMPLAINTS && !told.contains(about) && line()) {
            told.add(about);
            log.warn("{}: {}", board.path(), what);
          }
        });
  }

  private boolean line() {
    if (lines < MOST_LINES) {
      lines++;
      return true;
    }
    more++;
    return false;
  }

  /** How many exporters gave no usable answer the last three times. */
  int failing() {
    return (int) outages.values().stream().filter(o -> o.failures >= FAILING_AFTER).count();
  }

  /** Forgets exporters that are not asked any more. */
  void keep(Set<URI> urls) {
    outages.keySet().retainAll(urls);
  }

  /** A round is over. */
  void endOfRound() {
    if (more > 0 && !moreTold) {
      log.warn("and more, which follows; {} exporters give no readings now", outages.size());
    }
    moreTold = more > 0;
    lines = 0;
    more = 0;
  }
}
