package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

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

  @Test
  void aPartitionBeginsAtTheMedianOfItsFirstReports() {
    assertThat(PartitionTime.begin(new long[] {HOUR, 10, 12, 11, -HOUR})).isEqualTo(11);
    assertThat(PartitionTime.begin(new long[] {7})).isEqualTo(7);
  }
}
