package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.backtest.RecordedFleet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables of few of a pod's hosts, imported and judged. */
final class ImportedTableTest {
  private static final long START = 1_795_478_400L;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

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
    done("import", "csv", table.toString(), "--mapping", mapping.toString(), "--into", into);
    return into;
  }

  private static Ended done(String... args) {
    Ended ended = Ended.isotherm(args);
    assertThat(ended.code()).as("%s: %s", List.of(args), ended.err()).isEqualTo(Main.DONE);
    return ended;
  }

  private static Ended backtest(String recording) {
    return done("backtest", recording, "-o", "json");
  }

  private static JsonNode json(Ended judged) throws IOException {
    return new ObjectMapper().readTree(judged.out());
  }

  private static void assertNothingIsJudged(Path recording, String why) {
    Ended ended = Ended.isotherm("backtest", recording.toString());
    assertThat(ended.code()).isEqualTo(Main.FAILED);
    assertThat(ended.err())
        .contains(
            "isotherm backtest: "
                + recording
                + ": no window of a pod that reports has closed, so nothing was judged: "
                + why);
  }

  private static List<String> incidents(JsonNode judged) {
    return judged.at("/incidents/list").findValuesAsText("subject");
  }

  @Test
  void aTableOfOneHostOfFourIsJudgedAndTheOthersAreSilent() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 1, 0, 600);
    Ended ended = backtest(imported(/* cabinets= */ 1, rows));
    JsonNode judged = json(ended);

    assertThat(judged.get("windows").asInt()).isGreaterThan(55);
    assertThat(judged.at("/outcomes/time_too_new").asInt()).isZero();
    assertThat(judged.at("/incidents/list/0/kind").asText()).isEqualTo("cabinet_silent");
    assertThat(ended.err()).doesNotContain("turned away");
  }

  @Test
  void hostsWhoseRowsEndAreFoundThoughTheyAreMostOfThePodAndInEveryFormOfTheRecording()
      throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 32, 0, 120);
    rows(rows, 12, 120, 300);
    String recording = imported(/* cabinets= */ 8, rows);
    JsonNode judged = json(backtest(recording));

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
      done(args);
    }
    JsonNode digest = judged.at("/incidents/sha256");
    assertThat(json(backtest(packed)).at("/incidents/sha256")).isEqualTo(digest);
    assertThat(json(backtest(merged)).at("/incidents/sha256")).isEqualTo(digest);
  }

  @Test
  void aRecordingOfWhichNothingIsJudgedIsNoneWithoutIncidents() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 1, 0, 600);
    String recording = imported(/* cabinets= */ 1, rows);
    Path tickless = dir.resolve("tickless");
    RecordedFleet.change(Path.of(recording), tickless, r -> !r.tick);

    assertNothingIsJudged(
        tickless, "56 of 60 reports were turned away: time_too_new 56. Without ticks ");
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

    assertNothingIsJudged(renamed, "80 of 80 reports were turned away: unknown_pod 80\n");
  }

  @Test
  void reportsThatAreTurnedAwayAreSaid() throws IOException {
    StringBuilder rows = new StringBuilder();
    rows(rows, 4, 0, 200);
    rows.append(Instant.ofEpochSecond(START + 40_000)).append(",pod-00/cab-000/board-0,0,50\n");
    Ended ended = backtest(imported(/* cabinets= */ 1, rows));

    assertThat(ended.err())
        .contains("isotherm backtest: 1 of ", " reports were turned away: time_too_new 1\n");
  }
}
