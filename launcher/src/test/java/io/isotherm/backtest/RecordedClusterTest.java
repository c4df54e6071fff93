package io.isotherm.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.avro.FaultEvent;
import io.isotherm.avro.FaultKind;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.JobMember;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.core.ClusterRun;
import io.isotherm.model.Placement;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.RecordingWriter;
import io.isotherm.recording.Side;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

final class RecordedClusterTest {
  private static final long START = 1_800_000_000_000L;

  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private static PodTopology pod(int cabinets, long fromMs) {
    ClusterPlan plan = Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 2));
    PodTopology pod = TopologyRecords.toAvro(plan, plan.pods().get(0), fromMs);
    pod.setCabinets(cabinets);
    return pod;
  }

  private static JobPlacement job(String name, List<JobMember> members) {
    return new JobPlacement(name, START, null, true, members);
  }

  private RecordedCluster cluster(List<PodTopology> pods, List<JobPlacement> jobs)
      throws IOException {
    try (RecordingWriter to =
        RecordingWriter.create(dir.resolve("recording"), null, "telemetry.reports", 1)) {
      int offset = 0;
      for (PodTopology pod : pods) {
        to.append(Side.TOPOLOGY, offset++, pod);
      }
      for (JobPlacement job : jobs) {
        to.append(Side.JOBS, offset++, job);
      }
    }
    Logger logger = (Logger) LoggerFactory.getLogger(RecordedCluster.class);
    logged.start();
    logger.addAppender(logged);
    try {
      return RecordedCluster.open(dir.resolve("recording"));
    } finally {
      logger.detachAppender(logged);
    }
  }

  @Test
  void whatAMonitorDoesNotUseIsLoggedAndNotUsed() throws IOException {
    List<JobMember> members = List.of(new JobMember("pod-00", 0, 2, "stage", 0));
    RecordedCluster cluster =
        cluster(
            List.of(pod(2, START), pod(0, START), pod(1, START + 10_000)),
            List.of(job("good", members), job("empty", List.of()), job("good too", members)));

    assertThat(cluster.placements()).extracting(Placement::job).containsExactly("good", "good too");
    assertThat(cluster.versions()).hasSize(2);
    assertThat(cluster.pods().get("pod-00")).isEqualTo(pod(1, START + 10_000));
    assertThat(logged.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .satisfiesExactly(
            line -> assertThat(line).startsWith("topology.avro: a record ").contains("pod-00"),
            line ->
                assertThat(line)
                    .isEqualTo(
                        "jobs.avro: a record is not used: placement of job 'empty': has no members"));
  }

  private static InjectedFault fault(long startMs, @Nullable Long endMs, long seed) {
    return new InjectedFault(
        "fault-001",
        endMs == null ? FaultEvent.STARTED : FaultEvent.ENDED,
        FaultKind.CHIP_LOST,
        "pod-00",
        "pod-00/cab-000/board-0/chip-0",
        startMs,
        endMs,
        null,
        null,
        "standard",
        seed);
  }

  @Test
  void theFirstFaultsOfTwoRunsAreTwo() throws IOException {
    InjectedFault ended = fault(START, START + 60_000, 1);
    InjectedFault later = fault(START + 600_000, null, 1);
    InjectedFault other = fault(START, null, 2);
    Path recording = dir.resolve("recording");
    try (RecordingWriter to = RecordingWriter.create(recording, null, "telemetry.reports", 1)) {
      to.append(Side.TOPOLOGY, 0, pod(2, START));
      int offset = 0;
      for (InjectedFault f : List.of(fault(START, null, 1), ended, later, other)) {
        to.append(Side.TRUTH, offset++, f);
      }
    }

    assertThat(RecordedCluster.open(recording).truth()).containsExactly(ended, later, other);
  }

  @Test
  void aVersionThatIsBroughtForwardTakesThePlaceOfTheOneAnnounced() throws IOException {
    RecordedCluster cluster =
        cluster(List.of(pod(2, START), pod(1, START + 20_000), pod(3, START + 10_000)), List.of());

    assertThat(cluster.versions())
        .extracting(ClusterRun.Version::fromMs)
        .containsExactly(START, START + 10_000);
    assertThat(cluster.pods().get("pod-00")).isEqualTo(pod(3, START + 10_000));
  }

  @Test
  void aVersionThatOnlyCorrectsTheClustersNameIsNoOther() throws IOException {
    PodTopology corrected = pod(2, START + 10_000);
    corrected.setCluster("corrected");
    RecordedCluster cluster = cluster(List.of(pod(2, START), corrected), List.of());

    assertThat(cluster.versions()).extracting(ClusterRun.Version::fromMs).containsExactly(START);
    assertThat(cluster.cluster()).isEqualTo("corrected");
  }

  @Test
  void aRecordingWithoutAUsablePodIsRefused() {
    assertThatExceptionOfType(RecordingException.class)
        .isThrownBy(() -> cluster(List.of(pod(0, START)), List.of()))
        .withMessageContaining("names no pod");
  }
}
