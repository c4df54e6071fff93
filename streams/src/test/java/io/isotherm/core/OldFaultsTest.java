package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** What jobs go on with, and what happens to them then. */
final class OldFaultsTest {
  /** A chip that is at fault from half a minute on, on a board of its own and at its position. */
  private static final int CHIP = 21;

  private static final String CHIP_PATH = LAYOUT.chipPath(CHIP);
  private static final int SINCE = 30;

  private final SmallPod pod = new SmallPod();

  OldFaultsTest() {
    pod.monitor.placements(List.of(job()));
  }

  private static Placement job() {
    return new Placement(
        "train",
        0,
        Long.MAX_VALUE,
        true,
        List.of(new Placement.Member(LAYOUT.pod(), 0, LAYOUT.boards(), "worker", 0)));
  }

  private void lose(int second) {
    pod.run(0, second);
    pod.lostChips.add(CHIP);
  }

  /** Lets the job stand still with its memory held. */
  private void hangs() {
    pod.hand =
        (r, board, second) -> {
          Arrays.fill(r.tensorActivity, 0, r.chipCount, 0);
          Arrays.fill(r.steps, 0, r.chipCount, 15);
        };
  }

  /** Lets all chips compute less by {@code others} thousandths, and {@link #CHIP} by more. */
  private void slowed(int others, int chip) {
    pod.hand =
        (r, board, second) -> {
          for (int i = 0; i < r.chipCount; i++) {
            boolean it = LAYOUT.chipIndex(board, r.chip[i]) == CHIP;
            slow(r, i, it ? chip : others);
          }
        };
  }

  private static void slow(Report r, int i, int permille) {
    r.tensorActivity[i] = r.tensorActivity[i] * (1_000 - permille) / 1_000;
    r.power[i] = r.power[i] * (1_000 - permille) / 1_000;
  }

  @Test
  void aLostChipExplainsThatItsJobStandsStillSoonAfter() {
    lose(SINCE);
    pod.run(SINCE, 300);
    hangs();
    pod.run(300, 1_200);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SILENT " + CHIP_PATH, "UPDATED CHIP_SILENT " + CHIP_PATH);
    assertThat(pod.incidents.get(1).children()).startsWith("job/train");
  }

  @Test
  void aJobThatWorkedForLongWithoutALostChipHangsForAnotherReason() {
    lose(SINCE);
    pod.run(SINCE, 700);
    hangs();
    pod.run(700, 900);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SILENT " + CHIP_PATH, "OPENED JOB_HANG job/train");
    assertThat(pod.incidents.get(0).children()).doesNotContain("job/train");
  }

  @Test
  void aChipThatIsLostNowExplainsAHangBesideOneThatWasLostLongAgo() {
    lose(SINCE);
    pod.run(SINCE, 700);
    pod.lostChips.add(CHIP + 4);
    hangs();
    pod.run(700, 1_500);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_SILENT " + CHIP_PATH, "OPENED CHIP_SILENT " + LAYOUT.chipPath(CHIP + 4));
  }

  @Test
  void aChipThatWasWellInBetweenIsANewFault() {
    lose(SINCE);
    pod.run(SINCE, 700);
    pod.lostChips.clear();
    pod.run(700, 760);
    pod.lostChips.add(CHIP);
    hangs();
    pod.run(760, 1_000);

    assertThat(pod.story())
        .containsExactly(
            "OPENED CHIP_SILENT " + CHIP_PATH,
            "RESOLVED CHIP_SILENT " + CHIP_PATH,
            "OPENED CHIP_SILENT " + CHIP_PATH);
  }

  @Test
  void aFaultIsAsOldWhenWhatExplainedItIsGone() {
    pod.run(0, SINCE);
    pod.silentBoards.addAll(List.of(0, 1, 2));
    for (int s = SINCE; s < 900; s++) {
      pod.run(s, s + 1);
    }
    pod.silentBoards.removeAll(List.of(0, 1));
    pod.run(900, 920);
    hangs();
    pod.run(920, 1_100);

    assertThat(pod.story()).contains("OPENED BOARD_SILENT pod-00/cab-000/board-2");
    assertThat(pod.story()).endsWith("OPENED JOB_HANG job/train");
  }

  @Test
  void aFaultThatStopsItsJobAgainAndAgainExplainsItEachTime() {
    pod.fatalChips.add(CHIP);
    for (int s = 0; s < 4_200; s += 420) {
      pod.hand = (r, board, second) -> {};
      pod.run(s, s + 180);
      hangs();
      pod.run(s + 180, s + 420);
    }

    assertThat(pod.story()).startsWith("OPENED CHIP_FATAL " + CHIP_PATH);
    assertThat(pod.story()).noneMatch(line -> line.contains("JOB"));
  }

  @Test
  void pausesOfAJobKeepNoFaultYoung() {
    lose(SINCE);
    for (int s = SINCE; s < 1_500; s += 100) {
      hangs();
      pod.run(s, s + 40);
      pod.hand = (r, board, second) -> {};
      pod.run(s + 40, s + 100);
    }
    hangs();
    pod.run(1_530, 1_700);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SILENT " + CHIP_PATH, "OPENED JOB_HANG job/train");
  }

  @Test
  void anUncorrectableErrorBesideAnOldOneIsNew() {
    pod.fatalChips.add(CHIP);
    pod.hand = (r, board, second) -> uncorrected(r, board, second < SINCE ? 2 : 3);
    pod.run(0, 900);
    pod.hand =
        (r, board, second) -> {
          uncorrected(r, board, 4);
          Arrays.fill(r.utilization, 0, r.chipCount, 0);
          Arrays.fill(r.tensorActivity, 0, r.chipCount, 0);
          Arrays.fill(r.hbmUsed, 0, r.chipCount, 500);
          Arrays.fill(r.steps, 0, r.chipCount, 15);
        };
    pod.run(900, 1_800);

    assertThat(pod.story()).noneMatch(line -> line.contains("JOB"));
  }

  private static void uncorrected(Report r, int board, int errors) {
    for (int i = 0; i < r.chipCount; i++) {
      if (LAYOUT.chipIndex(board, r.chip[i]) == CHIP) {
        r.eccUncorrected[i] = errors;
      }
    }
  }

  @Test
  void aFaultIsNewToAJobThatIsPlacedAnew() {
    Placement first = job();
    long fromMs = SmallPod.START + 690_000;
    pod.monitor.placements(
        List.of(
            new Placement("train", 0, fromMs, true, first.members()),
            new Placement("train", fromMs, Long.MAX_VALUE, true, first.members())));
    lose(SINCE);
    pod.run(SINCE, 750);
    hangs();
    pod.run(750, 1_000);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SILENT " + CHIP_PATH, "UPDATED CHIP_SILENT " + CHIP_PATH);
    assertThat(pod.incidents.get(1).children()).startsWith("job/train");
  }

  @Test
  void aJobThatIsSlowerSinceItLostAChipIsNotSlowBesides() {
    lose(300);
    slowed(150, 150);
    pod.run(300, 2_400);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + CHIP_PATH);
  }

  @Test
  void aJobIsSlowForAnotherReasonThanAChipThatWasSlowForLong() {
    slowed(0, 300);
    pod.run(0, 2_400);
    slowed(150, 405);
    pod.run(2_400, 2_600);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SLOW " + CHIP_PATH, "OPENED JOB_SLOW job/train");
  }

  @Test
  void aChipThatWasSlowForLongExplainsASlowJobWhenItBecomesSlower() {
    slowed(0, 200);
    pod.run(0, 2_400);
    slowed(150, 490);
    pod.run(2_400, 2_800);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aChipFurtherBehindThanCanBeToldExplainsASlowJob() {
    slowed(0, 450);
    pod.run(0, 2_400);
    slowed(150, 750);
    pod.run(2_400, 2_800);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aChipWhoseHardwareHeldItDownForLongIsNotWhyItsJobIsSlowNow() {
    pod.hand = (r, board, second) -> heldDown(r, board, 0);
    pod.run(0, 1_200);
    pod.hand = (r, board, second) -> heldDown(r, board, 150);
    pod.run(1_200, 1_400);

    assertThat(pod.story()).endsWith("OPENED JOB_SLOW job/train");
  }

  /** Holds {@link #CHIP} at less than half of its clock, and slows the others. */
  private static void heldDown(Report r, int board, int others) {
    for (int i = 0; i < r.chipCount; i++) {
      slow(r, i, others);
      if (LAYOUT.chipIndex(board, r.chip[i]) == CHIP) {
        r.throttleReasons[i] = Report.THROTTLE_HARDWARE;
        r.clock[i] = 700;
      }
    }
  }

  @Test
  void aSlowChipIsAsOldAfterACheckpointThatIsLong() {
    for (int s = 0; s < 1_800; s += 300) {
      slowed(0, 300);
      pod.run(s, s + 230);
      hangs();
      pod.run(s + 230, s + 300);
    }
    slowed(150, 405);
    pod.run(1_800, 2_100);

    assertThat(pod.story()).endsWith("OPENED JOB_SLOW job/train");
  }

  @Test
  void aFaultThatSlowsItsJobNowAndThenIsNoOldOne() {
    lose(SINCE);
    for (int s = SINCE; s < 4_800; s += 600) {
      pod.hand = (r, board, second) -> {};
      pod.run(s, s + 300);
      slowed(200, 200);
      pod.run(s + 300, s + 600);
    }

    assertThat(pod.story()).containsExactly("OPENED CHIP_SILENT " + CHIP_PATH);
  }

  @Test
  void aHotChipThatHoldsItsJobUpOnlyLaterExplainsThatItIsSlow() {
    pod.temperatures.put(CHIP, 900);
    pod.run(0, 900);
    pod.temperatures.put(CHIP, 940);
    slowed(150, 300);
    pod.run(900, 1_300);

    assertThat(pod.story()).containsExactly("OPENED CHIP_HOT " + CHIP_PATH);
  }

  @Test
  void aJobThatHasBeenSlowWithItsSlowChipAllAlongIsNotSlowBesides() {
    pod.run(0, 300);
    slowed(150, 350);
    pod.run(300, 2_400);

    assertThat(pod.story()).containsExactly("OPENED CHIP_SLOW " + CHIP_PATH);
  }

  @Test
  void aSlowChipExplainsOnlyAsMuchAsItIsBehind() {
    pod.run(0, 300);
    slowed(300, 384);
    pod.run(300, 600);

    assertThat(pod.story())
        .containsExactlyInAnyOrder("OPENED CHIP_SLOW " + CHIP_PATH, "OPENED JOB_SLOW job/train");
    assertThat(pod.incidents.get(0).children()).doesNotContain("job/train");
  }

  @Test
  void aHotChipThatIsNotBehindExplainsNoSlowness() {
    pod.temperatures.put(CHIP, 940);
    pod.run(0, 300);
    slowed(300, 300);
    pod.run(300, 600);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_HOT " + CHIP_PATH, "OPENED JOB_SLOW job/train");
  }

  @Test
  void aRestoredMonitorKnowsWhatJobsGoOnWith() {
    lose(SINCE);
    pod.run(SINCE, 700);
    pod.monitor = restored(false);
    hangs();
    pod.run(700, 900);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SILENT " + CHIP_PATH, "OPENED JOB_HANG job/train");
  }

  @Test
  void whatIsStoredIsReadBack() throws IOException {
    OldFaults faults = new OldFaults(DetectorSettings.DEFAULT);
    for (int w = 0; w < 60; w++) {
      faults.goesOn("old", 7, 1, true, false);
      faults.goesOn("slow", 7, 2, false, true);
    }
    for (int w = 0; w < 59; w++) {
      faults.goesOn("young", 7, 3, true, false);
    }
    faults.pauses("young");

    byte[] stored = IncidentLedger.bytes(faults::write);
    OldFaults read = new OldFaults(DetectorSettings.DEFAULT);
    read.read(IncidentLedger.input(ByteBuffer.wrap(stored)), LongUnaryOperator.identity());

    assertThat(IncidentLedger.bytes(read::write)).isEqualTo(stored);
    assertThat(read.worksWith("old", 7, 1)).isTrue();
    assertThat(read.keepsPaceWith("old", 7, 1)).isTrue();
    assertThat(read.worksWith("old", 8, 1)).isFalse();
    assertThat(read.worksWith("slow", 7, 2)).isTrue();
    assertThat(read.keepsPaceWith("slow", 7, 2)).isFalse();
    assertThat(read.worksWith("young", 7, 3)).isFalse();
    read.goesOn("young", 7, 3, true, false);
    assertThat(read.worksWith("young", 7, 3)).isTrue();
  }

  @Test
  void stateOfTheVersionBeforeIsRead() {
    pod.monitor.placements(List.of());
    lose(SINCE);
    pod.run(SINCE, 100);
    pod.monitor = restored(true);
    pod.monitor.placements(List.of());
    pod.lostChips.clear();
    pod.run(100, 160);

    assertThat(pod.story())
        .containsExactly("OPENED CHIP_SILENT " + CHIP_PATH, "RESOLVED CHIP_SILENT " + CHIP_PATH);
  }

  /**
   * A monitor that goes on from the state of the one here.
   *
   * @param versionBefore whether the state is handed over as version 9 wrote it, without jobs
   */
  private PodMonitor restored(boolean versionBefore) {
    PodMonitor next = new PodMonitor(LAYOUT, DetectorSettings.DEFAULT);
    next.placements(List.of(job()));
    for (int page = 0; page < next.pages(); page++) {
      byte[] bytes = pod.monitor.writePage(page);
      if (page == 0 && versionBefore) {
        // What jobs go on with is behind all else: an empty list.
        bytes = Arrays.copyOf(bytes, bytes.length - Integer.BYTES);
        bytes[0] = 9;
      }
      next.readPage(page, ByteBuffer.wrap(bytes));
    }
    return next;
  }
}
