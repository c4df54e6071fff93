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

  /** Lines of exporters in one round. */
  private static final int MOST_LINES = 10;

  /** Different complaints of a board that are told in all. */
  private static final int MOST_COMPLAINTS = 20;

  private final Map<URI, String> failing = new HashMap<>();
  private final Map<String, Set<String>> complaints = new HashMap<>();
  private int lines;
  private int more;

  /** Takes what came of a question: why there was no usable answer, or null. */
  void answered(BridgedBoard board, URI url, @Nullable String failure) {
    String before = failure == null ? failing.remove(url) : failing.put(url, failure);
    if (failure != null && before == null) {
      if (line()) {
        log.warn("{} of {} gives no readings: {}", url, board.path(), failure);
      }
    } else if (failure == null && before != null && line()) {
      log.info("{} of {} gives readings again", url, board.path());
    }
  }

  /** Takes what was no use of a board's answers. */
  void complained(BridgedBoard board, Set<String> of) {
    Set<String> told = complaints.computeIfAbsent(board.path(), p -> new HashSet<>());
    for (String complaint : of) {
      if (told.size() < MOST_COMPLAINTS && told.add(complaint)) {
        log.warn("{}: {}", board.path(), complaint);
      }
    }
  }

  private boolean line() {
    if (lines < MOST_LINES) {
      lines++;
      return true;
    }
    more++;
    return false;
  }

  /** How many exporters gave no usable answer last time. */
  int failing() {
    return failing.size();
  }

  /** Forgets exporters that are not asked any more. */
  void keep(Set<URI> urls) {
    failing.keySet().retainAll(urls);
  }

  /** A round is over. */
  void endOfRound() {
    if (more > 0) {
      log.warn("and {} more exporters; {} give no readings now", more, failing.size());
    }
    lines = 0;
    more = 0;
  }
}
