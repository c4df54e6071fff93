package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.PodWindow.Counters;
import io.isotherm.core.PodWindow.Histogram;
import io.isotherm.core.PodWindow.Links;
import io.isotherm.core.PodWindow.OpenKind;
import io.isotherm.core.PodWindow.StateCounts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Windows of pods that come in any order, folded by {@link ClusterMonitor} and by hand. */
final class ClusterAgainstTheObviousTest {
  private static final int WINDOWS = 150;
  private static final int CHIPS = 200;
  private static final List<IncidentKind> KINDS =
      List.of(IncidentKind.BOARD_SILENT, IncidentKind.LINK_DOWN, IncidentKind.CHIP_HOT);

  /** Windows of all pods, by pod, and in each in the order of time. */
  private final TreeMap<String, List<PodWindow>> told = new TreeMap<>();

  /** Lines of what the monitor says, and of what it should. */
  private final List<String> said = new ArrayList<>();

  private final List<String> due = new ArrayList<>();

  private final ClusterMonitor.Output output =
      new ClusterMonitor.Output() {
        @Override
        public void cluster(ClusterWindow w) {
          said.add(w.toString());
        }

        @Override
        public void incident(IncidentEvent e) {
          said.add(
              ObviousLedger.line(e)
                  + e.evidence().stream()
                      .map(v -> " " + v.finding() + " " + v.value())
                      .collect(Collectors.joining())
                  + " "
                  + e.children());
        }
      };

  @Test
  void windowsAndFaultsOfTheSiteAreThoseThatAreAddedUpByHand() {
    for (int seed = 1; seed <= 40; seed++) {
      judge(new SplittableRandom(seed), 2 + seed % 12);
    }
    assertThat(events("OPENED")).isGreaterThan(30);
    assertThat(events("UPDATED")).isGreaterThan(100);
    assertThat(events("RESOLVED")).isGreaterThan(20);
  }

  private void judge(SplittableRandom random, int pods) {
    told.clear();
    tell(random, pods);
    said.add("seed");
    due.add("seed");
    ClusterMonitor monitor = monitor();
    Map<String, Integer> next = new HashMap<>();
    List<String> left = new ArrayList<>(told.keySet());
    while (!left.isEmpty()) {
      String pod = left.get(random.nextInt(left.size()));
      int at = next.merge(pod, 1, Integer::sum) - 1;
      monitor.accept(windows(pod).get(at), output);
      if (random.nextInt(50) == 0) {
        monitor.accept(
            windows(pod).get(random.nextInt(2) == 0 ? at : random.nextInt(at + 1)), output);
        byte[] state = monitor.write();
        monitor = monitor();
        monitor.read(state);
      }
      if (at == windows(pod).size() - 1) {
        left.remove(pod);
      }
    }
    addUp();
    assertThat(said).isEqualTo(due);
  }

  private long events(String type) {
    return said.stream().filter(line -> line.contains(type + " SITE_FAULT")).count();
  }

  private List<PodWindow> windows(String pod) {
    return told.getOrDefault(pod, List.of());
  }

  private ClusterMonitor monitor() {
    ClusterMonitor monitor = new ClusterMonitor("cluster", DetectorSettings.DEFAULT);
    Map<String, ClusterMonitor.Pod> pods = new HashMap<>();
    told.forEach((pod, windows) -> pods.put(pod, new ClusterMonitor.Pod(CHIPS, 0)));
    monitor.pods(pods);
    return monitor;
  }

  /** Pods in which incidents come and go: of one pod alone, of many at once, or bit by bit. */
  private void tell(SplittableRandom random, int pods) {
    int[][] chips = new int[pods][KINDS.size()];
    for (int w = 0; w < WINDOWS; w++) {
      int k = random.nextInt(KINDS.size());
      if (random.nextInt(10) == 0) {
        boolean over = random.nextInt(2) == 0;
        int most = over ? 4 * pods : random.nextInt(2) == 0 ? 1 : random.nextInt(pods + 1);
        int to = over ? 0 : random.nextInt(CHIPS / 2);
        for (int n = 0; n < most; n++) {
          chips[random.nextInt(pods)][k] = to;
        }
      } else if (random.nextInt(4) == 0) {
        int p = random.nextInt(pods);
        chips[p][k] = Math.max(0, Math.min(CHIPS, chips[p][k] + random.nextInt(-8, 12)));
      } else if (random.nextInt(12) == 0) {
        // As much again as there is, in some pods little and in some much.
        for (int p = 0; p < pods; p++) {
          chips[p][k] = Math.min(CHIPS / 2, 2 * chips[p][k]);
        }
      }
      for (int p = 0; p < pods; p++) {
        String pod = "pod-%02d".formatted(p);
        told.computeIfAbsent(pod, name -> new ArrayList<>()).add(window(pod, w, chips[p], random));
      }
    }
  }

  private static PodWindow window(String pod, int number, int[] chips, SplittableRandom random) {
    Histogram none = new Histogram(new int[0], new int[] {0}, 0);
    List<OpenKind> open = new ArrayList<>();
    for (int k = 0; k < chips.length; k++) {
      if (chips[k] > 0) {
        open.add(new OpenKind(KINDS.get(k), 1 + chips[k] / 8, chips[k]));
      }
    }
    int unknown = random.nextInt(10) == 0 ? CHIPS - 40 : 0;
    return new PodWindow(
        pod,
        number * 10_000L,
        10_000,
        CHIPS,
        new StateCounts(CHIPS - 40 - unknown, 5, 12, 23, unknown),
        25,
        25,
        CHIPS - unknown,
        0,
        random.nextInt(1_001),
        none,
        none,
        random.nextInt(1_000_000),
        new Links(400, 390, random.nextInt(6), random.nextInt(5), 0, 0, 0, 0),
        new Counters(1, 0, 0, 0, 0, number + 1),
        number * 10_000L + 10_000,
        open.stream().mapToInt(OpenKind::incidents).sum(),
        open,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        new byte[0],
        new byte[0]);
  }

  private void addUp() {
    Site site = new Site();
    for (int number = 0; number < WINDOWS; number++) {
      int at = number;
      List<PodWindow> all = told.values().stream().map(windows -> windows.get(at)).toList();
      site.judge(number);
      List<StateCounts> states = all.stream().map(PodWindow::states).toList();
      due.add(
          new ClusterWindow(
                  "cluster",
                  number * 10_000L,
                  10_000,
                  all.size(),
                  (int) all.stream().filter(w -> w.chipsReporting() > 0).count(),
                  all.size() * CHIPS,
                  new StateCounts(
                      states.stream().mapToInt(StateCounts::healthy).sum(),
                      states.stream().mapToInt(StateCounts::suspect).sum(),
                      states.stream().mapToInt(StateCounts::degraded).sum(),
                      states.stream().mapToInt(StateCounts::failed).sum(),
                      states.stream().mapToInt(StateCounts::unknown).sum()),
                  all.stream().mapToInt(PodWindow::chipsReporting).sum(),
                  all.stream().mapToInt(PodWindow::effectiveComputePermille).sum() / all.size(),
                  all.stream().mapToLong(PodWindow::power).sum(),
                  all.stream().mapToInt(w -> w.links().ports()).sum(),
                  all.stream().mapToInt(w -> w.links().down()).sum(),
                  all.stream().mapToInt(w -> w.links().degraded()).sum(),
                  all.stream().mapToInt(PodWindow::openIncidents).sum() + (site.open ? 1 : 0),
                  site.open
                      ? List.of(new OpenKind(IncidentKind.SITE_FAULT, 1, site.chips))
                      : List.of())
              .toString());
    }
  }

  /** A kind in a window: the pods in which it is new, and the chips that it struck there. */
  private record Struck(IncidentKind kind, List<String> pods, int chips) {}

  /** How a kind went on in a pod until a window: when it began last, and what was there before. */
  private record Began(int window, int old) {}

  /** The incident of the site, from all that the pods have told. */
  private final class Site {
    boolean open;
    int chips;
    private int absent;
    private int first;
    private int openedAt;
    private int revision;
    private int children;
    private int childrenTold;
    private List<String> named = List.of();
    private List<String> pods = List.of();
    private String evidence = "";

    void judge(int now) {
      List<Struck> struck = new ArrayList<>();
      for (IncidentKind kind : KINDS) {
        boolean before = open && named.contains(kind.name());
        Struck s = struck(kind, now, before);
        // Half is enough to go on.
        int share = before ? 20 : 10;
        if (s.pods.size() >= 2
            && s.pods.size() * share >= told.size()
            && s.chips * share >= told.size() * CHIPS) {
          struck.add(s);
        }
      }
      struck.sort(Comparator.comparingInt((Struck s) -> -s.chips).thenComparing(Struck::kind));
      if (struck.isEmpty()) {
        without(now);
      } else {
        with(struck, now);
      }
    }

    private void without(int now) {
      absent++;
      if (open && absent >= DetectorSettings.DEFAULT.closeAfterWindows()) {
        tell("RESOLVED", now);
        open = false;
      }
    }

    private void with(List<Struck> struck, int now) {
      absent = 0;
      int before = chips;
      chips = struck.get(0).chips;
      named = struck.stream().map(s -> s.kind.name()).toList();
      evidence =
          struck.stream()
              .map(s -> " " + s.kind.name().toLowerCase(Locale.ROOT) + " " + s.pods.size())
              .collect(Collectors.joining());
      List<String> all = struck.stream().flatMap(s -> s.pods.stream()).distinct().toList();
      if (!open) {
        first = now;
        openedAt = now;
        revision = 0;
        children = 0;
      }
      if (all.size() >= children) {
        children = all.size();
        pods = all;
      }
      if (!open) {
        open = true;
        tell("OPENED", now);
      } else if (chips != before || children > childrenTold + childrenTold / 2) {
        tell("UPDATED", now);
      }
    }

    private void tell(String what, int now) {
      revision++;
      childrenTold = children;
      due.add(
          "%d %s SITE_FAULT site critical, %d chips, %d children, seen %d, opened %d, revision %d%s %s"
              .formatted(
                  now * 10_000L + 10_000,
                  what,
                  chips,
                  children,
                  first * 10_000L,
                  openedAt * 10_000L + 10_000,
                  revision,
                  evidence,
                  pods));
    }

    private Struck struck(IncidentKind kind, int now, boolean before) {
      List<String> where = new ArrayList<>();
      int sum = 0;
      for (String pod : told.keySet()) {
        if (chips(pod, kind, now) == 0) {
          continue;
        }
        Began began = began(pod, kind, now);
        int fresh = chips(pod, kind, now) - began.old;
        boolean anew = fresh > 0 || began.old == 0;
        // Within two minutes, unless the incident rests on it already.
        if (anew && (before || now - began.window < 12)) {
          where.add(pod);
          sum += fresh;
        }
      }
      return new Struck(kind, where, sum);
    }

    private int chips(String pod, IncidentKind kind, int window) {
      return windows(pod).get(window).openKinds().stream()
          .filter(k -> k.kind() == kind)
          .mapToInt(OpenKind::chips)
          .sum();
    }

    /** Follows a kind in a pod from the window in which it came there. */
    private Began began(String pod, IncidentKind kind, int now) {
      int from = now;
      while (from > 0 && chips(pod, kind, from - 1) > 0) {
        from--;
      }
      Began began = new Began(from, 0);
      int since = from;
      for (int w = from + 1; w <= now; w++) {
        int had = chips(pod, kind, since);
        int has = chips(pod, kind, w);
        if (has > had && (has >= 2 * had || (has - had) * 10 >= CHIPS)) {
          began = new Began(w, w - began.window < 12 ? began.old : had);
          since = w;
        } else {
          began = new Began(began.window, Math.min(began.old, has));
          // Growth is measured over two minutes.
          since = w - since < 12 ? since : w;
        }
      }
      return began;
    }
  }
}
