package io.isotherm.recording;

import io.isotherm.avro.BoardReport;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.Counts;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportForm;
import io.isotherm.schemas.ReportHeadReader;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.SchemaCompatibility.SchemaCompatibilityType;
import org.apache.avro.SchemaCompatibility.SchemaPairCompatibility;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.file.DataFileConstants;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.SeekableFileInput;
import org.apache.avro.file.SeekableInput;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.specific.SpecificDatumReader;
import org.jspecify.annotations.Nullable;

/**
 * The reports of one partition of a recording, plain or packed, in the order of their offsets. It
 * holds one block at a time, in arrays that are used again and again, as is the object that a
 * report is decoded into.
 *
 * <p>What is damaged is an error, or is left out and told: then it goes on behind the next mark
 * between blocks.
 *
 * <p>Not safe for use by several threads.
 */
public final class ReportSource implements AutoCloseable {
  static {
    ZstandardBlocks.register();
  }

  private static final String PACKED = SchemaNormalization.toParsingForm(PackedForm.SCHEMA);

  private static final byte[] NOTHING = {};

  private final Path directory;
  private final List<ReportFile> files;
  private final ReportReader reader = new ReportReader(SchemaHistory.bundled());
  private final ReportHeadReader heads = new ReportHeadReader();
  private final @Nullable Consumer<String> leftOut;
  private final BooleanSupplier stopped;
  private int next;

  private @Nullable ReportFile current;

  /** Whether the file may have more than what counts. */
  private boolean hasMore;

  private @Nullable DataFileReader<BoardReport> in;
  private @Nullable Counted counted;
  private ReportForm form = ReportForm.OTHER;

  private byte[] block = NOTHING;
  private int position;
  private int end;
  private long leftInBlock;
  private int start;
  private long blockAt;
  private long read;
  private @Nullable String damage;
  private int damages;
  private @Nullable BinaryDecoder decoder;
  private @Nullable SpecificDatumReader<BoardReport> older;

  /** Reads packed files; null for others. */
  private @Nullable ReportUnpacker packed;

  /** The report that was read last, and what encodes it where its bytes are not the newest's. */
  private @Nullable Report last;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  /**
   * @param leftOut told of every file of which something is missing; null if that is an error
   * @param stopped asked before every block; true ends the reading
   */
  ReportSource(
      Path directory,
      List<ReportFile> files,
      @Nullable Consumer<String> leftOut,
      BooleanSupplier stopped) {
    this.directory = directory;
    this.files = files;
    this.leftOut = leftOut;
    this.stopped = stopped;
  }

  /**
   * Reads the next report.
   *
   * @return false after the last
   * @throws RecordingException if a file is damaged; the message names file, block and record
   * @throws StoppedException if it was asked to end
   */
  public boolean next(Report into) {
    return next(into, /* readings= */ true);
  }

  /**
   * Reads the next report for somebody who passes on what is {@link #framed}: without chips and
   * links if it lies in the recording {@link #newest in the newest schema}, and whole if it must be
   * encoded anew.
   *
   * @return false after the last
   * @throws RecordingException as {@link #next}
   */
  boolean nextHead(Report into) {
    return next(into, /* readings= */ false);
  }

  private boolean next(Report into, boolean readings) {
    while (true) {
      try {
        return nextIntact(into, readings);
      } catch (RecordingException e) {
        if (leftOut == null) {
          throw e;
        }
        skip(e);
      }
    }
  }

  /** Leaves the rest of a damaged block out. */
  private void skip(RecordingException why) {
    if (damages++ == 0) {
      damage = why.getMessage();
    }
    leftInBlock = 0;
    if (packed != null) {
      packed.close();
    }
    if (in == null) {
      tellMissing();
      return;
    }
    try {
      in.close();
      // A reader that failed within a block has a state of its own; a new one has none.
      DataFileReader<BoardReport> anew = reader(Objects.requireNonNull(current));
      in = anew;
      anew.sync(blockAt + 1);
    } catch (IOException | AvroRuntimeException e) {
      in = null;
      tellMissing();
    }
  }

  /** Says what is missing of a file that is over. */
  private void tellMissing() {
    ReportFile entry = Objects.requireNonNull(current);
    long all = entry.counts().records();
    if (leftOut != null && (damages > 0 || read != all)) {
      leftOut.accept(
          "%s%s; %d of its %d records are left out"
              .formatted(
                  damage == null ? entry.file() + " ends early" : damage,
                  damages > 1 ? " (and %d times more behind)".formatted(damages - 1) : "",
                  all - read,
                  all));
    }
  }

  private boolean nextIntact(Report into, boolean readings) {
    while (leftInBlock == 0) {
      if (packed != null && nextPacked(into)) {
        return true;
      }
      if (!nextBlock()) {
        return false;
      }
    }
    try {
      start = position;
      if (form == ReportForm.NEWEST && !readings) {
        position = heads.readUnframed(block, position, end, into);
      } else if (form != ReportForm.OTHER) {
        position = reader.readUnframed(form, block, position, end, into);
      } else {
        readOlder(into);
      }
    } catch (UndecodableException | IOException | AvroRuntimeException e) {
      throw damaged("record %d: %s".formatted(read, e.getMessage()), e);
    }
    last = into;
    read++;
    leftInBlock--;
    if (leftInBlock == 0 && form != ReportForm.OTHER && position != end) {
      throw damaged("%d bytes are left over".formatted(end - position), null);
    }
    return true;
  }

  private boolean nextPacked(Report into) {
    if (isOver()) {
      return false;
    }
    try {
      if (!Objects.requireNonNull(packed).next(into)) {
        return false;
      }
    } catch (UndecodableException | IOException | AvroRuntimeException e) {
      throw damaged("record %d: %s".formatted(read, e.getMessage()), e);
    }
    last = into;
    read++;
    return true;
  }

  /**
   * Bytes of the report that was read last, in the newest schema, without framing; only as long as
   * the report is what it was.
   */
  byte[] encoded() {
    if (packed != null || !newest()) {
      int length = writer.write(Objects.requireNonNull(last));
      return Arrays.copyOfRange(writer.buffer(), Framing.LENGTH, length);
    }
    return Arrays.copyOfRange(block, start, position);
  }

  /** As {@link #encoded}, behind a frame with the id that the newest schema has in Kafka. */
  byte[] framed(int newestId) {
    if (packed != null || !newest()) {
      byte[] value = writer.toBytes(Objects.requireNonNull(last));
      Framing.write(value, newestId);
      return value;
    }
    byte[] value = new byte[Framing.LENGTH + position - start];
    Framing.write(value, newestId);
    System.arraycopy(block, start, value, Framing.LENGTH, position - start);
    return value;
  }

  /** The file that was read last; null if none was. */
  @Nullable ReportFile file() {
    return current;
  }

  /** Whether the report that was read last lies in the recording in the newest schema. */
  boolean newest() {
    return form == ReportForm.NEWEST;
  }

  private void readOlder(Report into) throws IOException {
    SpecificDatumReader<BoardReport> datum = Objects.requireNonNull(older);
    if (decoder == null) {
      decoder = DecoderFactory.get().binaryDecoder(block, position, end - position, null);
    }
    reader.copyOf(datum.read(null, decoder), into);
  }

  private boolean nextBlock() {
    if (stopped.getAsBoolean()) {
      throw new StoppedException();
    }
    try {
      while (true) {
        if (in == null && !open()) {
          return false;
        }
        DataFileReader<BoardReport> file = Objects.requireNonNull(in);
        ReportFile entry = Objects.requireNonNull(current);
        blockAt = file.previousSync();
        Objects.requireNonNull(counted).checkBlock(blockAt);
        if (!isOver() && file.hasNext()) {
          ByteBuffer bytes = file.nextBlock();
          leftInBlock = file.getBlockCount();
          block = bytes.array();
          position = bytes.arrayOffset() + bytes.position();
          end = position + bytes.remaining();
          decoder = null;
          if (leftInBlock < 0) {
            throw damaged("%d records".formatted(leftInBlock), null);
          }
          if (packed != null) {
            packed.open(block, position, end, leftInBlock);
            block = NOTHING;
            leftInBlock = 0;
          }
          return true;
        }
        if (leftOut == null && read != entry.counts().records()) {
          throw damaged(
              "%d records, %s says %d".formatted(read, Manifest.NAME, entry.counts().records()),
              null);
        }
        tellMissing();
        file.close();
        in = null;
      }
    } catch (IOException | AvroRuntimeException e) {
      throw damaged(e.getMessage() == null ? e.toString() : e.getMessage(), e);
    }
  }

  /** Whether all that counts was read of a file that may have more. */
  private boolean isOver() {
    return hasMore && read == Objects.requireNonNull(current).counts().records();
  }

  private boolean open() throws IOException {
    if (next == files.size()) {
      return false;
    }
    ReportFile entry = files.get(next++);
    read = 0;
    blockAt = 0;
    damage = null;
    damages = 0;
    in = open(entry);
    Schema written = in.getSchema();
    boolean isPacked = PackedForm.is(written);
    form = isPacked ? ReportForm.NEWEST : ReportForm.of(written);
    boolean known =
        isPacked
            ? SchemaNormalization.toParsingForm(written).equals(PACKED)
            : form != ReportForm.OTHER;
    if (!known) {
      checkSchema(
          Objects.requireNonNull(current),
          written,
          isPacked ? PackedForm.SCHEMA : Topics.REPORTS.valueSchema());
    }
    packed = isPacked ? new ReportUnpacker(written) : null;
    older =
        form != ReportForm.OTHER
            ? null
            : new SpecificDatumReader<>(written, Topics.REPORTS.valueSchema());
    return true;
  }

  private DataFileReader<BoardReport> open(ReportFile entry) throws IOException {
    current = entry;
    hasMore = false;
    try {
      return reader(entry);
    } catch (NoSuchFileException e) {
      ReportFile packedNow = packedMeanwhile(entry);
      if (packedNow == null) {
        throw new RecordingException(
            "%s: the file is missing; it had %d reports of partition %d from offset %d on"
                .formatted(
                    directory.resolve(entry.file()),
                    entry.counts().records(),
                    entry.partition(),
                    entry.firstOffset()),
            e);
      }
      current = packedNow;
      hasMore = true;
      return reader(packedNow);
    }
  }

  /**
   * The packed file in the place of a plain one, which the recorder has deleted since the manifest
   * was read. It begins with the same reports; those behind them came later, and do not count.
   *
   * @return null if there is none, and the file is just missing
   */
  private @Nullable ReportFile packedMeanwhile(ReportFile plain) {
    Counts counts = plain.counts();
    for (ReportFile f : Manifest.read(directory, damage -> {}).reports()) {
      if (f.partition() == plain.partition()
          && f.firstOffset() == plain.firstOffset()
          && f.counts().records() >= counts.records()
          && !f.file().equals(plain.file())) {
        return new ReportFile(
            f.file(),
            f.partition(),
            f.firstOffset(),
            plain.nextOffset(),
            counts.ofBytes(f.counts().bytes()),
            f.sha256());
      }
    }
    return null;
  }

  /**
   * Checks that what another schema was written with can be read. Resolution takes a field whose
   * name it does not find for one that the writer did not know, and a single flipped bit can make
   * such a name; so the file must be what the manifest says, byte for byte.
   */
  private void checkSchema(ReportFile entry, Schema written, Schema readWith) throws IOException {
    String why = null;
    String expected = entry.sha256();
    SchemaPairCompatibility pair =
        SchemaCompatibility.checkReaderWriterCompatibility(readWith, written);
    if (pair.getType() != SchemaCompatibilityType.COMPATIBLE) {
      why =
          "%s: its schema is %s, which cannot be read as %s: %s"
              .formatted(
                  entry.file(),
                  written.getFullName(),
                  readWith.getFullName(),
                  pair.getResult().getIncompatibilities().stream()
                      .map(i -> "%s at %s".formatted(i.getMessage(), i.getLocation()))
                      .collect(Collectors.joining(", ")));
    } else if (expected != null
        && !expected.equals(
            Recording.sha256(directory.resolve(entry.file()), entry.counts().bytes()))) {
      why =
          "%s: its schema is not this version's, and its SHA-256 not that of %s: it is damaged, and nothing of it can be relied on"
              .formatted(entry.file(), Manifest.NAME);
    }
    if (why != null) {
      Objects.requireNonNull(in).close();
      in = null;
      throw new RecordingException(why);
    }
  }

  private DataFileReader<BoardReport> reader(ReportFile entry) throws IOException {
    counted =
        new Counted(
            directory.resolve(entry.file()), entry.counts().bytes(), /* whole= */ leftOut == null);
    return new DataFileReader<>(counted, new SpecificDatumReader<>());
  }

  private RecordingException damaged(String what, @Nullable Throwable cause) {
    String message =
        "%s is damaged in the block at byte %d: %s"
            .formatted(current == null ? directory : current.file(), blockAt, what);
    return cause == null ? new RecordingException(message) : new RecordingException(message, cause);
  }

  @Override
  public void close() throws IOException {
    if (packed != null) {
      // Others may go on, and need the memory.
      packed.close();
    }
    if (in != null) {
      in.close();
    }
  }

  /** A file as far as it counts. */
  static final class Counted implements SeekableInput {
    private final SeekableFileInput file;
    private final long length;

    /**
     * @param length how many bytes count
     * @param whole whether it is an error that there are fewer
     */
    Counted(Path path, long length, boolean whole) throws IOException {
      if (!Files.exists(path)) {
        throw new NoSuchFileException(path.toString());
      }
      long actual = Files.size(path);
      if (whole && actual < length) {
        throw new EOFException(
            "the file has %d bytes, %s says %d".formatted(actual, Manifest.NAME, length));
      }
      this.file = new SeekableFileInput(path.toFile());
      this.length = Math.min(length, actual);
      try {
        checkHeader();
      } catch (UnsupportedOperationException e) {
        // What Avro throws at a number of entries beyond 2^31.
        file.close();
        throw new IOException(e.getMessage(), e);
      } catch (IOException | RuntimeException e) {
        file.close();
        throw e;
      }
    }

    /**
     * Checks that what the header claims fits into the file: Avro makes room for any length that it
     * reads, and throws what nobody expects of a file at those of more than 2 GiB.
     */
    private void checkHeader() throws IOException {
      BinaryDecoder header =
          DecoderFactory.get()
              .binaryDecoder(
                  new InputStream() {
                    @Override
                    public int read() {
                      throw new AssertionError("a decoder reads arrays");
                    }

                    @Override
                    public int read(byte[] b, int from, int n) throws IOException {
                      return Counted.this.read(b, from, n);
                    }
                  },
                  null);
      header.skipFixed(DataFileConstants.MAGIC.length);
      for (long entries = header.readMapStart(); entries > 0; entries = header.mapNext()) {
        for (long i = 0; i < 2 * entries; i++) {
          long bytes = header.readLong();
          if (bytes < 0 || bytes > length || bytes > Integer.MAX_VALUE) {
            throw new EOFException("a header with a length of %d bytes".formatted(bytes));
          }
          header.skipFixed((int) bytes);
        }
      }
      file.seek(0);
    }

    /**
     * Checks that a block fits into the file, before anybody makes room for what a damaged length
     * claims.
     *
     * @param at where it begins; nothing begins at the end
     */
    void checkBlock(long at) throws IOException {
      long was = file.tell();
      byte[] head = new byte[20];
      file.seek(at);
      int n = Math.max(0, read(head, 0, head.length));
      file.seek(was);
      if (n > 0) {
        BinaryDecoder numbers = DecoderFactory.get().binaryDecoder(head, 0, n, null);
        numbers.readLong();
        long bytes = numbers.readLong();
        if (bytes < 0 || bytes > length - at) {
          throw new EOFException(
              "a block of %d bytes, %d are left of the file".formatted(bytes, length - at));
        }
      }
    }

    @Override
    public void seek(long p) throws IOException {
      file.seek(p);
    }

    @Override
    public long tell() throws IOException {
      return file.tell();
    }

    @Override
    public long length() {
      return length;
    }

    @Override
    public int read(byte[] b, int from, int n) throws IOException {
      long left = length - file.tell();
      return left <= 0 ? -1 : file.read(b, from, (int) Math.min(n, left));
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
