package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.Report;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ChipExpositionTest {
  private static final ClusterPlan PLAN =
      Catalog.bundled()
          .planFromFile(
              Path.of(System.getProperty("isotherm.root"), "benchmarks/topologies/chips-8.yaml"),
              new Overrides(null, 1, 1));

  @Test
  void servesThirtySeriesOfEachChip() {
    List<String> samples = samples(ChipExposition.warmed(PLAN), 3);

    assertThat(samples).hasSize(8 * 30);
    assertThat(samples.stream().map(s -> s.substring(0, s.indexOf(' ')))).doesNotHaveDuplicates();
  }

  @Test
  void servesTheValuesOfTheChipsReports() {
    ChipExposition exposition = ChipExposition.warmed(PLAN);
    List<String> samples = samples(exposition, 3);
    Report report = new Report();
    exposition.fleet().fill(3, report);

    for (int i = 0; i < report.chipCount; i++) {
      assertThat(samples)
          .contains(
              String.format(
                  Locale.ROOT,
                  "DCGM_FI_DEV_GPU_TEMP{gpu=\"%d\"} %.1f",
                  report.chip[i],
                  report.temperature[i] / 10.0))
          .contains(
              String.format(
                  Locale.ROOT,
                  "DCGM_FI_DEV_POWER_USAGE{gpu=\"%d\"} %.1f",
                  report.chip[i],
                  report.power[i] / 10.0));
    }
  }

  @Test
  void countsThePortsOfEachChip() {
    List<String> samples = samples(ChipExposition.warmed(PLAN), 3);

    for (int i = 0; i < 8; i++) {
      assertThat(samples)
          .contains("DCGM_FI_DEV_NVLINK_LINKS_UP{gpu=\"%d\"} 18".formatted(i))
          .contains("DCGM_FI_DEV_NVLINK_LINKS_DOWN{gpu=\"%d\"} 0".formatted(i));
    }
  }

  @Test
  void movesOnOnlyWhenItIsTold() {
    ChipExposition one = ChipExposition.warmed(PLAN);
    ChipExposition other = ChipExposition.warmed(PLAN);
    assertThat(one.text(0)).isEqualTo(other.text(0));

    other.step();

    assertThat(other.text(0)).isNotEqualTo(one.text(0));
  }

  private static List<String> samples(ChipExposition exposition, int board) {
    return new String(exposition.text(board), StandardCharsets.US_ASCII)
        .lines()
        .filter(line -> !line.startsWith("#"))
        .toList();
  }
}
