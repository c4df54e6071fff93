package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.model.Placement;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AffectedJobsTest {
  private final SmallPod pod = new SmallPod();

  private static Placement job(String name, int first, int boards) {
    return new Placement(
        name,
        0,
        Long.MAX_VALUE,
        false,
        List.of(new Placement.Member("pod-00", first, boards, "worker", 0)));
  }

  /** What is told of the one incident that is opened. */
  private IncidentEvent opened() {
    pod.run(30, 120);
    List<IncidentEvent> opened =
        pod.incidents.stream().filter(e -> e.type() == IncidentEvent.Type.OPENED).toList();
    assertThat(opened).hasSize(1);
    return opened.get(0);
  }

  private static List<String> jobs(IncidentEvent e) {
    return e.evidence().stream()
        .filter(v -> v.finding().equals("job"))
        .map(v -> "%s: %d of %d %s".formatted(v.subject(), v.value(), v.expected(), v.unit()))
        .toList();
  }

  @Test
  void anIncidentSaysWhichJobsWorkOnItsPart() {
    pod.monitor.placements(List.of(job("llm", 3, 2), job("eval", 5, 4)));
    pod.run(0, 30);
    for (int board = 3; board < 6; board++) {
      pod.silentBoards.add(board);
    }

    IncidentEvent cabinet = opened();
    assertThat(cabinet.kind()).isEqualTo(IncidentKind.CABINET_SILENT);
    assertThat(jobs(cabinet)).containsExactly("job/llm: 2 of 2 boards", "job/eval: 1 of 4 boards");
    assertThat(cabinet.summary()).endsWith("; 12 chips affected, of job llm and 1 other job.");
  }

  @Test
  void aChipHasTheJobOfItsBoardAndAFreeOneHasNone() {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    pod.lostChips.add(3 * SmallPod.LAYOUT.chipsPerBoard());
    IncidentEvent chip = opened();
    assertThat(chip.kind()).isEqualTo(IncidentKind.CHIP_SILENT);
    assertThat(chip.evidence()).extracting(Evidence::finding).containsExactly("chip_silent", "job");
    assertThat(chip.summary()).endsWith("; 1 chip affected, of job llm.");

    SmallPod other = new SmallPod();
    other.monitor.placements(List.of(job("llm", 3, 2)));
    other.run(0, 30);
    other.lostChips.add(0);
    other.run(30, 120);
    assertThat(other.incidents.get(0).summary()).endsWith("; 1 chip affected.");
  }

  @Test
  void aLinkHasTheJobOfItsBoard() {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    int chip = 4 * SmallPod.LAYOUT.chipsPerBoard() + 1;
    pod.downPorts.add(chip * SmallPod.LAYOUT.portsPerChip() + 3);
    IncidentEvent link = opened();
    assertThat(link.kind()).isEqualTo(IncidentKind.LINK_DOWN);
    assertThat(jobs(link)).containsExactly("job/llm: 1 of 2 boards");
  }

  @Test
  void aBoardHasItsJobUntilTheIncidentIsOver() {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    pod.silentBoards.add(4);
    IncidentEvent board = opened();
    assertThat(board.kind()).isEqualTo(IncidentKind.BOARD_SILENT);
    assertThat(jobs(board)).containsExactly("job/llm: 1 of 2 boards");

    pod.silentBoards.clear();
    pod.run(120, 240);
    IncidentEvent resolved = pod.incidents.get(pod.incidents.size() - 1);
    assertThat(resolved.type()).isEqualTo(IncidentEvent.Type.RESOLVED);
    assertThat(resolved.summary()).endsWith(", of job llm.");
  }
}
