package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A job over two small pods, a and b. */
final class SpanningJobsTest {
  private static final int FROM = 60;
  private static final List<String> PODS = List.of("a", "b");

  /** Changes a chip of a pod's report. */
  private interface Change {
    void of(Report report, int i);
  }

  private final List<PodLayout> layouts =
      PODS.stream().map(pod -> SmallPod.layout(pod, 4)).toList();
  private final List<SmallPod> pods =
      layouts.stream().map(l -> new SmallPod(new PodMonitor(l, DetectorSettings.DEFAULT))).toList();
  private final List<IncidentEvent> events = new ArrayList<>();
  private final List<PodWindow> windows = new ArrayList<>();
  private final ClusterRun run =
      ClusterRun.of(
          "cluster",
          layouts,
          DetectorSettings.DEFAULT,
          new ClusterRun.Output() {
            @Override
            public void window(PodWindow window) {
              windows.add(window);
            }

            @Override
            public void incident(IncidentEvent event) {
              events.add(event);
            }

            @Override
            public void cluster(ClusterWindow window) {
              // Of no interest here.
            }
          });

  SpanningJobsTest() {
    run.placements(List.of(job("train", true)));
  }

  private static Placement job(String name, boolean synchronous) {
    return new Placement(
        name,
        0,
        Long.MAX_VALUE,
        synchronous,
        PODS.stream().map(pod -> new Placement.Member(pod, 0, 12, "worker", 0)).toList());
  }

  /** Lets both pods report for some seconds. */
  private void run(int from, int until) {
    for (int s = from; s < until; s++) {
      for (int p = 0; p < PODS.size(); p++) {
        SmallPod pod = pods.get(p);
        for (int board = 0; board < SmallPod.LAYOUT.boards(); board++) {
          if (!pod.silentBoards.contains(board)) {
            pod.fill(board, s);
            pod.report.pod = PODS.get(p);
            pod.hand.on(pod.report, board, s);
            run.accept(pod.report);
          }
          pod.sequence[board]++;
        }
        if (pod.silentBoards.size() == SmallPod.LAYOUT.boards()) {
          tick(PODS.get(p), s);
        }
      }
    }
  }

  private void tick(String pod, int second) {
    Report tick = new Report();
    tick.clear();
    tick.tick = true;
    tick.pod = pod;
    tick.timeMs = SmallPod.START + second * 1_000L;
    run.accept(tick);
  }

  /** Changes what the chips of a pod say from a second on; of one board and position, or of all. */
  private void from(int pod, int second, int board, int position, Change change) {
    SmallPod.Hand before = pods.get(pod).hand;
    pods.get(pod).hand =
        (r, b, s) -> {
          before.on(r, b, s);
          for (int i = 0; i < r.chipCount; i++) {
            if (s >= second
                && (board < 0 || b == board)
                && (position < 0 || r.chip[i] == position)) {
              change.of(r, i);
            }
          }
        };
  }

  private void both(Change change) {
    from(0, FROM, -1, -1, change);
    from(1, FROM, -1, -1, change);
  }

  private static void stop(Report r, int i) {
    r.tensorActivity[i] = 0;
    r.steps[i] = 30;
  }

  private static void idle(Report r, int i) {
    stop(r, i);
    r.utilization[i] = 0;
    r.hbmUsed[i] = 500;
  }

  private static Change slow(int permille) {
    return (r, i) -> {
      r.tensorActivity[i] = r.tensorActivity[i] * (1_000 - permille) / 1_000;
      r.power[i] = r.power[i] * (1_000 - permille) / 1_000;
    };
  }

  private List<String> story() {
    return events.stream()
        .filter(e -> e.type() != IncidentEvent.Type.UPDATED)
        .map(e -> "%s %s %s".formatted(e.type(), e.kind(), e.subject()))
        .toList();
  }

  @Test
  void aJobThatStandsStillInAllItsPodsHangsOnce() {
    both(SpanningJobsTest::stop);
    run(0, 200);

    assertThat(story()).containsExactly("OPENED JOB_HANG job/train");
    assertThat(events.get(0).pod()).isEmpty();
    assertThat(events.get(0).chipsAffected()).isEqualTo(96);
    // In the first window its last step ends; eight more are longer than a checkpoint.
    assertThat(events.get(0).eventMs()).isEqualTo(SmallPod.START + (FROM + 90) * 1_000L);
  }

  @Test
  void aChipThatIsLostInOnePodExplainsThatTheJobStandsStillInAll() {
    both(SpanningJobsTest::stop);
    run(0, FROM);
    pods.get(1).lostChips.add(SmallPod.LAYOUT.chipIndex(4, 1));
    run(FROM, 300);

    assertThat(story()).containsExactly("OPENED CHIP_SILENT b/cab-001/board-1/chip-1");
    assertThat(events.get(events.size() - 1).children()).contains("job/train");
    assertThat(windows.get(windows.size() - 1).jobShares())
        .singleElement()
        .extracting(PodWindow.JobShare::stoppedBy)
        .isEqualTo("b/cab-001/board-1/chip-1");
  }

  @Test
  void aPodThatIsSilentExplainsThatTheOtherStandsStill() {
    from(1, FROM, -1, -1, SpanningJobsTest::stop);
    run(0, FROM);
    for (int board = 0; board < SmallPod.LAYOUT.boards(); board++) {
      pods.get(0).silentBoards.add(board);
    }
    run(FROM, 300);

    assertThat(story()).containsExactly("OPENED POD_SILENT a");
  }

  /** Places the job on one board of the first pod, which falls silent, and on all of the second. */
  private void goesOnWithoutAPod(int hangs, int until) {
    run.placements(
        List.of(
            new Placement(
                "train",
                0,
                Long.MAX_VALUE,
                true,
                List.of(
                    new Placement.Member("a", 4, 1, "worker", 0),
                    new Placement.Member("b", 0, 12, "worker", 0)))));
    run(0, FROM);
    pods.get(0).silentBoards.add(4);
    from(1, hangs, -1, -1, SpanningJobsTest::stop);
    run(FROM, until);
  }

  @Test
  void aPodInWhichAllBoardsOfTheJobFallSilentExplainsThatTheOtherStandsStill() {
    goesOnWithoutAPod(300, 1_200);

    assertThat(story()).containsExactly("OPENED BOARD_SILENT a/cab-001/board-1");
  }

  @Test
  void aJobThatWorkedForLongWithoutAPodHangsForAnotherReason() {
    goesOnWithoutAPod(900, 1_100);

    assertThat(story())
        .containsExactly("OPENED BOARD_SILENT a/cab-001/board-1", "OPENED JOB_HANG job/train");
  }

  @Test
  void aJobWhoseOtherPodWorksDoesNotStandStill() {
    from(0, FROM, -1, -1, SpanningJobsTest::stop);
    run(0, 300);

    assertThat(story()).noneMatch(line -> line.contains("JOB"));
  }

  @Test
  void aJobThatIsGoneInAllItsPodsHasCrashed() {
    both(SpanningJobsTest::idle);
    run(0, 200);

    assertThat(story()).containsExactly("OPENED JOB_CRASHED job/train");
  }

  @Test
  void aJobThatHangsInAllItsPodsUntilItIsKilledIsOneIncident() {
    both(SpanningJobsTest::stop);
    from(0, 200, -1, -1, SpanningJobsTest::idle);
    from(1, 200, -1, -1, SpanningJobsTest::idle);
    run(0, 300);

    assertThat(events)
        .extracting(e -> "%s %s".formatted(e.type(), e.kind()))
        .containsExactly("OPENED JOB_HANG", "UPDATED JOB_CRASHED");
    assertThat(events.get(1).id()).isEqualTo(events.get(0).id());
  }

  @Test
  void aJobThatIsSlowerInAllItsPodsIsSlowOnce() {
    from(0, 240, -1, -1, slow(200));
    from(1, 240, -1, -1, slow(200));
    run(0, 500);

    assertThat(story()).containsExactly("OPENED JOB_SLOW job/train");
    assertThat(events.get(0).pod()).isEmpty();
  }

  @Test
  void aChipThatIsSlowInOnePodExplainsThatTheJobIsSlowInAll() {
    from(0, 240, -1, -1, slow(200));
    from(1, 240, -1, -1, slow(200));
    from(1, 240, 4, 1, slow(250));
    run(0, 500);

    assertThat(story()).containsExactly("OPENED CHIP_SLOW b/cab-001/board-1/chip-1");
  }

  @Test
  void aChipThatIsLostDoesNotExplainThatAServiceHangs() {
    run.placements(List.of(job("serve", false)));
    both(SpanningJobsTest::stop);
    run(0, FROM);
    pods.get(1).lostChips.add(SmallPod.LAYOUT.chipIndex(4, 1));
    run(FROM, 300);

    assertThat(story())
        .containsExactly(
            "OPENED CHIP_SILENT b/cab-001/board-1/chip-1", "OPENED JOB_HANG job/serve");
  }

  @Test
  void aJobThatHasNotWorkedYetIsNotStoppedByABrokenChip() {
    from(0, 0, -1, -1, SpanningJobsTest::stop);
    from(1, 0, -1, -1, SpanningJobsTest::stop);
    run(0, FROM);
    pods.get(1).lostChips.add(SmallPod.LAYOUT.chipIndex(4, 1));
    run(FROM, 200);

    assertThat(story()).containsExactly("OPENED CHIP_SILENT b/cab-001/board-1/chip-1");
    assertThat(events).allSatisfy(e -> assertThat(e.children()).doesNotContain("job/train"));
  }

  @Test
  void aMemberOnWhichSomebodyWorksElsewhereDoesNotMakeAJobOneOfSeveralPods() {
    Placement here =
        new Placement(
            "train",
            0,
            Long.MAX_VALUE,
            true,
            List.of(
                new Placement.Member("a", 0, 12, "worker", 0),
                new Placement.Member("b", 0, 1, "maintenance", 0)));
    assertThat(JobMap.at(layouts.get(0), List.of(here), 0).spansPods(0)).isFalse();
    assertThat(JobMap.at(layouts.get(0), List.of(job("train", true)), 0).spansPods(0)).isTrue();
  }

  @Test
  void aJobThatIsTakenOffItsBoardsEndsItsIncident() {
    both(SpanningJobsTest::stop);
    run(0, 200);
    run.placements(List.of());
    run(200, 260);

    assertThat(story()).containsExactly("OPENED JOB_HANG job/train", "RESOLVED JOB_HANG job/train");
  }

  @Test
  void ofTwoPlacementsTheLaterOneCountsInWhateverOrderThePodsTell() {
    PodWindow.JobShare old = share(0, 40, 40);
    PodWindow.JobShare moved = share(1_000, 30, 0);
    JobTally one = new JobTally(0);
    one.add("a", old);
    one.add("b", moved);
    JobTally other = new JobTally(1_000);
    other.add("b", moved);
    other.add("a", old);

    assertThat(one.share("train")).isEqualTo(moved).isEqualTo(other.share("train"));
    assertThat(one.home()).isEqualTo("b").isEqualTo(other.home());
  }

  private static PodWindow.JobShare share(long fromMs, int chips, int busy) {
    return new PodWindow.JobShare(
        "train",
        fromMs,
        chips,
        busy,
        /* idle= */ 0,
        /* still= */ 0,
        /* memory= */ 0,
        /* tensorOfBusy= */ 500L * busy,
        /* worstLag= */ 0,
        /* stepped= */ true,
        /* countsSteps= */ true,
        "",
        "");
  }

  @Test
  void aClusterThatIsRestoredAtAnyWindowGoesOnAsIfNothingHadHappened() {
    from(0, 240, -1, -1, slow(200));
    from(1, 240, -1, -1, slow(200));
    from(0, 420, -1, -1, SpanningJobsTest::stop);
    from(1, 420, -1, -1, SpanningJobsTest::stop);
    run(0, 600);
    List<IncidentEvent> expected = List.copyOf(events);
    assertThat(story()).contains("OPENED JOB_SLOW job/train", "OPENED JOB_HANG job/train");

    List<IncidentEvent> restored = new ArrayList<>();
    ClusterMonitor.Output output =
        new ClusterMonitor.Output() {
          @Override
          public void cluster(ClusterWindow window) {
            // Of no interest here.
          }

          @Override
          public void incident(IncidentEvent event) {
            restored.add(event);
          }
        };
    ClusterMonitor monitor = monitor();
    for (PodWindow window : windows) {
      ClusterMonitor next = monitor();
      next.read(monitor.write());
      monitor = next;
      monitor.accept(window, output);
    }

    assertThat(restored).isEqualTo(expected);
  }

  private static ClusterMonitor monitor() {
    ClusterMonitor monitor = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    monitor.pods(
        Map.of(
            "a", new ClusterMonitor.Pod(SmallPod.LAYOUT.chips(), 0),
            "b", new ClusterMonitor.Pod(SmallPod.LAYOUT.chips(), 0)));
    return monitor;
  }

  /** Monitors of clusters by themselves, with pods that are made up. */
  private static final class Cluster implements ClusterMonitor.Output {
    private ClusterMonitor monitor = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    private final Map<String, ClusterMonitor.Pod> pods = new TreeMap<>();
    private final List<String> story = new ArrayList<>();
    private final List<String> names;
    private final long[] numbers;

    Cluster(String... names) {
      this.names = List.of(names);
      numbers = new long[names.length];
      this.names.forEach(name -> pods.put(name, new ClusterMonitor.Pod(100, 0)));
      monitor.pods(pods);
    }

    /** Goes on with a monitor that has read the state of the one before. */
    void restore() {
      byte[] state = monitor.write();
      monitor = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
      monitor.pods(pods);
      monitor.read(state);
    }

    /** Lets a pod tell of a window, and that the jobs work or stand still in it. */
    void tell(String pod, int window, boolean atWork, String... jobs) {
      tell(pod, window, atWork ? 100 : 0, atWork ? 0 : 100, "", jobs);
    }

    /** Lets a pod tell of a window, and that nothing is left of a job in it, as it is silent. */
    void idle(String pod, int window, String job) {
      tell(pod, window, 0, 0, pod, job);
    }

    private void tell(
        String pod, int window, int busy, int still, String stoppedBy, String... jobs) {
      List<PodWindow.JobShare> shares =
          Arrays.stream(jobs)
              .map(
                  job ->
                      new PodWindow.JobShare(
                          job,
                          0,
                          busy + still,
                          busy,
                          0,
                          still,
                          0,
                          600L * busy,
                          0,
                          busy > 0,
                          true,
                          "",
                          stoppedBy))
              .toList();
      long number = ++numbers[names.indexOf(pod)];
      monitor.accept(ClusterMonitorTest.window(pod, 10_000L * window, number, shares), this);
    }

    @Override
    public void cluster(ClusterWindow window) {
      // Of no interest here.
    }

    @Override
    public void incident(IncidentEvent event) {
      if (event.type() != IncidentEvent.Type.UPDATED) {
        story.add("%s %s %s".formatted(event.type(), event.kind(), event.subject()));
      }
    }
  }

  @Test
  void aJobIsNotForgottenWhileTheClusterGoesOnWithoutItsPods() {
    Cluster cluster = new Cluster("a", "b", "c", "d", "e");
    for (int w = 100; w < 112; w++) {
      cluster.tell("a", w, w < 103, "train");
      cluster.tell("b", w, w < 103, "train");
      for (String other : List.of("c", "d", "e")) {
        cluster.tell(other, w, true);
      }
    }
    assertThat(cluster.story).containsExactly("OPENED JOB_HANG job/train");

    // When: the clocks of its pods go back by a quarter of an hour, and nobody waits for them
    cluster.tell("a", 20, false, "train");
    cluster.tell("b", 20, false, "train");
    for (int w = 112; w < 120; w++) {
      for (String other : List.of("c", "d", "e")) {
        cluster.tell(other, w, true);
      }
    }
    assertThat(cluster.story).containsExactly("OPENED JOB_HANG job/train");

    // Then: it is the same incident when they are back, and ends when the job works
    for (int w = 120; w < 130; w++) {
      cluster.tell("a", w, w >= 125, "train");
      cluster.tell("b", w, w >= 125, "train");
      for (String other : List.of("c", "d", "e")) {
        cluster.tell(other, w, true);
      }
    }
    assertThat(cluster.story)
        .containsExactly("OPENED JOB_HANG job/train", "RESOLVED JOB_HANG job/train");
  }

  @Test
  void aClusterThatIsRestoredKnowsWithoutWhichPodsAJobGoesOn() {
    Cluster cluster = new Cluster("a", "b");
    for (int w = 100; w < 170; w++) {
      cluster.idle("a", w, "train");
      cluster.tell("b", w, true, "train");
    }
    cluster.idle("a", 170, "train");
    cluster.restore();
    cluster.tell("b", 170, false, "train");
    for (int w = 171; w < 185; w++) {
      cluster.idle("a", w, "train");
      cluster.tell("b", w, false, "train");
    }

    assertThat(cluster.story).containsExactly("OPENED JOB_HANG job/train");
  }

  @Test
  void oneJobIsNoFaultOfTheSiteAndTwoAre() {
    Cluster one = new Cluster("a", "b", "c", "d");
    Cluster two = new Cluster("a", "b", "c", "d");
    for (int w = 100; w < 120; w++) {
      for (String pod : List.of("a", "b")) {
        one.tell(pod, w, w < 103, "x");
        two.tell(pod, w, w < 103, "x");
      }
      for (String pod : List.of("c", "d")) {
        one.tell(pod, w, true, "y");
        two.tell(pod, w, w < 103, "y");
      }
    }

    assertThat(one.story).containsExactly("OPENED JOB_HANG job/x");
    assertThat(two.story)
        .containsExactlyInAnyOrder(
            "OPENED JOB_HANG job/x", "OPENED JOB_HANG job/y", "OPENED SITE_FAULT site");
  }

  @Test
  void whatTheSiteExplainsOfAPodItExplainsOfAJobOverSeveral() {
    List<String> findings = List.of("job_slow");
    assertThat(SiteFindings.explains(findings, List.of("a"), "JOB_SLOW", "")).isTrue();
    assertThat(SiteFindings.explains(findings, List.of("a"), "JOB_HANG", "")).isFalse();
    assertThat(SiteFindings.explains(findings, List.of("a"), "JOB_SLOW", "b")).isFalse();
  }

  @Test
  void aStateFromBeforeJobsOverSeveralPodsIsRead() {
    byte[] state = monitor().write();
    // That version ended with the site; what is behind it is six empty lists.
    byte[] before = Arrays.copyOf(state, state.length - 6 * Integer.BYTES);
    before[0] = 4;

    ClusterMonitor monitor = monitor();
    monitor.read(before);
    assertThat(monitor.write()).isEqualTo(state);
    before[0] = 3;
    assertThatIllegalArgumentException().isThrownBy(() -> monitor().read(before));
  }

  @Test
  void aStateFromBeforeItWasKnownWhatJobsGoOnWithIsRead() {
    byte[] state = monitor().write();
    // Without jobs it is an empty list shorter.
    byte[] before = Arrays.copyOf(state, state.length - Integer.BYTES);
    before[0] = 5;

    ClusterMonitor monitor = monitor();
    monitor.read(before);
    assertThat(monitor.write()).isEqualTo(state);
  }
}
