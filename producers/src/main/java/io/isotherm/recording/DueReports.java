package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.jspecify.annotations.Nullable;

/**
 * The records of one pass of a replay in the order in which they are due. A thread of its own reads
 * them ahead, so that unpacking the recording and compressing for Kafka go on at once.
 *
 * <p>To be used by one thread.
 */
final class DueReports implements AutoCloseable {
  /** Records that are handed over at once, and how many such batches are ahead at most. */
  private static final int BATCH = 128;

  private static final int BATCHES_AHEAD = 8;

  /**
   * A record and when it is due.
   *
   * @param dueMs event time as it is published, in milliseconds since 1970-01-01 UTC
   * @param record what to publish
   */
  record Due(long dueMs, ProducerRecord<byte[], byte[]> record) {}

  private final Recording recording;
  private final Replayer.Settings settings;
  private final Map<Integer, Long> begins;
  private final long moveMs;
  private final int reportId;
  private final ReportWriter writer;
  private final Map<String, byte[]> keys = new HashMap<>();
  private final BlockingQueue<List<Due>> ahead = new ArrayBlockingQueue<>(BATCHES_AHEAD);
  private final Thread thread = new Thread(this::read, "replay-read-ahead");

  /** Why the thread ended early; to be read behind the empty batch that ends the queue. */
  private @Nullable Throwable failure;

  /** Written by the thread before it ends the queue. */
  private long endMs = Long.MIN_VALUE;

  private List<Due> batch = List.of();
  private int nextInBatch;

  private DueReports(
      Recording recording,
      Replayer.Settings settings,
      SchemaIds ids,
      Map<Integer, Long> begins,
      long moveMs) {
    this.recording = recording;
    this.settings = settings;
    this.begins = begins;
    this.moveMs = moveMs;
    this.reportId = ids.newestId(Topics.REPORTS.subject());
    this.writer = new ReportWriter(ids);
  }

  /**
   * Begins to read.
   *
   * @param begins where each partition begins, see {@link PartitionTime#begin}
   * @param moveMs what is added to every time
   */
  static DueReports open(
      Recording recording,
      Replayer.Settings settings,
      SchemaIds ids,
      Map<Integer, Long> begins,
      long moveMs) {
    DueReports due = new DueReports(recording, settings, ids, begins, moveMs);
    due.thread.setDaemon(true);
    due.thread.start();
    return due;
  }

  /** A partition on its way. */
  private final class Lane implements AutoCloseable {
    final int partition;
    final ReportSource source;
    final PartitionTime time;
    final Report report = new Report();
    long dueMs;

    Lane(int partition, long beginMs) {
      this.partition = partition;
      this.source = recording.reports(partition);
      this.time = new PartitionTime(beginMs);
    }

    boolean next() {
      if (!(moveMs == 0 ? source.nextHead(report) : source.next(report))) {
        endMs = Math.max(endMs, time.endMs() + moveMs);
        return false;
      }
      dueMs = time.next(report.timeMs) + moveMs;
      return true;
    }

    Due due() {
      byte[] value;
      if (moveMs == 0) {
        value = source.framed(reportId);
      } else {
        report.timeMs += moveMs;
        // The clock's ticks have no agent.
        report.agentStartMs += report.tick ? 0 : moveMs;
        value = writer.toBytes(report);
      }
      return new Due(
          dueMs,
          new ProducerRecord<>(
              settings.topic(),
              settings.originalPartitions() ? partition : null,
              // Kafka takes no time before 1970; the report still says its own.
              Math.max(0, report.timeMs),
              keys.computeIfAbsent(report.pod, p -> p.getBytes(StandardCharsets.UTF_8)),
              value));
    }

    @Override
    public void close() throws IOException {
      source.close();
    }
  }

  /**
   * The next record, waiting for it if need be.
   *
   * @return null after the last
   * @throws RecordingException if the recording is damaged where the next record would be
   */
  @Nullable Due next() throws IOException, InterruptedException {
    if (nextInBatch == batch.size()) {
      batch = ahead.take();
      nextInBatch = 0;
      if (batch.isEmpty()) {
        end();
        return null;
      }
    }
    return batch.get(nextInBatch++);
  }

  /**
   * Event time at which the reports end, as it is published, in milliseconds since 1970-01-01 UTC;
   * to be asked after the last. A few boards whose clocks are far ahead do not count.
   */
  long endMs() {
    return endMs;
  }

  private void end() throws IOException {
    // Whoever asks again is told again.
    ahead.add(batch);
    Throwable why = failure;
    if (why instanceof IOException e) {
      throw e;
    }
    if (why instanceof RuntimeException e) {
      throw e;
    }
    if (why instanceof Error e) {
      throw e;
    }
  }

  private void read() {
    try {
      try {
        merge();
      } catch (IOException | RuntimeException | Error e) {
        failure = e;
      }
      ahead.put(List.of());
    } catch (InterruptedException e) {
      // Closed: nobody waits for more.
      Thread.currentThread().interrupt();
    }
  }

  private void merge() throws IOException, InterruptedException {
    List<Lane> lanes = new ArrayList<>();
    PriorityQueue<Lane> queue =
        new PriorityQueue<>(
            Comparator.<Lane>comparingLong(lane -> lane.dueMs)
                .thenComparingInt(lane -> lane.partition));
    List<Due> next = new ArrayList<>(BATCH);
    try {
      for (Map.Entry<Integer, Long> begin : begins.entrySet()) {
        Lane lane = new Lane(begin.getKey(), begin.getValue());
        lanes.add(lane);
        if (lane.next()) {
          queue.add(lane);
        }
      }
      for (Lane lane = queue.poll(); lane != null; lane = queue.poll()) {
        next.add(lane.due());
        if (next.size() == BATCH) {
          ahead.put(next);
          next = new ArrayList<>(BATCH);
        }
        if (lane.next()) {
          queue.add(lane);
        }
      }
      handOver(next);
    } catch (RuntimeException e) {
      // What lies before damage comes first.
      handOver(next);
      throw e;
    } finally {
      for (Lane lane : lanes) {
        lane.close();
      }
    }
  }

  /** An empty batch would be the end. */
  private void handOver(List<Due> last) throws InterruptedException {
    if (!last.isEmpty()) {
      ahead.put(last);
    }
  }

  /** Ends the thread, however far it is. */
  @Override
  public void close() {
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      // The thread ends by itself, and nothing waits for it.
      Thread.currentThread().interrupt();
    }
  }
}
