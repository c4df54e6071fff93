package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TableImportTest {
  private static final Path EXAMPLE =
      Path.of(System.getProperty("isotherm.root", "..")).resolve("docs/examples/import");

  private static final String LONG =
      """
      preset: hgx-h100
      pods: 1
      cabinets: 1
      time: {column: at}
      board: where
      chip: chip
      disorder_seconds: 10
      metrics: {name: metric, value: value}
      fields:
        temperature: {column: temp, unit: kelvin}
        utilization: {column: busy, unit: ratio}
      """;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  /** A report as text: time, board, sequence, then each chip with two of its readings. */
  private static List<String> reports(Path directory) throws IOException {
    Recording recording = Recording.open(directory);
    assertThat(recording.verify(file -> {})).isEmpty();
    List<String> all = new ArrayList<>();
    Report r = new Report();
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(r)) {
          StringBuilder text = new StringBuilder();
          text.append(r.timeMs).append(" board-").append(r.board).append(" #").append(r.sequence);
          for (int i = 0; i < r.chipCount; i++) {
            text.append(
                " %d:%s/%s".formatted(r.chip[i], show(r.temperature[i]), show(r.utilization[i])));
          }
          all.add(text.toString());
        }
      }
    }
    return all;
  }

  private static String show(int v) {
    return v == Report.ABSENT ? "-" : Integer.toString(v);
  }

  private TableImport.Imported importLong(String rows) throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG);
    Path table = Files.writeString(temp.resolve("t.csv"), "at,where,chip,metric,value\n" + rows);
    return TableImport.run(mapping, List.of(table), temp.resolve("out"));
  }

  @Test
  void theExampleOfTheDocumentationIsImportedAndCounted() throws IOException {
    TableImport.Imported imported =
        TableImport.run(
            EXAMPLE.resolve("mapping.yaml"),
            List.of(EXAMPLE.resolve("gpus.csv")),
            temp.resolve("out"));
    assertThat(imported.counts())
        .containsEntry("rows", 98L)
        .containsEntry("reports", 13L)
        .containsEntry("duplicate", 5L)
        .containsEntry("impossible", 1L)
        .containsEntry("unknown board or chip", 1L)
        .containsEntry("without a usable time", 1L)
        .containsEntry("of unmapped column driver", 96L);
    assertThat(imported.examples())
        .hasEntrySatisfying(
            "unknown board or chip", e -> assertThat(e).endsWith("gpus.csv:96: 'node19' '0'"));
    List<String> reports = reports(temp.resolve("out"));
    assertThat(reports.get(0)).startsWith("1795500000000 board-0 #0 0:610/- 1:620/980 2:630/980");
    assertThat(reports).filteredOn(r -> r.contains("board-1")).hasSize(6);
    assertThat(reports.get(7)).contains("board-1 #3").contains(" 4:").doesNotContain(" 5:");
  }

  @Test
  void rowsOutOfOrderFindTheirReportAsLongAsTheyAreAwaited() throws IOException {
    TableImport.Imported imported =
        importLong(
            """
            2026-11-24T00:00:11Z,pod-00/cab-000/board-1,3,temp,333.15
            2026-11-24T00:00:05Z,pod-00/cab-000/board-1,3,temp,323.15
            2026-11-24T00:00:12Z,pod-00/cab-000/board-1,3,busy,0.5
            2026-11-24T00:00:15+00:00,pod-00/cab-000/board-1,3,busy,0.75
            2026-11-24T00:00:41Z,pod-00/cab-000/board-1,3,busy,1
            2026-11-24T00:00:13Z,pod-00/cab-000/board-1,2,busy,0.5
            2026-11-24T00:00:42Z,pod-00/cab-000/board-1,3,fan,9
            """);
    long midnight = 1_795_478_400_000L;
    assertThat(reports(temp.resolve("out")))
        .containsExactly(
            (midnight + 5_000) + " board-1 #0 3:500/-",
            (midnight + 15_000) + " board-1 #1 3:600/750",
            (midnight + 41_000) + " board-1 #2 3:-/1000");
    assertThat(imported.counts())
        .containsEntry("too late", 1L)
        .containsEntry("replaced by a newer one", 1L)
        .containsEntry("of unmapped column fan", 1L);
  }

  @Test
  void aTableWithoutAUsableRowFails() {
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> importLong("2026-11-24T00:00:11Z,node1,3,temp,333.15\n"))
        .withMessageContaining("none of the 1 rows could be used")
        .withMessageContaining("t.csv:2: 'node1' '3'");
  }

  @Test
  void aMissingColumnIsNamed() throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG);
    Path table = Files.writeString(temp.resolve("t.csv"), "time,where,chip\n1,2,3\n");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> TableImport.run(mapping, List.of(table), temp.resolve("out")))
        .withMessageEndingWith("t.csv: no column 'at'; there are time, where, chip");
  }

  @Test
  void aMistakeInTheMappingIsNamedWithItsPlace() throws IOException {
    Path mapping =
        Files.writeString(temp.resolve("mapping.yaml"), LONG.replace("kelvin", "rankine"));
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> TableMapping.read(mapping))
        .withMessageEndingWith(
            "unit of 'temperature' is 'rankine', must be one of celsius, kelvin, decicelsius");
    Files.writeString(mapping, LONG.replace("board: where", "bord: where"));
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> TableMapping.read(mapping))
        .withMessageContaining("mapping.yaml: unknown field 'bord'; there are board, cabinets, ");
    Files.writeString(mapping, LONG.replace("time: {column", "time: {column: [}"));
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> TableMapping.read(mapping))
        .withMessageContaining("mapping.yaml:4:");
  }
}
