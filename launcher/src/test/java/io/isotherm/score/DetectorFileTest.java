package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.core.DetectorSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DetectorFileTest {
  /** The file that documents every setting. */
  private static final Path DOCUMENTED = Path.of("..", "docs", "examples", "detectors.yaml");

  @Test
  void theDocumentedFileHasEverySettingWithItsDefault() throws IOException {
    assertThat(DetectorFile.read(DOCUMENTED)).isEqualTo(DetectorSettings.DEFAULT);
    assertThat(Files.readAllLines(DOCUMENTED))
        .filteredOn(line -> line.matches("[a-z_]+: .*"))
        .allMatch(line -> line.matches("[a-z_]+: \\d+ +# .{10,}"))
        .extracting(line -> line.substring(0, line.indexOf(':')))
        .containsExactlyInAnyOrderElementsOf(DetectorFile.keys());
  }

  /** A monitor's {@code --window} does the same. */
  @Test
  void theLengthOfAWindowBringsItsPatienceWithTicks(@TempDir Path dir) throws IOException {
    Path file = dir.resolve("detectors.yaml");

    Files.writeString(file, "window_ms: 5000\n");
    assertThat(DetectorFile.read(file))
        .isEqualTo(DetectorSettings.DEFAULT.withWindow(5_000, 5_000));
    assertThat(DetectorFile.read(file).tickPatienceMs()).isEqualTo(10_000);

    Files.writeString(file, "tick_patience_ms: 9000\nwindow_ms: 5000\n");
    assertThat(DetectorFile.read(file).tickPatienceMs()).isEqualTo(9_000);
    assertThat(DetectorFile.read(file).withWindow(20_000, 5_000).tickPatienceMs()).isEqualTo(9_000);
    assertThatThrownBy(() -> DetectorFile.read(file).withWindow(4_000, 2_000))
        .hasMessage("tick patience is 9000, must be 0 to 8000");
  }
}
