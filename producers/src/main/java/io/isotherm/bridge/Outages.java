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

  /** Failures in a row by exporter. */
  private final Map<URI, Integer> failures = new HashMap<>();

  private final Map<String, Set<String>> complaints = new HashMap<>();
  private int lines;
  private int more;

  /** Takes what came of a question: why there was no usable answer, or null. */
  void answered(BridgedBoard board, URI url, @Nullable String failure) {
    if (failure == null) {
      if (failures.remove(url) != null && line()) {
        log.info("{} of {} gives readings again", url, board.path());
      }
    } else if (failures.merge(url, 1, Integer::sum) == 1 && line()) {
      log.warn("{} of {} gives no readings: {}", url, board.path(), failure);
    }
  }

  /** Takes what was no use of a board's answers, by what it is about. */
  void complained(BridgedBoard board, Map<String, String> of) {
    Set<String> told = complaints.computeIfAbsent(board.path(), p -> new HashSet<>());
    of.forEach(
        (about, what) -> {
          if (told.size() < MOST_COMPLAINTS && told.add(about) && line()) {
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
    return (int) failures.values().stream().filter(n -> n >= FAILING_AFTER).count();
  }

  /** Forgets exporters that are not asked any more. */
  void keep(Set<URI> urls) {
    failures.keySet().retainAll(urls);
  }

  /** A round is over. */
  void endOfRound() {
    if (more > 0) {
      log.warn("and {} lines more; {} exporters give no readings now", more, failures.size());
    }
    lines = 0;
    more = 0;
  }
}
