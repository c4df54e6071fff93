package io.isotherm.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup.Wiring;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class PresetTotalsTest {
  private static final Catalog CATALOG = Catalog.bundled();

  static List<Preset> presets() {
    return CATALOG.presets();
  }

  @ParameterizedTest
  @CsvSource({
    "atlas-950, Ascend 950DT, 64, 128, 32, 8, 8, 8192, 524288, 18",
    "atlas-960, Ascend 960, 65, 176, 44, 11, 8, 15488, 1006720, 18",
    "cloudmatrix-384, Ascend 910C, 24, 12, 4, 4, 8, 384, 9216, 14",
    "hgx-h100, NVIDIA H100 SXM, 64, 8, 0, 4, 8, 256, 16384, 19",
    "hgx-h200, NVIDIA H200 SXM, 64, 8, 0, 4, 8, 256, 16384, 19",
    "nvl72, NVIDIA B200, 16, 8, 0, 18, 4, 576, 9216, 18",
    "mlu370, Cambricon MLU370-X8, 1, 8, 0, 4, 8, 256, 256, 3",
    "kunlun-p800, Kunlun P800, 1, 8, 0, 4, 8, 256, 256, 7",
    "hanguang-800, Hanguang 800, 1, 8, 0, 4, 8, 256, 256, 0",
    "ppu-810e, T-Head PPU 810E, 1, 8, 0, 4, 8, 256, 256, 7",
  })
  void everyPresetHasItsPublishedSize(
      String name,
      String chip,
      int pods,
      int cabinets,
      double fabricCabinets,
      int boards,
      int chips,
      int podChips,
      long clusterChips,
      int ports) {
    ClusterPlan plan = CATALOG.plan(name, Overrides.NONE);
    PodLayout pod = plan.pods().get(0);

    assertThat(plan.chip().name()).isEqualTo(chip);
    assertThat(plan.pods()).hasSize(pods);
    assertThat(pod.cabinets()).isEqualTo(cabinets);
    assertThat(CATALOG.preset(name).fabricCabinets().required()).isEqualTo(fabricCabinets);
    assertThat(pod.boardsPerCabinet()).isEqualTo(boards);
    assertThat(pod.chipsPerBoard()).isEqualTo(chips);
    assertThat(pod.chips()).isEqualTo(podChips);
    assertThat(plan.chips()).isEqualTo(clusterChips);
    assertThat(pod.portsPerChip()).isEqualTo(ports);
    assertThat(plan.ports()).isEqualTo(clusterChips * ports);
    assertThat(plan.boards()).isEqualTo((long) pods * cabinets * boards);
    assertThat(plan.cabinets()).isEqualTo((long) pods * cabinets);
  }

  @Test
  void noPresetIsLeftOutOfTheTableAbove() {
    assertThat(CATALOG.presets()).hasSize(10);
    assertThat(CATALOG.chips()).hasSize(15);
  }

  @ParameterizedTest
  @MethodSource("presets")
  void everyPortLeadsToAnotherChipAndBackOrToASwitch(Preset preset) {
    PodLayout pod = CATALOG.plan(preset, new Overrides(null, 1, null)).pods().get(0);
    for (int port = 0; port < pod.ports(); port++) {
      int peer = pod.peerPort(port);
      if (pod.portGroup(port).wiring() == Wiring.MESH) {
        assertThat(peer).isBetween(0, pod.ports() - 1).isNotEqualTo(port);
        assertThat(pod.peerPort(peer)).isEqualTo(port);
        assertThat(pod.chipOfPort(peer)).isNotEqualTo(pod.chipOfPort(port));
        assertThat(pod.boardOfChip(pod.chipOfPort(peer)))
            .isEqualTo(pod.boardOfChip(pod.chipOfPort(port)));
      } else {
        assertThat(peer).isEqualTo(PodLayout.NO_PORT);
        assertThat(pod.switchPath(port)).startsWith("pod-00/");
      }
    }
  }

  @ParameterizedTest
  @MethodSource("presets")
  void everyNumberOfAPresetHasConfidenceAndSource(Preset preset) {
    preset
        .values()
        .forEach(
            (name, v) -> {
              assertThat(v.confidence()).as(name).isNotEqualTo(Confidence.STATED);
              assertThat(v.source()).as(name).isNotBlank().isNotEqualTo("stated in the file");
              assertThat(v.number()).as(name).isNotNull();
            });
    assertThat(preset.slots().confidence()).isNotEqualTo(Confidence.STATED);
    assertThat(preset.slots().source()).isNotBlank();
    for (Preset.Wire w : preset.wires()) {
      assertThat(w.confidence()).isNotIn(Confidence.STATED, Confidence.UNPUBLISHED);
      assertThat(w.source()).isNotBlank().isNotEqualTo("stated in the file");
    }
    assertThat(preset.description()).isNotBlank();
  }

  @Test
  void podsAreNamedInTheOrderOfTheirNumbers() {
    assertThat(CATALOG.plan("mlu370", new Overrides(null, 100, 1)).pods().get(99).pod())
        .isEqualTo("pod-99");
    ClusterPlan wide = CATALOG.plan("mlu370", new Overrides(null, 101, 1));
    assertThat(wide.pods().get(0).pod()).isEqualTo("pod-000");
    assertThat(wide.pods().get(100).pod()).isEqualTo("pod-100");
    assertThat(wide.pods().stream().map(PodLayout::pod)).isSorted().doesNotHaveDuplicates();
  }

  @Test
  void theSwitchesOfTheLargePresetsAreWhereTheirVendorsPutThem() {
    PodLayout atlas = CATALOG.plan("atlas-960", Overrides.NONE).pods().get(3);
    int chip = atlas.chipIndex(atlas.boardIndex(175, 10), 7);
    assertThat(atlas.portPath(atlas.portIndex(chip, 17)))
        .isEqualTo("pod-03/cab-175/board-10/chip-7/port-17");
    assertThat(atlas.switchPath(atlas.portIndex(chip, 7))).isEqualTo("pod-03/cab-175/switch-0");
    assertThat(atlas.switchPath(atlas.portIndex(chip, 17))).isEqualTo("pod-03/plane-3/switch-10");

    PodLayout nvl = CATALOG.plan("nvl72", Overrides.NONE).pods().get(0);
    assertThat(IntStream.range(0, 18).mapToObj(nvl::switchPath).distinct().toList())
        .hasSize(18)
        .allMatch(s -> s.startsWith("pod-00/cab-000/switch-"));

    PodLayout cloud = CATALOG.plan("cloudmatrix-384", Overrides.NONE).pods().get(0);
    assertThat(IntStream.range(0, 14).mapToObj(cloud::switchPath).distinct().toList())
        .hasSize(7)
        .allMatch(s -> s.startsWith("pod-00/cab-000/board-0/switch-"));

    PodLayout hgx = CATALOG.plan("hgx-h100", Overrides.NONE).pods().get(0);
    assertThat(IntStream.range(0, 18).mapToObj(hgx::switchPath).distinct().toList()).hasSize(4);
    assertThat(hgx.planes()).isEqualTo(8);
    int last = hgx.chipIndex(hgx.boardIndex(7, 3), 5);
    assertThat(hgx.switchPath(hgx.portIndex(last, 18))).isEqualTo("pod-00/rail-5/switch-00");
  }
}
