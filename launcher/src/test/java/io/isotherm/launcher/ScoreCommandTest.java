package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ScoreCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private int run(String... args) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  /** Two minutes and a half of a small cluster in which a chip is lost and a link goes down. */
  private int small(String... more) throws IOException {
    Path file = dir.resolve("small.yaml");
    Files.writeString(
        file,
        """
        description: Two faults.
        cluster: {preset: hgx-h100, pods: 1, cabinets: 2}
        seed: 1
        interval: 1s
        links_every: 10
        jobs:
          - {name: train-0, share: 1.0, stages: 2}
        faults:
          - {kind: CHIP_LOST, at: 31s, subject: pod-00/cab-000/board-1/chip-2}
          - {kind: LINK_DOWN, at: 45s, subject: pod-00/cab-001/board-1/chip-2/port-3}
        """);
    List<String> args =
        new ArrayList<>(
            List.of("score", "--scenario", file.toString(), "--hours", "0.04", "--seeds", "2"));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  @Test
  void jsonHasTheMeasuresOfAllKindsTogetherAndOfEach() throws IOException {
    assertThat(small("-o", "json")).isEqualTo(Main.DONE);
    JsonNode score = new ObjectMapper().readTree(out.toString());

    assertThat(score.at("/parameters/seeds").toString()).isEqualTo("[1,2]");
    assertThat(score.at("/parameters/scenario").asText()).isEqualTo("small");
    assertThat(score.at("/parameters/detectors/window_ms").asInt()).isEqualTo(10_000);
    assertThat(score.at("/version").asText()).isNotEmpty();
    assertThat(score.at("/hours").asDouble()).isEqualTo(0.08);
    assertThat(score.at("/overall/faults").asInt()).isEqualTo(4);
    for (String kind : List.of("chip_lost", "link_down")) {
      JsonNode of = score.at("/by_kind/" + kind);
      assertThat(of.at("/faults").asInt()).isEqualTo(2);
      assertThat(of.at("/incidents").asInt()).isEqualTo(2);
      for (String one :
          List.of(
              "precision",
              "recall",
              "f1",
              "subject_accuracy",
              "kind_accuracy",
              "incidents_per_fault")) {
        assertThat(of.at("/" + one).asDouble()).as(one).isEqualTo(1.0);
      }
      assertThat(of.at("/false_incidents_per_day").isNumber()).isTrue();
      assertThat(of.at("/delay_seconds/p50").asDouble()).isBetween(10.0, 40.0);
      assertThat(of.at("/delay_seconds/p95").isNumber()).isTrue();
      assertThat(of.at("/incidents").asInt()).isEqualTo(2);
    }
    assertThat(score.at("/confusion/chip_lost/chip_silent").asInt()).isEqualTo(2);
    assertThat(score.at("/missed")).isEmpty();
    assertThat(score.at("/false_incidents")).isEmpty();
  }

  @Test
  void theTableHasALineForEachKindAndProgressIsNotInIt() throws IOException {
    assertThat(small()).isEqualTo(Main.DONE);

    assertThat(out.toString()).contains("overall", "chip_lost", "link_down", "PRECISION");
    assertThat(out.toString()).doesNotContain("reports/s");
    assertThat(err.toString()).contains("100 %", "reports/s");
  }

  @Test
  void aSweepIsATableAndAPicture() throws IOException {
    assertThat(small("--sweep", "open_after_windows=1..9:3")).isEqualTo(Main.DONE);
    assertThat(out.toString()).containsPattern("open_after_windows +PRECISION");
    out.getBuffer().setLength(0);
    assertThat(small("--sweep", "open_after_windows=1..9:3", "-o", "html")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("<svg", "<polyline", "</html>").doesNotContain("NaN");
    out.getBuffer().setLength(0);
    assertThat(small("--sweep", "open_after_windows=1..9:3", "-o", "json")).isEqualTo(Main.DONE);
    JsonNode points = new ObjectMapper().readTree(out.toString()).at("/sweep/points");

    assertThat(points.findValuesAsText("value")).containsExactly("1", "5", "9");
    double patient = points.at("/1/overall/delay_seconds/p50").asDouble();
    assertThat(points.at("/0/overall/delay_seconds/p50").asDouble()).isLessThan(patient - 30);
  }

  @Test
  void aBarThatIsMissedIsALineAndAFailure() throws IOException {
    Path bars = dir.resolve("bars");
    Files.writeString(
        bars,
        """
        # what we want
        overall.recall >= 0.5
        groups.hard.delay_seconds.p50 <= 1   # out of reach
        by_kind.cabinet_dark.recall >= 0.5
        """);
    assertThat(small("--require", bars.toString())).isEqualTo(Main.FAILED);

    assertThat(err.toString().lines().filter(l -> l.startsWith("missed: ")))
        .hasSize(2)
        .anyMatch(l -> l.contains("bars:3: groups.hard.delay_seconds.p50 is 1"))
        .anyMatch(l -> l.contains("bars:4: by_kind.cabinet_dark.recall was not measured"));
    Files.writeString(bars, "overall.recall >= 1\noverall.false_incidents <= 0\n");
    assertThat(small("--require", bars.toString())).isEqualTo(Main.DONE);
  }

  @Test
  void detectorsOfAFileAreUsed() throws IOException {
    Path file = dir.resolve("detectors.yaml");
    Files.writeString(file, "open_after_windows: 100\n");
    assertThat(small("--detectors", file.toString(), "-o", "json")).isEqualTo(Main.DONE);
    JsonNode score = new ObjectMapper().readTree(out.toString());

    assertThat(score.at("/overall/recall").asDouble()).isZero();
    assertThat(score.at("/parameters/detectors/open_after_windows").asInt()).isEqualTo(100);
    assertThat(score.at("/missed")).hasSize(4);
    assertThat(score.at("/missed/0/subject").asText()).startsWith("pod-00/");
  }

  @Test
  void aScenarioThatReportsTooSeldomForAMonitorIsWrongUsage() throws IOException {
    Path seldom = Files.writeString(dir.resolve("seldom.yaml"), "interval: 5001ms\n");
    assertThat(run("score", "--scenario", seldom.toString())).isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .startsWith(
            "isotherm score: the interval of scenario 'seldom' is 5001 ms,"
                + " must be at most 5000 ms, half of the monitor's window of 10000 ms");

    Path quick = dir.resolve("quick.yaml");
    Files.writeString(quick, "grace_ms: 500\ntick_patience_ms: 2000\n");
    String[] options = {"--detectors", quick.toString(), "--sweep", "window_ms=2000..10000:2"};
    assertThat(small(options)).isEqualTo(Main.DONE);
    options[3] = "window_ms=1900..10000:2";
    assertThat(small(options)).isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .contains("is 1000 ms, must be at most 950 ms, half of the monitor's window of 1900 ms");
  }

  @ParameterizedTest
  @CsvSource({
    "'no_such: 1', ':1: unknown setting ''no_such''; there are window_ms'",
    "'# mine\nopen_after_windows: 0', ':2: open after windows is 0, must be 1 to 100'",
    "'open_after_windows: often', ':1: ''open_after_windows'' is ''often'', expected a whole number'",
    "'link_errors_per_second: 20\nopen_after_windows: [', 'detectors.yaml:'",
    "'just text', ':1: expected lines such as'",
  })
  void aMistakeInTheDetectorsIsOneLineWithItsPlace(String text, String said) throws IOException {
    Path file = dir.resolve("detectors.yaml");
    Files.writeString(file, text);
    assertThat(small("--detectors", file.toString())).isEqualTo(Main.USAGE);
    assertThat(err.toString().lines().filter(l -> l.startsWith("isotherm score: ")))
        .singleElement()
        .asString()
        .contains(file.toString(), said);
  }

  @ParameterizedTest
  @CsvSource({
    "precision >= 1, there is no 'precision'",
    "overall.beauty >= 1, there is no 'overall.beauty'",
    "by_kind.chip_tired.recall >= 1, there is no 'by_kind.chip_tired.recall'",
    "overall.recall > 1, is no bar",
  })
  void aMistakeInTheBarsIsOneLineWithItsPlace(String text, String said) throws IOException {
    Path bars = dir.resolve("bars");
    Files.writeString(bars, "# mine\n" + text + "\n");
    assertThat(small("--require", bars.toString())).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains(bars + ":2: ").contains(said);
  }

  @ParameterizedTest
  @CsvSource({
    "--seeds, 0, '--seeds is 0, must be 1 to 10000'",
    "--seed, -1, '--seed is -1, must not be negative'",
    "--hours, 0, --hours is 0.0",
    "--hours, NaN, --hours is NaN",
    "--threads, 0, '--threads is 0, must be at least 1'",
    "--scenario, nowhere.yaml, no scenario 'nowhere.yaml'",
    "--preset, atlas-961, atlas-960",
    "--require, nowhere, 'cannot read nowhere; give a file, or one of healthy, standard'",
    "--detectors, nowhere, cannot read nowhere",
    "--sweep, hot=1..2, unknown setting 'hot'",
    "--sweep, open_after_windows, must be like",
    "--sweep, open_after_windows=5..2, must rise",
    "--sweep, open_after_windows=0..2, 'open after windows is 0, must be 1 to 100'",
    "-o, xml, xml",
  })
  void wrongValueIsWrongUsage(String option, String value, String said) {
    assertThat(run("score", option, value)).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains("isotherm score: ").contains(said);
  }
}
