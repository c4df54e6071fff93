package io.isotherm.catalog;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.PortGroup;
import io.isotherm.avro.Scope;
import io.isotherm.avro.Wiring;
import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** What is published of a plan on the topic of topologies. */
public final class TopologyRecords {
  private TopologyRecords() {}

  /**
   * The record of one pod.
   *
   * <p>Assumed numbers of a chip stay here, as the schema says: null if not published. Only the
   * thermal limits are always given, with the mark that they are assumed. The speed of a port is
   * the published bandwidth shared out over the chip's ports.
   *
   * @param effectiveFromMs event time from which the record holds, in milliseconds since 1970-01-01
   *     UTC
   */
  public static PodTopology toAvro(ClusterPlan plan, PodLayout pod, long effectiveFromMs) {
    return PodTopology.newBuilder()
        .setPod(pod.pod())
        .setCluster(plan.cluster())
        .setPreset(plan.preset())
        .setEffectiveFromMs(effectiveFromMs)
        .setCabinets(pod.cabinets())
        .setBoardsPerCabinet(pod.boardsPerCabinet())
        .setChipsPerBoard(pod.chipsPerBoard())
        .setPortsPerChip(pod.portsPerChip())
        .setPortGroups(pod.portGroups().stream().map(TopologyRecords::portGroup).toList())
        .setSlotClasses(IntStream.range(0, pod.chipsPerBoard()).mapToObj(pod::slotClass).toList())
        .setCabinetsPerCoolingLoop(pod.cabinetsPerCoolingLoop())
        .setCabinetsPerPowerFeed(pod.cabinetsPerPowerFeed())
        .setChip(chip(plan.chip(), pod.ownPortsPerChip()))
        .build();
  }

  private static PortGroup portGroup(io.isotherm.model.PortGroup g) {
    return PortGroup.newBuilder()
        .setFirstPort(g.firstPort())
        .setPorts(g.ports())
        .setWiring(
            switch (g.wiring()) {
              case MESH -> Wiring.MESH;
              case SWITCH -> Wiring.SWITCH;
            })
        .setScope(
            switch (g.scope()) {
              case BOARD -> Scope.BOARD;
              case CABINET -> Scope.CABINET;
              case POD -> Scope.POD;
              case RAIL -> Scope.RAIL;
            })
        .setMeshSize(g.meshSize())
        .setSwitches(g.switches())
        .setMegabitsPerSecond(g.ofChip() ? null : (Integer) g.megabits())
        .setLabel(g.label())
        .build();
  }

  private static ChipModel chip(ChipProfile chip, int wiredPorts) {
    ChipLimits limits = chip.limits(wiredPorts);
    return ChipModel.newBuilder()
        .setName(chip.name())
        .setVendor(chip.vendor())
        .setMaxOperatingDecicelsius(limits.maxOperating())
        .setSlowdownDecicelsius(limits.slowdown())
        .setShutdownDecicelsius(limits.shutdown())
        .setThermalAssumed(limits.assumed())
        .setMaxPowerDeciwatts(
            chip.maxPower().confidence() == Confidence.ASSUMED
                ? null
                : (Integer) (int) Math.round(chip.maxPowerWatts() * 10))
        .setHbmMebibytes(orNull(chip.memoryMebibytes()))
        .setFp16Gigaflops(orNull(chip.fp16Gigaflops()))
        .setFp8Gigaflops(orNull(chip.fp8Gigaflops()))
        .setPortMegabitsPerSecond(
            wiredPorts == 0 ? null : orNull(chip.portMegabitsPerSecond(wiredPorts)))
        .build();
  }

  private static @Nullable Integer orNull(OptionalInt n) {
    return n.isEmpty() ? null : (Integer) n.getAsInt();
  }

  private static @Nullable Long orNull(OptionalLong n) {
    return n.isEmpty() ? null : (Long) n.getAsLong();
  }
}
