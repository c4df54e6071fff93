package io.isotherm.recording;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is in a recording, and how far it goes: {@code manifest.json}. It is replaced at once, after
 * all that it names was written and is on the disk, so what it names is there even if the recorder
 * was killed or the power cut; bytes behind the lengths that it gives were under way, and do not
 * count.
 *
 * @param format version of the recording's format: {@value #FORMAT} if it is plain, {@value
 *     #PACKED} if a file of reports is packed
 * @param complete whether the recording was ended, rather than cut off or still under way
 * @param kafkaCluster id of the Kafka cluster that was recorded; null if it comes from elsewhere
 * @param topic topic of the reports
 * @param topicIds Kafka's ids of that topic and of those of the other files, by name, as far as
 *     they are known: another topic of the same name has another one. Not written if there are none
 * @param nextOffsets for every partition of that topic the offset behind the last record that was
 *     looked at; -1 if none was
 * @param counts what is in all files together
 * @param skipped records of the topic that could not be decoded; they are in {@code dead.avro}
 * @param reports files of reports, by partition and first offset
 * @param sides the other files, by name; those without a record do not exist
 * @param ownOffsets whether the offsets are the recording's own, from 0 on, rather than those of
 *     Kafka; written only if so
 * @param toMs event time at which a recorder was told to end, exclusive: of what lies behind it
 *     some or all is missing; null, and not written, if it was not told
 * @param leftOut what could not be read when this was salvaged from a damaged recording, a line for
 *     each file; empty for all others
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record Manifest(
    int format,
    boolean complete,
    @Nullable String kafkaCluster,
    String topic,
    @JsonInclude(JsonInclude.Include.NON_EMPTY) @JsonSetter(nulls = Nulls.AS_EMPTY)
        Map<String, String> topicIds,
    List<Long> nextOffsets,
    Counts counts,
    long skipped,
    List<ReportFile> reports,
    List<SideFile> sides,
    @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean ownOffsets,
    @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long toMs,
    @JsonSetter(nulls = Nulls.AS_EMPTY) List<String> leftOut) {

  /** The format of plain recordings. */
  public static final int FORMAT = 1;

  /** The format of packed recordings; only files of reports differ, and each says whether. */
  static final int PACKED = 2;

  /** Name of the file. */
  public static final String NAME = "manifest.json";

  /** Name under which it is written before it takes the place of the one before. */
  static final String NEXT = NAME + ".next";

  /** Key of the digest of everything else in the manifest. */
  private static final String DIGEST = "digest";

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /**
   * Sums over reports.
   *
   * @param records records, ticks among them
   * @param ticks heartbeats of the clock
   * @param chipSamples chips in all reports
   * @param linkSamples links in all reports
   * @param bytes length of the files in bytes
   * @param firstMs least event time of a report, in milliseconds since 1970-01-01 UTC; null if
   *     there is none
   * @param lastMs greatest event time of a report
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record Counts(
      long records,
      long ticks,
      long chipSamples,
      long linkSamples,
      long bytes,
      @Nullable Long firstMs,
      @Nullable Long lastMs) {

    static final Counts NONE = new Counts(0, 0, 0, 0, 0, null, null);

    /** The same reports in a file of another length. */
    Counts ofBytes(long length) {
      return new Counts(records, ticks, chipSamples, linkSamples, length, firstMs, lastMs);
    }

    Counts plus(Counts o) {
      return new Counts(
          records + o.records,
          ticks + o.ticks,
          chipSamples + o.chipSamples,
          linkSamples + o.linkSamples,
          bytes + o.bytes,
          firstMs == null || (o.firstMs != null && o.firstMs < firstMs) ? o.firstMs : firstMs,
          lastMs == null || (o.lastMs != null && o.lastMs > lastMs) ? o.lastMs : lastMs);
    }
  }

  /**
   * Reports of one partition, in the order of their offsets.
   *
   * @param file name in the directory
   * @param partition partition of the topic
   * @param firstOffset offset of the first record
   * @param nextOffset offset behind the last record that was looked at
   * @param counts what is in it; {@code bytes} is how much of the file counts
   * @param sha256 digest of the file; null while it is written to
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record ReportFile(
      String file,
      int partition,
      long firstOffset,
      long nextOffset,
      Counts counts,
      @Nullable String sha256) {}

  /**
   * Records of another topic.
   *
   * @param file name in the directory
   * @param topic the topic
   * @param nextOffset offset behind the last record that was looked at; -1 if none was
   * @param records records in it
   * @param bytes how much of the file counts
   * @param sha256 digest of those bytes; null while the file is written to, or if it does not exist
   */
  @JsonIgnoreProperties(ignoreUnknown = true)
  public record SideFile(
      String file,
      String topic,
      long nextOffset,
      long records,
      long bytes,
      @Nullable String sha256) {}

  /** Copies what it is given. */
  public Manifest {
    topicIds = new TreeMap<>(topicIds);
    nextOffsets = List.copyOf(nextOffsets);
    reports = List.copyOf(reports);
    sides = List.copyOf(sides);
    leftOut = List.copyOf(leftOut);
  }

  /** Whether a file of reports is packed. */
  public boolean packed() {
    return format == PACKED;
  }

  /** Partitions of the topic; some may have no file. */
  int partitions() {
    return nextOffsets.size();
  }

  /**
   * Reads the manifest of a recording.
   *
   * @throws RecordingException if there is none, or it cannot be used; the message says why
   */
  static Manifest read(Path directory) {
    return read(
        directory,
        damage -> {
          throw new RecordingException(damage);
        });
  }

  /**
   * Reads a manifest that may be damaged.
   *
   * @param damaged told if it is not as it was written
   * @throws RecordingException if there is none, or it cannot be used; the message says why
   */
  static Manifest read(Path directory, Consumer<String> damaged) {
    Path file = directory.resolve(NAME);
    try {
      JsonNode all = JSON.readTree(Files.readAllBytes(file));
      JsonNode digest = all instanceof ObjectNode object ? object.remove(DIGEST) : null;
      if (digest != null && !digest.asText().equals(digest(all))) {
        damaged.accept(
            "%s is damaged: its '%s' is not that of the rest of it".formatted(file, DIGEST));
      }
      Manifest manifest = JSON.treeToValue(all, Manifest.class);
      if (manifest.format != FORMAT && manifest.format != PACKED) {
        throw new RecordingException(
            "%s: format %d; this version of Isotherm reads formats %d and %d"
                .formatted(file, manifest.format, FORMAT, PACKED));
      }
      return manifest;
    } catch (NoSuchFileException e) {
      throw new RecordingException(
          Files.isDirectory(directory)
              ? "%s is no recording: it has no %s".formatted(directory, NAME)
              : "%s: there is no such recording".formatted(directory),
          e);
    } catch (com.fasterxml.jackson.core.JsonProcessingException e) {
      throw new RecordingException(
          "%s: not a manifest: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new RecordingException(
          "%s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
    }
  }

  /** SHA-256 of a manifest without its digest, in the form in which it is written. */
  private static String digest(JsonNode all) throws IOException {
    return HexFormat.of().formatHex(AvroFile.newSha256().digest(JSON.writeValueAsBytes(all)));
  }

  /** Puts this manifest in the place of the one before. */
  void write(Path directory) throws IOException {
    Path next = directory.resolve(NEXT);
    ObjectNode all = JSON.valueToTree(this);
    all.put(DIGEST, digest(all));
    try (FileOutput out =
        new FileOutput(
            next,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      out.write(JSON.writeValueAsBytes(all));
      out.force();
    }
    Files.move(
        next,
        directory.resolve(NAME),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    forceNames(directory);
  }

  /** Has the disk keep the names of the files, too. */
  private static void forceNames(Path directory) {
    try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
      names.force(true);
    } catch (IOException e) {
      // Not every file system can; the names are kept in its own time there.
    }
  }
}
