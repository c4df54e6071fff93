package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.HBM_CORRECTABLE;

import io.isotherm.model.PodLayout;
import java.util.Arrays;

/** Says of every chip in a judged window how it is, and what all of them together can give. */
final class ChipStates {
  private final Judgement judgement;
  private final PodLayout layout;
  private final PodState state;
  private final IncidentLedger ledger;
  private final byte[] boardStatus;
  private final LinkFindings links;
  private final SlowFindings slowness;

  ChipStates(Judgement judgement, LinkFindings links, SlowFindings slowness) {
    this.judgement = judgement;
    this.links = links;
    this.slowness = slowness;
    layout = judgement.layout;
    state = judgement.state;
    ledger = judgement.ledger;
    boardStatus = judgement.boardStatus;
  }

  /**
   * Judges the chips of a cabinet.
   *
   * @param states takes the code of each chip's state
   * @return how many of them are in each state, by its code
   */
  int[] ofCabinet(int cab, byte[] states) {
    int[] counts = new int[ChipState.COUNT];
    int perCabinet = layout.boardsPerCabinet();
    for (int board = cab * perCabinet; board < (cab + 1) * perCabinet; board++) {
      ofBoard(board, cab, states, counts);
    }
    return counts;
  }

  private void ofBoard(int board, int cab, byte[] states, int[] counts) {
    boolean well = boardStatus[board] == Judgement.HEARD && state.cabinetHot[cab] == 0;
    int perBoard = layout.chipsPerBoard();
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      // Nearly every chip is well, which one look shows.
      int code = (well && blameless(chip) ? ChipState.HEALTHY : judge(chip, board, cab)).code();
      states[chip] = (byte) code;
      counts[code]++;
    }
  }

  /** Whether nothing at all was found or is remembered of a chip. */
  private boolean blameless(int chip) {
    int remembered = state.missing[chip] | state.uncorrectedHold[chip] | state.hot[chip];
    remembered |= state.correctedLevel[chip];
    boolean found = judgement.open().flagged(chip, OpenWindow.FATAL);
    found |= links.suspect(chip);
    found |= slowness.slow(chip);
    return remembered == 0 && !found;
  }

  private ChipState judge(int chip, int board, int cab) {
    if (boardStatus[board] == Judgement.AWAY && judgement.open().samples(chip) != 0) {
      return ChipState.HEALTHY;
    }
    if (boardStatus[board] != Judgement.HEARD) {
      return ChipState.UNKNOWN;
    }
    if (state.missing[chip] > 0) {
      return state.missing[chip] >= judgement.settings.openAfterWindows()
          ? ChipState.FAILED
          : ChipState.SUSPECT;
    }
    if (judgement.open().flagged(chip, OpenWindow.FATAL)) {
      return ChipState.FAILED;
    }
    if (state.uncorrectedHold[chip] > 0) {
      return ChipState.FAILED;
    }
    if (judgement.open().samples(chip) == 0) {
      return ChipState.UNKNOWN;
    }
    boolean slow = slowness.slow(chip);
    boolean cabinetHot = state.cabinetHot[cab] != 0;
    boolean hot = state.hot[chip] != 0;
    boolean corrects = judgement.find(HBM_CORRECTABLE, chip) != null;
    if (!hot && !slow && !corrects && !cabinetHot && !links.suspect(chip)) {
      return ChipState.HEALTHY;
    }
    if ((slow && ledger.isOpen(CHIP_SLOW, chip))
        || (corrects && ledger.isOpen(HBM_CORRECTABLE, chip))
        || (hot && ledger.isOpen(CHIP_HOT, chip))
        || (cabinetHot && ledger.isOpen(CABINET_HOT, cab))
        || (cabinetHot && ledger.isOpen(COOLING_LOOP_HOT, layout.coolingLoopOfCabinet(cab)))
        || (links.suspect(chip) && links.open(chip))) {
      return ChipState.DEGRADED;
    }
    return ChipState.SUSPECT;
  }

  /**
   * What the chips can give of what all of them could, in thousandths.
   *
   * <p>A chip that failed or is unknown gives nothing, one whose clock is held down by heat or
   * power its clock against its team's median, a slow one what it does not lag behind its team, any
   * other one all. The members of a team of a synchronous job give as much as the slowest of them
   * that works. Chips that are idle count by what they could give.
   *
   * @param states the code of each chip's state
   */
  int effectiveCompute(byte[] states) {
    JobMap jobs = judgement.jobs();
    int[] slowest = new int[jobs.teams()];
    int[] members = new int[jobs.teams()];
    Arrays.fill(slowest, SlowFindings.FULL_PACE);
    long sum = 0;
    int perBoard = layout.chipsPerBoard();
    for (int board = 0; board < layout.boards(); board++) {
      int team = jobs.teamOf(board);
      boolean together = jobs.synchronous(board);
      for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
        if (!works(chip, states[chip])) {
          continue;
        }
        int pace = slowness.pace(chip, team);
        if (together) {
          members[team]++;
          slowest[team] = Math.min(slowest[team], pace);
        } else {
          sum += pace;
        }
      }
    }
    for (int t = 0; t < slowest.length; t++) {
      sum += (long) members[t] * slowest[t];
    }
    return (int) (sum / states.length);
  }

  private boolean works(int chip, int code) {
    return code != ChipState.FAILED.code() && judgement.open().samples(chip) != 0;
  }
}
