package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.BoardReport;
import io.isotherm.model.Report;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;

/** Holds the reader of heads against the reader of whole reports. */
class ReportHeadReaderTest {
  private final ReportHeadReader heads = new ReportHeadReader();
  private final ReportReader whole = new ReportReader(SchemaHistory.bundled());
  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final Report read = new Report();

  /** What a reader says of the report at {@code from}: its head and its end, or why not. */
  private interface Reading {
    int readUnframed(byte[] block, int from, int to, Report into);
  }

  private String said(Reading by, byte[] block, int from, int to) {
    try {
      int end = by.readUnframed(block, from, to, read);
      return "%b %s %d/%d %d %d %d to %d"
          .formatted(
              read.tick,
              read.pod,
              read.cabinet,
              read.board,
              read.agentStartMs,
              read.sequence,
              read.timeMs,
              end);
    } catch (UndecodableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private int readWhole(byte[] block, int from, int to, Report into) {
    return whole.readUnframed(ReportForm.NEWEST, block, from, to, into);
  }

  private void compare(byte[] block, int from, int to, String what) {
    String head = said(heads::readUnframed, block, from, to);
    String all = said(this::readWhole, block, from, to);
    if (!head.equals(all)) {
      assertThat(head).as(what).isEqualTo(all);
    }
  }

  /** A report without framing, its arrays in blocks that say how long they are if {@code sized}. */
  private static byte[] encoded(BoardReport report, boolean sized) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    BinaryEncoder encoder =
        sized
            ? new EncoderFactory().configureBlockSize(64).blockingBinaryEncoder(out, null)
            : EncoderFactory.get().binaryEncoder(out, null);
    new SpecificDatumWriter<BoardReport>(Topics.REPORTS.valueSchema()).write(report, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  private byte[] unframed(Report report) {
    byte[] value = writer.toBytes(report);
    return Arrays.copyOfRange(value, Framing.LENGTH, value.length);
  }

  @Test
  void passesOverRandomReportsToTheirEnds() throws IOException {
    for (long seed = 0; seed < 500; seed++) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (int i = 0; i < 5; i++) {
        out.writeBytes(encoded(Reports.random(5 * seed + i), seed % 5 == i));
      }
      byte[] block = out.toByteArray();
      int from = 0;
      for (int i = 0; i < 5; i++) {
        compare(block, from, block.length, "seed %d, report %d".formatted(seed, i));
        from = heads.readUnframed(block, from, block.length, read);
        assertThat(read.chipCount + read.linkCount).isZero();
      }
      assertThat(from).isEqualTo(block.length);
    }
  }

  @Test
  void aBoardWithCountersOfEveryLengthIsPassedOver() throws IOException {
    Report board = Reports.board(20);
    for (int bits = 0; bits < 64; bits++) {
      for (int i = 0; i < board.linkCount; i++) {
        board.txBytes[i] = 1L << bits;
        board.rxBytes[i] = -(1L << Math.min(bits, 62));
        board.crcErrors[i] = Long.MAX_VALUE >>> bits;
        board.txBytes[i] = board.txBytes[i] == Report.ABSENT_LONG ? 0 : board.txBytes[i];
        board.linkRate[i] = 1 << Math.min(bits, 30);
      }
      for (byte[] one : List.of(unframed(board), encoded(Reports.toAvro(board), false))) {
        byte[] block = Arrays.copyOf(one, 2 * one.length);
        System.arraycopy(one, 0, block, one.length, one.length);
        compare(block, 0, block.length, bits + " bits");
        assertThat(heads.readUnframed(block, 0, block.length, read)).isEqualTo(one.length);
      }
    }
  }

  @Test
  void damageIsNamedInTheSameWords() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    for (int seed = 0; seed < 20; seed++) {
      byte[] one =
          seed == 0 ? unframed(Reports.board(20)) : encoded(Reports.random(seed), seed % 7 == 0);
      byte[] block = Arrays.copyOf(one, one.length + 600);
      for (int at = 0; at < one.length; at++) {
        byte was = block[at];
        for (int n = 0; n < 9; n++) {
          block[at] = n < 8 ? (byte) (was ^ 1 << n) : (byte) random.nextInt();
          compare(block, 0, block.length, "seed " + seed + ", byte " + at);
        }
        block[at] = was;
      }
    }
  }

  @Test
  void aBlockThatEndsEarlyIsNamedInTheSameWords() throws IOException {
    for (int seed = 0; seed < 20; seed++) {
      byte[] one = seed == 0 ? unframed(Reports.board(20)) : encoded(Reports.random(seed), false);
      for (int length = 0; length < one.length; length++) {
        String what = "seed " + seed + ", bytes " + length;
        compare(Arrays.copyOf(one, length), 0, length, what);
        // What lies behind the end is not part of it, whatever it says.
        compare(Arrays.copyOf(one, one.length + 600), 0, length, what);
      }
    }
  }

  @Test
  void ticksAndTheLargestReportArePassedOver() {
    byte[] tick = unframed(Reports.tick());
    compare(tick, 0, tick.length, "tick");
    Report large = new Report();
    for (int i = 0; i < Report.MAX_CHIPS; i++) {
      large.addChip(i);
    }
    for (int i = 0; i < Report.MAX_LINKS; i++) {
      large.addLink(i, i);
    }
    byte[] largest = unframed(large);
    compare(largest, 0, largest.length, "the largest");
  }
}
