package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.Counts;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.recording.Manifest.SideFile;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The two forms of a recording: plain, with a record for each report, and packed, with a record for
 * many. Each is made from the other file by file, with the same reports at the same offsets, and
 * everything beside the reports byte for byte.
 */
public final class Packing {
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
   * @return what is in it
   * @throws RecordingException if it is packed already or damaged, or the directory is not empty
   */
  public static Manifest pack(Path directory, Path into, Consumer<String> progress)
      throws IOException {
    return pack(directory, into, progress, ReportPacker.CHUNK_BYTES);
  }

  static Manifest pack(Path directory, Path into, Consumer<String> progress, int chunkBytes)
      throws IOException {
    Recording from = Recording.open(directory);
    if (from.manifest().packed()) {
      throw new RecordingException("%s is packed already".formatted(directory));
    }
    return new Packing(from, into, chunkBytes).write(Manifest.PACKED, progress);
  }

  /**
   * Writes a packed recording in plain form.
   *
   * @param into a new directory
   * @param progress told of every file that was written
   * @return what is in it
   * @throws RecordingException if it is not packed, or damaged, or the directory is not empty
   */
  public static Manifest unpack(Path directory, Path into, Consumer<String> progress)
      throws IOException {
    Recording from = Recording.open(directory);
    if (!from.manifest().packed()) {
      throw new RecordingException("%s is not packed".formatted(directory));
    }
    return new Packing(from, into, ReportPacker.CHUNK_BYTES).write(Manifest.FORMAT, progress);
  }

  private Manifest write(int format, Consumer<String> progress) throws IOException {
    Manifest m = from.manifest();
    RecordingWriter.createEmpty(into);
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
            m.nextOffsets(),
            files.stream().map(ReportFile::counts).reduce(Counts.NONE, Counts::plus),
            m.skipped(),
            files,
            m.sides(),
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
        OutputStream out =
            Files.newOutputStream(into.resolve(side.file()), StandardOpenOption.CREATE_NEW)) {
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
    }
  }

  private ReportFile packed(ReportFile file) throws IOException {
    Report report = new Report();
    AvroFile to = new AvroFile(into.resolve(file.file()), PackedForm.SCHEMA, ZstandardBlocks.DENSE);
    try (to;
        ReportSource source = from.reports(file)) {
      while (source.next(report)) {
        packer.add(report);
        if (packer.isFull()) {
          to.append(packer.take());
          to.flush();
        }
      }
      if (!packer.isEmpty()) {
        to.append(packer.take());
      }
    }
    return written(file, to);
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
    }
    return written(file, to);
  }

  private static ReportFile written(ReportFile file, AvroFile to) {
    Counts c = file.counts();
    return new ReportFile(
        file.file(),
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
