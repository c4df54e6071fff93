package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.PodWindow.Counters;
import io.isotherm.core.PodWindow.Histogram;
import io.isotherm.core.PodWindow.Links;
import io.isotherm.core.PodWindow.StateCounts;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ClusterMonitorTest {
  private static final ClusterMonitor.Pod POD = new ClusterMonitor.Pod(100, 0);

  private final List<ClusterWindow> closed = new ArrayList<>();
  private final ClusterMonitor monitor = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);

  private final List<IncidentEvent> incidents = new ArrayList<>();
  private final ClusterMonitor.Output output =
      new ClusterMonitor.Output() {
        @Override
        public void cluster(ClusterWindow window) {
          closed.add(window);
        }

        @Override
        public void incident(IncidentEvent event) {
          incidents.add(event);
        }
      };

  private static PodWindow window(String pod, long startMs, int unknown) {
    return window(pod, startMs, unknown, 1);
  }

  private static PodWindow window(String pod, long startMs, int unknown, long number) {
    List<PodWindow.OpenKind> open =
        unknown > 0
            ? List.of(new PodWindow.OpenKind(IncidentKind.POD_SILENT, 1, unknown))
            : List.of();
    return window(pod, startMs, unknown, number, open);
  }

  private static PodWindow window(
      String pod, long startMs, int unknown, long number, List<PodWindow.OpenKind> open) {
    return window(pod, startMs, unknown, number, open, List.of());
  }

  /** A window of a pod of 100 chips that is well, and in which jobs over several pods are. */
  static PodWindow window(
      String pod, long startMs, long number, List<PodWindow.JobShare> jobShares) {
    return window(pod, startMs, 0, number, List.of(), jobShares);
  }

  private static PodWindow window(
      String pod,
      long startMs,
      int unknown,
      long number,
      List<PodWindow.OpenKind> open,
      List<PodWindow.JobShare> jobShares) {
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
        0,
        10 * (100 - unknown),
        none,
        none,
        1_000,
        new Links(200, 200, 0, 0, 0, 0, 0, 0),
        new Counters(1, 0, 0, 0, 0, number),
        startMs + 10_000,
        unknown > 0 ? 1 : 0,
        open,
        List.of(),
        List.of(),
        List.of(),
        jobShares,
        new byte[0],
        new byte[0]);
  }

  @Test
  void aWindowClosesOnceEveryPodHasClosedIt() {
    monitor.pods(Map.of("a", POD, "b", POD));
    monitor.accept(window("a", 0, 0), output);
    monitor.accept(window("a", 10_000, 0), output);
    assertThat(closed).isEmpty();
    monitor.accept(window("b", 0, 20), output);

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
    monitor.pods(Map.of("a", POD, "b", POD));
    monitor.accept(window("a", 0, 0), output);
    monitor.accept(window("b", 10_000, 0), output);

    assertThat(closed).hasSize(1);
    assertThat(closed.get(0).states()).isEqualTo(new StateCounts(100, 0, 0, 0, 100));
    assertThat(closed.get(0).podsReporting()).isEqualTo(1);
  }

  @Test
  void nobodyWaitsForAPodBeforeItBelongsToTheCluster() {
    monitor.pods(Map.of("a", POD, "b", new ClusterMonitor.Pod(100, 25_000)));
    monitor.accept(window("a", 0, 0), output);
    monitor.accept(window("a", 10_000, 0), output);
    assertThat(closed).extracting(ClusterWindow::pods).containsExactly(1, 1);
    assertThat(closed).extracting(ClusterWindow::chips).containsExactly(100, 100);

    monitor.accept(window("a", 20_000, 0), output);
    monitor.accept(window("a", 30_000, 0), output);
    assertThat(closed).hasSize(2);
    monitor.accept(window("b", 20_000, 90), output);
    assertThat(closed).hasSize(3);
    assertThat(closed.get(2).pods()).isEqualTo(2);
    assertThat(closed.get(2).states()).isEqualTo(new StateCounts(110, 0, 0, 0, 90));
  }

  @Test
  void aPodOfWhichOnlyALaterVersionIsKnownIsWaitedForOnceItHasSpoken() {
    monitor.pods(Map.of("a", POD, "b", new ClusterMonitor.Pod(100, 1_000_000)));
    monitor.accept(window("b", 0, 0), output);
    monitor.accept(window("a", 0, 0), output);
    assertThat(closed).hasSize(1);
    monitor.accept(window("a", 10_000, 0), output);
    assertThat(closed).hasSize(1);
    monitor.accept(window("b", 10_000, 20), output);

    assertThat(closed).hasSize(2);
    assertThat(closed.get(1).states()).isEqualTo(new StateCounts(180, 0, 0, 0, 20));
  }

  @Test
  void aPodThatSpeaksBeforeItBelongsToTheClusterCounts() {
    monitor.pods(Map.of("a", POD, "b", new ClusterMonitor.Pod(100, 25_000)));
    monitor.accept(window("b", 0, 30), output);
    monitor.accept(window("a", 0, 0), output);

    assertThat(closed).hasSize(1);
    assertThat(closed.get(0).pods()).isEqualTo(2);
    assertThat(closed.get(0).states()).isEqualTo(new StateCounts(170, 0, 0, 0, 30));
  }

  @Test
  void whatIsAnnouncedOfAPodThatToldDoesNotCount() {
    monitor.pods(Map.of("a", new ClusterMonitor.Pod(200, 0)));
    monitor.accept(window("a", 0, 0), output);

    assertThat(closed.get(0).chips()).isEqualTo(100);
    assertThat(closed.get(0).states()).isEqualTo(states(/* healthy= */ 1, /* unknown= */ 0));
    assertThat(closed.get(0).effectiveComputePermille()).isEqualTo(1_000);
  }

  @Test
  void aPodThatDoesNotTellGrowsWhenItsNextVersionHolds() {
    monitor.pods(
        Map.of(
            "a", POD, "b", new ClusterMonitor.Pod(new TreeMap<>(Map.of(0L, 100, 30_000L, 300)))));
    monitor.accept(window("b", 30_000, 0), output);
    for (int w = 0; w < 4; w++) {
      monitor.accept(window("a", w * 10_000L, 0), output);
    }

    assertThat(closed).extracting(w -> w.states().unknown()).containsExactly(100, 100, 300, 0);
  }

  @Test
  void aWindowThatComesAgainChangesNothing() {
    monitor.pods(Map.of("a", POD));
    monitor.accept(window("a", 0, 0), output);
    monitor.accept(window("a", 0, 50), output);
    monitor.accept(window("unknown", 0, 50), output);

    assertThat(closed).hasSize(1);
  }

  @Test
  void aRestoredMonitorGoesOnAsTheOneBefore() {
    monitor.pods(Map.of("a", POD, "b", POD));
    monitor.accept(window("a", 0, 0), output);
    monitor.accept(window("b", 0, 0), output);
    monitor.accept(window("a", 10_000, 30), output);
    ClusterMonitor next = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    next.pods(Map.of("a", POD, "b", POD));
    next.read(monitor.write());
    next.accept(window("b", 10_000, 0), output);
    next.accept(window("b", 0, 0), output);

    assertThat(closed).hasSize(2);
    assertThat(closed.get(1).states().unknown()).isEqualTo(30);
  }

  /** Lets every pod close windows, some with all of its chips unknown. */
  private void windows(ClusterMonitor to, int pods, int from, int until, String... silent) {
    for (int w = from; w < until; w++) {
      for (int p = 0; p < pods; p++) {
        String pod = "pod-%02d".formatted(p);
        boolean dark = List.of(silent).contains(pod);
        to.accept(window(pod, w * 10_000L, dark ? 100 : 0), output);
      }
    }
  }

  private static Map<String, ClusterMonitor.Pod> pods(int n) {
    Map<String, ClusterMonitor.Pod> pods = new TreeMap<>();
    for (int p = 0; p < n; p++) {
      pods.put("pod-%02d".formatted(p), POD);
    }
    return pods;
  }

  private List<String> story() {
    return incidents.stream().map(e -> e.type() + " " + e.kind() + " " + e.subject()).toList();
  }

  @Test
  void manyPodsThatFallSilentTogetherAreTheSite() {
    monitor.pods(pods(10));
    windows(monitor, 10, 0, 3);
    windows(monitor, 10, 3, 6, "pod-02", "pod-07");

    assertThat(story()).containsExactly("OPENED SITE_FAULT site");
    IncidentEvent site = incidents.get(0);
    assertThat(site.children()).containsExactly("pod-02", "pod-07");
    assertThat(site.chipsAffected()).isEqualTo(200);
    assertThat(site.pod()).isEmpty();
    assertThat(site.summary())
        .isEqualTo(
            "The same is wrong in 2 of 10 pods of the site at once: pod silent; 200 chips"
                + " affected.");
    assertThat(closed.get(3).openIncidents()).isEqualTo(3);
    List<String> findings = site.evidence().stream().map(IncidentEvent.Evidence::finding).toList();
    assertThat(SiteFindings.explains(findings, site.children(), "POD_SILENT", "pod-07")).isTrue();
    assertThat(SiteFindings.explains(findings, site.children(), "POD_SILENT", "pod-01")).isFalse();
    assertThat(SiteFindings.explains(findings, site.children(), "LINK_DOWN", "pod-07")).isFalse();

    windows(monitor, 10, 6, 9);
    assertThat(story()).endsWith("RESOLVED SITE_FAULT site");
  }

  @Test
  void podsThatFallSilentOneAfterTheOtherAreNotTheSite() {
    monitor.pods(pods(10));
    windows(monitor, 10, 0, 20, "pod-02");
    windows(monitor, 10, 20, 30, "pod-02", "pod-07");

    assertThat(story()).isEmpty();
  }

  /** Lets the first pods close a window, each with some chips on silent boards. */
  private void silentChips(int pods, int window, IntUnaryOperator chipsOf) {
    for (int p = 0; p < pods; p++) {
      int chips = chipsOf.applyAsInt(p);
      List<PodWindow.OpenKind> open =
          chips == 0
              ? List.of()
              : List.of(new PodWindow.OpenKind(IncidentKind.BOARD_SILENT, 1, chips));
      monitor.accept(window("pod-%02d".formatted(p), window * 10_000L, chips, 1, open), output);
    }
  }

  @Test
  void podsThatHaveALittleOfItAlreadyAreTheSiteWhenMuchMoreComesAtOnce() {
    monitor.pods(pods(10));
    for (int w = 0; w < 30; w++) {
      silentChips(10, w, p -> 8);
    }
    assertThat(story()).isEmpty();
    for (int w = 30; w < 60; w++) {
      silentChips(10, w, p -> 40);
    }
    assertThat(story()).containsExactly("OPENED SITE_FAULT site");
    assertThat(incidents.get(0).chipsAffected()).isEqualTo(320);
    assertThat(incidents.get(0).children()).hasSize(10);

    for (int w = 60; w < 70; w++) {
      silentChips(10, w, p -> 8);
    }
    assertThat(story()).endsWith("RESOLVED SITE_FAULT site");
  }

  @Test
  void whatComesToManyPodsInStepsIsTheSite() {
    monitor.pods(pods(10));
    for (int w = 0; w < 300; w++) {
      int now = w;
      silentChips(10, w, p -> now >= 20 * p ? 8 : 0);
    }
    assertThat(story()).isEmpty();
    for (int w = 300; w < 310; w++) {
      int step = w - 299;
      silentChips(10, w, p -> 8 + Math.min(4, step) * 9);
    }

    assertThat(story()).startsWith("OPENED SITE_FAULT site");
  }

  @Test
  void whatGrowsSlowlyInManyPodsIsNotTheSite() {
    monitor.pods(pods(10));
    for (int w = 0; w < 500; w++) {
      int now = w;
      silentChips(10, w, p -> now < 20 * p ? 0 : 8 + (now - 20 * p) / 3 % 80);
    }

    assertThat(story()).isEmpty();
  }

  @Test
  void whatGrowsFastInOnePodAfterTheOtherIsNotTheSite() {
    monitor.pods(pods(10));
    for (int w = 0; w < 500; w++) {
      int now = w;
      silentChips(10, w, p -> now < 20 * p ? 0 : 50);
    }
    for (int w = 500; w < 600; w++) {
      int now = w;
      silentChips(10, w, p -> p == (now - 500) / 20 ? 100 : 50);
    }

    assertThat(story()).isEmpty();
  }

  @Test
  void whatThePodsHaveHadForLongIsNoPartOfAnotherFaultOfTheSite() {
    monitor.pods(pods(10));
    PodWindow.OpenKind links = new PodWindow.OpenKind(IncidentKind.LINK_DOWN, 10, 20);
    PodWindow.OpenKind silent = new PodWindow.OpenKind(IncidentKind.POD_SILENT, 1, 100);
    for (int w = 0; w < 100; w++) {
      for (int p = 0; p < 10; p++) {
        boolean hasLinks = w >= 6 * p;
        boolean dark = w >= 90 && p < 3;
        List<PodWindow.OpenKind> open = new ArrayList<>();
        if (dark) {
          open.add(silent);
        }
        if (hasLinks) {
          open.add(links);
        }
        String pod = "pod-%02d".formatted(p);
        monitor.accept(window(pod, w * 10_000L, dark ? 100 : 0, 1, open), output);
      }
    }

    assertThat(story()).containsExactly("OPENED SITE_FAULT site");
    assertThat(incidents.get(0).children()).containsExactly("pod-00", "pod-01", "pod-02");
  }

  @Test
  void onePodOfTwoIsNotTheSite() {
    monitor.pods(pods(2));
    windows(monitor, 2, 0, 5, "pod-00");

    assertThat(story()).isEmpty();
  }

  @Test
  void aRestoredMonitorGoesOnWithTheIncidentOfTheSite() {
    monitor.pods(pods(10));
    windows(monitor, 10, 0, 5, "pod-02", "pod-07");
    monitor.accept(window("pod-00", 50_000, 100), output);
    ClusterMonitor next = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    next.pods(pods(10));
    next.read(monitor.write());
    windows(next, 10, 5, 7, "pod-02", "pod-07");
    windows(next, 10, 7, 9);

    assertThat(story())
        .containsExactly(
            "OPENED SITE_FAULT site",
            "UPDATED SITE_FAULT site",
            "UPDATED SITE_FAULT site",
            "RESOLVED SITE_FAULT site");
  }

  @Test
  void aRestoredMonitorKnowsWhatWasThereBefore() {
    monitor.pods(pods(10));
    for (int w = 0; w < 300; w++) {
      int now = w;
      silentChips(10, w, p -> now >= 20 * p ? 8 : 0);
    }
    byte[] state = monitor.write();
    ClusterMonitor next = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    next.pods(pods(10));
    next.read(state);

    assertThat(next.write()).isEqualTo(state);
  }

  // Pods that disagree about time.

  private static final int HOURS = 3 * 360;

  /** How many windows each pod has closed. */
  private final Map<String, Long> numbers = new TreeMap<>();

  /** Lets a pod close a window, by the window's number since 1970. */
  private void close(ClusterMonitor to, int pod, int window) {
    String name = "pod-%02d".formatted(pod);
    long number = numbers.merge(name, 1L, Long::sum);
    to.accept(window(name, window * 10_000L, 0, number), output);
  }

  private List<Integer> closedWindows() {
    return closed.stream().map(w -> (int) (w.windowStartMs() / 10_000)).toList();
  }

  private static List<Integer> range(int from, int until) {
    return IntStream.range(from, until).boxed().toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 10})
  void aPodThatIsHoursAheadClosesNoWindowOfTheOthers(int pods) {
    monitor.pods(pods(pods));
    int hoursLater = 4 * HOURS;
    for (int w = 0; w < 2_500; w++) {
      for (int p = 0; p < pods; p++) {
        close(monitor, p, p == 1 ? w + hoursLater : w);
      }
    }

    assertThat(closedWindows()).isEqualTo(range(0, 2_500));
    assertThat(closed)
        .allSatisfy(w -> assertThat(w.states()).isEqualTo(states(pods - 1, /* unknown= */ 1)));
    assertThat(monitor.write().length).as("bytes of its state").isLessThan(200_000);

    // Its agents' clocks are put right: it goes back, and counts from the next window on.
    for (int w = 2_500; w < hoursLater + 1_100; w++) {
      for (int p = 0; p < pods; p++) {
        close(monitor, p, w);
      }
    }
    assertThat(closedWindows()).isEqualTo(range(0, hoursLater + 1_100));
    assertThat(closed.subList(2_501, closed.size()))
        .allSatisfy(w -> assertThat(w.states()).isEqualTo(states(pods, /* unknown= */ 0)));
  }

  private static StateCounts states(int healthy, int unknown) {
    return new StateCounts(100 * healthy, 0, 0, 0, 100 * unknown);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void theClusterGoesBackWithMostOfItsPods(int pods) {
    monitor.pods(pods(pods));
    for (int w = HOURS; w < HOURS + 20; w++) {
      for (int p = 0; p < pods; p++) {
        close(monitor, p, w);
      }
    }
    closed.clear();
    for (int w = 0; w < HOURS + 40; w++) {
      for (int p = 0; p < pods; p++) {
        close(monitor, p, w);
      }
    }

    assertThat(closedWindows()).isEqualTo(range(0, HOURS + 40));
    assertThat(closed.subList(1, closed.size()))
        .allSatisfy(w -> assertThat(w.states()).isEqualTo(states(pods, /* unknown= */ 0)));
  }

  @Test
  void aPodThatGoesFarBackIsNotWaitedForUntilItHasCaughtUp() {
    monitor.pods(pods(3));
    for (int w = HOURS; w < HOURS + 20; w++) {
      for (int p = 0; p < 3; p++) {
        close(monitor, p, w);
      }
    }
    for (int w = HOURS + 20; w < HOURS + 50; w++) {
      close(monitor, 0, w);
      close(monitor, 1, w);
      close(monitor, 2, w - HOURS);
    }
    assertThat(closedWindows()).isEqualTo(range(HOURS, HOURS + 50));
    assertThat(closed.get(49).states()).isEqualTo(states(2, /* unknown= */ 1));

    // It goes through what it has missed, faster than the others.
    int w = HOURS + 50;
    for (int behind = 50; behind <= w; behind++) {
      close(monitor, 2, behind);
      if (behind % 100 == 0) {
        close(monitor, 0, w);
        close(monitor, 1, w);
        w++;
      }
    }
    close(monitor, 0, w);
    close(monitor, 1, w);
    assertThat(closedWindows()).isEqualTo(range(HOURS, w + 1));
    assertThat(closed.get(closed.size() - 1).states()).isEqualTo(states(3, /* unknown= */ 0));
  }

  @Test
  void aPodThatStandsStillIsWaitedForAThousandWindowsAndThenLeftBehind() {
    monitor.pods(pods(2));
    close(monitor, 0, 0);
    close(monitor, 1, 0);
    for (int w = 1; w <= 1_000; w++) {
      close(monitor, 0, w);
    }
    assertThat(closed).hasSize(1);
    close(monitor, 0, 1_001);
    assertThat(closedWindows()).isEqualTo(range(0, 1_002));
    close(monitor, 0, 1_002);
    assertThat(closedWindows()).isEqualTo(range(0, 1_003));

    close(monitor, 1, 1_000);
    close(monitor, 0, 1_003);
    assertThat(closed).hasSize(1_003);
    close(monitor, 1, 1_003);
    assertThat(closed.get(1_003).states()).isEqualTo(states(2, /* unknown= */ 0));
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void clocksThatJumpCountNoPodTwiceAndARestoredMonitorGoesOn(long seed) {
    monitor.pods(pods(4));
    jump(seed, monitor, /* restored= */ false);
    List<ClusterWindow> whole = List.copyOf(closed);
    closed.clear();
    numbers.clear();
    ClusterMonitor first = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    first.pods(pods(4));
    jump(seed, first, /* restored= */ true);

    assertThat(closed).isEqualTo(whole);
    assertThat(closed).hasSizeGreaterThan(500);
    assertThat(closed).allSatisfy(w -> assertThat(w.states().total()).isEqualTo(400));
    assertThat(closed).allSatisfy(w -> assertThat(w.states().unknown()).isNotNegative());
  }

  /** Four pods, whose clocks jump by up to four hours either way at random. */
  private void jump(long seed, ClusterMonitor to, boolean restored) {
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom restores = new SplittableRandom(seed);
    int[] ahead = new int[4];
    for (int w = 10_000; w < 13_000; w++) {
      for (int p = 0; p < 4; p++) {
        if (random.nextInt(500) == 0) {
          ahead[p] = random.nextBoolean() ? 0 : random.nextInt(-1_440, 1_440);
        }
        close(to, p, w + ahead[p]);
        if (restored && restores.nextInt(50) == 0) {
          byte[] state = to.write();
          to = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
          to.pods(pods(4));
          to.read(state);
        }
      }
    }
  }
}
