package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SilenceFindingsTest {
  private static final PodLayout LAYOUT = SmallPod.LAYOUT;
  private static final int BOARD = 5;
  private static final int CHIP = LAYOUT.chipIndex(BOARD, 2);

  /** A pod whose boards report chips and links apart, each in a rhythm of its own. */
  private static final class Apart extends SmallPod {
    private final int chipsEvery;
    private final int linksEvery;

    /** Boards whose exporter of chips is down. */
    final List<Integer> withoutChips = new ArrayList<>();

    Apart(int chipsEvery, int linksEvery) {
      this.chipsEvery = chipsEvery;
      this.linksEvery = linksEvery;
      for (int port = 0; port < LAYOUT.ports(); port++) {
        waitPermille.put(port, 1);
      }
    }

    @Override
    Outcome send(int board, int second) {
      Outcome outcome = Outcome.ACCEPTED;
      if (second % chipsEvery == 0 && !withoutChips.contains(board)) {
        fill(board, second);
        report.linkCount = 0;
        report.sequence = 2 * sequence[board];
        outcome = monitor.accept(report, output);
      }
      if (second % linksEvery == 3 % linksEvery) {
        fill(board, second - second % 10 + 3);
        report.chipCount = 0;
        report.timeMs = START + second * 1_000L + board * 50L + 10;
        report.sequence = 2 * sequence[board] + 1;
        outcome = monitor.accept(report, output);
      }
      return outcome;
    }
  }

  /** The state of a chip in each window so far. */
  private static List<Integer> states(SmallPod pod, int chip) {
    return pod.windows.stream().map(w -> (int) w.chipStates()[chip]).toList();
  }

  @Test
  void chipsThatComeMoreRarelyThanLinksAreThere() {
    Apart pod = new Apart(5, 1);
    pod.run(0, 60);
    for (int b = 0; b < LAYOUT.boards(); b++) {
      pod.withoutChips.add(b);
    }
    // The reports of chips of one window are lost.
    pod.run(60, 70);
    pod.withoutChips.clear();
    pod.run(70, 120);

    assertThat(pod.story()).isEmpty();
    assertThat(states(pod, CHIP))
        .startsWith(0, 0, 0, 0, 0, 0, ChipState.UNKNOWN.code(), 0)
        .doesNotContain(ChipState.FAILED.code(), ChipState.SUSPECT.code());
  }

  @Test
  void aChipThatIsLostIsFoundWhereLinksComeMoreOften() {
    Apart pod = new Apart(2, 1);
    pod.run(0, 34);
    pod.lostChips.add(CHIP);
    pod.run(34, 60);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + LAYOUT.chipPath(CHIP));
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 50_000);
  }

  @Test
  void windowsWithoutAWordOfChipsSayNothingOfThem() {
    Apart pod = new Apart(30, 10);
    pod.run(0, 300);

    assertThat(pod.story()).isEmpty();
    int unknown = ChipState.UNKNOWN.code();
    assertThat(states(pod, CHIP)).startsWith(0, unknown, unknown, 0, unknown, unknown, 0);
  }

  @Test
  void aLinkThatIsDownIsFoundWhereChipsComeMoreRarely() {
    Apart pod = new Apart(30, 10);
    int port = LAYOUT.portIndex(CHIP, 4);
    pod.run(0, 60);
    pod.downPorts.add(port);
    pod.run(60, 300);

    assertThat(pod.story()).containsExactly("OPENED LINK_DOWN " + LAYOUT.portPath(port));
  }

  @Test
  void aLinkThatFlapsIsFoundWhereChipsComeMoreRarely() {
    Apart pod = new Apart(30, 10);
    int port = LAYOUT.portIndex(CHIP, 4);
    for (int s = 0; s < 240; s += 60) {
      pod.run(s, s + 40);
      pod.downPorts.add(port);
      pod.run(s + 40, s + 50);
      pod.downPorts.clear();
      pod.run(s + 50, s + 60);
    }

    assertThat(pod.story()).containsExactly("OPENED LINK_FLAP " + LAYOUT.portPath(port));
  }

  @Test
  void aChipThatIsMissingTwiceIsSilentHoweverRarelyChipsCome() {
    Apart pod = new Apart(30, 10);
    pod.run(0, 60);
    pod.lostChips.add(CHIP);
    pod.run(60, 90);
    pod.lostChips.clear();
    pod.run(90, 180);
    assertThat(pod.story()).isEmpty();

    pod.lostChips.add(CHIP);
    pod.run(180, 300);
    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + LAYOUT.chipPath(CHIP));
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 220_000);
    assertThat(pod.last().states().failed()).isEqualTo(1);

    pod.lostChips.clear();
    pod.run(300, 360);
    assertThat(pod.story()).endsWith("RESOLVED CHIP_SILENT " + LAYOUT.chipPath(CHIP));
  }

  @Test
  void chipsOfWhichNothingWasSaidForAMinuteAreGone() {
    Apart pod = new Apart(5, 1);
    pod.run(0, 60);
    pod.withoutChips.add(BOARD);
    pod.run(60, 126);
    assertThat(pod.story()).isEmpty();

    pod.run(126, 200);
    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT " + LAYOUT.boardPath(BOARD));
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 130_000);
    assertThat(pod.last().states().failed()).isEqualTo(4);

    pod.withoutChips.clear();
    pod.run(200, 230);
    assertThat(pod.story()).endsWith("RESOLVED BOARD_SILENT " + LAYOUT.boardPath(BOARD));
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  /** Lets the boards of a cabinet, or all, be cut off for two minutes and then drain a backlog. */
  private static SmallPod cutOff(int boards) {
    SmallPod pod = new SmallPod();
    pod.run(0, 60);
    List<Integer> cut = new ArrayList<>();
    for (int b = 0; b < boards; b++) {
      cut.add(b);
    }
    pod.silentBoards.addAll(cut);
    for (int s = 60; s < 180; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }
    pod.silentBoards.clear();
    // Two seconds of the backlog with every second, and what is said now only after that.
    pod.hand = (r, b, s) -> r.timeMs -= b < boards ? Math.max(0, 300 - s) * 1_000L : 0;
    for (int s = 180; s < 400; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }
    return pod;
  }

  @Test
  void aPodThatDrainsABacklogIsSilentUntilItHasAndNoClockIsWrong() {
    SmallPod pod = cutOff(LAYOUT.boards());

    assertThat(pod.story())
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  @Test
  void aCabinetThatDrainsABacklogIsSilentUntilItHasAndNoClockIsWrong() {
    SmallPod pod = cutOff(LAYOUT.boardsPerCabinet());

    assertThat(pod.story())
        .containsExactly(
            "OPENED CABINET_SILENT pod-00/cab-000", "RESOLVED CABINET_SILENT pod-00/cab-000");
    assertThat(pod.last().states().healthy()).isEqualTo(48);
  }

  /** Seconds after which what is silent by itself counts no more, and some windows. */
  private static final int LONG = 720;

  /** Lets a pod report and tick, so that its windows close whatever is silent. */
  private static void runAndTick(SmallPod pod, int from, int to) {
    for (int s = from; s < to; s++) {
      pod.run(s, s + 1);
      if (s % 5 == 0) {
        pod.tick(s);
      }
    }
  }

  /** A pod in which boards fell silent one minute after the other, long ago. */
  private static SmallPod longWithout(Integer... boards) {
    SmallPod pod = new SmallPod();
    int second = 20;
    runAndTick(pod, 0, second);
    for (int board : boards) {
      pod.silentBoards.add(board);
      runAndTick(pod, second, second + 60);
      second += 60;
    }
    runAndTick(pod, second, LONG + 180);
    assertThat(pod.story()).hasSize(boards.length).allMatch(e -> e.startsWith("OPENED BOARD_S"));
    pod.incidents.clear();
    return pod;
  }

  @Test
  void aCabinetIsBackWhenOnlyThoseAreSilentThatWereSoLongBefore() {
    SmallPod pod = longWithout(0, 1);
    pod.silentBoards.add(2);
    runAndTick(pod, LONG + 180, LONG + 240);
    pod.silentBoards.remove(2);
    runAndTick(pod, LONG + 240, LONG + 300);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CABINET_SILENT pod-00/cab-000", "RESOLVED CABINET_SILENT pod-00/cab-000");
  }

  @Test
  void boardsThatFallSilentMinutesAfterEachOtherAreTheirCabinet() {
    SmallPod pod = new SmallPod();
    for (int board = 0; board < 3; board++) {
      runAndTick(pod, 120 * board, 120 * board + 120);
      pod.silentBoards.add(board);
    }
    runAndTick(pod, 360, 1_200);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-000/board-0",
            "OPENED BOARD_SILENT pod-00/cab-000/board-1",
            "OPENED CABINET_SILENT pod-00/cab-000");
  }

  @Test
  void boardsAreNotTheirPodBecauseItsOtherCabinetsHaveLongBeenSilent() {
    SmallPod pod = new SmallPod();
    runAndTick(pod, 0, 20);
    for (int board = 3; board < LAYOUT.boards(); board++) {
      pod.silentBoards.add(board);
    }
    runAndTick(pod, 20, LONG);
    pod.incidents.clear();
    pod.silentBoards.addAll(List.of(0, 1));
    runAndTick(pod, LONG, LONG + 60);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-000/board-0",
            "OPENED BOARD_SILENT pod-00/cab-000/board-1");
  }

  @Test
  void aPodIsBackWhenOnlyThoseAreSilentThatWereSoLongBefore() {
    SmallPod pod = new SmallPod();
    runAndTick(pod, 0, 20);
    for (int board = 0; board < 6; board++) {
      pod.silentBoards.add(board);
    }
    runAndTick(pod, 20, LONG);
    pod.incidents.clear();
    for (int board = 6; board < LAYOUT.boards(); board++) {
      pod.silentBoards.add(board);
    }
    runAndTick(pod, LONG, LONG + 90);
    for (int board = 6; board < LAYOUT.boards(); board++) {
      pod.silentBoards.remove(board);
    }
    runAndTick(pod, LONG + 90, LONG + 150);

    assertThat(pod.story())
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
  }

  @Test
  void aChipIsNotItsBoardBecauseOthersHaveLongBeenLost() {
    SmallPod pod = new SmallPod();
    runAndTick(pod, 0, 20);
    pod.lostChips.addAll(List.of(0, 1));
    runAndTick(pod, 20, LONG);
    pod.incidents.clear();
    pod.lostChips.add(2);
    runAndTick(pod, LONG, LONG + 60);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + LAYOUT.chipPath(2));
  }

  @Test
  void aLinkOfABoardThatIsBackIsFoundAlthoughItsCabinetStaysSilent() {
    SmallPod pod = new SmallPod();
    runAndTick(pod, 0, 20);
    pod.silentBoards.addAll(List.of(0, 1, 2));
    runAndTick(pod, 20, 80);
    pod.silentBoards.remove(0);
    int port = LAYOUT.portIndex(1, 4);
    pod.downPorts.add(port);
    runAndTick(pod, 80, 600);
    assertThat(pod.story())
        .containsExactly(
            "OPENED CABINET_SILENT pod-00/cab-000", "UPDATED CABINET_SILENT pod-00/cab-000");

    pod.incidents.clear();
    runAndTick(pod, 600, LONG);
    assertThat(pod.story()).containsExactly("OPENED LINK_DOWN " + LAYOUT.portPath(port));
  }

  @Test
  void linksOfABoardThatReturnsToALongSilentCabinetAreNotFoundBeforeTheirNextReading() {
    SmallPod pod = new SmallPod();
    // Links are read once a minute, and those of the board that returns train during the first.
    pod.hand =
        (r, board, second) -> {
          r.linkCount = second % 60 == 13 ? r.linkCount : 0;
          for (int l = 0; l < r.linkCount; l++) {
            boolean trains = board == 0 && second == LONG + 193;
            r.linkState[l] = trains ? Report.LINK_DOWN : Report.LINK_UP;
          }
        };
    runAndTick(pod, 0, 20);
    pod.silentBoards.addAll(List.of(0, 1, 2));
    runAndTick(pod, 20, LONG + 180);
    pod.incidents.clear();
    pod.silentBoards.remove(0);
    runAndTick(pod, LONG + 180, LONG + 300);

    assertThat(pod.story()).isNotEmpty().allMatch("UPDATED CABINET_SILENT pod-00/cab-000"::equals);
  }

  @Test
  void boardsOfACabinetWhoseClocksAreWrongAreNoSilentCabinet() {
    SmallPod pod = new SmallPod();
    pod.hand =
        (r, b, s) -> {
          r.agentStartMs -= 10_000_000;
          r.timeMs -= b < 3 && s >= 60 ? 300_000 : 0;
        };
    pod.run(0, 120);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_CLOCK pod-00/cab-000/board-0",
            "OPENED BOARD_CLOCK pod-00/cab-000/board-1",
            "OPENED BOARD_CLOCK pod-00/cab-000/board-2");
  }

  @ParameterizedTest
  @ValueSource(ints = {25, 30, 35, 39})
  void aClockThatIsAheadByLessThanTheOpenWindowsIsToldFromSilence(int aheadSeconds) {
    SmallPod pod = new SmallPod();
    pod.hand = (r, b, s) -> r.timeMs += b == 4 && s >= 67 && s < 300 ? aheadSeconds * 1_000L : 0;
    pod.run(0, 300);

    assertThat(pod.story()).containsExactly("OPENED BOARD_CLOCK pod-00/cab-001/board-1");
    assertThat(pod.incidents.get(0).summary())
        .startsWith(
            "Board pod-00/cab-001/board-1 reports with a clock "
                + (aheadSeconds <= 30 ? "that is ahead, by about 2" : "so wrong that"));
    assertThat(pod.last().openIncidents()).isEqualTo(1);

    pod.run(300, 400);
    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_CLOCK pod-00/cab-001/board-1",
            "RESOLVED BOARD_CLOCK pod-00/cab-001/board-1");
  }

  /** All are ahead of the windows that were empty meanwhile. */
  @ParameterizedTest
  @ValueSource(ints = {25, 30, 35, 39})
  void aPodThatComesBackAfterAGapHasNoWrongClocks(int gapSeconds) {
    SmallPod pod = new SmallPod();
    pod.run(0, 60);
    pod.run(60 + gapSeconds, 140);

    assertThat(pod.story())
        .containsExactly("OPENED POD_SILENT pod-00", "RESOLVED POD_SILENT pod-00");
  }

  @Test
  void aBoardThatComesBackWhileWindowsWaitIsNotAhead() {
    SmallPod pod = new SmallPod();
    runAndTick(pod, 0, 60);
    for (int b = 0; b < 8; b++) {
      pod.silentBoards.add(b);
    }
    runAndTick(pod, 60, 83);
    pod.silentBoards.remove(0);
    runAndTick(pod, 83, 200);

    assertThat(pod.story()).noneMatch(event -> event.contains("BOARD_CLOCK"));
  }

  @Test
  void whatIsSaidOfAChipThatWasMissingForLongIsForHowLong() {
    SmallPod pod = new SmallPod();
    pod.run(0, 100);
    pod.lostChips.add(CHIP);
    pod.run(100, 1_600);
    pod.lostChips.clear();
    pod.run(1_600, 1_660);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_SILENT " + LAYOUT.chipPath(CHIP),
            "RESOLVED CHIP_SILENT " + LAYOUT.chipPath(CHIP));
    assertThat(pod.incidents.get(1).summary()).contains("for 150 windows");
  }
}
