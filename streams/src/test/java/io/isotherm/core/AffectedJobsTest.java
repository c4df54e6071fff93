package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
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
    return e.jobs().stream()
        .map(j -> "%s: %d of %d".formatted(j.job(), j.boards(), j.boardsInPod()))
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
    assertThat(jobs(cabinet)).containsExactly("llm: 2 of 2", "eval: 1 of 4");
    assertThat(cabinet.summary()).endsWith("; 12 chips affected, of job llm and 1 other job.");
  }

  @Test
  void aChipHasTheJobOfItsBoardAndAFreeOneHasNone() {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    pod.lostChips.add(3 * SmallPod.LAYOUT.chipsPerBoard());
    IncidentEvent chip = opened();
    assertThat(chip.kind()).isEqualTo(IncidentKind.CHIP_SILENT);
    assertThat(chip.evidence()).extracting(Evidence::finding).containsExactly("chip_silent");
    assertThat(jobs(chip)).containsExactly("llm: 1 of 2");
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
    assertThat(jobs(link)).containsExactly("llm: 1 of 2");
  }

  @Test
  void aBoardHasItsJobUntilTheIncidentIsOver() {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    pod.silentBoards.add(4);
    IncidentEvent board = opened();
    assertThat(board.kind()).isEqualTo(IncidentKind.BOARD_SILENT);
    assertThat(jobs(board)).containsExactly("llm: 1 of 2");

    pod.silentBoards.clear();
    pod.run(120, 240);
    IncidentEvent resolved = pod.incidents.get(pod.incidents.size() - 1);
    assertThat(resolved.type()).isEqualTo(IncidentEvent.Type.RESOLVED);
    assertThat(resolved.summary()).endsWith(", of job llm.");
  }

  @Test
  void aPodHasAllItsJobsTheLargestFirst() {
    pod.monitor.placements(List.of(job("eval", 0, 2), job("llm", 3, 4), job("spare", 11, 1)));
    pod.run(0, 30);
    for (int board = 0; board < SmallPod.LAYOUT.boards(); board++) {
      pod.silentBoards.add(board);
    }
    for (int second = 30; second < 120; second += 10) {
      pod.tick(second);
    }
    IncidentEvent silent = pod.incidents.get(0);
    assertThat(silent.kind()).isEqualTo(IncidentKind.POD_SILENT);
    assertThat(jobs(silent)).containsExactly("llm: 4 of 4", "eval: 2 of 2", "spare: 1 of 1");
  }

  @Test
  void aGroupOfCabinetsHasTheJobsOfItsBoards() {
    PodLayout layout =
        SmallPod.layout(
            SmallPod.LAYOUT.portGroups(), /* cabinetsPerLoop= */ 2, /* cabinetsPerFeed= */ 3);
    JobMap jobs = JobMap.at(layout, List.of(job("llm", 5, 2), job("eval", 10, 2)), 0);
    Candidate firstLoop = new Candidate(IncidentKind.COOLING_LOOP_HOT, 0, "loop-0");
    Candidate secondLoop = new Candidate(IncidentKind.COOLING_LOOP_HOT, 1, "loop-1");
    Candidate secondFeed = new Candidate(IncidentKind.POWER_SAG, 1, "feed-1");
    AffectedJobs.addTo(List.of(firstLoop, secondLoop, secondFeed), layout, jobs);
    assertThat(firstLoop.jobs).containsExactly(new AffectedJob("llm", 1, 2));
    assertThat(secondLoop.jobs)
        .containsExactly(new AffectedJob("eval", 2, 2), new AffectedJob("llm", 1, 2));
    assertThat(secondFeed.jobs).containsExactly(new AffectedJob("eval", 2, 2));
  }

  @Test
  void theSwitchesOfABoardHaveItsJobAndAPlaneHasNone() {
    PodLayout layout =
        SmallPod.layout(
            List.of(
                new PortGroup(0, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.BOARD, 0, 2, "A"),
                new PortGroup(1, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 2, "B")),
            1,
            1);
    JobMap jobs = JobMap.at(layout, List.of(job("llm", 3, 2)), 0);
    int ofBoard = layout.switchOfPort(layout.portIndex(layout.chipIndex(4, 0), 0));
    int ofPlane = layout.switchOfPort(layout.portIndex(layout.chipIndex(4, 0), 1));
    Candidate own = new Candidate(IncidentKind.SWITCH_FAULT, ofBoard, "own");
    Candidate all = new Candidate(IncidentKind.PLANE_FAULT, layout.setOfSwitch(ofBoard), "all");
    Candidate shared = new Candidate(IncidentKind.SWITCH_FAULT, ofPlane, "shared");
    Candidate plane = new Candidate(IncidentKind.PLANE_FAULT, layout.setOfSwitch(ofPlane), "plane");
    AffectedJobs.addTo(List.of(own, all, shared, plane), layout, jobs);
    assertThat(own.jobs).containsExactly(new AffectedJob("llm", 1, 2));
    assertThat(all.jobs).isEqualTo(own.jobs);
    assertThat(shared.jobs).isEmpty();
    assertThat(plane.jobs).isEmpty();
  }

  @Test
  void itIsToldWhenAnotherJobBeginsToWorkThere() {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    pod.lostChips.add(3 * SmallPod.LAYOUT.chipsPerBoard());
    assertThat(jobs(opened())).containsExactly("llm: 1 of 2");
    int before = pod.incidents.size();

    pod.monitor.placements(List.of(job("next", 3, 1)));
    pod.run(120, 180);
    assertThat(pod.incidents.subList(before, pod.incidents.size()))
        .extracting(e -> e.type() + " " + jobs(e))
        .containsExactly("UPDATED [next: 1 of 1, llm: 0 of 2]");
    assertThat(pod.incidents.get(before).summary()).endsWith("; 1 chip affected, of job next.");
  }

  @Test
  void itIsKnownAfterARestart() throws Exception {
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.run(0, 30);
    pod.lostChips.add(3 * SmallPod.LAYOUT.chipsPerBoard());
    opened();
    int before = pod.incidents.size();

    pod.restore();
    pod.monitor.placements(List.of(job("llm", 3, 2)));
    pod.lostChips.clear();
    pod.run(120, 240);
    assertThat(pod.incidents.subList(before, pod.incidents.size()))
        .extracting(e -> e.type() + " " + jobs(e))
        .containsExactly("RESOLVED [llm: 1 of 2]");
  }
}
