package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PartitionTimeTest {
  private static final long HOUR = 3_600_000;

  @Test
  void timeGoesOnWithTheReportsAndNeverBack() {
    PartitionTime time = new PartitionTime(1_000);

    assertThat(time.next(1_000)).isEqualTo(1_000);
    assertThat(time.next(2_500)).isEqualTo(2_500);
    assertThat(time.next(1_700)).isEqualTo(2_500);
    assertThat(time.next(3_000)).isEqualTo(3_000);
  }

  @Test
  void aBoardWithAClockAnHourAheadMovesNothing() {
    PartitionTime time = new PartitionTime(0);
    for (long t = 0; t < 100_000; t += 1_000) {
      assertThat(time.next(t)).isEqualTo(t);
      assertThat(time.next(t + HOUR)).isEqualTo(t);
    }
  }

  @Test
  void aGapIsBelievedWhenManyReportsLieBehindIt() {
    PartitionTime time = new PartitionTime(0);
    long last = 0;
    for (int i = 0; i < PartitionTime.BELIEVED_AFTER; i++) {
      last = time.next(HOUR + i);
    }
    assertThat(last).isEqualTo(HOUR);
    assertThat(time.next(HOUR + 500)).isEqualTo(HOUR + 500);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 7, 20, 31, 32, 33, 100, 320})
  void theEndOfReportsThatAreFarApartIsTheirLast(int reports) {
    for (int boards = 1; boards <= 5; boards += 2) {
      long[] times = new long[reports * boards];
      for (int i = 0; i < times.length; i++) {
        times[i] = i / boards * 120_000L + i % boards;
      }
      long[] first = Arrays.copyOf(times, Math.min(times.length, PartitionTime.BELIEVED_AFTER));

      assertThat(PartitionTime.earliest(first, PartitionTime.STEP_MS)).isZero();
      if (times.length > 3) {
        assertThat(end(PartitionTime.begin(first), times))
            .as("%d reports of %d boards", reports, boards)
            .isEqualTo(times[times.length - 1]);
      }
    }
  }

  private static long end(long beginMs, long... times) {
    PartitionTime time = new PartitionTime(beginMs);
    for (long t : times) {
      time.next(t);
    }
    return time.endMs();
  }

  @Test
  void aBoardWithAClockAnHourAheadIsNotTheEnd() {
    long[] often = new long[200];
    long[] seldom = new long[300];
    for (int i = 0; i < seldom.length; i++) {
      seldom[i] = i / 10 * 120_000L + (i % 10 == 9 ? HOUR : 0);
    }
    for (int i = 0; i < often.length; i++) {
      often[i] = i / 2 * 1_000L + (i % 2 == 1 ? HOUR : 0);
    }
    assertThat(end(0, often)).isEqualTo(99_000);
    assertThat(end(0, seldom)).isEqualTo(29 * 120_000L);
  }

  @Test
  void aFewBoardsWithWrongClocksAreNotTheEarliest() {
    long[] times = new long[PartitionTime.BELIEVED_AFTER];
    for (int i = 0; i < times.length; i++) {
      times[i] = i * 100L + (i % 8 == 0 ? -HOUR : i % 8 == 1 ? HOUR : 0);
    }
    assertThat(PartitionTime.earliest(times, PartitionTime.STEP_MS)).isEqualTo(200);
  }

  @Test
  void aPartitionBeginsAtTheMedianOfItsFirstReports() {
    assertThat(PartitionTime.begin(new long[] {HOUR, 10, 12, 11, -HOUR})).isEqualTo(11);
    assertThat(PartitionTime.begin(new long[] {7})).isEqualTo(7);
  }
}
