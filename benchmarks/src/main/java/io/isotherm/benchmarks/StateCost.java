package io.isotherm.benchmarks;

import io.isotherm.benchmarks.jmh.PodReports;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * P6: the memory of a monitor's state for a chip: how much more of the heap is in use, after a
 * collection, with some monitors in it than without. Two windows have begun in each.
 */
final class StateCost {
  private static final int PODS = 16;
  private static final int REPEATS = 3;

  /** The serial collector lets some of what is dead lie, but not at every fourth collection. */
  private static final int COLLECTIONS = 4;

  private static final PodMonitor.Output NOBODY =
      new PodMonitor.Output() {
        @Override
        public void window(PodWindow window) {}

        @Override
        public void incident(IncidentEvent event) {}
      };

  private StateCost() {}

  static Finding measure(int chipsPerReport, Path root) {
    PodReports reports = new PodReports(chipsPerReport, root);
    List<Double> bytes = new ArrayList<>();
    double pages = 0;
    for (int i = 0; i < REPEATS; i++) {
      Use use = use(reports);
      bytes.add(use.bytes);
      pages = use.pageBytes;
    }
    // The first also makes what is made once.
    Spread spread = Spread.of(bytes.subList(1, bytes.size()));
    return new Finding(
        "P6",
        "live bytes of state a chip",
        chipsPerReport,
        spread,
        128,
        64,
        true,
        String.format(
            Locale.ROOT,
            "%d pods of %,d chips with %d ports; %.1f bytes a chip in pages",
            PODS,
            PodReports.CHIPS,
            reports.layout().portsPerChip(),
            pages));
  }

  /**
   * One measurement; both numbers in bytes a chip. It has a frame of its own because a frame that
   * is interpreted keeps what its variables held, the monitors of the measurement before too.
   */
  private record Use(double bytes, double pageBytes) {}

  private static Use use(PodReports reports) {
    long before = usedBytes();
    List<PodMonitor> monitors = monitors(reports);
    try {
      double bytes = (double) (usedBytes() - before) / PODS / PodReports.CHIPS;
      return new Use(bytes, pageBytes(monitors.get(0)));
    } finally {
      Reference.reachabilityFence(monitors);
    }
  }

  private static List<PodMonitor> monitors(PodReports reports) {
    List<PodMonitor> monitors = new ArrayList<>();
    for (int p = 0; p < PODS; p++) {
      monitors.add(reports.monitor());
    }
    for (int window = 0; window < 2; window++) {
      for (int second = 0; second < PodReports.SECONDS; second++) {
        for (byte[] encoded : reports.second(second)) {
          reports.read(encoded);
          for (PodMonitor monitor : monitors) {
            monitor.accept(reports.report, NOBODY);
          }
        }
      }
      reports.nextWindow();
    }
    // Half of the next second: one window is over and waits for the other half, one has begun.
    List<byte[]> second = reports.second(0);
    for (byte[] encoded : second.subList(0, second.size() / 2)) {
      reports.read(encoded);
      for (PodMonitor monitor : monitors) {
        monitor.accept(reports.report, NOBODY);
      }
    }
    return monitors;
  }

  private static double pageBytes(PodMonitor monitor) {
    long sum = 0;
    for (int page = 0; page < monitor.pages(); page++) {
      sum += monitor.writePage(page).length;
    }
    return (double) sum / PodReports.CHIPS;
  }

  private static long usedBytes() {
    Runtime runtime = Runtime.getRuntime();
    long least = Long.MAX_VALUE;
    for (int i = 0; i < COLLECTIONS; i++) {
      System.gc();
      least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
    }
    return least;
  }
}
