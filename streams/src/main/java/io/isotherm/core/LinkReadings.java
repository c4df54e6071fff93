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

  /** Speed below which a link is narrow, in megabits per second; 0 if no speed is. */
  private final int narrowBelow;

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
    errorsPerSecond = settings.linkErrorsPerSecond();
    long nominal = layout.limits().portMegabits();
    narrowBelow = (int) Math.max(0, nominal * settings.linkNarrowPermille() / 1_000);
  }

  /** Takes the links' readings; false if a counter was impossible and left out. */
  boolean take(Report r, int board) {
    // A reading that overtook a newer one would only turn the counters back.
    if (r.linkCount == 0
        || (state.linkTime[board] != PodState.NEVER && r.timeMs <= state.linkTime[board])) {
      return true;
    }
    long elapsedMs = state.linkTime[board] == PodState.NEVER ? 0 : r.timeMs - state.linkTime[board];
    state.linkTime[board] = r.timeMs;
    int chip0 = board * chipsPerBoard;
    int port0 = chip0 * portsPerChip;
    if (!state.narrowRate.isEmpty()) {
      state.narrowRate.subMap(port0, port0 + chipsPerBoard * portsPerChip).clear();
    }
    // A port that this reading leaves out is one of which nothing is known.
    byte[] ports = state.port;
    for (int p = port0; p < port0 + chipsPerBoard * portsPerChip; p++) {
      ports[p] = PodState.unread(ports[p]);
    }
    boolean whole = true;
    for (int i = 0; i < r.linkCount; ) {
      int position = r.linkChip[i];
      int firstPort = port0 + position * portsPerChip;
      int end = i;
      long errors = 0;
      long tx = 0;
      long rx = 0;
      long waited = 0;
      for (; end < r.linkCount && r.linkChip[end] == position; end++) {
        int at = firstPort + r.linkPort[end];
        int s = r.linkState[end];
        int rate = r.linkRate[end];
        if (s == Report.LINK_UP && (rate >= narrowBelow || rate <= 0)) {
          ports[at] = PodState.PORT_UP;
        } else if (s == Report.LINK_UP) {
          ports[at] = PodState.PORT_UP | PodState.PORT_NARROW;
          if (state.narrowRate.size() < PodState.MOST_NARROW_RATES) {
            state.narrowRate.put(at, rate);
          }
        } else if (s == Report.LINK_DOWN) {
          fell(at, r.timeMs);
        }
        long crc = r.crcErrors[end];
        long retries = r.retries[end];
        long sent = r.txBytes[end];
        long received = r.rxBytes[end];
        // Absence is negative too.
        if ((crc | retries | sent | received) < 0
            && (negative(crc) || negative(retries) || negative(sent) || negative(received))) {
          whole = false;
          check.leftOut("%s: a negative counter taken as absent".formatted(layout.portPath(at)));
        }
        errors += counter(crc) + counter(retries);
        tx += counter(sent);
        rx += counter(received);
        waited += counter(r.waitMicros[end]);
      }
      short count = (short) (end - i);
      boolean comparable = elapsedMs > 0 && state.portsInSums[chip0 + position] == count;
      waits.take(r, i, end, chip0 + position, waited, elapsedMs, comparable);
      chipLinks(r, i, end, chip0 + position, count, errors, tx, rx, elapsedMs);
      i = end;
    }
    return whole;
  }

  /** The agent of a board has started anew, and its counters with it. */
  void forgetCounters(int board) {
    int first = board * chipsPerBoard;
    Arrays.fill(state.portsInSums, first, first + chipsPerBoard, (short) 0);
    state.watched.subMap(first, first + chipsPerBoard).clear();
  }

  private void fell(int port, long timeMs) {
    if ((state.port[port] & PodState.PORT_WAS_DOWN) == 0) {
      state.downs.merge(
          port, PodState.PortDowns.NONE.next(timeMs), (before, first) -> before.next(first.last()));
    }
    state.port[port] = PodState.PORT_DOWN;
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
