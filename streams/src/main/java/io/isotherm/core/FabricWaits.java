package io.isotherm.core;

import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntConsumer;

/**
 * How long data waits at the ports of a pod, by their cumulative counters.
 *
 * <p>Of most chips only the sum over their ports is kept, 4 bytes a chip: while it grows more
 * slowly than one port's limit, no port can be over it. The ports of the others are watched one by
 * one, from the reading after the one that was suspicious.
 */
final class FabricWaits {
  private static final long NO_BASE = -1;

  /** Chips that are watched, from which on none is for having other counters than before. */
  static final int MOST_OTHERS = 4_096;

  private final int limitPermille;
  private final int chipsPerCabinet;
  private final int portsPerChip;

  /** Per chip: milliseconds of all its ports together at the newest reading; low bits only. */
  private final int[] millis;

  private final TreeMap<Integer, Ports> watched = new TreeMap<>();

  /** What was known of the ports of the chip that is watched. */
  private final long[] before;

  /**
   * The ports of one watched chip.
   *
   * @param last microseconds at the newest reading, {@link #NO_BASE} if there was none
   * @param permille share of the time between the last two readings, in thousandths
   */
  @SuppressWarnings("ArrayRecordComponent")
  private record Ports(long[] last, int[] permille) {
    static Ports of(int ports) {
      long[] last = new long[ports];
      Arrays.fill(last, NO_BASE);
      return new Ports(last, new int[ports]);
    }
  }

  /**
   * @param limitPermille share of the time from which a port is over the limit, in thousandths
   * @param portsPerChip ports of a chip
   */
  FabricWaits(int limitPermille, int chips, int chipsPerCabinet, int portsPerChip) {
    this.limitPermille = limitPermille;
    this.chipsPerCabinet = chipsPerCabinet;
    this.portsPerChip = portsPerChip;
    millis = new int[chips];
    before = new long[portsPerChip];
  }

  /**
   * Takes the links {@code from} to {@code to} of a report, which are those of one chip.
   *
   * @param sumMicros their waits together
   * @param elapsedMs since the reading before
   * @param same whether that was of the same counters of the same ports and of the same agent
   * @param other whether it was of others, so that only each port can be compared with itself
   */
  void take(
      Report r,
      int from,
      int to,
      int chip,
      long sumMicros,
      long elapsedMs,
      boolean same,
      boolean other) {
    int now = (int) (sumMicros / 1_000);
    long grown = (long) now - millis[chip];
    millis[chip] = now;
    boolean suspicious = same && grown * 1_000 >= limitPermille * elapsedMs;
    if (!suspicious && !(other && mayWatch(chip))) {
      if (!watched.isEmpty()) {
        watched.remove(chip);
      }
      return;
    }
    Ports ports = watched.get(chip);
    if (ports == null) {
      ports = Ports.of(portsPerChip);
      watched.put(chip, ports);
    }
    System.arraycopy(ports.last, 0, before, 0, portsPerChip);
    Arrays.fill(ports.last, NO_BASE);
    Arrays.fill(ports.permille, 0);
    for (int i = from; i < to; i++) {
      int p = r.linkPort[i];
      long wait = Math.max(NO_BASE, r.waitMicros[i]);
      ports.last[p] = wait;
      if (before[p] != NO_BASE && wait > before[p]) {
        ports.permille[p] = (int) Math.min(1_000, (wait - before[p]) / elapsedMs);
      }
    }
  }

  private boolean mayWatch(int chip) {
    return watched.size() < MOST_OTHERS || watched.containsKey(chip);
  }

  /** Whether no chip is watched. */
  boolean quiet() {
    return watched.isEmpty();
  }

  /** Tells the ports of the watched chips, in order. */
  void ports(IntConsumer port) {
    for (int chip : watched.keySet()) {
      for (int p = 0; p < portsPerChip; p++) {
        port.accept(chip * portsPerChip + p);
      }
    }
  }

  /** Share of the time in which data waited at a port of a watched chip, in thousandths. */
  int permille(int port) {
    Ports ports = watched.get(port / portsPerChip);
    return ports == null ? 0 : ports.permille[port % portsPerChip];
  }

  /** A page of a cabinet with what is known of its waits behind it. */
  byte[] append(byte[] page, int cabinet) {
    int chip0 = cabinet * chipsPerCabinet;
    Map<Integer, Ports> here =
        watched.isEmpty() ? Map.of() : watched.subMap(chip0, chip0 + chipsPerCabinet);
    ByteBuffer out =
        ByteBuffer.allocate(
            page.length
                + Integer.BYTES * (chipsPerCabinet + 1)
                + here.size() * (Integer.BYTES + portsPerChip * (Long.BYTES + Integer.BYTES)));
    out.put(page);
    for (int chip = chip0; chip < chip0 + chipsPerCabinet; chip++) {
      out.putInt(millis[chip]);
    }
    out.putInt(here.size());
    here.forEach(
        (chip, ports) -> {
          out.putInt(chip);
          for (int p = 0; p < portsPerChip; p++) {
            out.putLong(ports.last[p]).putInt(ports.permille[p]);
          }
        });
    return out.array();
  }

  /** Reads what {@link #append} put behind a page. */
  void read(int cabinet, ByteBuffer in) {
    int chip0 = cabinet * chipsPerCabinet;
    for (int chip = chip0; chip < chip0 + chipsPerCabinet; chip++) {
      millis[chip] = in.getInt();
    }
    watched.subMap(chip0, chip0 + chipsPerCabinet).clear();
    for (int n = in.getInt(); n > 0; n--) {
      Ports ports = Ports.of(portsPerChip);
      watched.put(in.getInt(), ports);
      for (int p = 0; p < portsPerChip; p++) {
        ports.last[p] = in.getLong();
        ports.permille[p] = in.getInt();
      }
    }
  }
}
