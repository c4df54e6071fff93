package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LinkEffectTest {
  @ParameterizedTest
  @CsvSource({
    "1000, 0, 0",
    "1000, 1, 300",
    "500, 0, 500",
    "500, 1, 650",
    "50, 1, 965",
  })
  void aNarrowLinkThatCorruptsLosesAShareOfWhatItCarries(
      int width, long errorsPerSecond, long lost) {
    LinkEffect effect = new LinkEffect(0);
    effect.narrow(width);
    effect.corrupt(errorsPerSecond * 1_000);
    effect.pass(1, 1_000);

    assertThat(effect.lostMicros()).isEqualTo(lost);
  }
}
