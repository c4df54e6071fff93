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
  LINK_DEGRADED(Target.LINK, "errors_per_second", 0, 1e6, 500);

  /** What kind of place a fault strikes. */
  enum Target {
    CHIP,
    BOARD,
    CABINET,
    COOLING_LOOP,
    LINK
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
