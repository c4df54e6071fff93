package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

final class ThreadTimesTest {
  @Test
  void allKindsTogetherAreTheProcess() {
    long before = JobRun.cpuNanos();
    Map<String, Long> kinds = ThreadTimes.nanos();
    long after = JobRun.cpuNanos();

    assertThat(kinds.values().stream().mapToLong(Long::longValue).sum()).isBetween(before, after);
    assertThat(kinds.get(ThreadTimes.MAIN)).isPositive();
  }
}
