package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.avro.PodTopology;
import io.isotherm.bridge.ByHost;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.model.PodLayout;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ClusterPartsTest {
  private static final ByHost<String> HOSTS =
      new ByHost<>(
          Map.of(
              "gpu-001.example.org",
              "pod-01/cab-002/board-3",
              "gpu-999",
              "pod-01/cab-002/board-99"));

  /** Two pods of four cabinets, each with 11 boards of 8 chips. */
  static Map<String, PodTopology> topologies() {
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 2, 4));
    Map<String, PodTopology> all = new TreeMap<>();
    for (PodLayout pod : plan.pods()) {
      all.put(pod.pod(), TopologyRecords.toAvro(plan, pod, 0));
    }
    return all;
  }

  @ParameterizedTest
  @CsvSource({
    "pod-00, pod-00, 0, 44",
    "pod-01/cab-2/, pod-01/cab-002, 22, 11",
    "pod-01/cab-002/board-3, pod-01/cab-002/board-3, 25, 1",
    "pod-00/cab-000/board-1/chip-7, pod-00/cab-000/board-1/chip-7, 1, 1",
    "pod-00/cab-000/board-1/chip-7/port-17, pod-00/cab-000/board-1/chip-7, 1, 1",
    "GPU-001, pod-01/cab-002/board-3, 25, 1",
  })
  void aPartIsFoundByItsPathAndABoardByItsHost(String name, String path, int first, int boards) {
    Part part = new ClusterParts(topologies(), HOSTS).find(name);
    assertThat(part.path()).isEqualTo(path);
    assertThat(part.firstBoard()).isEqualTo(first);
    assertThat(part.boards()).isEqualTo(boards);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "pod-02/cab-000 | 'pod-02/cab-000' is no part: pods are pod-00 to pod-01",
        "pod-01/cab-004 | 'pod-01/cab-004' is no part: pod-01 has cabinets 0 to 3",
        "pod-01/cab-003/board-11 | 'pod-01/cab-003/board-11' is no part: pod-01/cab-003 has boards 0 to 10",
        "pod-01/rail-0 | 'pod-01/rail-0' is no pod, cabinet, board or chip; write for instance pod-07, pod-07/cab-017 or pod-07/cab-017/board-5; of switches, planes, loops and feeds 'isotherm incidents --open --under PATH' tells",
        "pod-01/cab-003/board-1/chip-2/port-18 | 'pod-01/cab-003/board-1/chip-2/port-18' is no part: pod-01/cab-003/board-1/chip-2 has ports 0 to 17",
        "gpu-002 | 'gpu-002' is no part and no host of --hosts: pods are pod-00 to pod-01",
        "gpu-999 | pod-01/cab-002/board-99, host 'gpu-999' is no part: pod-01/cab-002 has boards 0 to 10",
      })
  void whatIsNoPartIsToldInOneLine(String name, String why) {
    ClusterParts parts = new ClusterParts(topologies(), HOSTS);
    assertThatThrownBy(() -> parts.find(name)).hasMessage(why);
  }

  @Test
  void withoutHostsAndPodsItIsSaidWhatIsMissing() {
    ClusterParts parts = new ClusterParts(Map.of(), null);
    assertThatThrownBy(() -> parts.find("gpu-001"))
        .hasMessage(
            "'gpu-001' is no part: nobody has published a pod to topology.pods; the name of a host"
                + " needs --hosts FILE");
  }

  @Test
  void aTopologyThatNoMonitorUsesIsLeftOut() {
    Map<String, PodTopology> all = topologies();
    PodTopology broken = PodTopology.newBuilder(all.get("pod-00")).setCabinets(0).build();
    all.put("pod-00", broken);
    assertThat(new ClusterParts(all, null).pod("pod-00")).isNull();
    assertThat(new ClusterParts(all, null).pod("pod-01")).isNotNull();
  }
}
