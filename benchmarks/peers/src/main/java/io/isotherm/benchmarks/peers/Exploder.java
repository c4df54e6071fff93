package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import java.util.function.Consumer;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.Record;

/**
 * Makes a record of each chip of a report.
 *
 * <p>A window of the DSL closes only when later records reach it. Live, they always come; behind
 * the end of a benchmark's input there are none, so a few heartbeats follow it here, as they would
 * live, until the last window of the answer has closed at every level.
 */
final class Exploder extends ContextualProcessor<Bytes, Report, Bytes, Sample> {
  /** Windows behind the answer that heartbeats open: two for each level, one after the other. */
  private static final int HEARTBEATS = 6;

  /** Cabinet, board and chip of a heartbeat; no real place has such numbers. */
  static final int NOWHERE = 63;

  private final JobRun run;
  private final Consumer<String> atEnd;
  private String pod = "";
  private byte[] podBytes = {};

  /**
   * @param atEnd told the pod of the last report of each partition
   */
  Exploder(JobRun run, Consumer<String> atEnd) {
    this.run = run;
    this.atEnd = atEnd;
  }

  @Override
  public void process(Record<Bytes, Report> record) {
    Report r = record.value();
    if (!r.pod.equals(pod)) {
      pod = r.pod;
      podBytes = pod.getBytes(UTF_8);
    }
    for (int i = 0; i < r.chipCount; i++) {
      context()
          .forward(
              new Record<>(
                  PlaceKey.chip(podBytes, r.cabinet, r.board, r.chip[i]),
                  new Sample(r.temperature[i], r.power[i], r.utilization[i]),
                  r.timeMs));
    }
    context()
        .recordMetadata()
        .filter(m -> m.offset() + 1 == run.end().getOrDefault(m.partition(), -1L))
        .ifPresent(m -> end());
  }

  private void end() {
    atEnd.accept(pod);
    for (int i = 0; i < HEARTBEATS; i++) {
      context()
          .forward(
              new Record<>(
                  PlaceKey.chip(podBytes, NOWHERE, NOWHERE, NOWHERE),
                  new Sample(ABSENT, ABSENT, ABSENT),
                  run.untilMs() + Windows.GRACE_MS + i * Windows.SIZE_MS));
    }
  }
}
