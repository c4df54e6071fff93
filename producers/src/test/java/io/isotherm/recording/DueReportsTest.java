package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

final class DueReportsTest {
  private static final long START = 1_800_000_000_000L;
  private static final int PARTITIONS = 3;
  private static final int REPORTS = 3_000;
  private static final Replayer.Settings SETTINGS =
      new Replayer.Settings(Double.POSITIVE_INFINITY, false, true, "elsewhere", false, 1);

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final List<List<byte[]>> written = lists();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  private static List<List<byte[]>> lists() {
    List<List<byte[]>> lists = new ArrayList<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      lists.add(new ArrayList<>());
    }
    return lists;
  }

  private Path directory() {
    return temp.resolve("recording");
  }

  /** Ticks and reports, times a little out of order, two blocks a partition. */
  @BeforeEach
  void record() throws IOException {
    SplittableRandom random = new SplittableRandom(1);
    Report report = new Report();
    try (RecordingWriter to =
        RecordingWriter.create(directory(), null, "telemetry.reports", PARTITIONS)) {
      for (int i = 0; i < REPORTS; i++) {
        int partition = random.nextInt(PARTITIONS);
        report.clear();
        report.tick = random.nextInt(20) == 0;
        report.pod = "pod-0" + partition;
        report.sequence = i;
        report.timeMs = START + i * 10L + random.nextInt(500);
        report.agentStartMs = report.tick ? 0 : START;
        if (!report.tick) {
          report.temperature[report.addChip(0)] = random.nextInt(400, 900);
        }
        byte[] framed = writer.toBytes(report);
        List<byte[]> ofPartition = written.get(partition);
        to.append(
            partition,
            ofPartition.size(),
            framed,
            Framing.LENGTH,
            framed.length - Framing.LENGTH,
            report);
        ofPartition.add(framed);
        if (i == REPORTS / 2) {
          to.checkpoint();
        }
      }
    }
  }

  private DueReports open(long moveMs) {
    Map<Integer, Long> begins = new TreeMap<>();
    for (int partition = 0; partition < PARTITIONS; partition++) {
      begins.put(partition, START);
    }
    return DueReports.open(
        Recording.open(directory()), SETTINGS, SchemaHistory.bundled(), begins, moveMs);
  }

  @Test
  void everyRecordComesAsItIsInTheOrderOfItsPartitionAndThePartitionsInThatOfTime()
      throws Exception {
    List<List<byte[]>> published = lists();
    long dueMs = Long.MIN_VALUE;
    try (DueReports due = open(0)) {
      for (DueReports.Due next = due.next(); next != null; next = due.next()) {
        assertThat(next.dueMs()).isGreaterThanOrEqualTo(dueMs);
        dueMs = next.dueMs();
        ProducerRecord<byte[], byte[]> record = next.record();
        assertThat(record.topic()).isEqualTo("elsewhere");
        published.get(record.partition()).add(record.value());
      }
      assertThat(due.next()).isNull();
    }
    for (int partition = 0; partition < PARTITIONS; partition++) {
      assertThat(published.get(partition).toArray(byte[][]::new))
          .isDeepEqualTo(written.get(partition).toArray(byte[][]::new));
    }
  }

  @Test
  void theEndIsTheLastTimeOfAllPartitions() throws Exception {
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report report = new Report();
    long lastMs = 0;
    for (List<byte[]> partition : written) {
      for (byte[] framed : partition) {
        reader.read(framed, report);
        lastMs = Math.max(lastMs, report.timeMs);
      }
    }
    try (DueReports due = open(5_000)) {
      while (due.next() != null) {
        // To the end.
      }
      assertThat(due.endMs()).isEqualTo(lastMs + 5_000);
    }
  }

  @Test
  void aMoveIsAddedToTheTimeOfTheRecordOfTheReportAndOfItsAgentsStart() throws Exception {
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report was = new Report();
    Report is = new Report();
    int[] at = new int[PARTITIONS];
    try (DueReports due = open(5_000)) {
      for (DueReports.Due next = due.next(); next != null; next = due.next()) {
        int partition = next.record().partition();
        reader.read(written.get(partition).get(at[partition]++), was);
        reader.read(next.record().value(), is);
        assertThat(is.timeMs).isEqualTo(was.timeMs + 5_000).isEqualTo(next.record().timestamp());
        assertThat(is.agentStartMs).isEqualTo(was.tick ? 0 : was.agentStartMs + 5_000);
        assertThat(is.sequence).isEqualTo(was.sequence);
        assertThat(is.chipCount).isEqualTo(was.chipCount);
      }
    }
    assertThat(at[0] + at[1] + at[2]).isEqualTo(REPORTS);
  }

  @Test
  void whatIsBeforeDamageComesAndThenTheDamageIsNamed() throws Exception {
    Path file;
    try (var files = Files.list(directory())) {
      file = files.filter(f -> f.toString().contains("reports-001")).findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 100] ^= 4;
    Files.write(file, bytes);
    int[] ofPartition = new int[1];

    try (DueReports due = open(0)) {
      assertThatExceptionOfType(RecordingException.class)
          .isThrownBy(
              () -> {
                for (DueReports.Due next = due.next(); next != null; next = due.next()) {
                  ofPartition[0] += next.record().partition() == 1 ? 1 : 0;
                }
              })
          .withMessageContaining(file.getFileName() + " is damaged in the block at byte");
      assertThatExceptionOfType(RecordingException.class).isThrownBy(due::next);
    }
    assertThat(ofPartition[0]).isBetween(1, written.get(1).size() - 1);
  }

  @Test
  @Timeout(60)
  void closingEarlyEndsTheThread() throws Exception {
    try (DueReports due = open(0)) {
      assertThat(due.next()).isNotNull();
      // It is ahead as far as it may be, and waits until somebody takes what it has.
      Thread ahead =
          Thread.getAllStackTraces().keySet().stream()
              .filter(t -> t.getName().equals("replay-read-ahead"))
              .findFirst()
              .orElseThrow();
      while (ahead.getState() != Thread.State.WAITING) {
        Thread.sleep(1);
      }
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("replay-read-ahead");
  }
}
