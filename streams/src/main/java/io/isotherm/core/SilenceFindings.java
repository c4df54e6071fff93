package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_CLOCK;
import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HOST_RESTART;
import static io.isotherm.core.IncidentKind.POD_SILENT;

import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.model.PodLayout;
import org.jspecify.annotations.Nullable;

/**
 * Finds what does not report: pods, cabinets, boards, chips; and boards whose clock is wrong.
 *
 * <p>Statistic: reports of a board, and samples of a chip whose board reports, in one window. A
 * whole is silent if so many of its parts are: nine tenths of a pod's boards, three quarters of a
 * cabinet's boards or of a board's chips, and to go on half of them. Parts whose own incident, or
 * whose cabinet's, has been open for long ({@link Judgement#LONG_MS}) are none of them, unless all
 * are silent. Boards whose reports are all late count as silent in a pod, and in a cabinet that is
 * silent already.
 *
 * <p>A clock that is ahead by more than a window ({@link Judgement#ahead}), but by less than the
 * windows that are open, leaves windows in which nothing is said before those that its board's
 * reports fit: that is no silence. The incident then goes on for as long as the clock is ahead.
 *
 * <p>The window in which a part fell silent counts with the first that is wholly silent, if it
 * lacked at least a quarter of what was due: a board by the time of its newest report, a chip by
 * its samples against those that another chip of its board has and the reports in which there was
 * nothing at all. Parts that report less than {@link #FEWEST_REPORTS} times in a window are not
 * asked: their gaps say nothing.
 *
 * <p>Reports with links alone say nothing of chips. If a window has no others of a board, its chips
 * are what they were; only if that lasts longer than {@link #LONGEST_UNSAID_MS} are they gone.
 */
final class SilenceFindings {
  /** Reports in a window from which a gap of a quarter of it is a silence. */
  private static final int FEWEST_REPORTS = 4;

  /** Windows up to which those are counted in which a chip is missing. */
  private static final byte MOST_MISSING = 100;

  /** Time without a word of a board's chips from which they are gone, if it is two windows. */
  private static final int LONGEST_UNSAID_MS = 60_000;

  /**
   * Stands in {@link PodState#missing} for a chip that fell silent within the window. What is below
   * are windows in a row that said nothing of a chip that was there.
   */
  private static final byte IN_PART = -1;

  /** What {@link PodState#missing} says in the first silent window after that. */
  private static final byte FELL_BEFORE = 2;

  /** Windows without a word of a chip after which its corrected errors have no base any more. */
  private static final int COUNTERS_HOLD = 2;

  private final Judgement judgement;
  private final PodLayout layout;
  private final PodState state;
  private final IncidentLedger ledger;
  private final byte[] boardStatus;
  private final int mostUnsaid;

  SilenceFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    state = judgement.state;
    ledger = judgement.ledger;
    boardStatus = judgement.boardStatus;
    mostUnsaid = Math.max(2, LONGEST_UNSAID_MS / judgement.settings.windowMs());
  }

  /** Makes the findings of this window. */
  void find() {
    boards();
    chips();
  }

  private void boards() {
    int boards = layout.boards();
    int silentInPod = 0;
    int lateInPod = 0;
    int away = 0;
    int longSilent = 0;
    for (int b = 0; b < boards; b++) {
      away += boardStatus[b] == Judgement.AWAY ? 1 : 0;
      silentInPod += boardStatus[b] == Judgement.SILENT ? 1 : 0;
      longSilent += longSilentInPod(b) ? 1 : 0;
      lateInPod += late(b) ? 1 : 0;
    }
    silentInPod += lateInPod;
    boolean all = silentInPod == boards - away;
    longSilent = all ? 0 : longSilent;
    boolean often = often();
    Candidate pod = null;
    if (layout.cabinets() > 1
        && silentInPod > 0
        && judgement.folds(
            silentInPod - longSilent, boards - away - longSilent, 9, 10, POD_SILENT, 0)
        && (ledger.isOpen(POD_SILENT, 0) || silentInTwoCabinets(all))) {
      pod = judgement.candidate(POD_SILENT, 0, layout.pod());
      pod.critical = true;
      pod.chipsAffected = silentInPod * layout.chipsPerBoard();
      pod.evidence(
          judgement.evidence("pod_silent", layout.pod(), silentInPod, boards - away, "boards"));
      lateBoards(pod, lateInPod);
    }
    for (int cab = 0; cab < layout.cabinets(); cab++) {
      cabinet(cab, often, pod);
    }
    for (int b = 0; b < boards; b++) {
      if ((state.restarted[b] | boardStatus[b]) != 0 || staysAhead(b)) {
        restartedOrAstray(b);
      }
    }
  }

  /** Whether a board is silent whose own incident has been open for long. */
  private boolean longSilent(int b) {
    return boardStatus[b] == Judgement.SILENT && judgement.isOpenForLong(BOARD_SILENT, b);
  }

  /** Whether a board is silent whose own incident, or its cabinet's, has been open for long. */
  private boolean longSilentInPod(int b) {
    return longSilent(b)
        || (boardStatus[b] == Judgement.SILENT
            && judgement.isOpenForLong(CABINET_SILENT, layout.cabinetOfBoard(b)));
  }

  /**
   * Where most of a pod is under maintenance, or long silent, a cabinet of the rest is still only a
   * cabinet.
   *
   * @param all whether those that have long been silent count, too
   */
  private boolean silentInTwoCabinets(boolean all) {
    int first = -1;
    for (int b = 0; b < boardStatus.length; b++) {
      if ((boardStatus[b] == Judgement.SILENT && (all || !longSilentInPod(b))) || late(b)) {
        int cab = layout.cabinetOfBoard(b);
        if (first >= 0 && cab != first) {
          return true;
        }
        first = cab;
      }
    }
    return false;
  }

  private void cabinet(int cab, boolean often, @Nullable Candidate pod) {
    int perCabinet = layout.boardsPerCabinet();
    int first = cab * perCabinet;
    int silent = 0;
    int late = 0;
    int away = 0;
    for (int b = first; b < first + perCabinet; b++) {
      silent += boardStatus[b] == Judgement.SILENT ? 1 : 0;
      late += late(b) ? 1 : 0;
      away += boardStatus[b] == Judgement.AWAY ? 1 : 0;
    }
    boolean lateIsSilent =
        pod != null || layout.cabinets() == 1 || ledger.isOpen(CABINET_SILENT, cab);
    late = lateIsSilent ? late : 0;
    if (silent + late > 0) {
      silentBoards(cab, silent + late, late, perCabinet - away, often, pod);
    }
  }

  /**
   * Whether all that came of a board was late. If that is so of a whole pod, or of what has been
   * silent, it is not the board's clock: a backlog drains, or the clocks of all were put back.
   */
  private boolean late(int b) {
    return boardStatus[b] == Judgement.ASTRAY && state.astray[b] == PodState.LATE;
  }

  private void lateBoards(Candidate whole, int late) {
    if (late > 0) {
      whole.evidence(judgement.evidence("boards_late", whole.path, late, 0, "boards"));
    }
  }

  private void silentBoards(
      int cab, int silent, int late, int parts, boolean often, @Nullable Candidate pod) {
    int perCabinet = layout.boardsPerCabinet();
    int first = cab * perCabinet;
    int early = 0;
    int longSilent = 0;
    for (int b = first; b < first + perCabinet; b++) {
      early += often && boardStatus[b] == Judgement.SILENT && fellSilentBefore(b) ? 1 : 0;
      longSilent += longSilent(b) ? 1 : 0;
    }
    longSilent = silent == parts ? 0 : longSilent;
    Candidate cabinet = null;
    // Where most of a cabinet is under maintenance, or long silent, a board of the rest is still
    // only a board.
    if (perCabinet > 1
        && judgement.folds(silent - longSilent, parts - longSilent, 3, 4, CABINET_SILENT, cab)
        && (silent - longSilent > 1 || ledger.isOpen(CABINET_SILENT, cab))) {
      String path = layout.cabinetPath(cab);
      cabinet = judgement.candidate(CABINET_SILENT, cab, path);
      cabinet.critical = true;
      cabinet.windowsBefore = early * 4 >= (parts - longSilent) * 3 ? 1 : 0;
      cabinet.chipsAffected = silent * layout.chipsPerBoard();
      cabinet.evidence(judgement.evidence("cabinet_silent", path, silent, parts, "boards"));
      lateBoards(cabinet, late);
      Judgement.cover(cabinet, pod);
    }
    for (int b = first; b < first + perCabinet; b++) {
      if (boardStatus[b] == Judgement.SILENT) {
        Candidate board = judgement.candidate(BOARD_SILENT, b, layout.boardPath(b));
        board.critical = judgement.jobs().synchronous(b);
        board.windowsBefore = often && fellSilentBefore(b) ? 1 : 0;
        board.chipsAffected = layout.chipsPerBoard();
        board.evidence(judgement.evidence("board_silent", board.path, 0, 1, "reports"));
        Judgement.cover(board, cabinet != null ? cabinet : pod);
      }
    }
  }

  /** A board that has restarted, or of which nothing was heard that could be used. */
  private void restartedOrAstray(int b) {
    if (state.restarted[b] != 0 && boardStatus[b] != Judgement.SILENT) {
      state.restarted[b] = 0;
      restarted(b);
    }
    if (boardStatus[b] == Judgement.ASTRAY || staysAhead(b)) {
      Candidate board = judgement.candidate(BOARD_CLOCK, b, layout.boardPath(b));
      board.chipsAffected = layout.chipsPerBoard();
      board.evidence(
          judgement.ahead(b)
              ? judgement.evidence("clock_ahead", board.path, judgement.aheadSeconds(b), 0, "s")
              : judgement.evidence("board_clock", board.path, 0, 1, "usable"));
      if (late(b)) {
        Candidate cabinet = judgement.cause(CABINET_SILENT, layout.cabinetOfBoard(b));
        Judgement.cover(board, cabinet != null ? cabinet : judgement.cause(POD_SILENT, 0));
      }
    }
  }

  /**
   * Whether a board whose clock is known to be wrong is heard, as what it said meanwhile has come
   * of age, but is still as far ahead.
   */
  private boolean staysAhead(int b) {
    return boardStatus[b] == Judgement.HEARD && ledger.isOpen(BOARD_CLOCK, b) && judgement.ahead(b);
  }

  /** Whether the boards of the pod report so often that a missing quarter of a window shows. */
  private boolean often() {
    for (int b = 0; b < boardStatus.length; b++) {
      if (judgement.open().reports(b) >= FEWEST_REPORTS) {
        return true;
      }
    }
    return false;
  }

  /** Whether a silent board spoke in the window before, but not in its last quarter. */
  private boolean fellSilentBefore(int b) {
    long before = judgement.windowStartMs() - state.clock(b);
    int windowMs = judgement.settings.windowMs();
    return state.clock(b) != PodState.NEVER && before <= windowMs && before * 4 >= windowMs;
  }

  /**
   * A board whose agent started anew while it was silent: its host restarted. If the silence is an
   * incident already, the restart is its evidence and opens nothing.
   */
  private void restarted(int b) {
    if (boardStatus[b] == Judgement.AWAY) {
      return;
    }
    String path = layout.boardPath(b);
    Evidence restart = judgement.evidence("host_restart", path, 1, 0, "restarts");
    int cab = layout.cabinetOfBoard(b);
    if (ledger.isOpen(BOARD_SILENT, b)) {
      ledger.note(BOARD_SILENT, b, restart);
    } else if (!ledger.isOpen(CABINET_SILENT, cab) && !ledger.isOpen(POD_SILENT, 0)) {
      Candidate c = judgement.candidate(HOST_RESTART, b, path);
      c.chipsAffected = layout.chipsPerBoard();
      c.evidence(restart);
    }
  }

  /** Counts for how many windows each chip has been missing although its board reports. */
  private void chips() {
    for (int b = 0; b < boardStatus.length; b++) {
      if (!complete(b)) {
        chips(b);
      }
    }
  }

  /** Whether all chips of a board spoke in nearly all its reports, and none was missing before. */
  private boolean complete(int b) {
    int perBoard = layout.chipsPerBoard();
    int reports = Math.min(Byte.MAX_VALUE, judgement.open().reports(b));
    boolean complete = boardStatus[b] == Judgement.HEARD;
    for (int chip = b * perBoard; chip < (b + 1) * perBoard; chip++) {
      int samples = judgement.open().samples(chip);
      complete &= samples * 4 > reports * 3;
      complete &= state.missing[chip] == 0;
    }
    return complete;
  }

  private void chips(int b) {
    int perBoard = layout.chipsPerBoard();
    int due = due(b);
    // One sample that was missing long ago is not missing in every window since.
    int least = due == 0 ? FELL_BEFORE : 1;
    int gone = 0;
    int early = 0;
    int longSilent = 0;
    for (int chip = b * perBoard; chip < (b + 1) * perBoard; chip++) {
      byte before = state.missing[chip];
      byte now = boardStatus[b] == Judgement.HEARD ? missing(chip, due, before) : 0;
      state.missing[chip] = now;
      if (longUnheard(now)) {
        // What its memory has corrected meanwhile is no growth of the window in which it is back.
        state.corrected[chip] = PodState.NO_BASE;
      }
      early += before < 0 && now == FELL_BEFORE ? 1 : 0;
      gone += now >= least ? 1 : 0;
      longSilent += now >= least && judgement.isOpenForLong(CHIP_SILENT, chip) ? 1 : 0;
    }
    if (gone > 0) {
      missingChips(b, gone, gone == perBoard ? 0 : longSilent, early, least);
    }
  }

  /** Samples that a chip of the board should have; 0 if nothing was said of chips. */
  private int due(int b) {
    OpenWindow open = judgement.open();
    int perBoard = layout.chipsPerBoard();
    int most = 0;
    for (int chip = b * perBoard; chip < (b + 1) * perBoard; chip++) {
      most = Math.max(most, open.samples(chip));
    }
    return Math.min(Byte.MAX_VALUE, most + open.empty(b));
  }

  /** What {@link PodState#missing} says of a chip after this window. */
  private byte missing(int chip, int due, byte before) {
    if (due == 0) {
      return unsaid(before);
    }
    int samples = judgement.open().samples(chip);
    if (samples * 4 > due * 3) {
      return 0;
    }
    if (samples > 0) {
      return due >= FEWEST_REPORTS ? IN_PART : 0;
    }
    return before == IN_PART ? FELL_BEFORE : (byte) Math.min(MOST_MISSING, Math.max(0, before) + 1);
  }

  /** The same after a window that said nothing of the board's chips. */
  private byte unsaid(byte before) {
    if (before > 0) {
      return before < FELL_BEFORE ? before : (byte) Math.min(MOST_MISSING, before + 1);
    }
    int windows = Math.max(0, IN_PART - before) + 1;
    return windows > mostUnsaid ? FELL_BEFORE : (byte) (IN_PART - windows);
  }

  /** Whether {@link PodState#missing} says that nothing was said of a chip for over two windows. */
  private static boolean longUnheard(byte missing) {
    return missing > COUNTERS_HOLD || missing < IN_PART - COUNTERS_HOLD;
  }

  private void missingChips(int b, int gone, int longSilent, int early, int least) {
    int perBoard = layout.chipsPerBoard();
    Candidate board = null;
    if (perBoard > 1
        && judgement.folds(gone - longSilent, perBoard - longSilent, 3, 4, BOARD_SILENT, b)) {
      board = judgement.candidate(BOARD_SILENT, b, layout.boardPath(b));
      board.critical = judgement.jobs().synchronous(b);
      board.windowsBefore = early * 4 >= (perBoard - longSilent) * 3 ? 1 : 0;
      board.chipsAffected = gone;
      board.evidence(judgement.evidence("chips_silent", board.path, gone, perBoard, "chips"));
    }
    for (int chip = b * perBoard; chip < (b + 1) * perBoard; chip++) {
      if (state.missing[chip] >= least) {
        Candidate c = judgement.candidate(CHIP_SILENT, chip, layout.chipPath(chip));
        c.critical = judgement.jobs().synchronous(b);
        c.chipsAffected = 1;
        // Counts only where the incident begins, which is at the first silent window.
        c.windowsBefore = state.missing[chip] == FELL_BEFORE ? 1 : 0;
        c.evidence(judgement.evidence("chip_silent", c.path, windowsMissing(c), 1, "windows"));
        Judgement.cover(c, board);
      }
    }
  }

  /** Windows for which a chip has been missing: those that are counted, or since its incident. */
  private long windowsMissing(Candidate chip) {
    byte counted = state.missing[chip.subject];
    if (counted < MOST_MISSING) {
      return counted;
    }
    long sinceMs = judgement.windowStartMs() - ledger.firstSeenMs(chip, judgement.windowStartMs());
    return Math.max(counted, sinceMs / judgement.settings.windowMs() + 1);
  }
}
