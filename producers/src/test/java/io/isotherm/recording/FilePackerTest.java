package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recordings whose files are packed while they go on. */
final class FilePackerTest {
  private static final String TOPIC = "telemetry.reports";
  private static final int PARTITIONS = 2;
  private static final int REPORTS = 600;
  private static final int REPORTS_OF_A_FILE = 100;

  /** So short that every checkpoint ends the files. */
  private static final long EVERY_CHECKPOINT = 1;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final List<byte[]> framed = new ArrayList<>();
  private final List<Report> reports = new ArrayList<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  FilePackerTest() {
    OddReports odd = new OddReports(11);
    for (int i = 0; i < REPORTS; i++) {
      Report report = new Report();
      odd.next(report);
      reports.add(report);
      framed.add(writer.toBytes(report));
    }
  }

  /** Writes what the recording does not have yet, up to so many reports in all. */
  private void append(RecordingWriter to, int until) throws IOException {
    for (int i = 0; i < until; i++) {
      int partition = i % PARTITIONS;
      long offset = i / PARTITIONS;
      if (offset >= to.nextOffset(new TopicPartition(TOPIC, partition))) {
        byte[] bytes = framed.get(i);
        int header = Framing.LENGTH;
        to.append(partition, offset, bytes, header, bytes.length - header, reports.get(i));
        if ((i + 1) % REPORTS_OF_A_FILE == 0) {
          to.checkpoint();
        }
      }
    }
  }

  private RecordingWriter create(String name) throws IOException {
    return RecordingWriter.create(temp.resolve(name), "cluster", TOPIC, PARTITIONS);
  }

  private void assertHolds(Path directory, int count) throws IOException {
    Recording recording = Recording.open(directory);
    assertThat(recording.verify(file -> {})).isEmpty();
    assertThat(recording.manifest().counts().records()).isEqualTo(count);
    Report report = new Report();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      try (ReportSource source = recording.reports(partition)) {
        for (int i = partition; i < count; i += PARTITIONS) {
          assertThat(source.next(report)).isTrue();
          assertThat(writer.toBytes(report)).as("report %d", i).isEqualTo(framed.get(i));
        }
        assertThat(source.next(report)).isFalse();
      }
    }
    assertThat(files(directory))
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    Stream.of(Manifest.NAME),
                    recording.manifest().reports().stream().map(ReportFile::file))
                .toList());
  }

  private static List<String> files(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private static long packedFiles(Path directory) {
    return Recording.open(directory).manifest().reports().stream()
        .filter(file -> Packing.isPacked(directory, file))
        .count();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void everyFileThatEndsIsPackedAndThePlainOneGoes(int threads) throws Exception {
    Path directory = temp.resolve("recording");
    RecordingWriter to = create("recording");
    to.packFiles(EVERY_CHECKPOINT, threads);
    append(to, REPORTS);
    to.close(waiting -> true);

    assertHolds(directory, REPORTS);
    Manifest m = Recording.open(directory).manifest();
    assertThat(m.packed()).isTrue();
    assertThat(m.complete()).isTrue();
    assertThat(m.reports()).hasSize(PARTITIONS * REPORTS / REPORTS_OF_A_FILE);
    assertThat(packedFiles(directory)).isEqualTo(m.reports().size());
    assertThat(m.reports()).allSatisfy(file -> assertThat(file.sha256()).isNotNull());
    assertThat(m.counts().bytes())
        .isEqualTo(m.reports().stream().mapToLong(file -> file.counts().bytes()).sum());
  }

  @Test
  void whoReadsWhatIsPackedMeanwhileReadsWhatWasThereWhenTheRecordingWasOpened() throws Exception {
    Path directory = temp.resolve("recording");
    int before = 3 * REPORTS_OF_A_FILE;
    RecordingWriter to = create("recording");
    append(to, before);
    Recording opened = Recording.open(directory);
    assertThat(opened.manifest().reports()).isNotEmpty().allMatch(f -> f.sha256() == null);
    append(to, REPORTS - REPORTS_OF_A_FILE);
    to.packFiles(EVERY_CHECKPOINT, 1);
    append(to, REPORTS);
    to.close(waiting -> true);
    assertThat(files(directory)).noneMatch(file -> file.startsWith("reports-"));

    assertThat(opened.verify(file -> {})).isEmpty();
    Report report = new Report();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      try (ReportSource source = opened.reports(partition)) {
        for (int i = partition; i < before; i += PARTITIONS) {
          assertThat(source.next(report)).isTrue();
          assertThat(writer.toBytes(report)).as("report %d", i).isEqualTo(framed.get(i));
        }
        assertThat(source.next(report)).isFalse();
        assertThat(source.next(report)).isFalse();
      }
    }
  }

  @Test
  void whatNobodyWaitsForIsThereAllTheSame() throws Exception {
    Path directory = temp.resolve("recording");
    try (RecordingWriter to = create("recording")) {
      to.packFiles(EVERY_CHECKPOINT, 1);
      append(to, REPORTS);
    }
    assertHolds(directory, REPORTS);
    assertThat(Recording.open(directory).manifest().complete()).isTrue();
  }

  @Test
  void aRecordingGoesOnPlainOrPackedAndIsPackedAsAWhole() throws Exception {
    Path directory = temp.resolve("recording");
    RecordingWriter first = create("recording");
    first.packFiles(EVERY_CHECKPOINT, 1);
    append(first, REPORTS / 3);
    first.close(waiting -> true);
    long packed = packedFiles(directory);

    try (RecordingWriter second = RecordingWriter.resume(directory)) {
      append(second, 2 * REPORTS / 3);
    }
    assertHolds(directory, 2 * REPORTS / 3);
    assertThat(packedFiles(directory)).isEqualTo(packed);
    assertThat(Recording.open(directory).manifest().reports()).hasSizeGreaterThan((int) packed);

    // Then: packing the rest, by itself or while it goes on, leaves nothing plain
    Path whole = temp.resolve("whole");
    Packing.pack(directory, whole, file -> {}, () -> false);
    assertHolds(whole, 2 * REPORTS / 3);
    assertThat(packedFiles(whole)).isEqualTo(Recording.open(whole).manifest().reports().size());
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Packing.pack(whole, temp.resolve("again"), file -> {}, () -> false))
        .withMessageEndingWith("whole is packed already");
    RecordingWriter third = RecordingWriter.resume(directory);
    third.packFiles(EVERY_CHECKPOINT, 1);
    append(third, REPORTS);
    third.close(waiting -> true);
    assertHolds(directory, REPORTS);
    assertThat(packedFiles(directory))
        .isEqualTo(Recording.open(directory).manifest().reports().size());

    Path unpacked = temp.resolve("unpacked");
    Packing.unpack(directory, unpacked, file -> {}, () -> false);
    assertHolds(unpacked, REPORTS);
    assertThat(packedFiles(unpacked)).isZero();
  }

  @Test
  void aKilledRecorderGoesOnWhereverThePackerWas() throws Exception {
    Path killed = temp.resolve("killed");
    try (RecordingWriter to = create("recording")) {
      to.packFiles(EVERY_CHECKPOINT, 1);
      append(to, REPORTS / 2);
      Files.createDirectory(killed);
      for (String file : files(temp.resolve("recording"))) {
        Files.copy(temp.resolve("recording").resolve(file), killed.resolve(file));
      }
    }
    // What the packer had begun.
    Files.write(killed.resolve("packed-reports-000-00000000000000009999.avro"), new byte[9]);

    RecordingWriter resumed = RecordingWriter.resume(killed);
    resumed.packFiles(EVERY_CHECKPOINT, 1);
    append(resumed, REPORTS);
    resumed.close(waiting -> true);

    assertHolds(killed, REPORTS);
    assertThat(packedFiles(killed)).isEqualTo(Recording.open(killed).manifest().reports().size());
  }

  @Test
  void aFileThatCannotBePackedIsAnErrorAndStaysPlain() throws Exception {
    Path directory = temp.resolve("recording");
    RecordingWriter to = create("recording");
    append(to, REPORTS_OF_A_FILE);
    to.close();
    RecordingWriter resumed = RecordingWriter.resume(directory);
    String plain = Recording.open(directory).manifest().reports().get(0).file();
    Files.createDirectory(directory.resolve(Packing.PACKED_NAME + plain));
    resumed.packFiles();

    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> resumed.close(waiting -> true))
        .withMessageContaining("cannot pack a file of reports: ")
        .withMessageContaining(plain);
    Files.delete(directory.resolve(Packing.PACKED_NAME + plain));
    assertHolds(directory, REPORTS_OF_A_FILE);
  }

  @Test
  void aDamagedFileStaysPlainAndIsAnErrorOnlyWhenTheRecordingEnds() throws Exception {
    Path directory = temp.resolve("recording");
    try (RecordingWriter to = create("recording")) {
      append(to, REPORTS / 2);
    }
    String damaged = Recording.open(directory).manifest().reports().get(0).file();
    byte[] well = Files.readAllBytes(directory.resolve(damaged));
    byte[] bytes = well.clone();
    bytes[bytes.length / 2] ^= 4;
    Files.write(directory.resolve(damaged), bytes);

    // When: it is met while there is more to record
    RecordingWriter resumed = RecordingWriter.resume(directory);
    resumed.packFiles(EVERY_CHECKPOINT, 1);
    append(resumed, 2 * REPORTS / 3);
    await()
        .pollInSameThread()
        .until(
            () -> {
              resumed.checkpoint();
              return resumed.toPack() == 0;
            });
    append(resumed, REPORTS);

    // Then
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> resumed.close(waiting -> true))
        .withMessageStartingWith("cannot pack a file of reports: " + damaged + " is damaged in ");
    Files.write(directory.resolve(damaged), well);
    assertHolds(directory, REPORTS);
    Manifest m = Recording.open(directory).manifest();
    assertThat(m.complete()).isTrue();
    assertThat(m.reports())
        .filteredOn(file -> !Packing.isPacked(directory, file))
        .extracting(ReportFile::file)
        .containsExactly(damaged);
  }
}
