package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.slf4j.helpers.NOPLogger;

final class RefusalsTest {
  private final Exception expired = new TimeoutException("expired");

  private final Refusals refusals =
      new Refusals(NOPLogger.NOP_LOGGER, "records", "they are lost", Duration.ofSeconds(20));

  private long now;

  /** Whether refusals are on after a round in which this came of its records. */
  private boolean after(@Nullable Exception... records) {
    return after(21, records);
  }

  /** Likewise, of a round that ends so many seconds after the one before. */
  private boolean after(int seconds, @Nullable Exception... records) {
    now += seconds * 1_000_000_000L;
    for (@Nullable Exception why : records) {
      refusals.took(why);
    }
    refusals.endOfRound(now);
    return refusals.areOn();
  }

  @Test
  void aRoundThatTakesRecordsRefusesNone() {
    assertThat(after(null, null)).isFalse();
    assertThat(after()).isFalse();
  }

  @Test
  void recordsThatOnlyWaitAreNotTaken() {
    assertThat(after(expired, expired)).isTrue();
    assertThat(after()).isTrue();
    assertThat(after(expired)).isTrue();
    assertThat(after()).isTrue();
    assertThat(after(null, null)).isFalse();
  }

  @Test
  void recordsAreTakenAgainWhenNoneIsRefused() {
    assertThat(after(null, expired)).isTrue();
    assertThat(after(expired, null)).isTrue();
    assertThat(after(null, null)).isFalse();
    assertThat(after(expired)).isTrue();
  }

  /** While one broker of several is away, what waits for it is refused now and then. */
  @Test
  void recordsAreNotTakenAgainBeforeOneThatWaitsCouldBeRefused() {
    assertThat(after(null, expired)).isTrue();
    assertThat(after(10, null, null)).isTrue();
    assertThat(after(10, null, null)).isTrue();
    assertThat(after(1, null, expired)).isTrue();
    assertThat(after(20, null, null)).isTrue();
    assertThat(after(1, null, null)).isFalse();
  }
}
