package io.isotherm.core;

import static io.isotherm.core.SmallPod.LAYOUT;
import static io.isotherm.core.TrainingPod.portsOfSwitch;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Data that waits in the fabric. */
final class CongestionFindingsTest {
  private final TrainingPod pod = new TrainingPod();

  @Test
  void dataThatWaitsAtMostPortsOfASwitchIsCongestion() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(1)) {
      pod.waitPermille.put(p, 300);
    }
    pod.run(20, 150);
    assertThat(pod.last().fabricHotSpots())
        .containsExactly(
            new PodWindow.FabricHotSpot(LAYOUT.switchPathOf(1), 300, portsOfSwitch(1).length));
    pod.waitPermille.clear();
    pod.run(150, 300);
    assertThat(pod.last().fabricHotSpots()).isEmpty();

    String path = LAYOUT.switchPathOf(1);
    assertThat(pod.story())
        .containsExactly("OPENED CONGESTION " + path, "RESOLVED CONGESTION " + path);
    assertThat(pod.incidents.get(0).evidence().get(0).value()).isEqualTo(300);
  }

  @Test
  void dataThatWaitsAtAFewPortsAlittleOrShortlyIsNoCongestion() {
    int[] ports = portsOfSwitch(1);
    pod.run(0, 20);
    for (int i = 0; i < ports.length; i++) {
      pod.waitPermille.put(ports[i], i < ports.length / 3 ? 900 : 150);
    }
    pod.run(20, 150);
    for (int p : ports) {
      pod.waitPermille.put(p, 900);
    }
    pod.run(150, 180);
    pod.waitPermille.clear();
    pod.run(180, 240);

    assertThat(pod.story()).isEmpty();
  }

  @Test
  void theWaitsOfASickSwitchAreNotCongestion() {
    pod.run(0, 20);
    for (int p : portsOfSwitch(2)) {
      pod.errorsPerSecond.put(p, 100);
      pod.waitPermille.put(p, 400);
    }
    pod.run(20, 150);

    assertThat(pod.story()).containsExactly("OPENED SWITCH_FAULT " + LAYOUT.switchPathOf(2));
  }
}
