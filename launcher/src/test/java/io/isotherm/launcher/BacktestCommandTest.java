package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedFleet;
import io.isotherm.recording.Manifest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BacktestCommandTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path dir;

  @SuppressWarnings("NullAway.Init")
  private static RecordedFleet live;

  @BeforeAll
  static void record() throws IOException {
    live = RecordedFleet.record(dir.resolve("recording"), 150);
  }

  private int run(String... args) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  private int backtest(String... more) {
    List<String> args = new ArrayList<>(List.of("backtest", dir.resolve("recording").toString()));
    args.addAll(List.of(more));
    return run(args.toArray(String[]::new));
  }

  @Test
  void theTableHasTheIncidentsAndTheDigestAndProgressIsNotInIt() {
    assertThat(backtest()).isEqualTo(Main.DONE);

    assertThat(out.toString())
        .contains("chip_silent", "pod-00/cab-000/board-1/chip-2", "link_down", "sha256")
        .contains("Against the truth: 2 faults that count, 2 found");
    assertThat(out.toString()).doesNotContain("reports/s");
    assertThat(err.toString()).contains("reports/s");
  }

  @Test
  void linesOfJsonAreAllEventsInOrder() throws IOException {
    Path file = dir.resolve("events.jsonl");
    assertThat(backtest("-o", "jsonl", "--out", file.toString())).isEqualTo(Main.DONE);

    List<String> ids = new ArrayList<>();
    for (String line : Files.readAllLines(file)) {
      JsonNode event = new ObjectMapper().readTree(line);
      ids.add(event.get("id").asText() + event.get("revision").asInt());
    }
    assertThat(ids)
        .isNotEmpty()
        .isEqualTo(live.incidents.stream().map(e -> e.id() + e.revision()).toList());
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void thePageNeedsNothingElse() {
    assertThat(backtest("-o", "html")).isEqualTo(Main.DONE);

    assertThat(out.toString())
        .startsWith("<!DOCTYPE html>")
        .contains("<svg", "<polyline", "chip_silent", "</html>")
        .doesNotContain("NaN", "http:", "https:", "<script src", "<link");
  }

  @Test
  void aSweepJudgesTheSameReportsAtEachValue() throws IOException {
    assertThat(backtest("-o", "json", "--sweep", "open_after_windows=1..9:3")).isEqualTo(Main.DONE);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    JsonNode points = json.at("/sweep/points");

    assertThat(points.findValuesAsText("value")).containsExactly("1", "5", "9");
    assertThat(points.at("/0/incidents/opened").asInt())
        .isGreaterThanOrEqualTo(json.at("/incidents/opened").asInt());
    assertThat(points.at("/0/incidents/sha256")).isNotEqualTo(json.at("/incidents/sha256"));
  }

  @Test
  void aPackedRecordingGivesTheSameIncidentsAndUnpackedItIsThere() throws IOException {
    String plain = dir.resolve("recording").toString();
    String packed = dir.resolve("packed").toString();
    String unpacked = dir.resolve("unpacked").toString();
    assertThat(run("recording", "pack", plain, "--into", packed)).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("packed: ", " records in ", " a chip-sample");
    assertThat(err.toString()).contains("wrote 1 of ");
    assertThat(run("recording", "verify", packed)).isEqualTo(Main.DONE);
    assertThat(run("recording", "info", packed)).isEqualTo(Main.DONE);
    assertThat(out.toString()).containsPattern("form +packed");
    assertThat(run("recording", "unpack", packed, "--into", unpacked)).isEqualTo(Main.DONE);

    List<List<String>> events = new ArrayList<>();
    for (String recording : List.of(plain, packed, unpacked)) {
      Path file = dir.resolve("packing.jsonl");
      assertThat(run("backtest", recording, "-o", "jsonl", "--out", file.toString()))
          .isEqualTo(Main.DONE);
      events.add(Files.readAllLines(file));
    }
    assertThat(events.get(0)).isNotEmpty().isEqualTo(events.get(1)).isEqualTo(events.get(2));

    assertThat(run("recording", "pack", packed, "--into", dir.resolve("no").toString()))
        .isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("is packed already");
    assertThat(run("recording", "pack", plain)).isEqualTo(Main.USAGE);
  }

  @Test
  void onlyReportsOfTheTimesAskedForAreRead() throws IOException {
    String to = Long.toString(RecordedFleet.START_MS + 30_000);
    assertThat(backtest("-o", "json", "--to", to)).isEqualTo(Main.DONE);
    JsonNode json = new ObjectMapper().readTree(out.toString());

    assertThat(json.at("/incidents/opened").asInt()).isZero();
    assertThat(json.at("/windows").asInt()).isBetween(2, 6);
  }

  @Test
  void whatBeganBeforeTheFirstReportIsNotMissedNorIsWhatIsRaisedOfItFalse() throws IOException {
    String from = Long.toString(RecordedFleet.START_MS + 60_000);
    JsonNode json = judged(dir.resolve("recording").toString(), "--from", from);

    assertThat(json.at("/incidents/opened").asInt()).isPositive();
    assertThat(json.at("/score/overall/faults").asInt()).isZero();
    assertThat(json.at("/score/overall/false_incidents").asInt()).isZero();
    assertThat(json.at("/score/overall/recall").isNull()).isTrue();
  }

  @Test
  void faultsOfPodsThatTheRecordingDoesNotHoldAreNotMissed() throws IOException {
    Path other = dir.resolve("other-pod");
    RecordedFleet.change(dir.resolve("recording"), other, r -> r.pod.equals("pod-01"));
    JsonNode json = judged(other.toString(), "--sweep", "open_after_windows=1..3:2");

    assertThat(json.at("/score/overall/faults").asInt()).isZero();
    assertThat(json.at("/sweep/points/0/score/overall/faults").asInt()).isZero();
  }

  @Test
  void aFileThatCannotBeWrittenIsSaidBeforeAnythingIsRead() throws IOException {
    // Given: reports that cannot be read
    Path reports = copy("unread");
    Files.write(reports, damaged("flipped", Files.readAllBytes(reports)));
    String unread = dir.resolve("unread").toString();
    String nowhere = dir.resolve("nowhere").resolve("file").toString();
    for (String option : List.of("--out", "--openmetrics")) {
      err.getBuffer().setLength(0);
      assertThat(run("backtest", unread, option, nowhere)).isEqualTo(Main.FAILED);
      assertThat(err.toString().lines())
          .containsExactly(
              "isotherm backtest: " + nowhere + ": there is no such file or directory");
    }
  }

  @Test
  void aFileThatIsThereStaysAsItIsWhenItFails() throws IOException {
    Path reports = copy("broken");
    Files.write(reports, damaged("flipped", Files.readAllBytes(reports)));
    Path results = Files.createDirectory(dir.resolve("results"));
    Path lines = Files.writeString(results.resolve("a.jsonl"), "before");
    Path metrics = Files.writeString(results.resolve("a.om"), "before");
    String broken = dir.resolve("broken").toString();
    assertThat(
            run(
                "backtest",
                broken,
                "-o",
                "jsonl",
                "--out",
                lines.toString(),
                "--openmetrics",
                metrics.toString()))
        .isEqualTo(Main.FAILED);

    assertThat(lines).hasContent("before");
    assertThat(metrics).hasContent("before");
    try (var files = Files.list(results)) {
      assertThat(files).containsExactlyInAnyOrder(lines, metrics);
    }
    assertThat(backtest("--out", lines.toString(), "--openmetrics", metrics.toString()))
        .isEqualTo(Main.DONE);
    assertThat(lines).content().contains("sha256");
    assertThat(metrics).content().endsWith("# EOF\n");
    try (var files = Files.list(results)) {
      assertThat(files).containsExactlyInAnyOrder(lines, metrics);
    }
  }

  /** A recording that can be read until long after the first incident. */
  private static String damagedAtItsEnd(Path into) throws IOException {
    RecordedFleet.record(into, 400);
    try (var files = Files.list(into)) {
      for (Path reports : files.filter(f -> f.toString().contains("reports-")).toList()) {
        byte[] whole = Files.readAllBytes(reports);
        whole[whole.length - 100] ^= 4;
        Files.write(reports, whole);
      }
    }
    return into.toString();
  }

  @Test
  void eventsThatCannotBeWrittenEndIt(@TempDir Path temp) throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no " + full);
    String recording = damagedAtItsEnd(temp.resolve("recording"));
    List<String> backtest = List.of("backtest", recording, "-o", "jsonl", "--threads", "1");

    assertThat(run(backtest.toArray(String[]::new))).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("is damaged");

    err.getBuffer().setLength(0);
    List<String> toFull = new ArrayList<>(backtest);
    toFull.addAll(List.of("--out", full.toString()));
    assertThat(run(toFull.toArray(String[]::new))).isEqualTo(Main.FAILED);
    assertThat(err.toString())
        .endsWith("isotherm backtest: cannot write to /dev/full\n")
        .doesNotContain("is damaged");
  }

  @Test
  void metricsAreWrittenThoughEventsCannotBe(@TempDir Path temp) {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no " + full);
    Path metrics = temp.resolve("metrics.om");
    String[] both = {"--out", full.toString(), "--openmetrics", metrics.toString(), "-o", "jsonl"};

    assertThat(backtest(both)).isEqualTo(Main.FAILED);
    assertThat(err.toString()).endsWith("isotherm backtest: cannot write to /dev/full\n");
    assertThat(metrics).content().endsWith("# EOF\n");
  }

  @Test
  void eventsThatNobodyReadsAnyMoreEndIt(@TempDir Path temp) throws Exception {
    String recording = damagedAtItsEnd(temp.resolve("recording"));
    Path said = temp.resolve("said");
    Process process =
        ProgramProcess.of(256, List.of("backtest", recording, "-o", "jsonl", "--threads", "1"))
            .redirectErrorStream(false)
            .redirectError(said.toFile())
            .start();
    process.getInputStream().close();

    assertThat(process.waitFor()).isEqualTo(Main.FAILED);
    assertThat(said).content().doesNotContain("isotherm backtest: ");
  }

  @ParameterizedTest
  @CsvSource({"twice, twice", "twice, ./twice", "twice, link/twice", "new, link/../two/new"})
  void twoResultsDoNotGoToOneFile(String one, String other, @TempDir Path temp) throws IOException {
    Path two = Files.createDirectory(temp.resolve("two"));
    Path before = Files.writeString(two.resolve("twice"), "before");
    Files.createSymbolicLink(two.resolve("link"), two);

    assertThat(
            backtest(
                "--out",
                two.resolve(one).toString(),
                "--openmetrics",
                two.resolve(other).toString()))
        .isEqualTo(Main.USAGE);

    assertThat(err.toString())
        .startsWith(
            "isotherm backtest: --out and --openmetrics are both %s; name two files"
                .formatted(two.resolve(one)));
    try (var files = Files.list(two)) {
      assertThat(files).containsExactlyInAnyOrder(before, two.resolve("link"));
    }
    assertThat(before).hasContent("before");
  }

  @Test
  void whatIsNoPlainFileTakesBothResults() {
    assumeTrue(Files.exists(Path.of("/dev/null")), "there is no /dev/null");
    assertThat(backtest("--out", "/dev/null", "--openmetrics", "/dev/null")).isEqualTo(Main.DONE);
  }

  @ParameterizedTest
  @CsvSource({"--rules, .", "--sweep, open_after_windows=1..9:3"})
  void linesOfJsonHaveNoPlaceForMoreThanEvents(String option, String value) {
    assertThat(backtest("-o", "jsonl", option, value)).isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .startsWith("isotherm backtest: -o jsonl has events only, not what %s".formatted(option));
  }

  @Test
  void whatWasSalvagedIsJudgedAndWhatIsMissingIsSaidEverywhere() throws IOException {
    Path damaged = dir.resolve("damaged");
    Files.createDirectory(damaged);
    try (var files = Files.list(dir.resolve("recording"))) {
      for (Path file : files.toList()) {
        Files.copy(file, damaged.resolve(file.getFileName()));
      }
    }
    Path reports;
    try (var files = Files.list(damaged)) {
      reports =
          files.filter(f -> f.toString().contains("reports-")).sorted().findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(reports);
    Files.write(reports, Arrays.copyOf(bytes, bytes.length - 100));
    assertThat(run("backtest", damaged.toString())).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains(reports.getFileName().toString());

    String into = dir.resolve("salvaged").toString();
    assertThat(run("recording", "salvage", damaged.toString(), "--into", into))
        .isEqualTo(Main.DONE);
    assertThat(run("recording", "verify", into)).isEqualTo(Main.DONE);
    assertThat(run("recording", "info", into)).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("left_out", "records are left out");

    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    assertThat(run("backtest", into, "-o", "json")).isEqualTo(Main.DONE);
    assertThat(err.toString()).contains("missing in the recording: " + reports.getFileName());
    assertThat(new ObjectMapper().readTree(out.toString()).at("/left_out/0").asText())
        .contains("records are left out");
  }

  /** A copy of the recording, and the first of its files of reports. */
  private static Path copy(String name) throws IOException {
    Path into = Files.createDirectory(dir.resolve(name));
    try (var files = Files.list(dir.resolve("recording"))) {
      for (Path file : files.toList()) {
        Files.copy(file, into.resolve(file.getFileName()));
      }
    }
    try (var files = Files.list(into)) {
      return files
          .filter(f -> f.toString().contains("reports-"))
          .sorted()
          .findFirst()
          .orElseThrow();
    }
  }

  /** What a damage is called, and which bytes of the file it leaves; none if the file is gone. */
  private static byte @Nullable [] damaged(String damage, byte[] whole) {
    return switch (damage) {
      case "flipped" -> {
        whole[whole.length / 2] ^= 4;
        yield whole;
      }
      case "short" -> Arrays.copyOf(whole, whole.length - 100);
      default -> null;
    };
  }

  @ParameterizedTest
  @CsvSource({
    "flipped, is damaged in the block at byte",
    "short, is damaged",
    "gone, the file is missing"
  })
  void withSalvageTheRestOfADamagedRecordingIsJudgedAsItsSalvagedCopyIs(String damage, String said)
      throws IOException {
    Path reports = copy(damage);
    byte[] left = damaged(damage, Files.readAllBytes(reports));
    Files.delete(reports);
    if (left != null) {
      Files.write(reports, left);
    }
    String recording = dir.resolve(damage).toString();
    assertThat(run("backtest", recording)).isEqualTo(Main.FAILED);
    String copy = dir.resolve(damage + "-copy").toString();
    assertThat(run("recording", "salvage", recording, "--into", copy)).isEqualTo(Main.DONE);
    JsonNode ofCopy = judged(copy);

    err.getBuffer().setLength(0);
    JsonNode json = judged(recording, "--salvage");

    assertThat(json.at("/left_out")).isEqualTo(ofCopy.at("/left_out")).hasSize(1);
    assertThat(json.at("/left_out/0").asText())
        .contains(reports.getFileName().toString(), said, "records are left out");
    assertThat(err.toString())
        .contains("missing in the recording: " + json.at("/left_out/0").asText());
    assertThat(json.at("/reports")).isEqualTo(ofCopy.at("/reports"));
    assertThat(json.at("/incidents")).isEqualTo(ofCopy.at("/incidents"));
    out.getBuffer().setLength(0);
    assertThat(run("backtest", recording, "--salvage")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("Missing in the recording: ");
  }

  @Test
  void withSalvageADamagedManifestIsToldOfAndUsed() throws IOException {
    copy("manifest");
    Path manifest = dir.resolve("manifest").resolve(Manifest.NAME);
    String whole = Files.readString(manifest);
    Files.writeString(manifest, whole.replace("telemetry.reports", "telemetry.repords"));
    String recording = dir.resolve("manifest").toString();
    assertThat(run("backtest", recording)).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("manifest.json is damaged: ");

    err.getBuffer().setLength(0);
    JsonNode json = judged(recording, "--salvage");

    assertThat(json.at("/left_out")).hasSize(1);
    assertThat(err.toString())
        .containsOnlyOnce("isotherm backtest: missing in the recording: ")
        .contains("manifest.json is damaged: ");
    assertThat(json.at("/incidents"))
        .isEqualTo(judged(dir.resolve("recording").toString()).at("/incidents"));
  }

  @Test
  void withSalvageAWholeRecordingGivesTheSameAsWithout() throws IOException {
    JsonNode without = judged(dir.resolve("recording").toString());
    JsonNode with = judged(dir.resolve("recording").toString(), "--salvage");

    assertThat(with.at("/left_out")).isEmpty();
    assertThat(with.at("/incidents")).isEqualTo(without.at("/incidents"));
  }

  private JsonNode judged(String recording, String... more) throws IOException {
    out.getBuffer().setLength(0);
    List<String> args = new ArrayList<>(List.of("backtest", recording, "-o", "json"));
    args.addAll(List.of(more));
    assertThat(run(args.toArray(String[]::new))).as(err.toString()).isEqualTo(Main.DONE);
    return new ObjectMapper().readTree(out.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "--threads, 0, '--threads is 0, must be at least 1'",
    "--from, yesterday, --from is 'yesterday'",
    "--sweep, hot=1..2, unknown setting 'hot'",
    "--detectors, nowhere, cannot read nowhere",
    "-o, xml, xml",
  })
  void wrongUsageIsOneLine(String option, String value, String said) {
    assertThat(backtest(option, value)).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains(said).doesNotContain("\tat ");
  }

  @Test
  void whatIsNoRecordingIsSaidInOneLine() {
    assertThat(run("backtest", dir.resolve("nowhere").toString())).isEqualTo(Main.FAILED);
    assertThat(run("backtest", dir.toString())).isEqualTo(Main.FAILED);

    assertThat(err.toString().lines())
        .hasSize(2)
        .anyMatch(l -> l.contains("there is no such recording"))
        .anyMatch(l -> l.contains("is no recording: "));
  }
}
