package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.DetectorSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

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
}
