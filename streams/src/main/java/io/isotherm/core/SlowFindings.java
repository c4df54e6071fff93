package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;
import static io.isotherm.core.IncidentKind.POWER_SAG;

import io.isotherm.model.PodLayout;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds chips that are as busy as their peers but do less.
 *
 * <p>Statistic: how far a busy chip is below the median of its team (same job, role and stage) in
 * tensor activity, or twice what it is below in power if that is less: work that is missing draws
 * no power. One window counts for at most {@link #MOST}; the lag is smoothed over about four
 * windows. A chip is slow from {@code chipSlowBelowPeers} and {@code chipSlowMads} median absolute
 * deviations of its team's lags, smoothed alike, held {@code slowOpenAfterWindows}. Members of a
 * synchronous job that wait for a slow one fall together with the median; imbalance of data wanders
 * and is smoothed away; the last stage, checkpoints and idle chips have teams of their own or no
 * load. A chip that is hot, broken or short of power is slow for that reason. While a team pauses
 * nothing is known of its chips, and those that are named slow stay so for a while.
 */
final class SlowFindings {
  /** Parts of a thousandth in which {@link PodState#lag} counts. */
  static final int LAG = 16;

  /** Most that one window says of a chip, in thousandths. */
  static final int MOST = 400;

  /** Median tensor activity below which a team does no work that could be compared. */
  private static final int FLOOR = 100;

  private final Judgement judgement;
  private final PodLayout layout;
  private final PodState state;
  private final PeerStatistics tensor = new PeerStatistics(0, 1_000);
  private final PeerStatistics watts = new PeerStatistics(0, 5_000);
  private final PeerStatistics lags = new PeerStatistics(-MOST, MOST);
  private final PeerStatistics clocks = new PeerStatistics(0, 10_000);

  /** Lag from which it is asked whether something else explains it, in thousandths. */
  private static final int WORTH_ASKING = 5;

  /** What a chip gives that nothing holds back, in thousandths. */
  static final int FULL_PACE = 1_000;

  /** Any tensor activity, if it was given. */
  private static final int ANY = 0;

  /** A clock that cannot be compared. */
  private static final int UNKNOWN = -1;

  private boolean[] slow = {};

  /** How far chips that are slow, or at fault by themselves, are below their team. Few. */
  private final Map<Integer, Integer> atFault = new HashMap<>();

  SlowFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    state = judgement.state;
  }

  /** Lets go of what was made for the window that was judged. */
  void end() {
    slow = new boolean[0];
    atFault.clear();
  }

  /** Whether the chip is slow in this window. */
  boolean slow(int chip) {
    return slow[chip];
  }

  /** What a reporting chip of a team can give of what its team's median gives, in thousandths. */
  int pace(int chip, int team) {
    boolean held = held(chip);
    return held || slow[chip] ? paceOfHeldBack(chip, team, held) : FULL_PACE;
  }

  private int paceOfHeldBack(int chip, int team, boolean held) {
    int pace = slow[chip] ? FULL_PACE - state.lag[chip] / LAG : FULL_PACE;
    int clock = held ? clockOfPeers(chip, team) : UNKNOWN;
    return Math.max(0, clock == UNKNOWN ? pace : Math.min(pace, clock));
  }

  /**
   * How far a reporting chip is behind its team, in thousandths: smoothed over some windows, or in
   * this one alone if it is found slow or a finding of its own excuses it, or by how much it is
   * {@linkplain #heldBack held back}. One that is hot and has too few peers to be compared explains
   * any slowness.
   */
  int behind(int chip, int team) {
    if (!tensor.known(team) && judgement.cause(CHIP_HOT, chip) != null) {
      return FULL_PACE;
    }
    int lag = atFault.isEmpty() ? 0 : atFault.getOrDefault(chip, 0);
    return Math.max(Math.max(lag, state.lag[chip] / LAG), heldBack(chip, team));
  }

  /**
   * How far a reporting chip is held behind its team by heat, want of power or its hardware's own
   * protection, in thousandths. A chip that keeps its clock, as many do at their power limit, or is
   * held as all of its team are, holds up nobody. One that shares what holds it with others, which
   * may be all of its team, or whose clock cannot be compared, explains any slowness.
   */
  private int heldBack(int chip, int team) {
    if (!held(chip)) {
      return 0;
    }
    int clock = clockOfPeers(chip, team);
    return clock == UNKNOWN || heldWithOthers(chip) ? FULL_PACE : Math.max(0, FULL_PACE - clock);
  }

  private boolean held(int chip) {
    int holds = OpenWindow.THROTTLED | OpenWindow.POWER_SAVED | OpenWindow.SLOWED_DOWN;
    return judgement.open().flagged(chip, holds);
  }

  /** Clock of a chip in thousandths of its team's median, or {@link #UNKNOWN}. */
  private int clockOfPeers(int chip, int team) {
    int clock = judgement.open().clock(chip);
    boolean known = clock >= 0 && clocks.known(team) && clocks.median(team) > 0;
    return known ? FULL_PACE * clock / clocks.median(team) : UNKNOWN;
  }

  /** Makes the findings of this window. */
  void find() {
    int teams = judgement.jobs().teams();
    slow = new boolean[layout.chips()];
    tensor.reset(teams);
    watts.reset(teams);
    clocks.reset(teams);
    lags.reset(teams);
    for (int board = 0; board < layout.boards(); board++) {
      gather(board);
    }
    tensor.close();
    watts.close();
    clocks.close();
    for (int board = 0; board < layout.boards(); board++) {
      compare(board);
    }
    lags.close();
    for (Candidate c : judgement.candidates.values()) {
      if (c.kind == CHIP_HOT) {
        hot(c.subject);
      }
    }
    int least = leastLag();
    for (int board = 0; board < layout.boards(); board++) {
      judge(board, least);
    }
  }

  /** Adds a board's busy chips to what is known of their team. */
  private void gather(int board) {
    if (judgement.boardStatus[board] != Judgement.HEARD) {
      return;
    }
    OpenWindow open = judgement.open();
    int team = judgement.jobs().teamOf(board);
    int least = leastTensor(board);
    int perBoard = layout.chipsPerBoard();
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      if (busy(open, chip, least)) {
        tensor.add(team, open.tensor(chip));
        int power = open.power(chip);
        if (power >= 0) {
          watts.add(team, power / 10);
        }
        int clock = open.clock(chip);
        if (clock >= 0) {
          clocks.add(team, clock);
        }
      }
    }
  }

  /** Holds a board's busy chips against their team. */
  private void compare(int board) {
    OpenWindow open = judgement.open();
    int team = judgement.jobs().teamOf(board);
    boolean heard = team != 0 && judgement.boardStatus[board] == Judgement.HEARD;
    boolean known = heard && tensor.known(team);
    boolean comparable = heard && works(team);
    int least = leastTensor(board);
    int perBoard = layout.chipsPerBoard();
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      boolean busy = busy(open, chip, least);
      if (!comparable || !busy) {
        boolean pauses = heard && (comparable ? busy(open, chip, ANY) : known || !busy);
        if (!pauses || !keep(chip)) {
          state.lag[chip] = 0;
        }
        continue;
      }
      int below = below(open, chip, team);
      int lag = state.lag[chip] + (below * LAG - state.lag[chip]) / 4;
      if (lag >= LAG * WORTH_ASKING && excused(chip)) {
        lag = 0;
        if (excusedAlone(chip)) {
          atFault.put(chip, tensorBelow(open, chip, team));
        }
      }
      state.lag[chip] = (short) lag;
      lags.add(team, Math.floorDiv(lag, LAG));
    }
  }

  /** A hot chip explains what it does less, whatever it draws. */
  private void hot(int chip) {
    int board = layout.boardOfChip(chip);
    int team = judgement.jobs().teamOf(board);
    boolean heard = judgement.boardStatus[board] == Judgement.HEARD;
    if (heard && works(team) && busy(judgement.open(), chip, leastTensor(board))) {
      atFault.put(chip, tensorBelow(judgement.open(), chip, team));
    }
  }

  /** Whether enough of a team do something that can be compared. */
  private boolean works(int team) {
    return team != 0 && tensor.known(team) && tensor.median(team) >= FLOOR;
  }

  /** Leaves a chip that is named slow as it is while its team does nothing, as in a checkpoint. */
  private boolean keep(int chip) {
    if (!judgement.ledger.isOpen(CHIP_SLOW, chip) || excusedAlone(chip)) {
      return false;
    }
    judgement.pausing.add(Candidate.key(CHIP_SLOW, chip));
    slow[chip] = true;
    return true;
  }

  /** Lag below which no chip is slow, whatever its team's spread and its past, in thousandths. */
  private int leastLag() {
    return judgement.settings.chipSlowBelowPeers() * 3 / 4;
  }

  private void judge(int board, int least) {
    int perBoard = layout.chipsPerBoard();
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      int lag = state.lag[chip] / LAG;
      if (lag >= least && !judgement.pausing.contains(Candidate.key(CHIP_SLOW, chip))) {
        judge(chip, board, lag);
      }
    }
  }

  private void judge(int chip, int board, int lag) {
    int team = judgement.jobs().teamOf(board);
    int mads = judgement.settings.chipSlowMads() * lags.mad(team);
    int limit = Math.max(judgement.settings.chipSlowBelowPeers(), mads);
    boolean slowBefore = judgement.ledger.isOpen(CHIP_SLOW, chip);
    if (lag < (slowBefore ? limit * 3 / 4 : limit)) {
      return;
    }
    slow[chip] = true;
    // What it draws tells whether it does less, and not how much less.
    atFault.put(chip, tensorBelow(judgement.open(), chip, team));
    Candidate c = judgement.candidate(CHIP_SLOW, chip, layout.chipPath(chip));
    c.critical = judgement.jobs().synchronous(board);
    c.chipsAffected = 1;
    int clock = judgement.open().clock(chip);
    if (belowByClock(chip, team) >= limit * 3 / 4) {
      c.evidence(judgement.evidence("chip_clock", c.path, clock, clocks.median(team), "megahertz"));
    }
    int power = judgement.open().power(chip);
    int peers = watts.known(team) ? 10 * watts.median(team) : 0;
    c.evidence(judgement.evidence("chip_slow", c.path, Math.max(0, power), peers, "deciwatts"));
    c.evidence(judgement.evidence("chip_lag", c.path, lag, limit, "permille"));
  }

  /** Whether a chip is busy, and does tensor work of at least so much. */
  private static boolean busy(OpenWindow open, int chip, int leastTensor) {
    return open.utilization(chip) >= HeatFindings.BUSY && open.tensor(chip) >= leastTensor;
  }

  /**
   * Tensor activity from which a busy chip can be slow, in thousandths. In a synchronous job one
   * that does none waits for the others, as while they evaluate a model: the slowest of it works.
   */
  private int leastTensor(int board) {
    return judgement.jobs().synchronous(board) ? JobTally.STILL + 1 : ANY;
  }

  /** How far the chip is below its team in this window, in thousandths. */
  private int below(OpenWindow open, int chip, int team) {
    int below = tensorBelow(open, chip, team);
    int power = open.power(chip);
    if (power >= 0 && watts.known(team) && watts.median(team) > 0) {
      int typical = 10 * watts.median(team);
      below = Math.min(below, 2 * (1_000 * (typical - power) / typical));
    }
    return Math.max(-MOST, Math.min(MOST, Math.max(below, belowByClock(chip, team))));
  }

  /**
   * How far a clock that is held down is below the team's, in thousandths; if none is, {@link
   * #MOST} above. Of a chip at its power limit, and also below the best one of its board: work is
   * placed by boards, and where it is heavier all of a board run slower at the same limit.
   */
  private int belowByClock(int chip, int team) {
    int pace = held(chip) ? clockOfPeers(chip, team) : UNKNOWN;
    if (pace == UNKNOWN || pace >= FULL_PACE) {
      return -MOST;
    }
    OpenWindow open = judgement.open();
    if (open.flagged(chip, OpenWindow.THROTTLED | OpenWindow.SLOWED_DOWN)) {
      return FULL_PACE - pace;
    }
    int clock = open.clock(chip);
    int best = Math.max(1, clock);
    int perBoard = layout.chipsPerBoard();
    int first = chip - chip % perBoard;
    for (int other = first; other < first + perBoard; other++) {
      best = Math.max(best, open.clock(other));
    }
    return FULL_PACE - Math.max(pace, FULL_PACE * clock / best);
  }

  /** How far it is below its team in tensor activity, in thousandths. */
  private int tensorBelow(OpenWindow open, int chip, int team) {
    int median = tensor.median(team);
    return Math.min(MOST, 1_000 * (median - open.tensor(chip)) / median);
  }

  private boolean excused(int chip) {
    return excusedAlone(chip) || sharedHeat(chip) || sag(chip);
  }

  private boolean excusedAlone(int chip) {
    return judgement.cause(CHIP_FATAL, chip) != null
        || judgement.cause(HBM_UNCORRECTABLE, chip) != null
        || judgement.cause(CHIP_HOT, chip) != null;
  }

  /** Whether a chip is held down because the cooling or power that it shares is at fault. */
  private boolean heldWithOthers(int chip) {
    OpenWindow open = judgement.open();
    int byHeat = OpenWindow.THROTTLED | OpenWindow.SLOWED_DOWN;
    int byPower = OpenWindow.POWER_SAVED | OpenWindow.SLOWED_DOWN;
    return (open.flagged(chip, byHeat) && sharedHeat(chip))
        || (open.flagged(chip, byPower) && sag(chip));
  }

  private boolean sharedHeat(int chip) {
    int cab = layout.cabinetOfChip(chip);
    return judgement.cause(CABINET_HOT, cab) != null
        || judgement.cause(COOLING_LOOP_HOT, layout.coolingLoopOfCabinet(cab)) != null;
  }

  private boolean sag(int chip) {
    int feed = layout.powerFeedOfCabinet(layout.cabinetOfChip(chip));
    return judgement.cause(POWER_SAG, feed) != null;
  }
}
