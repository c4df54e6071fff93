package io.isotherm.emulator;

import java.util.Arrays;

/**
 * What a job does at a time, as shares of activities.
 *
 * <p>A training job repeats the same cycle: steps of data stall, compute, wait for the slowest
 * pipeline stage, all-reduce; then a checkpoint. How long each activity has taken up to a point of
 * the job's progress is plain arithmetic, so a sample sees the true shares of its interval however
 * long that is, and nothing has to be remembered.
 */
final class Workload {
  static final int STALL = 0;
  static final int COMPUTE = 1;
  static final int WAIT = 2;
  static final int ALL_REDUCE = 3;
  static final int CHECKPOINT = 4;
  static final int START = 5;
  static final int STOP = 6;
  static final int SERVE = 7;
  static final int ACTIVITIES = 8;

  /** Share of the dynamic power (maximum less idle) that each activity draws, in thousandths. */
  static final int[] POWER = {150, 930, 480, 600, 200, 250, 80, 620};

  /** Utilization that an exporter shows during each activity, in thousandths. */
  static final int[] UTILIZATION = {60, 1000, 1000, 1000, 30, 150, 20, 820};

  /** Activity of the matrix units, in thousandths. */
  static final int[] TENSOR = {0, 640, 0, 60, 0, 20, 0, 240};

  /** Share of the fabric's speed that each activity uses, in thousandths. */
  static final int[] FABRIC = {10, 120, 5, 900, 40, 20, 0, 180};

  private static final int START_MS = 15_000;
  private static final int STOP_MS = 5_000;

  /** Slowest that the slowest member makes a synchronous job, in thousandths. */
  private static final int LEAST_PACE = 200;

  private final JobSpec spec;
  private final long fromMs;
  private final long untilMs;
  private final long stepMicros;
  private final long stallEnd;
  private final long computeEnd;
  private final long lastComputeEnd;
  private final long allReduceBegin;
  private final long cycleMicros;

  private long progressMicros;
  private int pace = 1000;
  private int slowestClock = 1000;

  /** By how much the job is slower than its members, in thousandths, and from when until when. */
  private int slower;

  private long slowFromMs = Long.MAX_VALUE;
  private long slowUntilMs = Long.MAX_VALUE;

  /** What keeps the job from working, and from when until when. */
  private boolean crash;

  private long brokenFromMs = Long.MAX_VALUE;
  private long brokenUntilMs = Long.MAX_VALUE;

  Workload(JobSpec spec, long runStartMs) {
    this.spec = spec;
    this.fromMs = runStartMs + spec.fromMs();
    this.untilMs = spec.untilMs() == Long.MAX_VALUE ? Long.MAX_VALUE : runStartMs + spec.untilMs();
    this.stepMicros = spec.stepMs() * 1000L;
    this.stallEnd = stepMicros * 40 / 1000;
    this.allReduceBegin = stepMicros * 820 / 1000;
    this.lastComputeEnd = allReduceBegin;
    long compute = allReduceBegin - stallEnd;
    this.computeEnd =
        spec.stages() == 1
            ? allReduceBegin
            : stallEnd + compute * 1000 / Math.round(spec.lastStageSlower() * 1000);
    this.cycleMicros = stepMicros * spec.checkpointEvery() + spec.checkpointMs() * 1000L;
    // A job that is under way already is so for some time.
    this.progressMicros = spec.fromMs() == 0 ? 10 * cycleMicros + cycleMicros * 2 / 5 : 0;
  }

  JobSpec spec() {
    return spec;
  }

  long fromMs() {
    return fromMs;
  }

  long untilMs() {
    return untilMs;
  }

  /** Whether the job runs at an instant. */
  boolean runs(long timeMs) {
    return timeMs >= fromMs && timeMs < untilMs && !(crash && broken(timeMs));
  }

  /** Whether the job's members wait for each other at an instant, for nothing. */
  boolean hangs(long timeMs) {
    return !crash && broken(timeMs);
  }

  private boolean broken(long timeMs) {
    return timeMs >= brokenFromMs && timeMs < brokenUntilMs;
  }

  /**
   * Breaks the job; a later fault takes the place of one that is over. The schedule sees to it that
   * two of one job do not overlap.
   */
  void strike(Fault f) {
    if (f.kind() == FaultKind.JOB_SLOW) {
      slower = (int) Math.round(f.magnitude());
      slowFromMs = f.startMs();
      slowUntilMs = f.endMs();
      return;
    }
    crash = f.kind() == FaultKind.JOB_CRASH;
    brokenFromMs = f.startMs();
    brokenUntilMs = f.endMs();
  }

  /** Moves the progress on from one instant to the next. */
  void advance(long lastMs, long timeMs) {
    long begin = spec.fromMs() == 0 ? fromMs : fromMs + START_MS;
    long from = Math.max(lastMs, begin);
    long until = Math.min(timeMs, untilMs);
    if (until > from && !broken(timeMs)) {
      progressMicros += (until - from) * pace;
    }
    pace = spec.kind() == JobSpec.Kind.TRAINING ? Math.max(LEAST_PACE, slowestClock) : 1000;
    if (spec.kind() == JobSpec.Kind.TRAINING && timeMs >= slowFromMs && timeMs < slowUntilMs) {
      pace = pace * (1000 - slower) / 1000;
    }
    slowestClock = 1000;
  }

  /** Speed of the job against its health, in thousandths: at most that of its slowest member. */
  int pace() {
    return pace;
  }

  /** Tells that a member runs at a clock, in thousandths of the full clock. */
  void memberClock(int clock) {
    slowestClock = Math.min(slowestClock, clock);
  }

  /** Progress, in microseconds of full speed, so long after the last {@link #advance}. */
  long progressMicros(int afterMs) {
    return progressMicros + (long) afterMs * pace;
  }

  /** Steps that are finished at a progress; -1 if the job has none. */
  long steps(long progress) {
    return spec.kind() == JobSpec.Kind.TRAINING ? stepsDone(progress) : -1;
  }

  private long stepsDone(long progress) {
    long inCycle = progress % cycleMicros;
    return progress / cycleMicros * spec.checkpointEvery()
        + Math.min(spec.checkpointEvery(), inCycle / stepMicros);
  }

  /** How far into its step a job is at a progress; 0 at a checkpoint. */
  private long inStep(long progress) {
    long inCycle = progress % cycleMicros;
    long done = inCycle / stepMicros;
    return done >= spec.checkpointEvery() ? 0 : inCycle - done * stepMicros;
  }

  /**
   * Writes the share of each activity between two points of progress, in thousandths.
   *
   * @param last whether this is the last pipeline stage
   * @param timeMs event time at the end, which decides on start and stop
   */
  void shares(long from, long to, boolean last, long timeMs, int[] shares) {
    Arrays.fill(shares, 0);
    if (spec.fromMs() > 0 && timeMs < fromMs + START_MS) {
      shares[START] = 1000;
    } else if (untilMs != Long.MAX_VALUE && timeMs >= untilMs - STOP_MS) {
      shares[STOP] = 1000;
    } else if (spec.kind() == JobSpec.Kind.INFERENCE) {
      shares[SERVE] = 1000;
    } else if (to <= from) {
      shares[WAIT] = 1000;
    } else {
      long mine = last ? lastComputeEnd : computeEnd;
      long all = to - from;
      long steps = stepsDone(to) - stepsDone(from);
      long fromIn = inStep(from);
      long toIn = inStep(to);
      int stall = share(0, stallEnd, steps, fromIn, toIn, all);
      int compute = share(stallEnd, mine, steps, fromIn, toIn, all);
      int wait = share(mine, allReduceBegin, steps, fromIn, toIn, all);
      int reduce = share(allReduceBegin, stepMicros, steps, fromIn, toIn, all);
      shares[STALL] = stall;
      shares[COMPUTE] = compute;
      shares[WAIT] = wait;
      shares[ALL_REDUCE] = reduce;
      shares[CHECKPOINT] = Math.max(0, 1000 - stall - compute - wait - reduce);
      if (spec.checkpointMs() == 0) {
        shares[COMPUTE] += shares[CHECKPOINT];
        shares[CHECKPOINT] = 0;
      }
    }
  }

  /**
   * Share of a part of the step in some progress, in thousandths.
   *
   * @param steps by how many finished steps more there are at the end
   * @param fromIn how far into its step the job is at the beginning
   * @param toIn how far at the end
   */
  private static int share(long begin, long end, long steps, long fromIn, long toIn, long all) {
    long spent =
        steps * (end - begin)
            + (Math.min(end, toIn) - Math.min(begin, toIn))
            - (Math.min(end, fromIn) - Math.min(begin, fromIn));
    return (int) (spent * 1000 / all);
  }

  /** Dynamic power in thousandths that the job draws on average. */
  int meanPower(boolean last) {
    int[] shares = new int[ACTIVITIES];
    shares(0, cycleMicros, last, fromMs + START_MS, shares);
    return weigh(shares, POWER);
  }

  /** Mean of what the activities do, by their shares, in thousandths. */
  static int weigh(int[] shares, int[] weights) {
    int sum = 0;
    for (int i = 0; i < ACTIVITIES; i++) {
      sum += shares[i] * weights[i];
    }
    return sum / 1000;
  }
}
