package io.isotherm.schemas;

import io.isotherm.model.Report;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a {@link Report} as a framed {@code BoardReport}, byte for byte as Avro's own encoder
 * does, without allocating: in columns where there are at least {@value #LEAST_IN_COLUMNS} chips or
 * links, and else one by one. Of columns, temperatures are written as differences from chip to chip
 * where every chip's is given and not all are equal. Not safe for use by several threads.
 */
public final class ReportWriter {
  /** Most bytes of an int and of a long, and of a reading of each with its union's branch. */
  private static final int INT = 5;

  private static final int LONG = 10;
  private static final int READING = 1 + LONG;

  private static final int MOST_BYTES_OF_CHIP = INT + Report.CHIP_READINGS * READING;
  private static final int MOST_BYTES_OF_LINK = 2 * INT + Report.LINK_READINGS * READING;

  /** Columns of a report: what a chip and a link have, and what may be given as differences. */
  static final int COLUMNS =
      1 + Report.CHIP_READINGS + 2 + Report.LINK_READINGS + ReportHeadReader.DIFFERENCES;

  /** Number of entries of a column, and its end. */
  private static final int MOST_BYTES_OF_COLUMN = LONG + 1;

  /**
   * Fewest chips or links that are written in columns: a column costs two bytes beside its entries,
   * and a union's branch is a byte for each.
   */
  static final int LEAST_IN_COLUMNS = 2;

  // Columns that are written as differences, a bit each.
  private static final int TEMPERATURE = 1;
  private static final int HBM_TEMPERATURE = 2;

  /** The branch of a union that is not null, as Avro encodes its number. */
  private static final byte PRESENT = 2;

  private static final VarHandle TWO_BYTES =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FOUR_BYTES =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle EIGHT_BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final int id;
  private byte[] buffer = new byte[4096];

  private String pod = "";
  private byte[] podBytes = {};

  /**
   * @param ids where the ids in the framing come from
   * @throws org.apache.kafka.common.KafkaException if a registry cannot be asked
   */
  public ReportWriter(SchemaIds ids) {
    id = ids.newestId(Topics.REPORTS.subject());
  }

  /**
   * The framed bytes of a report, in an array of their own.
   *
   * @throws IllegalArgumentException if a state is none that the schema knows
   */
  public byte[] toBytes(Report report) {
    int length = write(report);
    return Arrays.copyOf(buffer, length);
  }

  /**
   * Writes a report into {@link #buffer()}, over what was there.
   *
   * @return number of bytes
   * @throws IllegalArgumentException if a state is none that the schema knows
   */
  public int write(Report r) {
    if (!r.pod.equals(pod)) {
      pod = r.pod;
      podBytes = r.pod.getBytes(StandardCharsets.UTF_8);
    }
    // Room for the longest encoding and for eight bytes at once at its end.
    int most =
        Framing.LENGTH
            + INT
            + LONG
            + podBytes.length
            + 2 * INT
            + 3 * LONG
            + 4 * LONG
            + r.chipCount * MOST_BYTES_OF_CHIP
            + r.linkCount * MOST_BYTES_OF_LINK
            + COLUMNS * MOST_BYTES_OF_COLUMN
            + Long.BYTES;
    if (most > buffer.length) {
      buffer = new byte[Math.max(most, 2 * buffer.length)];
    }
    byte[] out = buffer;
    Framing.write(out, id);
    int at = Framing.LENGTH;
    at = put(out, at, r.tick ? 1 : 0);
    at = put(out, at, podBytes.length);
    System.arraycopy(podBytes, 0, out, at, podBytes.length);
    at += podBytes.length;
    at = put(out, at, r.cabinet);
    at = put(out, at, r.board);
    at = put(out, at, r.agentStartMs);
    at = put(out, at, r.sequence);
    at = put(out, at, r.timeMs);
    boolean chipColumns = r.chipCount >= LEAST_IN_COLUMNS;
    boolean linkColumns = r.linkCount >= LEAST_IN_COLUMNS;
    if (!chipColumns && r.chipCount > 0) {
      at = put(out, at, r.chipCount);
      for (int i = 0; i < r.chipCount; i++) {
        at = putChip(out, at, r, i);
      }
    }
    out[at++] = 0;
    if (!linkColumns && r.linkCount > 0) {
      at = put(out, at, r.linkCount);
      for (int i = 0; i < r.linkCount; i++) {
        at = putLink(out, at, r, i);
      }
    }
    out[at++] = 0;
    out[at++] = chipColumns ? PRESENT : 0;
    int differences = chipColumns ? differences(r) : 0;
    if (chipColumns) {
      at = putChipColumns(out, at, r, differences);
    }
    out[at++] = linkColumns ? PRESENT : 0;
    if (linkColumns) {
      at = putLinkColumns(out, at, r);
    }
    out[at++] = differences != 0 ? PRESENT : 0;
    if (differences != 0) {
      at = putDifferences(out, at, (differences & TEMPERATURE) != 0, r.temperature, r.chipCount);
      at =
          putDifferences(
              out, at, (differences & HBM_TEMPERATURE) != 0, r.hbmTemperature, r.chipCount);
    }
    return at;
  }

  /** What {@link #write} wrote; the next call writes over it, and may replace the array. */
  public byte[] buffer() {
    return buffer;
  }

  private static int putChip(byte[] out, int start, Report r, int i) {
    int at = put(out, start, r.chip[i]);
    at = putState(out, at, "health", r.health[i], Report.HEALTH_FATAL);
    at = putReading(out, at, r.errorCode[i]);
    at = putReading(out, at, r.temperature[i]);
    at = putReading(out, at, r.hbmTemperature[i]);
    at = putReading(out, at, r.power[i]);
    at = putReading(out, at, r.utilization[i]);
    at = putReading(out, at, r.tensorActivity[i]);
    at = putReading(out, at, r.clock[i]);
    at = putReading(out, at, r.hbmUsed[i]);
    at = putReading(out, at, r.throttleReasons[i]);
    at = putReading(out, at, r.eccCorrected[i]);
    at = putReading(out, at, r.eccUncorrected[i]);
    return putReading(out, at, r.steps[i]);
  }

  private static int putLink(byte[] out, int start, Report r, int i) {
    int at = put(out, start, r.linkChip[i]);
    at = put(out, at, r.linkPort[i]);
    at = putState(out, at, "state", r.linkState[i], Report.LINK_DOWN);
    at = putReading(out, at, r.linkRate[i]);
    at = putReading(out, at, r.txBytes[i]);
    at = putReading(out, at, r.rxBytes[i]);
    at = putReading(out, at, r.crcErrors[i]);
    at = putReading(out, at, r.retries[i]);
    at = putReading(out, at, r.recoveries[i]);
    return putReading(out, at, r.waitMicros[i]);
  }

  /** The columns to write as differences. */
  private static int differences(Report r) {
    int n = r.chipCount;
    return (varies(r.temperature, n) ? TEMPERATURE : 0)
        | (varies(r.hbmTemperature, n) ? HBM_TEMPERATURE : 0);
  }

  /** Whether every entry is given, and not all are equal. */
  private static boolean varies(int[] column, int n) {
    int first = column[0];
    int others = 0;
    boolean given = first != Report.ABSENT;
    for (int i = 1; i < n; i++) {
      others |= column[i] ^ first;
      given &= column[i] != Report.ABSENT;
    }
    return given && others != 0;
  }

  /** Writes a column as differences, or none of it. */
  private static int putDifferences(byte[] out, int start, boolean given, int[] column, int n) {
    int at = start;
    if (given) {
      at = put(out, at, n);
      int before = 0;
      for (int i = 0; i < n; i++) {
        at = putEntry(out, at, column[i] - before);
        before = column[i];
      }
    }
    out[at] = 0;
    return at + 1;
  }

  /**
   * @param elsewhere columns that are written as differences and so empty here
   */
  private static int putChipColumns(byte[] out, int start, Report r, int elsewhere) {
    int n = r.chipCount;
    checkStates("health", r.health, n, Report.HEALTH_FATAL);
    int at = putEntries(out, start, r.chip, n);
    at = putColumn(out, at, r.health, n);
    at = putColumn(out, at, r.errorCode, n);
    at = putColumn(out, at, r.temperature, (elsewhere & TEMPERATURE) != 0 ? 0 : n);
    at = putColumn(out, at, r.hbmTemperature, (elsewhere & HBM_TEMPERATURE) != 0 ? 0 : n);
    at = putColumn(out, at, r.power, n);
    at = putColumn(out, at, r.utilization, n);
    at = putColumn(out, at, r.tensorActivity, n);
    at = putColumn(out, at, r.clock, n);
    at = putColumn(out, at, r.hbmUsed, n);
    at = putColumn(out, at, r.throttleReasons, n);
    at = putColumn(out, at, r.eccCorrected, n);
    at = putColumn(out, at, r.eccUncorrected, n);
    return putColumn(out, at, r.steps, n);
  }

  private static int putLinkColumns(byte[] out, int start, Report r) {
    int n = r.linkCount;
    checkStates("state", r.linkState, n, Report.LINK_DOWN);
    int at = putEntries(out, start, r.linkChip, n);
    at = putEntries(out, at, r.linkPort, n);
    at = putColumn(out, at, r.linkState, n);
    at = putColumn(out, at, r.linkRate, n);
    at = putColumn(out, at, r.txBytes, n);
    at = putColumn(out, at, r.rxBytes, n);
    at = putColumn(out, at, r.crcErrors, n);
    at = putColumn(out, at, r.retries, n);
    at = putColumn(out, at, r.recoveries, n);
    return putColumn(out, at, r.waitMicros, n);
  }

  /** Writes a column: with one entry if all are equal, and with none if they are absent. */
  private static int putColumn(byte[] out, int at, int[] column, int n) {
    if (n == 0) {
      return putEntries(out, at, column, 0);
    }
    int first = column[0];
    for (int i = 1; i < n; i++) {
      if (column[i] != first) {
        return putEntries(out, at, column, n);
      }
    }
    return putEntries(out, at, column, first == Report.ABSENT ? 0 : 1);
  }

  private static int putColumn(byte[] out, int at, long[] column, int n) {
    long first = column[0];
    for (int i = 1; i < n; i++) {
      if (column[i] != first) {
        return putEntries(out, at, column, n);
      }
    }
    return putEntries(out, at, column, first == Report.ABSENT_LONG ? 0 : 1);
  }

  private static int putEntries(byte[] out, int start, int[] column, int n) {
    int at = start;
    if (n > 0) {
      at = put(out, at, n);
    }
    for (int i = 0; i < n; i++) {
      at = putEntry(out, at, column[i]);
    }
    out[at] = 0;
    return at + 1;
  }

  private static int putEntries(byte[] out, int start, long[] column, int n) {
    int at = start;
    if (n > 0) {
      at = put(out, at, n);
    }
    for (int i = 0; i < n; i++) {
      at = putEntry(out, at, column[i]);
    }
    out[at] = 0;
    return at + 1;
  }

  private static void checkStates(String what, int[] column, int n, int max) {
    for (int i = 0; i < n; i++) {
      if (column[i] != Report.ABSENT) {
        checkState(what, column[i], max);
      }
    }
  }

  private static void checkState(String what, int state, int max) {
    if (state < 0 || state > max) {
      throw new IllegalArgumentException(
          "%s is %d, must be 0 to %d or absent".formatted(what, state, max));
    }
  }

  private static int putState(byte[] out, int at, String what, int state, int max) {
    if (state == Report.ABSENT) {
      out[at] = 0;
      return at + 1;
    }
    checkState(what, state, max);
    out[at] = PRESENT;
    out[at + 1] = (byte) (state << 1);
    return at + 2;
  }

  private static int putReading(byte[] out, int at, int value) {
    if (value == Report.ABSENT) {
      out[at] = 0;
      return at + 1;
    }
    return putPresent(out, at, value);
  }

  private static int putReading(byte[] out, int at, long value) {
    if (value == Report.ABSENT_LONG) {
      out[at] = 0;
      return at + 1;
    }
    return putPresent(out, at, value);
  }

  /**
   * Writes the union's branch and the value, at once if both take no more than eight bytes; bytes
   * beyond them hold anything. The length is chosen by branches and not computed, because a field's
   * length hardly changes from entry to entry, and the processor need not wait for it.
   */
  private static int putPresent(byte[] out, int at, long value) {
    long n = (value << 1) ^ (value >> 63);
    if (n >>> 7 == 0) {
      TWO_BYTES.set(out, at, (short) (n << 8 | PRESENT));
      return at + 2;
    }
    if (n >>> 14 == 0) {
      FOUR_BYTES.set(out, at, (int) (n & 0x7f) << 8 | (int) (n >>> 7) << 16 | 0x8000 | PRESENT);
      return at + 3;
    }
    if (n >>> 21 == 0) {
      FOUR_BYTES.set(
          out,
          at,
          (int) (n & 0x7f) << 8
              | (int) (n >>> 7 & 0x7f) << 16
              | (int) (n >>> 14) << 24
              | 0x80_8000
              | PRESENT);
      return at + 4;
    }
    if (n >>> 49 != 0) {
      out[at] = PRESENT;
      return put(out, at + 1, value);
    }
    long bytes = spread(n) << 8 | PRESENT;
    if (n >>> 28 == 0) {
      EIGHT_BYTES.set(out, at, bytes | 0x8080_8000L);
      return at + 5;
    }
    if (n >>> 35 == 0) {
      EIGHT_BYTES.set(out, at, bytes | 0x80_8080_8000L);
      return at + 6;
    }
    if (n >>> 42 == 0) {
      EIGHT_BYTES.set(out, at, bytes | 0x8080_8080_8000L);
      return at + 7;
    }
    EIGHT_BYTES.set(out, at, bytes | 0x80_8080_8080_8000L);
    return at + 8;
  }

  /** Writes a number, as {@link #putPresent} does, without a branch. */
  private static int putEntry(byte[] out, int at, long value) {
    long n = (value << 1) ^ (value >> 63);
    if (n >>> 7 == 0) {
      out[at] = (byte) n;
      return at + 1;
    }
    if (n >>> 14 == 0) {
      TWO_BYTES.set(out, at, (short) ((n & 0x7f) | (n << 1 & 0x7f00) | 0x80));
      return at + 2;
    }
    if (n >>> 21 == 0) {
      FOUR_BYTES.set(
          out, at, (int) ((n & 0x7f) | (n << 1 & 0x7f00) | (n << 2 & 0x7f_0000)) | 0x8080);
      return at + 3;
    }
    if (n >>> 49 != 0) {
      return put(out, at, value);
    }
    int more = (63 - Long.numberOfLeadingZeros(n)) / 7;
    EIGHT_BYTES.set(out, at, spread(n) | (0x0080_8080_8080_8080L & ((1L << (8 * more)) - 1)));
    return at + more + 1;
  }

  /** An int's encoding is that of the same number as a long. */
  private static int put(byte[] out, int start, long value) {
    long n = (value << 1) ^ (value >> 63);
    int at = start;
    while ((n & ~0x7fL) != 0) {
      out[at++] = (byte) (n | 0x80);
      n >>>= 7;
    }
    out[at++] = (byte) n;
    return at;
  }

  /** Moves each group of seven of the lowest 49 bits into a byte of its own. */
  private static long spread(long n) {
    long x = (n & 0x0000_0000_0FFF_FFFFL) | (n & 0x00FF_FFFF_F000_0000L) << 4;
    x = (x & 0x0000_3FFF_0000_3FFFL) | (x & 0x0FFF_C000_0FFF_C000L) << 2;
    return (x & 0x007F_007F_007F_007FL) | (x & 0x3F80_3F80_3F80_3F80L) << 1;
  }
}
