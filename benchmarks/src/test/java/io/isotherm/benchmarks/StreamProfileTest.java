package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.benchmarks.StreamProfile.Frame;
import io.isotherm.benchmarks.StreamProfile.Mark;
import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

final class StreamProfileTest {
  private static final Frame LOOP =
      new Frame("org.apache.kafka.streams.processor.internals.StreamThread", "runOnce");

  @Test
  void theInnermostStepCounts() {
    Frame judge = new Frame("io.isotherm.core.WindowJudge", "judge");
    Frame close = new Frame("io.isotherm.core.PodMonitor", "close");
    Frame accept = new Frame("io.isotherm.core.PodMonitor", "accept");
    Frame window = new Frame("io.isotherm.topology.PodMonitorProcessor$Judged", "window");

    assertThat(StreamProfile.step(List.of(accept, LOOP))).isEqualTo(StreamProfile.ACCEPT);
    assertThat(StreamProfile.step(List.of(judge, close, accept, LOOP)))
        .isEqualTo(StreamProfile.CLOSE);
    assertThat(StreamProfile.step(List.of(window, judge, close, accept, LOOP)))
        .isEqualTo(StreamProfile.RESULTS);
    assertThat(StreamProfile.step(List.of(LOOP))).isEqualTo(StreamProfile.STREAMS);
  }

  @Test
  void whatItLooksForExists() throws ClassNotFoundException {
    for (Mark mark : StreamProfile.MARKS) {
      Class<?> type = Class.forName(mark.type(), false, getClass().getClassLoader());
      List<String> methods = Arrays.stream(type.getDeclaredMethods()).map(Method::getName).toList();
      assertThat(mark.method() == null || methods.contains(mark.method()))
          .as("%s.%s", mark.type(), mark.method())
          .isTrue();
    }
  }
}
