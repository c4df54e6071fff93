package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams with late, duplicate, missing and blank samples, judged by both monitors. */
final class AgainstTheObviousTest {
  private static final PodLayout LAYOUT = SmallPod.LAYOUT;

  private record Arrival(long atMs, int board, long timeMs, long sequence, long content) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void countsAndSumsAreThoseOfTheObviousMonitor(long seed) {
    SmallPod fast = new SmallPod();
    ObviousMonitor obvious = new ObviousMonitor(LAYOUT, DetectorSettings.DEFAULT);
    Report report = new Report();
    for (Arrival a : arrivals(new SplittableRandom(seed))) {
      fill(report, a);
      fast.monitor.accept(report, fast.output);
      obvious.accept(report);
    }

    assertThat(fast.windows).hasSameSizeAs(obvious.closed).hasSizeGreaterThan(10);
    long late = 0;
    for (int i = 0; i < fast.windows.size(); i++) {
      PodWindow w = fast.windows.get(i);
      ObviousMonitor.Totals o = obvious.closed.get(i);
      assertThat(w.windowStartMs()).isEqualTo(o.startMs());
      assertThat(w.boardsReporting()).isEqualTo(o.boards());
      assertThat(w.chipsReporting()).isEqualTo(o.chips());
      assertThat(w.power()).isEqualTo(o.power());
      assertThat(w.temperature().sum())
          .isEqualTo(o.temperatures().stream().mapToLong(t -> t).sum());
      assertThat(w.temperature().counts())
          .isEqualTo(histogram(WindowSummary.TEMPERATURE_BOUNDS, 10, o.temperatures()));
      assertThat(w.utilization().counts())
          .isEqualTo(histogram(WindowSummary.UTILIZATION_BOUNDS, 1, o.utilizations()));
      assertThat(w.counters().reports()).isEqualTo(o.reports());
      assertThat(w.counters().late()).isEqualTo(o.late());
      assertThat(w.counters().duplicates()).isEqualTo(o.duplicates());
      assertThat(w.states().total()).isEqualTo(LAYOUT.chips());
      late = o.late();
    }
    assertThat(late).isPositive();
  }

  private static int[] histogram(int[] bounds, int scale, List<Integer> values) {
    int[] counts = new int[bounds.length + 1];
    for (int v : values) {
      int i = 0;
      while (i < bounds.length && v > bounds[i] * scale) {
        i++;
      }
      counts[i]++;
    }
    return counts;
  }

  private static List<Arrival> arrivals(SplittableRandom random) {
    List<Arrival> arrivals = new ArrayList<>();
    for (int b = 0; b < LAYOUT.boards(); b++) {
      long skew = random.nextInt(-300, 300);
      int offAt = random.nextInt(400);
      long sequence = 0;
      for (int s = 0; s < 200; s++, sequence++) {
        if (s > offAt && s < offAt + 40) {
          continue;
        }
        long time = SmallPod.START + 2_000 + s * 1_000L + skew;
        int fate = random.nextInt(100);
        long delay = fate < 3 ? random.nextInt(30_000) : random.nextInt(400);
        Arrival a = new Arrival(time + delay, b, time, sequence, random.nextLong());
        if (fate < 3 || fate > 7) {
          arrivals.add(a);
        }
        if (fate > 95) {
          arrivals.add(new Arrival(time + 700, b, time, sequence, a.content()));
        }
      }
    }
    arrivals.sort(Comparator.comparingLong(Arrival::atMs).thenComparing(Arrival::board));
    return arrivals;
  }

  private static void fill(Report r, Arrival a) {
    SplittableRandom random = new SplittableRandom(a.content());
    r.clear();
    r.pod = LAYOUT.pod();
    r.cabinet = LAYOUT.cabinetOfBoard(a.board());
    r.board = a.board() % LAYOUT.boardsPerCabinet();
    r.agentStartMs = SmallPod.START;
    r.sequence = a.sequence();
    r.timeMs = a.timeMs();
    for (int position = 0; position < LAYOUT.chipsPerBoard(); position++) {
      if (random.nextInt(20) > 0) {
        int i = r.addChip(position);
        r.temperature[i] = random.nextInt(10) == 0 ? Report.ABSENT : random.nextInt(-400, 2_001);
        r.power[i] = random.nextInt(10) == 0 ? Report.ABSENT : random.nextInt(50_001);
        r.utilization[i] = random.nextInt(10) == 0 ? Report.ABSENT : random.nextInt(1_001);
      }
    }
  }
}
