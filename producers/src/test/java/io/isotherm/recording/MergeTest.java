package io.isotherm.recording;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.isotherm.avro.JobPlacement;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class MergeTest {
  private static final long START = 1_800_000_000_000L;
  private static final int SECONDS = 20;

  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  @SuppressWarnings("NullAway.Init") // record sets it
  private Path whole;

  /** Two small pods, each in a partition of its own, and a record that is none. */
  @BeforeEach
  void record() throws IOException {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 2, 1));
    Fleet fleet = new Fleet(plan, ScenarioReader.load("healthy"), START);
    Report report = new Report();
    long[] offset = new long[2];
    whole = temp.resolve("whole");
    try (RecordingWriter to = RecordingWriter.create(whole, "cluster", "telemetry.reports", 2)) {
      long at = 0;
      for (PodLayout pod : plan.pods()) {
        to.append(Side.TOPOLOGY, at++, TopologyRecords.toAvro(plan, pod, START));
      }
      for (int s = 0; s < SECONDS; s++) {
        fleet.step(START + s * 1_000L);
        for (int board : fleet.samplingOrder()) {
          if (fleet.fill(board, report)) {
            int partition = report.pod.equals("pod-00") ? 0 : 1;
            byte[] bytes = writer.toBytes(report);
            int length = bytes.length - Framing.LENGTH;
            to.append(partition, offset[partition]++, bytes, Framing.LENGTH, length, report);
          }
        }
      }
    }
  }

  private Path cut(String name, long fromMs, long toMs, @Nullable String pod) throws IOException {
    Path into = temp.resolve(name);
    Cut.of(fromMs, toMs, pod).write(Recording.open(whole), into);
    return into;
  }

  private Recording merge(Path... parts) throws IOException {
    Path into = temp.resolve("merged");
    Merge.of(List.of(parts), () -> false).write(into);
    Recording merged = Recording.open(into);
    assertThat(merged.verify(file -> {})).isEmpty();
    return merged;
  }

  /** The reports of a pod in their order. */
  private List<String> reports(Recording recording, String pod) throws IOException {
    List<String> all = new ArrayList<>();
    Report report = new Report();
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(report)) {
          if (report.pod.equals(pod)) {
            all.add(HexFormat.of().formatHex(writer.toBytes(report)));
          }
        }
      }
    }
    return all;
  }

  private void assertWhole(Recording merged) throws IOException {
    Recording all = Recording.open(whole);
    for (String pod : List.of("pod-00", "pod-01")) {
      assertThat(reports(merged, pod)).isNotEmpty().isEqualTo(reports(all, pod));
    }
    assertThat(merged.side(Side.TOPOLOGY)).isEqualTo(all.side(Side.TOPOLOGY));
    assertThat(merged.manifest().counts().chipSamples())
        .isEqualTo(all.manifest().counts().chipSamples());
  }

  @Test
  void oneAfterTheOtherIsTheWhole() throws IOException {
    long middle = START + 10_000;
    Path late = cut("late", middle, Long.MAX_VALUE, null);
    Path early = cut("early", Long.MIN_VALUE, middle, null);
    Recording merged = merge(late, early);
    assertWhole(merged);
    assertThat(merged.manifest().partitions()).isEqualTo(2);
    assertThat(merged.manifest().kafkaCluster()).isEqualTo("cluster");
  }

  @Test
  void podsSideBySideAreTheWhole() throws IOException {
    Path one = cut("one", Long.MIN_VALUE, Long.MAX_VALUE, "pod-01");
    Path zero = cut("zero", Long.MIN_VALUE, Long.MAX_VALUE, "pod-00");
    assertWhole(merge(one, zero));
  }

  @Test
  void quartersAreTheWhole() throws IOException {
    long middle = START + 10_000;
    assertWhole(
        merge(
            cut("a", middle, Long.MAX_VALUE, "pod-01"),
            cut("b", Long.MIN_VALUE, middle, "pod-00"),
            cut("c", Long.MIN_VALUE, middle, "pod-01"),
            cut("d", middle, Long.MAX_VALUE, "pod-00")));
  }

  @Test
  void timesOfAPodThatOverlapAreRefused() throws IOException {
    Path early = cut("early", Long.MIN_VALUE, START + 12_000, null);
    Path late = cut("late", START + 10_000, Long.MAX_VALUE, null);
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Merge.of(List.of(early, late), () -> false))
        .withMessageContaining("pod-0")
        .withMessageContaining("early until 2027-01-15T08:00:11")
        .withMessageContaining("late from 2027-01-15T08:00:10")
        .withMessageContaining("cut --from 2027-01-15T08:00:11");
  }

  /**
   * A recording of two partitions in which a pod ticks from the start on, and does nothing else.
   */
  private Path ticks(String name, int partition, int seconds) throws IOException {
    Path into = temp.resolve(name);
    Report tick = new Report();
    tick.pod = "pod-01";
    tick.tick = true;
    try (RecordingWriter to = RecordingWriter.create(into, "cluster", "telemetry.reports", 2)) {
      for (int s = 0; s < seconds; s++) {
        tick.timeMs = START + s * 1_000L;
        byte[] bytes = writer.toBytes(tick);
        int length = bytes.length - Framing.LENGTH;
        to.append(partition, s, bytes, Framing.LENGTH, length, tick);
      }
    }
    return into;
  }

  @Test
  void aPodThatOnlyTicksInOneRecordingIsOneOfItsPods() throws IOException {
    Path dark = ticks("dark", 1, 10);
    Path late = cut("late", START + 10_000, Long.MAX_VALUE, "pod-01");
    List<String> expected = new ArrayList<>(reports(Recording.open(dark), "pod-01"));
    expected.addAll(reports(Recording.open(late), "pod-01"));

    Recording merged = merge(late, dark);

    assertThat(merged.manifest().partitions()).isEqualTo(2);
    assertThat(merged.partitions()).containsExactly(1);
    assertThat(reports(merged, "pod-01")).isEqualTo(expected);
  }

  @Test
  void ticksOfAPodThatOverlapItsReportsAreRefused() throws IOException {
    Path dark = ticks("dark", 1, 15);
    Path late = cut("late", START + 10_000, Long.MAX_VALUE, "pod-01");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Merge.of(List.of(dark, late), () -> false))
        .withMessageContaining("pod-01 is in ")
        .withMessageContaining("dark until 2027-01-15T08:00:14Z")
        .withMessageContaining("late from 2027-01-15T08:00:10");
  }

  @Test
  void aPodThatOnlyTicksMustBeInItsPartition() throws IOException {
    Path dark = ticks("dark", 0, 10);
    Path late = cut("late", START + 10_000, Long.MAX_VALUE, "pod-01");
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Merge.of(List.of(dark, late), () -> false))
        .withMessageStartingWith("pod-01 is in partition 0 of ")
        .withMessageEndingWith("they must be the same");
  }

  private Path placed(String name, String pod, long fromMs, long... holdFromMs) throws IOException {
    Path reports = cut(name + "-reports", fromMs, Long.MAX_VALUE, pod);
    Path jobs = temp.resolve(name);
    try (RecordingWriter to = RecordingWriter.create(jobs, "cluster", "telemetry.reports", 2)) {
      Report report = new Report();
      int partition = pod.equals("pod-00") ? 0 : 1;
      try (ReportSource source = Recording.open(reports).reports(partition)) {
        for (long offset = 0; source.next(report); offset++) {
          byte[] bytes = source.encoded();
          to.append(partition, offset, bytes, 0, bytes.length, report);
        }
      }
      for (int i = 0; i < holdFromMs.length; i++) {
        to.append(
            Side.JOBS,
            i,
            JobPlacement.newBuilder()
                .setJob("train")
                .setEffectiveFromMs(holdFromMs[i])
                .setSynchronous(true)
                .setMembers(List.of())
                .build());
      }
    }
    return jobs;
  }

  @Test
  void jobsAreInTheOrderOfTheTimeFromWhichTheyHoldAndThoseOfARecordingInItsOwn()
      throws IOException {
    Path zero = placed("zero", "pod-00", START, START, START + 60_000, START + 90_000);
    Path one = placed("one", "pod-01", START + 5_000, START, START + 30_000, START + 20_000);

    assertThat(merge(zero, one).side(Side.JOBS))
        .extracting(job -> job.getEffectiveFromMs() - START)
        .containsExactly(0L, 30_000L, 20_000L, 60_000L, 90_000L);
  }

  /** As of a job that is announced and then left as it was, which publishes the first once more. */
  @Test
  void aTakeBackIsKeptAndWhatAnotherRecordingHasOfItToo() throws IOException {
    long announced = START + 60_000;
    Path early = placed("early", "pod-00", START, START, announced);
    Path late = placed("late", "pod-01", START + 5_000, START, announced, START);

    assertThat(merge(early, late).side(Side.JOBS))
        .extracting(job -> job.getEffectiveFromMs() - START)
        .containsExactly(0L, 60_000L, 0L);
  }

  @Test
  void whatCouldNotBeDecodedIsKept() throws IOException {
    Path other = temp.resolve("other");
    try (RecordingWriter to = RecordingWriter.create(other, "else", "telemetry.reports", 1)) {
      to.undecodable(0, 7, new byte[] {1, 2, 3}, "no magic byte");
    }
    Recording merged = merge(whole, other);
    assertWhole(merged);
    assertThat(merged.manifest().kafkaCluster()).isNull();
    assertThat(merged.undecodable())
        .singleElement()
        .satisfies(dead -> assertThat(dead.get("reason")).hasToString("no magic byte"));
  }

  @Test
  void ofAMergeThatFailsNothingIsLeft() throws IOException {
    Path one = cut("one", Long.MIN_VALUE, Long.MAX_VALUE, "pod-01");
    Path zero = cut("zero", Long.MIN_VALUE, Long.MAX_VALUE, "pod-00");
    Merge both = Merge.of(List.of(one, zero), () -> false);
    // After it was read through.
    Files.delete(one.resolve(Recording.open(one).manifest().reports().get(0).file()));
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> both.write(temp.resolve("merged")))
        .withMessageContaining("the file is missing");
    assertThat(temp.resolve("merged")).doesNotExist();
  }

  @Test
  void aRecordingNamedTwiceIsRefused() {
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> Merge.of(List.of(whole, whole), () -> false))
        .withMessageEndingWith("named twice");
  }
}
