package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.util.List;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;

/** What links say where pods are large, readings are rare, or faults come again and again. */
final class LinkFindingsTest {
  /** 25 boards of 8 chips with 25 ports: 5,000 ports, more than speeds are kept of. */
  private static final PodLayout LARGE =
      new PodLayout(
          "pod-00",
          5,
          5,
          8,
          25,
          List.of(new PortGroup(0, 25, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 1, "Z")),
          new int[8],
          1,
          1,
          new ChipLimits("Test chip", 870, 890, 950, true, 400_000));

  /** Says when a board reads its links. */
  private interface Schedule {
    boolean reads(int board, int second);
  }

  /** What a large pod tells in 140 s in which its ports run at half of their nominal speed. */
  private static List<String> storyAtHalfSpeed(IntPredicate narrow, Schedule schedule) {
    SmallPod told = new SmallPod(new PodMonitor(LARGE, DetectorSettings.DEFAULT));
    Report r = new Report();
    for (int second = 0; second < 140; second++) {
      for (int board = 0; board < LARGE.boards(); board++) {
        fill(r, board, second);
        for (int p = 0; schedule.reads(board, second) && p < 8 * 25; p++) {
          int link = r.addLink(p / 25, p % 25);
          r.linkState[link] = Report.LINK_UP;
          r.linkRate[link] = narrow.test(board * 8 * 25 + p) ? 200_000 : 400_000;
        }
        told.monitor.accept(r, told.output);
      }
    }
    assertThat(told.windows).hasSizeGreaterThan(10);
    return told.story();
  }

  private static void fill(Report r, int board, int second) {
    r.clear();
    r.pod = LARGE.pod();
    r.cabinet = LARGE.cabinetOfBoard(board);
    r.board = board % LARGE.boardsPerCabinet();
    r.agentStartMs = SmallPod.START - 1_000;
    r.sequence = second;
    r.timeMs = SmallPod.START + second * 1_000L;
    for (int position = 0; position < LARGE.chipsPerBoard(); position++) {
      r.addChip(position);
    }
  }

  @Test
  void aNominalSpeedThatIsWrongForALargePodIsNoFaultBetweenReadings() {
    assertThat(storyAtHalfSpeed(port -> true, (board, second) -> second % 60 == 3)).isEmpty();
  }

  @Test
  void aNominalSpeedThatIsWrongIsNoFaultOfTheBoardsThatAreReadNext() {
    assertThat(storyAtHalfSpeed(port -> true, (board, second) -> second % 60 == board * 2))
        .isEmpty();
  }

  @Test
  void aFewNarrowPortsOfALargePodAreNamedBetweenReadings() {
    assertThat(storyAtHalfSpeed(port -> port == 4_500, (board, second) -> second % 60 == 3))
        .containsExactly("OPENED LINK_NARROW " + LARGE.portPath(4_500));
  }
}
