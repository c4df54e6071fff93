package io.isotherm.catalog;

import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A kind of cluster: a bundled one, or a user's own from a file.
 *
 * @param name name on the command line, and of the cluster
 * @param description one line for people
 * @param chip the chip it is built of unless the command line says otherwise
 * @param pods pods in the whole cluster
 * @param cabinets compute cabinets in a pod
 * @param fabricCabinets cabinets of a pod that hold only switches; nothing reports from them
 * @param boardsPerCabinet boards in a compute cabinet
 * @param chipsPerBoard chips on a board
 * @param slots the slot class of each chip position on a board
 * @param cabinetsPerCoolingLoop consecutive cabinets that share a cooling loop
 * @param cabinetsPerPowerFeed consecutive cabinets that share a power feed
 * @param wires how the ports of every chip are wired, in the order of the ports
 */
public record Preset(
    String name,
    String description,
    ChipProfile chip,
    Value pods,
    Value cabinets,
    Value fabricCabinets,
    Value boardsPerCabinet,
    Value chipsPerBoard,
    Slots slots,
    Value cabinetsPerCoolingLoop,
    Value cabinetsPerPowerFeed,
    List<Wire> wires) {
  /** Most chips of a plan. */
  static final long MAX_CHIPS = 100_000_000;

  /**
   * Slot class of each chip position on a board.
   *
   * @param classes one class for each position, from 0
   * @param confidence where the classes come from
   * @param source who says so, or the reason of an assumption
   */
  public record Slots(List<Integer> classes, Confidence confidence, String source) {
    /** Copies the classes. */
    public Slots {
      classes = List.copyOf(classes);
    }
  }

  /**
   * A group of ports and where its wiring is known from.
   *
   * @param group the ports
   * @param confidence where the wiring comes from
   * @param source who says so, or the reason of an assumption
   */
  public record Wire(PortGroup group, Confidence confidence, String source) {}

  /** Copies the wires. */
  public Preset {
    wires = List.copyOf(wires);
  }

  /** Fabric ports that are wired at every chip, those of a network card beside it included. */
  public int portsPerChip() {
    return wires.stream().mapToInt(w -> w.group().ports()).sum();
  }

  /** Ports of every chip itself that are wired. */
  public int ownPortsPerChip() {
    return wires.stream()
        .map(Wire::group)
        .filter(PortGroup::ofChip)
        .mapToInt(PortGroup::ports)
        .sum();
  }

  /** Every count by its name in files, in their order there. */
  public Map<String, Value> values() {
    Map<String, Value> m = new LinkedHashMap<>();
    m.put("pods", pods);
    m.put("cabinets", cabinets);
    m.put("fabric_cabinets", fabricCabinets);
    m.put("boards_per_cabinet", boardsPerCabinet);
    m.put("chips_per_board", chipsPerBoard);
    m.put("cabinets_per_cooling_loop", cabinetsPerCoolingLoop);
    m.put("cabinets_per_power_feed", cabinetsPerPowerFeed);
    return m;
  }

  /**
   * The cluster with another chip or size.
   *
   * @throws CatalogException if the wiring needs more ports than the chip has, or the cluster or a
   *     pod is too large
   */
  ClusterPlan plan(ChipProfile chip, int pods, int cabinets) {
    int wired = ownPortsPerChip();
    double ports = chip.ports().optional().orElse(wired);
    if (wired > ports) {
      throw new CatalogException(
          "%s wires %d ports of every chip, but %s has %s; choose another chip or preset"
              .formatted(name, wired, chip.name(), Value.format(ports)));
    }
    if (tooLarge(pods, cabinets)) {
      throw new CatalogException("%s: more than %d chips".formatted(name, MAX_CHIPS));
    }
    int width = Math.max(2, Integer.toString(pods - 1).length());
    int[] slotClass = slots.classes().stream().mapToInt(Integer::intValue).toArray();
    List<PortGroup> groups = wires.stream().map(Wire::group).toList();
    List<PodLayout> layouts = new ArrayList<>(pods);
    try {
      for (int i = 0; i < pods; i++) {
        layouts.add(
            new PodLayout(
                "pod-" + "0".repeat(width - Integer.toString(i).length()) + i,
                cabinets,
                count(boardsPerCabinet),
                count(chipsPerBoard),
                portsPerChip(),
                groups,
                slotClass,
                count(cabinetsPerCoolingLoop),
                count(cabinetsPerPowerFeed),
                chip.limits(wired)));
      }
    } catch (IllegalArgumentException e) {
      throw new CatalogException("%s: %s".formatted(name, e.getMessage()));
    }
    return new ClusterPlan(name, name, chip, layouts);
  }

  /**
   * Whether a cluster has more chips than a plan may have. Beyond that it is a slip of the finger;
   * every pod costs memory before anything runs.
   */
  boolean tooLarge(int pods, int cabinets) {
    return (double) pods * cabinets * boardsPerCabinet.required() * chipsPerBoard.required()
        > MAX_CHIPS;
  }

  private static int count(Value v) {
    return (int) Math.round(v.required());
  }
}
