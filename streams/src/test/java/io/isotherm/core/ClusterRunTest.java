package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;

final class ClusterRunTest {
  private static final int SECONDS = 120;

  /** What came out, in words and in order. */
  private static final class Story implements ClusterRun.Output {
    final List<String> incidents = new ArrayList<>();
    final List<String> windows = new ArrayList<>();
    final List<ClusterWindow> clusters = new ArrayList<>();

    @Override
    public void window(PodWindow window) {
      windows.add(window.pod() + " " + window.windowStartMs());
    }

    @Override
    public void incident(IncidentEvent e) {
      incidents.add(
          "%d %s %s %s".formatted(e.eventMs() - SmallPod.START, e.pod(), e.type(), e.kind()));
    }

    @Override
    public void cluster(ClusterWindow window) {
      clusters.add(window);
    }
  }

  /** Sends a second of a pod's reports, with a board and from 40 s on a chip missing. */
  private static void second(ClusterRun run, SmallPod pod, String name, int s) {
    for (int b = 0; b < SmallPod.LAYOUT.boards(); b++) {
      if (s >= 40 && b == 4) {
        pod.lostChips.add(SmallPod.LAYOUT.chipIndex(b, 1));
      }
      if (s < 60 || b != 7) {
        pod.fill(b, s);
        pod.report.pod = name;
        run.accept(pod.report);
      }
      pod.sequence[b]++;
    }
  }

  private static ClusterRun run(Story story) {
    return ClusterRun.of(
        "cluster",
        List.of(SmallPod.layout("a", 4), SmallPod.layout("b", 4)),
        DetectorSettings.DEFAULT,
        story);
  }

  @Test
  void whatComesOutDoesNotDependOnWhichPodCameFirst() {
    Story inStep = new Story();
    ClusterRun run = run(inStep);
    SmallPod a = new SmallPod();
    SmallPod b = new SmallPod();
    for (int s = 0; s < SECONDS; s++) {
      second(run, a, "a", s);
      second(run, b, "b", s);
    }
    run.end();
    Story oneByOne = new Story();
    run = run(oneByOne);
    a = new SmallPod();
    b = new SmallPod();
    for (int s = 0; s < SECONDS; s++) {
      second(run, b, "b", s);
    }
    for (int s = 0; s < SECONDS; s++) {
      second(run, a, "a", s);
    }
    run.end();

    assertThat(inStep.incidents)
        .contains("60000 a OPENED CHIP_SILENT", "80000 b OPENED BOARD_SILENT");
    assertThat(inStep.incidents.get(0)).endsWith("a OPENED CHIP_SILENT");
    assertThat(inStep.incidents.get(1)).endsWith("b OPENED CHIP_SILENT");
    assertThat(oneByOne.incidents).isEqualTo(inStep.incidents);
    assertThat(oneByOne.clusters).isEqualTo(inStep.clusters).hasSizeGreaterThan(9);
    assertThat(oneByOne.windows).containsExactlyInAnyOrderElementsOf(inStep.windows);
  }

  /**
   * Sends seconds of the first pod, and of the second one from a second on, and a board of both.
   */
  private static Story joined(int secondPodFrom, int until, boolean end) {
    Story story = new Story();
    ClusterRun run = run(story);
    SmallPod a = new SmallPod();
    SmallPod b = new SmallPod();
    for (int s = 0; s < until; s++) {
      second(run, a, "a", s);
      if (s >= secondPodFrom) {
        second(run, b, "b", s);
      }
    }
    if (end) {
      run.end();
    }
    return story;
  }

  @Test
  void nobodyWaitsForeverForAPodThatIsNotThere() {
    Story alone = joined(5_000, 5_000, /* end= */ false);
    Story ended = joined(5_000, 5_000, /* end= */ true);

    assertThat(alone.incidents)
        .contains("60000 a OPENED CHIP_SILENT")
        .isEqualTo(ended.incidents.subList(0, alone.incidents.size()));
  }

  @Test
  void aPodThatComesAfterHoursIsWaitedForFromThenOn() {
    Story inStep = joined(4_000, 4_200, /* end= */ true);
    Story oneByOne = new Story();
    ClusterRun run = run(oneByOne);
    SmallPod a = new SmallPod();
    SmallPod b = new SmallPod();
    for (int s = 0; s < 4_000; s++) {
      second(run, a, "a", s);
    }
    for (int s = 4_000; s < 4_200; s++) {
      second(run, b, "b", s);
    }
    for (int s = 4_000; s < 4_200; s++) {
      second(run, a, "a", s);
    }
    run.end();

    assertThat(inStep.incidents).anyMatch(e -> e.contains(" b OPENED "));
    assertThat(oneByOne.incidents).isEqualTo(inStep.incidents);
    assertThat(oneByOne.clusters).isEqualTo(inStep.clusters);
  }

  @Test
  void itIsThePodMonitorsOwnWord() {
    SmallPod alone = new SmallPod();
    alone.lostChips.add(5);
    alone.run(0, SECONDS);
    Story story = new Story();
    ClusterRun run =
        ClusterRun.of("cluster", List.of(SmallPod.LAYOUT), DetectorSettings.DEFAULT, story);
    SmallPod pod = new SmallPod();
    pod.lostChips.add(5);
    for (int s = 0; s < SECONDS; s++) {
      for (int b = 0; b < SmallPod.LAYOUT.boards(); b++) {
        pod.fill(b, s);
        assertThat(run.accept(pod.report)).isEqualTo(Outcome.ACCEPTED);
        pod.sequence[b]++;
      }
    }
    run.end();

    assertThat(story.incidents)
        .hasSize(1)
        .hasSameSizeAs(alone.incidents)
        .allMatch(e -> e.endsWith("OPENED CHIP_SILENT"));
    assertThat(story.windows).hasSameSizeAs(alone.windows);
  }

  @Test
  void aPodThatNobodyNamedIsToldApart() {
    ClusterRun run = run(new Story());
    Report report = new Report();
    report.pod = "c";

    assertThat(run.accept(report)).isNull();
    assertThat(run.detail("c")).contains("no pod c");
  }

  /** A cluster of one pod, a, that has a cabinet less from a second of the test on. */
  private static ClusterRun losesACabinet(Story story, int second) {
    return new ClusterRun(
        "cluster",
        List.of(
            new ClusterRun.Version(SmallPod.layout("a", 4), 0),
            new ClusterRun.Version(SmallPod.layout("a", 3), SmallPod.START + second * 1_000L)),
        DetectorSettings.DEFAULT,
        story);
  }

  /** Sends what pod a reports in the first seconds of the test. */
  private static void tell(ClusterRun run, SmallPod pod, int seconds) {
    for (int s = 0; s < seconds; s++) {
      for (int b = 0; b < SmallPod.LAYOUT.boards(); b++) {
        pod.fill(b, s);
        pod.hand.on(pod.report, b, s);
        pod.report.pod = "a";
        run.accept(pod.report);
        pod.sequence[b]++;
      }
    }
  }

  @Test
  void whatIsOpenIsResolvedWhenThePartsChange() {
    Story story = new Story();
    ClusterRun run = losesACabinet(story, 60);
    SmallPod pod = new SmallPod();
    pod.lostChips.add(5);
    tell(run, pod, 62);
    run.end();

    assertThat(story.incidents)
        .hasSize(2)
        .first(InstanceOfAssertFactories.STRING)
        .endsWith("a OPENED CHIP_SILENT");
    assertThat(story.incidents.get(1)).isEqualTo("60000 a RESOLVED CHIP_SILENT");
  }

  @Test
  void aJobThatStandsStillWhenThePartsChangeIsFoundAgain() {
    Story story = new Story();
    ClusterRun run = losesACabinet(story, 150);
    run.placements(
        List.of(
            new Placement(
                "train",
                0,
                Long.MAX_VALUE,
                true,
                List.of(new Placement.Member("a", 0, 6, "worker", 0)))));
    SmallPod pod = new SmallPod();
    pod.hand =
        (r, b, second) -> {
          if (second >= 30) {
            Arrays.fill(r.tensorActivity, 0, r.chipCount, 0);
            Arrays.fill(r.steps, 0, r.chipCount, 15);
          }
        };
    tell(run, pod, 260);
    run.end();

    assertThat(story.incidents)
        .containsExactly(
            "120000 a OPENED JOB_HANG", "150000 a RESOLVED JOB_HANG", "230000 a OPENED JOB_HANG");
  }

  @Test
  void aNewVersionTakesOverWhenThePodHasComeSoFar() {
    Story story = new Story();
    ClusterRun run =
        new ClusterRun(
            "cluster",
            List.of(
                new ClusterRun.Version(SmallPod.layout("a", 4), SmallPod.START + 60_000),
                new ClusterRun.Version(SmallPod.layout("a", 3), 0)),
            DetectorSettings.DEFAULT,
            story);
    SmallPod pod = new SmallPod();
    int last = SmallPod.LAYOUT.boards() - 1;
    List<Outcome> ofNewBoard = new ArrayList<>();
    for (int s = 0; s < 90; s++) {
      for (int b = 0; b <= last; b++) {
        pod.fill(b, s);
        pod.report.pod = "a";
        Outcome outcome = run.accept(pod.report);
        if (b == last) {
          ofNewBoard.add(outcome);
        }
        pod.sequence[b]++;
      }
    }

    assertThat(ofNewBoard.subList(0, 60)).containsOnly(Outcome.UNKNOWN_PART);
    assertThat(ofNewBoard.subList(62, 90)).containsOnly(Outcome.ACCEPTED);
    assertThat(story.incidents).isEmpty();
  }

  @Test
  void aReportOfBeforeTheNewPartsJudgesNoWindowAgain() {
    Story story = new Story();
    ClusterRun run = losesACabinet(story, 60);
    SmallPod pod = new SmallPod();
    Outcome straggler = null;
    for (int s = 0; s < 120; s++) {
      for (int b = 0; b < SmallPod.LAYOUT.boards(); b++) {
        pod.fill(b, s);
        pod.report.pod = "a";
        run.accept(pod.report);
        pod.sequence[b]++;
        if (straggler == null && story.windows.size() == 6) {
          pod.fill(0, 58);
          pod.report.pod = "a";
          straggler = run.accept(pod.report);
        }
      }
    }

    assertThat(straggler).isEqualTo(Outcome.LATE);
    assertThat(story.windows).hasSize(11).doesNotHaveDuplicates();
  }
}
