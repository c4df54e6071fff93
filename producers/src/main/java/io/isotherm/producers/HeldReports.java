package io.isotherm.producers;

import io.isotherm.emulator.ScenarioException;
import java.util.Comparator;
import java.util.PriorityQueue;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * Reports that the scenario delivers late, until they are due. Holds so many bytes at most: what a
 * scenario may hold back must not depend on how much memory the process was given.
 */
final class HeldReports {
  /** Most bytes of reports that are held. */
  static final long MOST_BYTES = 256L << 20;

  private record Held(long dueMs, ProducerRecord<byte[], byte[]> report) {}

  private final String scenario;
  private final long mostBytes;
  private final PriorityQueue<Held> queue =
      new PriorityQueue<>(Comparator.comparingLong(Held::dueMs));
  private long bytes;

  /**
   * @param scenario name of the scenario, for messages
   * @param mostBytes most bytes of reports that are held
   */
  HeldReports(String scenario, long mostBytes) {
    this.scenario = scenario;
    this.mostBytes = mostBytes;
  }

  /**
   * Holds a report back.
   *
   * @param dueMs time at which it is due, in milliseconds since 1970-01-01 UTC
   * @throws ScenarioException if that is more than fits
   */
  void add(long dueMs, ProducerRecord<byte[], byte[]> report) {
    queue.add(new Held(dueMs, report));
    bytes += report.value().length;
    if (bytes > mostBytes) {
      throw new ScenarioException(
          "scenario '%s': more than %,d bytes of reports are on their way; lower noise.late, noise.late_by or ordinary.lag.by"
              .formatted(scenario, mostBytes));
    }
  }

  /** Takes the report that is due first; null if none is due by a time. */
  @Nullable ProducerRecord<byte[], byte[]> take(long nowMs) {
    Held first = queue.peek();
    if (first == null || first.dueMs() > nowMs) {
      return null;
    }
    queue.remove();
    bytes -= first.report().value().length;
    return first.report();
  }
}
