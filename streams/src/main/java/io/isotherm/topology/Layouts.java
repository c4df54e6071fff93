package io.isotherm.topology;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.PodTopology;
import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;

/** Makes the arithmetic of a pod from its record. */
final class Layouts {
  private Layouts() {}

  /**
   * @throws IllegalArgumentException if the numbers contradict each other; the message says which
   */
  static PodLayout layout(PodTopology topology) {
    ChipModel chip = topology.getChip();
    return new PodLayout(
        topology.getPod(),
        topology.getCabinets(),
        topology.getBoardsPerCabinet(),
        topology.getChipsPerBoard(),
        topology.getPortsPerChip(),
        topology.getPortGroups().stream().map(Layouts::portGroup).toList(),
        topology.getSlotClasses().stream().mapToInt(Integer::intValue).toArray(),
        topology.getCabinetsPerCoolingLoop(),
        topology.getCabinetsPerPowerFeed(),
        new ChipLimits(
            chip.getName(),
            chip.getMaxOperatingDecicelsius(),
            chip.getSlowdownDecicelsius(),
            chip.getShutdownDecicelsius(),
            chip.getThermalAssumed()));
  }

  private static PortGroup portGroup(io.isotherm.avro.PortGroup group) {
    return new PortGroup(
        group.getFirstPort(),
        group.getPorts(),
        PortGroup.Wiring.valueOf(group.getWiring().name()),
        PortGroup.Scope.valueOf(group.getScope().name()),
        group.getMeshSize(),
        group.getSwitches(),
        group.getLabel());
  }
}
