package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.isotherm.core.DetectorSettings;
import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.List;
import org.junit.jupiter.api.Test;

final class AnswerTest {
  private static final PodLayout LAYOUT =
      new PodLayout(
          "pod-00",
          1,
          1,
          2,
          0,
          List.of(),
          new int[] {0, 0},
          1,
          1,
          new ChipLimits("Test chip", 870, 890, 950, true, Report.ABSENT));

  private static void report(ObviousWindows windows, long timeMs, int... temperatures) {
    Report r = new Report();
    r.pod = "pod-00";
    r.timeMs = timeMs;
    for (int position = 0; position < temperatures.length; position++) {
      int i = r.addChip(position);
      r.temperature[i] = temperatures[position];
      r.power[i] = 1_000;
      r.utilization[i] = 950;
    }
    windows.accept(r);
  }

  @Test
  void aWindowHasMeansOfChipsAndWhatIsOverThem() {
    ObviousWindows windows = new ObviousWindows(List.of(LAYOUT), 10_000, 0, 20_000);
    report(windows, 1, 500, 711);
    report(windows, 9_999, 501, 715);
    report(windows, 10_000, 400);
    // Behind the last window that counts.
    report(windows, 20_000, 900, 900);
    Answer answer = new Answer();
    windows.close(20_000, answer);

    // 500.5 rounds down to 500, in the bucket up to 50; 713 is in the one up to 75.
    assertThat(answer.lines())
        .containsExactlyInAnyOrder(
            "pod-00 0 1 2 2000 0 0 0 0 1 0 0 0 0 1 0 0 0 0 0 1213 0 0 0 0 0 0 0 0 0 0 2 0 1900",
            "pod-00/0 0 713 606 2000",
            "pod-00/hot 0 1 pod-00/cab-000/board-0/chip-1 713",
            "pod-00/hot 0 2 pod-00/cab-000/board-0/chip-0 500",
            "pod-00/links 0 0 0 0 0 0 0",
            "pod-00 10000 1 1 1000 0 0 1 0 0 0 0 0 0 0 0 0 0 0 0 400 0 0 0 0 0 0 0 0 0 0 1 0 950",
            "pod-00/0 10000 400 400 1000",
            "pod-00/hot 10000 1 pod-00/cab-000/board-0/chip-0 400",
            "pod-00/links 10000 0 0 0 0 0 0");
  }

  @Test
  void aPortIsDegradedAsForTheMonitor() {
    assertThat(Answer.LINK_ERRORS_PER_SECOND)
        .isEqualTo(DetectorSettings.DEFAULT.linkErrorsPerSecond());
    assertThat(Answer.degraded(99, 10_000)).isFalse();
    assertThat(Answer.degraded(100, 10_000)).isTrue();
  }

  @Test
  void theDigestIsOfTheLinesAndNotOfTheirOrder() {
    Answer one = new Answer();
    one.cabinet("pod-00", 0, 0, 1, 2, 3);
    one.cabinet("pod-00", 0, 1, 1, 2, 3);
    Answer other = new Answer();
    other.cabinet("pod-00", 0, 1, 1, 2, 3);
    Answer same = new Answer();
    same.cabinet("pod-00", 0, 1, 1, 2, 3);
    same.cabinet("pod-00", 0, 0, 1, 2, 3);

    assertThat(one.digest()).isEqualTo(same.digest()).startsWith("windows:");
    assertThat(one.digest()).isNotEqualTo(other.digest());
  }

  @Test
  void whatIsSaidTwiceIsNoAnswer() {
    Answer answer = new Answer();
    answer.links("pod-00", 0, 1, 2, 3, 4, 5, 6);
    answer.links("pod-00", 10_000, 1, 2, 3, 4, 5, 6);

    assertThatIllegalStateException()
        .isThrownBy(() -> answer.links("pod-00", 0, 1, 2, 3, 4, 5, 6))
        .withMessage("the answer says twice: pod-00/links 0 1 2 3 4 5 6");
  }
}
