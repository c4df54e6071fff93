package io.isotherm.core;

import io.isotherm.model.PodLayout;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a monitor remembers of the parts of its pod, in primitive arrays indexed by the layout's
 * arithmetic. The arrays of one cabinet's parts lie together, so that a cabinet is one page.
 *
 * <p>Open windows live in a ring of {@link #SLOTS} slots; window {@code w} is in slot {@code w mod
 * SLOTS}.
 */
final class PodState {
  /** Windows that can be open at the same time. */
  static final int SLOTS = 4;

  /** A time that was never set. */
  static final long NEVER = Long.MIN_VALUE;

  /** {@link #flags}: the exporter called the chip broken. */
  static final byte FATAL = 1;

  /** {@link #flags}: the chip held its clock down because of heat. */
  static final byte THROTTLED = 2;

  /** {@link #port}: mask of the state, which is 0 if nothing is known of the port. */
  static final byte PORT_STATE = 3;

  static final byte PORT_UP = 1;
  static final byte PORT_DOWN = 2;

  /** {@link #port}: too many errors at the last reading. */
  static final byte PORT_DEGRADED = 4;

  private static final byte VERSION = 1;

  private final PodLayout layout;
  private final int boardsPerCabinet;
  private final int chipsPerCabinet;
  private final int portsPerCabinet;

  // Per board.
  /** Newest event time accepted from the board, or {@link #NEVER}. */
  final long[] clock;

  /** Start of the board's agent, or {@link #NEVER}. */
  final long[] agentStart;

  /** Highest sequence number of this agent. */
  final long[] sequence;

  /** Bit {@code i} is set if {@code sequence - i} was seen. */
  final long[] sequenceSeen;

  /** Event time of the newest link reading, or {@link #NEVER}. */
  final long[] linkTime;

  /** 1 if windows wait for this board. */
  final byte[] live;

  /** 1 if since the last close a report came whose time fits no open window. */
  final byte[] astray;

  // Per chip.
  /** 1 if the chip was hot in the last window. */
  final byte[] hot;

  /** Consecutive windows in which the chip was missing although its board reported; saturates. */
  final byte[] missing;

  /** Sum over the chip's ports of checksum errors and retries at the last reading. */
  final long[] linkErrors;

  final long[] txBytes;
  final long[] rxBytes;

  /** Ports in the sums above; 0 if there was no reading since the agent's start. */
  final short[] portsInSums;

  /** Per port: state and degraded bit. */
  final byte[] port;

  /** Per cabinet: 1 if the cabinet was hot in the last window. */
  final byte[] cabinetHot;

  // Per board and slot, then per chip and slot.
  final short[] reports;
  final byte[] samples;
  final byte[] temperatureSamples;
  final byte[] powerSamples;
  final byte[] utilizationSamples;
  final byte[] flags;
  final int[] temperatureSum;
  final int[] powerSum;
  final int[] utilizationSum;

  /**
   * Chips whose errors grew so fast that each of their ports is watched. Few; all others are
   * watched by the sum over their ports, which costs 8 bytes a chip instead of 8 bytes a port.
   */
  final TreeMap<Integer, PortErrors> watched = new TreeMap<>();

  private final boolean[] dirty;

  /**
   * The ports of one watched chip.
   *
   * @param last errors of each port at the last reading, -1 if there was none
   * @param perSecond errors a second of each port between the last two readings
   */
  @SuppressWarnings("ArrayRecordComponent")
  record PortErrors(long[] last, int[] perSecond) {
    static PortErrors of(int ports) {
      long[] last = new long[ports];
      Arrays.fill(last, -1);
      return new PortErrors(last, new int[ports]);
    }
  }

  PodState(PodLayout layout) {
    this.layout = layout;
    boardsPerCabinet = layout.boardsPerCabinet();
    chipsPerCabinet = layout.chipsPerCabinet();
    portsPerCabinet = chipsPerCabinet * layout.portsPerChip();
    int boards = layout.boards();
    int chips = layout.chips();
    clock = filled(boards);
    agentStart = filled(boards);
    sequence = new long[boards];
    sequenceSeen = new long[boards];
    linkTime = filled(boards);
    live = new byte[boards];
    Arrays.fill(live, (byte) 1);
    astray = new byte[boards];
    hot = new byte[chips];
    missing = new byte[chips];
    linkErrors = new long[chips];
    txBytes = new long[chips];
    rxBytes = new long[chips];
    portsInSums = new short[chips];
    port = new byte[layout.ports()];
    cabinetHot = new byte[layout.cabinets()];
    reports = new short[SLOTS * boards];
    samples = new byte[SLOTS * chips];
    temperatureSamples = new byte[SLOTS * chips];
    powerSamples = new byte[SLOTS * chips];
    utilizationSamples = new byte[SLOTS * chips];
    flags = new byte[SLOTS * chips];
    temperatureSum = new int[SLOTS * chips];
    powerSum = new int[SLOTS * chips];
    utilizationSum = new int[SLOTS * chips];
    dirty = new boolean[layout.cabinets()];
  }

  private static long[] filled(int n) {
    long[] a = new long[n];
    Arrays.fill(a, NEVER);
    return a;
  }

  static int slot(long window) {
    return (int) Math.floorMod(window, (long) SLOTS);
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

  /** Forgets what the slot of a window holds. */
  void clearSlot(long window) {
    int slot = slot(window);
    int boards = layout.boards();
    int chips = layout.chips();
    Arrays.fill(reports, slot * boards, (slot + 1) * boards, (short) 0);
    int from = slot * chips;
    int to = from + chips;
    Arrays.fill(samples, from, to, (byte) 0);
    Arrays.fill(temperatureSamples, from, to, (byte) 0);
    Arrays.fill(powerSamples, from, to, (byte) 0);
    Arrays.fill(utilizationSamples, from, to, (byte) 0);
    Arrays.fill(flags, from, to, (byte) 0);
    Arrays.fill(temperatureSum, from, to, 0);
    Arrays.fill(powerSum, from, to, 0);
    Arrays.fill(utilizationSum, from, to, 0);
  }

  byte[] writePage(int cabinet) {
    int board0 = cabinet * boardsPerCabinet;
    int chip0 = cabinet * chipsPerCabinet;
    Map<Integer, PortErrors> watchedHere = watched.subMap(chip0, chip0 + chipsPerCabinet);
    int usedSlots = 0;
    for (int s = 0; s < SLOTS; s++) {
      if (slotUsed(s, cabinet)) {
        usedSlots |= 1 << s;
      }
    }
    int size =
        14
            + boardsPerCabinet * (5 * Long.BYTES + 2)
            + chipsPerCabinet * (2 + 3 * Long.BYTES + Short.BYTES)
            + portsPerCabinet
            + Integer.bitCount(usedSlots)
                * (boardsPerCabinet * Short.BYTES + chipsPerCabinet * (5 + 3 * Integer.BYTES))
            + Integer.BYTES
            + watchedHere.size() * (Integer.BYTES + layout.portsPerChip() * 12);
    ByteBuffer out = ByteBuffer.allocate(size);
    out.put(VERSION).putInt(boardsPerCabinet).putInt(chipsPerCabinet).putInt(portsPerCabinet);
    put(out, clock, board0, boardsPerCabinet);
    put(out, agentStart, board0, boardsPerCabinet);
    put(out, sequence, board0, boardsPerCabinet);
    put(out, sequenceSeen, board0, boardsPerCabinet);
    put(out, linkTime, board0, boardsPerCabinet);
    out.put(live, board0, boardsPerCabinet).put(astray, board0, boardsPerCabinet);
    out.put(hot, chip0, chipsPerCabinet).put(missing, chip0, chipsPerCabinet);
    put(out, linkErrors, chip0, chipsPerCabinet);
    put(out, txBytes, chip0, chipsPerCabinet);
    put(out, rxBytes, chip0, chipsPerCabinet);
    put(out, portsInSums, chip0, chipsPerCabinet);
    out.put(port, cabinet * portsPerCabinet, portsPerCabinet);
    out.put((byte) (usedSlots << 1 | cabinetHot[cabinet]));
    for (int s = 0; s < SLOTS; s++) {
      if ((usedSlots & 1 << s) != 0) {
        int chip = s * layout.chips() + chip0;
        put(out, reports, s * layout.boards() + board0, boardsPerCabinet);
        out.put(samples, chip, chipsPerCabinet)
            .put(temperatureSamples, chip, chipsPerCabinet)
            .put(powerSamples, chip, chipsPerCabinet)
            .put(utilizationSamples, chip, chipsPerCabinet)
            .put(flags, chip, chipsPerCabinet);
        put(out, temperatureSum, chip, chipsPerCabinet);
        put(out, powerSum, chip, chipsPerCabinet);
        put(out, utilizationSum, chip, chipsPerCabinet);
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
    if (out.hasRemaining()) {
      throw new IllegalStateException("page of a cabinet is " + out.remaining() + " bytes short");
    }
    dirty[cabinet] = false;
    return out.array();
  }

  void readPage(int cabinet, ByteBuffer in) {
    int board0 = cabinet * boardsPerCabinet;
    int chip0 = cabinet * chipsPerCabinet;
    if (in.remaining() < 13
        || in.get() != VERSION
        || in.getInt() != boardsPerCabinet
        || in.getInt() != chipsPerCabinet
        || in.getInt() != portsPerCabinet) {
      throw new IllegalArgumentException(
          "stored state of %s is of another version or layout"
              .formatted(layout.cabinetPath(cabinet)));
    }
    get(in, clock, board0, boardsPerCabinet);
    get(in, agentStart, board0, boardsPerCabinet);
    get(in, sequence, board0, boardsPerCabinet);
    get(in, sequenceSeen, board0, boardsPerCabinet);
    get(in, linkTime, board0, boardsPerCabinet);
    in.get(live, board0, boardsPerCabinet).get(astray, board0, boardsPerCabinet);
    in.get(hot, chip0, chipsPerCabinet).get(missing, chip0, chipsPerCabinet);
    get(in, linkErrors, chip0, chipsPerCabinet);
    get(in, txBytes, chip0, chipsPerCabinet);
    get(in, rxBytes, chip0, chipsPerCabinet);
    get(in, portsInSums, chip0, chipsPerCabinet);
    in.get(port, cabinet * portsPerCabinet, portsPerCabinet);
    int bits = in.get();
    cabinetHot[cabinet] = (byte) (bits & 1);
    for (int s = 0; s < SLOTS; s++) {
      if ((bits >> 1 & 1 << s) != 0) {
        int chip = s * layout.chips() + chip0;
        get(in, reports, s * layout.boards() + board0, boardsPerCabinet);
        in.get(samples, chip, chipsPerCabinet)
            .get(temperatureSamples, chip, chipsPerCabinet)
            .get(powerSamples, chip, chipsPerCabinet)
            .get(utilizationSamples, chip, chipsPerCabinet)
            .get(flags, chip, chipsPerCabinet);
        get(in, temperatureSum, chip, chipsPerCabinet);
        get(in, powerSum, chip, chipsPerCabinet);
        get(in, utilizationSum, chip, chipsPerCabinet);
      }
    }
    watched.subMap(chip0, chip0 + chipsPerCabinet).clear();
    for (int n = in.getInt(); n > 0; n--) {
      int chip = chip0 + in.getInt();
      PortErrors errors = PortErrors.of(layout.portsPerChip());
      for (int p = 0; p < layout.portsPerChip(); p++) {
        errors.last[p] = in.getLong();
        errors.perSecond[p] = in.getInt();
      }
      watched.put(chip, errors);
    }
    dirty[cabinet] = false;
  }

  private boolean slotUsed(int slot, int cabinet) {
    int from = slot * layout.boards() + cabinet * boardsPerCabinet;
    for (int i = from; i < from + boardsPerCabinet; i++) {
      if (reports[i] != 0) {
        return true;
      }
    }
    return false;
  }

  private static void put(ByteBuffer out, long[] a, int from, int n) {
    out.asLongBuffer().put(a, from, n);
    out.position(out.position() + n * Long.BYTES);
  }

  private static void put(ByteBuffer out, int[] a, int from, int n) {
    out.asIntBuffer().put(a, from, n);
    out.position(out.position() + n * Integer.BYTES);
  }

  private static void put(ByteBuffer out, short[] a, int from, int n) {
    out.asShortBuffer().put(a, from, n);
    out.position(out.position() + n * Short.BYTES);
  }

  private static void get(ByteBuffer in, long[] a, int from, int n) {
    in.asLongBuffer().get(a, from, n);
    in.position(in.position() + n * Long.BYTES);
  }

  private static void get(ByteBuffer in, int[] a, int from, int n) {
    in.asIntBuffer().get(a, from, n);
    in.position(in.position() + n * Integer.BYTES);
  }

  private static void get(ByteBuffer in, short[] a, int from, int n) {
    in.asShortBuffer().get(a, from, n);
    in.position(in.position() + n * Short.BYTES);
  }
}
