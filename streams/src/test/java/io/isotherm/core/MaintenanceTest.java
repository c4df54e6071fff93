package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.CHIP;
import static io.isotherm.core.TrainingPod.job;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Boards on which somebody works. */
final class MaintenanceTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void nothingIsRaisedForBoardsUnderMaintenance() {
    pod.monitor.placements(
        List.of(job("train", 0, 12, "worker"), job("maintenance-1", 3, 3, "maintenance")));
    pod.silentBoards.addAll(List.of(3, 4));
    pod.temperatures.put(CHIP, 940);
    pod.lostChips.add(CHIP + 1);
    pod.run(0, 100);

    assertThat(pod.story()).isEmpty();
    // The lost chip is unknown as well: its board is under maintenance and it says nothing.
    assertThat(pod.last().states().unknown()).isEqualTo(9);
    assertThat(pod.last().chipsInMaintenance()).isEqualTo(9);
  }

  @Test
  void whatIsOpenEndsWhenMaintenanceOfItsBoardIsAnnounced() {
    Placement train = job("train", 0, 12, "worker");
    Placement drained =
        new Placement(
            "drained-nodes",
            SmallPod.START + 300_000,
            Long.MAX_VALUE,
            true,
            List.of(new Placement.Member(LAYOUT.pod(), 3, 1, "maintenance", 0)));
    pod.monitor.placements(List.of(train));
    pod.run(0, 30);
    pod.silentBoards.add(3);
    pod.run(30, 300);
    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT " + LAYOUT.boardPath(3));

    pod.monitor.placements(List.of(train, drained));
    pod.run(300, 400);

    assertThat(pod.story())
        .containsExactly(
            "OPENED BOARD_SILENT " + LAYOUT.boardPath(3),
            "RESOLVED BOARD_SILENT " + LAYOUT.boardPath(3));
    assertThat(pod.last().chipsInMaintenance()).isEqualTo(LAYOUT.chipsPerBoard());
  }

  @Test
  void theLastCabinetThatIsNotUnderMaintenanceIsNotThePod() {
    pod.monitor.placements(List.of(job("maintenance-1", 0, 9, "maintenance")));
    pod.run(0, 30);
    pod.silentBoards.addAll(List.of(9, 10, 11));
    pod.run(30, 100);

    assertThat(pod.story()).containsExactly("OPENED CABINET_SILENT " + LAYOUT.cabinetPath(3));
    assertThat(pod.incidents.get(0).evidence().get(0).expected()).isEqualTo(3);
  }

  @Test
  void theLastBoardThatIsNotUnderMaintenanceIsNotItsCabinet() {
    pod.monitor.placements(List.of(job("maintenance-1", 9, 2, "maintenance")));
    pod.run(0, 30);
    pod.silentBoards.add(11);
    pod.run(30, 100);

    assertThat(pod.story()).containsExactly("OPENED BOARD_SILENT " + LAYOUT.boardPath(11));
  }
}
