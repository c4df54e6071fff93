package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.Placement.Member;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class BoardJobsTest {
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("hgx-h100", new Overrides(null, 2, 2));

  /** Hosts gpu-0 to gpu-7 in pod-00, gpu-8 to gpu-11 in pod-01. */
  private static BoardJobs jobs(int fewest) {
    Map<String, ClusterBoard> boards = new TreeMap<>();
    for (int i = 0; i < 12; i++) {
      boards.put("gpu-%d.site.example".formatted(i), new ClusterBoard(i / 8, i % 8));
    }
    boards.put("10.0.0.1", new ClusterBoard(1, 5));
    boards.put("10.0.0.2", new ClusterBoard(1, 6));
    return new BoardJobs(PLAN, boards, fewest);
  }

  private static ListedJob job(String name, String... hosts) {
    return new ListedJob(
        name, true, List.of(new ListedJob.Part(Arrays.asList(hosts), "worker", 0)));
  }

  private static BoardJobs.Wanted the(Map<String, BoardJobs.Wanted> placed) {
    return Objects.requireNonNull(placed.get("a"));
  }

  @Test
  void consecutiveBoardsStandTogetherWhateverTheOrderOfTheHosts() {
    BoardJobs jobs = jobs(1);
    assertThat(jobs.place(List.of(job("a", "gpu-9", "gpu-3", "gpu-1", "GPU-2", "gpu-8", "gpu-6"))))
        .containsOnlyKeys("a")
        .extractingByKey("a")
        .isEqualTo(
            new BoardJobs.Wanted(
                true,
                List.of(
                    new Member("pod-00", 1, 3, "worker", 0),
                    new Member("pod-00", 6, 1, "worker", 0),
                    new Member("pod-01", 0, 2, "worker", 0))));
    assertThat(jobs.unknown()).isEmpty();
  }

  @Test
  void rolesAndStagesKeepBoardsApart() {
    ListedJob job =
        new ListedJob(
            "a",
            false,
            List.of(
                new ListedJob.Part(List.of("gpu-0", "gpu-1"), "worker", 0),
                new ListedJob.Part(List.of("gpu-2"), "worker", 1),
                new ListedJob.Part(List.of("gpu-3"), "loader", 1)));
    assertThat(jobs(1).place(List.of(job)).get("a"))
        .isEqualTo(
            new BoardJobs.Wanted(
                false,
                List.of(
                    new Member("pod-00", 0, 2, "worker", 0),
                    new Member("pod-00", 2, 1, "worker", 1),
                    new Member("pod-00", 3, 1, "loader", 1))));
  }

  @Test
  void aSharedHostIsNobodysAndASmallJobIsLeftOut() {
    BoardJobs jobs = jobs(2);
    Map<String, BoardJobs.Wanted> placed =
        jobs.place(
            List.of(
                job("a", "gpu-0", "gpu-1", "gpu-2"),
                job("b", "gpu-2", "gpu-3"),
                job("c", "gpu-5"),
                job("d", "gpu-6", "gpu-7", "login-1")));
    assertThat(placed).containsOnlyKeys("a", "d");
    assertThat(the(placed).members()).containsExactly(new Member("pod-00", 0, 2, "worker", 0));
    assertThat(jobs.shared()).containsExactly("gpu-2");
    assertThat(jobs.small()).containsExactly("b", "c");
    assertThat(jobs.unknown()).containsExactly("login-1");
  }

  @Test
  void aJobThatNamesAHostTwiceDoesNotShareItWithItself() {
    BoardJobs jobs = jobs(1);
    assertThat(the(jobs.place(List.of(job("a", "gpu-0", "gpu-0.site.example")))).boards())
        .isEqualTo(1);
    assertThat(jobs.shared()).isEmpty();
  }

  @Test
  void aShortNameThatTwoHostsHaveIsNeithers() {
    BoardJobs jobs =
        new BoardJobs(
            PLAN,
            Map.of(
                "n1.a.example", new ClusterBoard(0, 1),
                "n1.b.example", new ClusterBoard(0, 2),
                "n2.a.example", new ClusterBoard(0, 3)),
            1);
    assertThat(the(jobs.place(List.of(job("a", "n1", "n1.b.example", "n2")))).members())
        .containsExactly(new Member("pod-00", 2, 2, "worker", 0));
    assertThat(jobs.unknown()).containsExactly("n1");
  }

  @Test
  void anAddressIsNotCutAtItsDots() {
    BoardJobs jobs = jobs(1);
    assertThat(the(jobs.place(List.of(job("a", "10.0.0.2")))).members())
        .containsExactly(new Member("pod-01", 6, 1, "worker", 0));
    assertThat(jobs.place(List.of(job("a", "10.0.0.9")))).isEmpty();
  }
}
