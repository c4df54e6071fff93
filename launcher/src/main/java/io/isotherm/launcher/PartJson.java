package io.isotherm.launcher;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.PodHealth;
import io.isotherm.backtest.EventJson;
import io.isotherm.core.ChipState;
import io.isotherm.core.IncidentEvent;
import io.isotherm.export.HostNames;
import io.isotherm.model.Report;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What is known of a part, as JSON. Readings have the names and units of the schema {@code
 * BoardReport}; what is not known is left out.
 */
final class PartJson {
  private PartJson() {}

  static ObjectNode of(PartLook look) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("part", look.part().path());
    look.hosts().of(look.part().path()).ifPresent(host -> node.put("host", host));
    node.put("now_ms", look.nowMs());
    PodHealth health = look.health();
    if (health != null) {
      node.put("window_start_ms", health.getWindowStartMs());
      node.put("window_ms", health.getWindowMs());
    }
    states(look.whole(), node);
    ArrayNode work = node.putArray("work");
    for (PartLook.Work w : look.work()) {
      ObjectNode of = work.addObject();
      of.put("job", w.job());
      of.put("role", w.role());
      of.put("stage", w.stage());
      of.put("stages", w.stages());
      of.put("boards", w.boards());
      of.put("from_ms", w.fromMs());
      if (w.untilMs() != Long.MAX_VALUE) {
        of.put("until_ms", w.untilMs());
      }
      if (w.reason() != null) {
        of.put("reason", w.reason());
      }
    }
    ArrayNode incidents = node.putArray("incidents");
    for (IncidentEvent e : look.open()) {
      incidents.add(EventJson.of(e));
    }
    ArrayNode children = node.putArray("parts");
    for (PartLook.Child c : look.children()) {
      child(c, look.hosts(), children.addObject());
    }
    BoardReadings readings = look.readings();
    if (readings != null) {
      node.put("searched_ms", look.searched().toMillis());
      readings(look, readings, node);
    }
    return node;
  }

  /** Writes what is known of a part by its chips. */
  static void child(PartLook.Child c, HostNames hosts, ObjectNode into) {
    into.put("part", c.part().path());
    hosts.of(c.part().path()).ifPresent(host -> into.put("host", host));
    states(c, into);
    into.put("open_incidents", c.open());
  }

  /** Writes how many chips are in each state. */
  static void states(Map<ChipState, Integer> of, ObjectNode into) {
    ObjectNode states = into.putObject("chips_by_state");
    for (ChipState state : ChipState.values()) {
      states.put(EventJson.word(state), of.getOrDefault(state, 0));
    }
  }

  private static void states(PartLook.Child of, ObjectNode into) {
    states(of.states(), into);
    if (of.hottest() >= 0) {
      into.put("hottest_celsius", of.hottest());
    }
  }

  private static void readings(PartLook look, BoardReadings readings, ObjectNode node) {
    Part part = look.part();
    Report newest = readings.newest();
    if (newest != null) {
      node.put("report_time_ms", newest.timeMs);
      node.put("agent_start_ms", newest.agentStartMs);
    }
    ArrayNode chips = node.putArray("chips");
    Report r = readings.chips();
    for (int i = 0; r != null && i < r.chipCount; i++) {
      if (part.hasChip(r.chip[i])) {
        chip(look, r, i, chips.addObject());
      }
    }
    ArrayNode links = node.putArray("links");
    r = readings.links();
    for (int i = 0; r != null && i < r.linkCount; i++) {
      if (part.hasPort(r.linkChip[i], r.linkPort[i])) {
        link(part, readings, r, i, links.addObject());
      }
    }
  }

  private static void chip(PartLook look, Report r, int i, ObjectNode into) {
    into.put("chip", r.chip[i]);
    ChipState state = look.state(look.part().pod().chipIndex(look.part().firstBoard(), r.chip[i]));
    if (state != null) {
      into.put("state", EventJson.word(state));
    }
    switch (r.health[i]) {
      case Report.HEALTH_OK -> into.put("health", "ok");
      case Report.HEALTH_WARNING -> into.put("health", "warning");
      case Report.HEALTH_FATAL -> into.put("health", "fatal");
      default -> {}
    }
    put(into, "error_code", r.errorCode[i]);
    put(into, "temperature_decicelsius", r.temperature[i]);
    put(into, "hbm_temperature_decicelsius", r.hbmTemperature[i]);
    put(into, "power_deciwatts", r.power[i]);
    put(into, "utilization_permille", r.utilization[i]);
    put(into, "tensor_activity_permille", r.tensorActivity[i]);
    put(into, "clock_megahertz", r.clock[i]);
    put(into, "hbm_used_mebibytes", r.hbmUsed[i]);
    put(into, "throttle_reasons", r.throttleReasons[i]);
    put(into, "ecc_corrected", r.eccCorrected[i]);
    put(into, "ecc_uncorrected", r.eccUncorrected[i]);
    put(into, "steps", r.steps[i]);
  }

  private static void link(Part part, BoardReadings readings, Report r, int i, ObjectNode into) {
    into.put("chip", r.linkChip[i]);
    into.put("port", r.linkPort[i]);
    switch (r.linkState[i]) {
      case Report.LINK_UP -> into.put("state", "up");
      case Report.LINK_DOWN -> into.put("state", "down");
      default -> {}
    }
    put(into, "rate_megabits_per_second", r.linkRate[i]);
    put(into, "errors_per_second", readings.perSecond(i, BoardReadings::errors));
    put(into, "tx_bytes_per_second", readings.perSecond(i, (of, at) -> of.txBytes[at]));
    put(into, "rx_bytes_per_second", readings.perSecond(i, (of, at) -> of.rxBytes[at]));
    put(into, "wait_microseconds_per_second", readings.perSecond(i, (of, at) -> of.waitMicros[at]));
    into.put("to", PartText.farEnd(part, r.linkChip[i], r.linkPort[i]));
  }

  private static void put(ObjectNode into, String name, int value) {
    if (value != Report.ABSENT) {
      into.put(name, value);
    }
  }

  private static void put(ObjectNode into, String name, long value) {
    if (value != Report.ABSENT_LONG) {
      into.put(name, value);
    }
  }

  private static void put(ObjectNode into, String name, OptionalDouble value) {
    value.ifPresent(v -> into.put(name, v));
  }
}
