package io.isotherm.core;

import static io.isotherm.model.Report.ABSENT;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.Arrays;

/** Takes what reports say of chips into the open window and into what is kept of the chips. */
final class ChipReadings {
  private final PodLayout layout;
  private final PodState state;
  private final ReportCheck check;
  private final ErrorCodes codes;
  private final int chipsPerBoard;
  private final int windowMs;

  /** Windows shorter than this have room for more samples than agents take. */
  private static final int LONG_WINDOW_MS = 60_000;

  /** Parts of a long window, of each of which one report of a board goes into the sums. */
  private static final int PARTS = 250;

  ChipReadings(
      PodLayout layout,
      DetectorSettings settings,
      PodState state,
      ErrorCodes codes,
      ReportCheck check) {
    this.layout = layout;
    this.codes = codes;
    windowMs = settings.windowMs();
    this.state = state;
    this.check = check;
    chipsPerBoard = layout.chipsPerBoard();
  }

  /**
   * Adds the chips' readings to their window; false if one was impossible and left out. A sum takes
   * 255 samples, so that of many reports in a long window only some are in it, evenly spread.
   */
  boolean take(Report r, int board, OpenWindow open) {
    open.report(board, r.chipCount + r.linkCount == 0);
    int first = board * chipsPerBoard;
    int bad = -1;
    boolean summed = isSummed(r, board);
    // Bits that are set where something is not as it nearly always is.
    int odd = 0;
    for (int i = 0; i < r.chipCount; i++) {
      int c = first + r.chip[i];
      boolean usual =
          summed
              && open.addIfUsual(
                  c,
                  r.temperature[i],
                  r.power[i],
                  r.utilization[i],
                  r.tensorActivity[i],
                  r.clock[i],
                  r.hbmUsed[i]);
      if (!usual && !addPossible(r, i, c, summed, open)) {
        bad = i;
      }
      if (impossible(r.hbmTemperature[i], PeerStatistics.LOWEST, PeerStatistics.HIGHEST)) {
        bad = i;
      }
      odd |= r.throttleReasons[i] | (r.health[i] ^ Report.HEALTH_OK);
    }
    if (odd != 0) {
      flags(r, first, open);
    }
    if (state.clock(board) == PodState.NEVER) {
      codes.begin(board);
    }
    // A report that overtook a newer one would only turn the counters back.
    long steps = PodState.NEVER;
    if (r.sequence == state.sequence(board)) {
      if (memoryErrorsChanged(r, first)) {
        memoryErrors(r, first, sinceLastMs(r, board), open);
      }
      // Not 0 if a chip has an error code; what is absent has no other bit than the sign.
      long code = 0;
      for (int i = 0; i < r.chipCount; i++) {
        steps = Math.max(steps, r.steps[i]);
        code |= r.errorCode[i] & Long.MAX_VALUE;
      }
      if (code != 0 || codes.any()) {
        codes.take(r, board);
      }
    }
    if (steps >= 0) {
      open.steps[board] |=
          (byte) (state.steps(board) != PodState.NEVER && steps != state.steps(board) ? 3 : 1);
      state.steps(board, steps);
    }
    if (bad >= 0) {
      check.leftOut(describe(r, board, bad));
    }
    return bad < 0;
  }

  /** Whether a report goes into the sums: in a long window the first one of each of its parts. */
  private boolean isSummed(Report r, int board) {
    long before = state.clock(board);
    if (windowMs < LONG_WINDOW_MS
        || before == PodState.NEVER
        || Math.floorDiv(before, windowMs) != Math.floorDiv(r.timeMs, windowMs)) {
      return true;
    }
    return part(before) != part(r.timeMs);
  }

  private int part(long timeMs) {
    return (int) (Math.floorMod(timeMs, (long) windowMs) * PARTS / windowMs);
  }

  /** The agent of a board has started anew, and its counters with it. */
  void forgetCounters(int board) {
    int first = board * chipsPerBoard;
    Arrays.fill(state.corrected, first, first + chipsPerBoard, PodState.NO_BASE);
    Arrays.fill(state.uncorrected, first, first + chipsPerBoard, (short) PodState.NO_BASE);
    state.steps(board, PodState.NEVER);
  }

  private String describe(Report r, int board, int i) {
    return ("%s: impossible reading taken as absent: temperature %s, memory temperature %s,"
            + " power %s, utilization %s, tensor activity %s, clock %s, memory used %s")
        .formatted(
            layout.chipPath(layout.chipIndex(board, r.chip[i])),
            show(r.temperature[i]),
            show(r.hbmTemperature[i]),
            show(r.power[i]),
            show(r.utilization[i]),
            show(r.tensorActivity[i]),
            show(r.clock[i]),
            show(r.hbmUsed[i]));
  }

  /**
   * Adds those of a chip's readings that can be true; false if one cannot.
   *
   * @param summed whether they go into the sums; the memory in use always counts
   */
  private static boolean addPossible(Report r, int i, int chip, boolean summed, OpenWindow open) {
    int temperature = orAbsent(r.temperature[i], PeerStatistics.LOWEST, PeerStatistics.HIGHEST);
    int power = orAbsent(r.power[i], 0, OpenWindow.MOST_POWER);
    int utilization = orAbsent(r.utilization[i], 0, 1_000);
    int tensor = orAbsent(r.tensorActivity[i], 0, 1_000);
    int clock = orAbsent(r.clock[i], 0, OpenWindow.MOST_CLOCK);
    int hbmUsed = orAbsent(r.hbmUsed[i], 0, OpenWindow.MOST_HBM);
    if (summed) {
      open.add(chip, temperature, power, utilization, tensor, clock, hbmUsed);
    } else {
      open.add(chip, ABSENT, ABSENT, ABSENT, ABSENT, ABSENT, hbmUsed);
    }
    return temperature == r.temperature[i]
        && power == r.power[i]
        && utilization == r.utilization[i]
        && tensor == r.tensorActivity[i]
        && clock == r.clock[i]
        && hbmUsed == r.hbmUsed[i];
  }

  /** Takes what the chips say of their health and of what slows them. */
  private static void flags(Report r, int first, OpenWindow open) {
    for (int i = 0; i < r.chipCount; i++) {
      int c = first + r.chip[i];
      if (r.health[i] == Report.HEALTH_FATAL) {
        open.flag(c, OpenWindow.FATAL);
      }
      int v = r.throttleReasons[i];
      if (v != ABSENT && (v & Report.THROTTLE_THERMAL) != 0) {
        open.flag(c, OpenWindow.THROTTLED);
      }
      if (v != ABSENT && (v & Report.THROTTLE_POWER) != 0) {
        open.flag(c, OpenWindow.POWER_SAVED);
      }
      if (v != ABSENT && (v & Report.THROTTLE_HARDWARE) != 0) {
        open.flag(c, OpenWindow.SLOWED_DOWN);
      }
    }
  }

  /** Whether a counter of memory errors is absent or another than before. */
  private boolean memoryErrorsChanged(Report r, int first) {
    long changed = 0;
    for (int i = 0; i < r.chipCount; i++) {
      int c = first + r.chip[i];
      long corrected = r.eccCorrected[i];
      long uncorrected = r.eccUncorrected[i];
      changed |=
          ((corrected & Integer.MAX_VALUE) ^ state.corrected[c])
              | ((uncorrected & Short.MAX_VALUE) ^ state.uncorrected[c])
              | ((corrected | uncorrected) & Long.MIN_VALUE);
    }
    return changed != 0;
  }

  /** Time between a report and the newest that was accepted of its board before; 0 if none was. */
  private long sinceLastMs(Report r, int board) {
    long before = state.clock(board);
    return before == PodState.NEVER ? 0 : r.timeMs - before;
  }

  private void memoryErrors(Report r, int first, long sinceLastMs, OpenWindow open) {
    for (int i = 0; i < r.chipCount; i++) {
      memoryErrors(r.eccCorrected[i], r.eccUncorrected[i], first + r.chip[i], sinceLastMs, open);
    }
  }

  /**
   * What of a counter's growth counts in a window. What came while nothing was heard for longer
   * than two windows came little by little: as much counts as a window of that time had.
   */
  private int ofWindow(int grown, long sinceLastMs) {
    return sinceLastMs <= 2L * windowMs
        ? grown
        : (int) (((long) grown * windowMs + sinceLastMs / 2) / sinceLastMs);
  }

  /** Takes a chip's counters of memory errors; what does not grow is a base. */
  private void memoryErrors(
      long corrected, long uncorrected, int chip, long sinceLastMs, OpenWindow open) {
    if (corrected >= 0) {
      int now = (int) (corrected & Integer.MAX_VALUE);
      int before = state.corrected[chip];
      if (now != before) {
        int grown =
            before == PodState.NO_BASE || now < before ? 0 : ofWindow(now - before, sinceLastMs);
        if (grown > 0) {
          open.addCorrected(chip, grown);
        }
        state.corrected[chip] = now;
      }
    }
    if (uncorrected >= 0) {
      short now = (short) (uncorrected & Short.MAX_VALUE);
      short before = state.uncorrected[chip];
      if (now != before) {
        if (before != PodState.NO_BASE && now > before) {
          open.flag(chip, OpenWindow.UNCORRECTED);
        }
        state.uncorrected[chip] = now;
      }
    }
  }

  private static boolean impossible(int value, int least, int most) {
    return value != ABSENT && (value < least || value > most);
  }

  private static int orAbsent(int value, int least, int most) {
    return value < least || value > most ? ABSENT : value;
  }

  private static String show(int value) {
    return value == ABSENT ? "absent" : Integer.toString(value);
  }
}
