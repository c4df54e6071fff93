package io.isotherm.core;

import io.isotherm.model.PodLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a monitor remembers of the parts of its pod, in primitive arrays indexed by the layout's
 * arithmetic. The arrays of one cabinet's parts lie together, so that a cabinet is one page.
 *
 * <p>Window {@code w} is in slot {@code w mod SLOTS} while it is open.
 */
final class PodState {
  /** Windows that can be open at the same time. */
  static final int SLOTS = 4;

  /** Ints in a line of memory. */
  static final int LINE_INTS = 16;

  /** {@link #astray}: a late report came. */
  static final byte LATE = 2;

  /** A time that was never set. */
  static final long NEVER = Long.MIN_VALUE;

  /** {@link #port}: mask of the state, which is 0 if nothing is known of the port. */
  static final byte PORT_STATE = 3;

  static final byte PORT_UP = 1;
  static final byte PORT_DOWN = 2;

  /** {@link #port}: too many errors at the last reading. */
  static final byte PORT_DEGRADED = 4;

  /** {@link #port}: trained to less than its nominal speed at the last reading. */
  static final byte PORT_NARROW = 16;

  /** {@link #port}: the port was down at the reading before. */
  static final byte PORT_WAS_DOWN = 8;

  /** {@link #port}: the port is down for a reason elsewhere, and its fall was taken back. */
  static final byte PORT_EXPLAINED = 32;

  /** {@link #port}: it was read, but its state was not given, as some exporters do not give it. */
  static final byte PORT_STATELESS = 64;

  /** Windows for which an uncorrectable error counts, without those in which its job waits. */
  static final byte UNCORRECTED_HOLD = 6;

  /** A chip whose counters of memory errors have no base yet. */
  static final int NO_BASE = -1;

  private static final byte VERSION = 6;

  /** The version before sums of links said what they are of; it is read, too. */
  private static final byte WITHOUT_SUMS_OF = 5;

  private final PodLayout layout;
  private final int boardsPerCabinet;
  private final int chipsPerBoard;
  private final int chipsPerCabinet;
  private final int portsPerCabinet;

  /**
   * Per board the numbers that every report looks at or changes, {@link #BOARD_LONGS} of each side
   * by side: at a million chips none of them is in a cache when the report comes.
   */
  private final long[] boards;

  private static final int BOARD_LONGS = 6;

  // The longs of a board.
  private static final int CLOCK = 0;
  private static final int AGENT_START = 1;
  private static final int SEQUENCE = 2;
  private static final int SEQUENCE_SEEN = 3;
  private static final int LINK_TIME = 4;
  private static final int STEPS = 5;

  // Per board.
  /**
   * 0 if windows do not wait for this board; else the number of windows for which they have, with
   * the one that is open; saturates.
   */
  final byte[] live;

  /**
   * Not 0 if since the last close a report came whose time fits no open window; {@link #LATE} if it
   * was late and not from another age.
   */
  final byte[] astray;

  // Per chip.
  /** 1 if the chip was hot in the last window. */
  final byte[] hot;

  /**
   * Consecutive windows in which the chip was missing although its board reported; saturates. Below
   * zero it is what {@link SilenceFindings} remembers of a chip that is not missing.
   */
  final byte[] missing;

  /** Corrected memory errors at the newest report, or {@link #NO_BASE}; low bits only. */
  final int[] corrected;

  /** Uncorrected memory errors at the newest report, or {@link #NO_BASE}; low bits only. */
  final short[] uncorrected;

  /** Leaking sum of the corrected memory errors of the windows that are over. */
  final short[] correctedLevel;

  /** Windows for which an uncorrected memory error still counts. */
  final byte[] uncorrectedHold;

  /** How far the chip lags behind its peers, in sixteenths of a thousandth, smoothed. */
  final short[] lag;

  /** Per board: 1 if since the last close its agent started anew after a silence. */
  final byte[] restarted;

  /** Ports that went down of late for no reason elsewhere, with the times. Few. */
  final TreeMap<Integer, PortDowns> downs = new TreeMap<>();

  /** Speeds that are kept: where all ports are narrow, the topology is wrong, and nobody asks. */
  static final int MOST_NARROW_RATES = 4_096;

  /** Speeds of the ports that are {@link #PORT_NARROW}, in megabits per second. */
  final TreeMap<Integer, Integer> narrowRate = new TreeMap<>();

  /**
   * The last three times at which a port went down, {@link #NEVER} where there were fewer.
   *
   * @param third the oldest
   * @param last the newest
   */
  record PortDowns(long third, long second, long last) {
    static final PortDowns NONE = new PortDowns(NEVER, NEVER, NEVER);

    PortDowns next(long timeMs) {
      return new PortDowns(/* third= */ second, /* second= */ last, /* last= */ timeMs);
    }

    /** These without the newest. */
    PortDowns withoutLast() {
      return new PortDowns(NEVER, /* second= */ third, /* last= */ second);
    }
  }

  /**
   * Sum over the chip's ports of checksum errors and retries at the last reading; low bits only.
   * Once in four thousand million errors it seems to fall, and one reading has nothing to be
   * compared with.
   */
  final int[] linkErrors;

  final long[] txBytes;
  final long[] rxBytes;

  /**
   * What the sums above are of: the number of the chip's ports if it is all counters of all of
   * them, below zero another set of them, and 0 if the newest reading of the board had none, or if
   * there was no reading since the agent's start.
   */
  final short[] sumsOf;

  /** Per port: its state, and what else its newest reading said. */
  final byte[] port;

  /** Per cabinet: 1 if the cabinet was hot in the last window. */
  final byte[] cabinetHot;

  /**
   * The open windows. An emptied one is left to the collector: kept for the next, it would be a
   * fifth of all memory of a pod for most of the time, and to clear it costs what a new one does.
   */
  private final @Nullable OpenWindow[] slots = new OpenWindow[SLOTS];

  /**
   * Chips whose errors grew so fast that each of their ports is watched. Few; all others are
   * watched by the sum over their ports, which costs 8 bytes a chip instead of 8 bytes a port.
   */
  final TreeMap<Integer, PortErrors> watched = new TreeMap<>();

  private final boolean[] dirty;

  /** Means nothing, and nobody reads it; without it the compiler would drop the reads. */
  @SuppressWarnings("UnusedVariable")
  private long fetched;

  /**
   * The ports of one watched chip.
   *
   * @param last errors of each port at the last reading, or {@link #NONE}; the two lowest bits say
   *     which of its two counters were there
   * @param perSecond errors a second of each port between the last two readings
   */
  @SuppressWarnings("ArrayRecordComponent")
  record PortErrors(long[] last, int[] perSecond) {
    /** Stands for the errors of a port of which the last reading told none. */
    static final long NONE = -1;

    static PortErrors of(int ports) {
      long[] last = new long[ports];
      Arrays.fill(last, NONE);
      return new PortErrors(last, new int[ports]);
    }
  }

  PodState(PodLayout layout) {
    this.layout = layout;
    boardsPerCabinet = layout.boardsPerCabinet();
    chipsPerBoard = layout.chipsPerBoard();
    chipsPerCabinet = layout.chipsPerCabinet();
    portsPerCabinet = chipsPerCabinet * layout.portsPerChip();
    int boards = layout.boards();
    int chips = layout.chips();
    this.boards = new long[boards * BOARD_LONGS];
    live = new byte[boards];
    astray = new byte[boards];
    hot = new byte[chips];
    missing = new byte[chips];
    corrected = new int[chips];
    Arrays.fill(corrected, NO_BASE);
    uncorrected = new short[chips];
    Arrays.fill(uncorrected, (short) NO_BASE);
    correctedLevel = new short[chips];
    uncorrectedHold = new byte[chips];
    lag = new short[chips];
    restarted = new byte[boards];
    linkErrors = new int[chips];
    txBytes = new long[chips];
    rxBytes = new long[chips];
    sumsOf = new short[chips];
    port = new byte[layout.ports()];
    cabinetHot = new byte[layout.cabinets()];
    dirty = new boolean[layout.cabinets()];
    forgetAgents();
    for (int b = 0; b < boards; b++) {
      steps(b, NEVER);
    }
    // None of its pages is stored yet, or only one of another layout.
    touchAll();
  }

  /** Number of boards. */
  int boards() {
    return live.length;
  }

  /** Newest event time accepted from the board, or {@link #NEVER}. */
  long clock(int board) {
    return boards[board * BOARD_LONGS + CLOCK];
  }

  void clock(int board, long timeMs) {
    boards[board * BOARD_LONGS + CLOCK] = timeMs;
  }

  /** Start of the board's agent, or {@link #NEVER}. */
  long agentStart(int board) {
    return boards[board * BOARD_LONGS + AGENT_START];
  }

  void agentStart(int board, long timeMs) {
    boards[board * BOARD_LONGS + AGENT_START] = timeMs;
  }

  /** Highest sequence number of this agent. */
  long sequence(int board) {
    return boards[board * BOARD_LONGS + SEQUENCE];
  }

  /** Bit {@code i} is set if the sequence number {@code i} below the highest was seen. */
  long sequenceSeen(int board) {
    return boards[board * BOARD_LONGS + SEQUENCE_SEEN];
  }

  void sequence(int board, long highest, long seen) {
    boards[board * BOARD_LONGS + SEQUENCE] = highest;
    boards[board * BOARD_LONGS + SEQUENCE_SEEN] = seen;
  }

  /** Event time of the newest link reading, or {@link #NEVER}. */
  long linkTime(int board) {
    return boards[board * BOARD_LONGS + LINK_TIME];
  }

  void linkTime(int board, long timeMs) {
    boards[board * BOARD_LONGS + LINK_TIME] = timeMs;
  }

  /**
   * Whether what was read of a board's links last still holds.
   *
   * @param nowMs event time
   * @param mostMs how long it does
   */
  boolean linksHold(int board, long nowMs, long mostMs) {
    long readMs = linkTime(board);
    return readMs != NEVER && nowMs - readMs <= mostMs;
  }

  /** Most steps that a chip had finished at the newest report, or {@link #NEVER}. */
  long steps(int board) {
    return boards[board * BOARD_LONGS + STEPS];
  }

  void steps(int board, long most) {
    boards[board * BOARD_LONGS + STEPS] = most;
  }

  /** Forgets which agents there were and when they reported, and waits for every board. */
  void forgetAgents() {
    for (int b = 0; b < live.length; b++) {
      clock(b, NEVER);
      agentStart(b, NEVER);
      linkTime(b, NEVER);
      live[b] = 1;
    }
  }

  /** What is left of a port's bits when the next reading begins: whether it was down, and why. */
  static byte unread(byte bits) {
    boolean down =
        (bits & PORT_STATE) == PORT_DOWN
            || ((bits & PORT_STATE) == 0 && (bits & PORT_WAS_DOWN) != 0);
    return down ? (byte) (PORT_WAS_DOWN | (bits & PORT_EXPLAINED)) : 0;
  }

  private static int slot(long window) {
    return (int) Math.floorMod(window, (long) SLOTS);
  }

  /** What was said in a window; the window must be open. */
  OpenWindow window(long window) {
    int slot = slot(window);
    OpenWindow open = slots[slot];
    if (open == null) {
      open = new OpenWindow(layout);
      slots[slot] = open;
    }
    return open;
  }

  /**
   * Reads something of every line of memory that a report of a board goes to. At a million chips
   * none of them is in a cache: here the processor fetches all of them at once, and would else wait
   * for one after the other where it needs them.
   *
   * @param window to which the report goes
   */
  void fetch(int board, long window) {
    int at = board * BOARD_LONGS;
    int chip0 = board * chipsPerBoard;
    long any = boards[at] + boards[at + BOARD_LONGS - 1] + live[board];
    for (int c = chip0; c < chip0 + chipsPerBoard; c += LINE_INTS) {
      any += corrected[c] + uncorrected[c];
    }
    OpenWindow open = slots[slot(window)];
    fetched = open == null ? any : any + open.fetch(board, chip0, chipsPerBoard);
  }

  void touchBoard(int board) {
    dirty[board / boardsPerCabinet] = true;
  }

  void touchAll() {
    Arrays.fill(dirty, true);
  }

  boolean dirty(int cabinet) {
    return dirty[cabinet];
  }

  /** Forgets what was said in a window. */
  void clear(long window) {
    slots[slot(window)] = null;
  }

  /** Forgets what was said in every open window. */
  void clearWindows() {
    Arrays.fill(slots, null);
  }

  byte[] writePage(int cabinet) {
    int board0 = cabinet * boardsPerCabinet;
    int chip0 = cabinet * chipsPerCabinet;
    Map<Integer, PortErrors> watchedHere =
        watched.isEmpty() ? Map.of() : watched.subMap(chip0, chip0 + chipsPerCabinet);
    Map<Integer, PortDowns> downsHere =
        downs.isEmpty()
            ? Map.of()
            : downs.subMap(cabinet * portsPerCabinet, cabinet * portsPerCabinet + portsPerCabinet);
    Map<Integer, Integer> narrowHere =
        narrowRate.isEmpty()
            ? Map.of()
            : narrowRate.subMap(
                cabinet * portsPerCabinet, cabinet * portsPerCabinet + portsPerCabinet);
    int usedSlots = 0;
    for (int s = 0; s < SLOTS; s++) {
      OpenWindow open = slots[s];
      if (open != null && open.heard(board0, board0 + boardsPerCabinet)) {
        usedSlots |= 1 << s;
      }
    }
    int size =
        14
            + boardsPerCabinet * (BOARD_LONGS * Long.BYTES + 3)
            + chipsPerCabinet * (3 + 2 * Long.BYTES + 4 * Short.BYTES + 2 * Integer.BYTES)
            + portsPerCabinet
            + Integer.bitCount(usedSlots)
                * (boardsPerCabinet * (Short.BYTES + 1)
                    + chipsPerCabinet * OpenWindow.WORDS * Integer.BYTES)
            + Integer.BYTES
            + Integer.BYTES
            + Integer.BYTES
            + narrowHere.size() * 2 * Integer.BYTES
            + downsHere.size() * (Integer.BYTES + 3 * Long.BYTES)
            + watchedHere.size() * (Integer.BYTES + layout.portsPerChip() * 12);
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put(VERSION).putInt(boardsPerCabinet).putInt(chipsPerCabinet).putInt(portsPerCabinet);
    Planes.Columns page = Planes.to(out);
    columns(cabinet, page);
    out.put((byte) (usedSlots << 1 | cabinetHot[cabinet]));
    for (int s = 0; s < SLOTS; s++) {
      OpenWindow open = slots[s];
      if (open != null && (usedSlots & 1 << s) != 0) {
        columns(cabinet, open, page);
      }
    }
    out.putInt(watchedHere.size());
    watchedHere.forEach(
        (chip, errors) -> {
          out.putInt(chip - chip0);
          for (int p = 0; p < layout.portsPerChip(); p++) {
            out.putLong(errors.last[p]).putInt(errors.perSecond[p]);
          }
        });
    out.putInt(downsHere.size());
    downsHere.forEach(
        (p, times) ->
            out.putInt(p - cabinet * portsPerCabinet)
                .putLong(times.third)
                .putLong(times.second)
                .putLong(times.last));
    out.putInt(narrowHere.size());
    narrowHere.forEach((p, megabits) -> out.putInt(p - cabinet * portsPerCabinet).putInt(megabits));
    if (out.hasRemaining()) {
      throw new IllegalStateException("page of a cabinet is " + out.remaining() + " bytes short");
    }
    dirty[cabinet] = false;
    return out.array();
  }

  /** Takes a page through what it holds of a cabinet's boards, chips and ports, in its order. */
  private void columns(int cabinet, Planes.Columns page) {
    int board0 = cabinet * boardsPerCabinet;
    int chip0 = cabinet * chipsPerCabinet;
    for (int i = 0; i < BOARD_LONGS; i++) {
      page.of(boards, board0 * BOARD_LONGS + i, BOARD_LONGS, boardsPerCabinet);
    }
    page.of(restarted, board0, boardsPerCabinet);
    page.of(live, board0, boardsPerCabinet);
    page.of(astray, board0, boardsPerCabinet);
    page.of(hot, chip0, chipsPerCabinet);
    page.of(missing, chip0, chipsPerCabinet);
    page.of(uncorrectedHold, chip0, chipsPerCabinet);
    page.of(corrected, chip0, 1, chipsPerCabinet);
    page.of(uncorrected, chip0, chipsPerCabinet);
    page.of(correctedLevel, chip0, chipsPerCabinet);
    page.of(lag, chip0, chipsPerCabinet);
    page.of(linkErrors, chip0, 1, chipsPerCabinet);
    page.of(txBytes, chip0, 1, chipsPerCabinet);
    page.of(rxBytes, chip0, 1, chipsPerCabinet);
    page.of(sumsOf, chip0, chipsPerCabinet);
    page.of(port, cabinet * portsPerCabinet, portsPerCabinet);
  }

  /** Takes a page through what it holds of an open window. */
  private void columns(int cabinet, OpenWindow open, Planes.Columns page) {
    int board0 = cabinet * boardsPerCabinet;
    page.of(open.reports, board0, boardsPerCabinet);
    page.of(open.steps, board0, boardsPerCabinet);
    for (int w = 0; w < OpenWindow.WORDS; w++) {
      int from = cabinet * chipsPerCabinet * OpenWindow.WORDS + w;
      page.of(open.words, from, OpenWindow.WORDS, chipsPerCabinet);
    }
  }

  void readPage(int cabinet, ByteBuffer in) {
    int chip0 = cabinet * chipsPerCabinet;
    byte version = in.remaining() < 13 ? 0 : in.get();
    boolean before = version == WITHOUT_SUMS_OF;
    if ((version != VERSION && !before)
        || in.getInt() != boardsPerCabinet
        || in.getInt() != chipsPerCabinet
        || in.getInt() != portsPerCabinet) {
      throw new IllegalArgumentException(
          "stored state of %s is of another version or layout"
              .formatted(layout.cabinetPath(cabinet)));
    }
    Planes.Columns page = Planes.from(in);
    columns(cabinet, page);
    if (before) {
      Arrays.fill(sumsOf, chip0, chip0 + chipsPerCabinet, (short) 0);
    }
    int bits = in.get();
    cabinetHot[cabinet] = (byte) (bits & 1);
    for (int s = 0; s < SLOTS; s++) {
      if ((bits >> 1 & 1 << s) != 0) {
        columns(cabinet, window(s), page);
      }
    }
    watched.subMap(chip0, chip0 + chipsPerCabinet).clear();
    for (int n = in.getInt(); n > 0; n--) {
      int chip = chip0 + in.getInt();
      PortErrors errors = PortErrors.of(layout.portsPerChip());
      for (int p = 0; p < layout.portsPerChip(); p++) {
        long last = in.getLong();
        errors.last[p] = before ? PortErrors.NONE : last;
        errors.perSecond[p] = in.getInt();
      }
      watched.put(chip, errors);
    }
    int port0 = cabinet * portsPerCabinet;
    downs.subMap(port0, port0 + portsPerCabinet).clear();
    for (int n = in.getInt(); n > 0; n--) {
      downs.put(port0 + in.getInt(), new PortDowns(in.getLong(), in.getLong(), in.getLong()));
    }
    narrowRate.subMap(port0, port0 + portsPerCabinet).clear();
    for (int n = in.getInt(); n > 0; n--) {
      narrowRate.put(port0 + in.getInt(), in.getInt());
    }
    dirty[cabinet] = false;
  }
}
