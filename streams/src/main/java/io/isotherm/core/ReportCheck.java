package io.isotherm.core;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.Arrays;

/**
 * Whether a report of a pod can be true: it contradicts neither itself nor the layout nor what its
 * board said before. What is turned away has its reason in {@link #detail}.
 */
final class ReportCheck {
  /** A step of the sequence number beyond this is not a loss of reports but a broken record. */
  private static final long MAX_SEQUENCE_STEP = 1_000_000_000L;

  /**
   * Latest event time that a clock can mean, the end of the year 9999, in milliseconds since
   * 1970-01-01 UTC. Beyond it lie what drivers say in place of a number that they do not know, such
   * as NVIDIA's 9,223,372,036,854,775,794, and times whose window has no end in a {@code long}.
   */
  static final long MAX_TIME_MS = 253_402_300_799_999L;

  /** How far an agent's start may be ahead of its own report, in milliseconds. */
  private static final long MAX_START_AHEAD_MS = 60_000;

  private final PodLayout layout;
  private final PodState state;
  private final int chipsPerBoard;
  private final int portsPerChip;

  /** Chip and port of every link of a report that has all ports of its board in their order. */
  private final int[] chipOfLink;

  private final int[] portOfLink;

  private String detail = "";
  private boolean everyPort;

  /** Positions of a board that were seen in the report that is checked, by bit. */
  private final long[] taken = new long[Report.MAX_CHIPS / Long.SIZE];

  /** Ports of a chip that were seen in the report that is checked, by bit. */
  private final long[] takenPorts;

  ReportCheck(PodLayout layout, PodState state) {
    this.layout = layout;
    this.state = state;
    chipsPerBoard = layout.chipsPerBoard();
    portsPerChip = layout.portsPerChip();
    takenPorts = new long[(portsPerChip + Long.SIZE - 1) / Long.SIZE];
    chipOfLink = new int[chipsPerBoard * portsPerChip];
    portOfLink = new int[chipsPerBoard * portsPerChip];
    for (int i = 0; i < chipOfLink.length; i++) {
      chipOfLink[i] = i / portsPerChip;
      portOfLink[i] = i % portsPerChip;
    }
  }

  /** What was wrong with the last report that was not wholly accepted, in one sentence. */
  String detail() {
    return detail;
  }

  /** Notes why a report is not taken, in one sentence. */
  Outcome reject(Outcome outcome, String message, Object... args) {
    detail = message.formatted(args);
    return outcome;
  }

  /** Notes what was left out of a report that is taken, in one sentence. */
  void leftOut(String what) {
    detail = what;
  }

  /** Whether the record is consistent and speaks only of parts that exist. */
  Outcome shape(Report r, int board) {
    if (r.sequence < 0 || r.agentStartMs < 0 || r.timeMs < 0) {
      return reject(
          Outcome.IMPOSSIBLE,
          "%s: sequence %d, agent start %d ms and time %d ms must not be negative",
          layout.boardPath(board),
          r.sequence,
          r.agentStartMs,
          r.timeMs);
    }
    int[] chips = r.chip;
    int inOrder = 0;
    while (inOrder < r.chipCount && chips[inOrder] == inOrder) {
      inOrder++;
    }
    // Nearly every report has the chips in their order, which is shown at once to be no other's.
    if (inOrder < r.chipCount || inOrder > chipsPerBoard) {
      Outcome distinct = positions(r, board);
      if (distinct != Outcome.ACCEPTED) {
        return distinct;
      }
    }
    everyPort = hasEveryPort(r);
    return everyPort ? Outcome.ACCEPTED : links(r, board);
  }

  /** Whether the report that was checked has every port of its board once and in order. */
  boolean everyPort() {
    return everyPort;
  }

  private boolean hasEveryPort(Report r) {
    int n = chipOfLink.length;
    return r.linkCount == n
        && Arrays.equals(r.linkChip, 0, n, chipOfLink, 0, n)
        && Arrays.equals(r.linkPort, 0, n, portOfLink, 0, n);
  }

  /** Whether the links of a report exist and are listed chip by chip, each port once. */
  private Outcome links(Report r, int board) {
    int before = -1;
    boolean ascending = true;
    for (int i = 0; i < r.linkCount; i++) {
      if (r.linkChip[i] < 0
          || r.linkChip[i] >= chipsPerBoard
          || r.linkPort[i] < 0
          || r.linkPort[i] >= portsPerChip) {
        return reject(
            Outcome.UNKNOWN_PART,
            "%s: chip %d port %d: the board has chips 0 to %d with ports 0 to %d",
            layout.boardPath(board),
            r.linkChip[i],
            r.linkPort[i],
            chipsPerBoard - 1,
            portsPerChip - 1);
      }
      int port = r.linkChip[i] * portsPerChip + r.linkPort[i];
      ascending &= port > before;
      before = port;
    }
    // Nearly every report has its links in their order, which is shown at once to be chip by chip.
    return ascending ? Outcome.ACCEPTED : chipByChip(r, board);
  }

  /** Whether the links of a report, which exist, come chip by chip and are different ones. */
  private Outcome chipByChip(Report r, int board) {
    Arrays.fill(taken, 0, (chipsPerBoard + Long.SIZE - 1) / Long.SIZE, 0);
    int chip = -1;
    for (int i = 0; i < r.linkCount; i++) {
      int port = r.linkPort[i];
      if (r.linkChip[i] != chip) {
        chip = r.linkChip[i];
        if (!take(taken, chip)) {
          return reject(
              Outcome.IMPOSSIBLE,
              "%s: the links of chip %d are in several places, must be listed chip by chip",
              layout.boardPath(board),
              chip);
        }
        Arrays.fill(takenPorts, 0);
      }
      if (!take(takenPorts, port)) {
        return reject(
            Outcome.IMPOSSIBLE,
            "%s: chip %d port %d twice, each port must be listed once",
            layout.boardPath(board),
            chip,
            port);
      }
    }
    return Outcome.ACCEPTED;
  }

  /** Sets a bit; false if it was set before. */
  private static boolean take(long[] bits, int at) {
    long bit = 1L << (at % Long.SIZE);
    boolean fresh = (bits[at / Long.SIZE] & bit) == 0;
    bits[at / Long.SIZE] |= bit;
    return fresh;
  }

  /** Whether the chips of a report exist and are different ones. */
  private Outcome positions(Report r, int board) {
    Arrays.fill(taken, 0, (chipsPerBoard + Long.SIZE - 1) / Long.SIZE, 0);
    for (int i = 0; i < r.chipCount; i++) {
      int position = r.chip[i];
      if (position < 0 || position >= chipsPerBoard) {
        return reject(
            Outcome.UNKNOWN_PART,
            "%s: chip %d: the board has chips 0 to %d",
            layout.boardPath(board),
            position,
            chipsPerBoard - 1);
      }
      if (!take(taken, position)) {
        return reject(Outcome.IMPOSSIBLE, "%s: chip %d twice", layout.boardPath(board), position);
      }
    }
    return Outcome.ACCEPTED;
  }

  /** Whether the agent's start and sequence can be true; asked once the report's time is. */
  Outcome agent(Report r, int board) {
    if (r.agentStartMs - r.timeMs > MAX_START_AHEAD_MS) {
      return reject(
          Outcome.IMPOSSIBLE,
          "%s: the agent's start, %d ms, lies after its report, %d ms",
          layout.boardPath(board),
          r.agentStartMs,
          r.timeMs);
    }
    if (r.agentStartMs == state.agentStart(board)
        && r.sequence - state.sequence(board) > MAX_SEQUENCE_STEP) {
      return reject(
          Outcome.IMPOSSIBLE,
          "%s: sequence jumps from %d to %d",
          layout.boardPath(board),
          state.sequence(board),
          r.sequence);
    }
    return Outcome.ACCEPTED;
  }
}
