package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.recording.PackedForm.Field;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** The reports of one record of {@link PackedForm#SCHEMA}, in their order. */
final class PackedChunk {
  private final BoardState[] boards;
  private final int[][] chipLists;
  private final int[][] linkChips;
  private final int[][] linkPorts;
  private final ChoiceReader boardChoices;
  private final ChoiceReader chipChoices;
  private final ChoiceReader linkChoices;
  private final ColumnReader[] head;
  private final ColumnReader[] chips;
  private final ColumnReader[] links;
  private int left;
  private int seen;
  private @Nullable BoardState before;

  /** A board, and what its next report is predicted from. */
  private final class BoardState {
    final boolean tick;
    final String pod;
    final int cabinet;
    final int board;
    final Rows headRows = new Rows(PackedForm.HEAD, 1, trend(head));
    final Parts chipParts = new Parts(PackedForm.CHIP, trend(chips));
    final Parts linkParts = new Parts(PackedForm.LINK, trend(links));

    /** The board that reported next when this one did last. */
    @Nullable BoardState next;

    BoardState(GenericRecord from) {
      tick = from.get("kind").toString().equals(PackedForm.KIND_TICK);
      pod = from.get("pod").toString();
      cabinet = (int) from.get("cabinet");
      board = (int) from.get("board");
    }
  }

  /**
   * @throws IOException if it cannot be right; the message says why
   */
  PackedChunk(GenericRecord from) throws IOException {
    left = (int) from.get("reports");
    head = columns(PackedForm.HEAD, from);
    chips = columns(PackedForm.CHIP, from);
    links = columns(PackedForm.LINK, from);
    boardChoices = new ChoiceReader("board", (GenericRecord) from.get("board"));
    chipChoices = new ChoiceReader("chips", (GenericRecord) from.get("chips"));
    linkChoices = new ChoiceReader("links", (GenericRecord) from.get("links"));
    List<?> all = (List<?>) from.get("boards");
    boards = new BoardState[all.size()];
    for (int b = 0; b < boards.length; b++) {
      boards[b] = new BoardState((GenericRecord) all.get(b));
    }
    all = (List<?>) from.get("chip_lists");
    chipLists = new int[all.size()][];
    for (int i = 0; i < chipLists.length; i++) {
      chipLists[i] = list("chip_lists", all.get(i), Report.MAX_CHIPS);
    }
    all = (List<?>) from.get("link_lists");
    linkChips = new int[all.size()][];
    linkPorts = new int[all.size()][];
    for (int i = 0; i < linkChips.length; i++) {
      GenericRecord list = (GenericRecord) all.get(i);
      linkChips[i] = list("link_lists", list.get("chips"), Report.MAX_LINKS);
      linkPorts[i] = list("link_lists", list.get("ports"), Report.MAX_LINKS);
      if (linkChips[i].length != linkPorts[i].length) {
        throw new IOException("link_lists: not as many ports as chips");
      }
    }
    if (left <= 0) {
      expectEnd();
    }
  }

  private static ColumnReader[] columns(List<Field> fields, GenericRecord from) {
    ColumnReader[] columns = new ColumnReader[fields.size()];
    for (int f = 0; f < columns.length; f++) {
      Field field = fields.get(f);
      columns[f] = new ColumnReader(field, f, (GenericRecord) from.get(field.name()));
    }
    return columns;
  }

  private static boolean trend(ColumnReader[] columns) {
    return Arrays.stream(columns).anyMatch(ColumnReader::needsBeforeLast);
  }

  private static int[] list(String what, Object from, int most) throws IOException {
    List<?> all = (List<?>) from;
    if (all.isEmpty() || all.size() > most) {
      throw new IOException("%s: a list of %d, must be 1 to %d".formatted(what, all.size(), most));
    }
    return all.stream().mapToInt(Integer.class::cast).toArray();
  }

  boolean hasNext() {
    return left > 0;
  }

  /**
   * Reads the next report.
   *
   * @throws IOException if it cannot be read; the message says why
   */
  void next(Report r) throws IOException {
    r.clear();
    BoardState board = board();
    r.tick = board.tick;
    r.pod = board.pod;
    r.cabinet = board.cabinet;
    r.board = board.board;
    Rows rows = board.headRows;
    for (ColumnReader column : head) {
      column.read(rows);
    }
    r.agentStartMs = rows.last.get(PackedForm.AGENT_START, 0);
    r.sequence = rows.last.get(PackedForm.SEQUENCE, 0);
    r.timeMs = rows.last.get(PackedForm.TIME, 0);
    readChips(r, board.chipParts);
    readLinks(r, board.linkParts);
    if (--left == 0) {
      expectEnd();
    }
  }

  private BoardState board() throws IOException {
    long choice = boardChoices.next();
    BoardState last = before;
    BoardState board = last == null ? null : last.next;
    if (choice != 0 || board == null) {
      long index = choice == 0 ? seen : choice - 1;
      if (index < 0 || index > seen || index >= boards.length) {
        throw new IOException(
            "board: %d of %d, and %d have reported".formatted(index, boards.length, seen));
      }
      board = boards[(int) index];
      seen += index == seen ? 1 : 0;
    }
    if (last != null) {
      last.next = board;
    }
    before = board;
    return board;
  }

  /** The list of a report: {@link Parts#NONE}, or its index. */
  private static int list(String what, ChoiceReader choices, Parts parts, int lists)
      throws IOException {
    long choice = choices.next();
    if (choice == 0) {
      return parts.list();
    }
    if (choice == PackedForm.NO_LIST) {
      return Parts.NONE;
    }
    long index = choice - PackedForm.FIRST_LIST;
    if (index < 0 || index >= lists) {
      throw new IOException("%s: list %d of %d".formatted(what, index, lists));
    }
    return (int) index;
  }

  private void readChips(Report r, Parts parts) throws IOException {
    int list = list("chips", chipChoices, parts, chipLists.length);
    if (list == Parts.NONE) {
      parts.none();
      return;
    }
    int[] chip = chipLists[list];
    int n = chip.length;
    Rows rows = parts.of(list, n);
    for (ColumnReader column : chips) {
      column.read(rows);
    }
    r.reserveChips(n);
    System.arraycopy(chip, 0, r.chip, 0, n);
    int c = 0;
    rows.copyLast(c++, r.health);
    rows.copyLast(c++, r.errorCode);
    rows.copyLast(c++, r.temperature);
    rows.copyLast(c++, r.hbmTemperature);
    rows.copyLast(c++, r.power);
    rows.copyLast(c++, r.utilization);
    rows.copyLast(c++, r.tensorActivity);
    rows.copyLast(c++, r.clock);
    rows.copyLast(c++, r.hbmUsed);
    rows.copyLast(c++, r.throttleReasons);
    rows.copyLast(c++, r.eccCorrected);
    rows.copyLast(c++, r.eccUncorrected);
    rows.copyLast(c, r.steps);
  }

  private void readLinks(Report r, Parts parts) throws IOException {
    int list = list("links", linkChoices, parts, linkChips.length);
    if (list == Parts.NONE) {
      parts.none();
      return;
    }
    int n = linkChips[list].length;
    Rows rows = parts.of(list, n);
    for (ColumnReader column : links) {
      column.read(rows);
    }
    r.reserveLinks(n);
    System.arraycopy(linkChips[list], 0, r.linkChip, 0, n);
    System.arraycopy(linkPorts[list], 0, r.linkPort, 0, n);
    int c = 0;
    rows.copyLast(c++, r.linkState);
    rows.copyLast(c++, r.linkRate);
    rows.copyLast(c++, r.txBytes);
    rows.copyLast(c++, r.rxBytes);
    rows.copyLast(c++, r.crcErrors);
    rows.copyLast(c++, r.retries);
    rows.copyLast(c++, r.recoveries);
    rows.copyLast(c, r.waitMicros);
  }

  private void expectEnd() throws IOException {
    boardChoices.expectEnd();
    chipChoices.expectEnd();
    linkChoices.expectEnd();
    for (ColumnReader[] columns : List.of(head, chips, links)) {
      for (ColumnReader column : columns) {
        column.expectEnd();
      }
    }
  }
}
