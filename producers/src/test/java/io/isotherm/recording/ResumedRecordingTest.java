package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.FaultEvent;
import io.isotherm.avro.FaultKind;
import io.isotherm.avro.InjectedFault;
import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings that are gone on with, or refuse to be. */
final class ResumedRecordingTest {
  private static final String TOPIC = "telemetry.reports";
  private static final int REPORTS = 40;
  private static final long START = 1_800_000_000_000L;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  /** Reports of a board, one a second, each at the offset of its number. */
  private void append(RecordingWriter to, int from, int until) throws IOException {
    Report report = new Report();
    for (int i = from; i < until; i++) {
      report.clear();
      report.pod = "pod-00";
      report.cabinet = 0;
      report.board = 0;
      report.agentStartMs = START;
      report.sequence = i;
      report.timeMs = START + i * 1_000L;
      report.addChip(0);
      byte[] bytes = writer.toBytes(report);
      int header = Framing.LENGTH;
      to.append(0, i, bytes, header, bytes.length - header, report);
    }
  }

  /** A recording of one partition that was ended. */
  private Path recorded() throws IOException {
    Path directory = temp.resolve("recording");
    try (RecordingWriter to = RecordingWriter.create(directory, "cluster", TOPIC, 1)) {
      append(to, 0, REPORTS);
    }
    return directory;
  }

  private static Path reports(Path directory) {
    return directory.resolve(Recording.open(directory).manifest().reports().get(0).file());
  }

  /** Every file, byte for byte. */
  private static Map<String, String> content(Path directory) throws IOException {
    Map<String, String> all = new TreeMap<>();
    try (var files = Files.list(directory)) {
      for (Path file : files.toList()) {
        all.put(file.getFileName().toString(), Files.readString(file, StandardCharsets.ISO_8859_1));
      }
    }
    return all;
  }

  @Test
  void aDirectoryHasOneWriterAtATimeAndNothingOfTheLockIsLeft() throws IOException {
    Path directory = recorded();
    Path other = Files.createSymbolicLink(temp.resolve("link"), directory);
    try (RecordingWriter first = RecordingWriter.resume(directory)) {
      append(first, REPORTS, 2 * REPORTS);
      first.checkpoint();
      Map<String, String> before = content(directory);
      for (Path path : new Path[] {directory, other}) {
        assertThatExceptionOfType(RecordingException.class)
            .isThrownBy(() -> RecordingWriter.resume(path))
            .withMessage(
                "%s is being written by another process: end that one, or name another directory",
                path);
      }
      assertThat(content(directory)).isEqualTo(before).containsKey(RecordingLock.NAME);
      assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    }
    assertThat(content(directory)).doesNotContainKey(RecordingLock.NAME);
    assertThat(Recording.open(directory).manifest().counts().records()).isEqualTo(2 * REPORTS);
  }

  @Test
  void aNewDirectoryHasOneWriterAtATimeToo() throws IOException {
    Path directory = temp.resolve("new");
    try (RecordingWriter first = RecordingWriter.create(directory, "cluster", TOPIC, 1)) {
      // As before its first manifest.
      Files.delete(directory.resolve(Manifest.NAME));
      assertThatExceptionOfType(RecordingException.class)
          .isThrownBy(() -> RecordingWriter.create(directory, "cluster", TOPIC, 1))
          .withMessageContaining("is being written by another process");
      append(first, 0, REPORTS);
    }
    assertThat(Recording.open(directory).manifest().counts().records()).isEqualTo(REPORTS);
  }

  @Test
  void whatAWriterLeavesThatIsKilledAtOnceIsNoHindrance() throws IOException {
    Path directory = Files.createDirectory(temp.resolve("new"));
    Files.createFile(directory.resolve(RecordingLock.NAME));
    Files.write(directory.resolve(Manifest.NEXT), new byte[7]);
    RecordingWriter.create(directory, "cluster", TOPIC, 1).close();
    assertThat(content(directory)).containsOnlyKeys(Manifest.NAME);

    Files.createFile(directory.resolve(RecordingLock.NAME));
    RecordingWriter.resume(directory).close();
    assertThat(content(directory)).containsOnlyKeys(Manifest.NAME);
  }

  @Test
  void onlyWhatAWriterMakesIsTakenAway() throws IOException {
    Path directory = recorded();
    Map<String, String> own = content(directory);
    String[] others = {"report.html", "reports.avro", "packed-reports-000-1.avro.bak", "jobs.csv"};
    String[] underWay = {
      "reports-000-00000000000000009999.avro",
      "packed-reports-000-00000000000000000000.avro",
      "jobs.avro",
      "dead.avro",
      Manifest.NEXT
    };
    for (String name : others) {
      Files.writeString(directory.resolve(name), "of somebody else");
    }
    for (String name : underWay) {
      Files.writeString(directory.resolve(name), "not yet in the manifest");
    }
    Path folder = Files.createDirectory(directory.resolve("reports-000-00000000000000000001.avro"));

    RecordingWriter.resume(directory).close();

    assertThat(folder).isDirectory();
    Files.delete(folder);
    assertThat(content(directory).keySet())
        .containsAll(own.keySet())
        .contains(others)
        .hasSize(own.size() + others.length);
  }

  private static InjectedFault fault(String id, FaultKind kind) {
    return InjectedFault.newBuilder()
        .setId(id)
        .setEvent(FaultEvent.STARTED)
        .setKind(kind)
        .setPod("pod-00")
        .setSubject("pod-00/cab-000/board-0/chip-0")
        .setStartMs(START)
        .setEndMs(null)
        .setMagnitude(null)
        .setMagnitudeUnit(null)
        .setScenario("story")
        .setSeed(1)
        .build();
  }

  /** Puts the one fault of a recording into a file as the first version of the schema made it. */
  private static void rewriteAsTheFirstVersion(Path directory, InjectedFault fault)
      throws IOException {
    Path file = directory.resolve(Side.TRUTH.file());
    Schema first = SchemaHistory.bundled().versions(Topics.FAULTS.subject()).get(0).schema();
    try (DataFileWriter<Object> out = new DataFileWriter<>(new GenericDatumWriter<>(first))) {
      out.create(first, file.toFile());
      // Later versions have more symbols and nothing else, so the bytes are the same.
      byte[] framed =
          Topics.FAULTS
              .valueSerde(SchemaHistory.bundled())
              .serializer()
              .serialize(Topics.FAULTS.name(), fault);
      out.appendEncoded(
          ByteBuffer.wrap(framed, Framing.LENGTH, framed.length - Framing.LENGTH).slice());
    }
    ObjectMapper json = new ObjectMapper();
    Path manifest = directory.resolve(Manifest.NAME);
    ObjectNode root = (ObjectNode) json.readTree(manifest.toFile());
    root.remove("digest");
    for (JsonNode side : root.path("sides")) {
      if (side.path("file").asText().equals(Side.TRUTH.file())) {
        ((ObjectNode) side)
            .put("bytes", Files.size(file))
            .put("sha256", Recording.sha256(file, Files.size(file)));
      }
    }
    json.writeValue(manifest.toFile(), root);
  }

  @Test
  void aFileOfAnotherSchemaIsNotAppendedToButJoined() throws IOException {
    InjectedFault early = fault("early", FaultKind.LINK_DOWN);
    InjectedFault late = fault("late", FaultKind.SITE_CUT_OFF);
    Path old = temp.resolve("old");
    try (RecordingWriter to = RecordingWriter.create(old, "cluster", TOPIC, 1)) {
      append(to, 0, REPORTS);
      to.append(Side.TRUTH, 0, early);
    }
    rewriteAsTheFirstVersion(old, early);
    Map<String, String> before = content(old);

    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> RecordingWriter.resume(old))
        .withMessageStartingWith(
            old.resolve("truth.avro") + " was begun by another version of Isotherm")
        .withMessageContaining("record into a new directory")
        .withMessageContaining("'isotherm recording merge'");
    assertThat(content(old)).isEqualTo(before);

    Path next = temp.resolve("next");
    try (RecordingWriter to = RecordingWriter.create(next, "cluster", TOPIC, 1)) {
      append(to, REPORTS, 2 * REPORTS);
      to.append(Side.TRUTH, 1, late);
    }
    Path both = temp.resolve("both");
    Merge.of(List.of(next, old), () -> false).write(both);
    Recording joined = Recording.open(both);
    assertThat(joined.verify(file -> {})).isEmpty();
    assertThat(joined.side(Side.TRUTH)).containsExactly(early, late);
    assertThat(joined.manifest().counts().records()).isEqualTo(2 * REPORTS);
  }

  @Test
  void whatBreaksOffKeepsWhatWasAppendedAndIsNotComplete() throws IOException {
    Path directory = recorded();
    Map<String, String> before = content(directory);
    RecordingWriter refused = RecordingWriter.resume(directory);
    refused.breakOff(new IllegalStateException("Kafka has deleted what follows"));
    assertThat(content(directory)).isEqualTo(before);

    RecordingWriter failing = RecordingWriter.resume(directory);
    failing.checkpoint();
    assertThat(Manifest.read(directory).complete()).isFalse();
    append(failing, REPORTS, 2 * REPORTS);
    failing.undecodable(0, 2 * REPORTS, new byte[] {1}, "framing");
    Exception failure = new IllegalStateException("no broker");
    failing.breakOff(failure);
    failing.close();

    assertThat(failure).hasNoSuppressedExceptions();
    assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    assertThat(Manifest.read(directory).complete()).isFalse();
    assertThat(Manifest.read(directory).counts().records()).isEqualTo(2 * REPORTS);
    assertThat(content(directory)).doesNotContainKey(RecordingLock.NAME);
    try (RecordingWriter next = RecordingWriter.resume(directory)) {
      assertThat(next.nextOffset(new TopicPartition(TOPIC, 0))).isEqualTo(2 * REPORTS + 1);
    }
    assertThat(Manifest.read(directory).complete()).isTrue();
  }

  @Test
  void whatHasOffsetsOfItsOwnIsNotGoneOnWith() throws IOException {
    Path whole = recorded();
    Path cut = temp.resolve("cut");
    Cut.EVERYTHING.write(Recording.open(whole), cut);
    Path merged = temp.resolve("merged");
    Merge.of(List.of(whole), () -> false).write(merged);
    Path packed = temp.resolve("packed");
    Packing.pack(cut, packed, file -> {}, () -> false);
    Path unpacked = temp.resolve("unpacked");
    Packing.unpack(packed, unpacked, file -> {}, () -> false);
    for (Path directory : List.of(cut, merged, packed, unpacked)) {
      // A replay must not go back to where it comes from.
      assertThat(Recording.open(directory).manifest().kafkaCluster()).isEqualTo("cluster");
      Map<String, String> before = content(directory);
      assertThatExceptionOfType(RecordingException.class)
          .isThrownBy(() -> RecordingWriter.resume(directory))
          .withMessageStartingWith(directory + " was made from other recordings or tables")
          .withMessageContaining("record into a new directory")
          .withMessageContaining("'isotherm recording merge'");
      assertThat(content(directory)).isEqualTo(before);
    }
  }

  @Test
  void aRecordingOfKafkaStaysAsItWasBeforeThereWereOwnOffsets() throws IOException {
    Path directory = recorded();
    assertThat(directory.resolve(Manifest.NAME)).content().doesNotContain("ownOffsets");
    assertThat(Manifest.read(directory).ownOffsets()).isFalse();
    Path packed = temp.resolve("packed");
    Packing.pack(directory, packed, file -> {}, () -> false);
    RecordingWriter.resume(packed).close();
    assertThat(packed.resolve(Manifest.NAME)).content().doesNotContain("ownOffsets");
  }

  @Test
  void whereItWasToldToEndIsKept() throws IOException {
    Path directory = recorded();
    assertThat(directory.resolve(Manifest.NAME)).content().doesNotContain("toMs");
    try (RecordingWriter to = RecordingWriter.resume(directory)) {
      to.endsAt(START);
    }
    RecordingWriter.resume(directory).close();
    Path packed = temp.resolve("packed");
    Packing.pack(directory, packed, file -> {}, () -> false);
    for (Path kept : List.of(directory, packed)) {
      assertThat(Manifest.read(kept).toMs()).isEqualTo(START);
    }
    // Its offsets lead nowhere else.
    Path cut = temp.resolve("cut");
    Cut.EVERYTHING.write(Recording.open(directory), cut);
    assertThat(Manifest.read(cut).toMs()).isNull();
  }

  @Test
  void whatALaterVersionSaysBesidesIsPassedOver() throws IOException {
    Path directory = recorded();
    Manifest written = Manifest.read(directory);
    ObjectMapper json = new ObjectMapper();
    File file = directory.resolve(Manifest.NAME).toFile();
    ObjectNode root = (ObjectNode) json.readTree(file);
    root.remove("digest");
    root.put("later", 1);
    root.withObject("/counts").put("later", 1);
    root.path("reports").forEach(entry -> ((ObjectNode) entry).put("later", 1));
    root.path("sides").forEach(entry -> ((ObjectNode) entry).put("later", 1));
    json.writeValue(file, root);

    assertThat(Manifest.read(directory)).isEqualTo(written);
  }

  @Test
  void whichTopicItComesFromIsKeptAsLongAsTheOffsetsAreThatOnes() throws IOException {
    Path directory = recorded();
    assertThat(directory.resolve(Manifest.NAME)).content().doesNotContain("topicId");
    String jobs = Side.JOBS.topic().name();
    try (RecordingWriter to = RecordingWriter.resume(directory)) {
      to.comesFrom(Map.of(TOPIC, "of-the-reports", jobs, "of-the-jobs"));
    }
    RecordingWriter.resume(directory).close();
    Path packed = temp.resolve("packed");
    Packing.pack(directory, packed, file -> {}, () -> false);
    for (Path kept : List.of(directory, packed)) {
      assertThat(Manifest.read(kept).topicIds())
          .containsExactlyInAnyOrderEntriesOf(Map.of(TOPIC, "of-the-reports", jobs, "of-the-jobs"));
    }
    Path cut = temp.resolve("cut");
    Cut.EVERYTHING.write(Recording.open(directory), cut);
    assertThat(cut.resolve(Manifest.NAME)).content().doesNotContain("topicId");
  }

  @Test
  void nothingIsChangedWhereGoingOnIsRefused() throws IOException {
    Path directory = recorded();
    Files.write(reports(directory), new byte[100], StandardOpenOption.APPEND);
    Files.write(directory.resolve("jobs.avro"), new byte[100]);
    Map<String, String> before = content(directory);
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(
            () ->
                RecordingWriter.resume(
                    directory,
                    manifest -> {
                      throw new RecordingException("of another cluster");
                    }))
        .withMessage("of another cluster");
    assertThat(content(directory)).isEqualTo(before);

    Files.delete(reports(directory));
    before = content(directory);
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> RecordingWriter.resume(directory))
        .withMessageContaining("has 0 bytes, manifest.json says ")
        .withMessageContaining("it was cut short");
    assertThat(content(directory)).isEqualTo(before);
  }
}
