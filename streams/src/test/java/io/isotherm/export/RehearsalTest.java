package io.isotherm.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class RehearsalTest {
  @Test
  void aPageIsWrittenForNobodyWhenThereAreTwiceAsManyPods() {
    List<Integer> written = new ArrayList<>();
    Rehearsal rehearsal = new Rehearsal(view -> written.add(view.health().size()));

    ResultState state = new ResultState();
    rehearsal.see(state.view(ClusterMetricsTest.NOW));
    for (int i = 0; i < 9; i++) {
      String pod = "pod-0" + i;
      state.topology(pod, ClusterMetricsTest.topology(pod));
      state.health(ClusterMetricsTest.health(pod), ClusterMetricsTest.NOW);
      rehearsal.see(state.view(ClusterMetricsTest.NOW));
      rehearsal.see(state.view(ClusterMetricsTest.NOW));
    }

    assertThat(written).containsExactly(1, 2, 4, 8);
  }

  @Test
  void aPageThatCannotBeWrittenEndsNothing() {
    Rehearsal rehearsal =
        new Rehearsal(
            view -> {
              throw new IllegalStateException("not this one");
            });

    ResultState state = new ResultState();
    state.topology("pod-00", ClusterMetricsTest.topology("pod-00"));
    state.health(ClusterMetricsTest.health("pod-00"), ClusterMetricsTest.NOW);
    rehearsal.see(state.view(ClusterMetricsTest.NOW));
  }
}
