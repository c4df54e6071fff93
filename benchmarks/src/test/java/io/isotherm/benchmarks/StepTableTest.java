package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class StepTableTest {
  @Test
  void whatTheStepsDoNotExplainStaysShown() {
    StepTable table = new StepTable("monitor", 200, "its CPU time");
    table.step("fetch", 60, 50, "a consumer");
    table.step("collector", 120, "a thread");
    table.beside("scrape", 7, "a process");

    assertThat(table.sum()).isEqualTo(180);
    assertThat(table.unexplained()).isEqualTo(20);
    assertThat(table.markdown())
        .contains("| fetch | 60.00 | 50.00 | a consumer |")
        .contains("| collector | 120.00 |  | a thread |")
        .contains("| **sum** | 180.00 |  |  |")
        .contains("| **monitor** | 200.00 |  | its CPU time |")
        .contains("| **unexplained** | 20.00 |  | 10.0 % |")
        .endsWith("| scrape | 7.00 |  | a process |" + System.lineSeparator());
  }
}
