package io.isotherm.core;

import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.core.IncidentEvent.Evidence;
import java.util.List;

/** The sentences of an incident: what is wrong, and what to do next. */
final class Advice {
  private Advice() {}

  /**
   * What is wrong, in one sentence.
   *
   * @param evidence the findings that the incident rests on, the root cause's first
   * @param jobs whose work it hits
   */
  static String summary(
      IncidentKind kind, String path, int chips, List<Evidence> evidence, List<AffectedJob> jobs) {
    String what = evidence.isEmpty() ? path : sentence(kind, path, evidence.get(0));
    Long code = ErrorCodes.among(evidence);
    return what
        + (code == null ? "" : ", error code " + code)
        + "; %d %s affected%s.".formatted(chips, chips == 1 ? "chip" : "chips", ofJobs(jobs));
  }

  private static String ofJobs(List<AffectedJob> jobs) {
    List<AffectedJob> now = jobs.stream().filter(j -> j.boards() > 0).toList();
    if (now.isEmpty()) {
      return "";
    }
    int others = now.size() - 1;
    return ", of job "
        + now.get(0).job()
        + (others == 0 ? "" : " and %d other %s".formatted(others, others == 1 ? "job" : "jobs"));
  }

  private static String sentence(IncidentKind kind, String path, Evidence e) {
    long value = e.value();
    long expected = e.expected();
    return switch (kind) {
      case POD_SILENT ->
          "Pod %s is silent: %d of its %d boards do not report".formatted(path, value, expected);
      case CABINET_SILENT ->
          "Cabinet %s is silent: %d of its %d boards do not report"
              .formatted(path, value, expected);
      case BOARD_SILENT ->
          e.unit().equals("chips")
              ? "Board %s reports, but without %d of its %d chips".formatted(path, value, expected)
              : "Board %s is silent: its agent does not report".formatted(path);
      case BOARD_CLOCK ->
          e.unit().equals("s")
              ? "Board %s reports with a clock that is ahead, by about %d s".formatted(path, value)
              : "Board %s reports with a clock so wrong that its reports fit no window"
                  .formatted(path);
      case CHIP_SILENT ->
          "Chip %s has been missing from its board's reports for %d %s"
              .formatted(path, value, value == 1 ? "window" : "windows");
      case CHIP_FATAL -> "Chip %s is broken by its exporter's own word".formatted(path);
      case CHIP_HOT ->
          "Chip %s is too hot: %s °C, the limit here is %s °C"
              .formatted(path, tenths(value), tenths(expected));
      case CABINET_HOT ->
          e.finding().equals("cabinet_at_limit")
              ? "The chips of cabinet %s are hot together: %d of %d are at their limit or nearly"
                  .formatted(path, value, expected)
              : "The chips of cabinet %s are hot together: their median is %s °C above their peers"
                  .formatted(path, tenths(value));
      case COOLING_LOOP_HOT ->
          "%d of the %d cabinets of cooling loop %s are hot together"
              .formatted(value, expected, path);
      case LINK_DOWN -> "Link %s is down although both of its ends live".formatted(path);
      case LINK_DEGRADED ->
          "Link %s has %d errors/s, the limit is %d errors/s".formatted(path, value, expected);
      case CHIP_SLOW ->
          e.finding().equals("chip_clock")
              ? "Chip %s is slow: its clock is held at %d MHz, its peers in the job run at %d MHz"
                  .formatted(path, value, expected)
              : "Chip %s is slow: its power is %s W, its peers in the job draw %s W"
                  .formatted(path, tenths(value), tenths(expected));
      case HBM_CORRECTABLE ->
          "The memory of chip %s corrected %d errors, the limit is %d"
              .formatted(path, value, expected);
      case HBM_UNCORRECTABLE ->
          "The memory of chip %s had %d errors that could not be corrected".formatted(path, value);
      case CHIP_LINKS -> "%d of the %d links of chip %s are sick".formatted(value, expected, path);
      case LINK_FLAP ->
          "Link %s flaps: it went down %d times, the limit is %d".formatted(path, value, expected);
      case LINK_NARROW ->
          "Link %s runs at %d Mb/s instead of %d Mb/s".formatted(path, value, expected);
      case SWITCH_FAULT ->
          "%d of the %d links of switch %s are sick".formatted(value, expected, path);
      case PLANE_FAULT ->
          "%d of the %d switches of %s have sick links".formatted(value, expected, path);
      case CONGESTION ->
          "Data waits at %s: %s %% of the time, the limit is %s %%"
              .formatted(path, tenths(value), tenths(expected));
      case POWER_SAG ->
          "The clocks of the chips of power feed %s fell to %s %% of their peers'"
              .formatted(path, tenths(value));
      case JOB_HANG -> "Job %s stands still".formatted(path);
      case JOB_CRASHED -> "Job %s has ended although it should run".formatted(path);
      case JOB_SLOW ->
          "Job %s is slow everywhere: its chips compute %s %% of their time, they did %s %%"
              .formatted(path, tenths(value), tenths(expected));
      case HOST_RESTART -> "The host of board %s started anew".formatted(path);
      case SITE_FAULT ->
          "The same is wrong in %d of %d pods of the %s at once: %s"
              .formatted(value, expected, path, e.finding().replace('_', ' '));
    };
  }

  private static String tenths(long value) {
    return (value < 0 ? "-" : "") + Math.abs(value) / 10 + "." + Math.abs(value) % 10;
  }

  static String nextStep(IncidentKind kind) {
    return switch (kind) {
      case POD_SILENT ->
          "Check the pod's uplink and power, then whether its agents can reach Kafka.";
      case CABINET_SILENT ->
          "Check the cabinet's power and management switch; its jobs need other boards until then.";
      case BOARD_SILENT ->
          "Drain the board, check its host through the management controller, restart the agent.";
      case BOARD_CLOCK -> "Check time synchronisation (chrony or PTP) on the board's host.";
      case CHIP_SILENT ->
          "Drain the board; look for a fatal code in the driver's log; reset or replace the chip.";
      case CHIP_FATAL -> "Drain the board and look the error code up; reset or replace the chip.";
      case CHIP_HOT ->
          "Check the chip's cold plate and thermal interface; drain it if it stays hot.";
      case CABINET_HOT ->
          "Check coolant flow and inlet temperature of the cabinet before its chips slow down.";
      case COOLING_LOOP_HOT ->
          "Check the pump, flow and inlet temperature of the cooling loop at once.";
      case LINK_DOWN -> "Reseat or replace the cable or module; check the port on the other end.";
      case LINK_DEGRADED ->
          "Clean and reseat the connector; replace the cable or module if errors go on.";
      case CHIP_SLOW ->
          "Drain the board; check the chip's clocks, power limit and memory's heat; run a compute test.";
      case HBM_CORRECTABLE ->
          "Watch the chip; drain it and remap its memory rows before an error cannot be corrected.";
      case HBM_UNCORRECTABLE ->
          "Restart the job from its checkpoint on another board; reset or replace the chip.";
      case CHIP_LINKS -> "Drain the board; reset or replace the chip, not its cables.";
      case LINK_FLAP -> "Take the link out of service; replace the cable or module.";
      case LINK_NARROW -> "Reseat the module so that the link trains with all its lanes.";
      case SWITCH_FAULT -> "Drain the switch, look at its log, restart or replace it.";
      case PLANE_FAULT -> "Check what these switches share: software, power, routing.";
      case CONGESTION -> "Look which jobs share this part of the fabric; move or pace one of them.";
      case POWER_SAG -> "Check the power feed and its cap before its breakers open.";
      case JOB_HANG ->
          "Take stack traces of its members, the one that differs is the cause; then restart it.";
      case JOB_CRASHED -> "Look at the job's log and at what broke just before; restart it.";
      case JOB_SLOW ->
          "Compare the job's code, data, settings and power cap with the last good run; none of its"
              + " chips has fallen behind the others of its pod.";
      case HOST_RESTART -> "Look why the host restarted; its jobs lost what was not saved.";
      case SITE_FAULT -> "Check power, cooling and network of the site, then the pipeline itself.";
    };
  }
}
