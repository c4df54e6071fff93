package io.isotherm.launcher;

import io.isotherm.backtest.Texts;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ChipProfile;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Confidence;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.Preset;
import io.isotherm.catalog.Value;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Chips and topologies as tables for people. */
final class TopologyTables {
  private static final String MARKS =
      """

      Marks: O vendor, D a real device's output, P paper, S press or analysts, = arithmetic,
      assumed: not published and a stand-in of ours, ?: not published, file: stated in the file.
      """;

  private TopologyTables() {}

  /** All presets and chips, a line each. */
  static String list(Catalog catalog) {
    List<List<String>> presets = new ArrayList<>();
    presets.add(
        List.of("PRESET", "CHIP", "PODS", "CHIPS/POD", "CHIPS", "PORTS/CHIP", "DESCRIPTION"));
    for (Preset p : catalog.presets()) {
      ClusterPlan plan = catalog.plan(p, Overrides.NONE);
      presets.add(
          List.of(
              p.name(),
              p.chip().id(),
              marked(p.pods()),
              number(plan.pods().get(0).chips()),
              number(plan.chips()),
              number(p.portsPerChip()),
              p.description()));
    }
    List<List<String>> chips = new ArrayList<>();
    chips.add(
        List.of(
            "CHIP",
            "VENDOR",
            "WHEN",
            "FP16 TFLOPS",
            "FP8 TFLOPS",
            "MEMORY GB",
            "FABRIC GB/s",
            "PORTS",
            "POWER W",
            "THERMAL LIMITS"));
    for (ChipProfile c : catalog.chips()) {
      chips.add(
          List.of(
              c.id(),
              c.vendor(),
              c.available(),
              marked(c.fp16()),
              marked(c.fp8()),
              marked(c.memory()),
              marked(c.fabric()),
              marked(c.ports()),
              marked(c.maxPower()),
              "%s/%s/%s %s"
                  .formatted(
                      bare(c.maxOperating()),
                      bare(c.slowdown()),
                      bare(c.shutdown()),
                      c.maxOperating().confidence().mark())));
    }
    return table(presets) + "\n" + table(chips) + MARKS;
  }

  /** One chip. */
  static String show(ChipProfile chip) {
    return "%s (%s), %s, %s\n\n%s%s"
        .formatted(chip.name(), chip.id(), chip.vendor(), chip.available(), chip(chip), MARKS);
  }

  /** One preset or file, with what the command line changed. */
  static String show(Preset preset, ClusterPlan plan, Overrides overrides) {
    PodLayout pod = plan.pods().get(0);
    List<List<String>> totals = new ArrayList<>();
    totals.add(List.of("TOTAL", "ONE POD", "CLUSTER"));
    totals.add(List.of("pods", "1", number(plan.pods().size())));
    totals.add(List.of("cabinets", number(pod.cabinets()), number(plan.cabinets())));
    totals.add(List.of("boards", number(pod.boards()), number(plan.boards())));
    totals.add(List.of("chips", number(pod.chips()), number(plan.chips())));
    totals.add(List.of("ports", number(pod.ports()), number(plan.ports())));

    List<List<String>> counts = new ArrayList<>();
    counts.add(List.of("FIELD", "VALUE", "MARK", "SOURCE"));
    preset.values().forEach((name, v) -> counts.add(value(name, v, override(name, overrides))));
    counts.add(
        List.of(
            "slot_classes",
            preset.slots().classes().toString(),
            preset.slots().confidence().mark(),
            preset.slots().source()));

    List<List<String>> wires = new ArrayList<>();
    wires.add(List.of("PORTS", "DIMENSION", "WIRING", "MARK", "SOURCE"));
    for (Preset.Wire w : preset.wires()) {
      wires.add(
          List.of(
              ports(w.group()),
              w.group().label(),
              wiring(w.group()) + card(w.group()),
              w.confidence().mark(),
              w.source()));
    }
    OptionalInt speed = plan.chip().portMegabitsPerSecond(preset.ownPortsPerChip());
    String wiring =
        wires.size() == 1
            ? "No fabric: no chip has a port.\n"
            : table(wires)
                + (speed.isEmpty()
                    ? "The speed of a port of the chip is not published.\n"
                    : "A port of the chip carries %s Gb/s in each direction: the fabric's bandwidth over its ports.\n"
                        .formatted(number(speed.getAsInt() / 1000)));
    return "%s: %s\n\n%s\n%s\n%s\nChip: %s (%s), %s, %s\n\n%s%s"
        .formatted(
            preset.name(),
            preset.description().isEmpty() ? "no description" : preset.description(),
            table(totals),
            table(counts),
            wiring,
            plan.chip().name(),
            plan.chip().id(),
            plan.chip().vendor(),
            plan.chip().available(),
            chip(plan.chip()),
            MARKS);
  }

  /** One line: the cluster's totals. */
  static String summary(ClusterPlan plan) {
    return "%s of %s: %s pods, %s cabinets, %s boards, %s chips, %s ports"
        .formatted(
            plan.cluster(),
            plan.chip().name(),
            number(plan.pods().size()),
            number(plan.cabinets()),
            number(plan.boards()),
            number(plan.chips()),
            number(plan.ports()));
  }

  private static String chip(ChipProfile chip) {
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("FIELD", "VALUE", "MARK", "SOURCE"));
    for (Map.Entry<String, Value> e : chip.values().entrySet()) {
      rows.add(value(e.getKey(), e.getValue(), null));
    }
    return table(rows);
  }

  private static List<String> value(String name, Value v, @Nullable Integer override) {
    return override == null
        ? List.of(name, v.text(), v.confidence().mark(), v.source())
        : List.of(name, number(override), "option", "given as --" + name);
  }

  /** What the command line says instead of a count of the preset, or null. */
  static @Nullable Integer override(String name, Overrides overrides) {
    return switch (name) {
      case "pods" -> overrides.pods();
      case "cabinets" -> overrides.cabinets();
      default -> null;
    };
  }

  private static String ports(PortGroup g) {
    int last = g.firstPort() + g.ports() - 1;
    return g.ports() == 1 ? "" + last : g.firstPort() + "-" + last;
  }

  private static String wiring(PortGroup g) {
    return switch (g.wiring()) {
      case MESH -> "full mesh of %d chips of the board".formatted(g.meshSize());
      case SWITCH ->
          switch (g.scope()) {
            case BOARD -> "%d switches of the board".formatted(g.switches());
            case CABINET -> "%d switches of the cabinet".formatted(g.switches());
            case POD -> "%d planes of the pod, %d switches each".formatted(g.ports(), g.switches());
            case RAIL ->
                "%s for each chip of a board, %s each"
                    .formatted(
                        g.ports() == 1 ? "a rail" : g.ports() + " rails",
                        g.switches() == 1 ? "one switch" : g.switches() + " switches");
          };
    };
  }

  private static String card(PortGroup g) {
    return g.ofChip()
        ? ""
        : "; ports of a network card, %s Gb/s".formatted(Value.format(g.megabits() / 1_000.0));
  }

  private static String marked(Value v) {
    return v.confidence() == Confidence.UNPUBLISHED
        ? v.confidence().mark()
        : bare(v) + " " + v.confidence().mark();
  }

  private static String bare(Value v) {
    return v.number() == null
        ? "?"
        : new Value(v.number(), null, null, "", v.confidence(), v.source()).text();
  }

  private static String number(long n) {
    return String.format(Locale.ROOT, "%,d", n);
  }

  /** Columns as wide as their widest cell, two blanks apart. */
  private static String table(List<List<String>> rows) {
    StringBuilder text = new StringBuilder();
    Texts.table(rows, text);
    return text.toString();
  }
}
