package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Late, duplicate, missing, reset and corrupt reports, judged by {@link PodMonitor} and by {@link
 * ObviousMonitor}. What single parts find is held equal in the tests beside this one.
 */
@Execution(ExecutionMode.CONCURRENT)
final class AgainstTheObviousTest {
  @Test
  void whatIsCountedIsWhatTheObviousMonitorCounts() {
    for (int seed = 1; seed <= 10; seed++) {
      List<PodWindow> windows = windows(List.of(), List.of(), /* mangled= */ 40, seed);

      PodWindow.Counters counters = windows.get(windows.size() - 1).counters();
      assertThat(counters.late()).isPositive();
      assertThat(counters.duplicates()).isPositive();
      assertThat(counters.rejected()).isPositive();
      assertThat(counters.missed()).isPositive();
    }
  }

  /** Everything that can be wrong with a pod at once, so that one thing explains another. */
  @Test
  void whatExplainsWhatIsWhatTheObviousMonitorSays() {
    PodLayout layout = ObviousRun.WIDE;
    for (int seed = 1; seed <= 12; seed++) {
      SplittableRandom random = new SplittableRandom(seed * 31L);
      List<Placement> jobs =
          seed % 2 == 0
              ? new HeatAgainstTheObviousTest.Jobs(layout, random).placements()
              : SilenceAgainstTheObviousTest.placements(layout, random);
      List<ObviousRun.Fault> faults = new ArrayList<>();
      int mangled = seed % 4 == 0 ? 20 : 0;
      faults.addAll(
          LinksAgainstTheObviousTest.faults(
              layout, random, seed, mangled, /* seconds= */ 300, /* number= */ 9));
      faults.addAll(new HeatAgainstTheObviousTest.Faults(layout, random, mangled == 0).faults());
      faults.addAll(SilenceAgainstTheObviousTest.mix(layout, mangled > 0, random));

      assertThat(windows(jobs, faults, mangled, seed))
          .as("seed %d", seed)
          .anyMatch(w -> w.openKinds().size() > 3);
    }
  }

  private static List<PodWindow> windows(
      List<Placement> jobs, List<ObviousRun.Fault> faults, int mangled, int seed) {
    ObviousRun run =
        new ObviousRun(
            ObviousRun.WIDE, DetectorSettings.DEFAULT, jobs, faults, mangled, /* seed= */ seed);
    run.compare(/* seconds= */ 300);
    // Whatever is open is told again as a week begins, as its window says how many there are.
    for (PodWindow window : run.windows) {
      if (window.windowStartMs() + window.windowMs() == ObviousRun.WEEK) {
        assertThat(run.incidents)
            .filteredOn(e -> e.eventMs() == ObviousRun.WEEK)
            .filteredOn(e -> e.type() != IncidentEvent.Type.RESOLVED)
            .hasSize(window.openKinds().stream().mapToInt(k -> k.incidents()).sum());
      }
    }
    return run.windows;
  }
}
