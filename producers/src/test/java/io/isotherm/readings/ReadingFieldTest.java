package io.isotherm.readings;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Report;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ReadingFieldTest {
  /** Also beyond 2^53 bytes, where a double misses some. */
  @ParameterizedTest
  @CsvSource({
    "bytes, 9007199254740993, 9007199254740993",
    "words, 2251799813685249, 9007199254740996",
    "words, 2.251799813685249e15, 9007199254740996",
    "words, 305843009213693951, 1223372036854775804",
    "kibibytes, 8796093022209, 9007199254742016",
    "kilobytes, 9007199254741, 9007199254741000",
    "mebibytes, 3, 3145728",
    "words, 0.5, 2",
  })
  void aCounterIsExactInEveryUnit(String unit, String text, long bytes) {
    assertThat(ReadingField.LINK_TX.number(text, unit)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "words, 4305843009213693951",
    "mebibytes, 999999999999999999",
    "words, -1",
    "bytes, NaN",
    "bytes, 1e16",
  })
  void whatNoCounterCanHaveIsNone(String unit, String text) {
    assertThat(ReadingField.LINK_TX.number(text, unit)).isEqualTo(Report.ABSENT_LONG);
  }

  @ParameterizedTest
  @CsvSource({"celsius, 42, 420", "kelvin, 300, 269", "decicelsius, 42, 42", "celsius, -3, -30"})
  void aTemperatureMayHaveAnOffset(String unit, String text, long deci) {
    assertThat(ReadingField.TEMPERATURE.number(text, unit)).isEqualTo(deci);
  }
}
