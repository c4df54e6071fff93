package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.Counts;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.recording.Manifest.SideFile;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;
import org.jspecify.annotations.Nullable;

/**
 * The two forms of a recording: plain, with a record for each report, and packed, with a record for
 * many. Each is made from the other file by file, with the same reports at the same offsets, and
 * everything beside the reports byte for byte.
 */
public final class Packing {
  /** Begin of the name of a file that was packed while its recording went on. */
  static final String PACKED_NAME = "packed-";

  private final Recording from;
  private final Path into;
  private final ReportPacker packer;

  private Packing(Recording from, Path into, int chunkBytes) {
    this.from = from;
    this.into = into;
    packer = new ReportPacker(chunkBytes);
  }

  /**
   * Writes a plain recording in packed form. Reports of an older version of their schema become
   * such of the newest.
   *
   * @param into a new directory
   * @param progress told of every file that was written
   * @param stopped asked before every block of reports; true ends it
   * @return what is in it
   * @throws RecordingException if all of it is packed already, or it is damaged, or the directory
   *     is not empty or is being written
   * @throws StoppedException if it was asked to end
   */
  public static Manifest pack(
      Path directory, Path into, Consumer<String> progress, BooleanSupplier stopped)
      throws IOException {
    return pack(directory, into, progress, stopped, ReportPacker.CHUNK_BYTES);
  }

  static Manifest pack(
      Path directory, Path into, Consumer<String> progress, BooleanSupplier stopped, int chunkBytes)
      throws IOException {
    Recording from = Recording.open(directory).until(stopped);
    if (from.manifest().packed() && !hasPlainFile(from)) {
      throw new RecordingException("%s is packed already".formatted(directory));
    }
    return new Packing(from, into, chunkBytes).write(Manifest.PACKED, progress);
  }

  /**
   * Writes a packed recording in plain form. Reports of an older version of their schema, in files
   * that were still plain, become such of the newest.
   *
   * @param into a new directory
   * @param progress told of every file that was written
   * @param stopped asked before every block of reports; true ends it
   * @return what is in it
   * @throws RecordingException if it is not packed, or damaged, or the directory is not empty or is
   *     being written
   * @throws StoppedException if it was asked to end
   */
  public static Manifest unpack(
      Path directory, Path into, Consumer<String> progress, BooleanSupplier stopped)
      throws IOException {
    Recording from = Recording.open(directory).until(stopped);
    if (!from.manifest().packed()) {
      throw new RecordingException("%s is not packed".formatted(directory));
    }
    return new Packing(from, into, ReportPacker.CHUNK_BYTES).write(Manifest.FORMAT, progress);
  }

  /** Whether a recorder that packs its files ended before it had packed all of them. */
  private static boolean hasPlainFile(Recording recording) {
    return recording.manifest().reports().stream()
        .anyMatch(file -> !isPacked(recording.directory(), file));
  }

  /** Whether a file of reports is packed; false if it is damaged, which its reader tells better. */
  static boolean isPacked(Path directory, ReportFile file) {
    try (DataFileReader<Object> in =
        new DataFileReader<>(
            new ReportSource.Counted(
                directory.resolve(file.file()), file.counts().bytes(), /* whole= */ true),
            new GenericDatumReader<>())) {
      return PackedForm.is(in.getSchema());
    } catch (IOException | AvroRuntimeException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** Writes the other form. If that fails nothing of it is left. */
  private Manifest write(int format, Consumer<String> progress) throws IOException {
    boolean made = !Files.exists(into);
    RecordingLock lock = RecordingWriter.lockEmpty(into);
    try {
      Manifest written = writeInto(format, progress);
      lock.close();
      return written;
    } catch (IOException | RuntimeException | Error e) {
      discard(lock, made, e);
      throw e;
    }
  }

  private void discard(RecordingLock lock, boolean withDirectory, Throwable failure) {
    try {
      try (lock) {
        Files.deleteIfExists(into.resolve(Manifest.NAME));
        Files.deleteIfExists(into.resolve(Manifest.NEXT));
        for (SideFile side : from.manifest().sides()) {
          Files.deleteIfExists(into.resolve(side.file()));
        }
        for (ReportFile file : from.manifest().reports()) {
          Files.deleteIfExists(into.resolve(file.file()));
        }
      }
      if (withDirectory) {
        Files.delete(into);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private Manifest writeInto(int format, Consumer<String> progress) throws IOException {
    Manifest m = from.manifest();
    checkSides();
    for (SideFile side : m.sides()) {
      if (side.bytes() > 0) {
        copy(side);
      }
    }
    List<ReportFile> files = new ArrayList<>();
    for (ReportFile file : m.reports()) {
      files.add(format == Manifest.PACKED ? packed(file) : plain(file));
      progress.accept(file.file());
    }
    Manifest written =
        new Manifest(
            format,
            m.complete(),
            m.kafkaCluster(),
            m.topic(),
            m.topicIds(),
            m.nextOffsets(),
            files.stream().map(ReportFile::counts).reduce(Counts.NONE, Counts::plus),
            m.skipped(),
            files,
            m.sides(),
            m.ownOffsets(),
            m.toMs(),
            m.leftOut());
    written.write(into);
    return written;
  }

  /** Reads what is copied as it is, so that no damage goes along. */
  private void checkSides() {
    for (Side<?> side : Side.ALL) {
      from.side(side);
    }
    from.undecodable();
  }

  private void copy(SideFile side) throws IOException {
    try (InputStream in = Files.newInputStream(from.directory().resolve(side.file()));
        FileOutput out = new FileOutput(into.resolve(side.file()), StandardOpenOption.CREATE_NEW)) {
      byte[] buffer = new byte[1 << 16];
      long left = side.bytes();
      while (left > 0) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          break;
        }
        out.write(buffer, 0, n);
        left -= n;
      }
      out.force();
    }
  }

  /**
   * Packs a file of reports of a recording that is still written, into a file beside it.
   *
   * @param givenUp asked before each report
   * @return what to name in the manifest instead of it; null if it was given up. The new file is
   *     away then, and also after a failure
   */
  static @Nullable ReportFile packBeside(Path directory, ReportFile plain, BooleanSupplier givenUp)
      throws IOException {
    String name = PACKED_NAME + plain.file();
    Path file = directory.resolve(name);
    ReportPacker packer = new ReportPacker(ReportPacker.CHUNK_BYTES);
    try (ReportSource source = new ReportSource(directory, List.of(plain), null, () -> false)) {
      AvroFile to = packedFile(file);
      boolean whole = false;
      try {
        fill(source, packer, to, givenUp);
        whole = !givenUp.getAsBoolean();
      } finally {
        if (!whole) {
          Files.delete(file);
        }
      }
      return whole ? written(plain, name, to) : null;
    }
  }

  private ReportFile packed(ReportFile file) throws IOException {
    try (ReportSource source = from.reports(file)) {
      AvroFile to = packedFile(into.resolve(file.file()));
      fill(source, packer, to, () -> false);
      return written(file, file.file(), to);
    }
  }

  private static AvroFile packedFile(Path file) throws IOException {
    return new AvroFile(file, PackedForm.SCHEMA, ZstandardBlocks.DENSE);
  }

  /** Writes the file to its end, and closes it. */
  private static void fill(
      ReportSource source, ReportPacker packer, AvroFile to, BooleanSupplier givenUp)
      throws IOException {
    Report report = new Report();
    try (to) {
      while (!givenUp.getAsBoolean() && source.next(report)) {
        packer.add(report);
        if (packer.isFull()) {
          to.append(packer.take());
          to.flush();
        }
      }
      if (!packer.isEmpty()) {
        to.append(packer.take());
      }
      to.force();
    }
  }

  private ReportFile plain(ReportFile file) throws IOException {
    Report report = new Report();
    AvroFile to =
        new AvroFile(into.resolve(file.file()), Topics.REPORTS.valueSchema(), ZstandardBlocks.FAST);
    try (to;
        ReportSource source = from.reports(file)) {
      while (source.next(report)) {
        byte[] bytes = source.encoded();
        to.appendEncoded(bytes, 0, bytes.length);
      }
      to.force();
    }
    return written(file, file.file(), to);
  }

  private static ReportFile written(ReportFile file, String name, AvroFile to) {
    Counts c = file.counts();
    return new ReportFile(
        name,
        file.partition(),
        file.firstOffset(),
        file.nextOffset(),
        new Counts(
            c.records(),
            c.ticks(),
            c.chipSamples(),
            c.linkSamples(),
            to.length(),
            c.firstMs(),
            c.lastMs()),
        to.sha256());
  }
}
