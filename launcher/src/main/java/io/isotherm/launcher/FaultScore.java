package io.isotherm.launcher;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.InjectedFault;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What was broken against what was found.
 *
 * <p>An incident belongs to a fault if its kind is one that the fault may lead to, its subject is
 * the fault's part, and it opened after the fault's start and no later than {@link #SLACK_MS} after
 * its end. The part of a cooling loop that cools one cabinet is that cabinet. An incident belongs
 * to one fault at most: of several, to the one that started last. A fault is found if exactly one
 * incident belongs to it.
 *
 * @param matches every fault in the order of start, with its incidents in the order of opening
 * @param unmatched incidents that belong to no fault
 */
record FaultScore(List<Match> matches, List<Incident> unmatched) {
  /** How long after a fault's end its incident may still open: windows, grace and persistence. */
  static final long SLACK_MS = 60_000;

  /** A fault and the incidents that belong to it. */
  record Match(InjectedFault fault, List<Incident> incidents) {
    /** Whether the fault led to exactly one incident. */
    boolean found() {
      return incidents.size() == 1;
    }

    /** Seconds of event time from the fault's start to the opening of its first incident. */
    double delaySeconds() {
      return (incidents.get(0).getOpenedMs() - fault.getStartMs()) / 1000.0;
    }
  }

  /** Whether every fault was found once and nothing else was. */
  boolean perfect() {
    return unmatched.isEmpty() && matches.stream().allMatch(Match::found);
  }

  /**
   * Matches faults and incidents.
   *
   * @param faults one record for each fault
   * @param incidents one record for each incident, whatever its revision
   * @param layouts the pods by name
   */
  static FaultScore of(
      Collection<InjectedFault> faults,
      Collection<Incident> incidents,
      Map<String, PodLayout> layouts) {
    List<InjectedFault> ordered = new ArrayList<>(faults);
    ordered.sort(FaultScore::byStart);
    List<Match> matches = new ArrayList<>();
    for (InjectedFault fault : ordered) {
      matches.add(new Match(fault, new ArrayList<>()));
    }
    List<Incident> byOpening = new ArrayList<>(incidents);
    byOpening.sort(FaultScore::byOpening);
    List<Incident> unmatched = new ArrayList<>();
    for (Incident incident : byOpening) {
      boolean taken = false;
      for (int i = matches.size() - 1; i >= 0 && !taken; i--) {
        if (belongs(incident, matches.get(i).fault(), layouts)) {
          matches.get(i).incidents().add(incident);
          taken = true;
        }
      }
      if (!taken) {
        unmatched.add(incident);
      }
    }
    return new FaultScore(List.copyOf(matches), List.copyOf(unmatched));
  }

  private static int byStart(InjectedFault a, InjectedFault b) {
    int order = Long.compare(a.getStartMs(), b.getStartMs());
    return order != 0 ? order : a.getId().compareTo(b.getId());
  }

  private static int byOpening(Incident a, Incident b) {
    int order = Long.compare(a.getOpenedMs(), b.getOpenedMs());
    return order != 0 ? order : a.getId().compareTo(b.getId());
  }

  private static boolean belongs(
      Incident incident, InjectedFault fault, Map<String, PodLayout> layouts) {
    Long end = fault.getEndMs();
    return kindsOf(fault.getKind()).contains(incident.getKind())
        && partsOf(fault, layouts).contains(incident.getSubject())
        && incident.getOpenedMs() >= fault.getStartMs()
        && (end == null || incident.getOpenedMs() <= end + SLACK_MS);
  }

  private static Set<IncidentKind> kindsOf(FaultKind kind) {
    return switch (kind) {
      case CHIP_LOST -> EnumSet.of(IncidentKind.CHIP_SILENT, IncidentKind.CHIP_FATAL);
      case BOARD_LOST -> EnumSet.of(IncidentKind.BOARD_SILENT);
      case CABINET_DARK -> EnumSet.of(IncidentKind.CABINET_SILENT);
      case THERMAL_THROTTLE -> EnumSet.of(IncidentKind.CHIP_HOT);
      case COOLING_LOOP_DEGRADED ->
          EnumSet.of(IncidentKind.CABINET_HOT, IncidentKind.COOLING_LOOP_HOT);
      case LINK_DOWN -> EnumSet.of(IncidentKind.LINK_DOWN);
      case LINK_DEGRADED -> EnumSet.of(IncidentKind.LINK_DEGRADED);
      case POD_CUT_OFF -> EnumSet.of(IncidentKind.POD_SILENT);
      case HBM_CORRECTABLE -> EnumSet.of(IncidentKind.HBM_CORRECTABLE);
      case HBM_UNCORRECTABLE -> EnumSet.of(IncidentKind.HBM_UNCORRECTABLE, IncidentKind.CHIP_FATAL);
      case CHIP_FAIL_SLOW -> EnumSet.of(IncidentKind.CHIP_SLOW);
      case LINK_FLAP -> EnumSet.of(IncidentKind.LINK_FLAP);
      case SWITCH_FAULT -> EnumSet.of(IncidentKind.SWITCH_FAULT);
      case PLANE_FAULT -> EnumSet.of(IncidentKind.PLANE_FAULT);
      case CONGESTION -> EnumSet.of(IncidentKind.CONGESTION);
      case HANG -> EnumSet.of(IncidentKind.JOB_HANG);
      case POWER_SAG -> EnumSet.of(IncidentKind.POWER_SAG);
      case HOST_RESTART -> EnumSet.of(IncidentKind.HOST_RESTART);
      case JOB_CRASH -> EnumSet.of(IncidentKind.JOB_CRASHED);
      case SILENT_DATA_CORRUPTION, UNSPECIFIED -> EnumSet.noneOf(IncidentKind.class);
    };
  }

  private static Set<String> partsOf(InjectedFault fault, Map<String, PodLayout> layouts) {
    Set<String> parts = new HashSet<>(Set.of(fault.getSubject()));
    PodLayout layout = layouts.get(fault.getPod());
    if (fault.getKind() == FaultKind.COOLING_LOOP_DEGRADED
        && layout != null
        && layout.cabinetsPerCoolingLoop() == 1) {
      for (int cabinet = 0; cabinet < layout.cabinets(); cabinet++) {
        String loop = layout.coolingLoopPath(layout.coolingLoopOfCabinet(cabinet));
        if (loop.equals(fault.getSubject())) {
          parts.add(layout.cabinetPath(cabinet));
        }
      }
    }
    return parts;
  }
}
