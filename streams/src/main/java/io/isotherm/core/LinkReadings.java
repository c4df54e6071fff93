package io.isotherm.core;

import static io.isotherm.model.Report.ABSENT_LONG;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.Arrays;

/**
 * Takes what reports say of links: which ports are up, down, narrow or erroneous, and what went
 * through all of them together.
 *
 * <p>Errors are watched by chip first. While all ports of a chip together have fewer than one port
 * may have, none of them can have too many; only the ports of other chips are kept one by one.
 */
final class LinkReadings {
  /** Spreads neighbouring numbers over all bits: 2^32 divided by the golden ratio. */
  private static final int GOLDEN = 0x9E3779B9;

  private final PodLayout layout;
  private final PodState state;
  private final FabricWaits waits;
  private final ReportCheck check;
  private final int chipsPerBoard;
  private final int portsPerChip;
  private final int errorsPerSecond;

  /**
   * Of each port of a chip: the speed below which a link is narrow, in megabits per second; 0 if no
   * speed is.
   */
  private final int[] narrowBelow;

  /** Whether that is the same speed for all of them. */
  private final boolean oneSpeed;

  /** What was known of the ports of the chip that is watched. */
  private final long[] before;

  /** Positions of a board of whose links the report that is taken speaks. */
  private final boolean[] spoken;

  /** The states of a board's ports if all are up. */
  private final int[] allUp;

  /** Bytes sent, bytes received and errors of all links since the beginning. */
  final long[] totals = new long[3];

  LinkReadings(
      PodLayout layout,
      DetectorSettings settings,
      PodState state,
      FabricWaits waits,
      ReportCheck check) {
    this.layout = layout;
    this.state = state;
    this.waits = waits;
    this.check = check;
    chipsPerBoard = layout.chipsPerBoard();
    portsPerChip = layout.portsPerChip();
    before = new long[portsPerChip];
    spoken = new boolean[chipsPerBoard];
    allUp = new int[chipsPerBoard * portsPerChip];
    Arrays.fill(allUp, Report.LINK_UP);
    errorsPerSecond = settings.linkErrorsPerSecond();
    narrowBelow = new int[portsPerChip];
    for (int p = 0; p < portsPerChip; p++) {
      long nominal = layout.portMegabits(p);
      narrowBelow[p] = (int) Math.max(0, nominal * settings.linkNarrowPermille() / 1_000);
    }
    oneSpeed = Arrays.stream(narrowBelow).distinct().count() <= 1;
  }

  /** Takes the links' readings; false if a counter was impossible and left out. */
  boolean take(Report r, int board) {
    // A reading that overtook a newer one would only turn the counters back.
    if (r.linkCount == 0
        || (state.linkTime(board) != PodState.NEVER && r.timeMs <= state.linkTime(board))) {
      return true;
    }
    long elapsedMs = state.linkTime(board) == PodState.NEVER ? 0 : r.timeMs - state.linkTime(board);
    state.linkTime(board, r.timeMs);
    int chip0 = board * chipsPerBoard;
    int port0 = chip0 * portsPerChip;
    int portEnd = port0 + allUp.length;
    if (!state.narrowRate.isEmpty()) {
      state.narrowRate.subMap(port0, portEnd).clear();
    }
    // Nearly always every port is there, up and as fast as it should be.
    boolean well = check.everyPort() && allWell(r);
    if (well) {
      Arrays.fill(state.port, port0, portEnd, PodState.PORT_UP);
    } else {
      // A port that this reading leaves out is one of which nothing is known.
      for (int p = port0; p < portEnd; p++) {
        state.port[p] = PodState.unread(state.port[p]);
      }
    }
    if (!check.everyPort()) {
      leaveOut(r, chip0);
    }
    boolean whole = true;
    for (int i = 0; i < r.linkCount; ) {
      int position = r.linkChip[i];
      int end = i + 1;
      while (end < r.linkCount && r.linkChip[end] == position) {
        end++;
      }
      if (!well) {
        states(r, i, end, port0 + position * portsPerChip);
      }
      whole &= counters(r, i, end, chip0 + position, elapsedMs);
      i = end;
    }
    return whole;
  }

  /** Chips of whose links a reading says nothing have no counters that the next can be held to. */
  private void leaveOut(Report r, int chip0) {
    Arrays.fill(spoken, false);
    for (int i = 0; i < r.linkCount; i++) {
      spoken[r.linkChip[i]] = true;
    }
    for (int position = 0; position < chipsPerBoard; position++) {
      if (!spoken[position]) {
        state.sumsOf[chip0 + position] = 0;
      }
    }
  }

  /** Whether all of a report's ports, which are all of its board, are up and not narrow. */
  private boolean allWell(Report r) {
    int n = allUp.length;
    if (!Arrays.equals(r.linkState, 0, n, allUp, 0, n)) {
      return false;
    }
    if (oneSpeed && !narrow(r, 0)) {
      return Arrays.equals(r.linkRate, 0, n - 1, r.linkRate, 1, n);
    }
    for (int i = 0; i < n; i++) {
      if (narrow(r, i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether a link is told to run at less than the speed from which it is narrow. */
  private boolean narrow(Report r, int link) {
    int rate = r.linkRate[link];
    return rate < narrowBelow[r.linkPort[link]] && rate > 0;
  }

  /** Takes the states of the links {@code from} to {@code to}, which are those of one chip. */
  private void states(Report r, int from, int to, int firstPort) {
    for (int i = from; i < to; i++) {
      int at = firstPort + r.linkPort[i];
      int s = r.linkState[i];
      if (s == Report.LINK_UP && !narrow(r, i)) {
        state.port[at] = PodState.PORT_UP;
      } else if (s == Report.LINK_UP) {
        state.port[at] = PodState.PORT_UP | PodState.PORT_NARROW;
        if (state.narrowRate.size() < PodState.MOST_NARROW_RATES) {
          state.narrowRate.put(at, r.linkRate[i]);
        }
      } else if (s == Report.LINK_DOWN) {
        fell(at, r.timeMs);
      } else {
        state.port[at] |= PodState.PORT_STATELESS;
      }
    }
  }

  /**
   * Takes the counters of the links {@code from} to {@code to}, which are those of one chip; false
   * if one was impossible and left out.
   */
  private boolean counters(Report r, int from, int to, int chip, long elapsedMs) {
    long negative = 0;
    long negativeWait = 0;
    long errors = 0;
    long tx = 0;
    long rx = 0;
    long waited = 0;
    for (int i = from; i < to; i++) {
      long crc = r.crcErrors[i];
      long retries = r.retries[i];
      long sent = r.txBytes[i];
      long received = r.rxBytes[i];
      long wait = r.waitMicros[i];
      // Absence is negative too.
      negative |= crc | retries | sent | received;
      negativeWait |= wait;
      errors += crc + retries;
      tx += sent;
      rx += received;
      waited += wait;
    }
    boolean whole = true;
    if ((negative | negativeWait) < 0) {
      errors = 0;
      tx = 0;
      rx = 0;
      waited = 0;
      for (int i = from; i < to; i++) {
        whole &= possible(r, i, chip);
        errors += errors(r, i);
        tx += counter(r.txBytes[i]);
        rx += counter(r.rxBytes[i]);
        waited += counter(r.waitMicros[i]);
      }
    }
    boolean all = negative >= 0 && to - from == portsPerChip;
    short sumsOf = all ? (short) portsPerChip : some(r, from, to);
    boolean known = elapsedMs > 0 && state.sumsOf[chip] != 0;
    boolean same = known && state.sumsOf[chip] == sumsOf;
    state.sumsOf[chip] = sumsOf;
    // Ports whose sums cannot be compared are asked one by one, too.
    boolean other = known && !same;
    waits.take(r, from, to, chip, waited, elapsedMs, same, other);
    boolean more = sums(chip, same, errors, tx, rx, elapsedMs);
    watch(r, from, to, chip, more || (other && mayWatch(chip)), elapsedMs);
    return whole;
  }

  /**
   * A number below zero that stands for these ports and those of their counters that are there, in
   * any order. Two sums are compared only if they are of the same.
   */
  private static short some(Report r, int from, int to) {
    int sum = 0;
    for (int i = from; i < to; i++) {
      int there = r.linkPort[i] << 4;
      there |= r.crcErrors[i] < 0 ? 0 : 1;
      there |= r.retries[i] < 0 ? 0 : 2;
      there |= r.txBytes[i] < 0 ? 0 : 4;
      there |= r.rxBytes[i] < 0 ? 0 : 8;
      sum += mixed(there);
    }
    return (short) (sum >>> (Short.SIZE + 1) | Short.MIN_VALUE);
  }

  /** Spreads a number over all bits, so that sums of others do not meet; as murmur3 ends. */
  private static int mixed(int number) {
    int h = (number + 1) * GOLDEN;
    h = (h ^ h >>> 16) * 0x85EBCA6B;
    h = (h ^ h >>> 13) * 0xC2B2AE35;
    return h ^ h >>> 16;
  }

  /** Whether no counter of a link is negative but by being absent; says so otherwise. */
  private boolean possible(Report r, int link, int chip) {
    if (negative(r.crcErrors[link])
        || negative(r.retries[link])
        || negative(r.txBytes[link])
        || negative(r.rxBytes[link])) {
      int port = chip * portsPerChip + r.linkPort[link];
      check.leftOut("%s: a negative counter taken as absent".formatted(layout.portPath(port)));
      return false;
    }
    return true;
  }

  /** The agent of a board has started anew, and its counters with it. */
  void forgetCounters(int board) {
    int first = board * chipsPerBoard;
    Arrays.fill(state.sumsOf, first, first + chipsPerBoard, (short) 0);
    state.watched.subMap(first, first + chipsPerBoard).clear();
  }

  private void fell(int port, long timeMs) {
    byte bits = state.port[port];
    if ((bits & PodState.PORT_WAS_DOWN) == 0) {
      state.downs.merge(
          port, PodState.PortDowns.NONE.next(timeMs), (before, first) -> before.next(first.last()));
    }
    state.port[port] = (byte) (PodState.PORT_DOWN | (bits & PodState.PORT_EXPLAINED));
  }

  /** A cumulative counter; absent or impossible ones add nothing. */
  private static long counter(long value) {
    return Math.max(0, value);
  }

  private static boolean negative(long value) {
    return value < 0 && value != ABSENT_LONG;
  }

  private static long errors(Report r, int link) {
    return counter(r.crcErrors[link]) + counter(r.retries[link]);
  }

  /**
   * Takes the sums over a chip's ports.
   *
   * @param same whether those before were of the same counters
   * @return whether all ports together had as many errors a second as one port may have: if they
   *     had fewer, no port can have too many
   */
  private boolean sums(int chip, boolean same, long errors, long tx, long rx, long elapsedMs) {
    int more = (int) errors - state.linkErrors[chip];
    boolean grown = same && more >= 0 && tx >= state.txBytes[chip] && rx >= state.rxBytes[chip];
    if (grown) {
      totals[0] += tx - state.txBytes[chip];
      totals[1] += rx - state.rxBytes[chip];
      totals[2] += more;
    }
    state.linkErrors[chip] = (int) errors;
    state.txBytes[chip] = tx;
    state.rxBytes[chip] = rx;
    return grown && more > 0 && more * 1_000L >= errorsPerSecond * elapsedMs;
  }

  /** Whether a chip may be watched that shows no more than that its counters are others. */
  private boolean mayWatch(int chip) {
    return state.watched.size() < FabricWaits.MOST_OTHERS || state.watched.containsKey(chip);
  }

  /** What a link says of errors, as {@link PodState.PortErrors#last} keeps it. */
  private static long told(Report r, int link) {
    int there = (r.crcErrors[link] < 0 ? 0 : 1) | (r.retries[link] < 0 ? 0 : 2);
    return there == 0 ? PodState.PortErrors.NONE : errors(r, link) << 2 | there;
  }

  /**
   * Watches the links {@code from} to {@code to} of a report, which are those of one chip, one by
   * one, or no longer.
   */
  private void watch(Report r, int from, int to, int chip, boolean suspicious, long elapsedMs) {
    if (!suspicious) {
      if (!state.watched.isEmpty()) {
        state.watched.remove(chip);
      }
      return;
    }
    PodState.PortErrors watched = state.watched.get(chip);
    if (watched == null) {
      watched = PodState.PortErrors.of(portsPerChip);
      state.watched.put(chip, watched);
    }
    System.arraycopy(watched.last(), 0, before, 0, portsPerChip);
    Arrays.fill(watched.last(), PodState.PortErrors.NONE);
    Arrays.fill(watched.perSecond(), 0);
    for (int i = from; i < to; i++) {
      int p = r.linkPort[i];
      long now = told(r, i);
      watched.last()[p] = now;
      boolean same = before[p] != PodState.PortErrors.NONE && (now & 3) == (before[p] & 3);
      if (same && now > before[p]) {
        long perSecond = ((now - before[p]) >> 2) * 1_000 / elapsedMs;
        watched.perSecond()[p] = (int) Math.min(Integer.MAX_VALUE, perSecond);
        if (perSecond >= errorsPerSecond) {
          state.port[chip * portsPerChip + p] |= PodState.PORT_DEGRADED;
        }
      }
    }
  }
}
