package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.isotherm.avro.BoardReport;
import io.isotherm.model.Report;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificData;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificDatumWriter;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ReportReaderWriterTest {
  private static final SchemaHistory HISTORY = SchemaHistory.bundled();
  private static final Schema SCHEMA = Topics.REPORTS.valueSchema();
  private static final int ID = HISTORY.newestId(Topics.REPORTS.subject());

  private final ReportReader reader = new ReportReader(HISTORY);
  private final ReportWriter writer = new ReportWriter(HISTORY);
  private final Report report = new Report();

  /** The buffers of the fast writer and readers are as long as these numbers make them. */
  @Test
  void theNumbersOfReadingsAreThoseOfTheSchema() {
    int chip = fields("chips");
    int link = fields("links");

    assertThat(chip).isEqualTo(1 + Report.CHIP_READINGS).isEqualTo(fields("chip_columns"));
    assertThat(link).isEqualTo(2 + Report.LINK_READINGS).isEqualTo(fields("link_columns"));
    assertThat(fields("chip_differences")).isEqualTo(ReportHeadReader.DIFFERENCES);
    assertThat(ReportWriter.COLUMNS).isEqualTo(chip + link + fields("chip_differences"));
  }

  /** Fields of the records of a field that is a list of them or one that may be null. */
  private static int fields(String field) {
    Schema type = SCHEMA.getField(field).schema();
    Schema of = type.isUnion() ? type.getTypes().get(1) : type.getElementType();
    return of.getFields().size();
  }

  /** Avro's own bytes, framed. */
  private static byte[] avroBytes(BoardReport record) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] frame = new byte[Framing.LENGTH];
    Framing.write(frame, ID);
    out.writeBytes(frame);
    try {
      BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
      new SpecificDatumWriter<BoardReport>(SCHEMA).write(record, encoder);
      encoder.flush();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return out.toByteArray();
  }

  /** Avro's own reader, which must take all bytes. */
  private static BoardReport avroRead(byte[] value) throws IOException {
    BinaryDecoder in =
        DecoderFactory.get()
            .binaryDecoder(value, Framing.LENGTH, value.length - Framing.LENGTH, null);
    BoardReport record = new SpecificDatumReader<BoardReport>(SCHEMA).read(null, in);
    if (!in.isEnd()) {
      throw new IOException("bytes left over");
    }
    return record;
  }

  private static BoardReport random(long seed) {
    return Reports.random(seed);
  }

  @Test
  void readsWhatAvroWrote() {
    for (long seed = 0; seed < 3000; seed++) {
      BoardReport record = random(seed);
      reader.read(avroBytes(record), report);
      assertThat(Reports.toAvro(report)).as("seed %d", seed).isEqualTo(Reports.inRows(record));
    }
  }

  @Test
  void writesTheBytesThatAvroWrites() {
    for (long seed = 0; seed < 3000; seed++) {
      BoardReport rows = Reports.inRows(random(seed));
      reader.read(avroBytes(rows), report);
      assertThat(writer.toBytes(report))
          .as("seed %d", seed)
          .isEqualTo(avroBytes(Reports.asWritten(rows)));
    }
  }

  @Test
  void aValueAmongOthersIsReadAsItIsByItself() {
    SplittableRandom random = new SplittableRandom(11);
    for (long seed = 0; seed < 2000; seed++) {
      // Given
      byte[] value = avroBytes(random(seed));
      if (seed % 2 == 1) {
        value = Arrays.copyOf(value, random.nextInt(value.length));
      }
      if (seed % 3 == 2 && value.length > 0) {
        value[random.nextInt(value.length)] ^= (byte) (1 << random.nextInt(8));
      }
      int before = random.nextInt(20);
      byte[] others = new byte[before + value.length + random.nextInt(20)];
      random.nextBytes(others);
      System.arraycopy(value, 0, others, before, value.length);

      // When
      String alone = outcome(value);
      String among = outcome(others, before, before + value.length);

      // Then
      assertThat(among).as("seed %d", seed).isEqualTo(alone);
    }
  }

  /** What a value says, or what is wrong with it. */
  private String outcome(byte[] value) {
    try {
      reader.read(value, report);
      return Reports.toAvro(report).toString();
    } catch (UndecodableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private String outcome(byte[] bytes, int from, int end) {
    try {
      reader.read(bytes, from, end, report);
      return Reports.toAvro(report).toString();
    } catch (UndecodableException e) {
      return String.valueOf(e.getMessage());
    }
  }

  @Test
  void anIdOfNoSchemaIsRefusedBeforeAnyOtherIsKnown() {
    byte[] value = avroBytes(random(1));
    Framing.write(value, -1);

    assertThatThrownBy(() -> new ReportReader(HISTORY).read(value, report))
        .isInstanceOf(UndecodableException.class);
  }

  @Test
  void aTickIsReadAndWrittenAsAvroDoes() {
    byte[] value = writer.toBytes(Reports.tick());
    assertThat(value).isEqualTo(avroBytes(Reports.toAvro(Reports.tick())));
    reader.read(value, report);
    assertThat(report.tick).isTrue();
    assertThat(Reports.toAvro(report)).isEqualTo(Reports.toAvro(Reports.tick()));
  }

  @Test
  void theLargestReportFits() {
    Report large = new Report();
    large.pod = "p".repeat(300);
    for (int i = 0; i < Report.MAX_CHIPS; i++) {
      int c = large.addChip(Integer.MIN_VALUE);
      large.errorCode[c] = Long.MAX_VALUE;
      large.temperature[c] = Integer.MIN_VALUE + 1;
      large.steps[c] = Long.MIN_VALUE + 1;
    }
    for (int i = 0; i < Report.MAX_LINKS; i++) {
      int l = large.addLink(Integer.MAX_VALUE, Integer.MIN_VALUE);
      large.txBytes[l] = Long.MAX_VALUE;
      large.waitMicros[l] = Long.MIN_VALUE + 1;
    }
    byte[] value = writer.toBytes(large);
    reader.read(value, report);
    assertThat(report.chipCount).isEqualTo(Report.MAX_CHIPS);
    assertThat(report.linkCount).isEqualTo(Report.MAX_LINKS);
    assertThat(value).isEqualTo(avroBytes(Reports.asWritten(Reports.toAvro(report))));
  }

  @Test
  void everyTruncationIsUndecodable() {
    List<byte[]> values = new ArrayList<>();
    values.add(writer.toBytes(Reports.board(20)));
    values.add(avroBytes(Reports.toAvro(Reports.board(20))));
    values.add(writer.toBytes(Reports.tick()));
    for (long seed = 0; seed < 30; seed++) {
      values.add(avroBytes(random(seed)));
    }
    for (byte[] value : values) {
      for (int length = 0; length < value.length; length++) {
        byte[] cut = Arrays.copyOf(value, length);
        assertThatThrownBy(() -> reader.read(cut, report)).isInstanceOf(UndecodableException.class);
        assertThat(report.chipCount + report.linkCount).isZero();
      }
      byte[] longer = Arrays.copyOf(value, value.length + 1);
      assertThatThrownBy(() -> reader.read(longer, report))
          .hasMessage("BoardReport: 1 bytes are left over from byte %d on".formatted(value.length));
    }
  }

  @Test
  void everyCorruptionIsRefusedOrReadAsAvroReadsIt() {
    List<byte[]> values = new ArrayList<>();
    values.add(writer.toBytes(Reports.board(6)));
    values.add(avroBytes(Reports.toAvro(Reports.board(6))));
    for (long seed = 0; seed < 6; seed++) {
      values.add(avroBytes(random(seed)));
    }
    int same = 0;
    int refused = 0;
    for (byte[] value : values) {
      for (int at = Framing.LENGTH; at < value.length; at++) {
        for (int mask = 1; mask <= 255; mask = nextMask(mask)) {
          byte[] broken = value.clone();
          broken[at] ^= (byte) mask;
          if (readsAsAvro(broken)) {
            same++;
          } else {
            refused++;
          }
        }
      }
    }
    assertThat(same).isGreaterThan(1000);
    assertThat(refused).isGreaterThan(1000);
  }

  /** All single bits, then some patterns. */
  private static int nextMask(int mask) {
    return switch (mask) {
      case 128 -> 0x7f;
      case 0x7f -> 0xff;
      case 0xff -> 256;
      default -> mask << 1;
    };
  }

  /** Whether the reader accepts; if it does, Avro must accept too and read the same. */
  private boolean readsAsAvro(byte[] value) {
    try {
      reader.read(value, report);
    } catch (UndecodableException e) {
      assertThat(e.getMessage()).isNotBlank().doesNotContain("\n");
      return false;
    }
    try {
      assertThat(Reports.toAvro(report)).isEqualTo(Reports.inRows(avroRead(value)));
    } catch (IOException | RuntimeException e) {
      throw new AssertionError("Avro refuses " + HexFormat.of().formatHex(value), e);
    }
    return true;
  }

  /** Around every length in bytes that neighbouring numbers can have. */
  @Test
  void numbersOfEveryLengthAreReadNextToEachOther() throws IOException {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 5_000; round++) {
      Report r = Reports.board(6);
      for (int i = 0; i < r.chipCount; i++) {
        for (int[] column :
            List.of(
                r.temperature,
                r.hbmTemperature,
                r.power,
                r.utilization,
                r.tensorActivity,
                r.clock,
                r.hbmUsed,
                r.throttleReasons)) {
          column[i] = random.nextInt(4) == 0 ? (int) edge(random, 31) : column[i];
        }
        r.eccCorrected[i] = edge(random, 63);
        r.eccUncorrected[i] = random.nextBoolean() ? edge(random, 20) : r.eccUncorrected[i];
        r.health[i] = random.nextInt(4);
      }
      for (int i = 0; i < r.linkCount; i++) {
        r.linkState[i] = random.nextInt(3);
        r.linkRate[i] = (int) edge(random, 31);
        r.crcErrors[i] = random.nextBoolean() ? edge(random, 63) : r.crcErrors[i];
        r.recoveries[i] = random.nextBoolean() ? edge(random, 20) : r.recoveries[i];
      }
      BoardReport rows = Reports.toAvro(r);
      byte[] value = writer.toBytes(r);
      reader.read(value, report);
      assertThat(Reports.toAvro(report)).isEqualTo(rows);
      assertThat(Reports.inRows(avroRead(value))).isEqualTo(rows);
      reader.read(avroBytes(rows), report);
      assertThat(Reports.toAvro(report)).isEqualTo(rows);
    }
  }

  /** A number next to a power of two below 2 to the {@code bits}, of either sign. */
  private static long edge(SplittableRandom random, int bits) {
    long n = (1L << random.nextInt(bits)) + random.nextInt(3) - 1;
    return random.nextBoolean() ? n : -n;
  }

  @Test
  void corruptedFramesAreRefused() {
    byte[] value = writer.toBytes(Reports.board(0));
    for (int at = 0; at < Framing.LENGTH; at++) {
      for (int bit = 0; bit < 8; bit++) {
        byte[] broken = value.clone();
        broken[at] ^= (byte) (1 << bit);
        assertThatThrownBy(() -> reader.read(broken, report))
            .as("byte %d bit %d", at, bit)
            .isInstanceOf(UndecodableException.class);
      }
    }
    assertThatThrownBy(() -> reader.read(null, report)).isInstanceOf(UndecodableException.class);
  }

  /** Hand-made bytes: what precedes is a report of pod "p", everything else 0. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          00 02 70 8080808080 01 | BoardReport: cabinet: an int at byte 8 is longer than 5 bytes
          00 02 70 00 00 ffffffffffffffffffff 01 | BoardReport: agent_start_ms: a long at byte 10 is longer than 10 bytes
          04 02 70 | BoardReport: kind: enum index 2 before byte 6, must be 0 to 1
          01 02 70 | BoardReport: kind: enum index -1 before byte 6, must be 0 to 1
          00 03 70 | BoardReport: pod: length -2 at byte 6, but 1 bytes are left
          00 fcffffff0f 70 | BoardReport: pod: length 2147483646 at byte 6, but 1 bytes are left
          00 04 c328 00 | BoardReport: pod: the 2 bytes from byte 7 on are not UTF-8
          00 02 70 00 00 00 00 00 feffffff0f | BoardReport: chips: a block of 2147483647 at byte 13, but 0 bytes are left
          00 02 70 00 00 00 00 00 ffffffffffffffffff01 00 | BoardReport: chips: a block of -9223372036854775808 at byte 13, but 0 bytes are left
          00 02 70 00 00 00 00 00 02 00 04 0000000000000000000000000000 | BoardReport: chips[0].health: union branch 2 before byte 16, must be 0 or 1
          00 02 70 00 00 00 00 00 02 00 02 08 000000000000000000000000 | BoardReport: chips[0].health: enum index 4 before byte 17, must be 0 to 3
          00 02 70 00 00 00 00 00 02 00 00 00 02 ffffffff0f 00000000000000000000 | BoardReport: chips[0].temperature_decicelsius: -2147483648 before byte 23 cannot be a reading; absence is null
          00 02 70 00 00 00 00 00 02 00 00 02 ffffffffffffffffff01 0000000000000000000000 | BoardReport: chips[0].error_code: -9223372036854775808 before byte 27 cannot be a reading; absence is null
          00 02 70 00 00 00 00 00 01 1a 0000000000000000000000000000 00 00 | BoardReport: chips: the block at byte 15 has 14 bytes, but declares 13
          00 02 70 00 00 00 00 00 00 02 00 00 02 06 00000000000000 00 | BoardReport: links[0].state: enum index 3 before byte 19, must be 0 to 2
          00 02 70 00 00 00 00 00 00 00 04 | BoardReport: chip_columns: union branch 2 before byte 16, must be 0 or 1
          00 02 70 00 00 00 00 00 00 00 02 06 00 02 04 00 04 02 02 00 00 | BoardReport: chip_columns.health: 2 entries, but the first column has 3
          00 02 70 00 00 00 00 00 00 00 02 04 00 02 00 04 02 08 00 00 | BoardReport: chip_columns.health: 4, must be 0 to 3
          00 02 70 00 00 00 00 00 00 00 02 04 00 02 00 00 06 00 00 00 00 | BoardReport: chip_columns.error_code: a block of 3 at byte 21, but there is room for 2 more
          00 02 70 00 00 00 00 00 00 00 02 00 02 02 00 0000000000000000000000 00 | BoardReport: chip_columns.health: a block of 1 at byte 17, but there is room for 0 more
          00 02 70 00 00 00 00 00 00 00 02 feffffff0f | BoardReport: chip_columns.chip: a block of 2147483647 at byte 16, but 0 bytes are left
          00 02 70 00 00 00 00 00 00 00 00 02 02 00 00 00 00 | BoardReport: link_columns.port: 0 entries, but the first column has 1
          00 02 70 00 00 00 00 00 00 00 02 03 06 00 02 00 | BoardReport: chip_columns.chip: the block at byte 18 has 2 bytes, but declares 3
          00 02 70 00 00 00 00 00 00 00 00 00 04 | BoardReport: chip_differences: union branch 2 before byte 18, must be 0 or 1
          00 02 70 00 00 00 00 00 00 00 00 00 02 02 02 00 00 00 | BoardReport: chip_differences.temperature_decicelsius: a block of 1 at byte 18, but there is room for 0 more
          00 02 70 00 00 00 00 00 00 00 02 06 00 02 04 00 00000000000000000000000000 00 02 00 04 02 02 00 | BoardReport: chip_differences.hbm_temperature_decicelsius: 2 entries, but the first column has 3
          """)
  void theMessageSaysWhatIsWrongAndWhere(String hex, String message) {
    byte[] body = HexFormat.of().parseHex(hex.replace(" ", ""));
    byte[] value = new byte[Framing.LENGTH + body.length];
    Framing.write(value, ID);
    System.arraycopy(body, 0, value, Framing.LENGTH, body.length);
    assertThatThrownBy(() -> reader.read(value, report))
        .isInstanceOf(UndecodableException.class)
        .hasMessage(message);
  }

  /** Avro allows arrays in many blocks, blocks with their length in bytes, and padded numbers. */
  @ParameterizedTest
  @CsvSource({
    "00 02 70 00 00 00 00 00 01 1c 0000000000000000000000000000 00 00 00 00 00",
    "00 02 70 00 00 00 00 00 02 0000000000000000000000000000 02 0200000000000000000000000000 00 00 00 00 00",
    "00 02 70 808000 00 00 00 80808080808080808000 00 00 00 00 00",
    "00 02 70 ffffffff7f 00 00 00 ffffffffffffffffff7f 00 00 00 00 00",
    "00 02 70 00 00 00 00 00 00 01 14 00000000000000000000 00 00 00 00",
    "00 8200 70 00 00 00 00 00 00 00 00 00 00",
    // A chip of each form; a column in two blocks, one of them with its length; no entry at all.
    "00 02 70 00 00 00 00 00 02 0000000000000000000000000000 00 00 02 02 04 00 00000000000000000000000000 00 00",
    "00 02 70 00 00 00 00 00 00 00 02 02 00 01 02 02 00 02 04 02 04 00 0000000000000000000000 00 00 00",
    "00 02 70 00 00 00 00 00 00 00 02 0000000000000000000000000000 02 00000000000000000000 00",
    // One entry for both chips.
    "00 02 70 00 00 00 00 00 00 00 02 04 00 02 00 02 02 00 02 08 00 0000000000000000000000 00 00",
    // Differences of two of the three columns in one and two blocks, which count instead of a
    // column's entries.
    "00 02 70 00 00 00 00 00 00 00 02 04 00 02 00 00 00 02 08 00 00000000000000000000 00 02 04 0a 01 00 02 ffffffff0f 02 01 00",
  })
  void unusualButValidEncodingsAreReadAsAvroReadsThem(String hex) {
    byte[] body = HexFormat.of().parseHex(hex.replace(" ", ""));
    byte[] value = new byte[Framing.LENGTH + body.length];
    Framing.write(value, ID);
    System.arraycopy(body, 0, value, Framing.LENGTH, body.length);
    assertThat(readsAsAvro(value)).isTrue();
  }

  @Test
  void tooManyChipsAreRefusedWithoutMakingRoomForThem() {
    byte[] head = avroBytes(Reports.toAvro(Reports.tick()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(head, 0, head.length - 5);
    // 1025 chips: zigzag 2050.
    out.writeBytes(new byte[] {(byte) 0x82, 0x10});
    out.writeBytes(new byte[1025 * 14 + 5]);
    assertThatThrownBy(() -> reader.read(out.toByteArray(), report))
        .hasMessageContaining("chips: a block of 1025 at byte")
        .hasMessageEndingWith("but there is room for 1024 more");
  }

  @Test
  void aNameSeenBeforeIsTheSameString() {
    byte[] value = writer.toBytes(Reports.board(0));
    reader.read(value, report);
    String first = report.pod;
    Report other = Reports.board(0);
    other.pod = "pod-04";
    reader.read(new ReportWriter(HISTORY).toBytes(other), report);
    assertThat(report.pod).isEqualTo("pod-04");
    reader.read(value, report);
    assertThat(report.pod).isSameAs(first);
  }

  @Test
  void anOlderVersionIsReadByAvroAndGivesTheSame() throws IOException {
    Schema old;
    try (var in = getClass().getResourceAsStream("/schemas/older-board-report.avsc")) {
      old = new Schema.Parser().parse(in);
    }
    SchemaIds ids = new WithOlder(old);
    ReportReader both = new ReportReader(ids);
    for (long seed = 0; seed < 300; seed++) {
      GenericRecord written = new RandomRecords(seed).record(old);
      byte[] value = bytes(old, written, WithOlder.OLDER_ID);
      both.read(value, report);
      assertThat(report.pod).isEqualTo(written.get("pod").toString());
      assertThat(report.timeMs).isEqualTo(written.get("time_ms"));
      assertThat(report.tick).isFalse();
      assertThat(report.linkCount).isZero();
      List<?> chips = (List<?>) written.get("chips");
      assertThat(report.chipCount).isEqualTo(chips.size());
      for (int i = 0; i < chips.size(); i++) {
        GenericRecord c = (GenericRecord) chips.get(i);
        assertThat(report.chip[i]).isEqualTo(c.get("chip"));
        Object t = c.get("temperature_decicelsius");
        assertThat(report.temperature[i]).isEqualTo(t == null ? Report.ABSENT : t);
        assertThat(report.power[i]).isEqualTo(Report.ABSENT);
        assertThat(report.steps[i]).isEqualTo(Report.ABSENT_LONG);
        assertThat(report.health[i]).isEqualTo(Report.ABSENT);
      }
      for (int length = Framing.LENGTH; length < value.length; length++) {
        byte[] cut = Arrays.copyOf(value, length);
        assertThatThrownBy(() -> both.read(cut, report)).isInstanceOf(UndecodableException.class);
      }
      // The newest version is still read beside it.
      both.read(avroBytes(random(seed)), report);
      assertThat(Reports.toAvro(report)).isEqualTo(Reports.inRows(random(seed)));
    }
  }

  /** The first version of the bundled history, which had no columns. */
  @Test
  void reportsFromBeforeThereWereColumnsAreReadAsEver() throws IOException {
    Schema first = HISTORY.versions(Topics.REPORTS.subject()).get(0).schema();
    for (long seed = 0; seed < 300; seed++) {
      GenericRecord written = new RandomRecords(seed).record(first);
      reader.read(bytes(first, written, 1), report);
      BoardReport rows = Reports.toAvro(report);
      for (Schema.Field f : first.getFields()) {
        assertThat(String.valueOf(rows.get(f.name())))
            .as("seed %d, %s", seed, f.name())
            .isEqualTo(String.valueOf(written.get(f.name())));
      }
    }
  }

  /** The version before the newest, which is read by hand too. */
  @Test
  void reportsFromBeforeThereWereDifferencesAreReadAsAvroReadsThem() throws IOException {
    SchemaHistory.Entry before = HISTORY.versions(Topics.REPORTS.subject()).get(1);
    Schema schema = before.schema();
    assertThat(ReportForm.of(schema)).isEqualTo(ReportForm.BEFORE_DIFFERENCES);
    for (long seed = 0; seed < 300; seed++) {
      BoardReport record = Reports.random(2 * seed + 1, /* differences= */ false);
      GenericRecord written = new GenericData.Record(schema);
      schema.getFields().forEach(f -> written.put(f.name(), record.get(f.name())));
      byte[] value = bytes(schema, written, before.id());
      BoardReport rows = Reports.inRows(record);

      reader.read(value, report);
      assertThat(Reports.toAvro(report)).as("seed %d", seed).isEqualTo(rows);
      int end =
          reader.readUnframed(
              ReportForm.BEFORE_DIFFERENCES, value, Framing.LENGTH, value.length, report);
      assertThat(end).isEqualTo(value.length);
      assertThat(Reports.toAvro(report)).as("seed %d", seed).isEqualTo(rows);
      byte[] longer = Arrays.copyOf(value, value.length + 1);
      assertThatThrownBy(() -> reader.read(longer, report))
          .hasMessage("BoardReport: 1 bytes are left over from byte %d on".formatted(value.length));
      // The newest version is still read beside it, alone and among others.
      byte[] newest = avroBytes(random(seed));
      reader.read(newest, 0, newest.length, report);
      assertThat(Reports.toAvro(report)).isEqualTo(Reports.inRows(random(seed)));
    }
  }

  @Test
  void temperaturesThatVaryAreWrittenAsDifferencesIfAllAreGiven() throws IOException {
    Report r = Reports.board(0);
    r.hbmTemperature[3] = Report.ABSENT;

    BoardReport written = avroRead(writer.toBytes(r));

    assertThat(written.getChipDifferences().getTemperatureDecicelsius())
        .containsExactly(650, 1, 1, 1, 1, 1, 1, 1);
    assertThat(written.getChipColumns().getTemperatureDecicelsius()).isEmpty();
    assertThat(written.getChipDifferences().getHbmTemperatureDecicelsius()).isEmpty();
    assertThat(written.getChipColumns().getHbmTemperatureDecicelsius()).hasSize(8);
    r.hbmTemperature[3] = 723;
    Arrays.fill(r.temperature, 0, 8, 650);
    written = avroRead(writer.toBytes(r));
    assertThat(written.getChipDifferences().getTemperatureDecicelsius()).isEmpty();
    assertThat(written.getChipColumns().getTemperatureDecicelsius()).containsExactly(650);
    assertThat(written.getChipDifferences().getHbmTemperatureDecicelsius())
        .containsExactly(720, 1, 1, 1, 1, 1, 1, 1);
  }

  /** What a build after this one would write: the columns, and a field that is not known here. */
  @Test
  void columnsOfANewerVersionAreReadByAvroAndGiveTheSame() throws IOException {
    List<Schema.Field> fields = new ArrayList<>();
    SCHEMA.getFields().forEach(f -> fields.add(new Schema.Field(f, f.schema())));
    fields.add(new Schema.Field("rack", Schema.create(Schema.Type.INT), null, 0));
    Schema newer =
        Schema.createRecord(SCHEMA.getName(), null, SCHEMA.getNamespace(), false, fields);
    ReportReader both = new ReportReader(new WithOlder(newer));
    for (long seed = 0; seed < 300; seed++) {
      BoardReport known = random(seed);
      GenericRecord written = new GenericData.Record(newer);
      SCHEMA.getFields().forEach(f -> written.put(f.name(), known.get(f.pos())));
      written.put("rack", 7);
      both.read(bytes(newer, written, WithOlder.OLDER_ID), report);
      assertThat(Reports.toAvro(report)).isEqualTo(Reports.inRows(known));
    }

    BoardReport torn = Reports.asWritten(Reports.toAvro(Reports.board(6)));
    torn.getChipColumns().setPowerDeciwatts(List.of(1, 2));
    GenericRecord written = new GenericData.Record(newer);
    SCHEMA.getFields().forEach(f -> written.put(f.name(), torn.get(f.pos())));
    written.put("rack", 7);
    String message =
        "BoardReport: chip_columns.power_deciwatts: 2 entries, but the first column has 8";
    byte[] value = bytes(newer, written, WithOlder.OLDER_ID);
    assertThatThrownBy(() -> both.read(value, report)).hasMessage(message);
    assertThatThrownBy(() -> reader.read(avroBytes(torn), report)).hasMessage(message);

    torn.getChipColumns().setPowerDeciwatts(List.of());
    torn.getChipDifferences().setTemperatureDecicelsius(List.of(1, 2));
    SCHEMA.getFields().forEach(f -> written.put(f.name(), torn.get(f.pos())));
    String ofDifferences =
        "BoardReport: chip_differences.temperature_decicelsius: 2 entries, but the first column has"
            + " 8";
    byte[] tornDifferences = bytes(newer, written, WithOlder.OLDER_ID);
    assertThatThrownBy(() -> both.read(tornDifferences, report)).hasMessage(ofDifferences);
    assertThatThrownBy(() -> reader.read(avroBytes(torn), report)).hasMessage(ofDifferences);
  }

  @Test
  void aSentinelInAnOlderVersionIsRefusedToo() throws IOException {
    Schema old;
    try (var in = getClass().getResourceAsStream("/schemas/older-board-report.avsc")) {
      old = new Schema.Parser().parse(in);
    }
    GenericRecord written = new RandomRecords(3).record(old);
    GenericRecord chip =
        new RandomRecords(3).record(old.getField("chips").schema().getElementType());
    chip.put("temperature_decicelsius", Integer.MIN_VALUE);
    written.put("chips", List.of(chip));
    byte[] value = bytes(old, written, WithOlder.OLDER_ID);
    assertThatThrownBy(() -> new ReportReader(new WithOlder(old)).read(value, report))
        .isInstanceOf(UndecodableException.class)
        .hasMessage(
            "BoardReport: temperature_decicelsius: -2147483648 cannot be a reading; absence is"
                + " null");
  }

  @Test
  void anIdOfAnotherTopicIsRefused() {
    byte[] value = writer.toBytes(Reports.board(0));
    int other = HISTORY.newestId(Topics.POD_HEALTH.subject());
    Framing.write(value, other);
    assertThatThrownBy(() -> reader.read(value, report))
        .isInstanceOf(UndecodableException.class)
        .hasMessageStartingWith(
            "BoardReport: does not fit schema %d before byte 5: ".formatted(other));
  }

  private static byte[] bytes(Schema schema, GenericRecord record, int id) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] frame = new byte[Framing.LENGTH];
    Framing.write(frame, id);
    out.writeBytes(frame);
    BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(out, null);
    new GenericDatumWriter<GenericRecord>(schema, SpecificData.get()).write(record, encoder);
    encoder.flush();
    return out.toByteArray();
  }

  @Test
  void aStateThatTheSchemaDoesNotKnowIsNotWritten() {
    Report r = Reports.board(0);
    r.health[0] = 4;
    assertThatThrownBy(() -> writer.toBytes(r))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("health is 4, must be 0 to 3 or absent");
  }

  @Test
  void readingAndWritingAllocateNothing() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    Report board = Reports.board(144);
    Report other = Reports.board(0);
    other.pod = "pod-04";
    byte[] value = writer.toBytes(board);
    byte[] otherValue = writer.toBytes(other);
    int reports = 20_000;
    long perReport = Long.MAX_VALUE;
    // The first rounds warm up; the least of them is what steady work costs.
    for (int round = 0; round < 5; round++) {
      long before = threads.getCurrentThreadAllocatedBytes();
      for (int i = 0; i < reports; i++) {
        reader.read(value, report);
        reader.read(otherValue, report);
        writer.write(board);
      }
      perReport =
          Math.min(perReport, (threads.getCurrentThreadAllocatedBytes() - before) / reports);
    }
    assertThat(perReport).as("bytes allocated a report").isLessThanOrEqualTo(1);
  }

  /** The bundled ids and one more for an older version. */
  private record WithOlder(Schema older) implements SchemaIds {
    static final int OLDER_ID = 4711;

    @Override
    public int newestId(String subject) {
      return HISTORY.newestId(subject);
    }

    @Override
    public Schema schema(int id) {
      return id == OLDER_ID ? older : HISTORY.schema(id);
    }
  }
}
