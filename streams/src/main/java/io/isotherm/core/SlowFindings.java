package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;
import static io.isotherm.core.IncidentKind.POWER_SAG;

import io.isotherm.model.PodLayout;

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
 * load. A chip that is hot, broken or short of power is slow for that reason.
 */
final class SlowFindings {
  /** Parts of a thousandth in which {@link PodState#lag} counts. */
  static final int LAG = 16;

  /** Most that one window says of a chip, in thousandths. */
  private static final int MOST = 400;

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

  SlowFindings(Judgement judgement) {
    this.judgement = judgement;
    layout = judgement.layout;
    state = judgement.state;
  }

  /** Whether the chip is slow in this window. */
  boolean slow(int chip) {
    return judgement.find(CHIP_SLOW, chip) != null;
  }

  /** What a reporting chip can give of what its team's median gives, in thousandths. */
  int pace(int chip) {
    int team = judgement.jobs().teamOf(layout.boardOfChip(chip));
    int held = OpenWindow.THROTTLED | OpenWindow.POWER_SAVED;
    int pace = slow(chip) ? 1_000 - state.lag[chip] / LAG : 1_000;
    int clock = judgement.open().clock(chip);
    if (judgement.open().flagged(chip, held)
        && clock >= 0
        && clocks.known(team)
        && clocks.median(team) > 0) {
      pace = Math.min(pace, 1_000 * clock / clocks.median(team));
    }
    return Math.max(0, pace);
  }

  /** Makes the findings of this window. */
  void find() {
    OpenWindow open = judgement.open();
    int teams = judgement.jobs().teams();
    tensor.reset(teams);
    watts.reset(teams);
    clocks.reset(teams);
    for (int chip = 0; chip < layout.chips(); chip++) {
      int board = layout.boardOfChip(chip);
      if (busy(chip, board)) {
        int team = judgement.jobs().teamOf(board);
        add(tensor, team, open.tensor(chip));
        add(watts, team, open.power(chip) / 10);
        add(clocks, team, open.clock(chip));
      }
    }
    tensor.close();
    watts.close();
    clocks.close();
    lags.reset(teams);
    for (int chip = 0; chip < layout.chips(); chip++) {
      int board = layout.boardOfChip(chip);
      int team = judgement.jobs().teamOf(board);
      if (!compared(chip, board, team)) {
        state.lag[chip] = 0;
        continue;
      }
      int lag = state.lag[chip] + (below(open, chip, team) * LAG - state.lag[chip]) / 4;
      if (lag >= LAG * WORTH_ASKING && excused(chip)) {
        lag = 0;
      }
      state.lag[chip] = (short) lag;
      lags.add(team, Math.floorDiv(lag, LAG));
    }
    lags.close();
    for (int chip = 0; chip < layout.chips(); chip++) {
      int lag = state.lag[chip] / LAG;
      if (lag < judgement.settings.chipSlowBelowPeers() * 3 / 4) {
        continue;
      }
      int board = layout.boardOfChip(chip);
      int team = judgement.jobs().teamOf(board);
      int mads = judgement.settings.chipSlowMads() * lags.mad(team);
      int limit = Math.max(judgement.settings.chipSlowBelowPeers(), mads);
      boolean slowBefore = judgement.ledger.isOpen(CHIP_SLOW, chip);
      if (lag >= (slowBefore ? limit * 3 / 4 : limit)) {
        Candidate c = judgement.candidate(CHIP_SLOW, chip, layout.chipPath(chip));
        c.critical = judgement.jobs().synchronous(board);
        c.chipsAffected = 1;
        int power = open.power(chip);
        int peers = watts.known(team) ? 10 * watts.median(team) : 0;
        c.evidence(judgement.evidence("chip_slow", c.path, Math.max(0, power), peers, "deciwatts"));
        c.evidence(judgement.evidence("chip_lag", c.path, lag, limit, "permille"));
      }
    }
  }

  private boolean compared(int chip, int board, int team) {
    return team != 0 && busy(chip, board) && comparable(team);
  }

  private boolean busy(int chip, int board) {
    return judgement.boardStatus[board] == Judgement.HEARD
        && judgement.open().utilization(chip) >= HeatFindings.BUSY
        && judgement.open().tensor(chip) >= 0;
  }

  private boolean comparable(int team) {
    return tensor.known(team) && tensor.median(team) >= FLOOR;
  }

  private static void add(PeerStatistics peers, int team, int value) {
    if (value >= 0) {
      peers.add(team, value);
    }
  }

  /** How far the chip is below its team in this window, in thousandths. */
  private int below(OpenWindow open, int chip, int team) {
    int median = tensor.median(team);
    int below = 1_000 * (median - open.tensor(chip)) / median;
    int power = open.power(chip);
    if (power >= 0 && watts.known(team) && watts.median(team) > 0) {
      int typical = 10 * watts.median(team);
      below = Math.min(below, 2 * (1_000 * (typical - power) / typical));
    }
    return Math.max(-MOST, Math.min(MOST, below));
  }

  private boolean excused(int chip) {
    int cab = layout.cabinetOfChip(chip);
    return judgement.open().flagged(chip, OpenWindow.THROTTLED)
        || judgement.cause(CHIP_FATAL, chip) != null
        || judgement.cause(HBM_UNCORRECTABLE, chip) != null
        || judgement.cause(CHIP_HOT, chip) != null
        || judgement.cause(CABINET_HOT, cab) != null
        || judgement.cause(COOLING_LOOP_HOT, layout.coolingLoopOfCabinet(cab)) != null
        || judgement.cause(POWER_SAG, layout.powerFeedOfCabinet(cab)) != null;
  }
}
