package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is kept of incidents. */
final class IncidentLedgerTest {
  private final List<IncidentEvent> events = new ArrayList<>();

  private IncidentLedger ledger() {
    return new IncidentLedger("pod-00", DetectorSettings.DEFAULT);
  }

  /** What {@code windows} windows in a row say of one part, from a number on. */
  private void say(IncidentLedger ledger, int from, int windows, Candidate... candidates) {
    for (int window = from; window < from + windows; window++) {
      Map<Long, Candidate> said = new TreeMap<>();
      for (Candidate c : candidates) {
        said.put(c.key(), c);
      }
      ledger.update(SmallPod.START + window * 10_000L, new TreeMap<>(said), events::add);
    }
  }

  /** With a key of 32 bits of the subject, as versions before this one have stored it. */
  private IncidentLedger restored(IncidentLedger before, long key) throws Exception {
    byte[] stored = IncidentLedger.bytes(before::write);
    ByteBuffer.wrap(stored).putLong(Integer.BYTES, key);
    IncidentLedger ledger = ledger();
    ledger.read(IncidentLedger.input(ByteBuffer.wrap(stored)));
    return ledger;
  }

  @Test
  void whatIsOpenGoesOnFromStateWhoseSubjectsHaveThirtyTwoBits() throws Exception {
    Candidate chip = new Candidate(IncidentKind.CHIP_FATAL, 22, "chip-22");
    IncidentLedger before = ledger();
    say(before, 0, 2, chip);
    say(restored(before, 6L << 32 | 22), 2, 3, chip);

    String job = "train-x7k2q";
    Candidate hang =
        new Candidate(IncidentKind.JOB_HANG, JobCourses.number(job), JobCourses.path(job));
    before = ledger();
    say(before, 0, 8, hang);
    say(restored(before, 22L << 32 | (job.hashCode() & Integer.MAX_VALUE)), 8, 3, hang);

    assertThat(events)
        .extracting(e -> e.type() + " " + e.kind() + " " + e.subject())
        .containsExactly("OPENED CHIP_FATAL chip-22", "OPENED JOB_HANG job/" + job);
  }
}
