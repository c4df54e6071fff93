package io.isotherm.core;

import static io.isotherm.core.TrainingPod.BOARD;
import static io.isotherm.core.TrainingPod.CHIP;
import static io.isotherm.core.TrainingPod.CHIP_PATH;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Boards and chips that fall silent, and agents that start anew. */
final class SilentBoardsTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void theWindowInWhichABoardFellSilentCounts() {
    pod.run(0, 34);
    pod.silentBoards.add(BOARD);
    pod.run(34, 56);

    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT pod-00/cab-001/board-2");
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 50_000);
    assertThat(pod.incidents.get(0).firstSeenMs()).isEqualTo(SmallPod.START + 30_000);
  }

  @Test
  void theWindowInWhichAChipFellSilentCounts() {
    pod.run(0, 34);
    pod.lostChips.add(CHIP);
    pod.run(34, 56);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + CHIP_PATH);
    assertThat(pod.incidents.get(0).openedMs()).isEqualTo(SmallPod.START + 50_000);
  }

  @Test
  void aBoardThatFellSilentAtTheEndOfAWindowIsGivenTwoMore() {
    pod.run(0, 39);
    pod.silentBoards.add(BOARD);
    pod.lostChips.add(0);
    pod.run(39, 56);
    assertThat(pod.story()).isEmpty();

    pod.run(56, 70);
    assertThat(pod.story()).hasSize(2).allMatch(e -> e.startsWith("OPENED"));
  }

  /** Lets a board be away for a while and come back with an agent that started then. */
  private void restart(int awayFrom, int awayUntil) {
    replace(awayFrom, awayUntil, SmallPod.START + awayUntil * 1_000L);
  }

  /** Lets a board be away for a while and come back with an agent that started at another time. */
  private void replace(int awayFrom, int awayUntil, long agentStartMs) {
    pod.hand =
        (r, b, s) -> {
          if (b == BOARD && s >= awayUntil) {
            r.agentStartMs = agentStartMs;
          }
        };
    pod.run(0, awayFrom);
    pod.silentBoards.add(BOARD);
    pod.run(awayFrom, awayUntil);
    pod.silentBoards.clear();
    pod.run(awayUntil, awayUntil + 60);
  }

  @Test
  void aHostThatRestartsQuicklyIsARestart() {
    restart(28, 42);

    assertThat(pod.story().get(0)).isEqualTo("OPENED HOST_RESTART pod-00/cab-001/board-2");
    assertThat(pod.story()).noneMatch(e -> e.contains("SILENT"));
  }

  @Test
  void aHostThatRestartsSlowlyIsOneIncidentWithTheRestartAsEvidence() {
    restart(30, 120);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-001/board-2",
            "RESOLVED BOARD_SILENT pod-00/cab-001/board-2");
    assertThat(pod.incidents.get(1).evidence())
        .extracting(IncidentEvent.Evidence::finding)
        .contains("host_restart");
  }

  /** A hot spare that has run for long, or an agent that started before its clock was put right. */
  @Test
  void anAgentThatTakesOverAndStartedBeforeItsPredecessorIsHeard() {
    replace(30, 120, SmallPod.START - 5_000);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT pod-00/cab-001/board-2",
            "RESOLVED BOARD_SILENT pod-00/cab-001/board-2");
    assertThat(pod.incidents.get(1).evidence())
        .extracting(IncidentEvent.Evidence::finding)
        .doesNotContain("host_restart");
    assertThat(pod.last().states().healthy()).isEqualTo(48);
    assertThat(pod.last().counters().duplicates()).isZero();
  }

  /** Such as a bridge with another interval, or a spare: nobody has restarted. */
  @Test
  void anotherAgentThatStartedBeforeTheLastReportIsNoRestart() {
    replace(28, 42, SmallPod.START - 5_000);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void whatIsLeftOverFromAnAgentThatWasReplacedIsADuplicate() {
    restart(30, 42);
    pod.hand = (r, b, s) -> {};

    assertThat(pod.send(BOARD, 29)).isEqualTo(Outcome.DUPLICATE);
    assertThat(pod.send(BOARD, 109)).isEqualTo(Outcome.DUPLICATE);
  }

  @Test
  void anAgentThatStartsAnewWithoutASilenceIsNoRestart() {
    restart(60, 60);

    assertThat(pod.story()).isEmpty();
  }
}
