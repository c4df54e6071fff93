package io.isotherm.readings;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class YamlTextTest {
  @Test
  void aTextMayBeAsLongAsALargeClusterNeeds() {
    String targets = "- {targets: ['gpu-1:9400'], labels: {exporter: dcgm}}\n".repeat(80_000);
    assertThat(targets).hasSizeGreaterThan(4_000_000);
    assertThat(YamlText.readList("targets.yaml", targets, Object.class)).hasSize(80_000);
  }
}
