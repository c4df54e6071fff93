package io.isotherm.core;

import io.isotherm.core.IncidentEvent.Evidence;
import java.util.List;

/** The sentences of an incident: what is wrong, and what to do next. */
final class Advice {
  private Advice() {}

  static String summary(IncidentKind kind, String path, int chips, List<Evidence> evidence) {
    String what =
        switch (kind) {
          case POD_SILENT -> "Pod %s is silent: %s of its boards do not report";
          case CABINET_SILENT -> "Cabinet %s is silent: %s of its boards do not report";
          case BOARD_SILENT -> "Board %s does not report its chips (%s)";
          case BOARD_CLOCK -> "Board %s reports with a wrong clock: %s reports could not be placed";
          case CHIP_SILENT -> "Chip %s is missing from its board's reports (%s)";
          case CHIP_FATAL -> "Chip %s is broken by its exporter's own word";
          case CHIP_HOT -> "Chip %s is too hot: %s";
          case CABINET_HOT -> "The chips of cabinet %s are hot together: the median is %s";
          case COOLING_LOOP_HOT -> "The cabinets of cooling loop %s are hot together: %s";
          case LINK_DOWN -> "Link %s is down although both of its ends live";
          case LINK_DEGRADED -> "Link %s is up with too many errors: %s";
        };
    String value = evidence.isEmpty() ? "no reading" : value(evidence.get(0));
    return what.formatted(path, value)
        + "; %d %s affected.".formatted(chips, chips == 1 ? "chip" : "chips");
  }

  private static String value(Evidence e) {
    return switch (e.unit()) {
      case "decicelsius" ->
          "%s °C against %s °C".formatted(tenths(e.value()), tenths(e.expected()));
      case "errors_per_second" ->
          "%d errors/s against %d errors/s".formatted(e.value(), e.expected());
      case "windows" -> "for %d %s".formatted(e.value(), e.value() == 1 ? "window" : "windows");
      default -> "%d of %d".formatted(e.value(), e.expected());
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
    };
  }
}
