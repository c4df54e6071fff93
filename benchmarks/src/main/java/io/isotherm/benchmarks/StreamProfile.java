package io.isotherm.benchmarks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedMethod;
import jdk.jfr.consumer.RecordingFile;
import org.jspecify.annotations.Nullable;

/**
 * What the thread of Kafka Streams in a monitor was seen to do: shares of the samples that Java's
 * flight recorder took of it, the first third left out, in which Java compiles.
 */
final class StreamProfile {
  static final String FETCH = "fetch";
  static final String DECODE = "decode";
  static final String STREAMS = "streams";
  static final String ACCEPT = "accept";
  static final String CLOSE = "close";
  static final String RESULTS = "results";
  static final String COMMIT = "commit";

  /**
   * What a frame says of a sample.
   *
   * @param type the class
   * @param method the method, or null for each
   */
  record Mark(String type, @Nullable String method, String step) {
    boolean fits(Frame frame) {
      return type.equals(frame.type) && (method == null || method.equals(frame.method));
    }
  }

  /** A method of a class that was being executed. */
  record Frame(String type, String method) {}

  private static final String STREAMS_INTERNALS = "org.apache.kafka.streams.processor.internals.";

  /**
   * The first of them that fits any frame of the stack wins, so what is called by another comes
   * before it.
   */
  static final List<Mark> MARKS =
      List.of(
          new Mark(STREAMS_INTERNALS + "StreamThread", "maybeCommit", COMMIT),
          new Mark("io.isotherm.topology.PagedStore", "flushCache", COMMIT),
          new Mark("io.isotherm.topology.PodMonitorProcessor$Judged", "window", RESULTS),
          new Mark("io.isotherm.topology.PodMonitorProcessor$Judged", "incident", RESULTS),
          new Mark("io.isotherm.topology.ClusterMonitorProcessor", null, RESULTS),
          new Mark("io.isotherm.schemas.ReportReader", null, DECODE),
          new Mark("io.isotherm.core.PodMonitor", "close", CLOSE),
          new Mark("io.isotherm.core.PodMonitor", null, ACCEPT),
          new Mark(STREAMS_INTERNALS + "StreamThread", "pollPhase", FETCH));

  private final Map<String, Integer> samples;
  private final int sum;

  private StreamProfile(Map<String, Integer> samples) {
    this.samples = samples;
    sum = samples.values().stream().mapToInt(Integer::intValue).sum();
  }

  /**
   * Reads a profile.
   *
   * @throws IOException if it cannot be read, or the thread was never seen
   */
  static StreamProfile of(Path file) throws IOException {
    List<RecordedEvent> all =
        RecordingFile.readAllEvents(file).stream()
            .filter(StreamProfile::isSample)
            .sorted(Comparator.comparing(RecordedEvent::getStartTime))
            .toList();
    if (all.isEmpty()) {
      throw new IOException(file + " has no sample of a thread of Kafka Streams");
    }
    Map<String, Integer> samples = new TreeMap<>();
    for (RecordedEvent event : all.subList(all.size() / 3, all.size())) {
      samples.merge(step(frames(event)), 1, Integer::sum);
    }
    return new StreamProfile(samples);
  }

  private static boolean isSample(RecordedEvent event) {
    return event.getEventType().getName().equals("jdk.ExecutionSample")
        && event.getStackTrace() != null
        && event.getThread("sampledThread") != null
        && String.valueOf(event.getThread("sampledThread").getJavaName())
            .contains("-StreamThread-");
  }

  private static List<Frame> frames(RecordedEvent event) {
    List<Frame> frames = new ArrayList<>();
    for (RecordedFrame frame : event.getStackTrace().getFrames()) {
      RecordedMethod method = frame.getMethod();
      frames.add(new Frame(method.getType().getName(), method.getName()));
    }
    return frames;
  }

  /** The step that a stack belongs to; what fits no other is Kafka Streams' own. */
  static String step(List<Frame> stack) {
    for (Mark mark : MARKS) {
      if (stack.stream().anyMatch(mark::fits)) {
        return mark.step();
      }
    }
    return STREAMS;
  }

  /** Samples that it rests on. */
  int samples() {
    return sum;
  }

  /** Share of a step, from 0 to 1. */
  double share(String step) {
    return (double) samples.getOrDefault(step, 0) / sum;
  }
}
