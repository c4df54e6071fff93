package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class RefusalsTest {
  private final Exception expired = new TimeoutException("expired");

  private final Refusals refusals = new Refusals();

  /** Whether refusals are on after a round in which this came of its records. */
  private boolean after(@Nullable Exception... records) {
    for (@Nullable Exception why : records) {
      refusals.took(why);
    }
    refusals.endOfRound();
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
}
