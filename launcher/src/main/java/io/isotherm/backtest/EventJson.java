package io.isotherm.backtest;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * An event of an incident as one line of JSON: the fields of the schema {@code Incident} under the
 * same names.
 */
public final class EventJson {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private EventJson() {}

  /** The event as JSON. */
  public static ObjectNode of(IncidentEvent e) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("id", e.id());
    node.put("revision", e.revision());
    node.put("event", word(e.type()));
    node.put("kind", word(e.kind()));
    node.put("severity", word(e.severity()));
    node.put("pod", e.pod());
    node.put("subject", e.subject());
    node.put("first_seen_ms", e.firstSeenMs());
    node.put("opened_ms", e.openedMs());
    node.put("event_ms", e.eventMs());
    node.put("chips_affected", e.chipsAffected());
    node.put("summary", e.summary());
    node.put("next_step", e.nextStep());
    ArrayNode evidence = node.putArray("evidence");
    for (IncidentEvent.Evidence v : e.evidence()) {
      ObjectNode of = evidence.addObject();
      of.put("finding", v.finding());
      of.put("subject", v.subject());
      of.put("window_start_ms", v.windowStartMs());
      of.put("value", v.value());
      of.put("expected", v.expected());
      of.put("unit", v.unit());
    }
    ArrayNode children = node.putArray("children");
    e.children().forEach(children::add);
    node.put("children_total", e.childrenTotal());
    ArrayNode jobs = node.putArray("jobs");
    for (IncidentEvent.AffectedJob j : e.jobs()) {
      ObjectNode of = jobs.addObject();
      of.put("job", j.job());
      of.put("boards", j.boards());
      of.put("boards_in_pod", j.boardsInPod());
    }
    return node;
  }

  /**
   * Reads a line.
   *
   * @throws IllegalArgumentException if it is none that {@link #of} makes
   */
  static IncidentEvent parse(String line) {
    JsonNode node;
    try {
      node = MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("is not JSON: " + e.getOriginalMessage(), e);
    }
    List<IncidentEvent.Evidence> evidence = new ArrayList<>();
    for (JsonNode v : required(node, "evidence")) {
      evidence.add(
          new IncidentEvent.Evidence(
              text(v, "finding"),
              text(v, "subject"),
              number(v, "window_start_ms"),
              number(v, "value"),
              number(v, "expected"),
              text(v, "unit")));
    }
    List<String> children = new ArrayList<>();
    required(node, "children").forEach(c -> children.add(c.asText()));
    List<IncidentEvent.AffectedJob> jobs = new ArrayList<>();
    // Events that were written before jobs were have none.
    for (JsonNode j : node.path("jobs")) {
      jobs.add(
          new IncidentEvent.AffectedJob(
              text(j, "job"), (int) number(j, "boards"), (int) number(j, "boards_in_pod")));
    }
    return new IncidentEvent(
        text(node, "id"),
        (int) number(node, "revision"),
        constant(IncidentEvent.Type.class, node, "event"),
        constant(IncidentKind.class, node, "kind"),
        constant(IncidentEvent.Severity.class, node, "severity"),
        text(node, "pod"),
        text(node, "subject"),
        number(node, "first_seen_ms"),
        number(node, "opened_ms"),
        number(node, "event_ms"),
        (int) number(node, "chips_affected"),
        text(node, "summary"),
        text(node, "next_step"),
        evidence,
        children,
        (int) number(node, "children_total"),
        jobs);
  }

  private static JsonNode required(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null) {
      throw new IllegalArgumentException("has no field '%s'".formatted(field));
    }
    return value;
  }

  private static String text(JsonNode node, String field) {
    return required(node, field).asText();
  }

  private static long number(JsonNode node, String field) {
    JsonNode value = required(node, field);
    if (!value.isIntegralNumber()) {
      throw new IllegalArgumentException("'%s' is not a whole number".formatted(field));
    }
    return value.asLong();
  }

  private static <E extends Enum<E>> E constant(Class<E> type, JsonNode node, String field) {
    String word = text(node, field);
    try {
      return Enum.valueOf(type, word.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("'%s' is unknown: '%s'".formatted(field, word), e);
    }
  }

  /** What a constant is called in JSON and in tables. */
  public static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
