package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What makes jobs and chips slow, and for how long. */
final class SlowJobsTest {
  private static final int CHIP = 21;
  private static final String CHIP_PATH = LAYOUT.chipPath(CHIP);

  private final SmallPod pod = new SmallPod();

  SlowJobsTest() {
    pod.monitor.placements(List.of(job("train", 0, Long.MAX_VALUE, true, 0, LAYOUT.boards())));
  }

  private static Placement job(
      String name, long fromMs, long untilMs, boolean synchronous, int board, int boards) {
    Placement.Member member = new Placement.Member(LAYOUT.pod(), board, boards, "worker", 0);
    return new Placement(name, fromMs, untilMs, synchronous, List.of(member));
  }

  /** Changes what one chip says. */
  private interface Change {
    void of(Report report, int i, int chip);
  }

  private void run(int from, int to, Change change) {
    pod.hand =
        (report, board, second) -> {
          for (int i = 0; i < report.chipCount; i++) {
            change.of(report, i, LAYOUT.chipIndex(board, report.chip[i]));
          }
        };
    pod.run(from, to);
  }

  private static void slow(Report r, int i, int permille) {
    r.tensorActivity[i] = r.tensorActivity[i] * (1_000 - permille) / 1_000;
    r.power[i] = r.power[i] * (1_000 - permille) / 1_000;
  }

  /** Does nothing, with its memory held. */
  private static void pause(Report r, int i) {
    r.tensorActivity[i] = 0;
    r.steps[i] = 100;
    r.utilization[i] = 0;
    r.power[i] = 900;
  }

  private static void end(Report r, int i) {
    pause(r, i);
    r.hbmUsed[i] = 500;
  }

  private void slowJob() {
    run(0, 200, (r, i, chip) -> {});
    run(200, 500, (r, i, chip) -> slow(r, i, 250));
    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9})
  void aDipOfFortySecondsMakesNoJobSlow(int offset) {
    run(0, 600 + offset, (r, i, chip) -> {});
    run(600 + offset, 640 + offset, (r, i, chip) -> slow(r, i, 900));
    run(640 + offset, 900, (r, i, chip) -> {});

    assertThat(pod.story()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"600, 70", "600, 79", "604, 76", "604, 84", "606, 40"})
  void aSlowJobIsOneIncidentThroughAPause(int from, int seconds) {
    run(0, 300, (r, i, chip) -> {});
    run(300, from, (r, i, chip) -> slow(r, i, 250));
    run(from, from + seconds, (r, i, chip) -> pause(r, i));
    run(from + seconds, 1_000, (r, i, chip) -> slow(r, i, 250));

    assertThat(pod.story()).containsExactly("OPENED JOB_SLOW job/train");
  }

  /** The board of the slow chip begins and ends its pauses some seconds sooner or later. */
  @ParameterizedTest
  @CsvSource({"180, 40, 0, 0", "180, 40, -6, 6", "180, 40, 6, 6", "180, 40, 0, 6", "300, 50, 0, 6"})
  void aSlowChipIsOneIncidentThroughPauses(int slow, int seconds, int begins, int ends) {
    pod.hand =
        (report, board, second) -> {
          boolean its = board == LAYOUT.boardOfChip(CHIP);
          int begin = 204 + (its ? begins : 0);
          int end = 204 + seconds + (its ? ends : 0);
          for (int i = 0; i < report.chipCount; i++) {
            if (second >= 200 && LAYOUT.chipIndex(board, report.chip[i]) == CHIP) {
              slow(report, i, slow);
            }
            if (second > 300 && second % 300 >= begin && second % 300 < end) {
              pause(report, i);
            }
          }
        };
    pod.run(0, 2_000);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aChipThatIsWellIsResolvedAlthoughItsJobPausesAgainAndAgain() {
    run(0, 200, (r, i, chip) -> {});
    run(200, 400, (r, i, chip) -> slow(r, i, chip == CHIP ? 300 : 0));
    for (int s = 400; s < 800; s += 40) {
      run(s, s + 20, (r, i, chip) -> {});
      run(s + 20, s + 40, (r, i, chip) -> pause(r, i));
    }

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aHotChipThatDoesLessAndDrawsTheSameHoldsItsJobUp() {
    run(0, 600, (r, i, chip) -> r.throttleReasons[i] = Report.ABSENT);
    pod.temperatures.put(CHIP, 940);
    run(
        600,
        1_200,
        (r, i, chip) -> {
          r.throttleReasons[i] = Report.ABSENT;
          r.tensorActivity[i] = r.tensorActivity[i] * (chip == CHIP ? 420 : 700) / 1_000;
        });

    assertThat(pod.story()).containsExactly("OPENED CHIP_HOT " + CHIP_PATH);
  }

  @Test
  void aSlowJobIsResolvedWhenItIsMovedAndDoesNotBegin() {
    long movedMs = SmallPod.START + 500_000;
    pod.monitor.placements(
        List.of(
            job("train", 0, movedMs, true, 0, 6),
            job("train", movedMs, Long.MAX_VALUE, true, 6, 6)));
    slowJob();
    run(500, 700, SlowJobsTest::endOf);

    assertThat(pod.story()).endsWith("RESOLVED JOB_SLOW job/train");
  }

  private static void endOf(Report r, int i, int chip) {
    end(r, i);
  }

  @Test
  void aSlowJobThatACrashBehindALostChipEndsIsResolved() {
    slowJob();
    pod.lostChips.add(CHIP);
    run(500, 700, SlowJobsTest::endOf);

    assertThat(pod.story()).contains("RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aSlowJobWithoutRequestsIsResolved() {
    pod.monitor.placements(List.of(job("train", 0, Long.MAX_VALUE, false, 0, LAYOUT.boards())));
    slowJob();
    run(500, 700, (r, i, chip) -> pause(r, i));

    assertThat(pod.story()).endsWith("RESOLVED JOB_SLOW job/train");
  }

  @Test
  void aRestoredMonitorKnowsHowLongAJobHasPaused() {
    List<Placement> placements =
        List.of(job("train", 0, Long.MAX_VALUE, false, 0, LAYOUT.boards()));
    pod.monitor.placements(placements);
    slowJob();
    run(500, 560, (r, i, chip) -> pause(r, i));
    pod.restore();
    pod.monitor.placements(placements);
    run(560, 700, (r, i, chip) -> pause(r, i));

    assertThat(pod.story())
        .containsExactly("OPENED JOB_SLOW job/train", "RESOLVED JOB_SLOW job/train");
    assertThat(pod.incidents.get(1).eventMs()).isEqualTo(SmallPod.START + 600_000);
  }

  @Test
  void aChipIsNotSlowInAJobForWhatItDidInTheOneBefore() {
    long endMs = SmallPod.START + 250_000;
    pod.monitor.placements(
        List.of(
            job("train", 0, endMs, true, 0, LAYOUT.boards()),
            job("next", endMs, Long.MAX_VALUE, true, 0, LAYOUT.boards())));
    run(0, 220, (r, i, chip) -> {});
    run(220, 250, (r, i, chip) -> slow(r, i, chip == CHIP ? 400 : 0));
    run(250, 850, SlowJobsTest::endOf);
    run(850, 1_200, (r, i, chip) -> {});

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void aSlowChipIsResolvedWhenThePauseIsLongerThanACheckpoint() {
    run(0, 200, (r, i, chip) -> {});
    run(200, 400, (r, i, chip) -> slow(r, i, chip == CHIP ? 300 : 0));
    run(400, 600, (r, i, chip) -> pause(r, i));

    assertThat(pod.story())
        .containsExactlyInAnyOrder(
            "OPENED CHIP_SLOW " + CHIP_PATH,
            "OPENED JOB_HANG job/train",
            "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aSlowChipThatBreaksIsSlowNoMore() {
    run(0, 200, (r, i, chip) -> {});
    run(200, 500, (r, i, chip) -> slow(r, i, chip == CHIP ? 300 : 0));
    pod.fatalChips.add(CHIP);
    run(500, 570, (r, i, chip) -> pause(r, i));

    assertThat(pod.story()).contains("RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aSlowChipInATeamTooSmallToCompareWithIsResolved() {
    long movedMs = SmallPod.START + 500_000;
    int board = LAYOUT.boardOfChip(CHIP);
    pod.monitor.placements(
        List.of(
            job("train", 0, movedMs, true, 0, LAYOUT.boards()),
            job("train", movedMs, Long.MAX_VALUE, true, board, 1)));
    run(0, 200, (r, i, chip) -> {});
    run(200, 580, (r, i, chip) -> slow(r, i, chip == CHIP ? 300 : 0));

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "RESOLVED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aChipThatDoesLessAndDrawsLittleLessHoldsItsJobUp() {
    run(0, 600, (r, i, chip) -> {});
    run(
        600,
        1_200,
        (r, i, chip) -> {
          r.tensorActivity[i] = r.tensorActivity[i] * (chip == CHIP ? 420 : 700) / 1_000;
          r.power[i] = r.power[i] * (chip == CHIP ? 900 : 1_000) / 1_000;
        });

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aHotChipWithTooFewPeersExplainsThatItsJobIsSlow() {
    int board = LAYOUT.boardOfChip(CHIP);
    pod.monitor.placements(List.of(job("train", 0, Long.MAX_VALUE, true, board, 1)));
    run(0, 600, (r, i, chip) -> r.throttleReasons[i] = Report.ABSENT);
    pod.temperatures.put(CHIP, 940);
    run(
        600,
        1_200,
        (r, i, chip) -> {
          r.throttleReasons[i] = Report.ABSENT;
          slow(r, i, 300);
        });

    assertThat(pod.story()).containsExactly("OPENED CHIP_HOT " + CHIP_PATH);
  }

  @Test
  void aChipThatIsLostAnewInAPauseIsANewFault() {
    run(0, 30, (r, i, chip) -> {});
    pod.lostChips.add(CHIP);
    run(30, 700, (r, i, chip) -> {});
    run(700, 710, (r, i, chip) -> pause(r, i));
    pod.lostChips.clear();
    run(710, 750, (r, i, chip) -> pause(r, i));
    pod.lostChips.add(CHIP);
    run(750, 1_000, (r, i, chip) -> pause(r, i));

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_SILENT " + CHIP_PATH,
            "RESOLVED CHIP_SILENT " + CHIP_PATH,
            "OPENED CHIP_SILENT " + CHIP_PATH);
  }
}
