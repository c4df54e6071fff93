package io.isotherm.schemas;

import io.isotherm.model.Report;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes a {@link Report} as a framed {@code BoardReport}, byte for byte as Avro's own encoder
 * does, without allocating. Not safe for use by several threads.
 */
public final class ReportWriter {
  /** Most bytes of an int and of a long, and of a reading of each with its union's branch. */
  private static final int INT = 5;

  private static final int LONG = 10;
  private static final int READING = 1 + LONG;

  private static final int MOST_BYTES_OF_CHIP = INT + 13 * READING;
  private static final int MOST_BYTES_OF_LINK = 2 * INT + 8 * READING;

  private final int id;
  private byte[] buffer = new byte[4096];
  private int position;

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
    // Room for the longest encoding, so that the rest needs no check.
    int most =
        Framing.LENGTH
            + INT
            + LONG
            + podBytes.length
            + 2 * INT
            + 3 * LONG
            + 4 * LONG
            + r.chipCount * MOST_BYTES_OF_CHIP
            + r.linkCount * MOST_BYTES_OF_LINK;
    if (most > buffer.length) {
      buffer = new byte[Math.max(most, 2 * buffer.length)];
    }
    Framing.write(buffer, id);
    position = Framing.LENGTH;
    writeInt(r.tick ? 1 : 0);
    writeInt(podBytes.length);
    System.arraycopy(podBytes, 0, buffer, position, podBytes.length);
    position += podBytes.length;
    writeInt(r.cabinet);
    writeInt(r.board);
    writeLong(r.agentStartMs);
    writeLong(r.sequence);
    writeLong(r.timeMs);
    if (r.chipCount > 0) {
      writeInt(r.chipCount);
      for (int i = 0; i < r.chipCount; i++) {
        writeChip(r, i);
      }
    }
    writeInt(0);
    if (r.linkCount > 0) {
      writeInt(r.linkCount);
      for (int i = 0; i < r.linkCount; i++) {
        writeLink(r, i);
      }
    }
    writeInt(0);
    return position;
  }

  /** What {@link #write} wrote; the next call writes over it, and may replace the array. */
  public byte[] buffer() {
    return buffer;
  }

  private void writeChip(Report r, int i) {
    writeInt(r.chip[i]);
    writeEnum("health", r.health[i], Report.HEALTH_FATAL);
    writeReading(r.errorCode[i]);
    writeReading(r.temperature[i]);
    writeReading(r.hbmTemperature[i]);
    writeReading(r.power[i]);
    writeReading(r.utilization[i]);
    writeReading(r.tensorActivity[i]);
    writeReading(r.clock[i]);
    writeReading(r.hbmUsed[i]);
    writeReading(r.throttleReasons[i]);
    writeReading(r.eccCorrected[i]);
    writeReading(r.eccUncorrected[i]);
    writeReading(r.steps[i]);
  }

  private void writeLink(Report r, int i) {
    writeInt(r.linkChip[i]);
    writeInt(r.linkPort[i]);
    writeEnum("state", r.linkState[i], Report.LINK_DOWN);
    writeReading(r.linkRate[i]);
    writeReading(r.txBytes[i]);
    writeReading(r.rxBytes[i]);
    writeReading(r.crcErrors[i]);
    writeReading(r.retries[i]);
    writeReading(r.recoveries[i]);
    writeReading(r.waitMicros[i]);
  }

  private void writeEnum(String what, int value, int max) {
    if (value != Report.ABSENT && (value < 0 || value > max)) {
      throw new IllegalArgumentException(
          "%s is %d, must be 0 to %d or absent".formatted(what, value, max));
    }
    writeReading(value);
  }

  private void writeReading(int value) {
    if (value == Report.ABSENT) {
      buffer[position++] = 0;
    } else {
      buffer[position++] = 2;
      writeInt(value);
    }
  }

  private void writeReading(long value) {
    if (value == Report.ABSENT_LONG) {
      buffer[position++] = 0;
    } else {
      buffer[position++] = 2;
      writeLong(value);
    }
  }

  private void writeInt(int value) {
    int n = (value << 1) ^ (value >> 31);
    while ((n & ~0x7f) != 0) {
      buffer[position++] = (byte) (n | 0x80);
      n >>>= 7;
    }
    buffer[position++] = (byte) n;
  }

  private void writeLong(long value) {
    long n = (value << 1) ^ (value >> 63);
    while ((n & ~0x7fL) != 0) {
      buffer[position++] = (byte) (n | 0x80);
      n >>>= 7;
    }
    buffer[position++] = (byte) n;
  }
}
