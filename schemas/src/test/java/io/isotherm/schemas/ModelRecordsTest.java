package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.PortGroup;
import io.isotherm.avro.Scope;
import io.isotherm.avro.Wiring;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.avro.Schema;
import org.apache.avro.specific.SpecificRecordBase;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ModelRecordsTest {
  private static PodTopology topology() {
    return new PodTopology(
        "pod-00",
        "cluster",
        "made-up",
        0L,
        4,
        2,
        8,
        9,
        List.of(
            new PortGroup(0, 7, Wiring.MESH, Scope.BOARD, 8, 0, null, "X"),
            new PortGroup(7, 2, Wiring.SWITCH, Scope.CABINET, 0, 2, null, "Y")),
        List.of(0, 0, 0, 0, 1, 1, 1, 1),
        2,
        1,
        new ChipModel("Chip", "Vendor", 870, 890, 950, true, null, null, null, null, null));
  }

  @Test
  void aTopologyBecomesItsLayout() {
    PodLayout layout = Topologies.layout(topology());
    assertThat(layout.chips()).isEqualTo(64);
    assertThat(layout.ports()).isEqualTo(576);
    assertThat(layout.coolingLoops()).isEqualTo(2);
    assertThat(layout.slotClass(12)).isEqualTo(1);
    assertThat(layout.limits().shutdown()).isEqualTo(950);
    assertThat(layout.limits().assumed()).isTrue();
    assertThat(layout.switchPath(7)).isEqualTo("pod-00/cab-000/switch-0");
    assertThat(layout.peerPort(0)).isEqualTo(layout.portIndex(1, 0));
  }

  @Test
  void aTopologyThatContradictsItselfIsRefused() {
    PodTopology broken = topology();
    broken.setPortsPerChip(8);
    assertThatThrownBy(() -> Topologies.layout(broken))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("topology of pod 'pod-00': pod-00: port group Y goes beyond port 7");
  }

  /** Whoever adds a field has to say here whether another value of it begins a pod anew. */
  @Test
  void partsAreAllThatALayoutIsMadeOf() {
    assertThat(Topologies.sameParts(topology(), topology())).isTrue();
    assertThat(noParts(t -> t)).containsExactly("cluster", "preset", "effective_from_ms");
    assertThat(noParts(PodTopology::getChip))
        .containsExactly(
            "vendor", "max_power_deciwatts", "hbm_mebibytes", "fp16_gigaflops", "fp8_gigaflops");
    assertThat(noParts(t -> t.getPortGroups().get(0))).isEmpty();
  }

  /** Fields of a topology, or of a record in it, of which another value makes no other parts. */
  private static List<String> noParts(Function<PodTopology, SpecificRecordBase> where) {
    List<String> names = new ArrayList<>();
    for (Schema.Field field : where.apply(topology()).getSchema().getFields()) {
      PodTopology changed = topology();
      SpecificRecordBase record = where.apply(changed);
      record.put(field.pos(), another(record.get(field.pos()), field.schema()));
      boolean same = Topologies.sameParts(topology(), changed);
      assertThat(Topologies.sameParts(changed, topology())).as(field.name()).isEqualTo(same);
      if (same) {
        names.add(field.name());
      }
    }
    return names;
  }

  private static Object another(@Nullable Object value, Schema schema) {
    return switch (schema.getType()) {
      case STRING -> value + " 2";
      case INT -> value == null ? 1 : (Integer) value + 1;
      case LONG -> value == null ? 1L : (Long) value + 1;
      case BOOLEAN -> !Boolean.TRUE.equals(value);
      case ENUM -> value == Wiring.MESH ? Wiring.SWITCH : Scope.RAIL;
      case ARRAY -> List.of();
      case UNION -> another(value, schema.getTypes().get(1));
      case RECORD ->
          new ChipModel("Other", "Vendor", 870, 890, 950, true, null, null, null, null, null);
      default -> throw new AssertionError("no other value of " + schema);
    };
  }

  @Test
  void aPlacementIsPublishedAndReadAgain() {
    Placement open =
        new Placement(
            "job-1",
            10,
            Long.MAX_VALUE,
            true,
            List.of(new Placement.Member("pod-00", 0, 8, "worker", 1)));
    assertThat(Placements.publish(open).getEffectiveUntilMs()).isNull();
    assertThat(Placements.placement(Placements.publish(open))).isEqualTo(open);
    Placement ended = new Placement("job-1", 10, 20, false, open.members());
    assertThat(Placements.placement(Placements.publish(ended))).isEqualTo(ended);
  }

  @Test
  void aPlacementThatMakesNoSenseIsRefused() {
    Placement.Member good = new Placement.Member("pod-00", 0, 8, "worker", 0);
    refused(new Placement("j", 20, 20, true, List.of(good)), "ends at 20, not after its start 20");
    refused(new Placement("j", 0, 20, true, List.of()), "has no members");
    refused(
        new Placement("j", 0, 20, true, List.of(new Placement.Member("p", -1, 8, "worker", 0))),
        "8 boards from board -1 on in pod 'p'; needs at least 1 from 0 on");
    refused(
        new Placement("j", 0, 20, true, List.of(new Placement.Member("p", 0, 8, "worker", -1))),
        "stage -1 in pod 'p' is negative");
  }

  private static void refused(Placement placement, String message) {
    assertThatThrownBy(() -> Placements.publish(placement))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("placement of job 'j': " + message);
  }
}
