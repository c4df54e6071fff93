package io.isotherm.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.benchmarks.Answer;
import io.isotherm.model.Report;
import java.io.IOException;
import java.util.SortedSet;
import org.apache.flink.core.memory.DataInputDeserializer;
import org.apache.flink.core.memory.DataOutputSerializer;
import org.junit.jupiter.api.Test;

class PodArraysTest {
  private static final long START_MS = 1_800_000_000_000L;

  @Test
  void saysOfAWindowWhatItsChipsSaid() {
    PodArrays pod = new PodArrays();
    assertThat(pod.add(board(0, 0, 500, 510))).isTrue();
    assertThat(pod.add(board(1_000, 0, 502, Report.ABSENT))).isFalse();
    assertThat(pod.add(board(2_000, 20, 601, 401))).isFalse();

    assertThat(lines(pod))
        .containsExactlyInAnyOrder(
            "p/0 1800000000000 510 505 2000",
            "p/20 1800000000000 601 501 2000",
            "p 1800000000000 2 4 4000"
                + " 0 0 0 1 0 2 0 1 0 0 0 0 0 0 0 2013"
                + " 0 0 0 0 0 0 0 0 0 0 4 0 3960");
  }

  @Test
  void survivesACheckpoint() throws IOException {
    PodArrays pod = new PodArrays();
    pod.add(board(0, 0, 500, 510));
    pod.add(board(10_000, 20, 600, 400));
    DataOutputSerializer bytes = new DataOutputSerializer(64);
    pod.write(bytes);
    PodArrays restored = new PodArrays();
    restored.read(new DataInputDeserializer(bytes.getCopyOfBuffer()));

    assertThat(lines(restored)).isEqualTo(lines(pod));
  }

  @Test
  void aCopyKeepsWhatItHadWhenTheOriginalGoesOn() {
    PodArrays pod = new PodArrays();
    pod.add(board(0, 0, 500, 510));
    PodArrays copy = pod.copy();
    pod.add(board(1_000, 0, 900, 900));

    assertThat(lines(copy)).contains("p/0 1800000000000 510 505 2000");
  }

  private static BoardReading board(int ms, int cabinet, int... temperatures) {
    Report r = new Report();
    r.pod = "p";
    r.cabinet = cabinet;
    r.timeMs = START_MS + ms;
    for (int t : temperatures) {
      int i = r.addChip(r.chipCount);
      r.temperature[i] = t;
      r.power[i] = 1_000;
      r.utilization[i] = 990;
    }
    BoardReading reading = new BoardReading();
    reading.take(r);
    return reading;
  }

  private static SortedSet<String> lines(PodArrays pod) {
    Answer answer = new Answer();
    pod.close(START_MS).tell("p", START_MS, answer);
    return answer.lines();
  }
}
