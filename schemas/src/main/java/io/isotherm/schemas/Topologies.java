package io.isotherm.schemas;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.PodTopology;
import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;

/** From {@link PodTopology}, as it is published, to {@link PodLayout}. */
public final class Topologies {
  static {
    TrustedClasses.trust();
  }

  private Topologies() {}

  /**
   * The layout that a published topology describes.
   *
   * @throws IllegalArgumentException if its numbers contradict each other; the message is one line
   *     that names the pod
   */
  public static PodLayout layout(PodTopology topology) {
    try {
      List<PortGroup> groups = new ArrayList<>();
      for (io.isotherm.avro.PortGroup g : topology.getPortGroups()) {
        groups.add(
            new PortGroup(
                g.getFirstPort(),
                g.getPorts(),
                switch (g.getWiring()) {
                  case MESH -> PortGroup.Wiring.MESH;
                  case SWITCH -> PortGroup.Wiring.SWITCH;
                },
                switch (g.getScope()) {
                  case BOARD -> PortGroup.Scope.BOARD;
                  case CABINET -> PortGroup.Scope.CABINET;
                  case POD -> PortGroup.Scope.POD;
                  case RAIL -> PortGroup.Scope.RAIL;
                },
                g.getMeshSize(),
                g.getSwitches(),
                g.getMegabitsPerSecond() == null ? Report.ABSENT : g.getMegabitsPerSecond(),
                g.getLabel()));
      }
      ChipModel chip = topology.getChip();
      return new PodLayout(
          topology.getPod(),
          topology.getCabinets(),
          topology.getBoardsPerCabinet(),
          topology.getChipsPerBoard(),
          topology.getPortsPerChip(),
          groups,
          topology.getSlotClasses().stream().mapToInt(Integer::intValue).toArray(),
          topology.getCabinetsPerCoolingLoop(),
          topology.getCabinetsPerPowerFeed(),
          new ChipLimits(
              chip.getName(),
              chip.getMaxOperatingDecicelsius(),
              chip.getSlowdownDecicelsius(),
              chip.getShutdownDecicelsius(),
              chip.getThermalAssumed(),
              chip.getPortMegabitsPerSecond() == null
                  ? Report.ABSENT
                  : chip.getPortMegabitsPerSecond()));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "topology of pod '%s': %s".formatted(topology.getPod(), e.getMessage()), e);
    }
  }

  /**
   * Whether two topologies describe the same parts in the same places. They may differ in what no
   * layout is made of: the time from which they hold, the names of cluster, preset and vendor, and
   * the chip's power, memory and peak rates.
   */
  public static boolean sameParts(PodTopology a, PodTopology b) {
    PodTopology then = PodTopology.newBuilder(a).build();
    then.setEffectiveFromMs(b.getEffectiveFromMs());
    then.setCluster(b.getCluster());
    then.setPreset(b.getPreset());
    ChipModel chip = then.getChip();
    chip.setVendor(b.getChip().getVendor());
    chip.setMaxPowerDeciwatts(b.getChip().getMaxPowerDeciwatts());
    chip.setHbmMebibytes(b.getChip().getHbmMebibytes());
    chip.setFp16Gigaflops(b.getChip().getFp16Gigaflops());
    chip.setFp8Gigaflops(b.getChip().getFp8Gigaflops());
    return then.equals(b);
  }
}
