package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HBM_CORRECTABLE;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;

import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Finds chips whose memory fails, and chips that are broken by their exporter's own word.
 *
 * <p>Statistic: the growth of a chip's own counters of memory errors between its reports. A counter
 * that falls, or that a new agent gives, is only a base. Of what grew in a silence of more than two
 * windows as much counts as a window of it had; of a chip that its board's reports left out for as
 * long the counter of corrected errors is only a base. Corrected errors are summed over about 40 s,
 * or four windows if that is longer, by a sum that leaks its part in each; a chip is named from
 * what {@code correctedPerMinute} gives in that time, and from two errors, held {@code
 * slowOpenAfterWindows}: healthy memory corrects a few an hour. A single step of the uncorrected
 * counter is enough; it counts for six windows, without those in which the exporter calls the chip
 * broken or a synchronous job on it waits, and explains that the chip is fatal. Many exporters only
 * count: of a job that such an error has stopped it stays the cause until the job works again, and
 * it explains that the chip is away, as it is while it is reset.
 */
final class MemoryFindings {
  private static final long MINUTE_MS = 60_000;

  /** Most parts of an error that the sum of corrected ones counts, as a power of two. */
  private static final int MOST_FRACTION_BITS = 8;

  private final Judgement judgement;
  private final PodLayout layout;
  private final PodState state;

  /** Windows over which corrected errors are summed. */
  private final int windows;

  /** Parts of an error that the sum counts, as a power of two; fewer where much is allowed. */
  private final int fractionBits;

  /** The sum from which a chip is named, in these parts. */
  private final int limit;

  /** Chips for whose uncorrected errors this window is one of those in which they count. Few. */
  private final List<Integer> held = new ArrayList<>();

  MemoryFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    state = judgement.state;
    DetectorSettings settings = judgement.settings;
    windows = settings.correctedWindows();
    long perMinute = (long) settings.correctedPerMinute() * windows * settings.windowMs();
    int errors = (int) Math.max(2, perMinute / MINUTE_MS);
    // The sum may be twice the limit, in the 15 bits that are kept of it.
    int free = Integer.numberOfLeadingZeros(errors) - (Integer.SIZE - Short.SIZE + 2);
    fractionBits = Math.max(0, Math.min(MOST_FRACTION_BITS, free));
    limit = (int) Math.max(2L << fractionBits, (perMinute << fractionBits) / MINUTE_MS);
  }

  /** Makes the findings of this window. */
  void find() {
    for (int board = 0; board < layout.boards(); board++) {
      judge(board);
    }
  }

  /**
   * Counts the window that was judged against the errors that count for some.
   *
   * @param waits of a board, whether its job waits: {@link JobFindings#waits}
   */
  void end(IntPredicate waits) {
    for (int chip : held) {
      if (!waits.test(layout.boardOfChip(chip))) {
        state.uncorrectedHold[chip]--;
      }
    }
    held.clear();
  }

  private void judge(int board) {
    OpenWindow open = judgement.open();
    int perBoard = layout.chipsPerBoard();
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      int errors = open.corrected(chip) | state.correctedLevel[chip] | state.uncorrectedHold[chip];
      if (errors != 0 || open.flagged(chip, OpenWindow.FATAL | OpenWindow.UNCORRECTED)) {
        judge(chip, board);
      }
    }
  }

  private void judge(int chip, int board) {
    OpenWindow open = judgement.open();
    int level = state.correctedLevel[chip] + (open.corrected(chip) << fractionBits);
    state.correctedLevel[chip] = (short) Math.min(Short.MAX_VALUE, level * (windows - 1) / windows);
    boolean heard = judgement.boardStatus[board] == Judgement.HEARD && open.samples(chip) != 0;
    boolean fatal = heard && open.flagged(chip, OpenWindow.FATAL);
    if (open.flagged(chip, OpenWindow.UNCORRECTED)) {
      state.uncorrectedHold[chip] = PodState.UNCORRECTED_HOLD;
    }
    boolean uncorrected = state.uncorrectedHold[chip] > 0 && (heard || isReset(chip, board));
    if (state.uncorrectedHold[chip] > 0 && !fatal) {
      held.add(chip);
    }
    if (fatal || uncorrected) {
      broken(chip, board, fatal, uncorrected);
    } else if (heard && level >= limit) {
      Candidate c = judgement.candidate(HBM_CORRECTABLE, chip, layout.chipPath(chip));
      c.chipsAffected = 1;
      int errors = level >> fractionBits;
      int most = limit >> fractionBits;
      c.evidence(judgement.evidence("hbm_correctable", c.path, errors, most, "errors"));
    }
  }

  /** Whether a chip alone is left out of its board's reports: so it is while it is reset. */
  private boolean isReset(int chip, int board) {
    return judgement.boardStatus[board] == Judgement.HEARD
        && judgement.open().samples(chip) == 0
        && judgement.cause(BOARD_SILENT, board) == null;
  }

  private void broken(int chip, int board, boolean fatal, boolean uncorrected) {
    Candidate memory = null;
    String path = layout.chipPath(chip);
    if (uncorrected) {
      memory = judgement.candidate(HBM_UNCORRECTABLE, chip, path);
      memory.critical = judgement.jobs().synchronous(board);
      memory.chipsAffected = 1;
      memory.evidence(judgement.evidence("hbm_uncorrectable", path, 1, 0, "errors"));
    }
    Candidate root = memory;
    if (fatal) {
      Candidate c = judgement.candidate(CHIP_FATAL, chip, path);
      c.critical = judgement.jobs().synchronous(board);
      c.chipsAffected = 1;
      c.evidence(judgement.evidence("chip_fatal", path, 1, 0, "fatal"));
      Judgement.cover(c, memory);
      root = root == null ? c : root;
    }
    Candidate silent = memory == null ? null : judgement.find(CHIP_SILENT, chip);
    if (silent != null && !silent.covered) {
      Judgement.cover(silent, memory);
    }
    Candidate hot = judgement.find(CHIP_HOT, chip);
    if (root != null && hot != null && !hot.covered) {
      root.evidence(hot.evidence.get(0));
      Judgement.cover(hot, root);
    }
  }
}
