package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.isotherm.benchmarks.Answer;
import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/**
 * Makes a record of each link of a report, which keeps the pod as its key. The windows of links
 * begin later than those of chips, and the DSL's cannot, so the records' times are earlier.
 */
final class LinkExploder extends ContextualFixedKeyProcessor<Bytes, Report, LinkSample> {
  private final JobRun run;
  private String pod = "";
  private byte[] podBytes = {};

  LinkExploder(JobRun run) {
    this.run = run;
  }

  @Override
  public void process(FixedKeyRecord<Bytes, Report> record) {
    Report r = record.value();
    if (!r.pod.equals(pod)) {
      pod = r.pod;
      podBytes = pod.getBytes(UTF_8);
    }
    for (int i = 0; i < r.linkCount; i++) {
      LinkSample link =
          new LinkSample(
              PlaceKey.port(podBytes, r.cabinet, r.board, r.linkChip[i], r.linkPort[i]),
              r.linkState[i],
              Math.max(0, r.txBytes[i]),
              Math.max(0, r.rxBytes[i]),
              Math.max(0, r.crcErrors[i]) + Math.max(0, r.retries[i]));
      context().forward(record.withValue(link).withTimestamp(r.timeMs - Answer.LINKS_LATER_MS));
    }
    if (context()
        .recordMetadata()
        .filter(m -> m.offset() + 1 == run.end().getOrDefault(m.partition(), -1L))
        .isPresent()) {
      end(record);
    }
  }

  /** As {@link Exploder}, but there is only one level of windows to close. */
  private void end(FixedKeyRecord<Bytes, Report> record) {
    Bytes nowhere =
        PlaceKey.port(
            podBytes, Exploder.NOWHERE, Exploder.NOWHERE, Exploder.NOWHERE, Exploder.NOWHERE);
    context()
        .forward(
            record
                .withValue(new LinkSample(nowhere, ABSENT, 0, 0, 0))
                .withTimestamp(run.untilMs() + Windows.GRACE_MS));
  }
}
