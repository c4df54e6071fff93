package io.isotherm.emulator;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The physics of one pod and the agents of its boards.
 *
 * <p>State is a few primitive arrays; whatever can be computed from the numbers of a part (its
 * manufacturing spread, its noise, the counters of its healthy links) is computed when it is asked
 * for. All arithmetic is on integers, so that every machine gives the same readings.
 *
 * <p>Boards and their chips lie in memory in the order in which the boards take their samples,
 * which is their rank: it is the order in which they are asked for. Random numbers, names and
 * wiring go by a part's number in the pod.
 *
 * <p>Temperatures are thousandths of a degree Celsius, power tenths of a watt, shares thousandths.
 */
final class PodFleet {
  /** Coolant at the inlet of a healthy loop. */
  private static final int COOLANT = 30_000;

  /** Ambient swing over a day: about 1.5 % of a chip's temperature. */
  private static final int DIURNAL = 800;

  private static final long DAY_MS = 86_400_000;

  /**
   * Rise of a front slot over the coolant at full power, as a share of the room between coolant and
   * highest operating temperature. Leaves liquid-cooled chips well below their limit.
   */
  private static final int RISE_SHARE = 460;

  /** How much more the hindmost slot class rises (rear slots run up to 27 % hotter). */
  private static final int REAR_EXTRA = 270;

  /** Time constant of chip and cold plate together. */
  private static final int THERMAL_LAG_MS = 9_000;

  /** Time in which a thermal interface gives way. */
  private static final int INTERFACE_FAILS_MS = 5_000;

  /** Time in which the coolant of a failing loop reaches its new temperature, and comes back. */
  private static final int LOOP_WARMS_MS = 60_000;

  /** How much later the front slots feel a failing loop than the rear slots. */
  private static final int FRONT_LATER_MS = 6_000;

  /** Lowest clock that throttling goes down to. */
  private static final int LEAST_CLOCK = 300;

  /** Cut of the clock for each degree over the limit in each second. */
  private static final int CUT_PER_DEGREE = 10;

  /** Cut of the clock for each degree that the chip warms. */
  private static final int CUT_PER_WARMING = 40;

  /** Most that the clock changes from one sample to the next. */
  private static final int MOST_CHANGE = 150;

  /** Clock of a chip without load. */
  private static final int IDLE_CLOCK = 350;

  private static final int STREAM_RESISTANCE = 1;
  private static final int STREAM_POWER = 2;
  private static final int STREAM_COOLANT = 3;
  private static final int STREAM_SKEW = 4;
  private static final int STREAM_MEMORY = 5;
  private static final int STREAM_ECC = 6;
  private static final int STREAM_CRC = 7;
  private static final int STREAM_TRAFFIC = 8;
  private static final int STREAM_READING = 9;
  private static final int STREAM_BLANK = 10;
  private static final int STREAM_DELIVERY = 11;
  private static final int STREAM_IMBALANCE = 12;

  /** NVIDIA's XID of a memory error that could not be corrected. */
  private static final long DOUBLE_BIT_ERROR = 48;

  private static final LinkEffect[] NO_EFFECTS = {};
  private static final long[] NO_TIMES = {};

  private final PodLayout layout;
  private final ChipPhysics chip;
  private final long memoryStream;
  private final long eccStream;
  private final long crcStream;
  private final long trafficStream;
  private final long readingStream;
  private final long blankStream;
  private final long[] deliveryStream = new long[4];
  private final int intervalMs;
  private final int linksEvery;
  private final Noise noise;
  private final Ordinary ordinary;
  private final long imbalanceStream;
  private final long lateThreshold;
  private final long duplicateThreshold;
  private final long missingThreshold;
  private final long blankThreshold;

  /** Temperature at which a chip holds itself by its clock. */
  private final int throttleAt;

  /** For each chip position of a board. */
  private final int[] riseAtMaxPower;

  private final int[] loopCoolant;
  private final int[] groupShare;

  /**
   * The mesh peer of each port of a board, among the board's ports; or {@link PodLayout#NO_PORT}.
   */
  private final int[] peerOnBoard;

  /** Number of each board by its rank, and the other way round. */
  private final int[] boardAt;

  private final int[] rankOf;

  private final @Nullable Workload[] job;
  private final boolean[] lastStage;
  private final int[] phaseMs;
  private final int[] skewMs;
  private final long[] agentStart;
  private final long[] sequence;
  private final long[] localMs;
  private final long[] progress;
  private final long[] fabricMicros;
  private final long[] fabricBase;
  private final int[] utilization;
  private final int[] tensor;
  private final boolean[] loaded;
  private final boolean[] silent;

  /** Of boards with maintenance: times of drain, start and end, one after the other. */
  private final long[][] upkeep;

  /** Boards whose reports are lost on their way. */
  private final boolean[] cut;

  /** Tensor activity of a chip against its board's, in thousandths less 1000; 0 in health. */
  private final short[] slowedTensor;

  private final boolean[] touched;
  private final LinkEffect[][] effects;

  private final int[] temperature;
  private final int[] power;
  private final short[] clock;
  private final short[] resistance;
  private final short[] powerSpread;
  private final boolean[] lost;

  private final List<Fault> active = new ArrayList<>();
  private final int[] shares = new int[Workload.ACTIVITIES];
  private final int[] interfaceRatio;

  /** What a chip still computes while it fails slowly, in thousandths of its health. */
  private final int[] vigour;

  private final boolean[] wrecked;

  /** Clock that a sagging power feed allows, in thousandths. */
  private int feedClock = 1000;

  private final short[] feedClocks;

  /** Corrected memory errors beyond those of health, in thousandths of an error. */
  private final long[] milliCorrected;

  private final byte[] uncorrected;
  private final boolean[] marked;
  private final int[] coolantRise;
  private final int[] trafficSpread;
  private final long[] sentAtFullSpeed;
  private long beat = -1;

  PodFleet(
      PodLayout layout,
      ChipPhysics chip,
      long seed,
      int intervalMs,
      int linksEvery,
      Noise noise,
      Ordinary ordinary,
      @Nullable Workload[] job,
      boolean[] lastStage) {
    this.layout = layout;
    this.chip = chip;
    this.memoryStream = Draw.stream(seed, STREAM_MEMORY);
    this.eccStream = Draw.stream(seed, STREAM_ECC);
    this.crcStream = Draw.stream(seed, STREAM_CRC);
    this.trafficStream = Draw.stream(seed, STREAM_TRAFFIC);
    this.readingStream = Draw.stream(seed, STREAM_READING);
    this.blankStream = Draw.stream(seed, STREAM_BLANK);
    for (int what = 0; what < deliveryStream.length; what++) {
      deliveryStream[what] = Draw.stream(seed, STREAM_DELIVERY + 16L * what);
    }
    this.intervalMs = intervalMs;
    this.linksEvery = linksEvery;
    this.noise = noise;
    this.ordinary = ordinary;
    this.imbalanceStream = Draw.stream(seed, STREAM_IMBALANCE);
    this.lateThreshold = Draw.threshold(noise.late());
    this.duplicateThreshold = Draw.threshold(noise.duplicate());
    this.missingThreshold = Draw.threshold(noise.missing());
    this.blankThreshold = Draw.threshold(noise.blank());
    this.job = job;
    this.lastStage = lastStage;
    // Between the highest of normal operation and the one that a chip must not pass.
    this.throttleAt = (chip.maxOperating() + chip.slowdown()) / 2;

    int classes = layout.slotClasses();
    riseAtMaxPower = new int[layout.chipsPerBoard()];
    long front = (long) Math.max(10_000, chip.maxOperating() - COOLANT) * RISE_SHARE / 1000;
    for (int i = 0; i < riseAtMaxPower.length; i++) {
      int c = layout.slotClass(i);
      riseAtMaxPower[i] =
          (int) (front * (1000 + (classes == 1 ? 0 : REAR_EXTRA * c / (classes - 1))) / 1000);
    }
    loopCoolant = new int[layout.coolingLoops()];
    for (int l = 0; l < loopCoolant.length; l++) {
      loopCoolant[l] = COOLANT + Draw.bell(700, Draw.bits(seed, STREAM_COOLANT, l));
    }
    groupShare = new int[layout.portsPerChip()];
    for (int p = 0; p < groupShare.length; p++) {
      groupShare[p] =
          switch (layout.portGroup(p).scope()) {
            case BOARD -> 850;
            case CABINET -> 600;
            case POD -> 350;
          };
    }

    int portsOfBoard = layout.chipsPerBoard() * layout.portsPerChip();
    peerOnBoard = new int[portsOfBoard];
    for (int j = 0; j < portsOfBoard; j++) {
      // A mesh lies inside a board, so what holds for the first board holds for all.
      peerOnBoard[j] = layout.peerPort(j);
    }
    trafficSpread = new int[portsOfBoard];
    sentAtFullSpeed = new long[layout.portsPerChip()];

    int boards = layout.boards();
    boardAt =
        IntStream.range(0, boards)
            .boxed()
            .sorted(Comparator.comparingInt(b -> phaseMs(b, intervalMs)))
            .mapToInt(b -> b)
            .toArray();
    rankOf = new int[boards];
    phaseMs = new int[boards];
    skewMs = new int[boards];
    agentStart = new long[boards];
    sequence = new long[boards];
    localMs = new long[boards];
    progress = new long[boards];
    fabricMicros = new long[boards];
    fabricBase = new long[boards];
    utilization = new int[boards];
    tensor = new int[boards];
    loaded = new boolean[boards];
    silent = new boolean[boards];
    upkeep = new long[boards][];
    Arrays.fill(upkeep, NO_TIMES);
    touched = new boolean[boards];
    effects = new LinkEffect[boards][];
    Arrays.fill(effects, NO_EFFECTS);
    for (int k = 0; k < boards; k++) {
      int b = boardAt[k];
      rankOf[b] = k;
      phaseMs[k] = phaseMs(b, intervalMs);
      skewMs[k] =
          Draw.below(2 * noise.skewMs() + 1, Draw.bits(seed, STREAM_SKEW, b)) - noise.skewMs();
    }

    int chips = layout.chips();
    temperature = new int[chips];
    power = new int[chips];
    clock = new short[chips];
    resistance = new short[chips];
    powerSpread = new short[chips];
    lost = new boolean[chips];
    Arrays.fill(clock, (short) 1000);
    interfaceRatio = new int[layout.chipsPerBoard()];
    vigour = new int[layout.chipsPerBoard()];
    wrecked = new boolean[chips];
    milliCorrected = new long[chips];
    uncorrected = new byte[chips];
    marked = new boolean[boards];
    feedClocks = new short[boards];
    Arrays.fill(feedClocks, (short) 1000);
    cut = new boolean[boards];
    slowedTensor = new short[chips];
    coolantRise = new int[classes];
    int n = layout.chipsPerBoard();
    for (int k = 0; k < boards; k++) {
      int b = boardAt[k];
      for (int i = 0; i < n; i++) {
        int c = layout.chipIndex(b, i);
        int s = k * n + i;
        resistance[s] = (short) (1000 + Draw.bell(110, Draw.bits(seed, STREAM_RESISTANCE, c)));
        powerSpread[s] = (short) (1000 + Draw.bell(50, Draw.bits(seed, STREAM_POWER, c)));
      }
    }
  }

  /**
   * Starts the agents. Chips whose job runs are warm by then. To be called once, before the first
   * step.
   *
   * @param startMs event time, that of the jobs
   */
  void start(long startMs) {
    int n = layout.chipsPerBoard();
    for (int k = 0; k < boardAt.length; k++) {
      int b = boardAt[k];
      localMs[k] = startMs + phaseMs[k];
      agentStart[k] = startMs + skewMs[k];
      Workload w = job[b];
      int load =
          w != null && w.runs(startMs) && w.spec().fromMs() == 0 ? w.meanPower(lastStage[b]) : 0;
      int coolant = coolant(layout.cabinetOfBoard(b), startMs);
      for (int i = 0; i < n; i++) {
        int s = k * n + i;
        power[s] = powerOf(s, load);
        temperature[s] = settled(s, i, coolant, 1000);
      }
      progress[k] = w == null ? 0 : w.progressMicros(phaseMs[k]);
    }
  }

  /** Multiples of the golden ratio spread any number of boards evenly over the interval. */
  private static int phaseMs(int board, int intervalMs) {
    return (int) ((((board * 2_654_435_769L) & 0xFFFFFFFFL) * intervalMs) >>> 32);
  }

  PodLayout layout() {
    return layout;
  }

  /** Makes a fault strike from its start to its end. */
  void add(Fault fault) {
    active.add(fault);
    for (int k = 0; k < touched.length; k++) {
      if (touches(fault, boardAt[k])) {
        touched[k] = true;
      }
    }
    for (int port : ports(fault)) {
      effect(port);
    }
  }

  /** Takes a board out of its job for maintenance. */
  void drain(int board, long drainMs, long fromMs, long untilMs) {
    int k = rankOf[board];
    long[] known = upkeep[k];
    long[] more = Arrays.copyOf(known, known.length + 3);
    more[known.length] = drainMs;
    more[known.length + 1] = fromMs;
    more[known.length + 2] = untilMs;
    upkeep[k] = more;
  }

  /** Whether a board is drained or under maintenance; it may be off for a part of that. */
  private static boolean drained(long[] times, long local, boolean off) {
    for (int i = 0; i < times.length; i += 3) {
      long quarter = (times[i + 2] - times[i + 1]) / 4;
      long from = off ? times[i + 1] + quarter : times[i];
      long until = off ? times[i + 2] - quarter : times[i + 2];
      if (local >= from && local < until) {
        return true;
      }
    }
    return false;
  }

  private boolean touches(Fault f, int board) {
    return switch (f.kind().target()) {
      case CHIP -> layout.boardOfChip(f.target()) == board;
      case BOARD -> f.target() == board;
      case CABINET -> f.target() == layout.cabinetOfBoard(board);
      case COOLING_LOOP -> f.target() == layout.coolingLoopOfCabinet(layout.cabinetOfBoard(board));
      case LINK -> layout.boardOfChip(layout.chipOfPort(f.target())) == board;
      case POWER_FEED -> f.target() == layout.powerFeedOfCabinet(layout.cabinetOfBoard(board));
      case POD, SITE -> true;
      case SWITCH, PLANE -> reaches(f, board);
      case JOB -> false;
    };
  }

  /** Whether a port of a board leads to the switch or plane of a fault. */
  private boolean reaches(Fault f, int board) {
    int first = layout.portIndex(layout.chipIndex(board, 0), 0);
    int ports = layout.chipsPerBoard() * layout.portsPerChip();
    for (int port = first; port < first + ports; port++) {
      if (leadsTo(f, port)) {
        return true;
      }
    }
    return false;
  }

  private boolean leadsTo(Fault f, int port) {
    return f.kind().target() == FaultKind.Target.PLANE
        ? layout.planeOfPort(port) == f.target()
        : layout.switchOfPort(port) == f.target();
  }

  /** Ports that a fault disturbs, besides those of parts that no longer report. */
  private int[] ports(Fault f) {
    if (f.kind().target() == FaultKind.Target.LINK) {
      int peer = layout.peerPort(f.target());
      return peer == PodLayout.NO_PORT ? new int[] {f.target()} : new int[] {f.target(), peer};
    }
    if (f.kind().target() == FaultKind.Target.SWITCH
        || f.kind().target() == FaultKind.Target.PLANE) {
      return IntStream.range(0, layout.ports()).filter(port -> leadsTo(f, port)).toArray();
    }
    if (f.kind() == FaultKind.CHIP_LOST) {
      int[] ends = new int[2 * layout.portsPerChip()];
      int n = 0;
      for (int p = 0; p < layout.portsPerChip(); p++) {
        int port = layout.portIndex(f.target(), p);
        ends[n++] = port;
        int peer = layout.peerPort(port);
        if (peer != PodLayout.NO_PORT) {
          ends[n++] = peer;
        }
      }
      return Arrays.copyOf(ends, n);
    }
    return new int[0];
  }

  private LinkEffect effect(int port) {
    int k = rankOf[layout.boardOfChip(layout.chipOfPort(port))];
    LinkEffect[] known = effects[k];
    for (LinkEffect e : known) {
      if (e.port == port) {
        return e;
      }
    }
    LinkEffect made = new LinkEffect(port);
    LinkEffect[] more = Arrays.copyOf(known, known.length + 1);
    more[known.length] = made;
    effects[k] = more;
    return made;
  }

  private @Nullable LinkEffect existingEffect(int k, int port) {
    for (LinkEffect e : effects[k]) {
      if (e.port == port) {
        return e;
      }
    }
    return null;
  }

  /** Moves every board on to its own instant within the interval that begins at a time. */
  void step(long timeMs) {
    beat++;
    forgetFinishedFaults(timeMs);
    int boards = layout.boards();
    for (int k = 0; k < boards; k++) {
      stepBoard(k, timeMs + phaseMs[k]);
    }
  }

  private void forgetFinishedFaults(long timeMs) {
    boolean finished = false;
    for (int i = active.size() - 1; i >= 0; i--) {
      Fault f = active.get(i);
      // A loop cools down for a while after its end, and the boards still have to see the end.
      if (f.endMs() != Long.MAX_VALUE
          && timeMs > f.endMs() + 2L * LOOP_WARMS_MS + 2L * intervalMs) {
        active.remove(i);
        finished = true;
      }
    }
    if (finished) {
      for (int k = 0; k < touched.length; k++) {
        if (touched[k]) {
          boolean still = effects[k].length > 0 || silent[k] || marked[k];
          for (int i = 0; i < active.size() && !still; i++) {
            still = touches(active.get(i), boardAt[k]);
          }
          touched[k] = still;
        }
      }
    }
  }

  private void stepBoard(int k, long local) {
    int b = boardAt[k];
    long elapsed = Math.max(0, local - localMs[k]);
    localMs[k] = local;
    int n = layout.chipsPerBoard();
    int first = k * n;

    Workload w = job[b];
    long[] times = upkeep[k];
    boolean runs = w != null && w.runs(local) && !drained(times, local, false);
    int dynamic = 0;
    int unpaced = 0;
    int fabric = 0;
    utilization[k] = 0;
    tensor[k] = 0;
    loaded[k] = runs;
    if (w != null) {
      long to = w.progressMicros(phaseMs[k]);
      if (runs) {
        w.shares(progress[k], to, lastStage[b], local, shares);
        unpaced = Workload.weigh(shares, Workload.POWER);
        // While a slower member is waited for, a chip spins: busy, at the power of waiting.
        int pace = w.pace();
        dynamic = (unpaced * pace + Workload.POWER[Workload.WAIT] * (1000 - pace)) / 1000;
        utilization[k] =
            (Workload.weigh(shares, Workload.UTILIZATION) * pace
                    + Workload.UTILIZATION[Workload.WAIT] * (1000 - pace))
                / 1000;
        tensor[k] = Workload.weigh(shares, Workload.TENSOR) * pace / 1000;
        fabric = Workload.weigh(shares, Workload.FABRIC) * pace / 1000;
      }
      progress[k] = Math.max(progress[k], to);
    }

    if (ordinary.imbalancePermille() > 0
        && runs
        && w != null
        && w.spec().kind() == JobSpec.Kind.TRAINING) {
      // Who has less to compute waits for the others.
      long bits =
          Draw.bits(imbalanceStream, (long) b << 40 ^ Math.floorDiv(local, ordinary.imbalanceMs()));
      int light = Draw.below(ordinary.imbalancePermille() + 1, bits);
      tensor[k] = tensor[k] * (1000 - light) / 1000;
      int waiting = Workload.POWER[Workload.WAIT];
      dynamic -= Math.max(0, dynamic - waiting) * light / 1000;
      unpaced -= Math.max(0, unpaced - waiting) * light / 1000;
    }

    boolean hangs = runs && w != null && w.hangs(local);
    if (hangs) {
      dynamic = Workload.POWER[Workload.WAIT];
      unpaced = dynamic;
      utilization[k] = 990;
      tensor[k] = 0;
      fabric = 0;
    }

    boolean special = touched[k];
    boolean wasSilent = silent[k];
    if (special) {
      strike(k, b, local, elapsed);
      feedClocks[k] = (short) feedClock;
    }
    if (times.length > 0) {
      silent[k] = (special && silent[k]) || drained(times, local, true);
    }
    long busy = silent[k] ? 0 : elapsed * fabric;
    fabricMicros[k] += busy;
    for (LinkEffect e : effects[k]) {
      e.pass(elapsed, busy);
    }
    if (wasSilent && !silent[k]) {
      restart(k, local);
    }

    int alpha = (int) ((elapsed << 16) / (THERMAL_LAG_MS + elapsed));
    int coolant = coolant(layout.cabinetOfBoard(b), local);
    for (int i = 0; i < n; i++) {
      int c = first + i;
      int load = clock[c] == 1000 ? dynamic : unpaced * clock[c] / 1000;
      boolean off = silent[k] || lost[c];
      if (special) {
        load = wrecked[c] ? 0 : load * vigour[i] / 1000 * feedClock / 1000;
        slowedTensor[c] = (short) (wrecked[c] ? -1000 : vigour[i] * feedClock / 1000 - 1000);
        if (runs && w != null && !off && !wrecked[c]) {
          // Only computing takes longer, which is four fifths of a step.
          int slower = vigour[i] * feedClock / 1000;
          w.memberClock(1000 * slower / (slower + (1000 - slower) * 4 / 5));
        }
      }
      power[c] = off ? 0 : powerOf(c, load);
      int ratio = special ? interfaceRatio[i] : 1000;
      int inlet = special ? coolant + coolantRise[layout.slotClass(i)] : coolant;
      int goal = settled(c, i, inlet, ratio);
      int warmed = (int) (((long) (goal - temperature[c]) * alpha) >> 16);
      temperature[c] += warmed;
      if (temperature[c] > throttleAt || clock[c] < 1000) {
        throttle(c, elapsed, warmed, off);
        if (runs && w != null && !off) {
          w.memberClock(clock[c]);
        }
      }
    }
  }

  /**
   * Holds a chip at its limit by its clock, as a governor does: it cuts in proportion to how far
   * the chip is over the limit, and to how fast it warms, without which it would swing.
   *
   * @param warmed by how much the chip warmed since its last sample, in thousandths of a degree
   */
  private void throttle(int c, long elapsed, int warmed, boolean off) {
    long over = (long) temperature[c] - throttleAt;
    // Over long intervals temperature follows the clock at once, and the governor must be calm.
    long cut =
        over * CUT_PER_DEGREE * Math.min(elapsed, 1000) / 1000
            + (long) warmed * CUT_PER_WARMING * THERMAL_LAG_MS / (THERMAL_LAG_MS + elapsed);
    long next =
        clock[c] - Math.max(-MOST_CHANGE, Math.min(MOST_CHANGE, Math.floorDiv(cut + 500, 1000)));
    clock[c] = (short) (off ? 1000 : Math.max(LEAST_CLOCK, Math.min(1000, next)));
  }

  /** Writes what the faults of this instant do to a board into the working arrays. */
  private void strike(int k, int b, long local, long elapsed) {
    int firstChip = layout.chipIndex(b, 0);
    int n = layout.chipsPerBoard();
    Arrays.fill(interfaceRatio, 1000);
    Arrays.fill(coolantRise, 0);
    Arrays.fill(lost, k * n, (k + 1) * n, false);
    Arrays.fill(wrecked, k * n, (k + 1) * n, false);
    Arrays.fill(vigour, 1000);
    feedClock = 1000;
    silent[k] = false;
    cut[k] = false;
    for (LinkEffect e : effects[k]) {
      e.clear();
    }
    for (int i = 0; i < active.size(); i++) {
      Fault f = active.get(i);
      if (local < f.startMs() || !touches(f, b)) {
        continue;
      }
      boolean on = local < f.endMs();
      switch (f.kind()) {
        case CHIP_LOST -> {
          if (on) {
            lost[k * n + f.target() - firstChip] = true;
            takeDownPorts(k, f.target());
          }
        }
        case BOARD_LOST, CABINET_DARK, HOST_RESTART -> silent[k] |= on;
        case THERMAL_THROTTLE -> {
          if (on) {
            long ramp = Math.min(INTERFACE_FAILS_MS, local - f.startMs());
            interfaceRatio[f.target() - firstChip] +=
                (int) ((milli(f) - 1000) * ramp / INTERFACE_FAILS_MS);
          }
        }
        case COOLING_LOOP_DEGRADED -> warm(f, local);
        case LINK_DOWN -> {
          if (on) {
            takeDown(k, f.target());
            takeDown(k, layout.peerPort(f.target()));
          }
        }
        case LINK_DEGRADED -> {
          if (on) {
            corrupt(k, f.target(), milli(f));
            if (!f.oneWay()) {
              corrupt(k, layout.peerPort(f.target()), milli(f) * 6 / 10);
            }
          }
        }
        case LINK_NARROW -> {
          if (on) {
            narrow(k, f.target(), Math.round(f.magnitude()));
            narrow(k, layout.peerPort(f.target()), Math.round(f.magnitude()));
          }
        }
        case HBM_CORRECTABLE -> {
          if (on) {
            milliCorrected[k * n + f.target() - firstChip] += milli(f) * elapsed / 1000;
            marked[k] = true;
          }
        }
        case HBM_UNCORRECTABLE -> {
          if (on) {
            wrecked[k * n + f.target() - firstChip] = true;
            uncorrected[k * n + f.target() - firstChip] = 1;
            marked[k] = true;
          }
        }
        case CHIP_FAIL_SLOW -> {
          if (on) {
            vigour[f.target() - firstChip] = 1000 - (int) Math.round(f.magnitude());
          }
        }
        case LINK_FLAP -> {
          long down = milli(f);
          if (on && (local - f.startMs()) % (3 * down) < down) {
            takeDown(k, f.target());
            takeDown(k, layout.peerPort(f.target()));
          }
        }
        case SWITCH_FAULT, PLANE_FAULT -> {
          if (on) {
            for (LinkEffect e : effects[k]) {
              if (leadsTo(f, e.port)) {
                if (f.magnitude() == 0) {
                  e.takeDown();
                } else {
                  e.corrupt(milli(f));
                }
              }
            }
          }
        }
        case CONGESTION -> {
          if (on) {
            for (LinkEffect e : effects[k]) {
              if (leadsTo(f, e.port)) {
                e.congest(Math.round(f.magnitude()));
              }
            }
          }
        }
        case POWER_SAG -> {
          if (on) {
            feedClock = (int) Math.round(1000 / f.magnitude());
          }
        }
        case POD_CUT_OFF, SITE_CUT_OFF -> cut[k] |= on;
        case HANG, JOB_CRASH, JOB_SLOW, SILENT_DATA_CORRUPTION -> {
          // A job's fault strikes its workload; silent corruption shows nothing.
        }
      }
    }
  }

  private static long milli(Fault f) {
    return Math.round(f.magnitude() * 1000);
  }

  /** Warms the coolant quickly at first and then ever more slowly, the rear slots first. */
  private void warm(Fault f, long local) {
    int classes = coolantRise.length;
    for (int c = 0; c < classes; c++) {
      int later = classes == 1 ? 0 : FRONT_LATER_MS * (classes - 1 - c) / (classes - 1);
      long up = eased(Math.min(local, f.endMs()) - f.startMs() - later);
      long down = f.endMs() == Long.MAX_VALUE ? 0 : eased(local - f.endMs() - later);
      coolantRise[c] += (int) (milli(f) * up / 1000 * (1000 - down) / 1000);
    }
  }

  /** 0 to 1000 thousandths over the time in which a loop warms. */
  private static long eased(long sinceMs) {
    long left = 1000 - Math.max(0, Math.min(LOOP_WARMS_MS, sinceMs)) * 1000 / LOOP_WARMS_MS;
    return 1000 - left * left / 1000;
  }

  private void takeDownPorts(int k, int chipIndex) {
    for (int p = 0; p < layout.portsPerChip(); p++) {
      int port = layout.portIndex(chipIndex, p);
      takeDown(k, port);
      takeDown(k, layout.peerPort(port));
    }
  }

  private void takeDown(int k, int port) {
    LinkEffect e = port == PodLayout.NO_PORT ? null : existingEffect(k, port);
    if (e != null) {
      e.takeDown();
    }
  }

  private void corrupt(int k, int port, long milliErrorsPerSecond) {
    LinkEffect e = port == PodLayout.NO_PORT ? null : existingEffect(k, port);
    if (e != null) {
      e.corrupt(milliErrorsPerSecond);
    }
  }

  private void narrow(int k, int port, long permille) {
    LinkEffect e = port == PodLayout.NO_PORT ? null : existingEffect(k, port);
    if (e != null) {
      e.narrow(permille);
    }
  }

  private void restart(int k, long local) {
    agentStart[k] = local + skewMs[k];
    sequence[k] = 0;
    fabricBase[k] = fabricMicros[k];
    int n = layout.chipsPerBoard();
    Arrays.fill(milliCorrected, k * n, (k + 1) * n, 0);
    Arrays.fill(uncorrected, k * n, (k + 1) * n, (byte) 0);
    for (LinkEffect e : effects[k]) {
      e.reset();
    }
  }

  private int powerOf(int c, int load) {
    long range = (long) (chip.maxPower() - chip.idlePower()) * load / 1000;
    return (int) ((chip.idlePower() + range) * powerSpread[c] / 1000);
  }

  /** Temperature that a chip comes to at its present power. */
  private int settled(int c, int position, int inlet, int ratio) {
    long rise = (long) riseAtMaxPower[position] * power[c] / chip.maxPower();
    return inlet + (int) (rise * resistance[c] / 1000 * ratio / 1000);
  }

  private int coolant(int cabinet, long timeMs) {
    return loopCoolant[layout.coolingLoopOfCabinet(cabinet)] + diurnal(timeMs);
  }

  /** A parabola up by day and one down by night: near a sine, but in integers. */
  private static int diurnal(long timeMs) {
    long inDay = Math.floorMod(timeMs - 21_600_000L, DAY_MS);
    long half = DAY_MS / 2;
    long x = inDay % half;
    long height = 4 * x / 1000 * ((half - x) / 1000) * DIURNAL / ((half / 1000) * (half / 1000));
    return (int) (inDay < half ? height : -height);
  }

  /** Time of a board's sample in this step, by a perfect clock. */
  long sampleMs(int b) {
    return localMs[rankOf[b]];
  }

  int phaseMs(int b) {
    return phaseMs[rankOf[b]];
  }

  /** Random bits that decide how the present report of a board is delivered. */
  private long delivery(int b, int what) {
    return Draw.bits(deliveryStream[what], ((long) b << 40) | beat);
  }

  boolean missing(int b) {
    return Draw.happens(missingThreshold, delivery(b, 0));
  }

  boolean duplicate(int b) {
    return Draw.happens(duplicateThreshold, delivery(b, 1));
  }

  int lateMs(int b) {
    return Draw.happens(lateThreshold, delivery(b, 2))
        ? 1 + Draw.below(noise.lateByMs(), delivery(b, 3))
        : 0;
  }

  /** Writes the present report of a board, which takes the next sequence number. */
  boolean fill(int b, Report r) {
    int k = rankOf[b];
    if (silent[k]) {
      return false;
    }
    if (cut[k]) {
      sequence[k]++;
      return false;
    }
    r.clear();
    r.pod = layout.pod();
    r.cabinet = layout.cabinetOfBoard(b);
    r.board = b % layout.boardsPerCabinet();
    r.agentStartMs = agentStart[k];
    r.sequence = sequence[k];
    sequence[k]++;
    r.timeMs = localMs[k] + skewMs[k];
    boolean links = layout.portsPerChip() > 0 && (beat + b) % linksEvery == 0;
    fillChips(r, b, k);
    if (links) {
      fillLinks(r, b, k);
    }
    return true;
  }

  private void fillChips(Report r, int b, int k) {
    int n = layout.chipsPerBoard();
    long sinceStart = localMs[k] - agentStart[k];
    boolean runs = loaded[k];
    Workload w = job[b];
    long steps = runs && w != null ? w.steps(progress[k]) : -1;
    int busyShare = Math.min(1000, utilization[k]);
    for (int position = 0; position < n; position++) {
      int s = k * n + position;
      if (lost[s]) {
        continue;
      }
      int c = layout.chipIndex(b, position);
      int i = r.reserveChip();
      long bits = Draw.bits(readingStream, ((long) c << 32) ^ beat);
      long memoryBits = Draw.bits(memoryStream, c);
      boolean hot = clock[s] < 1000;
      int watts = power[s];
      r.chip[i] = position;
      r.health[i] = hot ? Report.HEALTH_WARNING : Report.HEALTH_OK;
      r.errorCode[i] = Report.ABSENT_LONG;
      r.temperature[i] = (temperature[s] + Draw.bell(300, bits)) / 100;
      int busy = watts * 1000 / chip.maxPower();
      r.hbmTemperature[i] = (temperature[s] + 3_000 + 5 * busy + Draw.bell(1500, memoryBits)) / 100;
      r.power[i] = watts + (int) (watts * (long) Draw.bell(8, bits * 31) / 1000);
      r.utilization[i] = busyShare;
      r.tensorActivity[i] = tensor[k];
      r.clock[i] = chip.clock() * (runs ? clock[s] : IDLE_CLOCK) / 1000;
      int used = runs ? 840 + Draw.below(80, memoryBits) : 6;
      r.hbmUsed[i] =
          chip.memory() == Report.ABSENT
              ? Report.ABSENT
              : (int) ((long) chip.memory() * used / 1000);
      r.throttleReasons[i] = hot ? Report.THROTTLE_THERMAL : 0;
      r.eccCorrected[i] = background(sinceStart, Draw.bits(eccStream, c), 200, 14_400_000);
      r.eccUncorrected[i] = 0;
      r.steps[i] = steps >= 0 ? steps : Report.ABSENT_LONG;
      if (touched[k]) {
        ail(r, i, s);
      }
      if (blankThreshold > 0) {
        long blank = Draw.bits(blankStream, ((long) c << 32) ^ beat);
        if (Draw.happens(blankThreshold, blank)) {
          blank(r, i, (int) (blank & 0xFF) % 5);
        }
      }
    }
  }

  /** What faults do to the readings of a chip. */
  private void ail(Report r, int i, int s) {
    int work = 1000 + slowedTensor[s];
    r.tensorActivity[i] = r.tensorActivity[i] * work / 1000;
    r.eccCorrected[i] += milliCorrected[s] / 1000;
    r.eccUncorrected[i] += uncorrected[s];
    if (wrecked[s]) {
      r.health[i] = Report.HEALTH_FATAL;
      r.errorCode[i] = DOUBLE_BIT_ERROR;
      r.utilization[i] = 0;
    } else if (feedClocks[s / layout.chipsPerBoard()] < 1000) {
      r.clock[i] = r.clock[i] * feedClocks[s / layout.chipsPerBoard()] / 1000;
      r.throttleReasons[i] |= Report.THROTTLE_POWER;
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

  private void fillLinks(Report r, int b, int k) {
    int ports = layout.portsPerChip();
    int first = layout.portIndex(layout.chipIndex(b, 0), 0);
    for (int j = 0; j < trafficSpread.length; j++) {
      trafficSpread[j] = spread(first + j);
    }
    long sinceStart = localMs[k] - agentStart[k];
    long busyOfHealthy = Math.max(0, fabricMicros[k] - fabricBase[k]);
    for (int p = 0; p < ports; p++) {
      sentAtFullSpeed[p] = bytes(busyOfHealthy, p);
    }
    boolean struck = effects[k].length > 0;
    for (int j = 0; j < trafficSpread.length; j++) {
      int position = j / ports;
      if (lost[k * layout.chipsPerBoard() + position]) {
        continue;
      }
      int p = j - position * ports;
      int port = first + j;
      int i = r.reserveLink();
      LinkEffect e = struck ? existingEffect(k, port) : null;
      boolean down = e != null && e.down();
      long lostMicros = e == null ? 0 : e.lostMicros();
      long busy = e == null ? busyOfHealthy : Math.max(0, busyOfHealthy - lostMicros);
      long bytes = e == null ? sentAtFullSpeed[p] : bytes(busy, p);
      long errors =
          background(sinceStart, Draw.bits(crcStream, port), 300, 3_600_000)
              + (e == null ? 0 : e.errors());
      int peer = peerOnBoard[j];
      r.linkChip[i] = position;
      r.linkPort[i] = p;
      r.linkState[i] = down ? Report.LINK_DOWN : Report.LINK_UP;
      int megabits = chip.portMegabits();
      megabits = e == null ? megabits : (int) ((long) megabits * e.width() / 1000);
      r.linkRate[i] = down ? Report.ABSENT : megabits;
      r.txBytes[i] = bytes * trafficSpread[j];
      r.rxBytes[i] = bytes * (peer == PodLayout.NO_PORT ? spread(~port) : trafficSpread[peer]);
      r.crcErrors[i] = errors;
      r.retries[i] = errors;
      r.recoveries[i] = e == null ? 0 : e.recoveries();
      r.waitMicros[i] = busy / 50 + lostMicros + (e == null ? 0 : e.congestedMicros());
    }
  }

  /** Bytes that go one way through a port of a chip in a busy time, in thousandths of all. */
  private long bytes(long busyMicros, int p) {
    return busyMicros * chip.trafficMegabits() / 8 / 1000 * groupShare[p] / 1000;
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
