package io.isotherm.core;

import static io.isotherm.core.IncidentKind.POD_SILENT;

import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.model.PodLayout;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What all findings of one window share: what was said in it, what is remembered of the parts, and
 * the candidates for incidents so far.
 */
final class Judgement {
  /** {@link #boardStatus}: the board reported. */
  static final byte HEARD = 0;

  /** {@link #boardStatus}: the board did not report. */
  static final byte SILENT = 1;

  /** {@link #boardStatus}: the board's reports fit no window, or only one that is yet to come. */
  static final byte ASTRAY = 2;

  /** {@link #boardStatus}: work on the board was announced; whatever it does is no fault. */
  static final byte AWAY = 3;

  /** Stands for an incident that is open without a finding in this window. */
  static final Candidate STILL_OPEN = new Candidate(POD_SILENT, -1, "");

  /**
   * Event time after which what is silent by an incident of its own is no sign of what falls silent
   * now, in milliseconds. A cabinet whose boards go out one after the other does so within minutes;
   * a board that waits for its repair is away for hours.
   */
  static final int LONG_MS = 600_000;

  /** How far ahead of its pod a clock is wrong, if a window is not longer, in milliseconds. */
  private static final int LEAST_AHEAD_MS = 10_000;

  final PodLayout layout;
  final DetectorSettings settings;
  final PodState state;
  final IncidentLedger ledger;

  /** Candidates of this window by {@link Candidate#key()}. */
  final TreeMap<Long, Candidate> candidates = new TreeMap<>();

  /** Keys of candidates of which this window says nothing as their jobs pause. */
  final Set<Long> pausing = new HashSet<>();

  /** Of each board, whether it was heard. */
  final byte[] boardStatus;

  private long windowStartMs;
  private @Nullable OpenWindow open;
  private JobMap jobs;

  Judgement(PodLayout layout, DetectorSettings settings, PodState state, IncidentLedger ledger) {
    this.layout = layout;
    this.settings = settings;
    this.state = state;
    this.ledger = ledger;
    boardStatus = new byte[layout.boards()];
    jobs = JobMap.at(layout, List.of(), 0);
  }

  /** Turns to a window; candidates of the one before are forgotten. */
  void begin(long startMs, OpenWindow said, JobMap jobsNow) {
    windowStartMs = startMs;
    open = said;
    jobs = jobsNow;
    candidates.clear();
    pausing.clear();
    for (int b = 0; b < boardStatus.length; b++) {
      if (jobs.maintenance(b)) {
        boardStatus[b] = AWAY;
        continue;
      }
      boardStatus[b] =
          said.reports[b] != 0 ? HEARD : state.astray[b] != 0 || ahead(b) ? ASTRAY : SILENT;
    }
  }

  /** The end of the window, event time in milliseconds. */
  private long windowEndMs() {
    return windowStartMs + settings.windowMs();
  }

  /**
   * Whether a board's clock is ahead by a window, and by {@link #LEAST_AHEAD_MS}, of more than half
   * of the boards that have passed the window's end. All that come back after a gap are ahead of
   * the window, but not of each other.
   */
  boolean ahead(int board) {
    if (state.clock(board) < windowEndMs()) {
      return false;
    }
    long bound = state.clock(board) - Math.max(settings.windowMs(), LEAST_AHEAD_MS);
    if (bound <= windowEndMs()) {
      return false;
    }
    int passed = 0;
    int near = 0;
    for (int b = 0; b < boardStatus.length; b++) {
      passed += state.clock(b) >= windowEndMs() ? 1 : 0;
      near += state.clock(b) >= bound ? 1 : 0;
    }
    return near * 2 < passed;
  }

  /** How far a board's clock is ahead of the window's end, in seconds. */
  long aheadSeconds(int board) {
    return (state.clock(board) - windowEndMs()) / 1_000;
  }

  /** Start of the window, event time in milliseconds. */
  long windowStartMs() {
    return windowStartMs;
  }

  /** Lets go of what was said in the window, which is as large as what is kept of the parts. */
  void end() {
    open = null;
  }

  /** What was said in the window. */
  OpenWindow open() {
    return Objects.requireNonNull(open, "no window is being judged");
  }

  /** The jobs in the window. */
  JobMap jobs() {
    return jobs;
  }

  /** Whether a board was heard, and what was read of its links still holds. */
  boolean linksKnown(int board) {
    return boardStatus[board] == HEARD
        && state.linksHold(board, windowEndMs(), 60_000L * settings.linkUnreadMinutes());
  }

  /** What says something of a kind of a subject in this window; null if nothing does. */
  @Nullable Candidate find(IncidentKind kind, int subject) {
    // Asked of every chip, and mostly there is nothing at all.
    return candidates.isEmpty() ? null : candidates.get(Candidate.key(kind, subject));
  }

  /** What explains something by a subject: its candidate, or that its incident is still open. */
  @Nullable Candidate cause(IncidentKind kind, int subject) {
    Candidate c = find(kind, subject);
    return c != null ? c : ledger.isOpen(kind, subject) ? STILL_OPEN : null;
  }

  /** Whether this window or an open incident says something, by {@link Candidate#key()}. */
  boolean isThere(long key) {
    return candidates.containsKey(key) || ledger.isOpen(key);
  }

  /** Whether an incident is open, and was so {@link #LONG_MS} before this window. */
  boolean isOpenForLong(IncidentKind kind, int subject) {
    return ledger.isOpenSince(kind, subject, windowStartMs - LONG_MS);
  }

  /** Whether a board reports, and was heard for {@link #LONG_MS} or as long as is counted. */
  boolean isHeardForLong(int board) {
    int windows = Math.min(Byte.MAX_VALUE, (LONG_MS - 1) / settings.windowMs() + 1);
    return boardStatus[board] == HEARD && state.live[board] >= windows;
  }

  Candidate candidate(IncidentKind kind, int subject, String path) {
    Candidate c = new Candidate(kind, subject, path);
    candidates.put(c.key(), c);
    return c;
  }

  Evidence evidence(String finding, String subject, long value, long expected, String unit) {
    return new Evidence(finding, subject, windowStartMs, value, expected, unit);
  }

  /**
   * Whether so many parts of a whole are silent that the whole is: {@code numerator / denominator}
   * of them to begin with, half of them to go on.
   */
  boolean folds(
      int silent, int parts, int numerator, int denominator, IncidentKind kind, int subject) {
    return silent * denominator >= parts * numerator
        || (silent * 2 >= parts && ledger.isOpen(kind, subject));
  }

  /** Attaches a candidate to what explains it. */
  static void cover(Candidate child, @Nullable Candidate parent) {
    if (parent != null) {
      child.covered = true;
      if (parent != STILL_OPEN) {
        parent.child(parent.keepsChild() ? child.path : "");
      }
    }
  }
}
