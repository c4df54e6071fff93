package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedFleet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of few of a pod's hosts, imported and judged. */
final class ImportedTableTest {
  private static final long START = 1_795_478_400L;

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

  /** Rows of a scrape every ten seconds of the first boards of a pod of four boards a cabinet. */
  private static void rows(StringBuilder to, int boards, int fromSecond, int toSecond) {
    for (int s = fromSecond; s < toSecond; s += 10) {
      for (int board = 0; board < boards; board++) {
        for (int chip = 0; chip < 8; chip++) {
          to.append(Instant.ofEpochSecond(START + s))
              .append(",pod-00/cab-%03d/board-%d,%d,50\n".formatted(board / 4, board % 4, chip));
        }
      }
    }
  }

  private String imported(int cabinets, CharSequence rows) throws IOException {
    Path mapping =
        Files.writeString(
            dir.resolve("mapping.yaml"),
            """
            preset: hgx-h100
            pods: 1
            cabinets: %d
            time: {column: at}
            board: where
            chip: chip
            fields:
              temperature: {column: temp, unit: celsius}
            """
                .formatted(cabinets));
    Path table = Files.writeString(dir.resolve("table.csv"), "at,where,chip,temp\n" + rows);
    String into = dir.resolve("imported").toString();
    assertThat(
            run("import", "csv", table.toString(), "--mapping", mapping.toString(), "--into", into))
        .as(err.toString())
        .isEqualTo(Main.DONE);
    return into;
  }

  private JsonNode judged(String recording) throws IOException {
    out.getBuffer().setLength(0);
    assertThat(run("backtest", recording, "-o", "json")).as(err.toString()).isEqualTo(Main.DONE);
    return new ObjectMapper().readTree(out.toString());
  }

  private static List<String> incidents(JsonNode judged) {
    return judged.at("/incidents/list").findValuesAsText("subject");
  }

  @Test
  void aTableOfOneHostOfFourIsJudgedAndTheOthersAreSilent() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 1, 0, 600);
    JsonNode judged = judged(imported(/* cabinets= */ 1, rows));

    assertThat(judged.get("windows").asInt()).isGreaterThan(55);
    assertThat(judged.at("/outcomes/time_too_new").asInt()).isZero();
    assertThat(judged.at("/incidents/list/0/kind").asText()).isEqualTo("cabinet_silent");
    assertThat(err.toString()).doesNotContain("turned away");
  }

  @Test
  void hostsWhoseRowsEndAreFoundThoughTheyAreMostOfThePodAndInEveryFormOfTheRecording()
      throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 32, 0, 120);
    rows(rows, 12, 120, 300);
    String recording = imported(/* cabinets= */ 8, rows);
    JsonNode judged = judged(recording);

    assertThat(incidents(judged))
        .containsExactlyInAnyOrder(
            "pod-00/cab-003",
            "pod-00/cab-004",
            "pod-00/cab-005",
            "pod-00/cab-006",
            "pod-00/cab-007");

    String packed = dir.resolve("packed").toString();
    String early = dir.resolve("early").toString();
    String late = dir.resolve("late").toString();
    String merged = dir.resolve("merged").toString();
    String cutAt = Instant.ofEpochSecond(START + 200).toString();
    List<List<String>> commands =
        List.of(
            List.of("verify", recording),
            List.of("pack", recording, "--into", packed),
            List.of("cut", recording, early, "--to", cutAt),
            List.of("cut", recording, late, "--from", cutAt),
            List.of("merge", early, late, "--into", merged));
    for (List<String> command : commands) {
      String[] args = new String[command.size() + 1];
      args[0] = "recording";
      System.arraycopy(command.toArray(), 0, args, 1, command.size());
      assertThat(run(args)).as("%s: %s", command, err).isEqualTo(Main.DONE);
    }
    JsonNode digest = judged.at("/incidents/sha256");
    assertThat(judged(packed).at("/incidents/sha256")).isEqualTo(digest);
    assertThat(judged(merged).at("/incidents/sha256")).isEqualTo(digest);
  }

  @Test
  void aRecordingOfWhichNothingIsJudgedIsNoneWithoutIncidents() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 1, 0, 600);
    String recording = imported(/* cabinets= */ 1, rows);
    Path tickless = dir.resolve("tickless");
    RecordedFleet.change(Path.of(recording), tickless, r -> !r.tick);

    assertThat(run("backtest", tickless.toString())).isEqualTo(Main.FAILED);
    assertThat(err.toString())
        .contains(
            "isotherm backtest: "
                + tickless
                + ": no window of a pod that reports has closed, so nothing was judged: 56 of 60"
                + " reports were turned away: time_too_new 56. Without ticks ");
  }

  @Test
  void aRecordingOfPodsThatItsTopologyDoesNotHaveIsNoneWithoutIncidents() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 4, 0, 200);
    String recording = imported(/* cabinets= */ 1, rows);
    Path renamed = dir.resolve("renamed");
    RecordedFleet.change(
        Path.of(recording),
        renamed,
        r -> {
          r.pod = "pod-07";
          return !r.tick;
        });

    assertThat(run("backtest", renamed.toString())).isEqualTo(Main.FAILED);
    assertThat(err.toString())
        .contains(
            "isotherm backtest: "
                + renamed
                + ": no window of a pod that reports has closed, so nothing was judged: 80 of 80"
                + " reports were turned away: unknown_pod 80\n");
  }

  @Test
  void reportsThatAreTurnedAwayAreSaid() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 4, 0, 200);
    rows.append(Instant.ofEpochSecond(START + 40_000)).append(",pod-00/cab-000/board-0,0,50\n");
    judged(imported(/* cabinets= */ 1, rows));

    assertThat(err.toString())
        .contains("isotherm backtest: 1 of ", " reports were turned away: time_too_new 1\n");
  }
}
