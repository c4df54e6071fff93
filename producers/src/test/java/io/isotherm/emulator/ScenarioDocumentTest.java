package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ScenarioDocumentTest {
  @Test
  void theExampleOfTheDocumentRuns() throws IOException {
    String page =
        Files.readString(Path.of(System.getProperty("isotherm.root", "."), "docs", "scenarios.md"));
    String example = page.split("```yaml\n", 2)[1].split("```", 2)[0];
    Scenario scenario = ScenarioReader.read("scenarios.md", example, null);
    Fleet fleet =
        new Fleet(Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 24)), scenario, 0);
    assertThat(fleet.toldFaults()).hasSize(1);
    assertThat(fleet.placements()).hasSize(2);
    assertThat(scenario.randomFaults()).isNotNull();
  }
}
