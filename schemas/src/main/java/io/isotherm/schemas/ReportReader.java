package io.isotherm.schemas;

import io.isotherm.avro.BoardReport;
import io.isotherm.model.Report;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Reads framed {@code BoardReport}s into a {@link Report} that is filled again and again.
 *
 * <p>Values written with the newest schema or the one before are read by hand, field by field as
 * the schema has them, and nothing is allocated; values of every other version are read by Avro and
 * copied. Both give the same. Tests hold the first equal to the second, and a change of the schema
 * fails them until this class follows.
 *
 * <p>Stricter than Avro in five things: UTF-8 must be well formed, a block's length in bytes must
 * be right, a reading of a {@code ChipSample} or {@code LinkSample} must not be the value that
 * means absence in a {@link Report}, a column must have as many entries as the first, one or none
 * (one of differences all or none), and a report has at most {@link Report#MAX_CHIPS} chips and
 * {@link Report#MAX_LINKS} links.
 *
 * <p>Not safe for use by several threads.
 */
public final class ReportReader {
  /** Bytes of a chip or link with every reading null: no item is shorter. */
  private static final int SHORTEST_CHIP = 14;

  private static final int SHORTEST_LINK = 10;

  /** Highest index of each enum. */
  private static final int MAX_KIND = 1;

  static final int MAX_HEALTH = 3;
  static final int MAX_STATE = 2;

  private final SchemaIds ids;
  private final ByteDecoder in = new ByteDecoder();
  private final PodNames names = new PodNames();
  private final AvroReader<BoardReport> other;

  /** Ids that were met; a registry may have several of the same form. */
  private final Map<Integer, ReportForm> forms = new HashMap<>();

  /** The last id of a value that was read by hand, which no id is before the first. */
  private long lastId = Long.MIN_VALUE;

  /** Its form. */
  private ReportForm lastForm = ReportForm.OTHER;

  /** Length in bytes that the block being read declared, or -1. */
  private int blockLength = -1;

  /**
   * @param ids where the ids in the framing come from
   */
  public ReportReader(SchemaIds ids) {
    this.ids = ids;
    this.other = new AvroReader<>(BoardReport.class, ids);
  }

  /**
   * Fills {@code into} with the report in {@code value}; keeps nothing of {@code value}.
   *
   * @throws UndecodableException if it cannot be read; {@code into} then has no chips and no links,
   *     and its other fields are undefined
   * @throws org.apache.kafka.common.KafkaException if a registry cannot be asked for the schema
   */
  public void read(byte @Nullable [] value, Report into) {
    into.clear();
    int id = Framing.schemaId(value);
    byte[] bytes = Objects.requireNonNull(value);
    try {
      if (id == lastId || isByHand(id)) {
        readByHand(bytes, into);
      } else {
        ReportCopy.copy(other.read(bytes), into);
      }
    } catch (UndecodableException e) {
      into.clear();
      throw e;
    }
  }

  /**
   * As {@link #read(byte[], Report)}, for a value that lies in an array with others.
   *
   * @param from where the value begins
   * @param end where it ends, exclusive
   */
  public void read(byte[] bytes, int from, int end, Report into) {
    if (end - from >= Framing.LENGTH && Framing.isFramed(bytes, from, lastId)) {
      into.clear();
      in.reset(bytes, from + Framing.LENGTH, end);
      try {
        readFields(lastForm, into);
        in.expectEnd();
        return;
      } catch (UndecodableException e) {
        // Is read again by itself, so that the message counts bytes from the value's begin.
      } finally {
        in.release();
      }
    }
    read(Arrays.copyOfRange(bytes, from, end), into);
  }

  private boolean isByHand(int id) {
    ReportForm form = forms.get(id);
    if (form == null) {
      form = ReportForm.of(ids.schema(id));
      forms.put(id, form);
    }
    if (form == ReportForm.OTHER) {
      return false;
    }
    lastId = id;
    lastForm = form;
    return true;
  }

  /**
   * Fills {@code into} with one of several reports that follow each other without framing, as in a
   * block of an Avro object container file.
   *
   * @param form what they were written with; not {@link ReportForm#OTHER}
   * @param block the reports' bytes
   * @param from where the report begins
   * @param to where the reports end
   * @return where the next one begins
   * @throws UndecodableException as {@link #read}
   */
  public int readUnframed(ReportForm form, byte[] block, int from, int to, Report into) {
    into.clear();
    in.reset(block, from, to);
    try {
      readFields(form, into);
      return in.position();
    } catch (UndecodableException e) {
      into.clear();
      throw e.within("BoardReport: ");
    } finally {
      in.release();
    }
  }

  /** Fills {@code into} with what Avro read. */
  public void copyOf(BoardReport from, Report into) {
    into.clear();
    ReportCopy.copy(from, into);
  }

  private void readByHand(byte[] value, Report r) {
    in.reset(value, Framing.LENGTH);
    try {
      readFields(lastForm, r);
      in.expectEnd();
    } catch (UndecodableException e) {
      throw e.within("BoardReport: ");
    } finally {
      in.release();
    }
  }

  private void readFields(ReportForm form, Report r) {
    r.tick = readEnum("kind", MAX_KIND) == 1;
    r.pod = names.read(in);
    r.cabinet = in.readInt("cabinet");
    r.board = in.readInt("board");
    r.agentStartMs = in.readLong("agent_start_ms");
    r.sequence = in.readLong("sequence");
    r.timeMs = in.readLong("time_ms");
    readChips(r);
    readLinks(r);
    int inColumns = r.chipCount;
    if (in.readBranch("chip_columns")) {
      try {
        readChipColumns(r);
      } catch (UndecodableException e) {
        throw e.within("chip_columns.");
      }
    }
    if (in.readBranch("link_columns")) {
      try {
        readLinkColumns(r);
      } catch (UndecodableException e) {
        throw e.within("link_columns.");
      }
    }
    if (form == ReportForm.NEWEST && in.readBranch("chip_differences")) {
      try {
        readChipDifferences(r, inColumns);
      } catch (UndecodableException e) {
        throw e.within("chip_differences.");
      }
    }
  }

  private void readChips(Report r) {
    while (true) {
      int count = readCount("chips", SHORTEST_CHIP, Report.MAX_CHIPS - r.chipCount);
      if (count == 0) {
        return;
      }
      int start = in.position();
      try {
        for (int n = 0; n < count; n++) {
          readChip(r);
        }
      } catch (UndecodableException e) {
        throw e.within("chips[" + (r.chipCount - 1) + "].");
      }
      checkBlock("chips", start);
    }
  }

  // Most chips and links have the same shape: the same readings are given, and take as many bytes
  // as always. So neighbours are read as one word where that has the usual shape, which one
  // comparison tells, and one by one where it has not. A word of a shape has a mask of the bits
  // that the shape fixes, and those bits: the branch 1 of a union is a byte 0x02, a number's last
  // byte has its highest bit clear and every other one set.

  private void readChip(Report r) {
    // The entry first, so that a failure names it; its identity follows.
    int i = r.reserveChip();
    long w = in.word();
    if ((w & 0xfff9ff80L) == 0x00000200L) {
      // One byte, an enum from 0 to 3, null.
      r.chip[i] = oneByte(w);
      r.health[i] = oneByte(w >>> 16);
      r.errorCode[i] = Report.ABSENT_LONG;
      in.skip(4);
    } else {
      r.chip[i] = in.readInt("chip");
      r.health[i] = readNullableEnum("health", MAX_HEALTH);
      r.errorCode[i] = in.readNullableLong("error_code", Report.ABSENT_LONG);
    }
    w = in.word();
    if (isTwoOfTwo(w)) {
      r.temperature[i] = twoBytes(w >>> 8);
      r.hbmTemperature[i] = twoBytes(w >>> 32);
      in.skip(6);
    } else {
      r.temperature[i] = in.readNullableInt("temperature_decicelsius", Report.ABSENT);
      r.hbmTemperature[i] = in.readNullableInt("hbm_temperature_decicelsius", Report.ABSENT);
    }
    w = in.word();
    if (isTwoOfTwo(w)) {
      r.power[i] = twoBytes(w >>> 8);
      r.utilization[i] = twoBytes(w >>> 32);
      in.skip(6);
    } else {
      r.power[i] = in.readNullableInt("power_deciwatts", Report.ABSENT);
      r.utilization[i] = in.readNullableInt("utilization_permille", Report.ABSENT);
    }
    w = in.word();
    if (isTwoOfTwo(w)) {
      r.tensorActivity[i] = twoBytes(w >>> 8);
      r.clock[i] = twoBytes(w >>> 32);
      in.skip(6);
    } else {
      r.tensorActivity[i] = in.readNullableInt("tensor_activity_permille", Report.ABSENT);
      r.clock[i] = in.readNullableInt("clock_megahertz", Report.ABSENT);
    }
    r.hbmUsed[i] = in.readNullableInt("hbm_used_mebibytes", Report.ABSENT);
    w = in.word();
    if (isThreeOfOne(w)) {
      r.throttleReasons[i] = oneByte(w >>> 8);
      r.eccCorrected[i] = oneByte(w >>> 24);
      r.eccUncorrected[i] = oneByte(w >>> 40);
      in.skip(6);
    } else {
      r.throttleReasons[i] = in.readNullableInt("throttle_reasons", Report.ABSENT);
      r.eccCorrected[i] = in.readNullableLong("ecc_corrected", Report.ABSENT_LONG);
      r.eccUncorrected[i] = in.readNullableLong("ecc_uncorrected", Report.ABSENT_LONG);
    }
    r.steps[i] = in.readNullableLong("steps", Report.ABSENT_LONG);
  }

  /** Whether a word begins with two readings of two bytes each. */
  private static boolean isTwoOfTwo(long w) {
    return (w & 0x8080ff_8080ffL) == 0x008002_008002L;
  }

  /** Whether a word begins with three readings of a byte each. */
  private static boolean isThreeOfOne(long w) {
    return (w & 0x80ff_80ff_80ffL) == 0x0002_0002_0002L;
  }

  /** The number in the lowest byte of a word. */
  private static int oneByte(long w) {
    int n = (int) w & 0x7f;
    return (n >>> 1) ^ -(n & 1);
  }

  /** The number in the lowest two bytes of a word. */
  private static int twoBytes(long w) {
    int n = ((int) w & 0x7f) | (((int) w >>> 1) & 0x3f80);
    return (n >>> 1) ^ -(n & 1);
  }

  private void readLinks(Report r) {
    while (true) {
      int count = readCount("links", SHORTEST_LINK, Report.MAX_LINKS - r.linkCount);
      if (count == 0) {
        return;
      }
      int start = in.position();
      try {
        for (int n = 0; n < count; n++) {
          readLink(r);
        }
      } catch (UndecodableException e) {
        throw e.within("links[" + (r.linkCount - 1) + "].");
      }
      checkBlock("links", start);
    }
  }

  private void readLink(Report r) {
    int i = r.reserveLink();
    long w = in.word();
    if ((w & 0xffff8080L) == 0x02020000L) {
      // Two bytes of identity, up.
      r.linkChip[i] = oneByte(w);
      r.linkPort[i] = oneByte(w >>> 8);
      r.linkState[i] = Report.LINK_UP;
      in.skip(4);
    } else {
      r.linkChip[i] = in.readInt("chip");
      r.linkPort[i] = in.readInt("port");
      r.linkState[i] = readNullableEnum("state", MAX_STATE);
    }
    r.linkRate[i] = in.readNullableInt("rate_megabits_per_second", Report.ABSENT);
    r.txBytes[i] = in.readNullableLong("tx_bytes", Report.ABSENT_LONG);
    r.rxBytes[i] = in.readNullableLong("rx_bytes", Report.ABSENT_LONG);
    w = in.word();
    if (isThreeOfOne(w)) {
      r.crcErrors[i] = oneByte(w >>> 8);
      r.retries[i] = oneByte(w >>> 24);
      r.recoveries[i] = oneByte(w >>> 40);
      in.skip(6);
    } else {
      r.crcErrors[i] = in.readNullableLong("crc_errors", Report.ABSENT_LONG);
      r.retries[i] = in.readNullableLong("retries", Report.ABSENT_LONG);
      r.recoveries[i] = in.readNullableLong("recoveries", Report.ABSENT_LONG);
    }
    r.waitMicros[i] = in.readNullableLong("wait_microseconds", Report.ABSENT_LONG);
  }

  private void readChipColumns(Report r) {
    int first = r.chipCount;
    while (true) {
      int count = readCount("chip", 1, Report.MAX_CHIPS - r.chipCount);
      if (count == 0) {
        break;
      }
      int i = r.reserveChips(count);
      readBlock("chip", r.chip, i, i + count);
    }
    int end = r.chipCount;
    readStates("health", r.health, first, end, MAX_HEALTH);
    readColumn("error_code", r.errorCode, first, end);
    readColumn("temperature_decicelsius", r.temperature, first, end);
    readColumn("hbm_temperature_decicelsius", r.hbmTemperature, first, end);
    readColumn("power_deciwatts", r.power, first, end);
    readColumn("utilization_permille", r.utilization, first, end);
    readColumn("tensor_activity_permille", r.tensorActivity, first, end);
    readColumn("clock_megahertz", r.clock, first, end);
    readColumn("hbm_used_mebibytes", r.hbmUsed, first, end);
    readColumn("throttle_reasons", r.throttleReasons, first, end);
    readColumn("ecc_corrected", r.eccCorrected, first, end);
    readColumn("ecc_uncorrected", r.eccUncorrected, first, end);
    readColumn("steps", r.steps, first, end);
  }

  /**
   * Takes what is said as differences of the chips in columns.
   *
   * @param first the first of them
   */
  private void readChipDifferences(Report r, int first) {
    readDifferences("temperature_decicelsius", r.temperature, first, r.chipCount);
    readDifferences("hbm_temperature_decicelsius", r.hbmTemperature, first, r.chipCount);
  }

  private void readDifferences(String what, int[] column, int from, int to) {
    int entries = readEntries(what, column, from, to);
    if (entries != 0) {
      checkEntries(what, entries, to - from);
      int sum = 0;
      for (int i = from; i < to; i++) {
        sum += column[i];
        column[i] = sum;
      }
    }
  }

  private void readLinkColumns(Report r) {
    int first = r.linkCount;
    while (true) {
      int count = readCount("chip", 1, Report.MAX_LINKS - r.linkCount);
      if (count == 0) {
        break;
      }
      int i = r.reserveLinks(count);
      readBlock("chip", r.linkChip, i, i + count);
    }
    int end = r.linkCount;
    checkEntries("port", readEntries("port", r.linkPort, first, end), end - first);
    readStates("state", r.linkState, first, end, MAX_STATE);
    readColumn("rate_megabits_per_second", r.linkRate, first, end);
    readColumn("tx_bytes", r.txBytes, first, end);
    readColumn("rx_bytes", r.rxBytes, first, end);
    readColumn("crc_errors", r.crcErrors, first, end);
    readColumn("retries", r.retries, first, end);
    readColumn("recoveries", r.recoveries, first, end);
    readColumn("wait_microseconds", r.waitMicros, first, end);
  }

  private void readBlock(String what, int[] column, int from, int to) {
    int start = in.position();
    in.readInts(what, column, from, to);
    checkBlock(what, start);
  }

  /** Reads a column of these: an entry for each, one that holds for all, or none. */
  private void readColumn(String what, int[] column, int from, int to) {
    int entries = readEntries(what, column, from, to);
    if (entries == 1) {
      Arrays.fill(column, from, to, column[from]);
    } else if (entries == 0) {
      Arrays.fill(column, from, to, Report.ABSENT);
    } else {
      checkEntries(what, entries, to - from);
    }
  }

  private void readColumn(String what, long[] column, int from, int to) {
    int entries = readEntries(what, column, from, to);
    if (entries == 1) {
      Arrays.fill(column, from, to, column[from]);
    } else if (entries == 0) {
      Arrays.fill(column, from, to, Report.ABSENT_LONG);
    } else {
      checkEntries(what, entries, to - from);
    }
  }

  private void readStates(String what, int[] column, int from, int to, int max) {
    readColumn(what, column, from, to);
    for (int i = from; i < to; i++) {
      checkState(what, column[i], max);
    }
  }

  /** Reads as many entries as there are; not more than these. */
  private int readEntries(String what, int[] column, int from, int to) {
    int few = in.readFewInts(what, column, from, to);
    return few < 0 ? readBlocks(what, column, from, to) : few;
  }

  private int readBlocks(String what, int[] column, int from, int to) {
    int at = from;
    for (int n = readCount(what, 1, to - at); n > 0; n = readCount(what, 1, to - at)) {
      readBlock(what, column, at, at + n);
      at += n;
    }
    return at - from;
  }

  private int readEntries(String what, long[] column, int from, int to) {
    int few = in.readFewLongs(what, column, from, to);
    return few < 0 ? readBlocks(what, column, from, to) : few;
  }

  private int readBlocks(String what, long[] column, int from, int to) {
    int at = from;
    for (int n = readCount(what, 1, to - at); n > 0; n = readCount(what, 1, to - at)) {
      int start = in.position();
      in.readLongs(what, column, at, at + n);
      checkBlock(what, start);
      at += n;
    }
    return at - from;
  }

  static void checkEntries(String what, int entries, int expected) {
    if (entries != expected) {
      throw new UndecodableException(
          "%s: %d entries, but the first column has %d".formatted(what, entries, expected));
    }
  }

  static void checkState(String what, int state, int max) {
    if ((state < 0 || state > max) && state != Report.ABSENT) {
      throw new UndecodableException("%s: %d, must be 0 to %d".formatted(what, state, max));
    }
  }

  /** Items in the next block of an array; 0 at the array's end. */
  private int readCount(String what, int shortest, int room) {
    int at = in.position();
    long count = in.readLong(what);
    blockLength = -1;
    if (count < 0) {
      // A negative count is followed by the length of the block in bytes.
      blockLength = in.readLength(what);
      count = -count;
    }
    if (count < 0 || count > in.remaining() / shortest) {
      throw new UndecodableException(
          "%s: a block of %d at byte %d, but %d bytes are left"
              .formatted(what, count, at, in.remaining()));
    }
    if (count > room) {
      throw new UndecodableException(
          "%s: a block of %d at byte %d, but there is room for %d more"
              .formatted(what, count, at, room));
    }
    return (int) count;
  }

  private void checkBlock(String what, int start) {
    if (blockLength >= 0 && in.position() - start != blockLength) {
      throw new UndecodableException(
          "%s: the block at byte %d has %d bytes, but declares %d"
              .formatted(what, start, in.position() - start, blockLength));
    }
  }

  private int readEnum(String what, int max) {
    int index = in.readInt(what);
    if (index < 0 || index > max) {
      throw badEnum(what, index, max);
    }
    return index;
  }

  private int readNullableEnum(String what, int max) {
    int index = in.readNullableInt(what, Report.ABSENT);
    if ((index < 0 || index > max) && index != Report.ABSENT) {
      throw badEnum(what, index, max);
    }
    return index;
  }

  private UndecodableException badEnum(String what, int index, int max) {
    return new UndecodableException(
        "%s: enum index %d before byte %d, must be 0 to %d"
            .formatted(what, index, in.position(), max));
  }
}
