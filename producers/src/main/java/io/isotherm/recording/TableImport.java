package io.isotherm.recording;

import io.isotherm.catalog.BoardPaths;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterBoard;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.readings.ReadingField;
import io.isotherm.readings.ReadingParser;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Turns tables of readings into a recording.
 *
 * <p>Rows of a board within one interval are one report, whose time is that of its newest row; of
 * several values of a reading the newest counts. Rows may be out of order by the disorder that the
 * mapping allows: so much is held in memory, and no more. Tables are read beside each other, always
 * the one that is furthest behind: each may have a host, a day or a metric of its own. Nothing is
 * dropped in silence: whatever is not taken is counted, with the first example.
 *
 * <p>Between the reports of a pod stand ticks, as in what a recorder finds, up to the time to which
 * the tables have come: where most of a pod falls silent, only they say that time goes on. A pod
 * has them from its first report on, but for gaps of more than {@link #LONGEST_GAP_MS}, after which
 * its monitor begins anew.
 *
 * <p>How far a table is, no few boards whose clocks are far ahead can say; see {@link TableTime}.
 */
public final class TableImport {
  private static final Pattern PATH = Pattern.compile("(.+?)(?:/chip-(\\d{1,4}))?");

  /** The first millisecond of the year 10000, which no reading is from. */
  private static final long END_OF_TIME_MS = 253_402_300_800_000L;

  /** It is asked whether to end before every so many rows. */
  private static final int ROWS_OF_A_LOOK = 4_096;

  /** Event time between two ticks of a pod, in milliseconds: that of the monitors' own. */
  private static final int TICK_MS = 5_000;

  /**
   * Longest time without a row that has ticks, in milliseconds: as long as a monitor closes windows
   * of ten seconds one by one. In a longer one nobody wrote the table.
   */
  private static final long LONGEST_GAP_MS = 3_600_000;

  private static final String AHEAD = "far ahead of rows behind them";

  private final TableMapping mapping;
  private final ClusterPlan plan;
  private final BooleanSupplier stopped;
  private final BoardPaths boards;
  private final Map<String, Place> places = new HashMap<>();
  private final Map<String, ReadingParser> columns = new HashMap<>();
  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final Report report = new Report();

  /** Intervals that may still get rows, by number; the boards in each by pod and board. */
  private final TreeMap<Long, TreeMap<Long, Board>> open = new TreeMap<>();

  private final Map<Long, Agent> agents = new HashMap<>();
  private final Map<String, Long> counts = new LinkedHashMap<>();
  private final Map<String, String> examples = new HashMap<>();
  private long written = Long.MIN_VALUE;

  /** Pods that have reported, by number. */
  private final BitSet heard = new BitSet();

  /** Reports and ticks. */
  private long records;

  /** The event time to which the tables have come, in milliseconds. */
  private long reachedMs = Long.MIN_VALUE;

  /** Where a row belongs. */
  private record Place(int pod, int board, int chip) {
    /** Pod and board as one number. */
    long ofBoard() {
      return (long) pod << 32 | board;
    }
  }

  /** A port of a chip of a board. */
  private record Port(int chip, int port) implements Comparable<Port> {
    @Override
    public int compareTo(Port other) {
      return chip != other.chip
          ? Integer.compare(chip, other.chip)
          : Integer.compare(port, other.port);
    }
  }

  /** What a board says in an interval. */
  private static final class Board {
    final TreeMap<Integer, EnumMap<ReadingField, Reading>> chips = new TreeMap<>();
    final TreeMap<Port, EnumMap<ReadingField, Reading>> links = new TreeMap<>();
    long timeMs = Long.MIN_VALUE;
  }

  private record Reading(long timeMs, long value) {}

  /** Where a row was found, and what it speaks of. */
  private record Row(String where, Place place, @Nullable Port port, long timeMs) {}

  /** A table, and how far it was read. */
  private static final class Series {
    static final Comparator<Series> BY_TIME =
        Comparator.comparingLong(Series::newest).thenComparingInt(series -> series.number);

    final int number;
    final Path file;
    @Nullable TableRows rows;
    @Nullable TableTime time;

    /**
     * @param number of two that have come as far the one with the lower number is read on
     */
    Series(int number, Path file) {
      this.number = number;
      this.file = file;
    }

    /** Behind everything while nothing is known. */
    long newest() {
      return time == null ? Long.MIN_VALUE : time.nowMs();
    }
  }

  private static final class Agent {
    final long startMs;
    long sequence;

    Agent(long startMs) {
      this.startMs = startMs;
    }
  }

  private TableImport(TableMapping mapping, ClusterPlan plan, BooleanSupplier stopped) {
    this.mapping = mapping;
    this.plan = plan;
    this.boards = new BoardPaths(plan);
    this.stopped = stopped;
    mapping
        .fields()
        .forEach(
            (name, source) -> {
              ReadingField field = ReadingField.of(name);
              if (field != null && columns.put(source.column(), source.parser(field)) != null) {
                throw new RecordingException(
                    "mapping: '%s' is the column of two readings".formatted(source.column()));
              }
            });
    for (String what :
        List.of(
            "rows",
            "reports",
            "ticks",
            "readings",
            "absent",
            "impossible",
            "duplicate",
            "replaced by a newer one",
            "too late",
            AHEAD,
            "unknown board or chip",
            "unknown port",
            "of a link without a port",
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
   * Imports tables.
   *
   * @param mappingFile the mapping; its inventory is beside it
   * @param tables files of comma-separated values with a header, in UTF-8
   * @param into a new directory
   * @param stopped asked every few thousand rows; true ends it
   * @throws RecordingException if a file cannot be used; the message says where and why
   * @throws StoppedException if it was asked to end; nothing is left
   */
  public static Imported run(
      Path mappingFile, List<Path> tables, Path into, BooleanSupplier stopped) throws IOException {
    TableMapping mapping = TableMapping.read(mappingFile);
    ClusterPlan plan;
    try {
      plan =
          Catalog.bundled()
              .plan(mapping.preset(), new Overrides(null, mapping.pods(), mapping.cabinets()));
    } catch (CatalogException e) {
      throw new RecordingException("%s: %s".formatted(mappingFile, e.getMessage()), e);
    }
    TableImport all = new TableImport(mapping, plan, stopped);
    if (mapping.inventory() != null) {
      all.inventory(mappingFile.resolveSibling(mapping.inventory()));
    }
    return RecordingWriter.write(
        into, null, Topics.REPORTS.name(), plan.pods().size(), to -> all.run(tables, to));
  }

  private Imported run(List<Path> tables, RecordingWriter to) throws IOException {
    List<Series> all = series(tables);
    for (Series of : all) {
      begin(of);
    }
    read(all, to);
    for (Series of : all) {
      reachedMs = Math.max(reachedMs, of.time == null ? reachedMs : of.time.endMs());
    }
    write(Long.MAX_VALUE, to);
    all.forEach(this::countAhead);
    if (count("reports") == 0) {
      throw new RecordingException(
          "%s: none of the %d rows could be used%s"
              .formatted(
                  tables.get(0),
                  count("rows"),
                  examples.values().stream().findFirst().map(e -> ": " + e).orElse("")));
    }
    return new Imported(counts, examples);
  }

  private long count(String what) {
    return counts.getOrDefault(what, 0L);
  }

  private void count(String what, @Nullable String example) {
    count(what, 1, example);
  }

  private void count(String what, long n, @Nullable String example) {
    counts.merge(what, n, Long::sum);
    if (example != null) {
      examples.putIfAbsent(what, example);
    }
  }

  /** The tables in their order; one without a row is left out. */
  private List<Series> series(List<Path> tables) throws IOException {
    List<Series> all = new ArrayList<>();
    for (Path table : tables) {
      try (TableRows rows = TableRows.open(table)) {
        if (rows.next() != null) {
          require(rows);
          all.add(new Series(all.size(), table));
        }
      }
    }
    return all;
  }

  private void require(TableRows rows) {
    rows.require(List.of(mapping.time().column(), mapping.board(), mapping.chip()));
    TableMapping.Metrics metrics = mapping.metrics();
    if (metrics != null) {
      rows.require(List.of(metrics.name(), metrics.value()));
    }
  }

  /** Finds where a table begins, which its first row may have wrong. */
  private void begin(Series of) throws IOException {
    Map<TableTime.ReportKey, Long> first = new HashMap<>();
    int looked = 0;
    try (TableRows rows = TableRows.open(of.file)) {
      for (Map<String, String> row = rows.next();
          row != null && first.size() < PartitionTime.BELIEVED_AFTER;
          row = rows.next()) {
        endIfStopped(looked++);
        long timeMs = time(row.getOrDefault(mapping.time().column(), ""));
        Place place =
            find(row.getOrDefault(mapping.board(), ""), row.getOrDefault(mapping.chip(), ""));
        if (timeMs >= 0 && place != null) {
          first.putIfAbsent(report(place, timeMs), timeMs);
        }
      }
    }
    if (!first.isEmpty()) {
      long[] times = first.values().stream().mapToLong(Long::longValue).toArray();
      of.time = new TableTime(times, Math.max(mapping.disorderMs(), PartitionTime.STEP_MS));
    }
  }

  private TableTime.ReportKey report(Place place, long timeMs) {
    return new TableTime.ReportKey(place.ofBoard(), Math.floorDiv(timeMs, mapping.intervalMs()));
  }

  private void countAhead(Series of) {
    TableTime time = of.time;
    if (time != null) {
      count(AHEAD, time.disbelieved(), time.firstDisbelieved());
    }
  }

  private void endIfStopped(int rows) {
    if (rows % ROWS_OF_A_LOOK == 0 && stopped.getAsBoolean()) {
      throw new StoppedException();
    }
  }

  private void read(List<Series> all, RecordingWriter to) throws IOException {
    PriorityQueue<Series> left = new PriorityQueue<>(Series.BY_TIME);
    left.addAll(all);
    int rows = 0;
    try {
      while (!left.isEmpty()) {
        endIfStopped(rows++);
        Series behind = left.remove();
        if (readRow(behind)) {
          left.add(behind);
        }
        Series next = left.peek();
        long newest = next == null ? Long.MIN_VALUE : next.newest();
        if (newest != Long.MIN_VALUE) {
          write(Math.floorDiv(newest - mapping.disorderMs(), mapping.intervalMs()), to);
        }
      }
    } finally {
      for (Series series : all) {
        if (series.rows != null) {
          series.rows.close();
        }
      }
    }
  }

  /** Reads a row; false if there is none. A table that was read to its end is closed. */
  private boolean readRow(Series of) throws IOException {
    TableRows rows = of.rows;
    if (rows == null) {
      rows = TableRows.open(of.file);
      of.rows = rows;
    }
    Map<String, String> row = rows.next();
    if (row != null) {
      take(row, rows.where(), of);
      return true;
    }
    rows.close();
    of.rows = null;
    return false;
  }

  private void inventory(Path file) throws IOException {
    try (TableRows rows = TableRows.open(file)) {
      rows.require(List.of("board", "path"));
      for (Map<String, String> row = rows.next(); row != null; row = rows.next()) {
        Place place = place(row.getOrDefault("path", ""));
        if (place == null) {
          throw new RecordingException(
              "%s: '%s' is no board of %s; write for instance pod-00/cab-000/board-3"
                  .formatted(rows.where(), row.get("path"), mapping.preset()));
        }
        String name = row.getOrDefault("board", "");
        String chip = row.getOrDefault("chip", "");
        places.put(chip.isEmpty() ? name : name + "\n" + chip, place);
      }
    }
  }

  /** A place by its path; its chip is -1 if the path is a board's; null if there is none. */
  private @Nullable Place place(String path) {
    Matcher m = PATH.matcher(path);
    ClusterBoard board = m.matches() ? boards.find(m.group(1)) : null;
    if (board == null) {
      return null;
    }
    int chip = m.group(2) == null ? -1 : Integer.parseInt(m.group(2));
    return chip < plan.pods().get(board.pod()).chipsPerBoard()
        ? new Place(board.pod(), board.board(), chip)
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

  private void take(Map<String, String> row, String where, Series series) {
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
    String name = mapping.port() == null ? "" : row.getOrDefault(mapping.port(), "");
    Port port = name.isEmpty() ? null : port(place, name);
    if (port == null && !name.isEmpty()) {
      count("unknown port", "%s: '%s'".formatted(where, name));
      return;
    }
    TableTime.ReportKey report = report(place, timeMs);
    if (series.time != null) {
      series.time.next(report, timeMs, where);
      reachedMs = Math.max(reachedMs, series.newest());
    }
    if (report.interval() <= written) {
      count("too late", where);
      return;
    }
    Row of = new Row(where, place, port, timeMs);
    TableMapping.Metrics metrics = mapping.metrics();
    if (metrics == null) {
      row.forEach(
          (column, value) -> {
            if (!identifies(column)) {
              reading(column, value, of);
            }
          });
    } else {
      reading(row.getOrDefault(metrics.name(), ""), row.getOrDefault(metrics.value(), ""), of);
    }
  }

  private boolean identifies(String column) {
    return column.equals(mapping.time().column())
        || column.equals(mapping.board())
        || column.equals(mapping.chip())
        || column.equals(mapping.port());
  }

  private @Nullable Port port(Place place, String name) {
    Map<String, Integer> names = mapping.ports();
    Integer number = names == null ? null : names.get(name);
    if (number == null) {
      if (!name.matches("\\d{1,4}")) {
        return null;
      }
      number = Integer.valueOf(name);
    }
    return number >= 0 && number < plan.pods().get(place.pod).portsPerChip()
        ? new Port(place.chip, number)
        : null;
  }

  private void reading(String name, String text, Row row) {
    ReadingParser column = columns.get(name);
    if (column == null) {
      count("of unmapped column " + name, null);
      return;
    }
    ReadingField field = column.field();
    boolean absent =
        text.isEmpty()
            || text.equalsIgnoreCase("nan")
            || (mapping.sentinels() != null && mapping.sentinels().contains(text));
    if (field.ofLink() && row.port == null) {
      // In a table of both, rows of chips have nothing in the columns of links.
      count(absent ? "absent" : "of a link without a port", absent ? null : row.where);
      return;
    }
    Board board =
        open.computeIfAbsent(Math.floorDiv(row.timeMs, mapping.intervalMs()), i -> new TreeMap<>())
            .computeIfAbsent(row.place.ofBoard(), b -> new Board());
    board.timeMs = Math.max(board.timeMs, row.timeMs);
    // The agent saw the chip, also where it only told of its links.
    EnumMap<ReadingField, Reading> readings =
        board.chips.computeIfAbsent(row.place.chip, c -> new EnumMap<>(ReadingField.class));
    if (field.ofLink() && row.port != null) {
      readings = board.links.computeIfAbsent(row.port, p -> new EnumMap<>(ReadingField.class));
    }
    if (absent) {
      count("absent", null);
      return;
    }
    long value = column.value(text);
    if (value == Report.ABSENT_LONG) {
      count("impossible", "%s: %s '%s'".formatted(row.where, field.label(), text));
      return;
    }
    Reading before = readings.get(field);
    if (before != null && before.timeMs == row.timeMs) {
      count("duplicate", row.where);
      return;
    }
    count(before == null ? "readings" : "replaced by a newer one", null);
    if (before == null || row.timeMs > before.timeMs) {
      readings.put(field, new Reading(row.timeMs, value));
    }
  }

  /** Milliseconds since 1970; -1 if the text is no time before the year 10000. */
  private long time(String text) {
    try {
      double ms =
          switch (mapping.timeUnit()) {
            case "s" -> Double.parseDouble(text) * 1_000;
            case "ms" -> Double.parseDouble(text);
            default -> OffsetDateTime.parse(text.replace(' ', 'T')).toInstant().toEpochMilli();
          };
      return ms >= 0 && ms < END_OF_TIME_MS ? Math.round(ms) : -1;
    } catch (ArithmeticException | NumberFormatException | DateTimeException e) {
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
      } else {
        ticks(written * mapping.intervalMs(), next.getKey() * mapping.intervalMs(), to);
      }
      written = next.getKey();
      for (Map.Entry<Long, Board> e : next.getValue().entrySet()) {
        write(e.getKey(), e.getValue(), to);
      }
    }
  }

  /**
   * Writes the ticks between two intervals.
   *
   * @param afterMs beginning of the one that was written last
   * @param untilMs beginning of the next one
   */
  private void ticks(long afterMs, long untilMs, RecordingWriter to) throws IOException {
    if (untilMs - afterMs > LONGEST_GAP_MS) {
      return;
    }
    long lastMs = Math.min(untilMs, reachedMs);
    for (long timeMs = (afterMs / TICK_MS + 1) * TICK_MS; timeMs <= lastMs; timeMs += TICK_MS) {
      for (int pod = heard.nextSetBit(0); pod >= 0; pod = heard.nextSetBit(pod + 1)) {
        report.clear();
        report.tick = true;
        report.pod = plan.pods().get(pod).pod();
        report.cabinet = 0;
        report.board = 0;
        report.agentStartMs = 0;
        report.sequence = 0;
        report.timeMs = timeMs;
        append(pod, to);
        count("ticks", null);
      }
    }
  }

  private void append(int pod, RecordingWriter to) throws IOException {
    byte[] bytes = writer.toBytes(report);
    to.append(pod, records++, bytes, Framing.LENGTH, bytes.length - Framing.LENGTH, report);
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
    board.links.forEach(
        (port, readings) -> {
          int i = report.addLink(port.chip, port.port);
          readings.forEach((field, reading) -> field.put(report, i, reading.value));
        });
    append(pod, to);
    heard.set(pod);
    count("reports", null);
  }
}
