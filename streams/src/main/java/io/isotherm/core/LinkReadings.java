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
      negative |= crc | retries | sent | received | wait;
      errors += crc + retries;
      tx += sent;
      rx += received;
      waited += wait;
    }
    boolean whole = true;
    if (negative < 0) {
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
    short count = (short) (to - from);
    boolean comparable = elapsedMs > 0 && state.portsInSums[chip] == count;
    waits.take(r, from, to, chip, waited, elapsedMs, comparable);
    chipLinks(r, from, to, chip, count, errors, tx, rx, elapsedMs);
    return whole;
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
    Arrays.fill(state.portsInSums, first, first + chipsPerBoard, (short) 0);
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

  /** Takes the links {@code from} to {@code to} of a report, which are those of one chip. */
  private void chipLinks(
      Report r,
      int from,
      int to,
      int chip,
      short ports,
      long errors,
      long tx,
      long rx,
      long elapsedMs) {
    int more = (int) errors - state.linkErrors[chip];
    boolean comparable =
        state.portsInSums[chip] == ports
            && elapsedMs > 0
            && more >= 0
            && tx >= state.txBytes[chip]
            && rx >= state.rxBytes[chip];
    long grown = comparable ? more : 0;
    if (comparable) {
      totals[0] += tx - state.txBytes[chip];
      totals[1] += rx - state.rxBytes[chip];
      totals[2] += grown;
    }
    state.linkErrors[chip] = (int) errors;
    state.txBytes[chip] = tx;
    state.rxBytes[chip] = rx;
    state.portsInSums[chip] = ports;
    // If all ports together stay under the threshold of one, no port can be over it.
    boolean suspicious = grown * 1_000 >= errorsPerSecond * elapsedMs && grown > 0;
    if (!suspicious && state.watched.isEmpty()) {
      return;
    }
    PodState.PortErrors watched = state.watched.get(chip);
    if (watched == null) {
      if (!suspicious) {
        return;
      }
      watched = PodState.PortErrors.of(portsPerChip);
      state.watched.put(chip, watched);
    } else if (!suspicious) {
      state.watched.remove(chip);
      return;
    }
    for (int i = from; i < to; i++) {
      int p = r.linkPort[i];
      long now = errors(r, i);
      long before = watched.last()[p];
      watched.last()[p] = now;
      long perSecond = before < 0 || now < before ? 0 : (now - before) * 1_000 / elapsedMs;
      watched.perSecond()[p] = (int) Math.min(Integer.MAX_VALUE, perSecond);
      if (perSecond >= errorsPerSecond) {
        state.port[chip * portsPerChip + p] |= PodState.PORT_DEGRADED;
      }
    }
  }
}
