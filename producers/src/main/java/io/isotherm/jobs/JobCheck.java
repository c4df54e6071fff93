package io.isotherm.jobs;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a list of jobs comes to, for people: which boards each job has, and what is left out. */
final class JobCheck {
  private final ClusterPlan plan;
  private final int fewestBoards;

  JobCheck(ClusterPlan plan, int fewestBoards) {
    this.plan = plan;
    this.fewestBoards = fewestBoards;
  }

  /** Places the jobs of a list, and says what came of it, line by line. */
  List<String> lines(BoardJobs boards, JobTable.Listed listed) {
    Map<String, BoardJobs.Wanted> wanted = boards.place(listed.jobs());
    List<String> lines = new ArrayList<>();
    wanted.forEach(
        (job, w) -> {
          lines.add(
              "%s: %d boards%s"
                  .formatted(job, w.boards(), w.synchronous() ? "" : ", not synchronous"));
          w.members().forEach(m -> lines.add("  " + line(m)));
        });
    listed.passedOver().forEach(row -> lines.add("passed over: " + row));
    JobNews.say(lines::add, boards.shared(), JobNews.SHARED);
    JobNews.say(lines::add, boards.unknown(), JobNews.UNKNOWN);
    JobNews.say(
        lines::add,
        boards.small(),
        "jobs have fewer than %d boards for themselves, and are left out".formatted(fewestBoards));
    lines.add("%d jobs of %d".formatted(wanted.size(), wanted.size() + boards.small().size()));
    return lines;
  }

  private String line(Placement.Member m) {
    PodLayout pod =
        plan.pods().stream().filter(p -> p.pod().equals(m.pod())).findFirst().orElseThrow();
    String stage = m.stage() == 0 ? "" : " of stage " + m.stage();
    return pod.boardRange(m.firstBoard(), m.boards()) + ", " + m.role() + stage;
  }
}
