package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.recording.Manifest.SideFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.io.DatumReader;
import org.apache.avro.specific.SpecificDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/** A recording that is read. {@code docs/recording.md} describes the directory. */
public final class Recording {
  private final Path directory;
  private final Manifest manifest;

  /**
   * What was found to be missing so far, by whichever thread reads the file, in the order of the
   * files' names; null if that is an error.
   */
  private final @Nullable ConcurrentSkipListSet<String> missing;

  private final BooleanSupplier stopped;

  private Recording(
      Path directory,
      Manifest manifest,
      @Nullable ConcurrentSkipListSet<String> missing,
      BooleanSupplier stopped) {
    this.directory = directory;
    this.manifest = manifest;
    this.missing = missing;
    this.stopped = stopped;
  }

  /**
   * Opens a recording.
   *
   * @throws RecordingException if there is none; the message says why
   */
  public static Recording open(Path directory) {
    return new Recording(directory, Manifest.read(directory), null, () -> false);
  }

  /**
   * Opens a recording that may be damaged. What cannot be read is left out and told by {@link
   * #leftOut} once the files around it were read to their end. Safe for use by several threads.
   *
   * @throws RecordingException if there is none; the message says why
   */
  public static Recording salvage(Path directory) {
    ConcurrentSkipListSet<String> missing = new ConcurrentSkipListSet<>();
    Manifest manifest = Manifest.read(directory, missing::add);
    return new Recording(directory, manifest, missing, () -> false);
  }

  /**
   * The same recording for somebody who may be asked to end: whoever reads its reports then ends
   * with a {@link StoppedException}.
   *
   * @param stopped asked before every block of reports; true ends it
   */
  public Recording until(BooleanSupplier stopped) {
    return new Recording(directory, manifest, missing, stopped);
  }

  /** What is missing because it could not be read, now or when it was salvaged; a line a file. */
  public List<String> leftOut() {
    List<String> all = new ArrayList<>(manifest.leftOut());
    if (missing != null) {
      all.addAll(missing);
    }
    return all;
  }

  /** Where it is. */
  public Path directory() {
    return directory;
  }

  /** What is in it. */
  public Manifest manifest() {
    return manifest;
  }

  /** Partitions that have reports, in order. */
  public List<Integer> partitions() {
    return manifest.reports().stream().map(ReportFile::partition).distinct().sorted().toList();
  }

  /** The reports of a partition. */
  public ReportSource reports(int partition) {
    return new ReportSource(
        directory,
        manifest.reports().stream().filter(f -> f.partition() == partition).toList(),
        missing == null ? null : missing::add,
        stopped);
  }

  /** The reports of a file. */
  ReportSource reports(ReportFile file) {
    return new ReportSource(directory, List.of(file), null, stopped);
  }

  /**
   * The records of another topic, in the order in which they came.
   *
   * @throws RecordingException if the file is missing or damaged
   */
  public <V extends SpecificRecord> List<V> side(Side<V> side) {
    for (SideFile s : manifest.sides()) {
      if (s.file().equals(side.file()) && s.records() > 0) {
        List<V> all = read(s, new SpecificDatumReader<V>(side.topic().valueType()));
        if (all.size() != s.records() && missing == null) {
          throw new RecordingException(
              "%s has %d records, %s says %d"
                  .formatted(s.file(), all.size(), Manifest.NAME, s.records()));
        }
        return all;
      }
    }
    return List.of();
  }

  /**
   * Records of the reports' topic that could not be decoded, or whose key was not the report's pod:
   * partition, offset, value, reason.
   */
  public List<GenericData.Record> undecodable() {
    for (SideFile s : manifest.sides()) {
      if (s.file().equals(RecordingWriter.DEAD) && s.records() > 0) {
        return read(s, new GenericDatumReader<>());
      }
    }
    return List.of();
  }

  private <T> List<T> read(SideFile side, DatumReader<T> datum) {
    Path file = directory.resolve(side.file());
    List<T> all = new ArrayList<>();
    String damage;
    Exception cause = null;
    try (ReportSource.Counted counted =
            new ReportSource.Counted(file, side.bytes(), missing == null);
        DataFileReader<T> in = new DataFileReader<>(counted, datum)) {
      while (hasNext(in, counted)) {
        long left = in.getBlockCount();
        do {
          all.add(in.next());
        } while (--left > 0);
      }
      // Also of what can be read: a name in the file's schema may have become another.
      if (side.sha256() == null || side.sha256().equals(sha256(file, side.bytes()))) {
        return all;
      }
      damage = "%s is damaged: its SHA-256 is not that of %s".formatted(side.file(), Manifest.NAME);
    } catch (NoSuchFileException e) {
      cause = e;
      damage =
          "%s: the file is missing; it had %d records of topic %s"
              .formatted(file, side.records(), side.topic());
    } catch (IOException | AvroRuntimeException | UnsupportedOperationException e) {
      cause = e;
      damage =
          "%s is damaged behind record %d: %s".formatted(side.file(), all.size(), e.getMessage());
    }
    if (missing == null) {
      throw cause == null ? new RecordingException(damage) : new RecordingException(damage, cause);
    }
    missing.add(
        "%s; %d of its %d records are left out"
            .formatted(damage, side.records() - all.size(), side.records()));
    return all;
  }

  /** Whether there is another block, if the one before is over; its length is checked first. */
  private static boolean hasNext(DataFileReader<?> in, ReportSource.Counted counted)
      throws IOException {
    counted.checkBlock(in.previousSync());
    return in.hasNext();
  }

  /**
   * Reads everything and names all that is damaged.
   *
   * @param progress told of every file that was read
   * @return one line for every file that is damaged; empty if all is well
   * @throws StoppedException if it was asked to end
   */
  public List<String> verify(Consumer<String> progress) {
    List<String> damages = new ArrayList<>();
    for (ReportFile f : manifest.reports()) {
      try {
        if (!isWhole(f)) {
          damages.add(
              "%s: its SHA-256 is not that of %s although every record can be read"
                  .formatted(f.file(), Manifest.NAME));
        }
      } catch (RecordingException e) {
        damages.add(e.getMessage());
      } catch (IOException e) {
        damages.add("%s: %s".formatted(f.file(), e.getMessage()));
      }
      progress.accept(f.file());
    }
    for (Side<?> side : Side.ALL) {
      try {
        side(side);
      } catch (RecordingException e) {
        damages.add(e.getMessage());
      }
    }
    try {
      undecodable();
    } catch (RecordingException e) {
      damages.add(e.getMessage());
    }
    return damages;
  }

  /** Whether a file of reports that can be read is what was written. */
  private boolean isWhole(ReportFile f) throws IOException {
    while (true) {
      try (ReportSource source = reports(f)) {
        Report report = new Report();
        while (source.next(report)) {
          // Reading it is the test.
        }
        ReportFile was = Objects.requireNonNullElse(source.file(), f);
        String expected = was.sha256();
        return expected == null
            || expected.equals(sha256(directory.resolve(was.file()), was.counts().bytes()));
      } catch (NoSuchFileException e) {
        // It could be read: a packed one has just taken its place.
      }
    }
  }

  static String sha256(Path file, long bytes) throws IOException {
    MessageDigest digest = AvroFile.newSha256();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      long left = bytes;
      while (left > 0) {
        int n = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (n < 0) {
          break;
        }
        digest.update(buffer, 0, n);
        left -= n;
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
