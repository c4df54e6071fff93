package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

final class AllocationTest {
  @Test
  void takingAReportAllocatesNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    SmallPod pod = new SmallPod();
    pod.run(0, 2);
    // The same second again and again, each time as new reports: no window closes meanwhile.
    long reports = 0;
    long allocated = 0;
    for (int round = 0; round < 2_000; round++) {
      for (int b = 0; b < SmallPod.LAYOUT.boards(); b++) {
        pod.fill(b, 3);
        long before = threads.getCurrentThreadAllocatedBytes();
        pod.monitor.accept(pod.report, pod.output);
        if (round >= 1_000) {
          allocated += threads.getCurrentThreadAllocatedBytes() - before;
          reports++;
        }
        pod.sequence[b]++;
      }
    }
    assertThat(pod.windows).isEmpty();
    assertThat(allocated / reports).isLessThan(1);
  }
}
