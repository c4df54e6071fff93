package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentEvent.Evidence;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class AdviceTest {
  @ParameterizedTest
  @EnumSource(IncidentKind.class)
  void everyKindNamesItsPlaceAndSaysWhatToDo(IncidentKind kind) {
    Evidence e = new Evidence("finding", "pod-00/cab-001", 0, 3, 2, "boards");
    assertThat(Advice.summary(kind, "pod-00/cab-001", 1, List.of(e)))
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
                    new Evidence("error_code", chip, 0, 79, 0, "code"))))
        .isEqualTo(
            "Chip pod-00/cab-001/board-0/chip-0 has been missing from its board's reports for"
                + " 2 windows, error code 79; 1 chip affected.");
  }

  @Test
  void theJobsThatWorkOnItAreNamedOrCounted() {
    String cabinet = "pod-00/cab-001";
    List<Evidence> evidence = new ArrayList<>();
    evidence.add(new Evidence("cabinet_silent", cabinet, 0, 3, 3, "boards"));
    evidence.add(new Evidence("job", "job/slurm-17-llm", 0, 1, 40, "boards"));
    assertThat(Advice.summary(IncidentKind.CABINET_SILENT, cabinet, 12, evidence))
        .endsWith("; 12 chips affected, of job slurm-17-llm.");
    evidence.add(new Evidence("job", "job/b", 0, 1, 2, "boards"));
    assertThat(Advice.summary(IncidentKind.CABINET_SILENT, cabinet, 12, evidence))
        .endsWith("; 12 chips affected, of job slurm-17-llm and 1 other job.");
    evidence.add(new Evidence("job", "job/c", 0, 1, 2, "boards"));
    assertThat(Advice.summary(IncidentKind.CABINET_SILENT, cabinet, 12, evidence))
        .endsWith("; 12 chips affected, of job slurm-17-llm and 2 other jobs.");
  }

  @Test
  void temperaturesAreInDegrees() {
    Evidence e =
        new Evidence("chip_hot", "pod-00/cab-001/board-0/chip-0", 0, 893, 870, "decicelsius");
    assertThat(Advice.summary(IncidentKind.CHIP_HOT, e.subject(), 2, List.of(e)))
        .isEqualTo(
            "Chip pod-00/cab-001/board-0/chip-0 is too hot: 89.3 °C, the limit here is 87.0 °C;"
                + " 2 chips affected.");
  }
}
