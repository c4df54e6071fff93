package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import io.isotherm.model.Placement;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class JobMapTest {
  private static Placement job(String name, Placement.Member... members) {
    return new Placement(name, 0, Long.MAX_VALUE, /* synchronous= */ true, List.of(members));
  }

  private static Placement.Member boards(int first, int boards, String role, int stage) {
    return new Placement.Member("pod-00", first, boards, role, stage);
  }

  @Test
  void boardsOfOneJobRoleAndStageAreATeam() {
    JobMap jobs =
        JobMap.at(
            SmallPod.LAYOUT,
            List.of(
                job(
                    "b",
                    boards(0, 2, "worker", 0),
                    boards(2, 2, "worker", 1),
                    boards(4, 1, "worker", 0),
                    boards(5, 1, "server", 0)),
                job("a", boards(6, 2, "worker", 0))),
            0);

    assertThat(IntStream.range(0, 10).map(jobs::teamOf))
        .containsExactly(2, 2, 3, 3, 2, 4, 1, 1, 0, 0);
    assertThat(jobs.teams()).isEqualTo(5);
  }

  /** To look through all teams for each of them would take many seconds. */
  @Test
  void manyJobsAreMappedInNoTime() {
    List<Placement> placements =
        IntStream.range(0, 100_000)
            .mapToObj(i -> job("job-" + i, boards(i % 12, 1, "worker", 0)))
            .toList();

    JobMap jobs =
        assertTimeoutPreemptively(
            Duration.ofSeconds(5), () -> JobMap.at(SmallPod.LAYOUT, placements, 0));

    assertThat(jobs.teams()).isEqualTo(100_001);
  }
}
