package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.core.IncidentEvent.Evidence;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AdviceTest {
  @ParameterizedTest
  @EnumSource(IncidentKind.class)
  void everyKindNamesItsPlaceAndSaysWhatToDo(IncidentKind kind) {
    Evidence e = new Evidence("finding", "pod-00/cab-001", 0, 3, 2, "boards");
    assertThat(Advice.summary(kind, "pod-00/cab-001", 1, List.of(e), List.of()))
        .contains("pod-00/cab-001")
        .endsWith("; 1 chip affected.")
        .doesNotContain("%s", "%d");
    assertThat(Advice.nextStep(kind)).endsWith(".").hasSizeGreaterThan(30);
  }

  @Test
  void theErrorCodeIsSaidWhereThereIsOne() {
    String chip = "pod-00/cab-001/board-0/chip-0";
    assertThat(
            Advice.summary(
                IncidentKind.CHIP_SILENT,
                chip,
                1,
                List.of(
                    new Evidence("chip_silent", chip, 0, 2, 1, "windows"),
                    new Evidence("error_code", chip, 0, 79, 0, "code")),
                List.of()))
        .isEqualTo(
            "Chip pod-00/cab-001/board-0/chip-0 has been missing from its board's reports for"
                + " 2 windows, error code 79; 1 chip affected.");
  }

  @Test
  void theJobsThatWorkOnItAreNamedOrCounted() {
    String cabinet = "pod-00/cab-001";
    Evidence silent = new Evidence("cabinet_silent", cabinet, 0, 3, 3, "boards");
    List<AffectedJob> jobs =
        List.of(
            new AffectedJob("slurm-17-llm", 1, 40),
            new AffectedJob("b", 1, 2),
            new AffectedJob("c", 1, 2));
    List<String> told =
        IntStream.rangeClosed(1, 3)
            .mapToObj(
                n ->
                    Advice.summary(
                        IncidentKind.CABINET_SILENT,
                        cabinet,
                        12,
                        List.of(silent),
                        jobs.subList(0, n)))
            .map(summary -> summary.substring(summary.indexOf("; ")))
            .toList();
    assertThat(told)
        .containsExactly(
            "; 12 chips affected, of job slurm-17-llm.",
            "; 12 chips affected, of job slurm-17-llm and 1 other job.",
            "; 12 chips affected, of job slurm-17-llm and 2 other jobs.");
  }

  @Test
  void temperaturesAreInDegrees() {
    Evidence e =
        new Evidence("chip_hot", "pod-00/cab-001/board-0/chip-0", 0, 893, 870, "decicelsius");
    assertThat(Advice.summary(IncidentKind.CHIP_HOT, e.subject(), 2, List.of(e), List.of()))
        .isEqualTo(
            "Chip pod-00/cab-001/board-0/chip-0 is too hot: 89.3 °C, the limit here is 87.0 °C;"
                + " 2 chips affected.");
  }
}
