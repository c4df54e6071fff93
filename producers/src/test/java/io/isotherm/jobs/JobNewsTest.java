package io.isotherm.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class JobNewsTest {
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 1));

  private final JobNews news = new JobNews();
  private final BoardJobs boards = new BoardJobs(PLAN, Map.of(), 2);

  /** What is said of a list with these rows. */
  private List<String> said(String... rows) {
    List<String> said = new ArrayList<>();
    JobTable.Listed listed =
        JobTable.read("slurm", "jobs.txt", "JOBID|NODELIST|STAGE\n" + String.join("\n", rows));
    boards.place(listed.jobs());
    news.leftOut(listed, boards, said::add);
    return said;
  }

  @Test
  void aRowIsSaidOnceWhateverItsLine() {
    assertThat(said("", "", "7||0", "8|n1|-1"))
        .containsExactly(
            "1 rows are passed over: jobs.txt:5: slurm-8: stage is '-1', must be a number from 0"
                + " on");
    assertThat(said("7||0", "8|n1|-1")).isEmpty();
    assertThat(said("8|n1|-1")).isEmpty();
    assertThat(said("7||0", "8|n1|-1", "9|n2|-1"))
        .containsExactly(
            "1 rows are passed over: jobs.txt:4: slurm-9: stage is '-1', must be a number from 0"
                + " on");
  }

  @Test
  void rowsWithoutIdAndNameAreToldApartByTheirHosts() {
    assertThat(said("|n1|0", "|n2|0"))
        .containsExactly(
            "2 rows are passed over: jobs.txt:2: a job without id and name, of hosts 'n1',"
                + " jobs.txt:3: a job without id and name, of hosts 'n2'");
    assertThat(said("|n2|0", "|n3|0"))
        .containsExactly(
            "1 rows are passed over: jobs.txt:3: a job without id and name, of hosts 'n3'");
  }

  @Test
  void rowsThatAreAlikeAllCount() {
    assertThat(said("8|n1|-1", "8|n2|-1"))
        .containsExactly(
            "2 rows are passed over: jobs.txt:2: slurm-8: stage is '-1', must be a number from 0"
                + " on, jobs.txt:3: slurm-8: stage is '-1', must be a number from 0 on");
    assertThat(said("8|n1|-1", "8|n2|-1")).isEmpty();
  }

  @Test
  void aNewHostIsSaidHoweverManyWereBefore() {
    assertThat(said("1|n[001-500]|0"))
        .containsExactly("500 hosts of jobs are no board's: n001, n002, n003, n004, n005 ...");
    assertThat(said("1|n[001-500]|0", "2|login-1|0"))
        .containsExactly("1 hosts of jobs are no board's: login-1");
    assertThat(said("1|n[001-500]|0", "2|login-1|0")).isEmpty();
    // A job that ends and comes again
    assertThat(said("2|login-1|0")).isEmpty();
    assertThat(said("1|n[001-500]|0")).isEmpty();
  }

  @Test
  void whatWasLongAgoIsForgottenAndWhatIsLeftOutNowIsNot() {
    JobNews.Told told = new JobNews.Told();
    assertThat(told.news(Set.of("often", "once"))).containsExactly("often", "once");
    for (int i = 0; i < 10_000; i++) {
      assertThat(told.news(Set.of("often", "host-" + i))).containsExactly("host-" + i);
    }
    assertThat(told.news(Set.of("often", "host-9999"))).isEmpty();
    assertThat(told.news(Set.of("once"))).containsExactly("once");

    Set<String> many =
        IntStream.range(0, 25_000).mapToObj(i -> "n" + i).collect(Collectors.toSet());
    assertThat(told.news(many)).hasSize(25_000);
    assertThat(told.news(many)).isEmpty();
  }
}
