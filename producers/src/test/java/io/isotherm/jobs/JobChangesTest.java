package io.isotherm.jobs;

import static io.isotherm.jobs.JobChanges.KEEP_MS;
import static io.isotherm.jobs.JobChanges.LEAD_MS;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Placement.Member;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class JobChangesTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final List<Member> TWO = List.of(new Member("pod-00", 0, 2, "worker", 0));
  private static final List<Member> THREE = List.of(new Member("pod-00", 0, 3, "worker", 0));

  private static Placement running(long fromMs) {
    return new Placement("slurm-1", fromMs, Long.MAX_VALUE, true, TWO);
  }

  private static Map<String, @Nullable Placement> changes(
      Map<String, Placement> known, Map<String, BoardJobs.Wanted> wanted) {
    return JobChanges.of(known, wanted, NOW);
  }

  @Test
  void aNewJobRunsFromAMomentLaterOn() {
    assertThat(changes(Map.of(), Map.of("slurm-1", new BoardJobs.Wanted(true, TWO))))
        .containsExactlyEntriesOf(Map.of("slurm-1", running(NOW + LEAD_MS)));
  }

  @Test
  void aJobThatIsKnownIsNotSaidAgain() {
    assertThat(
            changes(
                Map.of("slurm-1", running(NOW - 50_000)),
                Map.of("slurm-1", new BoardJobs.Wanted(true, TWO))))
        .isEmpty();
  }

  @Test
  void aJobThatRunsElsewhereOrOtherwiseIsPlacedAnew() {
    Map<String, Placement> known = Map.of("slurm-1", running(NOW - 50_000));
    assertThat(changes(known, Map.of("slurm-1", new BoardJobs.Wanted(true, THREE))))
        .containsEntry(
            "slurm-1", new Placement("slurm-1", NOW + LEAD_MS, Long.MAX_VALUE, true, THREE));
    assertThat(changes(known, Map.of("slurm-1", new BoardJobs.Wanted(false, TWO))))
        .containsEntry(
            "slurm-1", new Placement("slurm-1", NOW + LEAD_MS, Long.MAX_VALUE, false, TWO));
  }

  @Test
  void aJobThatIsNotListedAnyMoreHasEndedAndADayLaterItIsForgotten() {
    Placement before = running(NOW - 50_000);
    Placement ended = new Placement("slurm-1", before.fromMs(), NOW + LEAD_MS, true, TWO);
    assertThat(changes(Map.of("slurm-1", before), Map.of())).containsEntry("slurm-1", ended);
    assertThat(changes(Map.of("slurm-1", ended), Map.of())).isEmpty();
    Placement old = new Placement("slurm-1", 1, NOW - KEEP_MS - 1, true, TWO);
    assertThat(changes(Map.of("slurm-1", old), Map.of()))
        .containsKey("slurm-1")
        .extractingByKey("slurm-1")
        .isNull();
  }

  @Test
  void aJobThatEndsBeforeItBeganForMonitorsIsNoContradiction() {
    Placement announced = running(NOW + LEAD_MS);
    Placement ended =
        Objects.requireNonNull(changes(Map.of("slurm-1", announced), Map.of()).get("slurm-1"));
    assertThat(ended.untilMs()).isGreaterThan(ended.fromMs());
  }

  @Test
  void aJobThatRunsAgainBeginsAnew() {
    Placement ended = new Placement("slurm-1", 1, NOW - 5_000, true, TWO);
    assertThat(
            changes(Map.of("slurm-1", ended), Map.of("slurm-1", new BoardJobs.Wanted(true, TWO))))
        .containsEntry("slurm-1", running(NOW + LEAD_MS));
  }
}
