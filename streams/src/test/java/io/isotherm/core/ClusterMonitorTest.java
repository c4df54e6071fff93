package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.PodWindow.Counters;
import io.isotherm.core.PodWindow.Histogram;
import io.isotherm.core.PodWindow.Links;
import io.isotherm.core.PodWindow.StateCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class ClusterMonitorTest {
  private final List<ClusterWindow> closed = new ArrayList<>();
  private final ClusterMonitor monitor = new ClusterMonitor("cluster");

  private static PodWindow window(String pod, long startMs, int unknown) {
    Histogram none = new Histogram(new int[0], new int[] {0}, 0);
    return new PodWindow(
        pod,
        startMs,
        10_000,
        100,
        new StateCounts(100 - unknown, 0, 0, 0, unknown),
        10,
        10 - unknown / 10,
        100 - unknown,
        10 * (100 - unknown),
        none,
        none,
        1_000,
        new Links(200, 200, 0, 0, 0, 0, 0, 0),
        new Counters(1, 0, 0, 0, 0, 1),
        startMs + 10_000,
        unknown > 0 ? 1 : 0,
        List.of(),
        List.of(),
        new byte[0],
        new byte[0]);
  }

  @Test
  void aWindowClosesOnceEveryPodHasClosedIt() {
    monitor.pods(Map.of("a", 100, "b", 100));
    monitor.accept(window("a", 0, 0), closed::add);
    monitor.accept(window("a", 10_000, 0), closed::add);
    assertThat(closed).isEmpty();
    monitor.accept(window("b", 0, 20), closed::add);

    assertThat(closed).hasSize(1);
    ClusterWindow w = closed.get(0);
    assertThat(w.states()).isEqualTo(new StateCounts(180, 0, 0, 0, 20));
    assertThat(w.chips()).isEqualTo(200);
    assertThat(w.effectiveComputePermille()).isEqualTo(900);
    assertThat(w.openIncidents()).isEqualTo(1);
    assertThat(w.power()).isEqualTo(2_000);
  }

  @Test
  void aPodThatBeginsLaterIsUnknownUntilThen() {
    monitor.pods(Map.of("a", 100, "b", 100));
    monitor.accept(window("a", 0, 0), closed::add);
    monitor.accept(window("b", 10_000, 0), closed::add);

    assertThat(closed).hasSize(1);
    assertThat(closed.get(0).states()).isEqualTo(new StateCounts(100, 0, 0, 0, 100));
    assertThat(closed.get(0).podsReporting()).isEqualTo(1);
  }

  @Test
  void aWindowThatComesAgainChangesNothing() {
    monitor.pods(Map.of("a", 100));
    monitor.accept(window("a", 0, 0), closed::add);
    monitor.accept(window("a", 0, 50), closed::add);
    monitor.accept(window("unknown", 0, 50), closed::add);

    assertThat(closed).hasSize(1);
  }

  @Test
  void aRestoredMonitorGoesOnAsTheOneBefore() {
    monitor.pods(Map.of("a", 100, "b", 100));
    monitor.accept(window("a", 0, 0), closed::add);
    monitor.accept(window("b", 0, 0), closed::add);
    monitor.accept(window("a", 10_000, 30), closed::add);
    ClusterMonitor next = new ClusterMonitor("cluster");
    next.pods(Map.of("a", 100, "b", 100));
    next.read(monitor.write());
    next.accept(window("b", 10_000, 0), closed::add);
    next.accept(window("b", 0, 0), closed::add);

    assertThat(closed).hasSize(2);
    assertThat(closed.get(1).states().unknown()).isEqualTo(30);
  }
}
