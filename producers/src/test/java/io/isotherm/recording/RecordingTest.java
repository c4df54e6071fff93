package io.isotherm.recording;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.BoardReport;
import io.isotherm.avro.PodTopology;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RecordingTest {
  private static final long START = 1_800_000_000_000L;
  private static final int PARTITIONS = 2;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  /** Framed reports of a small pod. */
  private List<byte[]> reports(int seconds) {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 1, 2));
    Fleet fleet = new Fleet(plan, ScenarioReader.load("healthy"), START);
    Report report = new Report();
    List<byte[]> all = new ArrayList<>();
    for (int s = 0; s < seconds; s++) {
      fleet.step(START + s * 1_000L);
      for (int board : fleet.samplingOrder()) {
        if (fleet.fill(board, report)) {
          all.add(writer.toBytes(report));
        }
      }
    }
    return all;
  }

  private void append(RecordingWriter to, int partition, long offset, byte[] framed)
      throws IOException {
    Report report = new Report();
    new ReportReader(SchemaHistory.bundled()).read(framed, report);
    to.append(partition, offset, framed, Framing.LENGTH, framed.length - Framing.LENGTH, report);
  }

  /** Even reports in one partition, odd ones in the other. */
  private Path recorded(List<byte[]> reports) throws IOException {
    Path directory = temp.resolve("recording");
    try (RecordingWriter to =
        RecordingWriter.create(directory, "cluster", "telemetry.reports", PARTITIONS)) {
      appendAll(to, reports, 0, reports.size());
    }
    return directory;
  }

  private void appendAll(RecordingWriter to, List<byte[]> reports, int from, int until)
      throws IOException {
    for (int i = from; i < until; i++) {
      append(to, i % PARTITIONS, 100 + i / PARTITIONS, reports.get(i));
    }
  }

  private List<byte[]> read(Path directory) throws IOException {
    Recording recording = Recording.open(directory);
    List<List<byte[]>> parts = new ArrayList<>();
    for (int partition : recording.partitions()) {
      List<byte[]> part = new ArrayList<>();
      Report report = new Report();
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(report)) {
          part.add(writer.toBytes(report));
        }
      }
      parts.add(part);
    }
    List<byte[]> all = new ArrayList<>();
    for (int i = 0; i < parts.stream().mapToInt(List::size).sum(); i++) {
      all.add(parts.get(i % PARTITIONS).get(i / PARTITIONS));
    }
    return all;
  }

  private static byte[][] array(List<byte[]> bytes) {
    return bytes.toArray(byte[][]::new);
  }

  @Test
  void whatIsWrittenIsReadInTheOrderOfEachPartition() throws IOException {
    List<byte[]> reports = reports(30);
    Path directory = recorded(reports);

    assertThat(array(read(directory))).isDeepEqualTo(array(reports));
    Manifest m = Recording.open(directory).manifest();
    assertThat(m.complete()).isTrue();
    assertThat(m.counts().records()).isEqualTo(reports.size());
    assertThat(m.counts().chipSamples()).isEqualTo(reports.size() * 8L);
    assertThat(m.nextOffsets()).allMatch(next -> next == 100 + reports.size() / PARTITIONS);
    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
  }

  @Test
  void filesOfARecordingThatIsWrittenInOneGoEndWhenTheyAreLong() throws IOException {
    List<byte[]> reports = reports(2);
    Path directory = temp.resolve("recording");
    RecordingWriter.write(
        directory,
        null,
        "telemetry.reports",
        PARTITIONS,
        to -> {
          to.endFilesAt(1);
          appendAll(to, reports, 0, reports.size());
          return reports.size();
        });

    assertThat(array(read(directory))).isDeepEqualTo(array(reports));
    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    Manifest m = Recording.open(directory).manifest();
    assertThat(m.reports())
        .hasSize(reports.size())
        .allSatisfy(file -> assertThat(file.nextOffset()).isEqualTo(file.firstOffset() + 1));
    assertThat(m.counts().records()).isEqualTo(reports.size());
  }

  @Test
  void anyAvroToolReadsTheSame() throws IOException {
    List<byte[]> reports = reports(12);
    Path directory = recorded(reports);

    var serde = Topics.REPORTS.valueSerde(SchemaHistory.bundled());
    List<BoardReport> expected = new ArrayList<>();
    for (int i = 0; i < reports.size(); i += PARTITIONS) {
      expected.add(serde.deserializer().deserialize("", reports.get(i)));
    }
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    try (DataFileReader<BoardReport> avro =
        new DataFileReader<>(file.toFile(), new SpecificDatumReader<>(BoardReport.class))) {
      assertThat(avro.iterator()).toIterable().containsExactlyElementsOf(expected);
    }
  }

  /**
   * Writes the reports of the first partition anew as a writer with another schema would: the chips
   * do not know of steps, and both chips and reports have a field that is not known here.
   */
  static void rewriteWithAnotherSchema(Path directory) throws IOException {
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    Path other = directory.resolve("other.avro");
    try (DataFileReader<GenericRecord> in =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      Schema schema =
          new Schema.Parser()
              .parse(
                  in.getSchema()
                      .toString()
                      .replace("\"name\":\"steps\",", "\"name\":\"unknown_here\",")
                      .replaceFirst(
                          "\"fields\":\\[",
                          "\"fields\":[{\"name\":\"site\",\"type\":\"string\",\"default\":\"\"},"));
      try (DataFileWriter<GenericRecord> out =
          new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))) {
        out.create(schema, other.toFile());
        Schema chipSchema = schema.getField("chips").schema().getElementType();
        for (GenericRecord report : in) {
          GenericRecord written = new GenericData.Record(schema);
          written.put("site", "elsewhere");
          for (Schema.Field field : report.getSchema().getFields()) {
            written.put(field.name(), report.get(field.name()));
          }
          List<GenericRecord> chips = new ArrayList<>();
          for (Object each : (List<?>) report.get("chips")) {
            GenericRecord chip = new GenericData.Record(chipSchema);
            for (Schema.Field field : chipSchema.getFields()) {
              boolean known = !field.name().equals("unknown_here");
              chip.put(field.name(), known ? ((GenericRecord) each).get(field.name()) : 7L);
            }
            chips.add(chip);
          }
          written.put("chips", chips);
          out.append(written);
        }
      }
    }
    replace(directory, file, other);
  }

  /** Puts a file in the place of the first of a recording, as if it had been recorded. */
  static void replace(Path directory, Path file, Path by) throws IOException {
    Files.move(by, file, StandardCopyOption.REPLACE_EXISTING);
    ObjectMapper json = new ObjectMapper();
    Path manifest = directory.resolve(Manifest.NAME);
    ObjectNode root = (ObjectNode) json.readTree(manifest.toFile());
    ObjectNode entry = (ObjectNode) root.path("reports").path(0);
    entry.put("sha256", Recording.sha256(file, Files.size(file)));
    ((ObjectNode) entry.path("counts")).put("bytes", Files.size(file));
    root.remove("digest");
    json.writeValue(manifest.toFile(), root);
  }

  /** Writes the reports of the first partition as a writer did that knew no differences. */
  static void rewriteWithoutDifferences(Path directory) throws IOException {
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    Path other = directory.resolve("other.avro");
    Schema before = SchemaHistory.bundled().versions(Topics.REPORTS.subject()).get(1).schema();
    Schema columns = before.getField("chip_columns").schema().getTypes().get(1);
    try (DataFileReader<GenericRecord> in =
            new DataFileReader<>(file.toFile(), new GenericDatumReader<>());
        DataFileWriter<GenericRecord> out =
            new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(before))) {
      out.create(before, other.toFile());
      for (GenericRecord report : in) {
        GenericRecord chips = new GenericData.Record(columns);
        for (Schema.Field field : columns.getFields()) {
          chips.put(field.name(), ((GenericRecord) report.get("chip_columns")).get(field.name()));
        }
        GenericRecord differences = (GenericRecord) report.get("chip_differences");
        for (Schema.Field field : differences.getSchema().getFields()) {
          List<Integer> sums = new ArrayList<>();
          for (Object difference : (List<?>) differences.get(field.name())) {
            sums.add((sums.isEmpty() ? 0 : sums.get(sums.size() - 1)) + (Integer) difference);
          }
          if (!sums.isEmpty()) {
            chips.put(field.name(), sums);
          }
        }
        GenericRecord written = new GenericData.Record(before);
        for (Schema.Field field : before.getFields()) {
          written.put(field.name(), report.get(field.name()));
        }
        written.put("chip_columns", chips);
        out.append(written);
      }
    }
    replace(directory, file, other);
  }

  @Test
  void reportsFromBeforeThereWereDifferencesAreReadAsTheyWere() throws IOException {
    List<byte[]> reports = reports(12);
    Path directory = recorded(reports);
    rewriteWithoutDifferences(directory);

    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    assertThat(array(read(directory))).isDeepEqualTo(array(reports));
    Report head = new Report();
    try (ReportSource source = Recording.open(directory).reports(0)) {
      assertThat(source.nextHead(head)).isTrue();
      // It must be encoded anew, and so is read whole.
      assertThat(source.newest()).isFalse();
      assertThat(writer.toBytes(head)).isEqualTo(reports.get(0));
    }
  }

  @Test
  void reportsOfAnotherSchemaVersionAreReadAsFarAsTheyAreKnown() throws IOException {
    List<byte[]> reports = reports(12);
    Path directory = recorded(reports);
    rewriteWithAnotherSchema(directory);

    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report expected = new Report();
    Report read = new Report();
    try (ReportSource source = Recording.open(directory).reports(0)) {
      for (int i = 0; i < reports.size(); i += PARTITIONS) {
        assertThat(source.next(read)).isTrue();
        assertThat(source.newest()).isFalse();
        reader.read(reports.get(i), expected);
        Arrays.fill(expected.steps, 0, expected.chipCount, Report.ABSENT_LONG);
        assertThat(writer.toBytes(read)).isEqualTo(writer.toBytes(expected));
      }
      assertThat(source.next(read)).isFalse();
    }
  }

  @Test
  void anotherSchemaInAFileThatIsNotWhatWasWrittenIsNamedAndNothingOfItTaken() throws IOException {
    List<byte[]> reports = reports(12);
    Path directory = recorded(reports);
    rewriteWithAnotherSchema(directory);
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    String content = Files.readString(file, StandardCharsets.ISO_8859_1);
    // One bit, and every chip is without a temperature.
    Files.writeString(
        file,
        content.replace("\"temperature_decicelsius", "\"temperature_decicelsiur"),
        StandardCharsets.ISO_8859_1);

    assertThat(Recording.open(directory).verify(f -> {}))
        .singleElement()
        .asString()
        .startsWith(file.getFileName() + ": its schema is not this version's, and its SHA-256 ");
    assertThatThrownBy(() -> read(directory)).isInstanceOf(RecordingException.class);
    Recording rest = Recording.salvage(directory);
    assertThat(Cut.EVERYTHING.write(rest, temp.resolve("rest")))
        .isEqualTo(reports.size() / PARTITIONS);
    assertThat(rest.leftOut())
        .singleElement()
        .asString()
        .contains(
            file.getFileName() + ": its schema ",
            "; %1$d of its %1$d records".formatted(reports.size() / PARTITIONS));
  }

  @Test
  void aSchemaThatIsNoneOfReportsIsNamed() throws IOException {
    Path directory = recorded(reports(2));
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    Schema schema =
        SchemaBuilder.record("Letter")
            .fields()
            .requiredString("pod")
            .requiredInt("page")
            .endRecord();
    try (DataFileWriter<GenericRecord> out =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))) {
      out.create(schema, file.toFile());
    }
    Path manifest = directory.resolve(Manifest.NAME);
    ObjectMapper json = new ObjectMapper();
    ObjectNode root = (ObjectNode) json.readTree(manifest.toFile());
    root.remove("digest");
    ((ObjectNode) root.at("/reports/0/counts")).put("bytes", Files.size(file));
    json.writeValue(manifest.toFile(), root);

    assertThat(Recording.open(directory).verify(f -> {}))
        .singleElement()
        .asString()
        .startsWith(file.getFileName() + ": its schema is Letter, which cannot be read as ")
        .contains("io.isotherm.avro.BoardReport", "cabinet");
  }

  /** Everything of a recording that a result may rest on, or why it cannot be read. */
  private String everything(Path directory) {
    MessageDigest digest = AvroFile.newSha256();
    try {
      Recording recording = Recording.open(directory);
      Manifest m = recording.manifest();
      digest.update((m.topic() + m.kafkaCluster() + m.counts() + m.leftOut()).getBytes(UTF_8));
      for (Side<?> side : Side.ALL) {
        digest.update(recording.side(side).toString().getBytes(UTF_8));
      }
      digest.update(recording.undecodable().toString().getBytes(UTF_8));
      Report report = new Report();
      for (int partition : recording.partitions()) {
        digest.update((byte) partition);
        try (ReportSource source = recording.reports(partition)) {
          while (source.next(report)) {
            digest.update(writer.toBytes(report));
          }
        }
      }
    } catch (RecordingException e) {
      return String.valueOf(e.getMessage());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Also where nobody runs {@code verify} before. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFlippedBitInAnyFileIsNamedOrChangesNothing(boolean packed) throws IOException {
    Path plain = recorded(reports(2));
    Path directory = plain;
    try (RecordingWriter to = RecordingWriter.resume(plain)) {
      to.append(Side.TOPOLOGY, 0, topology());
      to.undecodable(1, 900, new byte[] {1, 2, 3}, "framing: byte 0 is 0x01");
    }
    if (packed) {
      directory = temp.resolve("packed");
      Packing.pack(plain, directory, file -> {}, () -> false);
    }
    String well = everything(directory);
    assertThat(well).hasSize(64);
    List<Path> files;
    try (var all = Files.list(directory)) {
      files = all.sorted().toList();
    }
    assertThat(files).hasSize(5);
    int named = 0;
    for (Path file : files) {
      byte[] whole = Files.readAllBytes(file);
      for (int i = 0; i < whole.length; i += 97) {
        byte[] damaged = whole.clone();
        damaged[i] ^= (byte) (1 << i % 8);
        Files.write(file, damaged);
        String read = everything(directory);
        if (!read.equals(well)) {
          assertThat(read)
              .as("bit %d of byte %d of %s", i % 8, i, file.getFileName())
              .contains(file.getFileName().toString());
          named++;
        }
      }
      Files.write(file, whole);
    }
    assertThat(named).isGreaterThan(100);
  }

  @Test
  void whatCameAfterTheLastCheckpointOfAKilledWriterIsWrittenAgain() throws IOException {
    List<byte[]> reports = reports(20);
    Path directory = temp.resolve("killed");
    int half = reports.size() / 4 * PARTITIONS;
    Path running = temp.resolve("running");
    try (RecordingWriter writes =
        RecordingWriter.create(running, "cluster", "telemetry.reports", PARTITIONS)) {
      writes.append(Side.TOPOLOGY, 0, topology());
      appendAll(writes, reports, 0, half);
      writes.checkpoint();
      appendAll(writes, reports, half, reports.size() - 6);
      // What it has under way is somewhere in its files and its memory.
      Files.createDirectory(directory);
      try (var files = Files.list(running)) {
        for (Path file : files.toList()) {
          Files.copy(file, directory.resolve(file.getFileName()));
        }
      }
    }

    assertThat(array(read(directory))).isDeepEqualTo(array(reports.subList(0, half)));
    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();

    try (RecordingWriter resumed = RecordingWriter.resume(directory)) {
      assertThat(resumed.nextOffset(new TopicPartition("telemetry.reports", 1)))
          .isEqualTo(100 + half / PARTITIONS);
      resumed.append(Side.TOPOLOGY, 1, topology());
      appendAll(resumed, reports, half, reports.size());
    }
    assertThat(array(read(directory))).isDeepEqualTo(array(reports));
    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    assertThat(Recording.open(directory).side(Side.TOPOLOGY)).hasSize(2);
  }

  private static PodTopology topology() {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 1, 2));
    return TopologyRecords.toAvro(plan, plan.pods().get(0), START);
  }

  @Test
  void everyFlippedBitAndEveryCutIsNoticed() throws IOException {
    Path directory = recorded(reports(2));
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    byte[] whole = Files.readAllBytes(file);
    for (int i = 0; i < whole.length; i += 7) {
      byte[] damaged = whole.clone();
      damaged[i] ^= (byte) (1 << i % 8);
      Files.write(file, damaged);
      assertThat(Recording.open(directory).verify(f -> {}))
          .as("bit %d of byte %d", i % 8, i)
          .singleElement()
          .asString()
          .contains(file.getFileName().toString());
    }
    for (int length = 0; length < whole.length; length += 13) {
      Files.write(file, Arrays.copyOf(whole, length));
      assertThat(Recording.open(directory).verify(f -> {})).as("cut to %d", length).hasSize(1);
    }
    Files.delete(file);
    assertThat(Recording.open(directory).verify(f -> {}))
        .singleElement()
        .asString()
        .contains("missing", "partition 0", "offset 100");
  }

  /** Lengths beyond what there is, beyond what fits into an array, and none at all. */
  @ParameterizedTest
  @ValueSource(longs = {1 << 20, Integer.MAX_VALUE - 8, 1L << 31, 1L << 62, Long.MAX_VALUE, -1})
  void aHeaderThatClaimsMoreThanThereIsIsNamedBeforeAnybodyMakesRoom(long claimed)
      throws IOException {
    Path directory = recorded(reports(2));
    try (RecordingWriter to = RecordingWriter.resume(directory)) {
      to.append(Side.TOPOLOGY, 0, topology());
    }
    Recording recording = Recording.open(directory);
    Path reports = directory.resolve(recording.manifest().reports().get(0).file());
    Path side = directory.resolve("topology.avro");
    byte[] plain = Files.readAllBytes(reports);
    byte[] topology = Files.readAllBytes(side);
    for (boolean entries : new boolean[] {true, false}) {
      ByteArrayOutputStream header = new ByteArrayOutputStream();
      BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(header, null);
      encoder.writeFixed(DataFileConstants.MAGIC);
      if (!entries) {
        encoder.writeLong(2);
      }
      encoder.writeLong(claimed);
      Files.write(reports, overwritten(plain, header.toByteArray()));
      Files.write(side, overwritten(topology, header.toByteArray()));
      assertThat(Recording.open(directory).verify(f -> {}))
          .as(entries ? "entries" : "bytes of a key")
          .hasSize(2)
          .anySatisfy(line -> assertThat(line).contains(reports.getFileName() + " is damaged"))
          .anySatisfy(line -> assertThat(line).contains(side.getFileName() + " is damaged"));
    }
  }

  /** In a file beside the reports, which Avro reads; those of the reports are read by blocks. */
  @ParameterizedTest
  @ValueSource(longs = {1 << 20, Integer.MAX_VALUE - 8, 1L << 31, Long.MAX_VALUE, -1})
  void aBlockThatClaimsMoreThanThereIsIsNamedBeforeAnybodyMakesRoom(long claimed)
      throws IOException {
    Path directory = temp.resolve("recording");
    int second;
    try (RecordingWriter to =
        RecordingWriter.create(directory, "cluster", "telemetry.reports", PARTITIONS)) {
      to.append(Side.TOPOLOGY, 0, topology());
      to.append(Side.TOPOLOGY, 1, topology());
      // Ends the block.
      to.checkpoint();
      second = (int) Files.size(directory.resolve("topology.avro"));
      to.append(Side.TOPOLOGY, 2, topology());
    }
    Path side = directory.resolve("topology.avro");
    byte[] whole = Files.readAllBytes(side);
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    BinaryEncoder encoder = EncoderFactory.get().directBinaryEncoder(head, null);
    encoder.writeLong(1);
    encoder.writeLong(claimed);
    System.arraycopy(head.toByteArray(), 0, whole, second, head.size());
    Files.write(side, whole);

    assertThat(Recording.open(directory).verify(file -> {}))
        .singleElement()
        .asString()
        .startsWith("topology.avro is damaged behind record 2: ");
    Recording salvaged = Recording.salvage(directory);
    assertThat(salvaged.side(Side.TOPOLOGY)).hasSize(2);
    assertThat(salvaged.leftOut()).singleElement().asString().contains("1 of its 3 records");
  }

  private static byte[] overwritten(byte[] whole, byte[] with) {
    byte[] result = whole.clone();
    System.arraycopy(with, 0, result, 0, with.length);
    return result;
  }

  /** Each damage, and how many of the 3 blocks of the first file must survive it. */
  @Test
  void whatIsWholeOfADamagedRecordingCanBeSalvagedAndTheRestIsNamed() throws IOException {
    List<byte[]> reports = reports(12);
    Path directory = temp.resolve("recording");
    int[] ends = new int[3];
    try (RecordingWriter to =
        RecordingWriter.create(directory, "cluster", "telemetry.reports", PARTITIONS)) {
      to.append(Side.TOPOLOGY, 0, topology());
      for (int third = 0; third < ends.length; third++) {
        appendAll(to, reports, third * reports.size() / 3, (third + 1) * reports.size() / 3);
        // Ends the block.
        to.checkpoint();
        ends[third] = (int) Recording.open(directory).manifest().reports().get(0).counts().bytes();
      }
    }
    Path file = directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
    byte[] whole = Files.readAllBytes(file);
    int block = reports.size() / 3 / PARTITIONS;
    List<byte[]> even = new ArrayList<>();
    for (int i = 0; i < reports.size(); i += PARTITIONS) {
      even.add(reports.get(i));
    }

    byte[] flipped = whole.clone();
    flipped[(ends[0] + ends[1]) / 2] ^= 4;
    Files.write(file, flipped);
    List<byte[]> outer = new ArrayList<>(even.subList(0, block));
    outer.addAll(even.subList(2 * block, 3 * block));
    assertSalvaged(directory, "flipped", outer, "is damaged in the block at byte", block);

    Files.write(file, Arrays.copyOf(whole, whole.length - 20));
    assertSalvaged(directory, "short", even.subList(0, 2 * block), "is damaged", block);

    Files.write(file, Arrays.copyOf(whole, 20));
    assertSalvaged(directory, "header", List.of(), "is damaged", 3 * block);

    Files.delete(file);
    assertSalvaged(directory, "gone", List.of(), "the file is missing", 3 * block);

    Files.write(file, whole);
    Path again = temp.resolve("well");
    Recording well = Recording.salvage(directory);
    assertThat(Cut.EVERYTHING.write(well, again)).isEqualTo(reports.size());
    assertThat(well.leftOut()).isEmpty();
    assertThat(array(read(again))).isDeepEqualTo(array(reports));
  }

  private void assertSalvaged(
      Path directory, String name, List<byte[]> left, String why, int missing) throws IOException {
    assertThatThrownBy(() -> Cut.EVERYTHING.write(Recording.open(directory), temp.resolve("no")))
        .isInstanceOf(RecordingException.class)
        .hasNoSuppressedExceptions();
    assertThat(temp.resolve("no")).doesNotExist();
    Path into = temp.resolve(name);
    Cut.EVERYTHING.write(Recording.salvage(directory), into);
    Recording salvaged = Recording.open(into);
    assertThat(salvaged.verify(f -> {})).isEmpty();
    assertThat(salvaged.side(Side.TOPOLOGY)).hasSize(1);
    assertThat(salvaged.leftOut())
        .singleElement()
        .asString()
        .contains("reports-000", why, "; %d of its ".formatted(missing));
    List<byte[]> first = new ArrayList<>();
    Report report = new Report();
    try (ReportSource source = salvaged.reports(0)) {
      while (source.next(report)) {
        first.add(writer.toBytes(report));
      }
    }
    assertThat(array(first)).isDeepEqualTo(array(left));
  }

  @Test
  void ofARecordingThatCannotBeWrittenToItsEndNothingIsLeft() throws IOException {
    Path made = temp.resolve("made");
    Path empty = Files.createDirectory(temp.resolve("empty"));
    List<byte[]> reports = reports(2);
    for (Path directory : List.of(made, empty)) {
      assertThatThrownBy(
              () ->
                  RecordingWriter.write(
                      directory,
                      "cluster",
                      "telemetry.reports",
                      PARTITIONS,
                      to -> {
                        to.append(Side.TOPOLOGY, 0, topology());
                        to.undecodable(1, 7, new byte[] {1}, "framing");
                        appendAll(to, reports, 0, reports.size());
                        to.checkpoint();
                        appendAll(to, reports, 0, reports.size());
                        throw new IOException("what happened");
                      }))
          .isInstanceOf(IOException.class)
          .hasMessage("what happened")
          .hasNoSuppressedExceptions();
    }
    assertThat(made).doesNotExist();
    assertThat(empty).isEmptyDirectory();

    Path taken = recorded(reports);
    assertThatThrownBy(
            () -> RecordingWriter.write(taken, "cluster", "telemetry.reports", 1, to -> "nothing"))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("is not empty");
    assertThat(array(read(taken))).isDeepEqualTo(array(reports));
  }

  @Test
  void anUndecodableRecordIsKeptWithItsPlace() throws IOException {
    Path directory = temp.resolve("dead");
    try (RecordingWriter to =
        RecordingWriter.create(directory, null, "telemetry.reports", PARTITIONS)) {
      to.undecodable(1, 17, new byte[] {1, 2, 3}, "framing: byte 0 is 0x01");
    }
    Recording recording = Recording.open(directory);
    assertThat(recording.manifest().skipped()).isEqualTo(1);
    assertThat(recording.undecodable())
        .singleElement()
        .satisfies(
            r -> {
              assertThat(r.get("partition")).isEqualTo(1);
              assertThat(r.get("offset")).isEqualTo(17L);
            });
  }

  @Test
  void aCutHasItsTimeAndItsPlaceAndNothingElse() throws IOException {
    Path directory = recorded(reports(20));
    Path part = temp.resolve("part");

    long records =
        Cut.of(START + 5_000, START + 10_000, "pod-00/cab-001")
            .write(Recording.open(directory), part);

    assertThat(records).isEqualTo(5 * 4);
    Report report = new Report();
    Recording cut = Recording.open(part);
    for (int partition : cut.partitions()) {
      try (ReportSource source = cut.reports(partition)) {
        while (source.next(report)) {
          assertThat(report.cabinet).isEqualTo(1);
          assertThat(report.timeMs).isBetween(START + 5_000, START + 9_999);
        }
      }
    }
    assertThatExceptionOfType(IllegalArgumentException.class)
        .isThrownBy(() -> Cut.of(0, 1, "pod-00/board-3"))
        .withMessageContaining("--subject");
  }

  @Test
  void aDirectoryWithOtherThingsOrWithoutAManifestIsRefused() throws IOException {
    Files.writeString(temp.resolve("letter.txt"), "hello");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> RecordingWriter.create(temp, null, "telemetry.reports", 1))
        .withMessageContaining("not empty");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Recording.open(temp))
        .withMessageContaining("no recording");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Recording.open(temp.resolve("nothing")))
        .withMessageContaining("no such recording");
  }
}
