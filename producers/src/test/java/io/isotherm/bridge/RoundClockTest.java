package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class RoundClockTest {
  private static final long HOUR = 3_600_000;

  /** The beginning of a round. */
  private static final long NOW = 1_800_000_000_000L;

  private final RoundClock clock = new RoundClock(5_000);

  @Test
  void roundsBeginAtMultiplesOfTheInterval() {
    assertThat(clock.next(NOW + 1_200)).isEqualTo(new RoundClock.Round(360_000_001, 5_000, 3_800));
    assertThat(clock.next(NOW + 5_300)).isEqualTo(new RoundClock.Round(360_000_002, 5_000, 4_700));
  }

  @Test
  void bridgesCountAlikeWheneverTheyStarted() {
    var unused = clock.next(NOW - HOUR);
    assertThat(clock.next(NOW + 4_900).number())
        .isEqualTo(new RoundClock(5_000).next(NOW + 100).number());
  }

  @Test
  void aRoundThatTookTooLongLeavesNumbersOut() {
    assertThat(clock.next(NOW).number()).isEqualTo(360_000_001);
    assertThat(clock.next(NOW + 17_000).number()).isEqualTo(360_000_004);
  }

  @Test
  void aWaitThatEndsEarlyRepeatsNoNumber() {
    assertThat(clock.next(NOW).number()).isEqualTo(360_000_001);
    assertThat(clock.next(NOW + 4_999)).isEqualTo(new RoundClock.Round(360_000_002, 5_000, 5_001));
  }

  @Test
  void aClockThatIsPutBackBeginsAnew() {
    assertThat(clock.next(NOW)).isEqualTo(new RoundClock.Round(360_000_001, 5_000, 5_000));
    assertThat(clock.next(NOW - HOUR)).isEqualTo(new RoundClock.Round(359_999_281, 5_001, 5_000));
    assertThat(clock.next(NOW - HOUR + 5_100).agentStartMs()).isEqualTo(5_001);
    assertThat(clock.next(NOW - 2 * HOUR).agentStartMs()).isEqualTo(5_002);
  }
}
