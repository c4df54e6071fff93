package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.recording.Manifest.Counts;
import io.isotherm.recording.Manifest.ReportFile;
import io.isotherm.recording.Manifest.SideFile;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/**
 * Writes a recording. What was written before the last {@link #checkpoint} stays readable whatever
 * happens to the process, and a writer that resumes goes on from there: what came after it is taken
 * away, to be written again. A directory has one writer at a time.
 *
 * <p>Not safe for use by several threads.
 */
public final class RecordingWriter implements AutoCloseable {
  /**
   * A file of reports is ended at the first checkpoint at which it is longer than this, that of a
   * recording that is written in one go, which has few, before the next report.
   */
  static final long ROTATE_BYTES = 256L << 20;

  /** The same of a writer that packs, so that little is left to pack at the end. */
  private static final long ROTATE_TO_PACK_BYTES = 64L << 20;

  private static final long PACKING_POLL_MS = 200;

  static final String DEAD = "dead.avro";

  private static final Schema DEAD_SCHEMA =
      SchemaBuilder.record("UndecodableRecord")
          .namespace("io.isotherm.recording")
          .doc("A record of the reports' topic that is no report of its key, as it was.")
          .fields()
          .requiredInt("partition")
          .requiredLong("offset")
          .optionalBytes("value")
          .requiredString("reason")
          .endRecord();

  /** Files of reports, plain and packed while the recording went on. */
  private static final Pattern REPORTS =
      Pattern.compile("(?:%s)?reports-\\d{3,}-\\d{20}\\.avro".formatted(Packing.PACKED_NAME));

  private final RecordingLock lock;
  private final Path directory;
  private final @Nullable String kafkaCluster;
  private final String topic;

  /** Kafka's ids of the topics, as far as they are known. */
  private final Map<String, String> topicIds = new HashMap<>();

  private final List<ReportFile> ended = new ArrayList<>();
  private final TreeMap<Integer, Open> open = new TreeMap<>();
  private final long[] nextOffset;
  private final Map<String, SideState> sides = new TreeMap<>();
  private final List<String> leftOut = new ArrayList<>();
  private long rotateBytes = ROTATE_BYTES;
  private @Nullable FilePacker packer;

  /** The files beside the reports as of the last checkpoint. */
  private final List<SideFile> sideFiles = new ArrayList<>();

  /** Plain files that the manifest no longer names. */
  private final List<Path> replaced = new ArrayList<>();

  /** Event time from which on reports may be missing; null for none. */
  private @Nullable Long toMs;

  /** Whether the offsets are not those of Kafka. */
  private boolean ownOffsets;

  /** Whether some of the files that are ended are packed. */
  private boolean packed;

  /** Whether the manifest is this writer's. */
  private boolean hasManifest;

  private boolean closed;

  /** A file of reports that is written to. */
  private static final class Open {
    final String name;
    final long firstOffset;
    final AvroFile file;
    long records;
    long ticks;
    long chipSamples;
    long linkSamples;
    long firstMs = Long.MAX_VALUE;
    long lastMs = Long.MIN_VALUE;

    Open(String name, long firstOffset, AvroFile file) {
      this.name = name;
      this.firstOffset = firstOffset;
      this.file = file;
    }

    Counts counts() {
      boolean timed = lastMs >= firstMs;
      return new Counts(
          records,
          ticks,
          chipSamples,
          linkSamples,
          file.length(),
          timed ? firstMs : null,
          timed ? lastMs : null);
    }
  }

  private static final class SideState {
    @Nullable AvroFile file;
    long nextOffset = -1;
    long records;
  }

  /**
   * What is in a recording that is written in one go.
   *
   * @param <T> what is to be told of it
   */
  @FunctionalInterface
  public interface Content<T> {
    /** Writes it. */
    T write(RecordingWriter to) throws IOException;
  }

  private RecordingWriter(
      RecordingLock lock,
      Path directory,
      @Nullable String kafkaCluster,
      String topic,
      int partitions) {
    this.lock = lock;
    this.directory = directory;
    this.kafkaCluster = kafkaCluster;
    this.topic = topic;
    this.nextOffset = new long[partitions];
    Arrays.fill(nextOffset, -1);
  }

  /**
   * Begins a recording in a directory, which is made if it is not there.
   *
   * @param kafkaCluster id of the Kafka cluster; null if the reports come from elsewhere
   * @param topic topic of the reports
   * @param partitions partitions of the topic, at least 1
   * @throws RecordingException if the directory has something in it, or another process writes it
   */
  public static RecordingWriter create(
      Path directory, @Nullable String kafkaCluster, String topic, int partitions)
      throws IOException {
    RecordingWriter writer = begin(directory, kafkaCluster, topic, partitions);
    try {
      writer.checkpoint();
      return writer;
    } catch (IOException | RuntimeException e) {
      writer.lock.closeAfter(e);
      throw e;
    }
  }

  private static RecordingWriter begin(
      Path directory, @Nullable String kafkaCluster, String topic, int partitions)
      throws IOException {
    return new RecordingWriter(lockEmpty(directory), directory, kafkaCluster, topic, partitions);
  }

  /**
   * Locks a directory, which is made if it is not there. If it cannot be locked it is as before.
   *
   * @throws RecordingException if it has something in it, or another process writes it
   */
  static RecordingLock lockEmpty(Path directory) throws IOException {
    boolean made = !Files.exists(directory);
    createEmpty(directory);
    RecordingLock lock;
    try {
      lock = RecordingLock.of(directory);
    } catch (IOException | RuntimeException e) {
      if (made) {
        deleteEmpty(directory, e);
      }
      throw e;
    }
    try {
      // Another writer may have come and gone.
      createEmpty(directory);
      return lock;
    } catch (IOException | RuntimeException e) {
      lock.closeAfter(e);
      throw e;
    }
  }

  private static void deleteEmpty(Path directory, Exception failure) {
    try {
      Files.deleteIfExists(directory);
    } catch (DirectoryNotEmptyException e) {
      // Another writer has it.
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  /**
   * Writes a recording in one go, with offsets of its own, so that none can be recorded behind it.
   * If that fails nothing of it is left, nor the directory if it was not there before.
   *
   * @param kafkaCluster id of the Kafka cluster; null if the reports come from elsewhere
   * @param topic topic of the reports
   * @param partitions partitions of the topic, at least 1
   * @param content what is in it
   * @return what the content returns
   * @throws RecordingException if the directory has something in it, or another process writes it
   */
  public static <T> T write(
      Path directory,
      @Nullable String kafkaCluster,
      String topic,
      int partitions,
      Content<T> content)
      throws IOException {
    boolean made = !Files.exists(directory);
    RecordingWriter to = begin(directory, kafkaCluster, topic, partitions);
    to.ownOffsets = true;
    try {
      to.checkpoint();
      T result = content.write(to);
      to.close();
      return result;
    } catch (IOException | RuntimeException | Error e) {
      to.discard(made, e);
      throw e;
    }
  }

  /** Takes away what was written, after a failure. */
  private void discard(boolean withDirectory, Throwable failure) {
    closed = true;
    try {
      try (lock) {
        Files.deleteIfExists(directory.resolve(Manifest.NAME));
        abandonFiles();
        deleteOwn(Set.of());
      }
      if (withDirectory) {
        Files.delete(directory);
      }
    } catch (IOException e) {
      failure.addSuppressed(e);
    }
  }

  private void abandonFiles() {
    open.values().forEach(f -> f.file.abandon());
    for (SideState side : sides.values()) {
      if (side.file != null) {
        side.file.abandon();
      }
    }
  }

  /**
   * Makes a directory if it is not there.
   *
   * @throws RecordingException if it has something in it, other than what a writer leaves that is
   *     killed before there is a manifest
   */
  private static void createEmpty(Path directory) throws IOException {
    Files.createDirectories(directory);
    try (Stream<Path> files = Files.list(directory)) {
      if (files
          .map(file -> file.getFileName().toString())
          .anyMatch(name -> !name.equals(RecordingLock.NAME) && !name.equals(Manifest.NEXT))) {
        throw new RecordingException(
            "%s is not empty: name a new directory, or one with a recording to resume"
                .formatted(directory));
      }
    }
  }

  /**
   * Notes that reports from an event time on are left out though others behind them are not.
   *
   * @param ms the time; null for none
   */
  void endsAt(@Nullable Long ms) {
    toMs = ms;
  }

  /** Notes which topics of their names the records come from, by Kafka's ids. */
  void comesFrom(Map<String, String> ids) {
    topicIds.putAll(ids);
  }

  /** Kafka's id of a topic that records come from; null if it is not known. */
  @Nullable String topicId(String of) {
    return topicIds.get(of);
  }

  /** Notes what is missing because it could not be read where it comes from; see the manifest. */
  void leftOut(List<String> lines) {
    leftOut.addAll(lines);
  }

  /**
   * Goes on with a recording from its last checkpoint.
   *
   * @throws RecordingException if it cannot be read, has offsets of its own, or another process
   *     writes it
   */
  public static RecordingWriter resume(Path directory) throws IOException {
    return resume(directory, manifest -> {});
  }

  /**
   * As {@link #resume(Path)}, if a check of the manifest throws nothing; nothing is changed before.
   */
  static RecordingWriter resume(Path directory, Consumer<Manifest> check) throws IOException {
    // Without a recording there is nothing to lock.
    Manifest.read(directory);
    RecordingLock lock = RecordingLock.of(directory);
    try {
      Manifest m = Manifest.read(directory);
      checkOffsets(directory, m);
      check.accept(m);
      checkLengths(directory, m);
      checkSchemas(directory, m);
      RecordingWriter writer =
          new RecordingWriter(lock, directory, m.kafkaCluster(), m.topic(), m.partitions());
      writer.goOnFrom(m);
      return writer;
    } catch (IOException | RuntimeException e) {
      lock.closeAfter(e);
      throw e;
    }
  }

  private static void checkOffsets(Path directory, Manifest m) {
    if (m.ownOffsets()) {
      throw new RecordingException(
          "%s was made from other recordings or tables, and its offsets are not those of Kafka: record into a new directory, and join both with 'isotherm recording merge'"
              .formatted(directory));
    }
  }

  private static void checkLengths(Path directory, Manifest m) throws IOException {
    for (ReportFile f : m.reports()) {
      checkLength(directory.resolve(f.file()), f.counts().bytes());
    }
    for (SideFile s : m.sides()) {
      checkLength(directory.resolve(s.file()), s.bytes());
    }
  }

  private static void checkLength(Path file, long bytes) throws IOException {
    long length = Files.exists(file) ? Files.size(file) : 0;
    if (length < bytes) {
      throw new RecordingException(
          "%s has %d bytes, %s says %d: it was cut short"
              .formatted(file, length, Manifest.NAME, bytes));
    }
  }

  /** What a file beside the reports begins with it goes on with, whatever is appended. */
  private static void checkSchemas(Path directory, Manifest m) {
    for (SideFile s : m.sides()) {
      Path file = directory.resolve(s.file());
      if (s.bytes() > 0 && !isNewest(s, file)) {
        throw new RecordingException(
            "%s was begun by another version of Isotherm, with another schema: record into a new directory, and join both with 'isotherm recording merge'"
                .formatted(file));
      }
    }
  }

  private static boolean isNewest(SideFile s, Path file) {
    try (DataFileReader<Object> in =
        new DataFileReader<>(
            new ReportSource.Counted(file, s.bytes(), /* whole= */ true),
            new GenericDatumReader<>())) {
      return SchemaNormalization.toParsingForm(in.getSchema())
          .equals(SchemaNormalization.toParsingForm(schema(s.file())));
    } catch (IOException | AvroRuntimeException e) {
      throw new RecordingException(
          "%s cannot be gone on with: %s".formatted(file, e.getMessage()), e);
    }
  }

  /** The schema that a file beside the reports is written in. */
  private static Schema schema(String file) {
    for (Side<?> side : Side.ALL) {
      if (side.file().equals(file)) {
        return side.topic().valueSchema();
      }
    }
    return DEAD_SCHEMA;
  }

  /** Takes over what counts, and takes the rest away. */
  private void goOnFrom(Manifest m) throws IOException {
    for (int p = 0; p < m.partitions(); p++) {
      nextOffset[p] = m.nextOffsets().get(p);
    }
    leftOut(m.leftOut());
    packed = m.packed();
    toMs = m.toMs();
    topicIds.putAll(m.topicIds());
    Set<String> known = new HashSet<>();
    for (ReportFile f : m.reports()) {
      Path file = directory.resolve(f.file());
      truncate(file, f.counts().bytes());
      ended.add(
          f.sha256() != null
              ? f
              : new ReportFile(
                  f.file(),
                  f.partition(),
                  f.firstOffset(),
                  f.nextOffset(),
                  f.counts(),
                  Recording.sha256(file, f.counts().bytes())));
      nextOffset[f.partition()] = Math.max(nextOffset[f.partition()], f.nextOffset());
      known.add(f.file());
    }
    for (SideFile s : m.sides()) {
      SideState state = state(s.file());
      state.nextOffset = s.nextOffset();
      state.records = s.records();
      if (s.bytes() > 0) {
        Path file = directory.resolve(s.file());
        truncate(file, s.bytes());
        state.file = AvroFile.appendTo(file);
        known.add(s.file());
      }
    }
    deleteOwn(known);
  }

  /** Deletes files of a writer, but not those, and nothing that others may have put there. */
  private void deleteOwn(Set<String> except) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (isOwn(name) && !except.contains(name)) {
          Files.delete(file);
        }
      }
    }
  }

  private static boolean isOwn(String name) {
    return name.equals(Manifest.NEXT)
        || name.equals(DEAD)
        || REPORTS.matcher(name).matches()
        || Side.ALL.stream().anyMatch(side -> side.file().equals(name));
  }

  /**
   * From now on packs every file of reports that is ended, and those that are plain now, beside the
   * writing.
   */
  void packFiles() {
    packFiles(ROTATE_TO_PACK_BYTES, FilePacker.threads());
  }

  /** Ends files of reports when they are longer than this. */
  void endFilesAt(long bytes) {
    rotateBytes = bytes;
  }

  /** As {@link #packFiles()}, with files that are ended when they are longer than this. */
  void packFiles(long endedBytes, int threads) {
    endFilesAt(endedBytes);
    FilePacker started = new FilePacker(directory, threads);
    packer = started;
    ended.stream().filter(f -> !Packing.isPacked(directory, f)).forEach(started::pack);
  }

  /** Files of reports that are ended and still to be packed. */
  int toPack() {
    return packer == null ? 0 : packer.waiting();
  }

  /**
   * Ends the recording, and goes on to pack what is ended until all is packed or nobody wants to
   * wait any longer. What is plain then stays so.
   *
   * @param waits asked several times a second, and told how many files are still to be packed
   * @throws IOException if it cannot be written, or a file could not be packed, which is the last
   *     that it says: all else is as it should be then
   */
  void close(IntPredicate waits) throws IOException, InterruptedException {
    closed = true;
    try (lock;
        FilePacker packing = packer) {
      checkpoint(true);
      if (packing != null) {
        while (packing.waiting() > 0 && waits.test(packing.waiting())) {
          packing.await(PACKING_POLL_MS);
          takePacked();
        }
        packing.giveUp();
        takePacked();
        IOException failure = packing.failure();
        if (failure != null) {
          throw failure;
        }
      }
    }
  }

  /**
   * Ends after a failure, so that a recorder can go on: what was appended counts as far as it can
   * be written, but the recording is not complete. One that was resumed and had no checkpoint since
   * stays as it was. Does nothing if it has ended.
   *
   * @param failure gets what goes wrong here
   */
  void breakOff(Exception failure) {
    if (closed) {
      return;
    }
    closed = true;
    FilePacker packing = packer;
    try (lock;
        packing) {
      if (hasManifest) {
        checkpoint(false);
      }
    } catch (IOException | RuntimeException e) {
      failure.addSuppressed(e);
    }
    abandonFiles();
  }

  /** After all files are ended. */
  private void takePacked() throws IOException {
    if (replacePacked()) {
      writeManifest(/* complete= */ true, List.of());
    }
  }

  private static void truncate(Path file, long bytes) throws IOException {
    try (RandomAccessFile f = new RandomAccessFile(file.toFile(), "rw")) {
      f.setLength(bytes);
    }
  }

  /**
   * Offset at which to go on with a partition of the reports or of a side topic, or -1 if nothing
   * of it has been looked at.
   */
  long nextOffset(TopicPartition p) {
    if (p.topic().equals(topic)) {
      return nextOffset[p.partition()];
    }
    for (Side<?> side : Side.ALL) {
      if (side.topic().name().equals(p.topic())) {
        return state(side.file()).nextOffset;
      }
    }
    return -1;
  }

  /** Whether partitions of the reports were looked at. */
  boolean isBegun() {
    return Arrays.stream(nextOffset).anyMatch(offset -> offset >= 0);
  }

  /** Whether there is a record of a partition of the reports or of a side topic. */
  boolean hasRecords(TopicPartition p) {
    if (p.topic().equals(topic)) {
      return open.containsKey(p.partition())
          || ended.stream().anyMatch(f -> f.partition() == p.partition());
    }
    return Side.ALL.stream()
        .filter(side -> side.topic().name().equals(p.topic()))
        .anyMatch(side -> state(side.file()).records > 0);
  }

  /** Notes that everything before an offset of a partition was looked at. */
  void at(TopicPartition p, long offset) {
    if (p.topic().equals(topic)) {
      nextOffset[p.partition()] = offset;
    }
    for (Side<?> side : Side.ALL) {
      if (side.topic().name().equals(p.topic())) {
        state(side.file()).nextOffset = offset;
      }
    }
  }

  /** Length of the files of reports so far, in bytes. */
  long bytes() {
    return ended.stream().mapToLong(f -> f.counts().bytes()).sum()
        + open.values().stream().mapToLong(f -> f.file.length()).sum();
  }

  /** Partitions of the topic. */
  public int partitions() {
    return nextOffset.length;
  }

  private SideState state(String file) {
    return sides.computeIfAbsent(file, f -> new SideState());
  }

  /**
   * Appends a report.
   *
   * @param encoded its bytes in the newest schema, from {@code from} on, without framing
   * @param report what the bytes say
   */
  public void append(
      int partition, long offset, byte[] encoded, int from, int length, Report report)
      throws IOException {
    Open f = open.get(partition);
    if (f != null && ownOffsets && f.file.length() >= rotateBytes) {
      end(partition, f);
      f = null;
    }
    if (f == null) {
      String name = "reports-%03d-%020d.avro".formatted(partition, offset);
      f =
          new Open(
              name,
              offset,
              new AvroFile(
                  directory.resolve(name), Topics.REPORTS.valueSchema(), ZstandardBlocks.FAST));
      open.put(partition, f);
    }
    f.file.appendEncoded(encoded, from, length);
    f.records++;
    if (report.tick) {
      f.ticks++;
    } else {
      f.chipSamples += report.chipCount;
      f.linkSamples += report.linkCount;
      f.firstMs = Math.min(f.firstMs, report.timeMs);
      f.lastMs = Math.max(f.lastMs, report.timeMs);
    }
    nextOffset[partition] = offset + 1;
  }

  /** Keeps a record that is no report, or one under another key than its pod. */
  public void undecodable(int partition, long offset, byte @Nullable [] value, String reason)
      throws IOException {
    GenericData.Record r = new GenericData.Record(DEAD_SCHEMA);
    r.put("partition", partition);
    r.put("offset", offset);
    r.put("value", value == null ? null : ByteBuffer.wrap(value));
    r.put("reason", reason);
    append(DEAD, DEAD_SCHEMA, offset, r);
    nextOffset[partition] = offset + 1;
  }

  /** Appends a record of another topic. */
  public <V extends SpecificRecord> void append(Side<V> side, long offset, V record)
      throws IOException {
    append(side.file(), side.topic().valueSchema(), offset, record);
  }

  private void append(String file, Schema schema, long offset, Object record) throws IOException {
    SideState s = state(file);
    if (s.file == null) {
      s.file = new AvroFile(directory.resolve(file), schema, ZstandardBlocks.DENSE);
    }
    s.file.append(record);
    s.records++;
    s.nextOffset = offset + 1;
  }

  /** Makes everything that was appended so far count. */
  public void checkpoint() throws IOException {
    checkpoint(false);
  }

  private void checkpoint(boolean complete) throws IOException {
    replacePacked();
    List<ReportFile> files = new ArrayList<>();
    for (Map.Entry<Integer, Open> e : List.copyOf(open.entrySet())) {
      int partition = e.getKey();
      Open f = e.getValue();
      f.file.force();
      if (complete || f.file.length() >= rotateBytes) {
        end(partition, f);
      } else {
        files.add(entry(partition, f, null));
      }
    }
    sideFiles.clear();
    for (Map.Entry<String, String> e : topics().entrySet()) {
      SideState s = state(e.getKey());
      String sha256 = null;
      if (s.file != null) {
        s.file.force();
        if (complete) {
          s.file.close();
          sha256 = Recording.sha256(directory.resolve(e.getKey()), s.file.length());
        }
      }
      sideFiles.add(
          new SideFile(
              e.getKey(),
              e.getValue(),
              s.nextOffset,
              s.records,
              s.file == null ? 0 : s.file.length(),
              sha256));
    }
    writeManifest(complete, files);
  }

  private void end(int partition, Open f) throws IOException {
    f.file.force();
    f.file.close();
    open.remove(partition);
    ReportFile file = entry(partition, f, f.file.sha256());
    ended.add(file);
    if (packer != null) {
      packer.pack(file);
    }
  }

  private ReportFile entry(int partition, Open f, @Nullable String sha256) {
    return new ReportFile(
        f.name, partition, f.firstOffset, nextOffset[partition], f.counts(), sha256);
  }

  /**
   * @param written the files of reports that are not ended
   */
  private void writeManifest(boolean complete, List<ReportFile> written) throws IOException {
    List<ReportFile> files = new ArrayList<>(written);
    files.addAll(ended);
    files.sort(
        Comparator.comparingInt(ReportFile::partition).thenComparingLong(ReportFile::firstOffset));
    Counts counts = files.stream().map(ReportFile::counts).reduce(Counts.NONE, Counts::plus);
    new Manifest(
            packed ? Manifest.PACKED : Manifest.FORMAT,
            complete,
            kafkaCluster,
            topic,
            topicIds,
            Arrays.stream(nextOffset).boxed().toList(),
            counts,
            state(DEAD).records,
            files,
            sideFiles,
            ownOffsets,
            toMs,
            leftOut)
        .write(directory);
    hasManifest = true;
    for (Path file : replaced) {
      Files.delete(file);
    }
    replaced.clear();
  }

  /**
   * Has the next manifest name packed files instead of the plain ones that they were made from.
   *
   * @return whether there were some
   */
  private boolean replacePacked() {
    List<FilePacker.Packed> done = packer == null ? List.of() : packer.take();
    for (FilePacker.Packed p : done) {
      ended.set(ended.indexOf(p.plain()), p.packed());
      replaced.add(directory.resolve(p.plain().file()));
      packed = true;
    }
    return !done.isEmpty();
  }

  /** The files beside the reports, and where their records come from. */
  private Map<String, String> topics() {
    Map<String, String> topics = new TreeMap<>(Map.of(DEAD, topic));
    Side.ALL.forEach(side -> topics.put(side.file(), side.topic().name()));
    return topics;
  }

  /** Ends the recording, with the files that are not packed yet as they are. */
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    try {
      close(waiting -> false);
    } catch (InterruptedException e) {
      throw new AssertionError("nobody waits", e);
    }
  }
}
