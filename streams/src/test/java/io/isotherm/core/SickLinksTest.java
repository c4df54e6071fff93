package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.CHIP;
import static io.isotherm.core.TrainingPod.CHIP_PATH;
import static io.isotherm.core.TrainingPod.portsOfSwitch;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Links that are narrow or fall, and what many sick links have in common. */
final class SickLinksTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void aLinkThatLostLanesIsNarrowUntilItHasThemAgain() {
    int port = LAYOUT.portIndex(CHIP, 1);
    pod.run(0, 60);
    pod.megabits.put(port, 350_000);
    pod.megabits.put(LAYOUT.peerPort(port), 350_000);
    pod.run(60, 140);

    String link = LAYOUT.portPath(Math.min(port, LAYOUT.peerPort(port)));
    assertThat(pod.story()).containsExactly("OPENED LINK_NARROW " + link);
    assertThat(pod.incidents.get(0).summary())
        .contains("350000 Mb/s instead of 400000 Mb/s", "2 chips affected");
    assertThat(pod.last().links().degraded()).isEqualTo(2);
    pod.megabits.clear();
    pod.run(140, 240);
    assertThat(pod.story()).endsWith("RESOLVED LINK_NARROW " + link);
  }

  @Test
  void aNarrowLinkThatAlsoCorruptsFramesIsOneIncident() {
    int port = LAYOUT.portIndex(CHIP, 1);
    pod.megabits.put(port, 200_000);
    pod.errorsPerSecond.put(port, 100);
    pod.run(0, 140);

    assertThat(pod.story()).hasSize(1);
  }

  @Test
  void portsThatAllRunAtAnotherSpeedThanTheTopologySaysAreNotNarrow() {
    for (int port = 0; port < LAYOUT.ports(); port++) {
      pod.megabits.put(port, 200_000);
    }
    pod.run(0, 140);

    assertThat(pod.story()).isEmpty();
    assertThat(pod.last().links().up()).isEqualTo(LAYOUT.ports());
  }

  @Test
  void manyLinksOfOneSwitchAreTheSwitch() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(1)) {
      pod.downPorts.add(p);
    }
    pod.run(20, 120);
    pod.downPorts.clear();
    pod.run(120, 240);

    String path = LAYOUT.switchPathOf(1);
    assertThat(pod.story())
        .containsExactly("OPENED SWITCH_FAULT " + path, "RESOLVED SWITCH_FAULT " + path);
    assertThat(pod.incidents.get(0).childrenTotal()).isEqualTo(portsOfSwitch(1).length);
  }

  @Test
  void errorsOnManyLinksOfOneSwitchAreTheSwitch() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(2)) {
      pod.errorsPerSecond.put(p, 100);
    }
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED SWITCH_FAULT " + LAYOUT.switchPathOf(2));
  }

  @Test
  void theSwitchesOfOnePlaneTogetherAreThePlane() {
    pod.run(0, 20);
    for (int s = 0; s < LAYOUT.switches(); s++) {
      if (LAYOUT.planeOfSwitch(s) == 1) {
        for (int p : portsOfSwitch(s)) {
          pod.downPorts.add(p);
        }
      }
    }
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED PLANE_FAULT " + LAYOUT.planePath(1));
  }

  @Test
  void manyLinksOfOneChipAreTheChip() {
    pod.run(0, 20);
    for (int p = 0; p < 4; p++) {
      pod.downPorts.add(LAYOUT.portIndex(CHIP, p));
    }
    pod.run(20, 120);

    assertThat(pod.story()).containsExactly("OPENED CHIP_LINKS " + CHIP_PATH);
  }

  /** A pod whose links may be down for a while before that is an incident. */
  private static SmallPod patient() {
    return new SmallPod(
        new PodMonitor(LAYOUT, DetectorSettings.DEFAULT.withLinkDownOpenAfterWindows(5)));
  }

  @Test
  void aLinkThatFallsThreeTimesFlapsAndIsNotDownBesides() {
    SmallPod pod = patient();
    int port = LAYOUT.portIndex(CHIP, 4);
    for (int s = 0; s < 400; s++) {
      boolean down = s >= 20 && s < 320 && s % 80 < 30;
      if (down) {
        pod.downPorts.add(port);
      } else {
        pod.downPorts.remove(port);
      }
      pod.run(s, s + 1);
    }

    assertThat(pod.story()).containsExactly("OPENED LINK_FLAP " + LAYOUT.portPath(port));
  }

  @Test
  void aLinkThatFallsTwiceDoesNotFlap() {
    SmallPod pod = patient();
    int port = LAYOUT.portIndex(CHIP, 4);
    for (int s = 0; s < 400; s++) {
      if (s >= 40 && s < 200 && s % 80 < 30) {
        pod.downPorts.add(port);
      } else {
        pod.downPorts.remove(port);
      }
      pod.run(s, s + 1);
    }

    assertThat(pod.story()).isEmpty();
  }

  /** Runs the pod to a second; a port is down for the first seconds of every period. */
  private void flap(SmallPod pod, int port, int until, int period, int downSeconds) {
    for (int s = 0; s < until; s++) {
      if (s >= period && s % period < downSeconds) {
        pod.downPorts.add(port);
      } else {
        pod.downPorts.remove(port);
      }
      pod.run(s, s + 1);
    }
  }

  @Test
  void aLinkThatIsDownAndFallsAgainBecomesAFlapUnderTheSameId() {
    int port = LAYOUT.portIndex(CHIP, 4);
    flap(pod, port, 320, 80, 30);

    String path = LAYOUT.portPath(port);
    assertThat(pod.story())
        .containsExactly("OPENED LINK_DOWN " + path, "UPDATED LINK_FLAP " + path);
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    assertThat(pod.incidents).extracting(IncidentEvent::revision).containsExactly(1, 2);
    IncidentEvent flap = pod.incidents.get(1);
    assertThat(flap.openedMs()).isEqualTo(pod.incidents.get(0).openedMs());
    assertThat(flap.evidence().get(0).finding()).isEqualTo("link_flap");
  }

  @Test
  void aLinkThatFallsAgainAfterItsIncidentWasResolvedOpensTheSameIncident() {
    int port = LAYOUT.portIndex(CHIP, 4);
    flap(pod, port, 600, 180, 40);

    String path = LAYOUT.portPath(port);
    assertThat(pod.story())
        .containsExactly(
            "OPENED LINK_DOWN " + path,
            "RESOLVED LINK_DOWN " + path,
            "OPENED LINK_DOWN " + path,
            "RESOLVED LINK_DOWN " + path,
            "OPENED LINK_FLAP " + path);
    assertThat(pod.incidents).extracting(IncidentEvent::id).containsOnly(pod.incidents.get(0).id());
    assertThat(pod.incidents).extracting(IncidentEvent::revision).containsExactly(1, 2, 3, 4, 5);
  }
}
