package io.isotherm.score;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.IncidentKind;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What a kind of fault must lead to.
 *
 * <p>The time that a fault must be there to be expected to be found is fixed here and not taken
 * from the detectors' settings, so that every setting is judged by the same faults.
 *
 * @param kinds kinds of incident that name it rightly
 * @param group which bars it is held to
 * @param visibleMs how long it must be there to be seen, in milliseconds
 */
public record Expectation(Set<IncidentKind> kinds, Group group, long visibleMs) {
  /** Which bars a fault is held to. */
  public enum Group {
    /** Something is gone or says itself that it is broken. */
    HARD,
    /** Something is worse than it should be. */
    SLOW,
    /** Nothing can be seen, and nothing may be raised. */
    CONTROL
  }

  private static final Map<FaultKind, Expectation> ALL = new EnumMap<>(FaultKind.class);

  static {
    for (FaultKind kind : FaultKind.values()) {
      ALL.put(kind, define(kind));
    }
  }

  /** What this kind of fault must lead to. */
  public static Expectation of(FaultKind kind) {
    return Objects.requireNonNull(ALL.get(kind));
  }

  private static Expectation define(FaultKind kind) {
    return switch (kind) {
      case CHIP_LOST -> hard(40, IncidentKind.CHIP_SILENT, IncidentKind.CHIP_FATAL);
      case BOARD_LOST -> hard(40, IncidentKind.BOARD_SILENT);
      case CABINET_DARK -> hard(40, IncidentKind.CABINET_SILENT);
      // Nothing but ticks says that time goes on, and they must wait for reports that are late.
      case POD_CUT_OFF -> hard(90, IncidentKind.POD_SILENT);
      case HBM_UNCORRECTABLE -> hard(40, IncidentKind.HBM_UNCORRECTABLE, IncidentKind.CHIP_FATAL);
      // Links are told of every tenth report.
      case LINK_DOWN -> hard(60, IncidentKind.LINK_DOWN);
      case SWITCH_FAULT -> hard(60, IncidentKind.SWITCH_FAULT);
      case PLANE_FAULT -> hard(60, IncidentKind.PLANE_FAULT);
      // Down at least 25 s three times, with times in between.
      case LINK_FLAP -> hard(240, IncidentKind.LINK_FLAP);
      case JOB_CRASH -> hard(60, IncidentKind.JOB_CRASHED);
      // While it is silent nobody can know that it will come back; told once, it is not told again.
      case HOST_RESTART -> hard(40, IncidentKind.HOST_RESTART, IncidentKind.BOARD_SILENT);
      case THERMAL_THROTTLE -> slow(90, IncidentKind.CHIP_HOT);
      case COOLING_LOOP_DEGRADED ->
          slow(180, IncidentKind.CABINET_HOT, IncidentKind.COOLING_LOOP_HOT);
      case CHIP_FAIL_SLOW -> slow(180, IncidentKind.CHIP_SLOW);
      case HBM_CORRECTABLE -> slow(180, IncidentKind.HBM_CORRECTABLE);
      case LINK_DEGRADED -> slow(60, IncidentKind.LINK_DEGRADED);
      case LINK_NARROW -> slow(60, IncidentKind.LINK_NARROW);
      case JOB_SLOW -> slow(180, IncidentKind.JOB_SLOW);
      // As a pod that is cut off, and then what the pods say must come together.
      case SITE_CUT_OFF -> hard(120, IncidentKind.SITE_FAULT);
      case CONGESTION -> slow(120, IncidentKind.CONGESTION);
      case HANG -> slow(120, IncidentKind.JOB_HANG);
      case POWER_SAG -> slow(90, IncidentKind.POWER_SAG);
      case SILENT_DATA_CORRUPTION, UNSPECIFIED -> new Expectation(Set.of(), Group.CONTROL, 0);
    };
  }

  private static Expectation hard(int seconds, IncidentKind... kinds) {
    return new Expectation(Set.of(kinds), Group.HARD, seconds * 1_000L);
  }

  private static Expectation slow(int seconds, IncidentKind... kinds) {
    return new Expectation(Set.of(kinds), Group.SLOW, seconds * 1_000L);
  }
}
