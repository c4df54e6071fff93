package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ExpositionTextTest {
  private static List<Sample> samples(String text) {
    List<Sample> samples = new ArrayList<>();
    ExpositionText.read(text, metric -> true, samples::add);
    return samples;
  }

  private static Sample sample(String line) {
    List<Sample> samples = samples(line + "\n");
    assertThat(samples).hasSize(1);
    return samples.get(0);
  }

  @Test
  void commentsAndEmptyLinesArePassedOver() {
    assertThat(
            samples(
                """
                # HELP power Power, in W.
                # TYPE power gauge

                power{gpu="0"} 35.686000
                # EOF
                """))
        .containsExactly(new Sample("power", Map.of("gpu", "0"), "35.686000", null));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a{x=\"1\",y=\"2\"} 3",
        "a{x=\"1\", y=\"2\"} 3",
        "a{x=\"1\",y=\"2\",} 3",
        "a { x = \"1\" , y = \"2\" }  3",
        "\ta{x=\"1\",y=\"2\"}\t3\t",
        "a{x=\"1\",y=\"2\"} 3\r",
      })
  void blanksAndTrailingCommasAreAllowed(String line) {
    assertThat(sample(line)).isEqualTo(new Sample("a", Map.of("x", "1", "y", "2"), "3", null));
  }

  @Test
  void aLabelMayHaveQuotesBracesAndLinesInIt() {
    assertThat(sample("a{x=\"say \\\"}\\\", \\\\ and\\nmore\"} 1").labels())
        .containsEntry("x", "say \"}\", \\ and\nmore");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1",
        "-1",
        "1.493376e+07",
        "NaN",
        "Nan",
        "-nan",
        "+NaN",
        "+Inf",
        "-Inf",
        "inf",
        "-infinity",
        "9223372036854775794",
      })
  void theValueIsAsItWasWritten(String value) {
    assertThat(sample("a " + value).value()).isEqualTo(value);
  }

  @Test
  void aSampleMayHaveATimeAndAnExemplar() {
    assertThat(sample("a 1 1723621883587").timeMs()).isEqualTo(1_723_621_883_587L);
    assertThat(sample("a 1 # {id=\"x\"} 2").timeMs()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "<html>                | line 2 is no sample of Prometheus: there is no name",
        "a{x=\"1\"}            | line 2 is no sample of Prometheus: there is no value",
        "a{x=\"1\"             | line 2 is no sample of Prometheus: behind label 'x' stands neither",
        "a{x=\"1               | line 2 is no sample of Prometheus: the value of label 'x' does not end",
        "a{x=1} 2              | line 2 is no sample of Prometheus: the value of label 'x' is not in quotes",
        "a{x} 2                | line 2 is no sample of Prometheus: label 'x' has no value",
        "a{x=\"1\" y=\"2\"} 2  | line 2 is no sample of Prometheus: behind label 'x' stands neither",
        "a nano                | line 2 is no sample of Prometheus: value or time is no number",
        "a -                   | line 2 is no sample of Prometheus: value or time is no number",
        "a high                | line 2 is no sample of Prometheus: value or time is no number",
        "a 1 yesterday         | line 2 is no sample of Prometheus: value or time is no number",
        "1a 1                  | line 2 is no sample of Prometheus: there is no name",
      })
  void aLineThatIsNoSampleMakesTheAnswerUseless(String line, String said) {
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> samples("b 1\n" + line + "\n"))
        .withMessageStartingWith(said);
  }

  @Test
  void onlyWantedMetricsAreRead() {
    List<String> names = new ArrayList<>();
    ExpositionText.read("a 1\nb nonsense\na 2\n", "a"::equals, s -> names.add(s.value()));
    assertThat(names).containsExactly("1", "2");
  }

  @Test
  void aLineWithoutAnEndWasCutOff() {
    assertThatExceptionOfType(BridgeException.class)
        .isThrownBy(() -> samples("errors_total 12\nerrors_total 1"))
        .withMessage("line 2 is no sample of Prometheus: it is cut off");
  }
}
