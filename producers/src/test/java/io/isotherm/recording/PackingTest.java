package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PackingTest {
  private static final long START = 1_800_000_000_000L;
  private static final int SECONDS = 180;

  /** So small that a recording has many chunks. */
  private static final int SMALL_CHUNK = 1 << 9;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  private interface Reports {
    boolean next(Report into);
  }

  /** A recording in two partitions, with gaps between offsets and a record that is no report. */
  private Path recorded(Reports reports) throws IOException {
    Path directory = temp.resolve("plain");
    ClusterPlan plan = plan();
    Report report = new Report();
    long[] offset = {100, 7_000};
    try (RecordingWriter to =
        RecordingWriter.create(directory, "cluster", "telemetry.reports", 3)) {
      to.append(Side.TOPOLOGY, 0, TopologyRecords.toAvro(plan, plan.pods().get(0), START));
      int n = 0;
      while (reports.next(report)) {
        byte[] bytes = writer.toBytes(report);
        int partition = n++ % 2;
        to.append(
            partition,
            offset[partition]++,
            bytes,
            Framing.LENGTH,
            bytes.length - Framing.LENGTH,
            report);
      }
      to.undecodable(1, offset[1], new byte[] {1, 2, 3}, "framing: byte 0 is 0x01");
      to.undecodable(2, 17, null, "framing: null");
    }
    return directory;
  }

  private static ClusterPlan plan() {
    return Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 1, 2));
  }

  private Path recordedFleet() throws IOException {
    Fleet fleet = new Fleet(plan(), ScenarioReader.load("healthy"), START);
    int[] order = fleet.samplingOrder();
    int[] at = {-1, order.length};
    return recorded(
        report -> {
          while (true) {
            if (at[1] == order.length) {
              at[1] = 0;
              if (++at[0] == SECONDS) {
                return false;
              }
              fleet.step(START + at[0] * 1_000L);
            }
            if (fleet.fill(order[at[1]++], report)) {
              return true;
            }
          }
        });
  }

  private byte[][] reports(Recording recording, int partition) throws IOException {
    List<byte[]> all = new ArrayList<>();
    Report report = new Report();
    try (ReportSource source = recording.reports(partition)) {
      while (source.next(report)) {
        byte[] framed = writer.toBytes(report);
        assertThat(source.encoded())
            .isEqualTo(Arrays.copyOfRange(framed, Framing.LENGTH, framed.length));
        all.add(framed);
      }
    }
    assertPassedOn(recording, partition, all);
    return all.toArray(byte[][]::new);
  }

  /** As a replay reads it that passes on what it does not look into. */
  private static void assertPassedOn(Recording recording, int partition, List<byte[]> framed)
      throws IOException {
    int id = SchemaHistory.bundled().newestId(Topics.REPORTS.subject());
    Report head = new Report();
    int n = 0;
    try (ReportSource source = recording.reports(partition)) {
      while (source.nextHead(head)) {
        assertThat(source.framed(id)).isEqualTo(framed.get(n++));
      }
    }
    assertThat(n).isEqualTo(framed.size());
  }

  private void assertSame(Path one, Path other) throws IOException {
    Recording a = Recording.open(one);
    Recording b = Recording.open(other);
    assertThat(b.verify(file -> {})).isEmpty();
    assertThat(b.partitions()).isEqualTo(a.partitions());
    for (int partition : a.partitions()) {
      assertThat(reports(b, partition)).isDeepEqualTo(reports(a, partition));
    }
    assertThat(b.manifest().reports())
        .usingRecursiveComparison()
        .ignoringFields("counts.bytes", "sha256")
        .isEqualTo(a.manifest().reports());
    assertThat(b.manifest())
        .usingRecursiveComparison()
        .ignoringFields("format", "counts.bytes", "reports")
        .isEqualTo(a.manifest());
    assertThat(Files.readAllBytes(other.resolve("topology.avro")))
        .isEqualTo(Files.readAllBytes(one.resolve("topology.avro")));
    assertThat(Files.readAllBytes(other.resolve("dead.avro")))
        .isEqualTo(Files.readAllBytes(one.resolve("dead.avro")));
  }

  private Path pack(Path plain, int chunkBytes) throws IOException {
    Path packed = temp.resolve("packed");
    List<String> files = new ArrayList<>();
    Packing.pack(plain, packed, files::add, () -> false, chunkBytes);
    assertThat(files)
        .containsExactlyElementsOf(
            Recording.open(packed).manifest().reports().stream().map(ReportFile::file).toList());
    return packed;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsPackedIsTheSameAndUnpackedItIsTheSameAgain(long seed) throws IOException {
    OddReports odd = new OddReports(seed);
    int[] left = {500};
    Path plain =
        recorded(
            report -> {
              odd.next(report);
              return left[0]-- > 0;
            });
    Path packed = pack(plain, SMALL_CHUNK);
    assertSame(plain, packed);
    Path unpacked = temp.resolve("unpacked");
    Packing.unpack(packed, unpacked, file -> {}, () -> false);
    assertSame(plain, unpacked);
    assertThat(Recording.open(unpacked).manifest().packed()).isFalse();
  }

  @Test
  void aFleetTakesAThirdOfTheBytes() throws IOException {
    Path plain = recordedFleet();
    Path packed = pack(plain, ReportPacker.CHUNK_BYTES);
    assertSame(plain, packed);
    assertThat(Recording.open(packed).manifest().packed()).isTrue();
    assertThat(Recording.open(packed).manifest().counts().bytes())
        .isLessThan(Recording.open(plain).manifest().counts().bytes() / 3);
  }

  @Test
  void theSameRecordingGivesTheSameChunks() throws IOException {
    Path plain = recordedFleet();
    Path packed = pack(plain, SMALL_CHUNK);
    Path again = temp.resolve("again");
    Packing.pack(plain, again, file -> {}, () -> false, SMALL_CHUNK);
    assertThat(Recording.open(again).manifest().counts())
        .isEqualTo(Recording.open(packed).manifest().counts());
  }

  @Test
  void aFlippedBitIsNamedAndSalvageLeavesItsChunkOutAlone() throws IOException {
    Path packed = pack(recordedFleet(), SMALL_CHUNK);
    Recording well = Recording.open(packed);
    ReportFile first = well.manifest().reports().get(0);
    Path file = packed.resolve(first.file());
    byte[] bytes = Files.readAllBytes(file);
    byte[][] all = reports(well, 0);
    long block = 0;
    int reports = 0;
    try (DataFileReader<GenericRecord> in =
        new DataFileReader<>(file.toFile(), new GenericDatumReader<>())) {
      while (in.previousSync() <= bytes.length / 2) {
        block = in.previousSync();
        reports = (int) in.next().get("reports");
      }
      assertThat(in.hasNext()).isTrue();
    }

    bytes[bytes.length / 2] ^= 4;
    Files.write(file, bytes);

    List<String> damages = Recording.open(packed).verify(f -> {});
    assertThat(damages)
        .singleElement()
        .asString()
        .startsWith("%s is damaged in the block at byte %d: ".formatted(first.file(), block));
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Packing.unpack(packed, temp.resolve("no"), f -> {}, () -> false))
        .withMessage(damages.get(0));

    Recording damaged = Recording.salvage(packed);
    Path into = temp.resolve("salvaged");
    long left = Cut.EVERYTHING.write(damaged, into);
    Recording salvaged = Recording.open(into);
    assertThat(salvaged.verify(f -> {})).isEmpty();
    assertThat(salvaged.manifest().packed()).isFalse();
    assertThat(well.manifest().counts().records() - left).isEqualTo(reports);
    assertThat(salvaged.leftOut())
        .singleElement()
        .asString()
        .startsWith(damages.get(0))
        .contains("; %d of its %d records".formatted(reports, first.counts().records()));
    assertThat(Arrays.asList(all)).containsSubsequence(reports(salvaged, 0));
  }

  @Test
  void aFileThatIsCutOrMissingIsNamed() throws IOException {
    Path packed = pack(recordedFleet(), SMALL_CHUNK);
    ReportFile first = Recording.open(packed).manifest().reports().get(0);
    Path file = packed.resolve(first.file());
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 20));
    assertThat(Recording.open(packed).verify(f -> {}))
        .singleElement()
        .asString()
        .contains(first.file(), "the file has %d bytes".formatted(bytes.length - 20));
    Files.delete(file);
    assertThat(Recording.open(packed).verify(f -> {}))
        .singleElement()
        .asString()
        .contains(first.file(), "the file is missing");
  }

  @Test
  void aPackedRecordingIsCutAndMergedAsAPlainOne() throws IOException {
    Path plain = recordedFleet();
    Path packed = pack(plain, SMALL_CHUNK);
    long middle = START + 1_000L * SECONDS / 2;
    Path early = temp.resolve("early");
    Path late = temp.resolve("late");
    Cut.of(Long.MIN_VALUE, middle, null).write(Recording.open(packed), early);
    Cut.of(middle, Long.MAX_VALUE, null).write(Recording.open(packed), late);
    Path again = temp.resolve("again");
    Packing.pack(late, again, file -> {}, () -> false);
    Path merged = temp.resolve("merged");
    Merge.of(List.of(again, early), () -> false).write(merged);
    for (int partition : List.of(0, 1)) {
      assertThat(reports(Recording.open(merged), partition))
          .isDeepEqualTo(reports(Recording.open(plain), partition));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aPlainFileOfAnotherSchemaAmongPackedOnesIsUnpackedIntoTheNewest(boolean known)
      throws IOException {
    // As a recorder leaves it that had not packed yet what another version of it began.
    Path plain = recordedFleet();
    Path mixed = pack(plain, SMALL_CHUNK);
    String first = Recording.open(plain).manifest().reports().get(0).file();
    Path copy = Files.copy(plain.resolve(first), temp.resolve(first));
    RecordingTest.replace(mixed, mixed.resolve(first), copy);
    if (known) {
      RecordingTest.rewriteWithoutDifferences(mixed);
    } else {
      RecordingTest.rewriteWithAnotherSchema(mixed);
    }
    Recording from = Recording.open(mixed);
    assertThat(from.verify(file -> {})).isEmpty();

    Path unpacked = temp.resolve("unpacked");
    Packing.unpack(mixed, unpacked, file -> {}, () -> false);

    Recording to = Recording.open(unpacked);
    assertThat(to.verify(file -> {})).isEmpty();
    assertThat(to.manifest().packed()).isFalse();
    for (int partition : List.of(0, 1)) {
      assertThat(reports(to, partition)).isDeepEqualTo(reports(from, partition));
    }
  }

  @Test
  void whatAnotherProcessWritesIsNotWrittenInto() throws IOException {
    Path plain = recordedFleet();
    Path into = Files.createDirectory(temp.resolve("into"));
    RecordingLock other = RecordingLock.of(into);
    try (other) {
      assertThatExceptionOfType(RecordingException.class)
          .isThrownBy(() -> Packing.pack(plain, into, f -> {}, () -> false))
          .withMessageContaining("into is being written by another process");
      assertThat(into).isDirectoryContaining("glob:**" + RecordingLock.NAME);
    }

    int[] refused = {0};
    Packing.pack(
        plain,
        into,
        f -> {
          assertThatExceptionOfType(RecordingException.class)
              .isThrownBy(() -> RecordingLock.of(into))
              .withMessageContaining("into is being written by another process");
          refused[0]++;
        },
        () -> false);
    assertThat(refused[0]).isPositive();
    assertThat(into.resolve(RecordingLock.NAME)).doesNotExist();
    assertSame(plain, into);
  }

  @Test
  void aDirectoryThatCannotBeLockedIsNotLeft() throws IOException {
    Path plain = recordedFleet();
    Path into = Files.createDirectory(temp.resolve("into"));
    RecordingLock other = RecordingLock.of(into);
    try (other) {
      Files.delete(into.resolve(RecordingLock.NAME));
      Files.delete(into);

      assertThatExceptionOfType(RecordingException.class)
          .isThrownBy(() -> Packing.pack(plain, into, f -> {}, () -> false))
          .withMessageContaining("into is being written by another process");
      assertThat(into).doesNotExist();
    }
  }

  @Test
  void nothingIsLeftOfWhatHasNoManifest() throws IOException {
    Path plain = recordedFleet();
    Path into = temp.resolve("into");
    Path next = into.resolve(Manifest.NEXT);
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() -> Packing.pack(plain, into, f -> next.toFile().mkdir(), () -> false))
        .withMessageContaining(next.toString());
    assertThat(into).doesNotExist();
  }

  @Test
  void whatCannotBeIsRefused() throws IOException {
    Path plain = recordedFleet();
    Path packed = pack(plain, SMALL_CHUNK);
    Path into = temp.resolve("into");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Packing.pack(packed, into, f -> {}, () -> false))
        .withMessageEndingWith("packed is packed already");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Packing.unpack(plain, into, f -> {}, () -> false))
        .withMessageEndingWith("plain is not packed");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Packing.pack(plain, packed, f -> {}, () -> false))
        .withMessageContaining("not empty");
  }
}
