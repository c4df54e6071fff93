package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.ClusterPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.ParseResult;

final class DemoCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @BeforeEach
  void writeFiles() throws IOException {
    Files.writeString(
        dir.resolve("two.yaml"),
        """
        name: two
        chip: h200
        pods: 2
        cabinets: 3
        boards_per_cabinet: 4
        chips_per_board: 8
        ports:
          - {label: mesh, ports: 3, wiring: mesh}
        """);
    Files.writeString(dir.resolve("on-two.yaml"), "cluster: {topology: two.yaml}\n");
  }

  private static ClusterPlan plan(String... options) {
    List<String> arguments = new ArrayList<>(List.of("demo"));
    arguments.addAll(List.of(options));
    CommandLine main = Main.commandLine(new StopSignal());
    ParseResult parsed = main.parseArgs(arguments.toArray(String[]::new));
    DemoCommand command = (DemoCommand) parsed.subcommand().commandSpec().userObject();
    return command.plan(command.scenario());
  }

  @Test
  void aTopologyFileSaysHowManyPodsThereAre() {
    assertThat(plan("--topology", dir.resolve("two.yaml").toString()).pods()).hasSize(2);
    assertThat(plan("--scenario", dir.resolve("on-two.yaml").toString()).pods()).hasSize(2);
  }

  @Test
  void anOptionWinsOverTheFile() {
    assertThat(plan("--topology", dir.resolve("two.yaml").toString(), "--pods", "3").pods())
        .hasSize(3);
  }

  @Test
  void aPresetHasOnePodUnlessToldOtherwise() {
    assertThat(plan().pods()).hasSize(1);
    assertThat(
            plan("--scenario", dir.resolve("on-two.yaml").toString(), "--preset", "atlas-960")
                .pods())
        .hasSize(1);
  }

  @Test
  void aScenarioThatReportsTooSeldomForTheMonitorIsWrongUsageUnlessToldOtherwise()
      throws IOException {
    Path seldom = Files.writeString(dir.resolve("seldom.yaml"), "interval: 20s\n");
    Ended ended = Ended.isotherm("demo", "--scenario", seldom.toString());
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err())
        .startsWith(
            "isotherm demo: --scenario: the interval of scenario 'seldom' is 20000 ms,"
                + " must be at most 5000 ms, half of the monitor's window of 10000 ms");
    assertThat(plan("--scenario", seldom.toString(), "--interval", "5s").pods()).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "--seed, -1, '--seed is -1, must be at least 0'",
    "--interval, 61s, '--interval must be from 100ms to 5000ms, half of the monitor''s window of 10000ms'",
    "--interval, 5001ms, --interval must be from 100ms to 5000ms",
    "--interval, 99ms, --interval must be from 100ms to 5000ms",
  })
  void wrongValueIsWrongUsage(String option, String value, String said) {
    Ended ended = Ended.isotherm("demo", option, value);
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).startsWith("isotherm demo: " + said);
  }
}
