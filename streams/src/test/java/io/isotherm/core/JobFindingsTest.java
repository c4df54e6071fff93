package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.CHIP;
import static io.isotherm.core.TrainingPod.job;
import static io.isotherm.core.TrainingPod.stop;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Which broken parts explain that jobs stand still. */
final class JobFindingsTest {
  private final TrainingPod pod = new TrainingPod();

  /** Lets the jobs on some boards stand still when others fall silent. */
  private void stopWhenSilent(int firstBoard, int boards, int silentFrom, int silent) {
    pod.hand =
        (r, b, s) -> {
          for (int i = 0; s >= 30 && i < r.chipCount; i++) {
            if (b >= firstBoard && b < firstBoard + boards) {
              stop(r, i);
            }
          }
        };
    pod.run(0, 30);
    for (int b = silentFrom; b < silentFrom + silent; b++) {
      pod.silentBoards.add(b);
    }
    for (int s = 30; s < 200; s++) {
      pod.run(s, s + 1);
      pod.tick(s);
    }
  }

  @Test
  void aSilentCabinetExplainsThatJobsOnAnyOfItsBoardsStandStill() {
    pod.monitor.placements(
        List.of(job("a", 0, 4, "worker"), job("b", 4, 4, "worker"), job("c", 8, 4, "worker")));
    stopWhenSilent(0, 8, 3, 3);

    assertThat(pod.story()).containsExactly("OPENED CABINET_SILENT pod-00/cab-001");
  }

  @Test
  void aSilentCabinetDoesNotExplainAJobElsewhere() {
    pod.monitor.placements(List.of(job("a", 0, 6, "worker"), job("b", 6, 6, "worker")));
    stopWhenSilent(0, 12, 3, 3);

    assertThat(pod.story())
        .containsExactly("OPENED CABINET_SILENT pod-00/cab-001", "OPENED JOB_HANG job/b");
  }

  @Test
  void aSilentPodExplainsThatItsJobsStandStill() {
    pod.monitor.placements(List.of(job("a", 0, 6, "worker"), job("b", 6, 6, "worker")));
    stopWhenSilent(0, 12, 1, 11);

    assertThat(pod.story()).containsExactly("OPENED POD_SILENT pod-00");
  }

  @Test
  void aJobThatStandsStillAfterALinkOfItWentDownIsThatLinks() {
    int port = LAYOUT.portIndex(CHIP, 3);
    pod.from(100, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 90);
    pod.downPorts.add(port);
    pod.run(90, 300);

    assertThat(pod.story())
        .containsExactly(
            "OPENED LINK_DOWN " + LAYOUT.portPath(port),
            "UPDATED LINK_DOWN " + LAYOUT.portPath(port));
    assertThat(pod.incidents.get(1).children()).containsExactly("job/train");
    assertThat(pod.incidents.get(1).severity()).isEqualTo(IncidentEvent.Severity.CRITICAL);
  }

  @Test
  void aJobThatWorkedForLongWithALinkDownHangsByItself() {
    int port = LAYOUT.portIndex(CHIP, 3);
    pod.from(900, -1, -1, (r, i, s) -> stop(r, i));
    pod.downPorts.add(port);
    pod.run(0, 1_100);

    assertThat(pod.story())
        .containsExactly("OPENED LINK_DOWN " + LAYOUT.portPath(port), "OPENED JOB_HANG job/train");
  }

  @Test
  void aJobThatStandsStillWithASwitchOfItIsThatSwitchs() {
    int one = LAYOUT.switchOfPort(LAYOUT.portIndex(CHIP, 3));
    pod.from(100, -1, -1, (r, i, s) -> stop(r, i));
    pod.run(0, 90);
    for (int port = 0; port < LAYOUT.ports(); port++) {
      if (LAYOUT.switchOfPort(port) == one) {
        pod.downPorts.add(port);
      }
    }
    pod.run(90, 300);

    assertThat(pod.story().get(0)).isEqualTo("OPENED SWITCH_FAULT " + LAYOUT.switchPathOf(one));
    assertThat(pod.story()).noneMatch(e -> e.contains("JOB_"));
    assertThat(pod.incidents.get(pod.incidents.size() - 1).children()).contains("job/train");
  }

  /** Stops the job at 100 s, and lets a reading of its links show at a second that one is down. */
  private int jobThatEndsBeforeItsLinkIsRead(int readAt) {
    int port = LAYOUT.portIndex(TrainingPod.CHIP, 3);
    pod.from(100, -1, -1, (r, i, s) -> TrainingPod.idle(r, i));
    pod.run(0, readAt);
    pod.downPorts.add(port);
    pod.run(readAt, 300);
    return port;
  }

  @Test
  void aJobThatEndsBeforeItsLinkIsReadIsTheLinksIncident() {
    int port = jobThatEndsBeforeItsLinkIsRead(155);

    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_CRASHED job/train", "UPDATED LINK_DOWN " + LAYOUT.portPath(port));
    assertThat(pod.incidents.get(1).id()).isEqualTo(pod.incidents.get(0).id());
    assertThat(pod.incidents.get(1).children()).containsExactly("job/train");
    assertThat(pod.incidents.get(1).severity()).isEqualTo(IncidentEvent.Severity.CRITICAL);
  }

  @Test
  void aLinkThatFallsLongAfterAJobHasEndedIsAnIncidentOfItsOwn() {
    int port = jobThatEndsBeforeItsLinkIsRead(205);

    assertThat(pod.story())
        .containsExactly(
            "OPENED JOB_CRASHED job/train", "OPENED LINK_DOWN " + LAYOUT.portPath(port));
  }
}
