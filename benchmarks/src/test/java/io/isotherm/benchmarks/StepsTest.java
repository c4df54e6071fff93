package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

final class StepsTest {
  private static JobResult nanos(String job, double nanos) {
    return new JobResult(job, 1, 1, "", 1, nanos, 1_000_000_000, 1, 1);
  }

  @Test
  void theStepsOfTheMonitorAddUpToTheWhole() {
    Steps steps = new Steps();
    steps.score("decode", 8, 40);
    steps.score("decodeAndAccept", 8, 70);
    steps.score("decodeAndEncode", 8, 65);
    steps.score("closeWindow", 8, 50);
    steps.score("writePages", 8, 20);
    steps.whole(
        new Pairs(
            new Ratio("P1", "raw-consumer", "monitor", 0, 0, 1),
            8,
            List.of(nanos("raw-consumer", 100)),
            List.of(nanos("monitor", 150))));

    assertThat(steps.table())
        .contains("| fetch, decompress, iterate (raw consumer less decode) |  | 60.00 |  |")
        .contains("| decode |  | 40.00 |  |")
        .contains("| `PodMonitor.accept` |  | 30.00 |  |")
        .contains("| window close |  | 5.00 |  |")
        .contains("| page write |  | 2.00 |  |")
        .contains("(the rest) |  | 13.00 |  |")
        .contains("| **monitor** |  | 150.00 |  |")
        .contains("| encode (producer) |  | 25.00 |  |");
  }
}
