package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.Report;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        while (nextReport(source, r)) {
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

  /** The links of a report as text: chip.port state/rate/tx/crc/recoveries/wait. */
  private static String links(Report r) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < r.linkCount; i++) {
      text.append(
          " %d.%d:%s/%s/%s/%s/%s/%s"
              .formatted(
                  r.linkChip[i],
                  r.linkPort[i],
                  show(r.linkState[i]),
                  show(r.linkRate[i]),
                  show(r.txBytes[i]),
                  show(r.crcErrors[i]),
                  show(r.recoveries[i]),
                  show(r.waitMicros[i])));
    }
    return text.toString();
  }

  /** What a view says of each report, behind its time and board. */
  private static List<String> reports(Path directory, Function<Report, String> view)
      throws IOException {
    List<String> all = new ArrayList<>();
    Report r = new Report();
    Recording recording = Recording.open(directory);
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (nextReport(source, r)) {
          all.add(r.timeMs + " board-" + r.board + view.apply(r));
        }
      }
    }
    return all;
  }

  /** Reads the next report that is no tick. */
  private static boolean nextReport(ReportSource source, Report r) {
    boolean more = source.next(r);
    while (more && r.tick) {
      more = source.next(r);
    }
    return more;
  }

  /** Of each partition, the seconds of a day at which its ticks and reports are, in their order. */
  private static List<String> ticksAndReports(Path directory, long dayMs) throws IOException {
    List<String> all = new ArrayList<>();
    Report r = new Report();
    Recording recording = Recording.open(directory);
    assertThat(recording.verify(file -> {})).isEmpty();
    for (int partition : recording.partitions()) {
      StringBuilder text = new StringBuilder("partition " + partition + ":");
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(r)) {
          text.append(r.tick ? " tick " : " ").append((r.timeMs - dayMs) / 1_000);
        }
      }
      all.add(text.toString());
    }
    return all;
  }

  private static String show(long v) {
    return v == Report.ABSENT_LONG ? "-" : Long.toString(v);
  }

  private static String show(int v) {
    return v == Report.ABSENT ? "-" : Integer.toString(v);
  }

  private TableImport.Imported importLong(String rows) throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG);
    Path table = Files.writeString(temp.resolve("t.csv"), "at,where,chip,metric,value\n" + rows);
    return TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);
  }

  /** Files of the test's directory that this process has open. */
  private int openTables() {
    int open = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path link : all.toList()) {
        open += isOpenTable(link) ? 1 : 0;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return open;
  }

  private boolean isOpenTable(Path link) {
    try {
      Path of = Files.readSymbolicLink(link);
      return of.startsWith(temp) && of.toString().endsWith(".csv");
    } catch (IOException e) {
      // It was closed meanwhile.
      return false;
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void anyNumberOfTablesIsReadWithFewOpenFiles() throws IOException {
    // Given: many tables of one time
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG);
    List<Path> tables = new ArrayList<>();
    for (int t = 0; t < 200; t++) {
      StringBuilder rows = new StringBuilder("at,where,chip,metric,value\n");
      for (int row = 0; row < 50; row++) {
        rows.append(
            "%s,pod-00/cab-000/board-%d,%d,busy,0.5\n"
                .formatted(Instant.ofEpochSecond(1_800_000_000L + row), t % 4, t / 4 % 8));
      }
      tables.add(Files.writeString(temp.resolve("%d.csv".formatted(t)), rows));
    }
    int[] most = new int[1];

    // When
    TableImport.run(
        mapping,
        tables,
        temp.resolve("recording"),
        () -> {
          most[0] = Math.max(most[0], openTables());
          return false;
        });

    // Then
    assertThat(most[0]).isLessThanOrEqualTo(1);
    assertThat(reports(temp.resolve("recording"))).isNotEmpty();
  }

  @Test
  void theExampleOfTheDocumentationIsImportedAndCounted() throws IOException {
    TableImport.Imported imported =
        TableImport.run(
            EXAMPLE.resolve("mapping.yaml"),
            List.of(EXAMPLE.resolve("gpus.csv"), EXAMPLE.resolve("links.csv")),
            temp.resolve("out"),
            () -> false);
    assertThat(imported.counts())
        .containsEntry("rows", 194L)
        .containsEntry("reports", 13L)
        .containsEntry("duplicate", 20L)
        .containsEntry("impossible", 2L)
        .containsEntry("unknown board or chip", 1L)
        .containsEntry("unknown port", 1L)
        .containsEntry("of a link without a port", 5L)
        .containsEntry("without a usable time", 1L)
        .containsEntry("of unmapped column driver", 96L);
    assertThat(imported.examples())
        .hasEntrySatisfying(
            "unknown board or chip", e -> assertThat(e).endsWith("gpus.csv:96: 'node19' '0'"))
        .hasEntrySatisfying("unknown port", e -> assertThat(e).endsWith("links.csv:95: '19'"));
    List<String> reports = reports(temp.resolve("out"));
    assertThat(reports.get(0)).startsWith("1795500000000 board-0 #0 0:610/- 1:620/980 2:630/980");
    assertThat(reports).filteredOn(r -> r.contains("board-1")).hasSize(6);
    assertThat(reports.get(7)).contains("board-1 #3").contains(" 4:").doesNotContain(" 5:");
    List<String> links = reports(temp.resolve("out"), TableImportTest::links);
    assertThat(links).filteredOn(r -> r.endsWith("board-0") || r.endsWith("board-1")).hasSize(7);
    assertThat(links)
        .filteredOn(r -> r.startsWith("1795500050000 board-1 "))
        .singleElement()
        .asString()
        .contains(
            " 6.0:1/212000/124487479590912/0/0/- 6.1:2/-/124487479590912/412/1/- 7.0:1/212000/");
    assertThat(
            reports(
                temp.resolve("out"),
                r -> " %s/%s".formatted(show(r.health[0]), show(r.throttleReasons[0]))))
        .startsWith("1795500000000 board-0 -/0", "1795500000000 board-1 -/0")
        .contains("1795500010000 board-0 1/0");
    assertThat(
            reports(
                temp.resolve("out"),
                r -> {
                  int last = r.chipCount - 1;
                  return " %s/%s/%s"
                      .formatted(
                          show(r.health[last]),
                          show(r.throttleReasons[last]),
                          show(r.throttleReasons[3]));
                }))
        .filteredOn(r -> r.startsWith("1795500050000"))
        .containsExactly(
            "1795500050000 board-0 %d/%d/%d"
                .formatted(Report.HEALTH_WARNING, Report.THROTTLE_THERMAL, Report.THROTTLE_POWER),
            "1795500050000 board-1 %d/0/%d".formatted(Report.HEALTH_OK, Report.THROTTLE_POWER));
  }

  private static final String LONG_LINKS =
      LONG.replace("chip: chip", "chip: chip\nport: port\nports: {roce0: 17}")
          + """
            link_state: {column: carrier, values: {1: up, 0: down}}
            link_rate: {column: speed, unit: gigabits}
            link_tx: {column: xmit, unit: words}
            link_crc_errors: {column: symbol_errors}
            link_recoveries: {column: recovered}
            link_wait: {column: wait, unit: nanoseconds}
          """;

  private TableImport.Imported importLinks(String rows) throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG_LINKS);
    Path table =
        Files.writeString(temp.resolve("t.csv"), "at,where,chip,port,metric,value\n" + rows);
    return TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);
  }

  @Test
  void linksOfALongTableComeWithTheChipsOfTheirIntervalWhateverTheirOrder() throws IOException {
    TableImport.Imported imported =
        importLinks(
            """
            2026-11-24T00:00:05Z,pod-00/cab-000/board-1,3,,temp,323.15
            2026-11-24T00:00:09Z,pod-00/cab-000/board-1,3,roce0,carrier,1
            2026-11-24T00:00:09Z,pod-00/cab-000/board-1,3,roce0,carrier,0
            2026-11-24T00:00:07Z,pod-00/cab-000/board-1,3,0,speed,400
            2026-11-24T00:00:06Z,pod-00/cab-000/board-1,3,0,speed,NaN
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,3,0,xmit,25
            2026-11-24T00:00:06Z,pod-00/cab-000/board-1,3,0,xmit,24
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,3,0,symbol_errors,
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,5,wait,1500
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,5,colour,red
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,5,recovered,-1
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,19,recovered,1
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,hccs0,recovered,1
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,,recovered,1
            2026-11-24T00:00:08Z,pod-00/cab-000/board-1,2,5,carrier,sleeping
            2026-11-24T00:00:15Z,pod-00/cab-000/board-1,3,,temp,323.15
            2026-11-24T00:00:35Z,pod-00/cab-000/board-1,3,0,xmit,26
            2026-11-24T00:00:05Z,pod-00/cab-000/board-1,3,0,xmit,26
            """);
    long midnight = 1_795_478_400_000L;
    assertThat(reports(temp.resolve("out"), TableImportTest::links))
        .containsExactly(
            (midnight + 9_000) + " board-1 2.5:-/-/-/-/-/2 3.0:-/400000/100/-/-/- 3.17:1/-/-/-/-/-",
            (midnight + 15_000) + " board-1",
            (midnight + 35_000) + " board-1 3.0:-/-/104/-/-/-");
    assertThat(reports(temp.resolve("out")))
        .as("a chip of which only links are told is there")
        .containsExactly(
            (midnight + 9_000) + " board-1 #0 2:-/- 3:500/-",
            (midnight + 15_000) + " board-1 #1 3:500/-",
            (midnight + 35_000) + " board-1 #2 3:-/-");
    assertThat(imported.counts())
        .containsEntry("rows", 18L)
        .containsEntry("readings", 7L)
        .containsEntry("replaced by a newer one", 1L)
        .containsEntry("duplicate", 1L)
        .containsEntry("absent", 2L)
        .containsEntry("impossible", 2L)
        .containsEntry("unknown port", 2L)
        .containsEntry("of a link without a port", 1L)
        .containsEntry("of unmapped column colour", 1L)
        .containsEntry("too late", 1L);
    assertThat(imported.examples())
        .hasEntrySatisfying(
            "impossible", e -> assertThat(e).endsWith("t.csv:12: link_recoveries '-1'"))
        .hasEntrySatisfying("unknown port", e -> assertThat(e).endsWith("t.csv:13: '19'"));
  }

  @Test
  void tablesOfOtherColumnsAndOfOtherHoursComeTogetherInTheReportsOfTheirIntervals()
      throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            LONG_LINKS.replace("metrics: {name: metric, value: value}\n", ""));
    List<StringBuilder> chips = List.of(new StringBuilder(), new StringBuilder());
    StringBuilder links = new StringBuilder("at,where,chip,port,xmit\n");
    chips.forEach(table -> table.append("at,where,chip,temp\n"));
    long from = 1_795_478_400_000L;
    int hours = 2;
    for (int s = 0; s < hours * 3_600; s += 10) {
      String at = Instant.ofEpochMilli(from + s * 1_000L) + ",pod-00/cab-000/board-0,1,";
      chips.get(s / 3_600).append(at).append("333.15\n");
      if (s % 60 == 0) {
        links.append(at).append("4,").append(s).append('\n');
      }
    }
    List<Path> tables =
        List.of(
            Files.writeString(temp.resolve("chips-0.csv"), chips.get(0)),
            Files.writeString(temp.resolve("chips-1.csv"), chips.get(1)),
            Files.writeString(temp.resolve("links.csv"), links));

    TableImport.Imported imported =
        TableImport.run(mapping, tables, temp.resolve("out"), () -> false);

    assertThat(imported.counts())
        .containsEntry("too late", 0L)
        .containsEntry("reports", hours * 360L)
        .containsEntry("readings", hours * 420L);
    List<String> reports = reports(temp.resolve("out"), TableImportTest::links);
    assertThat(reports).filteredOn(r -> r.contains(" 1.4:")).hasSize(hours * 60);
    assertThat(reports.get(6)).isEqualTo((from + 60_000) + " board-0 1.4:-/-/240/-/-/-");
  }

  @Test
  void tablesOfOneHostEachAreAllTaken() throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            LONG.replace("metrics: {name: metric, value: value}\n", ""));
    long from = 1_795_478_400_000L;
    List<Path> tables = new ArrayList<>();
    for (int board = 0; board < 4; board++) {
      StringBuilder table = new StringBuilder("at,where,chip,temp\n");
      for (int s = 0; s < 7_200; s += 10) {
        table.append(Instant.ofEpochMilli(from + s * 1_000L));
        table.append(",pod-00/cab-000/board-").append(board).append(",1,333.15\n");
      }
      tables.add(Files.writeString(temp.resolve("host-" + board + ".csv"), table));
    }

    TableImport.Imported imported =
        TableImport.run(mapping, tables, temp.resolve("out"), () -> false);

    assertThat(imported.counts())
        .containsEntry("too late", 0L)
        .containsEntry("reports", 4 * 720L)
        .containsEntry("readings", 4 * 720L);
  }

  @Test
  void theBytesOfALinkAreExactWhereADoubleIsNot() throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"), LONG_LINKS.replace("unit: words", "unit: bytes"));
    Path table =
        Files.writeString(
            temp.resolve("t.csv"),
            """
            at,where,chip,port,metric,value
            2026-11-24T00:00:05Z,pod-00/cab-000/board-0,0,0,xmit,9007199254740993
            """);
    TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);

    assertThat(reports(temp.resolve("out"), TableImportTest::links).get(0))
        .endsWith(" 0.0:-/-/9007199254740993/-/-/-");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '@',
      value = {
        "'' @ none @ 0",
        "'' @ THERMAL @ 1",
        "'' @ power|other @ 10",
        "'' @ thermal, hardware @ 5",
        "'' @ 14 @ 14",
        "'' @ 0x3 @ 3",
        "'' @ 16 @ -",
        "'' @ tired @ -",
        "'' @ thermal, tired @ -",
        "values: {sw power cap: power} @ SW Power Cap @ 2",
        "values: {sw power cap: power} @ SW Power Cap; thermal @ 3",
        "bits: {0x4: power, 32: thermal} @ 0x0000000000000024 @ 3",
        "bits: {0x4: power, 0x1: none} @ 5 @ 2",
        "bits: {0x4: power} @ 0x8000000000000004 @ 10",
        "bits: {0x4: power} @ 0010 @ 8",
      })
  void reasonsOfThrottlingAreWordsOrAMask(String how, String text, String expected)
      throws IOException {
    String more = how.isEmpty() ? "" : ", " + how;
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            LONG + "  throttle_reasons: {column: throttle%s}\n".formatted(more));
    Path table =
        Files.writeString(
            temp.resolve("t.csv"),
            "at,where,chip,metric,value\n"
                + "2026-11-24T00:00:05Z,pod-00/cab-000/board-0,0,throttle,\"%s\"\n"
                    .formatted(text));
    TableImport.Imported imported =
        TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);

    assertThat(reports(temp.resolve("out"), r -> " " + show(r.throttleReasons[0])).get(0))
        .endsWith(" " + expected);
    assertThat(imported.counts()).containsEntry("impossible", expected.equals("-") ? 1L : 0L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "link_state: {column: carrier};'link_state' is of a link, but there is no 'port'",
        "health: {column: h, unit: ok};'health' is a state and has no unit",
        "health: {column: h, values: {1: fine}};'1' is 'fine', must be one of ok, warning, fatal",
        "health: {column: h, bits: {1: ok}};'health' takes no 'bits'",
        "power: {column: p, values: {1: ok}};'power' takes no 'values'",
        "throttle_reasons: {column: t, bits: {x: power}};'x' is no number, decimal or 0x...",
      })
  void aMistakeInTheWordsOfAStateIsNamed(String field, String said) throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG + "  " + field + "\n");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> TableMapping.read(mapping))
        .withMessageEndingWith(said);
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

  /**
   * Rows of four boards, ten scrapes of ten seconds, then an hour without and ten more.
   *
   * @param aheadSeconds how far the clock of the first board, which comes first, is ahead
   */
  private static String scrapes(long aheadSeconds) {
    StringBuilder rows = new StringBuilder();
    for (int scrape = 0; scrape < 20; scrape++) {
      long at = 1_795_478_400L + scrape * 10L + (scrape < 10 ? 0 : 3_600);
      for (int board = 0; board < 4; board++) {
        for (int chip = 0; chip < 8; chip++) {
          String of =
              "%s,pod-00/cab-00%d/board-0,%d"
                  .formatted(
                      Instant.ofEpochSecond(at + (board == 0 ? aheadSeconds : 0)), board, chip);
          rows.append(of).append(",temp,323.15\n").append(of).append(",busy,0.5\n");
        }
      }
    }
    return rows.toString();
  }

  /** After the gap everything is ahead, and nothing says that this board is more so. */
  @ParameterizedTest
  @CsvSource({"0, 0", "40, 0", "300, 160", "31536000, 160"})
  void aBoardWithAClockAheadTakesNoRowFromTheOthers(long aheadSeconds, long rowsAhead)
      throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            LONG.replace("cabinets: 1", "cabinets: 4").replace("disorder_seconds: 10\n", ""));
    Path table =
        Files.writeString(
            temp.resolve("t.csv"), "at,where,chip,metric,value\n" + scrapes(aheadSeconds));

    TableImport.Imported imported =
        TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);

    assertThat(imported.counts())
        .containsEntry("rows", 1_280L)
        .containsEntry("reports", 80L)
        .containsEntry("readings", 1_280L)
        .containsEntry("too late", 0L)
        .containsEntry("far ahead of rows behind them", rowsAhead);
    if (rowsAhead > 0) {
      assertThat(imported.examples())
          .hasEntrySatisfying(
              "far ahead of rows behind them", e -> assertThat(e).endsWith("t.csv:2"));
    }
  }

  @Test
  void aPodTicksFromItsFirstReportOnAsFarAsTheTableHasCome() throws IOException {
    Path mapping =
        Files.writeString(temp.resolve("mapping.yaml"), LONG.replace("pods: 1", "pods: 3"));
    Path table =
        Files.writeString(
            temp.resolve("t.csv"),
            """
            at,where,chip,metric,value
            2026-11-24T00:00:03Z,pod-00/cab-000/board-0,0,temp,323.15
            2026-11-24T00:00:12Z,pod-00/cab-000/board-0,0,temp,323.15
            2026-11-24T00:00:29Z,pod-02/cab-000/board-0,0,temp,323.15
            2026-11-24T00:00:41Z,pod-00/cab-000/board-0,0,temp,323.15
            2026-11-24T00:09:00Z,pod-00/cab-000/board-1,0,temp,323.15
            2026-11-24T00:00:50Z,pod-00/cab-000/board-0,0,temp,323.15
            """);

    TableImport.Imported imported =
        TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);

    assertThat(ticksAndReports(temp.resolve("out"), 1_795_478_400_000L))
        .containsExactly(
            "partition 0: 3 tick 5 tick 10 12 tick 15 tick 20 tick 25 tick 30 tick 35 tick 40 41"
                + " tick 45 tick 50 50 540",
            "partition 2: 29 tick 25 tick 30 tick 35 tick 40 tick 45 tick 50");
    assertThat(imported.counts()).containsEntry("reports", 6L).containsEntry("ticks", 16L);
  }

  @ParameterizedTest
  @CsvSource({"3600, 876", "3610, 156"})
  void aGapOfMoreThanAnHourHasNoTicks(int gapSeconds, long ticks) throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int scrape = 0; scrape < 80; scrape++) {
      long at = 1_795_478_400L + scrape * 10L + (scrape < 40 ? 0 : gapSeconds - 10);
      rows.append(Instant.ofEpochSecond(at)).append(",pod-00/cab-000/board-0,0,temp,323.15\n");
    }

    assertThat(importLong(rows.toString()).counts())
        .containsEntry("reports", 80L)
        .containsEntry("ticks", ticks);
  }

  @Test
  void aWrongTimeInATableOfOneBoardTakesNoRowFromItAndAGapIsNoWrongTime() throws IOException {
    StringBuilder rows = new StringBuilder();
    for (int scrape = 0; scrape < 100; scrape++) {
      long at = 1_795_478_400L + scrape * 30L + (scrape < 50 ? 0 : 36_000);
      rows.append(Instant.ofEpochSecond(scrape == 20 ? at + 31_536_000 : at))
          .append(",pod-00/cab-000/board-0,0,temp,323.15\n");
    }

    TableImport.Imported imported = importLong(rows.toString());

    assertThat(imported.counts())
        .containsEntry("reports", 100L)
        .containsEntry("too late", 0L)
        .containsEntry("far ahead of rows behind them", 1L);
    assertThat(reports(temp.resolve("out")).get(99)).startsWith("1827015000000 ");
  }

  @ParameterizedTest
  @CsvSource({
    "s, NaN",
    "s, Infinity",
    "s, 1e20",
    "s, -1",
    "s, 1795478400000",
    "ms, NaN",
    "ms, 1e300",
    "iso, +10000-01-01T00:00:00Z",
    "iso, +999999999-12-31T00:00:00Z",
    "iso, yesterday",
  })
  void aTimeThatNoReadingCanHaveIsNoUsableTime(String unit, String text) throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            LONG.replace("{column: at}", "{column: at, unit: %s}".formatted(unit)));
    Path table =
        Files.writeString(
            temp.resolve("t.csv"),
            "at,where,chip,metric,value\n%s,pod-00/cab-000/board-0,0,temp,323.15\n"
                .formatted(text));
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(
            () -> TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false))
        .withMessageEndingWith(
            "none of the 1 rows could be used: %s:2: '%s'".formatted(table, text));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstColumnsName() throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG);
    Path table =
        Files.writeString(
            temp.resolve("t.csv"),
            "\uFEFFat,where,chip,metric,value\n2026-11-24T00:00:05Z,pod-00/cab-000/board-1,3,temp,323.15\n");
    assertThat(TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false).counts())
        .containsEntry("readings", 1L);
  }

  @Test
  void aRowThatIsCutShortIsCountedByWhatItLacks() throws IOException {
    Path mapping =
        Files.writeString(
            temp.resolve("mapping.yaml"),
            LONG.replace("metrics: {name: metric, value: value}\n", ""));
    Path table =
        Files.writeString(
            temp.resolve("t.csv"),
            """
            at,where,chip,temp,busy
            2026-11-24T00:00:05Z,pod-00/cab-000/board-1,3,323.15,0.5
            2026-11-24T00:00:05Z,pod-00/cab-000/board-1,4,323.15
            2026-11-24T00:00:15Z,pod-00/cab-0""");

    TableImport.Imported imported =
        TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false);

    assertThat(imported.counts())
        .containsEntry("rows", 3L)
        .containsEntry("readings", 3L)
        .containsEntry("absent", 1L)
        .containsEntry("unknown board or chip", 1L);
    assertThat(imported.examples().get("unknown board or chip"))
        .isEqualTo("%s:4: 'pod-00/cab-0' ''".formatted(table));
  }

  @Test
  void aRowWithTooManyValuesIsNamedWithItsPlace() {
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(
            () ->
                importLong(
                    """
                    2026-11-24T00:00:05Z,pod-00/cab-000/board-1,3,temp,323.15
                    2026-11-24T00:00:15Z,pod-00/cab-000/board-1,3,temp,323.15,more
                    """))
        .withMessageContaining("t.csv:3:")
        .withMessageContaining("not comma-separated values: Too many entries");
  }

  @Test
  void aTableWithoutAUsableRowFails() {
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> importLong("2026-11-24T00:00:11Z,node1,3,temp,333.15\n"))
        .withMessageContaining("none of the 1 rows could be used")
        .withMessageContaining("t.csv:2: 'node1' '3'");
    assertThat(temp.resolve("out")).doesNotExist();
  }

  @Test
  void aMissingColumnIsNamed() throws IOException {
    Path mapping = Files.writeString(temp.resolve("mapping.yaml"), LONG);
    Path table = Files.writeString(temp.resolve("t.csv"), "time,where,chip\n1,2,3\n");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(
            () -> TableImport.run(mapping, List.of(table), temp.resolve("out"), () -> false))
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
