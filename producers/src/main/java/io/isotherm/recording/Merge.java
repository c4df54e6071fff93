package io.isotherm.recording;

import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.apache.avro.generic.GenericData;
import org.apache.avro.specific.SpecificRecord;
import org.jspecify.annotations.Nullable;

/**
 * Joins recordings into one: of other pods side by side, of the same pods one after the other.
 *
 * <p>A pod is judged by the order of its reports, and nothing in two recordings says how their
 * reports were interleaved. So the reports of a pod, or its ticks where it only ticks, must not
 * overlap in time; recordings that do are refused, with the time at which to cut them. Recordings
 * that share a pod keep their partitions, others get partitions behind those. Records beside the
 * reports that are equal in several recordings are taken as often as the one has them that has them
 * most often, those that hold from a time on in the order of it.
 */
public final class Merge {
  private final List<Part> parts;
  private final List<List<Part>> groups;

  /** A recording to join, and what it says of each pod. */
  private record Part(Recording recording, Path directory, Map<String, Span> spans) {
    long firstMs() {
      boolean reports = spans.values().stream().anyMatch(Span::reports);
      return spans.values().stream()
          .filter(s -> s.reports() || !reports)
          .mapToLong(Span::firstMs)
          .min()
          .orElse(Long.MIN_VALUE);
    }

    int partitions() {
      return recording.manifest().partitions();
    }

    boolean sharesPod(Part other) {
      return spans.keySet().stream().anyMatch(other.spans::containsKey);
    }
  }

  /** Where and when a pod reports, or ticks if it does nothing else. */
  private static final class Span {
    final int partition;
    final LongSummaryStatistics reports = new LongSummaryStatistics();
    final LongSummaryStatistics ticks = new LongSummaryStatistics();

    Span(int partition) {
      this.partition = partition;
    }

    boolean reports() {
      return reports.getCount() > 0;
    }

    long firstMs() {
      return reports() ? reports.getMin() : ticks.getMin();
    }

    long lastMs() {
      return reports() ? reports.getMax() : ticks.getMax();
    }
  }

  /** What a recording still has to say, and how often it has said what so far. */
  private static final class Told<V> {
    final Deque<V> left;
    final Map<V, Integer> times = new HashMap<>();

    Told(List<V> all) {
      left = new ArrayDeque<>(all);
    }
  }

  /**
   * What was joined.
   *
   * @param pods pods with reports
   * @param records records, ticks and undecodable ones among them
   */
  public record Joined(int pods, long records) {}

  private Merge(List<Part> parts, List<List<Part>> groups) {
    this.parts = parts;
    this.groups = groups;
  }

  /**
   * Reads through the recordings and finds how they fit.
   *
   * @param directories recordings, at least one
   * @param stopped asked while they are read, now and by {@link #write}; true ends it
   * @throws RecordingException if one is damaged, or they do not fit; the message says why
   * @throws StoppedException if it was asked to end
   */
  public static Merge of(List<Path> directories, BooleanSupplier stopped) throws IOException {
    List<Part> parts = new ArrayList<>();
    Set<Path> seen = new HashSet<>();
    for (Path directory : directories) {
      if (!seen.add(directory.toRealPath())) {
        throw new RecordingException("%s: named twice".formatted(directory));
      }
      Recording recording = Recording.open(directory).until(stopped);
      parts.add(new Part(recording, directory, spans(recording)));
    }
    parts.sort(Comparator.comparingLong(Part::firstMs));
    return new Merge(parts, groups(parts));
  }

  private static Map<String, Span> spans(Recording recording) throws IOException {
    Map<String, Span> spans = new TreeMap<>();
    Report report = new Report();
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(report)) {
          Span span = spans.get(report.pod);
          if (span == null) {
            span = new Span(partition);
            spans.put(report.pod, span);
          }
          (report.tick ? span.ticks : span.reports).accept(report.timeMs);
        }
      }
    }
    return spans;
  }

  /** Recordings that share pods, directly or through others, are of one group. */
  private static List<List<Part>> groups(List<Part> parts) {
    List<List<Part>> groups = new ArrayList<>();
    for (Part part : parts) {
      List<Part> joined = new ArrayList<>();
      for (List<Part> group : List.copyOf(groups)) {
        if (group.stream().anyMatch(part::sharesPod)) {
          groups.remove(group);
          joined.addAll(group);
        }
      }
      joined.forEach(earlier -> checkOrder(earlier, part));
      joined.add(part);
      joined.sort(Comparator.comparingLong(Part::firstMs));
      groups.add(joined);
    }
    return groups;
  }

  private static void checkOrder(Part earlier, Part later) {
    if (earlier.partitions() != later.partitions()) {
      throw new RecordingException(
          "%s has %d partitions, %s has %d: recordings with pods in common must have as many"
              .formatted(
                  earlier.directory, earlier.partitions(), later.directory, later.partitions()));
    }
    later.spans.forEach(
        (pod, span) -> {
          Span before = earlier.spans.get(pod);
          if (before == null) {
            return;
          }
          if (before.lastMs() >= span.firstMs()) {
            throw new RecordingException(
                "%s is in %s until %s and in %s from %s: cut one of them, for instance with"
                        .formatted(
                            pod,
                            earlier.directory,
                            Instant.ofEpochMilli(before.lastMs()),
                            later.directory,
                            Instant.ofEpochMilli(span.firstMs()))
                    + " 'recording cut --from %s'"
                        .formatted(Instant.ofEpochMilli(before.lastMs() + 1)));
          }
          if (before.partition != span.partition) {
            throw new RecordingException(
                "%s is in partition %d of %s and in partition %d of %s: they must be the same"
                    .formatted(
                        pod, before.partition, earlier.directory, span.partition, later.directory));
          }
        });
  }

  /**
   * Writes the recordings as one.
   *
   * @param into a new directory
   * @throws RecordingException if a recording is damaged, or the directory is not empty
   * @throws StoppedException if it was asked to end; nothing is left
   */
  public Joined write(Path into) throws IOException {
    int partitions = groups.stream().mapToInt(group -> group.get(0).partitions()).sum();
    Manifest first = parts.get(0).recording.manifest();
    long records =
        RecordingWriter.write(into, kafkaCluster(), first.topic(), partitions, this::copy);
    Set<String> pods = new HashSet<>();
    for (Part part : parts) {
      part.spans.forEach(
          (pod, span) -> {
            if (span.reports()) {
              pods.add(pod);
            }
          });
    }
    return new Joined(pods.size(), records);
  }

  private long copy(RecordingWriter to) throws IOException {
    for (Side<?> side : Side.ALL) {
      copy(side, to);
    }
    long records = 0;
    int base = 0;
    for (List<Part> group : groups) {
      for (int partition = 0; partition < group.get(0).partitions(); partition++) {
        long offset = 0;
        for (Part part : group) {
          offset = copy(part.recording, partition, to, base + partition, offset);
        }
        records += offset;
        to.checkpoint();
      }
      base += group.get(0).partitions();
    }
    for (Part part : parts) {
      to.leftOut(part.recording.leftOut());
    }
    return records;
  }

  /** The cluster that all come from, so that a replay does not go back to where it came from. */
  private @Nullable String kafkaCluster() {
    String cluster = parts.get(0).recording.manifest().kafkaCluster();
    boolean same =
        parts.stream()
            .allMatch(part -> Objects.equals(cluster, part.recording.manifest().kafkaCluster()));
    return same ? cluster : null;
  }

  private static long copy(Recording from, int source, RecordingWriter to, int target, long offset)
      throws IOException {
    long next = offset;
    for (GenericData.Record dead : from.undecodable()) {
      if ((int) dead.get("partition") == source) {
        ByteBuffer value = (ByteBuffer) dead.get("value");
        byte[] bytes = value == null ? null : new byte[value.remaining()];
        if (value != null) {
          value.duplicate().get(bytes);
        }
        to.undecodable(target, next++, bytes, dead.get("reason").toString());
      }
    }
    if (!from.partitions().contains(source)) {
      return next;
    }
    Report report = new Report();
    try (ReportSource reports = from.reports(source)) {
      while (reports.next(report)) {
        byte[] bytes = reports.encoded();
        to.append(target, next++, bytes, 0, bytes.length, report);
      }
    }
    return next;
  }

  private <V extends SpecificRecord> void copy(Side<V> side, RecordingWriter to)
      throws IOException {
    List<Told<V>> left = new ArrayList<>();
    for (Part part : parts) {
      left.add(new Told<>(part.recording.side(side)));
    }
    long offset = 0;
    for (V v : inOrder(left)) {
      to.append(side, offset++, v);
    }
  }

  /**
   * Takes the records of several recordings, those of each in their order. A later word on a job or
   * pod takes back what was to hold after it, so none may come before one that holds earlier, and
   * one that a recording has again is no copy of the first: it takes back what came between.
   */
  private static <V extends SpecificRecord> List<V> inOrder(List<Told<V>> left) {
    List<V> all = new ArrayList<>();
    Map<V, Integer> taken = new HashMap<>();
    left.removeIf(told -> told.left.isEmpty());
    while (!left.isEmpty()) {
      Told<V> told =
          Collections.min(left, Comparator.comparingLong(of -> holdsFromMs(of.left.getFirst())));
      V next = told.left.removeFirst();
      int times = told.times.merge(next, 1, Integer::sum);
      if (times > taken.getOrDefault(next, 0)) {
        taken.put(next, times);
        all.add(next);
      }
      left.removeIf(of -> of.left.isEmpty());
    }
    return all;
  }

  /** Event time from which a record holds; the same for all that hold from no time on. */
  private static long holdsFromMs(SpecificRecord record) {
    if (record instanceof JobPlacement job) {
      return job.getEffectiveFromMs();
    }
    return record instanceof PodTopology pod ? pod.getEffectiveFromMs() : 0;
  }
}
