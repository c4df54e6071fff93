package io.isotherm.recording;

import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * A part of a recording: the reports of a range of event time, and of a pod, cabinet or board. What
 * is beside the reports is taken whole, because judging needs it.
 *
 * @param fromMs least event time, inclusive
 * @param toMs event time to end at, exclusive
 * @param pod name of the pod; null for all
 * @param cabinet cabinet in the pod; -1 for all
 * @param board board in the cabinet; -1 for all
 */
public record Cut(long fromMs, long toMs, @Nullable String pod, int cabinet, int board) {
  /** All of a recording. */
  public static final Cut EVERYTHING = of(Long.MIN_VALUE, Long.MAX_VALUE, null);

  private static final Pattern SUBJECT =
      Pattern.compile("([^/]+)(?:/cab-(\\d{1,9})(?:/board-(\\d{1,9}))?)?");

  /**
   * A cut.
   *
   * @param subject path of a pod, cabinet or board; null for all
   * @throws IllegalArgumentException if the path is none of those, or the range is empty
   */
  public static Cut of(long fromMs, long toMs, @Nullable String subject) {
    if (fromMs >= toMs) {
      throw new IllegalArgumentException("--to is not after --from");
    }
    if (subject == null) {
      return new Cut(fromMs, toMs, null, -1, -1);
    }
    Matcher m = SUBJECT.matcher(subject);
    if (!m.matches()) {
      throw new IllegalArgumentException(
          "--subject: '%s' is no pod, cabinet or board; write for instance pod-00/cab-003/board-5"
              .formatted(subject));
    }
    return new Cut(
        fromMs,
        toMs,
        m.group(1),
        m.group(2) == null ? -1 : Integer.parseInt(m.group(2)),
        m.group(3) == null ? -1 : Integer.parseInt(m.group(3)));
  }

  /** Ticks belong to every part of their pod. */
  boolean has(Report r) {
    return r.timeMs >= fromMs
        && r.timeMs < toMs
        && (pod == null || pod.equals(r.pod))
        && (r.tick || cabinet < 0 || cabinet == r.cabinet)
        && (r.tick || board < 0 || board == r.board);
  }

  /**
   * Writes the part.
   *
   * @param into a new directory
   * @return records that were written
   * @throws RecordingException if the recording is damaged, or the directory is not empty
   * @throws StoppedException if the recording is one that can be stopped, and was; nothing is left
   */
  public long write(Recording from, Path into) throws IOException {
    Manifest m = from.manifest();
    return RecordingWriter.write(
        into, m.kafkaCluster(), m.topic(), m.partitions(), to -> copy(from, to));
  }

  private long copy(Recording from, RecordingWriter to) throws IOException {
    long records = 0;
    Report report = new Report();
    for (Side<?> side : Side.ALL) {
      copy(side, from, to);
    }
    for (int partition : from.partitions()) {
      long offset = 0;
      try (ReportSource source = from.reports(partition)) {
        while (source.next(report)) {
          if (has(report)) {
            byte[] bytes = source.encoded();
            to.append(partition, offset, bytes, 0, bytes.length, report);
            offset++;
            records++;
          }
        }
      }
      to.checkpoint();
    }
    to.leftOut(from.leftOut());
    return records;
  }

  private static <V extends SpecificRecord> void copy(
      Side<V> side, Recording from, RecordingWriter to) throws IOException {
    long offset = 0;
    for (V v : from.side(side)) {
      to.append(side, offset++, v);
    }
  }
}
