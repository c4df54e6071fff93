package io.isotherm.emulator;

import org.jspecify.annotations.Nullable;

/** What the emulator can break. Each kind changes a cause; the symptoms follow from the physics. */
public enum FaultKind {
  /** A chip is gone: its samples stop, and the mesh links of its neighbours go down. */
  CHIP_LOST(Target.CHIP, null, 0, 0, 0),
  /** A board has no power: its agent is silent, its links vanish with it. */
  BOARD_LOST(Target.BOARD, null, 0, 0, 0),
  /** A cabinet has no power: all its agents are silent. */
  CABINET_DARK(Target.CABINET, null, 0, 0, 0),
  /** A chip's thermal interface conducts worse by the magnitude, as a ratio to its health. */
  THERMAL_THROTTLE(Target.CHIP, "thermal_resistance_ratio", 1, 10, 3.5),
  /** The coolant of a loop becomes warmer by the magnitude in degrees Celsius within a minute. */
  COOLING_LOOP_DEGRADED(Target.COOLING_LOOP, "celsius", 0, 60, 14),
  /** A link carries nothing; both ends of a mesh link, the chip's end of a switch link. */
  LINK_DOWN(Target.LINK, null, 0, 0, 0),
  /** A link corrupts frames at the magnitude in errors per second, and so carries less. */
  LINK_DEGRADED(Target.LINK, "errors_per_second", 0, 1e6, 500),
  /** A link trains to the magnitude of its lanes, in thousandths, and so carries less. */
  LINK_NARROW(Target.LINK, "permille", 50, 990, 500),
  /** A chip's memory corrects the magnitude in errors per second more than in health. */
  HBM_CORRECTABLE(Target.CHIP, "errors_per_second", 0, 1e6, 5),
  /** A chip's memory had an error that could not be corrected: it does no more work. */
  HBM_UNCORRECTABLE(Target.CHIP, null, 0, 0, 0),
  /**
   * A chip computes more slowly by the magnitude, in thousandths: as busy as before, with less
   * tensor activity and power. A synchronous job waits for it, for the part of a step that is
   * computing.
   */
  CHIP_FAIL_SLOW(Target.CHIP, "permille", 0, 900, 250),
  /** A link goes down for the magnitude in seconds, comes up for twice as long, and so on. */
  LINK_FLAP(Target.LINK, "seconds_down", 1, 600, 30),
  /**
   * All links of a switch corrupt frames at the magnitude in errors per second; at 0 they are down.
   */
  SWITCH_FAULT(Target.SWITCH, "errors_per_second", 0, 1e6, 0),
  /** The same for all links of a plane. */
  PLANE_FAULT(Target.PLANE, "errors_per_second", 0, 1e6, 0),
  /** Data waits for a switch for the magnitude in thousandths of the time, without errors. */
  CONGESTION(Target.SWITCH, "permille", 0, 1000, 600),
  /** The chips of a power feed hold their clocks down to one part in the magnitude. */
  POWER_SAG(Target.POWER_FEED, "slowdown_ratio", 1, 20, 4.5),
  /** A host starts anew: its board is silent until the end, then its counters begin at zero. */
  HOST_RESTART(Target.BOARD, null, 0, 0, 0),
  /** No report of a pod arrives, although its hosts go on. */
  POD_CUT_OFF(Target.POD, null, 0, 0, 0),
  /** A job's members wait for each other for ever: busy, without tensor work or traffic. */
  HANG(Target.JOB, null, 0, 0, 0),
  /** A job's processes are gone until they are started again: its chips are idle and empty. */
  JOB_CRASH(Target.JOB, null, 0, 0, 0),
  /**
   * Each step of a training job takes longer, so that it runs at less than its speed by the
   * magnitude in thousandths: its members wait for each other, and all hardware is well.
   */
  JOB_SLOW(Target.JOB, "permille", 0, 900, 250),
  /**
   * No report of a share of the pods, the first by name, arrives, in thousandths of the pods: what
   * the agents of a site share is gone, such as the network to the broker.
   */
  SITE_CUT_OFF(Target.SITE, "permille", 1, 1000, 500),
  /** A chip computes wrong results, which no telemetry shows: nothing may be found. */
  SILENT_DATA_CORRUPTION(Target.CHIP, null, 0, 0, 0);

  /** What kind of place a fault strikes. */
  enum Target {
    CHIP,
    BOARD,
    CABINET,
    COOLING_LOOP,
    LINK,
    SWITCH,
    PLANE,
    POWER_FEED,
    POD,
    JOB,
    SITE
  }

  private final Target target;
  private final @Nullable String unit;
  private final double least;
  private final double most;
  private final double usual;

  FaultKind(Target target, @Nullable String unit, double least, double most, double usual) {
    this.target = target;
    this.unit = unit;
    this.least = least;
    this.most = most;
    this.usual = usual;
  }

  Target target() {
    return target;
  }

  /** Unit of the magnitude; null if the kind has no degree. */
  public @Nullable String unit() {
    return unit;
  }

  /** Least magnitude. */
  public double least() {
    return least;
  }

  /** Greatest magnitude. */
  public double most() {
    return most;
  }

  /** Magnitude of a fault that states none. */
  public double usual() {
    return usual;
  }
}
