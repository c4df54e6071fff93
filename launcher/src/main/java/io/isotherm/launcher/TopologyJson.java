package io.isotherm.launcher;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ChipProfile;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Mistake;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.Preset;
import io.isotherm.catalog.Value;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Chips and topologies as JSON for programs. */
final class TopologyJson {
  private TopologyJson() {}

  /** All presets and chips. */
  static String list(Catalog catalog) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    ArrayNode presets = root.putArray("presets");
    for (Preset p : catalog.presets()) {
      ClusterPlan plan = catalog.plan(p, Overrides.NONE);
      ObjectNode n = presets.addObject();
      n.put("name", p.name());
      n.put("description", p.description());
      n.put("chip", p.chip().id());
      n.put("ports_per_chip", p.portsPerChip());
      totals(n, plan);
    }
    ArrayNode chips = root.putArray("chips");
    catalog.chips().forEach(c -> chips.add(chip(c)));
    return root.toPrettyString();
  }

  /** One chip. */
  static String show(ChipProfile chip) {
    return chip(chip).toPrettyString();
  }

  /** One preset or file, with what the command line changed. */
  static String show(Preset preset, ClusterPlan plan, Overrides overrides) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("name", preset.name());
    root.put("description", preset.description());
    totals(root, plan);
    ObjectNode fields = root.putObject("fields");
    preset
        .values()
        .forEach(
            (name, v) -> {
              @Nullable Integer given = TopologyTables.override(name, overrides);
              if (given == null) {
                fields.set(name, value(v));
              } else {
                fields
                    .putObject(name)
                    .put("value", given)
                    .put("unit", "")
                    .put("confidence", "option")
                    .put("source", "given as --" + name);
              }
            });
    ObjectNode slots = fields.putObject("slot_classes");
    ArrayNode classes = slots.putArray("value");
    preset.slots().classes().forEach(classes::add);
    slots.put("confidence", preset.slots().confidence().word());
    slots.put("source", preset.slots().source());
    ArrayNode ports = root.putArray("ports");
    for (Preset.Wire w : preset.wires()) {
      PortGroup g = w.group();
      ObjectNode port = ports.addObject();
      port.put("label", g.label())
          .put("first_port", g.firstPort())
          .put("ports", g.ports())
          .put("wiring", g.wiring().name().toLowerCase(Locale.ROOT))
          .put("scope", g.scope().name().toLowerCase(Locale.ROOT))
          .put("mesh_size", g.meshSize())
          .put("switches", g.switches())
          .put("confidence", w.confidence().word())
          .put("source", w.source());
      if (!g.ofChip()) {
        port.put("megabits_per_second", g.megabits());
      }
    }
    root.set("chip", chip(plan.chip()));
    return root.toPrettyString();
  }

  /**
   * Whether a file is good.
   *
   * @param plan what it makes; null if it has mistakes
   */
  static String verdict(String file, @Nullable ClusterPlan plan, List<Mistake> mistakes) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("file", file);
    root.put("good", plan != null);
    if (plan != null) {
      totals(root, plan);
    }
    ArrayNode list = root.putArray("mistakes");
    for (Mistake m : mistakes) {
      list.addObject().put("line", m.line()).put("column", m.column()).put("message", m.message());
    }
    return root.toPrettyString();
  }

  private static void totals(ObjectNode parent, ClusterPlan plan) {
    PodLayout pod = plan.pods().get(0);
    ObjectNode totals = parent.putObject("totals");
    totals
        .putObject("pod")
        .put("cabinets", pod.cabinets())
        .put("boards", pod.boards())
        .put("chips", pod.chips())
        .put("ports", pod.ports());
    totals
        .putObject("cluster")
        .put("pods", plan.pods().size())
        .put("cabinets", plan.cabinets())
        .put("boards", plan.boards())
        .put("chips", plan.chips())
        .put("ports", plan.ports());
  }

  private static ObjectNode chip(ChipProfile chip) {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("id", chip.id());
    n.put("name", chip.name());
    n.put("vendor", chip.vendor());
    n.put("available", chip.available());
    ObjectNode fields = n.putObject("fields");
    for (Map.Entry<String, Value> e : chip.values().entrySet()) {
      fields.set(e.getKey(), value(e.getValue()));
    }
    return n;
  }

  private static ObjectNode value(Value v) {
    ObjectNode n = JsonNodeFactory.instance.objectNode();
    n.put("value", v.number());
    if (v.low() != null) {
      n.put("low", v.low());
      n.put("high", v.high());
    }
    n.put("unit", v.unit());
    n.put("confidence", v.confidence().word());
    n.put("source", v.source());
    return n;
  }
}
