package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.isotherm.benchmarks.jmh.PodReports;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The steps that are taken for every report allocate nothing, whatever a report's size. */
final class GuardTest {
  private static final Path ROOT = Path.of(System.getProperty("isotherm.root", ".."));

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final PodMonitor.Output NOBODY =
      new PodMonitor.Output() {
        @Override
        public void window(PodWindow window) {}

        @Override
        public void incident(IncidentEvent event) {}
      };

  @ParameterizedTest
  @ValueSource(ints = {1, 8, 64})
  void decodingAndAcceptingAllocateNothingForAChip(int chipsPerReport) {
    PodReports reports = new PodReports(chipsPerReport, ROOT);
    PodMonitor monitor = reports.monitor();
    long decoded = 0;
    long accepted = 0;
    long chipSamples = 0;
    for (int window = 0; window < 3; window++) {
      for (int second = 0; second < PodReports.SECONDS; second++) {
        // The first second of a window closes the one before, and opens its own memory.
        boolean counts = window == 2 && second > 0;
        for (byte[] bytes : reports.second(second)) {
          long start = threads.getCurrentThreadAllocatedBytes();
          reports.read(bytes);
          long middle = threads.getCurrentThreadAllocatedBytes();
          monitor.accept(reports.report, NOBODY);
          if (counts) {
            decoded += middle - start;
            accepted += threads.getCurrentThreadAllocatedBytes() - middle;
            chipSamples += reports.report.chipCount;
          }
        }
      }
      reports.nextWindow();
    }

    assertThat(chipSamples).isEqualTo(9L * PodReports.CHIPS);
    // A byte for a hundred chips is what one-time growth may cost; an object a report is far more.
    assertThat((double) decoded / chipSamples).as("bytes decoded a chip").isLessThan(0.01);
    assertThat((double) accepted / chipSamples).as("bytes accepted a chip").isLessThan(0.01);
  }
}
