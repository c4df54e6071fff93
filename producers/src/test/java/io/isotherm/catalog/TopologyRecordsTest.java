package io.isotherm.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.PodTopology;
import io.isotherm.avro.Scope;
import io.isotherm.avro.Wiring;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.Topologies;
import org.junit.jupiter.api.Test;

class TopologyRecordsTest {
  private static final Catalog CATALOG = Catalog.bundled();

  @Test
  void aPodIsPublishedWithItsWiringAndItsChip() {
    ClusterPlan plan = CATALOG.plan("hgx-h100", new Overrides(null, 2, null));

    PodTopology t = TopologyRecords.toAvro(plan, plan.pods().get(1), 1_000L);

    assertThat(t.getPod()).isEqualTo("pod-01");
    assertThat(t.getCluster()).isEqualTo("hgx-h100");
    assertThat(t.getPreset()).isEqualTo("hgx-h100");
    assertThat(t.getEffectiveFromMs()).isEqualTo(1_000L);
    assertThat(t.getCabinets()).isEqualTo(8);
    assertThat(t.getBoardsPerCabinet()).isEqualTo(4);
    assertThat(t.getChipsPerBoard()).isEqualTo(8);
    assertThat(t.getPortsPerChip()).isEqualTo(19);
    assertThat(t.getSlotClasses()).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
    assertThat(t.getPortGroups()).hasSize(2);
    assertThat(t.getPortGroups().get(0).getWiring()).isEqualTo(Wiring.SWITCH);
    assertThat(t.getPortGroups().get(0).getScope()).isEqualTo(Scope.BOARD);
    assertThat(t.getPortGroups().get(0).getSwitches()).isEqualTo(4);
    assertThat(t.getPortGroups().get(0).getMegabitsPerSecond()).isNull();
    assertThat(t.getPortGroups().get(1).getScope()).isEqualTo(Scope.RAIL);
    assertThat(t.getPortGroups().get(1).getSwitches()).isEqualTo(1);
    assertThat(t.getPortGroups().get(1).getMegabitsPerSecond()).isEqualTo(400_000);
    assertThat(t.getChip().getName()).isEqualTo("NVIDIA H100 SXM");
    assertThat(t.getChip().getMaxOperatingDecicelsius()).isEqualTo(870);
    assertThat(t.getChip().getShutdownDecicelsius()).isEqualTo(950);
    assertThat(t.getChip().getThermalAssumed()).isFalse();
    assertThat(t.getChip().getMaxPowerDeciwatts()).isEqualTo(7_000);
    assertThat(t.getChip().getHbmMebibytes()).isEqualTo(81_920);
    assertThat(t.getChip().getFp16Gigaflops()).isEqualTo(989_000L);
    assertThat(t.getChip().getPortMegabitsPerSecond()).isEqualTo(200_000);
    PodLayout read = Topologies.layout(t);
    assertThat(read.switchPath(18)).isEqualTo("pod-01/rail-0/switch-00");
    assertThat(read.portMegabits(18)).isEqualTo(400_000);
    assertThat(read.portMegabits(17)).isEqualTo(200_000);
  }

  @Test
  void assumedPowerIsNotPublishedAndAssumedThermalLimitsAreMarked() {
    ClusterPlan plan = CATALOG.plan("atlas-960", new Overrides(null, 1, 1));

    PodTopology t = TopologyRecords.toAvro(plan, plan.pods().get(0), 0);

    assertThat(t.getChip().getMaxPowerDeciwatts()).isNull();
    assertThat(t.getChip().getFp16Gigaflops()).isNull();
    assertThat(t.getChip().getThermalAssumed()).isTrue();
    assertThat(t.getPortGroups()).extracting(g -> g.getLabel()).containsExactly("X", "Y", "Z");
    assertThat(t.getPortGroups()).extracting(g -> g.getFirstPort()).containsExactly(0, 7, 14);
    assertThat(t.getPortGroups().get(0).getMeshSize()).isEqualTo(8);
  }

  @Test
  void aChipWithoutFabricIsPublishedWithoutPorts() {
    ClusterPlan plan = CATALOG.plan("hanguang-800", Overrides.NONE);

    PodTopology t = TopologyRecords.toAvro(plan, plan.pods().get(0), 0);

    assertThat(t.getPortsPerChip()).isZero();
    assertThat(t.getPortGroups()).isEmpty();
    assertThat(t.getChip().getPortMegabitsPerSecond()).isNull();
    assertThat(t.getChip().getHbmMebibytes()).isNull();
  }
}
