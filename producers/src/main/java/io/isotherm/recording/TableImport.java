package io.isotherm.recording;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns tables of readings into a recording.
 *
 * <p>Rows of a board within one interval are one report, whose time is that of its newest row; of
 * several values of a reading the newest counts. Rows may be out of order by the disorder that the
 * mapping allows: so much is held in memory, and no more. Nothing is dropped in silence: whatever
 * is not taken is counted, with the first example.
 */
public final class TableImport {
  private static final Pattern PATH =
      Pattern.compile("(.+)/cab-(\\d{1,6})/board-(\\d{1,6})(?:/chip-(\\d{1,4}))?");

  private final TableMapping mapping;
  private final ClusterPlan plan;
  private final Map<String, Integer> pods = new HashMap<>();
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, TableField> fields = new HashMap<>();
  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final Report report = new Report();

  /** Intervals that may still get rows, by number; the boards in each by pod and board. */
  private final TreeMap<Long, TreeMap<Long, Board>> open = new TreeMap<>();

  private final Map<Long, Agent> agents = new HashMap<>();
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private final Map<String, String> examples = new HashMap<>();
  private long newest = Long.MIN_VALUE;
  private long written = Long.MIN_VALUE;

  /** Where a row belongs. */
  private record Place(int pod, int board, int chip) {}

  /** What a board says in an interval. */
  private static final class Board {
    final TreeMap<Integer, EnumMap<TableField, Reading>> chips = new TreeMap<>();
    long timeMs = Long.MIN_VALUE;
  }

  private record Reading(long timeMs, long value) {}

  private static final class Agent {
    final long startMs;
    long sequence;

    Agent(long startMs) {
      this.startMs = startMs;
    }
  }

  private TableImport(TableMapping mapping, ClusterPlan plan) {
    this.mapping = mapping;
    this.plan = plan;
    for (int p = 0; p < plan.pods().size(); p++) {
      pods.put(plan.pods().get(p).pod(), p);
    }
    mapping
        .fields()
        .forEach(
            (name, source) -> {
              TableField field = TableField.of(name);
              if (field != null && fields.put(source.column(), field) != null) {
                throw new RecordingException(
                    "mapping: '%s' is the column of two readings".formatted(source.column()));
              }
            });
    for (String what :
        List.of(
            "rows",
            "reports",
            "readings",
            "absent",
            "impossible",
            "duplicate",
            "replaced by a newer one",
            "too late",
            "unknown board or chip",
            "without a usable time")) {
      counts.put(what, 0L);
    }
  }

  /**
   * What came of it.
   *
   * @param counts how often what happened, by what
   * @param examples the first example of what was not taken
   */
  public record Imported(Map<String, Long> counts, Map<String, String> examples) {}

  /**
   * Imports tables, one after the other.
   *
   * @param mappingFile the mapping; its inventory is beside it
   * @param tables files of comma-separated values with a header, in UTF-8
   * @param into a new directory
   * @throws RecordingException if a file cannot be used; the message says where and why
   */
  public static Imported run(Path mappingFile, List<Path> tables, Path into) throws IOException {
    TableMapping mapping = TableMapping.read(mappingFile);
    ClusterPlan plan;
    try {
      plan =
          Catalog.bundled()
              .plan(mapping.preset(), new Overrides(null, mapping.pods(), mapping.cabinets()));
    } catch (CatalogException e) {
      throw new RecordingException("%s: %s".formatted(mappingFile, e.getMessage()), e);
    }
    TableImport all = new TableImport(mapping, plan);
    if (mapping.inventory() != null) {
      all.inventory(mappingFile.resolveSibling(mapping.inventory()));
    }
    try (RecordingWriter to =
        RecordingWriter.create(into, null, Topics.REPORTS.name(), plan.pods().size())) {
      for (Path table : tables) {
        all.table(table, to);
      }
      all.write(Long.MAX_VALUE, to);
    }
    if (all.count("reports") == 0) {
      throw new RecordingException(
          "%s: none of the %d rows could be used%s"
              .formatted(
                  tables.get(0),
                  all.count("rows"),
                  all.examples.values().stream().findFirst().map(e -> ": " + e).orElse("")));
    }
    return new Imported(all.counts, all.examples);
  }

  private long count(String what) {
    return counts.getOrDefault(what, 0L);
  }

  private void count(String what, @Nullable String example) {
    counts.merge(what, 1L, Long::sum);
    if (example != null) {
      examples.putIfAbsent(what, example);
    }
  }

  /** Reads a file row by row. */
  private interface RowReader {
    void row(Map<String, String> row, String where) throws IOException;
  }

  private static void read(Path file, List<String> required, RowReader rows) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new RecordingException("%s: there is no such table".formatted(file));
    }
    CsvMapper csv =
        CsvMapper.builder()
            .enable(CsvParser.Feature.TRIM_SPACES)
            .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
            .build();
    try (Reader in = Files.newBufferedReader(file);
        MappingIterator<Map<String, String>> all =
            csv.readerForMapOf(String.class)
                .with(CsvSchema.emptySchema().withHeader())
                .readValues(in)) {
      boolean first = true;
      while (all.hasNextValue()) {
        Map<String, String> row = all.nextValue();
        if (first) {
          for (String column : required) {
            if (!row.containsKey(column)) {
              throw new RecordingException(
                  "%s: no column '%s'; there are %s"
                      .formatted(file, column, String.join(", ", row.keySet())));
            }
          }
          first = false;
        }
        rows.row(row, "%s:%d".formatted(file, all.getCurrentLocation().getLineNr() - 1));
      }
    } catch (RuntimeJsonMappingException | IOException e) {
      throw new RecordingException(
          "%s: not comma-separated values: %s"
              .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
  }

  private void inventory(Path file) throws IOException {
    read(
        file,
        List.of("board", "path"),
        (row, where) -> {
          Place place = place(row.getOrDefault("path", ""));
          if (place == null) {
            throw new RecordingException(
                "%s: '%s' is no board of %s; write for instance pod-00/cab-000/board-3"
                    .formatted(where, row.get("path"), mapping.preset()));
          }
          String name = row.getOrDefault("board", "");
          String chip = row.get("chip");
          places.put(chip == null ? name : name + "\n" + chip, place);
        });
  }

  /** A place by its path; its chip is -1 if the path is a board's; null if there is none. */
  private @Nullable Place place(String path) {
    Matcher m = PATH.matcher(path);
    Integer pod = m.matches() ? pods.get(m.group(1)) : null;
    if (pod == null) {
      return null;
    }
    PodLayout layout = plan.pods().get(pod);
    int cabinet = Integer.parseInt(m.group(2));
    int board = Integer.parseInt(m.group(3));
    int chip = m.group(4) == null ? -1 : Integer.parseInt(m.group(4));
    return layout.hasBoard(cabinet, board) && chip < layout.chipsPerBoard()
        ? new Place(pod, layout.boardIndex(cabinet, board), chip)
        : null;
  }

  private @Nullable Place find(String board, String chip) {
    Place exact = places.get(board + "\n" + chip);
    if (exact != null && exact.chip >= 0) {
      return exact;
    }
    Place of = places.get(board);
    if (of == null) {
      of = place(board);
      if (of != null) {
        places.put(board, of);
      }
    }
    if (of == null || !chip.matches("\\d{1,4}")) {
      return null;
    }
    int number = Integer.parseInt(chip);
    return number < plan.pods().get(of.pod).chipsPerBoard()
        ? new Place(of.pod, of.board, number)
        : null;
  }

  private void table(Path file, RecordingWriter to) throws IOException {
    TableMapping.Metrics metrics = mapping.metrics();
    read(
        file,
        metrics == null
            ? List.of(mapping.time().column(), mapping.board(), mapping.chip())
            : List.of(
                mapping.time().column(),
                mapping.board(),
                mapping.chip(),
                metrics.name(),
                metrics.value()),
        (row, where) -> {
          count("rows", null);
          String text = row.getOrDefault(mapping.time().column(), "");
          long timeMs = time(text);
          if (timeMs < 0) {
            count("without a usable time", "%s: '%s'".formatted(where, text));
            return;
          }
          String board = row.getOrDefault(mapping.board(), "");
          String chip = row.getOrDefault(mapping.chip(), "");
          Place place = find(board, chip);
          if (place == null) {
            count("unknown board or chip", "%s: '%s' '%s'".formatted(where, board, chip));
            return;
          }
          long interval = Math.floorDiv(timeMs, mapping.intervalMs());
          if (interval <= written) {
            count("too late", where);
            return;
          }
          if (metrics == null) {
            wide(row, where, place, interval, timeMs);
          } else {
            String name = row.getOrDefault(metrics.name(), "");
            String value = row.getOrDefault(metrics.value(), "");
            TableField field = fields.get(name);
            if (field == null) {
              count("of unmapped column " + name, null);
            } else {
              reading(field, value, where, place, interval, timeMs);
            }
          }
          if (timeMs > newest) {
            newest = timeMs;
            write(Math.floorDiv(newest - mapping.disorderMs(), mapping.intervalMs()), to);
          }
        });
  }

  private void wide(
      Map<String, String> row, String where, Place place, long interval, long timeMs) {
    row.forEach(
        (column, value) -> {
          TableField field = fields.get(column);
          if (field != null) {
            reading(field, value, where, place, interval, timeMs);
          } else if (!column.equals(mapping.time().column())
              && !column.equals(mapping.board())
              && !column.equals(mapping.chip())) {
            count("of unmapped column " + column, null);
          }
        });
  }

  private void reading(
      TableField field, String text, String where, Place place, long interval, long timeMs) {
    Board board =
        open.computeIfAbsent(interval, i -> new TreeMap<>())
            .computeIfAbsent((long) place.pod << 32 | place.board, b -> new Board());
    board.timeMs = Math.max(board.timeMs, timeMs);
    EnumMap<TableField, Reading> readings =
        board.chips.computeIfAbsent(place.chip, c -> new EnumMap<>(TableField.class));
    if (text.isEmpty()
        || text.equalsIgnoreCase("nan")
        || (mapping.sentinels() != null && mapping.sentinels().contains(text))) {
      count("absent", null);
      return;
    }
    long value;
    try {
      TableMapping.Source source = mapping.fields().get(field.label());
      value = field.convert(Double.parseDouble(text), source == null ? null : source.unit());
    } catch (NumberFormatException e) {
      value = Report.ABSENT_LONG;
    }
    if (value == Report.ABSENT_LONG) {
      count("impossible", "%s: %s '%s'".formatted(where, field.label(), text));
      return;
    }
    Reading before = readings.get(field);
    if (before != null && before.timeMs == timeMs) {
      count("duplicate", where);
      return;
    }
    count(before == null ? "readings" : "replaced by a newer one", null);
    if (before == null || timeMs > before.timeMs) {
      readings.put(field, new Reading(timeMs, value));
    }
  }

  /** Milliseconds since 1970; -1 if the text is no time. */
  private long time(String text) {
    try {
      return switch (mapping.timeUnit()) {
        case "s" -> Math.round(Double.parseDouble(text) * 1_000);
        case "ms" -> Math.round(Double.parseDouble(text));
        default -> OffsetDateTime.parse(text.replace(' ', 'T')).toInstant().toEpochMilli();
      };
    } catch (NumberFormatException | DateTimeException e) {
      return -1;
    }
  }

  /** Writes the intervals before {@code until}. */
  private void write(long until, RecordingWriter to) throws IOException {
    while (!open.isEmpty() && open.firstKey() < until) {
      Map.Entry<Long, TreeMap<Long, Board>> next = open.pollFirstEntry();
      if (written == Long.MIN_VALUE) {
        long from = next.getKey() * mapping.intervalMs();
        long offset = 0;
        for (PodLayout pod : plan.pods()) {
          to.append(Side.TOPOLOGY, offset++, TopologyRecords.toAvro(plan, pod, from));
        }
      }
      written = next.getKey();
      for (Map.Entry<Long, Board> e : next.getValue().entrySet()) {
        write(e.getKey(), e.getValue(), to);
      }
    }
  }

  private void write(long key, Board board, RecordingWriter to) throws IOException {
    int pod = (int) (key >> 32);
    PodLayout layout = plan.pods().get(pod);
    int index = (int) key;
    Agent agent = agents.computeIfAbsent(key, k -> new Agent(board.timeMs));
    report.clear();
    report.pod = layout.pod();
    report.cabinet = index / layout.boardsPerCabinet();
    report.board = index % layout.boardsPerCabinet();
    report.agentStartMs = agent.startMs;
    report.sequence = agent.sequence++;
    report.timeMs = board.timeMs;
    board.chips.forEach(
        (chip, readings) -> {
          int i = report.addChip(chip);
          readings.forEach((field, reading) -> field.put(report, i, reading.value));
        });
    byte[] bytes = writer.toBytes(report);
    to.append(pod, count("reports"), bytes, Framing.LENGTH, bytes.length - Framing.LENGTH, report);
    count("reports", null);
  }
}
