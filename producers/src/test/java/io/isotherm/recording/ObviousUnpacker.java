package io.isotherm.recording;

import io.isotherm.model.Report;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.generic.GenericRecord;
import org.jspecify.annotations.Nullable;

/** Unpacks a chunk by the rule of docs/recording.md, step by step, with null for absence. */
final class ObviousUnpacker {
  /** A report: its fields, the values of each chip, and of each link. */
  record Plain(List<Object> head, List<List<Long>> chips, List<List<Long>> links) {}

  private ObviousUnpacker() {}

  static List<Plain> unpack(GenericRecord chunk) {
    List<?> boards = (List<?>) chunk.get("boards");
    List<?> chipLists = (List<?>) chunk.get("chip_lists");
    List<?> linkLists = (List<?>) chunk.get("link_lists");
    Deque<Long> board = codes(chunk, "board");
    Deque<Long> chips = codes(chunk, "chips");
    Deque<Long> links = codes(chunk, "links");
    List<Column> head = new ArrayList<>();
    List<Column> chip = new ArrayList<>();
    List<Column> link = new ArrayList<>();
    PackedForm.HEAD.forEach(f -> head.add(new Column(chunk, f.name())));
    PackedForm.CHIP.forEach(f -> chip.add(new Column(chunk, f.name())));
    PackedForm.LINK.forEach(f -> link.add(new Column(chunk, f.name())));
    Map<Integer, Integer> follower = new HashMap<>();
    Map<Integer, Integer> chipListOf = new HashMap<>();
    Map<Integer, Integer> linkListOf = new HashMap<>();
    List<Plain> reports = new ArrayList<>();
    int last = -1;
    int reported = 0;
    for (int n = (int) chunk.get("reports"); n > 0; n--) {
      long code = board.remove();
      int b = code > 0 ? (int) code - 1 : follower.getOrDefault(last, reported);
      reported = Math.max(reported, b + 1);
      follower.put(last, b);
      last = b;
      GenericRecord where = (GenericRecord) boards.get(b);
      List<Object> fields =
          new ArrayList<>(
              List.of(
                  where.get("kind").toString(),
                  where.get("pod").toString(),
                  where.get("cabinet"),
                  where.get("board")));
      for (Column column : head) {
        Long value = column.values("board " + b, 1).get(0);
        fields.add(value == null ? Long.MIN_VALUE : value);
      }
      int chipList = list(chips.remove(), chipListOf, b);
      int linkList = list(links.remove(), linkListOf, b);
      List<List<Long>> chipRows = new ArrayList<>();
      if (chipList >= 0) {
        List<?> ids = (List<?>) chipLists.get(chipList);
        chipRows = rows(List.of(ids), chip, "board " + b + " chips " + chipList);
      }
      List<List<Long>> linkRows = new ArrayList<>();
      if (linkList >= 0) {
        GenericRecord ids = (GenericRecord) linkLists.get(linkList);
        linkRows =
            rows(
                List.of((List<?>) ids.get("chips"), (List<?>) ids.get("ports")),
                link,
                "board " + b + " links " + linkList);
      }
      reports.add(new Plain(fields, chipRows, linkRows));
    }
    return reports;
  }

  private static int list(long code, Map<Integer, Integer> listOf, int board) {
    int list =
        code == 0 ? listOf.getOrDefault(board, -1) : code == 1 ? -1 : Math.toIntExact(code - 2);
    listOf.put(board, list);
    return list;
  }

  private static List<List<Long>> rows(List<List<?>> ids, List<Column> columns, String stream) {
    List<List<Long>> rows = new ArrayList<>();
    int n = ids.get(0).size();
    for (int i = 0; i < n; i++) {
      List<Long> row = new ArrayList<>();
      for (List<?> id : ids) {
        row.add((long) (int) id.get(i));
      }
      rows.add(row);
    }
    for (Column column : columns) {
      List<Long> values = column.values(stream, n);
      for (int i = 0; i < n; i++) {
        rows.get(i).add(values.get(i));
      }
    }
    return rows;
  }

  /** All numbers of an array of planes. */
  private static Deque<Long> numbers(Object planes) {
    List<Deque<Integer>> left = new ArrayList<>();
    for (Object plane : (List<?>) planes) {
      Deque<Integer> bytes = new ArrayDeque<>();
      ByteBuffer buffer = ((ByteBuffer) plane).duplicate();
      while (buffer.hasRemaining()) {
        bytes.add(buffer.get() & 0xff);
      }
      left.add(bytes);
    }
    Deque<Long> numbers = new ArrayDeque<>();
    while (!left.isEmpty() && !left.get(0).isEmpty()) {
      long number = 0;
      int plane = 0;
      int b;
      do {
        b = left.get(plane).remove();
        number |= (b & 0x7fL) << (7 * plane++);
      } while (b >= 0x80);
      numbers.add(number);
    }
    return numbers;
  }

  /** All codes, those of the runs too. */
  private static Deque<Long> codes(GenericRecord from, String field) {
    GenericRecord choice = (GenericRecord) from.get(field);
    Deque<Long> runs = numbers(choice.get("runs"));
    Deque<Long> all = new ArrayDeque<>();
    for (long code : numbers(choice.get("codes"))) {
      all.add(code);
      for (long more = code == 0 ? runs.remove() : 0; more > 0; more--) {
        all.add(0L);
      }
    }
    return all;
  }

  /** A column, and the rows that were read. */
  private static final class Column {
    private final String prediction;
    private final Deque<Long> codes;
    private final Deque<Long> values;
    private final Map<String, List<List<Long>>> rows = new HashMap<>();

    Column(GenericRecord chunk, String field) {
      GenericRecord column = (GenericRecord) chunk.get(field);
      prediction = column.get("prediction").toString();
      codes = codes(chunk, field);
      values = numbers(column.get("values"));
    }

    List<Long> values(String stream, int count) {
      List<List<Long>> before = rows.computeIfAbsent(stream, s -> new ArrayList<>());
      List<Long> now = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        now.add(value(before, now, i));
      }
      before.add(now);
      return now;
    }

    private @Nullable Long value(List<List<Long>> before, List<Long> now, int i) {
      long code = codes.remove();
      if (code == 1) {
        long given = values.remove();
        return given == 0 ? null : unzigzag(given - 1);
      }
      Long last = at(before, 1, i);
      if (last == null) {
        return null;
      }
      long expected = last;
      Long beforeLast = at(before, 2, i);
      Long neighbour = i == 0 ? null : now.get(i - 1);
      Long neighbourLast = i == 0 ? null : at(before, 1, i - 1);
      if (prediction.equals("TREND") && beforeLast != null) {
        expected = last + (last - beforeLast);
      }
      if (neighbour != null && neighbourLast != null) {
        long change = neighbour - neighbourLast;
        if (prediction.equals("NEIGHBOUR")) {
          expected = last + change;
        }
        if (prediction.equals("SHARE") && neighbourLast != 0) {
          double share = (double) change * (double) last / (double) neighbourLast;
          expected = Math.abs(share) < Math.pow(2, 62) ? last + (long) Math.rint(share) : last;
        }
      }
      return code == 0 ? expected : expected + unzigzag(code - 1);
    }

    private static @Nullable Long at(List<List<Long>> before, int back, int i) {
      return before.size() < back ? null : before.get(before.size() - back).get(i);
    }

    private static long unzigzag(long n) {
      BigInteger number = new BigInteger(Long.toUnsignedString(n));
      BigInteger half = number.shiftRight(1);
      return (number.testBit(0) ? half.not() : half).longValueExact();
    }
  }

  /** A report as this class says it. */
  static Plain plain(Report r) {
    List<List<Long>> chips = new ArrayList<>();
    for (int i = 0; i < r.chipCount; i++) {
      List<Long> row = new ArrayList<>();
      row.add((long) r.chip[i]);
      row.add(value(r.health[i]));
      row.add(value(r.errorCode[i]));
      row.add(value(r.temperature[i]));
      row.add(value(r.hbmTemperature[i]));
      row.add(value(r.power[i]));
      row.add(value(r.utilization[i]));
      row.add(value(r.tensorActivity[i]));
      row.add(value(r.clock[i]));
      row.add(value(r.hbmUsed[i]));
      row.add(value(r.throttleReasons[i]));
      row.add(value(r.eccCorrected[i]));
      row.add(value(r.eccUncorrected[i]));
      row.add(value(r.steps[i]));
      chips.add(row);
    }
    List<List<Long>> links = new ArrayList<>();
    for (int i = 0; i < r.linkCount; i++) {
      List<Long> row = new ArrayList<>();
      row.add((long) r.linkChip[i]);
      row.add((long) r.linkPort[i]);
      row.add(value(r.linkState[i]));
      row.add(value(r.linkRate[i]));
      row.add(value(r.txBytes[i]));
      row.add(value(r.rxBytes[i]));
      row.add(value(r.crcErrors[i]));
      row.add(value(r.retries[i]));
      row.add(value(r.recoveries[i]));
      row.add(value(r.waitMicros[i]));
      links.add(row);
    }
    return new Plain(
        List.of(
            r.tick ? "TICK" : "REPORT",
            r.pod,
            r.cabinet,
            r.board,
            r.agentStartMs,
            r.sequence,
            r.timeMs),
        chips,
        links);
  }

  private static @Nullable Long value(int reading) {
    return reading == Report.ABSENT ? null : Long.valueOf(reading);
  }

  private static @Nullable Long value(long reading) {
    return reading == Report.ABSENT_LONG ? null : Long.valueOf(reading);
  }
}
