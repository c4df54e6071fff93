package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class JobPaceTest {
  private static final int LIMIT = 100;

  private final JobPace pace = new JobPace(42);

  private void windows(int windows, int tensor, int lag) {
    windows(windows, tensor, lag, LIMIT);
  }

  private void windows(int windows, int tensor, int lag, int limit) {
    for (int w = 0; w < windows; w++) {
      pace.take(tensor, lag, false);
      pace.keep(limit);
    }
  }

  @Test
  void aMemberAsFarBehindAsTheJobHoldsItUp() {
    windows(100, 6_000, 30);
    windows(12, 5_000, 160);

    assertThat(pace.kept()).isFalse();
    assertThat(pace.below()).isBetween(160, 170);
    assertThat(pace.heldUp()).isTrue();
  }

  @Test
  void aMemberThatAlwaysIsAsFarBehindDoesNot() {
    windows(100, 6_000, 160);
    windows(12, 5_000, 160);

    assertThat(pace.below()).isBetween(160, 170);
    assertThat(pace.heldUp()).isFalse();
  }

  @Test
  void windowsWithTwoStepsAndWithThreeEvenOut() {
    for (int w = 0; w < 100; w++) {
      // Once in a while two windows with two steps follow each other.
      windows(1, w % 2 == 0 || w % 27 == 1 ? 4_100 : 4_700, 30);
      assertThat(pace.below()).isLessThan(50);
    }
    assertThat(pace.deviation()).isLessThan(20);
  }

  @Test
  void windowsWithPartOfACheckpointDoNotCount() {
    windows(100, 6_000, 30);
    windows(5, 2_000, 30);

    assertThat(pace.below()).isZero();
  }

  @Test
  void aMemberThatIsAsFarBehindFromTheBeginningIsTheUsualOne() {
    windows(12, 6_000, 160);
    windows(12, 5_000, 160);

    assertThat(pace.heldUp()).isFalse();
  }

  @Test
  void aMemberThatHoldsTheJobUpIsNoUsualOne() {
    windows(100, 6_000, 30);
    windows(30, 4_600, 290, 300);
    assertThat(pace.kept()).isTrue();
    windows(12, 4_000, 300, 300);

    assertThat(pace.heldUp()).isTrue();
  }

  @Test
  void aMemberThatIsFarBehindForAWindowIsNoUsualOne() {
    windows(100, 6_000, 30);
    windows(1, 6_000, 350);
    windows(11, 6_000, 30);
    windows(12, 5_000, 160);

    assertThat(pace.heldUp()).isTrue();
  }

  @Test
  void aPartAtFaultExplainsTheLastTwoMinutes() {
    windows(100, 6_000, 30);
    pace.take(5_000, 30, true);
    windows(11, 5_000, 30);
    assertThat(pace.heldUp()).isTrue();

    windows(1, 5_000, 30);
    assertThat(pace.heldUp()).isFalse();
  }

  @Test
  void whatIsStoredIsReadBack() throws IOException {
    windows(100, 6_000, 160);
    pace.take(5_000, 160, true);
    windows(11, 5_000, 160);

    JobPace read =
        JobPace.read(
            IncidentLedger.input(ByteBuffer.wrap(IncidentLedger.bytes(pace::write))), false);
    assertThat(read.heldUp()).isTrue();
    read.take(5_000, 160, false);
    assertThat(read.heldUp()).isFalse();
  }

  @Test
  void aLagThatCannotBeToldIsNotUsual() {
    windows(20, 6_000, SlowFindings.FULL_PACE);
    windows(100, 6_000, 30);
    windows(12, 5_000, 160);

    assertThat(pace.heldUp()).isTrue();
  }

  @Test
  void whatTheVersionBeforeWroteIsRead() throws IOException {
    windows(100, 6_000, 160);
    byte[] now = IncidentLedger.bytes(pace::write);
    // What it did not know is at the end: how far the last member always is, and the marks.
    byte[] before = Arrays.copyOf(now, now.length - Integer.BYTES - Short.BYTES);

    JobPace read = JobPace.read(IncidentLedger.input(ByteBuffer.wrap(before)), true);
    assertThat(read.fromMs()).isEqualTo(42);
    assertThat(read.own()).isEqualTo(pace.own());
    assertThat(read.deviation()).isEqualTo(pace.deviation());
    // What it does not know it learns from the first window at pace.
    read.take(6_000, 160, false);
    read.keep(LIMIT);
    for (int w = 0; w < 12; w++) {
      read.take(5_000, 160, false);
      read.keep(LIMIT);
    }
    assertThat(read.heldUp()).isFalse();
  }
}
