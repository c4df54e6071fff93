package io.isotherm.emulator;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The agents of a pod's boards: what they read at the present step, and report.
 *
 * <p>Whatever can be computed from the numbers of a part (its noise, the counters of its healthy
 * links) is computed when it is asked for. Random numbers go by a part's number in the pod.
 */
final class PodAgents {
  /** Speed that traffic is computed with where the port's speed is not published. */
  private static final int ASSUMED_PORT_MEGABITS = 200_000;

  /** Clock of a chip without load, in thousandths of its clock under load. */
  private static final int IDLE_CLOCK = 350;

  /** Place in the report of the links of a chip that is lost. */
  private static final int NO_LINKS = -1;

  private final PodLayout layout;
  private final ChipPhysics chip;
  private final SamplingOrder order;
  private final PodParts parts;
  private final PodFaults faults;
  private final @Nullable Workload[] job;
  private final int linksEvery;
  private final long blankThreshold;

  private final long memoryStream;
  private final long eccStream;
  private final long crcStream;
  private final long trafficStream;
  private final long readingStream;
  private final long blankStream;

  /** Share of its speed that a port of a chip sends at full load, in thousandths. */
  private final int[] groupShare;

  /**
   * The mesh peer of each port of a board, among the board's ports; or {@link PodLayout#NO_PORT}.
   */
  private final int[] peerOnBoard;

  private final int[] skewMs;
  private final long[] startMs;
  private final long[] sequence;

  /** What {@link PodParts#fabricMicros} was when the counters of a board began. */
  private final long[] fabricBase;

  private final int[] portNumbers;

  /** Of the board being read: where the links of each chip begin in the report. */
  private final int[] linksOf;

  /** Of each port of a chip: its nominal speed, or {@link Report#ABSENT}. */
  private final int[] megabits;

  private final int[] trafficSpread;
  private final long[] sentAtFullSpeed;

  PodAgents(
      PodLayout layout,
      ChipPhysics chip,
      long seed,
      int linksEvery,
      Noise noise,
      SamplingOrder order,
      PodParts parts,
      PodFaults faults,
      @Nullable Workload[] job) {
    this.layout = layout;
    this.chip = chip;
    this.order = order;
    this.parts = parts;
    this.faults = faults;
    this.job = job;
    this.linksEvery = linksEvery;
    blankThreshold = Draw.threshold(noise.blank());
    memoryStream = Draw.stream(seed, Streams.MEMORY);
    eccStream = Draw.stream(seed, Streams.ECC);
    crcStream = Draw.stream(seed, Streams.CRC);
    trafficStream = Draw.stream(seed, Streams.TRAFFIC);
    readingStream = Draw.stream(seed, Streams.READING);
    blankStream = Draw.stream(seed, Streams.BLANK);

    groupShare = new int[layout.portsPerChip()];
    megabits = new int[groupShare.length];
    for (int p = 0; p < groupShare.length; p++) {
      megabits[p] = layout.portMegabits(p);
      groupShare[p] =
          switch (layout.portGroup(p).scope()) {
            case BOARD -> 850;
            case CABINET -> 600;
            case POD, RAIL -> 350;
          };
    }
    peerOnBoard = new int[layout.chipsPerBoard() * layout.portsPerChip()];
    for (int j = 0; j < peerOnBoard.length; j++) {
      // A mesh lies inside a board, so what holds for the first board holds for all.
      peerOnBoard[j] = layout.peerPort(j);
    }
    portNumbers = IntStream.range(0, layout.portsPerChip()).toArray();
    linksOf = new int[layout.chipsPerBoard()];
    trafficSpread = new int[peerOnBoard.length];
    sentAtFullSpeed = new long[groupShare.length];

    int boards = layout.boards();
    skewMs = new int[boards];
    startMs = new long[boards];
    sequence = new long[boards];
    fabricBase = new long[boards];
    for (int k = 0; k < boards; k++) {
      long bits = Draw.bits(seed, Streams.SKEW, order.boardAt(k));
      skewMs[k] = Draw.below(2 * noise.skewMs() + 1, bits) - noise.skewMs();
    }
  }

  /** Starts the agent of a board, by a perfect clock. */
  void start(int k, long timeMs) {
    startMs[k] = timeMs + skewMs[k];
  }

  /** Starts it anew: with the board its counters begin at 0. */
  void restart(int k, long timeMs) {
    start(k, timeMs);
    sequence[k] = 0;
    fabricBase[k] = parts.fabricMicros[k];
  }

  /**
   * Writes the present report of a board, which takes the next sequence number.
   *
   * @param step number of the step
   * @return false if the board says nothing
   */
  boolean fill(int b, long step, Report r) {
    int k = order.rankOf(b);
    if (parts.silent[k]) {
      return false;
    }
    if (faults.cut(k)) {
      sequence[k]++;
      return false;
    }
    r.clear();
    r.pod = layout.pod();
    r.cabinet = layout.cabinetOfBoard(b);
    r.board = b % layout.boardsPerCabinet();
    r.agentStartMs = startMs[k];
    r.sequence = sequence[k];
    sequence[k]++;
    r.timeMs = parts.localMs[k] + skewMs[k];
    fillChips(r, b, k, step);
    if (layout.portsPerChip() > 0 && (step + b) % linksEvery == 0) {
      fillLinks(r, b, k);
    }
    return true;
  }

  private void fillChips(Report r, int b, int k, long step) {
    int n = layout.chipsPerBoard();
    long sinceStart = parts.localMs[k] - startMs[k];
    boolean runs = parts.loaded[k];
    boolean touched = faults.touches(k);
    Workload w = job[b];
    long steps = runs && w != null ? w.steps(parts.progress[k]) : -1;
    int busyShare = Math.min(1000, parts.utilization[k]);
    int tensor = parts.tensor[k];
    for (int position = 0; position < n; position++) {
      int s = k * n + position;
      if (faults.lost(s)) {
        continue;
      }
      int c = layout.chipIndex(b, position);
      int i = r.reserveChip();
      long bits = Draw.bits(readingStream, ((long) c << 32) ^ step);
      long memoryBits = Draw.bits(memoryStream, c);
      int clock = parts.clock[s];
      int temperature = parts.temperature[s];
      boolean hot = clock < 1000;
      int watts = parts.power[s];
      r.chip[i] = position;
      r.health[i] = hot ? Report.HEALTH_WARNING : Report.HEALTH_OK;
      r.errorCode[i] = Report.ABSENT_LONG;
      r.temperature[i] = (temperature + Draw.bell(300, bits)) / 100;
      int busy = watts * 1000 / chip.maxPower();
      r.hbmTemperature[i] = (temperature + 3_000 + 5 * busy + Draw.bell(1500, memoryBits)) / 100;
      r.power[i] = watts + (int) (watts * (long) Draw.bell(8, bits * 31) / 1000);
      r.utilization[i] = busyShare;
      r.tensorActivity[i] = tensor;
      r.clock[i] = chip.clock() * (runs ? clock : IDLE_CLOCK) / 1000;
      int used = runs ? 840 + Draw.below(80, memoryBits) : 6;
      r.hbmUsed[i] =
          chip.memory() == Report.ABSENT
              ? Report.ABSENT
              : (int) ((long) chip.memory() * used / 1000);
      r.throttleReasons[i] = hot ? Report.THROTTLE_THERMAL : 0;
      r.eccCorrected[i] = background(sinceStart, Draw.bits(eccStream, c), 200, 14_400_000);
      r.eccUncorrected[i] = 0;
      r.steps[i] = steps >= 0 ? steps : Report.ABSENT_LONG;
      if (touched) {
        faults.show(r, i, k, s);
      }
      if (blankThreshold > 0) {
        long blank = Draw.bits(blankStream, ((long) c << 32) ^ step);
        if (Draw.happens(blankThreshold, blank)) {
          blank(r, i, (int) (blank & 0xFF) % 5);
        }
      }
    }
  }

  private static void blank(Report r, int i, int which) {
    switch (which) {
      case 0 -> r.temperature[i] = Report.ABSENT;
      case 1 -> r.power[i] = Report.ABSENT;
      case 2 -> r.utilization[i] = Report.ABSENT;
      case 3 -> r.hbmTemperature[i] = Report.ABSENT;
      default -> r.clock[i] = Report.ABSENT;
    }
  }

  /** All links as they are in health, column by column; then those that faults have touched. */
  private void fillLinks(Report r, int b, int k) {
    int n = layout.chipsPerBoard();
    int ports = layout.portsPerChip();
    int first = layout.portIndex(layout.chipIndex(b, 0), 0);
    for (int j = 0; j < trafficSpread.length; j++) {
      trafficSpread[j] = spread(first + j);
    }
    long sinceStart = parts.localMs[k] - startMs[k];
    long busy = Math.max(0, parts.fabricMicros[k] - fabricBase[k]);
    for (int p = 0; p < ports; p++) {
      sentAtFullSpeed[p] = bytes(busy, p);
    }
    for (int position = 0; position < n; position++) {
      linksOf[position] = NO_LINKS;
      if (!faults.lost(k * n + position)) {
        int from = r.reserveLinks(ports);
        int to = from + ports;
        linksOf[position] = from;
        Arrays.fill(r.linkChip, from, to, position);
        System.arraycopy(portNumbers, 0, r.linkPort, from, ports);
        Arrays.fill(r.linkState, from, to, Report.LINK_UP);
        System.arraycopy(megabits, 0, r.linkRate, from, ports);
        Arrays.fill(r.recoveries, from, to, 0);
        Arrays.fill(r.waitMicros, from, to, busy / 50);
        fillCounters(r, from, position * ports, first, sinceStart);
      }
    }
    for (LinkEffect e : faults.effects(k)) {
      int j = e.port - first;
      if (linksOf[j / ports] != NO_LINKS) {
        show(e, r, linksOf[j / ports] + j % ports, j, busy);
      }
    }
  }

  /**
   * Writes the counters of a chip's ports.
   *
   * @param from place of its first port in the report
   * @param firstOnBoard number of that port on its board
   * @param firstOfBoard number of the board's first port in the pod
   */
  private void fillCounters(
      Report r, int from, int firstOnBoard, int firstOfBoard, long sinceStart) {
    long[] tx = r.txBytes;
    long[] rx = r.rxBytes;
    long[] errors = r.crcErrors;
    long[] retries = r.retries;
    for (int p = 0; p < sentAtFullSpeed.length; p++) {
      int j = firstOnBoard + p;
      int i = from + p;
      tx[i] = sentAtFullSpeed[p] * trafficSpread[j];
      rx[i] = sentAtFullSpeed[p] * spreadOfPeer(j, firstOfBoard);
      long bits = Draw.bits(crcStream, firstOfBoard + j);
      errors[i] = background(sinceStart, bits, 300, 3_600_000);
      retries[i] = errors[i];
    }
  }

  private int spreadOfPeer(int j, int firstOfBoard) {
    int peer = peerOnBoard[j];
    return peer == PodLayout.NO_PORT ? spread(~(firstOfBoard + j)) : trafficSpread[peer];
  }

  /**
   * Writes into the readings of a port what faults did to it.
   *
   * @param i the port's place in the report
   * @param j its number on its board
   * @param busyOfHealthy how long it would have been busy without faults, in microseconds
   */
  private void show(LinkEffect e, Report r, int i, int j, long busyOfHealthy) {
    long busy = Math.max(0, busyOfHealthy - e.lostMicros());
    long bytes = bytes(busy, r.linkPort[i]);
    r.linkState[i] = e.down() ? Report.LINK_DOWN : Report.LINK_UP;
    if (e.down()) {
      r.linkRate[i] = Report.ABSENT;
    } else if (megabits[r.linkPort[i]] != Report.ABSENT) {
      r.linkRate[i] = (int) ((long) megabits[r.linkPort[i]] * e.width() / 1000);
    }
    r.txBytes[i] = bytes * trafficSpread[j];
    r.rxBytes[i] = bytes * spreadOfPeer(j, e.port - j);
    r.crcErrors[i] += e.errors();
    r.retries[i] += e.errors();
    r.recoveries[i] = e.recoveries();
    r.waitMicros[i] = busy / 50 + e.lostMicros() + e.congestedMicros();
  }

  /** Bytes that go one way through a port of a chip in a busy time, in thousandths of all. */
  private long bytes(long busyMicros, int p) {
    int speed = megabits[p] == Report.ABSENT ? ASSUMED_PORT_MEGABITS : megabits[p];
    return busyMicros * speed / 8 / 1000 * groupShare[p] / 1000;
  }

  /**
   * How much of that really goes, in thousandths.
   *
   * @param direction names the port that sends, so that both ends count the same
   */
  private int spread(int direction) {
    return 975 + Draw.below(50, Draw.bits(trafficStream, direction));
  }

  /**
   * A rare event's count: for a share of the parts, one every so often, at an interval of the
   * part's own; never one for the others.
   */
  private static long background(long sinceMs, long bits, int permille, int leastPeriodMs) {
    if (Draw.below(1000, bits) >= permille) {
      return 0;
    }
    long period = leastPeriodMs + (long) leastPeriodMs * (int) (bits & 0xFF) / 16;
    long sinceEvent = sinceMs + period * (int) (bits >>> 8 & 0xFF) / 256;
    return sinceEvent < period ? 0 : sinceEvent / period;
  }
}
