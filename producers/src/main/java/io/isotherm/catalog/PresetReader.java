package io.isotherm.catalog;

import io.isotherm.catalog.Preset.Slots;
import io.isotherm.catalog.Preset.Wire;
import io.isotherm.catalog.YamlNode.Mapping;
import io.isotherm.catalog.YamlNode.Sequence;
import io.isotherm.model.PortGroup;
import io.isotherm.model.PortGroup.Scope;
import io.isotherm.model.PortGroup.Wiring;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads a topology: a bundled preset or a user's file, which have the same form. */
final class PresetReader {
  private static final int MAX_BOARDS_PER_CABINET = 1000;
  private static final int MAX_SLOT_CLASS = 63;
  private static final int MAX_PORTS = 1024;
  private static final int MAX_SWITCHES = 100_000;
  private static final int MAX_GIGABITS = 1_000_000;
  private static final String ONE_EACH = "not stated; one for each cabinet";

  private final Catalog catalog;
  private final List<Mistake> mistakes;

  PresetReader(Catalog catalog, List<Mistake> mistakes) {
    this.catalog = catalog;
    this.mistakes = mistakes;
  }

  /** Reads a topology; null after a mistake. */
  @Nullable Preset read(YamlNode root) {
    if (!(root instanceof Mapping mapping)) {
      mistakes.add(
          new Mistake(
              root.line(),
              root.column(),
              "the file is %s, expected fields such as 'name: my-cluster'".formatted(root.kind())));
      return null;
    }
    int before = mistakes.size();
    Fields f = new Fields(mapping, mistakes);
    String name = f.requiredText("name");
    if (name.indexOf('/') >= 0) {
      f.mistakeAt("name", "name '%s' has a '/', which separates places in paths", name);
    }
    String description = f.text("description");
    ChipProfile chip = chip(f);
    Value pods = f.requiredCount("pods", 1, Overrides.MAX_PODS);
    Value cabinets = f.requiredCount("cabinets", 1, Overrides.MAX_CABINETS);
    Value fabric = f.value("fabric_cabinets", "", 0, Overrides.MAX_CABINETS, true);
    Value boards = f.requiredCount("boards_per_cabinet", 1, MAX_BOARDS_PER_CABINET);
    Value chips = f.requiredCount("chips_per_board", 1, Report.MAX_CHIPS);
    int chipsPerBoard = chips == null ? 0 : (int) chips.required();
    Slots slots = slots(f, chipsPerBoard);
    Value loops = oneEach(f, "cabinets_per_cooling_loop");
    Value feeds = oneEach(f, "cabinets_per_power_feed");
    List<Wire> wires = wires(f, chipsPerBoard);
    f.finish();
    if (chip == null
        || pods == null
        || cabinets == null
        || boards == null
        || chips == null
        || mistakes.size() > before) {
      return null;
    }
    Preset preset =
        new Preset(
            name,
            description == null ? "" : description,
            chip,
            pods,
            cabinets,
            fabric == null ? Value.unpublished("") : fabric,
            boards,
            chips,
            slots,
            loops,
            feeds,
            wires);
    try {
      preset.plan(chip, 1, (int) cabinets.required());
    } catch (CatalogException e) {
      f.mistakeAt(
          preset.ownPortsPerChip() > chip.ports().optional().orElse(Integer.MAX_VALUE)
              ? "ports"
              : "cabinets",
          "%s",
          e.getMessage());
      return null;
    }
    if (preset.tooLarge((int) pods.required(), (int) cabinets.required())) {
      f.mistakeAt("pods", "%s: more than %d chips", name, Preset.MAX_CHIPS);
      return null;
    }
    return preset;
  }

  private @Nullable ChipProfile chip(Fields f) {
    YamlNode node = f.get("chip");
    if (node instanceof Mapping m) {
      return ChipReader.read(null, m, mistakes);
    }
    String name = f.requiredText("chip");
    if (name.isEmpty()) {
      return null;
    }
    try {
      return catalog.chip(name);
    } catch (CatalogException e) {
      f.mistakeAt("chip", "%s", e.getMessage());
      return null;
    }
  }

  private static Value oneEach(Fields f, String name) {
    Value v = f.value(name, "", 1, Overrides.MAX_CABINETS, true);
    return v == null || v.number() == null ? Value.assumed(1, "", ONE_EACH) : v;
  }

  private Slots slots(Fields f, int chipsPerBoard) {
    YamlNode node = f.get("slot_classes");
    if (node == null) {
      return new Slots(
          Collections.nCopies(chipsPerBoard, 0),
          Confidence.ASSUMED,
          "not stated; all positions cool alike");
    }
    if (node instanceof Mapping m) {
      Fields g = new Fields(m, mistakes);
      List<Integer> classes = classes(g, "value", g.get("value"), chipsPerBoard);
      Confidence confidence = g.confidence(false);
      String source = g.text("source");
      g.finish();
      return new Slots(classes, confidence, source == null ? "stated in the file" : source);
    }
    return new Slots(
        classes(f, "slot_classes", node, chipsPerBoard), Confidence.STATED, "stated in the file");
  }

  private List<Integer> classes(Fields f, String name, @Nullable YamlNode node, int chipsPerBoard) {
    if (!(node instanceof Sequence s)) {
      f.mistakeAt(
          name,
          "'%s' is %s, expected a list of one slot class for each chip of a board",
          name,
          node == null ? "missing" : node.kind());
      return List.of();
    }
    List<Integer> classes = new ArrayList<>();
    for (YamlNode item : s.items()) {
      Double n = f.number("slot class", item, 0, MAX_SLOT_CLASS, true);
      classes.add(n == null ? 0 : n.intValue());
    }
    if (chipsPerBoard > 0 && classes.size() != chipsPerBoard) {
      f.mistake(s, "%d slot classes for %d chips of a board", classes.size(), chipsPerBoard);
    }
    return classes;
  }

  private List<Wire> wires(Fields f, int chipsPerBoard) {
    YamlNode node = f.get("ports");
    List<Wire> wires = new ArrayList<>();
    if (node == null) {
      f.mistakeAt(
          "ports", "field 'ports' is missing; write 'ports: []' for chips without a fabric");
      return wires;
    }
    if (!(node instanceof Sequence s)) {
      f.mistake(node, "'ports' is %s, expected a list of port groups", node.kind());
      return wires;
    }
    int firstPort = 0;
    for (YamlNode item : s.items()) {
      Wire w = wire(f, item, firstPort, chipsPerBoard);
      if (w != null) {
        wires.add(w);
        firstPort += w.group().ports();
      }
    }
    return wires;
  }

  private @Nullable Wire wire(Fields parent, YamlNode item, int firstPort, int chipsPerBoard) {
    if (!(item instanceof Mapping m)) {
      parent.mistake(
          item, "a port group is %s, expected fields such as 'wiring: switch'", item.kind());
      return null;
    }
    int before = mistakes.size();
    Fields f = new Fields(m, mistakes);
    String label = f.requiredText("label");
    Value ports = f.requiredCount("ports", 1, MAX_PORTS);
    Wiring wiring = f.has("wiring") ? choice(f, "wiring", Wiring.values()) : null;
    if (!f.has("wiring")) {
      f.get("wiring");
      f.mistakeAt("wiring", "field 'wiring' is missing: mesh or switch");
    }
    Scope scope = f.get("scope") == null ? null : choice(f, "scope", Scope.values());
    Value switches = f.value("switches", "", 1, MAX_SWITCHES, true);
    Value speed = f.value("speed", "Gb/s", 0.001, MAX_GIGABITS, false);
    Confidence confidence = f.confidence(false);
    String source = f.text("source");
    if (wiring == Wiring.MESH) {
      if (scope != null && scope != Scope.BOARD) {
        f.mistakeAt("scope", "a mesh lies inside a board");
      }
      if (f.has("switches")) {
        f.mistakeAt("switches", "a mesh has no switches");
      }
      if (f.has("speed")) {
        f.mistakeAt("speed", "a mesh is of ports of the chip, whose speed follows from its fabric");
      }
      if (ports != null && chipsPerBoard > 0 && chipsPerBoard % ((int) ports.required() + 1) != 0) {
        int size = (int) ports.required() + 1;
        f.mistakeAt(
            "ports",
            "%d ports make meshes of %d chips, but %d chips of a board are no whole number of"
                + " them",
            size - 1,
            size,
            chipsPerBoard);
      }
    } else if (wiring == Wiring.SWITCH) {
      if (!f.has("scope")) {
        f.mistake(m, "field 'scope' is missing: board, cabinet, pod or rail");
      }
      if (!f.has("switches")) {
        f.mistake(m, "field 'switches' is missing: switches per board, cabinet, plane or rail");
      } else if (switches != null && switches.number() == null) {
        f.mistakeAt("switches", "'switches' must have a number");
      } else if (switches != null
          && ports != null
          && (scope == Scope.BOARD || scope == Scope.CABINET)
          && switches.required() > ports.required()) {
        f.mistakeAt(
            "switches",
            "%d switches of a %s for %d ports of a chip: no port leads to the others",
            (int) switches.required(),
            scope.name().toLowerCase(Locale.ROOT),
            (int) ports.required());
      }
    }
    if (speed != null && speed.number() == null) {
      f.mistakeAt("speed", "'speed' must have a number");
    }
    f.finish();
    if (mistakes.size() > before || ports == null || wiring == null) {
      return null;
    }
    int n = (int) ports.required();
    PortGroup group =
        wiring == Wiring.MESH || switches == null || scope == null
            ? new PortGroup(firstPort, n, Wiring.MESH, Scope.BOARD, n + 1, 0, label)
            : new PortGroup(
                firstPort,
                n,
                wiring,
                scope,
                0,
                (int) switches.required(),
                speed == null ? Report.ABSENT : (int) Math.round(speed.required() * 1_000),
                label);
    return new Wire(group, confidence, source == null ? "stated in the file" : source);
  }

  private static <E extends Enum<E>> @Nullable E choice(Fields f, String name, E[] choices) {
    String text = f.text(name);
    if (text == null) {
      return null;
    }
    List<String> words = new ArrayList<>();
    for (E e : choices) {
      String word = e.name().toLowerCase(Locale.ROOT);
      if (word.equals(text)) {
        return e;
      }
      words.add(word);
    }
    f.mistakeAt(
        name,
        "%s is '%s', expected one of %s%s",
        name,
        text,
        String.join(", ", words),
        Suggestion.of(text, words));
    return null;
  }
}
