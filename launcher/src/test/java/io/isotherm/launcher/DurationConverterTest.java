package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

final class DurationConverterTest {
  private final DurationConverter converter = new DurationConverter();

  @ParameterizedTest
  @CsvSource({
    "0s,0",
    "500ms,500",
    "180s,180000",
    "10m,600000",
    "1h30m,5400000",
    "2d,172800000",
    "36500d,3153600000000"
  })
  void readsDurations(String text, long millis) {
    assertThat(converter.convert(text)).isEqualTo(Duration.ofMillis(millis));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "10", "s", "-5s", "1.5s", "10 s", "10x", "99999999999s"})
  void saysWhatADurationLooksLike(String text) {
    assertThatThrownBy(() -> converter.convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("180s");
  }

  @ParameterizedTest
  @ValueSource(strings = {"36500d1ms", "200000d", "999999999d999999999d"})
  void saysWhichDurationIsTheLongest(String text) {
    assertThatThrownBy(() -> converter.convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("'%s' is longer than 36500d, the longest duration", text);
  }
}
