package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.core.DetectorSettings;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RequirementsTest {
  private static ObjectNode recall(double value) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.putObject("overall").put("recall", value);
    return root;
  }

  @Test
  void aBarIsReachedByItsOwnValue() {
    Requirements bars = Requirements.parse("overall.recall >= 0.9\noverall.recall<=0.95", "f");

    assertThat(bars.missedBy(recall(0.9))).isEmpty();
    assertThat(bars.missedBy(recall(0.95))).isEmpty();
    assertThat(bars.missedBy(recall(0.8999)))
        .containsExactly("f:1: overall.recall is 0.8999, must be at least 0.9");
    assertThat(bars.missedBy(recall(1)))
        .containsExactly("f:2: overall.recall is 1, must be at most 0.95");
  }

  @ParameterizedTest
  @ValueSource(strings = {"delay_seconds.p50", "named_seconds.p95"})
  void thereAreBarsOnHowLongItTook(String measure) {
    assertThat(
            Requirements.parse("by_kind.link_flap." + measure + " <= 300", "f").missedBy(recall(1)))
        .hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"standard", "healthy"})
  void theBundledBarsAreMissedByAScoreOfNothing(String name) {
    assertThat(Requirements.load(name).missedBy(JsonNodeFactory.instance.objectNode()))
        .isNotEmpty()
        .allMatch(line -> line.startsWith(name + ":") && line.contains("was not measured"));
  }

  @Test
  void everySettingOfTheDetectorsHasANameThatCanBeSet() {
    assertThat(DetectorFile.keys())
        .contains("window_ms", "open_after_windows")
        .doesNotHaveDuplicates();
    assertThat(
            DetectorFile.with(
                DetectorSettings.DEFAULT, DetectorFile.values(DetectorSettings.DEFAULT)))
        .isEqualTo(DetectorSettings.DEFAULT);
  }
}
