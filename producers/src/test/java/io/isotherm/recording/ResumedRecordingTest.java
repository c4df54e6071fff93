package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Recordings that are gone on with, or refuse to be. */
final class ResumedRecordingTest {
  private static final String TOPIC = "telemetry.reports";
  private static final int REPORTS = 40;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  private void append(RecordingWriter to, int from, int until) throws IOException {
    OddReports odd = new OddReports(3);
    Report report = new Report();
    for (int i = 0; i < until; i++) {
      odd.next(report);
      if (i >= from) {
        byte[] bytes = writer.toBytes(report);
        int header = Framing.LENGTH;
        to.append(0, i, bytes, header, bytes.length - header, report);
      }
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
    Merge.of(List.of(whole)).write(merged);
    Path packed = temp.resolve("packed");
    Packing.pack(cut, packed, file -> {});
    Path unpacked = temp.resolve("unpacked");
    Packing.unpack(packed, unpacked, file -> {});
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
    Packing.pack(directory, packed, file -> {});
    RecordingWriter.resume(packed).close();
    assertThat(packed.resolve(Manifest.NAME)).content().doesNotContain("ownOffsets");
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
