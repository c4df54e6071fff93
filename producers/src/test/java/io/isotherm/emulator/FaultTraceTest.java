package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultTraceTest {
  private static final long START = 1_767_225_600_000L;
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("atlas-960", new Overrides(null, 1, null));

  private static Path sample() throws URISyntaxException {
    return Path.of(
        Objects.requireNonNull(FaultTraceTest.class.getResource("foreign-trace.json")).toURI());
  }

  private static Fleet fleet(Path file, String more) {
    String document = "trace: {file: '%s', acceleration: 1440%s}\n".formatted(file, more);
    return new Fleet(PLAN, ScenarioReader.read("a.yaml", document, null), START);
  }

  @Test
  void aDayTakesAMinuteAt1440TimesTheSpeedAndAServerKeepsItsBoard() throws URISyntaxException {
    Fleet fleet = fleet(sample(), ", from: 30s");

    List<Fault> faults = fleet.toldFaults();
    assertThat(faults)
        .extracting(Fault::kind)
        .containsExactly(FaultKind.CHIP_LOST, FaultKind.LINK_DOWN, FaultKind.BOARD_LOST);
    assertThat(faults)
        .extracting(f -> f.startMs() - START)
        .containsExactly(90_000L, 120_000L, 210_000L);
    assertThat(faults.get(0).endMs() - START).isEqualTo(150_000L);
    assertThat(faults.get(1).endMs()).isEqualTo(Long.MAX_VALUE);
    assertThat(faults.get(0).subject()).startsWith(faults.get(2).subject() + "/chip-");
    assertThat(fleet.notes())
        .containsExactly(
            "foreign-trace.json: 3 faults of 2 servers, 1440.0 times as fast as they happened;"
                + " 1 change nothing here");
  }

  @Test
  void aMistakeInTheFileIsNamedWithItsPlace(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("t.json");
    Files.writeString(file, "[\n  {\"node_id\": \"a\"}\n]\n");
    assertThatThrownBy(() -> fleet(file, ""))
        .isInstanceOf(ScenarioException.class)
        .hasMessage(file + ":2:3: field 'fault_type' is missing");
    assertThatThrownBy(() -> fleet(directory.resolve("none.json"), ""))
        .isInstanceOf(ScenarioException.class)
        .hasMessageStartingWith("a.yaml:1:15: cannot read");
  }

  @Test
  void theTraceOfARealClusterIsReadWhole() {
    Path file =
        Path.of(System.getProperty("isotherm.root", "."))
            .resolve("../shared/data/stepfun_fault_trace/fault_trace.json");
    assumeTrue(Files.isRegularFile(file), "the trace is not beside this checkout");
    Map<FaultKind, Long> kinds =
        fleet(file, "").toldFaults().stream()
            .collect(Collectors.groupingBy(Fault::kind, Collectors.counting()));
    assertThat(kinds)
        .isEqualTo(
            Map.of(
                FaultKind.CHIP_LOST, 126L,
                FaultKind.BOARD_LOST, 316L,
                FaultKind.THERMAL_THROTTLE, 33L,
                FaultKind.LINK_DOWN, 63L,
                FaultKind.LINK_DEGRADED, 39L));
  }
}
