package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.recording.PackedForm.Field;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/**
 * Packs reports that follow each other into chunks: records of {@link PackedForm#SCHEMA}.
 *
 * <p>Not safe for use by several threads.
 */
final class ReportPacker {
  /** Least bytes of a chunk before compression. */
  static final int CHUNK_BYTES = 4 << 20;

  /** A chunk is not longer than so many times the least length, whatever is in it. */
  private static final int MOST_CHUNK = 32;

  /**
   * Of a chunk no more than one byte in so many is of whole readings, which are the first of each
   * board. The longer a chunk, the fewer bytes; but damage costs a chunk, and a reader holds one of
   * each partition.
   */
  private static final int WHOLE_SHARE = 4;

  /** Reports between two looks at how long the chunk is. */
  private static final int LOOK_EVERY = 32;

  /** One board in so many says how well each prediction fits. */
  private static final int WATCHED = 32;

  private static final int[] NO_PORTS = {};

  private final Map<Board, BoardState> boards = new HashMap<>();
  private final List<BoardState> inOrder = new ArrayList<>();
  private final PartLists chipLists = new PartLists();
  private final PartLists linkLists = new PartLists();
  private final ChoiceWriter boardChoices = new ChoiceWriter();
  private final ChoiceWriter chipChoices = new ChoiceWriter();
  private final ChoiceWriter linkChoices = new ChoiceWriter();
  private final ColumnWriter[] head = columns(PackedForm.HEAD);
  private final ColumnWriter[] chips = columns(PackedForm.CHIP);
  private final ColumnWriter[] links = columns(PackedForm.LINK);

  private final int chunkBytes;
  private @Nullable BoardState before;
  private int reports;
  private long[] values = new long[64];

  /** Where reports come from. */
  private record Board(boolean tick, String pod, int cabinet, int board) {
    boolean sends(Report r) {
      return tick == r.tick && board == r.board && cabinet == r.cabinet && pod.equals(r.pod);
    }
  }

  /** What is known of a board in this chunk. */
  private static final class BoardState {
    final Board board;
    final int index;

    /** Whether it says how well each prediction fits. */
    final boolean watched;

    final Rows head;
    final Parts chips;
    final Parts links;

    /** The board that reported next when this one did last. */
    @Nullable BoardState next;

    BoardState(Board board, int index, boolean watched, Rows head, Parts chips, Parts links) {
      this.board = board;
      this.index = index;
      this.watched = watched;
      this.head = head;
      this.chips = chips;
      this.links = links;
    }
  }

  /**
   * @param chunkBytes least bytes of a chunk before compression
   */
  ReportPacker(int chunkBytes) {
    this.chunkBytes = chunkBytes;
  }

  private static ColumnWriter[] columns(List<Field> fields) {
    ColumnWriter[] columns = new ColumnWriter[fields.size()];
    for (int f = 0; f < columns.length; f++) {
      columns[f] = new ColumnWriter(fields.get(f), f);
    }
    return columns;
  }

  /** Appends a report to the chunk. */
  void add(Report r) {
    reports++;
    BoardState board = board(r);
    boolean watched = board.watched;
    values[0] = r.agentStartMs;
    head[PackedForm.AGENT_START].append(values, board.head, watched);
    values[0] = r.sequence;
    head[PackedForm.SEQUENCE].append(values, board.head, watched);
    values[0] = r.timeMs;
    head[PackedForm.TIME].append(values, board.head, watched);
    addChips(r, board.chips, watched);
    addLinks(r, board.links, watched);
  }

  private BoardState board(Report r) {
    BoardState last = before;
    BoardState expected = last == null ? null : last.next;
    BoardState board;
    if (expected != null && expected.board.sends(r)) {
      board = expected;
      boardChoices.put(0);
    } else {
      Board key = new Board(r.tick, r.pod, r.cabinet, r.board);
      BoardState known = boards.get(key);
      board = known == null ? begin(key) : known;
      if (known == null) {
        boards.put(key, board);
        inOrder.add(board);
      }
      boardChoices.put(known == null && expected == null ? 0 : 1 + board.index);
    }
    if (last != null) {
      last.next = board;
    }
    before = board;
    return board;
  }

  /** A board that has not reported in this chunk. */
  private BoardState begin(Board board) {
    int index = inOrder.size();
    boolean watched = index % WATCHED == 0;
    return new BoardState(
        board,
        index,
        watched,
        new Rows(PackedForm.HEAD, 1, watched || trend(head)),
        new Parts(PackedForm.CHIP, watched || trend(chips)),
        new Parts(PackedForm.LINK, watched || trend(links)));
  }

  private static boolean trend(ColumnWriter[] columns) {
    for (ColumnWriter column : columns) {
      if (column.needsBeforeLast()) {
        return true;
      }
    }
    return false;
  }

  private void addChips(Report r, Parts parts, boolean watched) {
    int n = r.chipCount;
    if (n == 0) {
      none(parts, chipChoices);
      return;
    }
    int list = chipLists.index(parts.newest(), r.chip, NO_PORTS, n);
    choose(list, parts, chipChoices);
    Rows rows = parts.of(list, n);
    int c = 0;
    chips[c++].append(longs(r.health, n), rows, watched);
    chips[c++].append(r.errorCode, rows, watched);
    chips[c++].append(longs(r.temperature, n), rows, watched);
    chips[c++].append(longs(r.hbmTemperature, n), rows, watched);
    chips[c++].append(longs(r.power, n), rows, watched);
    chips[c++].append(longs(r.utilization, n), rows, watched);
    chips[c++].append(longs(r.tensorActivity, n), rows, watched);
    chips[c++].append(longs(r.clock, n), rows, watched);
    chips[c++].append(longs(r.hbmUsed, n), rows, watched);
    chips[c++].append(longs(r.throttleReasons, n), rows, watched);
    chips[c++].append(r.eccCorrected, rows, watched);
    chips[c++].append(r.eccUncorrected, rows, watched);
    chips[c].append(r.steps, rows, watched);
  }

  private void addLinks(Report r, Parts parts, boolean watched) {
    int n = r.linkCount;
    if (n == 0) {
      none(parts, linkChoices);
      return;
    }
    int list = linkLists.index(parts.newest(), r.linkChip, r.linkPort, n);
    choose(list, parts, linkChoices);
    Rows rows = parts.of(list, n);
    int c = 0;
    links[c++].append(longs(r.linkState, n), rows, watched);
    links[c++].append(longs(r.linkRate, n), rows, watched);
    links[c++].append(r.txBytes, rows, watched);
    links[c++].append(r.rxBytes, rows, watched);
    links[c++].append(r.crcErrors, rows, watched);
    links[c++].append(r.retries, rows, watched);
    links[c++].append(r.recoveries, rows, watched);
    links[c].append(r.waitMicros, rows, watched);
  }

  private static void none(Parts parts, ChoiceWriter choices) {
    choices.put(parts.list() == Parts.NONE ? 0 : PackedForm.NO_LIST);
    parts.none();
  }

  private static void choose(int list, Parts parts, ChoiceWriter choices) {
    choices.put(parts.list() == list ? 0 : PackedForm.FIRST_LIST + list);
  }

  private long[] longs(int[] column, int count) {
    if (values.length < count) {
      values = new long[Math.max(count, 2 * values.length)];
    }
    for (int i = 0; i < count; i++) {
      values[i] = column[i];
    }
    return values;
  }

  boolean isEmpty() {
    return reports == 0;
  }

  /** Whether the chunk is long enough to be taken. */
  boolean isFull() {
    if (reports % LOOK_EVERY != 0) {
      return false;
    }
    long whole = chipLists.bytes() + linkLists.bytes();
    long rest = boardChoices.bytes() + chipChoices.bytes() + linkChoices.bytes();
    for (ColumnWriter[] columns : List.of(head, chips, links)) {
      for (ColumnWriter column : columns) {
        whole += column.wholeBytes();
        rest += column.differenceBytes();
      }
    }
    long bytes = whole + rest;
    return bytes >= chunkBytes
        && (bytes >= whole * WHOLE_SHARE || bytes >= (long) MOST_CHUNK * chunkBytes);
  }

  /** Ends the chunk, which must be written before the next report is added. */
  GenericRecord take() {
    GenericRecord chunk = new GenericData.Record(PackedForm.SCHEMA);
    chunk.put("reports", reports);
    chunk.put("boards", inOrder.stream().map(board -> record(board.board)).toList());
    chunk.put("chip_lists", chipLists.chips());
    Schema linkList = PackedForm.items("link_lists");
    List<GenericRecord> lists = new ArrayList<>();
    for (int i = 0; i < linkLists.chips().size(); i++) {
      GenericRecord list = new GenericData.Record(linkList);
      list.put("chips", linkLists.chips().get(i));
      list.put("ports", linkLists.ports().get(i));
      lists.add(list);
    }
    chunk.put("link_lists", lists);
    chunk.put("board", boardChoices.take(PackedForm.of("board")));
    chunk.put("chips", chipChoices.take(PackedForm.of("chips")));
    chunk.put("links", linkChoices.take(PackedForm.of("links")));
    for (ColumnWriter[] columns : List.of(head, chips, links)) {
      for (ColumnWriter column : columns) {
        chunk.put(column.name(), column.take(PackedForm.of(column.name())));
      }
    }
    boards.clear();
    inOrder.clear();
    chipLists.clear();
    linkLists.clear();
    before = null;
    reports = 0;
    return chunk;
  }

  private static GenericRecord record(Board board) {
    Schema schema = PackedForm.items("boards");
    GenericRecord record = new GenericData.Record(schema);
    record.put(
        "kind",
        new GenericData.EnumSymbol(
            schema.getField("kind").schema(),
            board.tick ? PackedForm.KIND_TICK : PackedForm.KIND_REPORT));
    record.put("pod", board.pod);
    record.put("cabinet", board.cabinet);
    record.put("board", board.board);
    return record;
  }
}
