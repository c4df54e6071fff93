package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedCluster;
import io.isotherm.backtest.RecordedFleet;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.recording.Recording;
import io.isotherm.recording.ReportSource;
import io.isotherm.schemas.Topologies;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DiffAndExplainTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private static final String HANGING_JOB =
      """
      description: A job that spans two pods hangs.
      cluster: {preset: hgx-h100, pods: 2, cabinets: 2}
      seed: 1
      interval: 1s
      jobs:
        - {name: train-0, share: 0.8, stages: 1}
      faults:
        - {kind: HANG, at: 120s, subject: job/train-0}
      """;

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

  private static String recording() {
    return dir.resolve("recording").toString();
  }

  private static IncidentEvent opened(IncidentKind kind) {
    return live.incidents.stream().filter(e -> e.kind() == kind).findFirst().orElseThrow();
  }

  @Test
  void aRecordingAndItsLinesOfJsonAreEqual() {
    Path lines = dir.resolve("a.jsonl");
    assertThat(run("backtest", recording(), "-o", "jsonl", "--out", lines.toString())).isZero();

    assertThat(run("diff", recording(), lines.toString())).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("0 appear, 0 vanish, 0 move, 0 change");
  }

  @Test
  void incidentsThatMoveAndVanishAreToldWithTheReason() throws IOException {
    Path patient = dir.resolve("patient.yaml");
    Files.writeString(patient, "open_after_windows: 4\nhot_above_peers: 900\nhot_floor: 2000\n");
    assertThat(
            run(
                "diff",
                recording(),
                recording(),
                "--detectors-b",
                patient.toString(),
                "-o",
                "json"))
        .isEqualTo(Main.FAILED);
    JsonNode json = new ObjectMapper().readTree(out.toString());

    assertThat(json.get("equal").asBoolean()).isFalse();
    assertThat(json.at("/moves").findValuesAsText("kind")).contains("chip_silent");
    assertThat(json.at("/moves/0/why").toString()).contains("opens +20 s");
    assertThat(json.at("/appears")).isEmpty();
  }

  @Test
  void anIncidentThatIsInOneAloneAppearsOrVanishes() throws IOException {
    Path all = dir.resolve("all.jsonl");
    Path fewer = dir.resolve("fewer.jsonl");
    assertThat(run("backtest", recording(), "-o", "jsonl", "--out", all.toString())).isZero();
    String gone = opened(IncidentKind.LINK_DOWN).id();
    Files.write(fewer, Files.readAllLines(all).stream().filter(l -> !l.contains(gone)).toList());

    assertThat(run("diff", all.toString(), fewer.toString())).isEqualTo(Main.FAILED);
    assertThat(run("diff", fewer.toString(), all.toString())).isEqualTo(Main.FAILED);
    assertThat(out.toString())
        .containsPattern("vanishes .* link_down .*" + gone)
        .containsPattern("appears .* link_down .*" + gone)
        .contains("rests on link_down of ");
  }

  @Test
  void whoseWorkAnIncidentHitsIsCompared() throws IOException {
    Path before = dir.resolve("before.jsonl");
    Path after = dir.resolve("after.jsonl");
    assertThat(run("backtest", recording(), "-o", "jsonl", "--out", before.toString())).isZero();
    Files.writeString(
        after, Files.readString(before).replaceAll("\"job\":\"[^\"]+\"", "\"job\":\"another\""));

    assertThat(run("diff", before.toString(), after.toString())).isEqualTo(Main.FAILED);
    assertThat(out.toString()).containsPattern("hits the work of another instead of train-\\d");
  }

  @Test
  void aLineThatIsNoEventIsNamed() throws IOException {
    Path broken = dir.resolve("broken.jsonl");
    Files.writeString(broken, "\n{\"id\": 1}\n");

    assertThat(run("diff", broken.toString(), recording())).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("broken.jsonl:2: has no field").doesNotContain("\tat ");
  }

  @Test
  void anIncidentIsExplainedByItsEvidenceAndTheReadingsOfItsSubject() {
    IncidentEvent hot = opened(IncidentKind.CHIP_HOT);
    assertThat(run("explain", recording(), hot.id().substring(0, 8))).as(err::toString).isZero();

    assertThat(out.toString())
        .contains(hot.summary(), hot.subject(), "chip_hot", "TEMPERATURE C", "opened ");
  }

  @Test
  void theErrorCodeOfAChipThatIsGoneIsToldWithItsReadings() throws IOException {
    IncidentEvent silent = opened(IncidentKind.CHIP_SILENT);
    Path coded = dir.resolve("coded");
    RecordedFleet.change(
        dir.resolve("recording"),
        coded,
        r -> {
          for (int i = 0; r.timeMs >= RecordedFleet.START_MS + 25_000 && i < r.chipCount; i++) {
            r.errorCode[i] = r.chip[i] == 2 ? 79 : Report.ABSENT_LONG;
          }
          return true;
        });
    assertThat(run("explain", coded.toString(), silent.id())).as(err::toString).isZero();

    assertThat(out.toString())
        .contains(
            ", error code 79; 1 chip affected, of job ",
            "ERROR CODES",
            "Jobs whose work it hits: train-")
        .containsPattern("error_code +" + silent.subject() + " +79 +0 +code")
        // The window before the loss, and the one in which nothing of the chip came.
        .containsPattern(" 79 +0 of ")
        .containsPattern(" - +0 of ");
  }

  @Test
  void ofALongIncidentTheFirstAndTheLastWindowsAreReadAndTheOthersCounted() throws IOException {
    Path all = dir.resolve("all-of-it");
    Path longer = dir.resolve("longer");
    RecordedFleet.record(all, 900);
    RecordedFleet.change(all, longer, DiffAndExplainTest::hotForLonger);
    assertThat(run("backtest", longer.toString(), "-o", "jsonl")).as(err::toString).isZero();
    List<JsonNode> events = new ArrayList<>();
    for (String line : out.toString().lines().toList()) {
      JsonNode event = new ObjectMapper().readTree(line);
      if (event.get("kind").asText().equals("chip_hot")) {
        events.add(event);
      }
    }
    long from = events.get(0).get("first_seen_ms").asLong() - 20_000;
    long until = events.get(events.size() - 1).get("event_ms").asLong();
    long windows = (until - from) / 10_000;
    assertThat(windows).isGreaterThan(65);
    out.getBuffer().setLength(0);

    assertThat(run("explain", longer.toString(), events.get(0).get("id").asText())).isZero();

    List<String> rows =
        out.toString().lines().dropWhile(line -> !line.contains("TEMPERATURE C")).skip(1).toList();
    assertThat(rows).hasSize(61);
    assertThat(rows.get(0)).startsWith("  " + time(from));
    assertThat(rows.get(39)).startsWith("  " + time(from + 390_000));
    assertThat(rows.get(40)).isEqualTo("  ... %d windows more ...", windows - 60);
    assertThat(rows.get(41)).startsWith("  " + time(until - 200_000));
    assertThat(rows.get(60)).startsWith("  " + time(until - 10_000));
  }

  private static String time(long ms) {
    return Instant.ofEpochMilli(ms).toString();
  }

  /** Keeps the chip hot that is throttled for a minute. */
  private static boolean hotForLonger(Report r) {
    boolean late = r.timeMs >= RecordedFleet.START_MS + 90_000;
    if (r.pod.equals("pod-01") && r.cabinet == 1 && r.board == 0 && late) {
      for (int i = 0; i < r.chipCount; i++) {
        boolean hot = r.chip[i] == 1 && r.timeMs < RecordedFleet.START_MS + 800_000;
        r.temperature[i] += hot ? 300 : 0;
      }
    }
    return true;
  }

  @Test
  void theCutHoldsTheReportsThatTheIncidentRestsOnAndNoOthers() throws IOException {
    IncidentEvent silent = opened(IncidentKind.CHIP_SILENT);
    Path cut = dir.resolve("cut");
    assertThat(run("explain", recording(), silent.id(), "--cut", cut.toString()))
        .as(err::toString)
        .isZero();
    out.getBuffer().setLength(0);
    assertThat(run("backtest", cut.toString(), "-o", "json")).as(err::toString).isZero();
    JsonNode json = new ObjectMapper().readTree(out.toString());
    long samples = json.get("chip_samples").asLong();

    // Board 1 of the cabinet and the ticks, not the rest of the pod.
    assertThat(samples).isPositive().isLessThan(8L * 200);
    assertThat(json.get("reports").asLong()).isLessThan(260);
  }

  @Test
  void theSiteIsNoPodThatAnAgentReports() throws IOException {
    Path dark = dir.resolve("dark");
    RecordedFleet.record(dir.resolve("lit"), 240);
    RecordedFleet.change(
        dir.resolve("lit"), dark, r -> r.tick || r.timeMs < RecordedFleet.START_MS + 60_000);
    assertThat(run("backtest", dark.toString(), "-o", "json")).as(err::toString).isZero();
    String site = "";
    for (JsonNode i : new ObjectMapper().readTree(out.toString()).at("/incidents/list")) {
      site = i.get("kind").asText().equals("site_fault") ? i.get("id").asText() : site;
    }
    assertThat(site).isNotEmpty();

    Path cut = dir.resolve("cut-of-site");
    assertThat(run("explain", dark.toString(), site, "--cut", cut.toString()))
        .as(err::toString)
        .isZero();
    assertThat(out.toString())
        .contains("Readings of site\n  no agent reports it by itself; see the evidence")
        .doesNotContain("TEMPERATURE C")
        .containsPattern("Wrote the [1-9]");
  }

  @Test
  void theCutOfAJobHoldsTheReportsOfItsBoardsInAllPods() throws IOException {
    Path hangs = dir.resolve("hangs");
    RecordedFleet spanning = RecordedFleet.record(hangs, 420, 2, 2, HANGING_JOB);
    IncidentEvent hang =
        spanning.incidents.stream()
            .filter(e -> e.kind() == IncidentKind.JOB_HANG)
            .findFirst()
            .orElseThrow();
    assertThat(hang.pod()).isEmpty();

    Path cut = dir.resolve("cut-of-job");
    assertThat(run("explain", hangs.toString(), hang.id(), "--cut", cut.toString()))
        .as(err::toString)
        .isZero();
    assertThat(boardsIn(cut)).isEqualTo(boardsOf("train-0", hangs));
    assertThat(boardsIn(hangs)).hasSizeGreaterThan(boardsIn(cut).size());
  }

  private static Set<String> boardsIn(Path recording) throws IOException {
    Set<String> boards = new TreeSet<>();
    Recording from = Recording.open(recording);
    Report report = new Report();
    for (int partition : from.partitions()) {
      try (ReportSource reports = from.reports(partition)) {
        while (reports.next(report)) {
          if (!report.tick) {
            boards.add("%s %d %d".formatted(report.pod, report.cabinet, report.board));
          }
        }
      }
    }
    return boards;
  }

  private static Set<String> boardsOf(String job, Path recording) {
    RecordedCluster cluster = RecordedCluster.open(recording);
    Set<String> boards = new TreeSet<>();
    for (Placement p : cluster.placements()) {
      for (Placement.Member m : p.job().equals(job) ? p.members() : List.<Placement.Member>of()) {
        PodLayout pod = Topologies.layout(Objects.requireNonNull(cluster.pods().get(m.pod())));
        for (int b = m.firstBoard(); b < m.firstBoard() + m.boards(); b++) {
          int n = pod.boardsPerCabinet();
          boards.add("%s %d %d".formatted(m.pod(), b / n, b % n));
        }
      }
    }
    return boards;
  }

  @Test
  void anIncidentThatIsNotThereIsOneLine() {
    assertThat(run("explain", recording(), "zzzz")).isEqualTo(Main.FAILED);
    assertThat(err.toString()).contains("0 incidents of ", "begin with 'zzzz'");
  }
}
