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
    assertThat(pod.addChips(START_MS, board(0, 0, 500, 510))).isTrue();
    assertThat(pod.addChips(START_MS, board(1_000, 0, 502, Report.ABSENT))).isFalse();
    assertThat(pod.addChips(START_MS, board(2_000, 20, 601, 401))).isFalse();

    assertThat(lines(pod))
        .containsExactlyInAnyOrder(
            "p/0 1800000000000 510 505 2000",
            "p/20 1800000000000 601 501 2000",
            "p 1800000000000 2 4 4000"
                + " 0 0 0 1 0 2 0 1 0 0 0 0 0 0 0 2013"
                + " 0 0 0 0 0 0 0 0 0 0 4 0 3960",
            "p/hot 1800000000000 1 p/cab-020/board-0/chip-0 601",
            "p/hot 1800000000000 2 p/cab-000/board-0/chip-1 510",
            "p/hot 1800000000000 3 p/cab-000/board-0/chip-0 501",
            "p/hot 1800000000000 4 p/cab-020/board-0/chip-1 401",
            "p/links 1800000000000 0 0 0 0 0 0");
  }

  @Test
  void saysOfAWindowWhatItsPortsSaid() {
    PodArrays pod = new PodArrays();
    Report base = board(500, 0, 500);
    link(base, 0, 0, Report.LINK_UP, 1_000, 7);
    assertThat(pod.addLinks(START_MS - 10_000, base)).isTrue();
    // Another port and another chip need more room than there is.
    Report next = board(5_500, 0, 500, 500);
    link(next, 0, 0, Report.LINK_UP, 1_500, 57);
    link(next, 0, 2, Report.LINK_DOWN, 2_000, 0);
    link(next, 1, 1, Report.LINK_UP, 3_000, 0);
    assertThat(pod.addLinks(START_MS, next)).isTrue();
    // The newest reading of a port counts: 49 errors in 5 s are too few.
    Report last = board(10_500, 0, 500, 500);
    link(last, 0, 0, Report.LINK_UP, 1_600, 106);
    link(last, 0, 2, Report.LINK_UP, 100, 0);
    assertThat(pod.addLinks(START_MS, last)).isFalse();
    Report again = board(15_500, 0, 500, 500);
    link(again, 0, 0, Report.LINK_UP, 1_600, 156);
    pod.addLinks(START_MS + 10_000, again);

    assertThat(lines(pod)).contains("p/links 1800000000000 3 0 0 600 600 99");
    Answer second = new Answer();
    pod.close(START_MS + 10_000).links().tell("p", START_MS + 10_000, second);
    assertThat(second.lines()).containsExactly("p/links 1800000010000 0 0 1 0 0 50");
  }

  @Test
  void survivesACheckpoint() throws IOException {
    PodArrays pod = filled();
    DataOutputSerializer bytes = new DataOutputSerializer(64);
    pod.write(bytes);
    PodArrays restored = new PodArrays();
    restored.read(new DataInputDeserializer(bytes.getCopyOfBuffer()));
    for (PodArrays one : new PodArrays[] {pod, restored}) {
      one.addLinks(START_MS, linked(9_000, 5_000));
    }

    assertThat(lines(restored))
        .isEqualTo(lines(pod))
        .contains("p/links 1800000000000 1 0 0 4000 4000 0");
  }

  @Test
  void aCopyKeepsWhatItHadWhenTheOriginalGoesOn() {
    PodArrays pod = filled();
    PodArrays copy = pod.copy();
    pod.addChips(START_MS, board(1_000, 0, 900, 900));
    pod.addLinks(START_MS, linked(9_000, 5_000));

    assertThat(lines(copy))
        .contains("p/0 1800000000000 510 505 2000", "p/links 1800000000000 1 0 0 0 0 0");
  }

  private static PodArrays filled() {
    PodArrays pod = new PodArrays();
    pod.addChips(START_MS, board(0, 0, 500, 510));
    pod.addChips(START_MS + 10_000, board(10_000, 20, 600, 400));
    pod.addLinks(START_MS, linked(2_000, 1_000));
    return pod;
  }

  private static Report linked(int ms, long bytes) {
    Report r = board(ms, 20, 500);
    link(r, 0, 3, Report.LINK_UP, bytes, 0);
    return r;
  }

  private static void link(Report r, int chip, int port, int state, long bytes, int errors) {
    int i = r.addLink(chip, port);
    r.linkState[i] = state;
    r.txBytes[i] = bytes;
    r.rxBytes[i] = bytes;
    r.crcErrors[i] = errors;
  }

  private static Report board(int ms, int cabinet, int... temperatures) {
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
    return r;
  }

  private static SortedSet<String> lines(PodArrays pod) {
    Answer answer = new Answer();
    PodArrays.Closed closed = pod.close(START_MS);
    closed.chips().tell("p", START_MS, answer);
    closed.links().tell("p", START_MS, answer);
    return answer.lines();
  }
}
