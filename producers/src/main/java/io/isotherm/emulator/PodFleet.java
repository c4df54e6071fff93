package io.isotherm.emulator;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The physics of one pod. Its faults are {@link PodFaults}', what its agents say {@link
 * PodAgents}'.
 *
 * <p>All arithmetic is on integers, so that every machine gives the same readings; state is {@link
 * PodParts a few primitive arrays}. Random numbers, names and wiring go by a part's number in the
 * pod.
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

  /** Lowest clock that throttling goes down to. */
  private static final int LEAST_CLOCK = 300;

  /** Cut of the clock for each degree over the limit in each second. */
  private static final int CUT_PER_DEGREE = 10;

  /** Cut of the clock for each degree that the chip warms. */
  private static final int CUT_PER_WARMING = 40;

  /** Most that the clock changes from one sample to the next. */
  private static final int MOST_CHANGE = 150;

  private static final long[] NO_TIMES = {};

  private final PodLayout layout;
  private final ChipPhysics chip;
  private final Ordinary ordinary;
  private final long imbalanceStream;

  /** Temperature at which a chip holds itself by its clock. */
  private final int throttleAt;

  /** For each chip position of a board. */
  private final int[] riseAtMaxPower;

  private final int[] loopCoolant;

  private final SamplingOrder order;
  private final PodParts parts;
  private final PodFaults faults;
  private final PodAgents agents;
  private final Delivery delivery;

  private final @Nullable Workload[] job;
  private final boolean[] lastStage;

  /** Of boards with maintenance: times of drain, start and end, one after the other. */
  private final long[][] upkeep;

  /** The manufacturing spread of each chip. */
  private final short[] resistance;

  private final short[] powerSpread;

  private final int[] shares = new int[Workload.ACTIVITIES];

  /** Power that the job asks of the board that is being stepped, as a share of a chip's range. */
  private int dynamic;

  /** The same if it did not wait for a slower member. */
  private int unpaced;

  /** Share of the time in which the board's links are busy. */
  private int fabric;

  /** Number of the step. */
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
    this.ordinary = ordinary;
    this.job = job;
    this.lastStage = lastStage;
    imbalanceStream = Draw.stream(seed, Streams.IMBALANCE);
    // Between the highest of normal operation and the one that a chip must not pass.
    throttleAt = (chip.maxOperating() + chip.slowdown()) / 2;

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
      loopCoolant[l] = COOLANT + Draw.bell(700, Draw.bits(seed, Streams.COOLANT, l));
    }

    int boards = layout.boards();
    int chips = layout.chips();
    order = new SamplingOrder(boards, intervalMs);
    parts = new PodParts(boards, chips);
    faults = new PodFaults(layout, order, intervalMs);
    agents = new PodAgents(layout, chip, seed, linksEvery, noise, order, parts, faults, job);
    delivery = new Delivery(seed, noise);
    upkeep = new long[boards][];
    Arrays.fill(upkeep, NO_TIMES);
    resistance = new short[chips];
    powerSpread = new short[chips];
    int n = layout.chipsPerBoard();
    for (int k = 0; k < boards; k++) {
      int b = order.boardAt(k);
      for (int i = 0; i < n; i++) {
        int c = layout.chipIndex(b, i);
        int s = k * n + i;
        resistance[s] = (short) (1000 + Draw.bell(110, Draw.bits(seed, Streams.RESISTANCE, c)));
        powerSpread[s] = (short) (1000 + Draw.bell(50, Draw.bits(seed, Streams.POWER, c)));
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
    for (int k = 0; k < layout.boards(); k++) {
      int b = order.boardAt(k);
      parts.localMs[k] = startMs + order.phaseMs(k);
      agents.start(k, startMs);
      Workload w = job[b];
      int load =
          w != null && w.runs(startMs) && w.spec().fromMs() == 0 ? w.meanPower(lastStage[b]) : 0;
      int coolant = coolant(layout.cabinetOfBoard(b), startMs);
      for (int i = 0; i < n; i++) {
        int s = k * n + i;
        parts.power[s] = powerOf(s, load);
        parts.temperature[s] = settled(s, i, coolant, 1000);
      }
      parts.progress[k] = w == null ? 0 : w.progressMicros(order.phaseMs(k));
    }
  }

  PodLayout layout() {
    return layout;
  }

  /** Makes a fault strike from its start to its end. */
  void add(Fault fault) {
    faults.add(fault);
  }

  /** Takes a board out of its job for maintenance. */
  void drain(int board, long drainMs, long fromMs, long untilMs) {
    int k = order.rankOf(board);
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

  /** Moves every board on to its own instant within the interval that begins at a time. */
  void step(long timeMs) {
    beat++;
    faults.forgetFinished(timeMs);
    for (int k = 0; k < layout.boards(); k++) {
      stepBoard(k, timeMs + order.phaseMs(k));
    }
  }

  private void stepBoard(int k, long local) {
    int b = order.boardAt(k);
    long elapsed = Math.max(0, local - parts.localMs[k]);
    parts.localMs[k] = local;
    Workload w = job[b];
    boolean runs = w != null && w.runs(local) && !drained(upkeep[k], local, false);
    demand(k, local, runs ? w : null);
    if (w != null) {
      parts.progress[k] = Math.max(parts.progress[k], w.progressMicros(order.phaseMs(k)));
    }

    boolean touched = faults.touches(k);
    if (touched) {
      faults.strike(k, local, elapsed);
    }
    boolean wasSilent = parts.silent[k];
    boolean silent = faults.silent(k) || drained(upkeep[k], local, true);
    parts.silent[k] = silent;
    long busy = silent ? 0 : elapsed * fabric;
    parts.fabricMicros[k] += busy;
    for (LinkEffect e : faults.effects(k)) {
      e.pass(elapsed, busy);
    }
    if (wasSilent && !silent) {
      agents.restart(k, local);
      faults.reset(k);
    }
    stepChips(k, local, elapsed, runs ? w : null);
  }

  /**
   * Finds what a board's job asks of it: of its chips, of its links, and what it shows as.
   *
   * @param w the job; null if none runs
   */
  private void demand(int k, long local, @Nullable Workload w) {
    dynamic = 0;
    unpaced = 0;
    fabric = 0;
    parts.utilization[k] = 0;
    parts.tensor[k] = 0;
    parts.loaded[k] = w != null;
    if (w == null) {
      return;
    }
    int b = order.boardAt(k);
    int waiting = Workload.POWER[Workload.WAIT];
    if (w.hangs(local)) {
      dynamic = waiting;
      unpaced = waiting;
      parts.utilization[k] = 990;
      return;
    }
    long to = w.progressMicros(order.phaseMs(k));
    w.shares(parts.progress[k], to, lastStage[b], local, shares);
    unpaced = Workload.weigh(shares, Workload.POWER);
    // While a slower member is waited for, a chip spins: busy, at the power of waiting.
    int pace = w.pace();
    dynamic = (unpaced * pace + waiting * (1000 - pace)) / 1000;
    parts.utilization[k] =
        (Workload.weigh(shares, Workload.UTILIZATION) * pace
                + Workload.UTILIZATION[Workload.WAIT] * (1000 - pace))
            / 1000;
    parts.tensor[k] = Workload.weigh(shares, Workload.TENSOR) * pace / 1000;
    fabric = Workload.weigh(shares, Workload.FABRIC) * pace / 1000;

    if (ordinary.imbalancePermille() > 0 && w.spec().kind() == JobSpec.Kind.TRAINING) {
      // Who has less to compute waits for the others.
      long bits =
          Draw.bits(imbalanceStream, (long) b << 40 ^ Math.floorDiv(local, ordinary.imbalanceMs()));
      int light = Draw.below(ordinary.imbalancePermille() + 1, bits);
      parts.tensor[k] = parts.tensor[k] * (1000 - light) / 1000;
      dynamic -= Math.max(0, dynamic - waiting) * light / 1000;
      unpaced -= Math.max(0, unpaced - waiting) * light / 1000;
    }
  }

  private void stepChips(int k, long local, long elapsed, @Nullable Workload w) {
    short[] clock = parts.clock;
    int[] temperature = parts.temperature;
    int n = layout.chipsPerBoard();
    int alpha = (int) ((elapsed << 16) / (THERMAL_LAG_MS + elapsed));
    int coolant = coolant(layout.cabinetOfBoard(order.boardAt(k)), local);
    boolean silent = parts.silent[k];
    boolean touched = faults.touches(k);
    for (int i = 0; i < n; i++) {
      int s = k * n + i;
      int load = clock[s] == 1000 ? dynamic : unpaced * clock[s] / 1000;
      boolean off = silent || faults.lost(s);
      int ratio = 1000;
      int inlet = coolant;
      if (touched) {
        load = faults.load(k, i, load);
        ratio = faults.interfaceRatio(i);
        inlet += faults.coolantRise(layout.slotClass(i));
        if (w != null && !off && !faults.wrecked(s)) {
          // Only computing takes longer, which is four fifths of a step.
          int work = faults.work(s);
          w.memberClock(1000 * work / (work + (1000 - work) * 4 / 5));
        }
      }
      parts.power[s] = off ? 0 : powerOf(s, load);
      int goal = settled(s, i, inlet, ratio);
      int warmed = (int) (((long) (goal - temperature[s]) * alpha) >> 16);
      temperature[s] += warmed;
      if (temperature[s] > throttleAt || clock[s] < 1000) {
        throttle(s, elapsed, warmed, off);
        if (w != null && !off) {
          w.memberClock(clock[s]);
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
  private void throttle(int s, long elapsed, int warmed, boolean off) {
    long over = (long) parts.temperature[s] - throttleAt;
    // Over long intervals temperature follows the clock at once, and the governor must be calm.
    long cut =
        over * CUT_PER_DEGREE * Math.min(elapsed, 1000) / 1000
            + (long) warmed * CUT_PER_WARMING * THERMAL_LAG_MS / (THERMAL_LAG_MS + elapsed);
    long next =
        parts.clock[s]
            - Math.max(-MOST_CHANGE, Math.min(MOST_CHANGE, Math.floorDiv(cut + 500, 1000)));
    parts.clock[s] = (short) (off ? 1000 : Math.max(LEAST_CLOCK, Math.min(1000, next)));
  }

  private int powerOf(int s, int load) {
    long range = (long) (chip.maxPower() - chip.idlePower()) * load / 1000;
    return (int) ((chip.idlePower() + range) * powerSpread[s] / 1000);
  }

  /** Temperature that a chip comes to at its present power. */
  private int settled(int s, int position, int inlet, int ratio) {
    long rise = (long) riseAtMaxPower[position] * parts.power[s] / chip.maxPower();
    return inlet + (int) (rise * resistance[s] / 1000 * ratio / 1000);
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
    return parts.localMs[order.rankOf(b)];
  }

  int phaseMs(int b) {
    return order.phaseMs(order.rankOf(b));
  }

  boolean missing(int b) {
    return delivery.missing(b, beat);
  }

  boolean duplicate(int b) {
    return delivery.duplicate(b, beat);
  }

  int lateMs(int b) {
    return delivery.lateMs(b, beat);
  }

  /** Writes the present report of a board, which takes the next sequence number. */
  boolean fill(int b, Report r) {
    return agents.fill(b, beat, r);
  }
}
