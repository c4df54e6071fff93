package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.Incident;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentDigest;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import io.isotherm.recording.Recording;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.Side;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.Topologies;
import io.isotherm.topology.Results;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The incidents of a recording are those of the run that was recorded, event for event and field
 * for field, however it is replayed and whoever judges it.
 */
final class ReplayIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int SECONDS = 110;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /** How a command ended. */
  private record Ended(int code, String out, String err) {}

  /** What a run over a recording gives without Kafka. */
  private static final class Found implements ClusterRun.Output {
    final IncidentDigest digest = new IncidentDigest();
    int windows;

    @Override
    public void window(PodWindow window) {
      windows++;
    }

    @Override
    public void incident(IncidentEvent event) {
      digest.add(event);
    }

    @Override
    public void cluster(ClusterWindow window) {}
  }

  private String live = "";
  private int windows;

  private Path recording() {
    return dir.resolve("recording");
  }

  /** A live run of one monitor, recorded twice. */
  @BeforeEach
  void recordALiveRun() throws Exception {
    long startMs = (System.currentTimeMillis() - 600_000) / 10_000 * 10_000 + 3_000;
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 3, 4));
    List<ProducerRecord<byte[], byte[]>> input =
        MonitorRuns.input(plan, startMs, SECONDS).stream().flatMap(List::stream).toList();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, input);
      for (String name : List.of("recording", "again")) {
        Ended ended =
            isotherm(
                "record",
                "--bootstrap-server",
                broker.bootstrapServer(),
                "--from",
                "0",
                "--to",
                Long.toString(System.currentTimeMillis() - 1),
                dir.resolve(name).toString());
        assertThat(ended.code).as(ended.err).isZero();
      }
      Found found = judgeWithoutKafka("recording");
      windows = found.windows;
      assertThat(windows).isGreaterThan(20);
      assertThat(found.digest.events()).isGreaterThan(3);
      live = judge(broker, 1, 1, 0);
      assertThat(found.digest.sha256Hex()).as("without Kafka").isEqualTo(live);
      assertThat(judgeWithoutKafka("again").digest.sha256Hex()).as("again").isEqualTo(live);

      Ended refused =
          isotherm(
              "replay",
              "--bootstrap-server",
              broker.bootstrapServer(),
              "--speed",
              "max",
              recording().toString());
      assertThat(refused.code).isEqualTo(Main.FAILED);
      assertThat(refused.err).contains("--into-recorded-topic").doesNotContain("\tat ");
    }
  }

  @Test
  void aReplayGivesTheIncidentsOfTheLiveRunWhoeverJudgesIt() throws Exception {
    assertThat(replayed(10, 1, 8, 0)).as("at 10x, one monitor of 8 threads").isEqualTo(live);
    assertThat(replayed(Double.POSITIVE_INFINITY, 3, 2, 0))
        .as("at max, three monitors of 2 threads")
        .isEqualTo(live);
    assertThat(replayed(20, 3, 1, 2))
        .as("at 20x, three monitors, two of them killed half way")
        .isEqualTo(live);
  }

  private Found judgeWithoutKafka(String name) throws Exception {
    Recording recording = Recording.open(dir.resolve(name));
    List<ClusterRun.Version> versions = new ArrayList<>();
    String cluster = "";
    for (PodTopology pod : recording.side(Side.TOPOLOGY)) {
      cluster = pod.getCluster();
      versions.add(new ClusterRun.Version(Topologies.layout(pod), pod.getEffectiveFromMs()));
    }
    Found found = new Found();
    ClusterRun run = new ClusterRun(cluster, versions, DetectorSettings.DEFAULT, found);
    List<Placement> placements = new ArrayList<>();
    for (JobPlacement job : recording.side(Side.JOBS)) {
      placements.add(Placements.placement(job));
    }
    run.placements(placements);
    Report report = new Report();
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(report)) {
          run.accept(report);
        }
      }
    }
    run.end();
    return found;
  }

  private String replayed(double speed, int monitors, int threads, int killed) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      Thread replay =
          new Thread(
              () -> {
                Ended ended =
                    isotherm(
                        "replay",
                        "--bootstrap-server",
                        broker.bootstrapServer(),
                        "--speed",
                        Double.isInfinite(speed) ? "max" : Double.toString(speed),
                        recording().toString());
                if (ended.code != Main.DONE) {
                  throw new IllegalStateException(ended.err);
                }
              },
              "replay");
      replay.start();
      String digest = judge(broker, monitors, threads, killed);
      replay.join();
      return digest;
    }
  }

  /** The digest of what monitors find in Kafka, when all windows are closed. */
  private String judge(EmbeddedBroker broker, int monitors, int threads, int killed)
      throws Exception {
    List<Process> running = new ArrayList<>();
    String name = "%d-%d-%d-".formatted(monitors, threads, killed);
    try {
      for (int i = 0; i < monitors; i++) {
        running.add(MonitorRuns.monitor(broker, "replay", dir, name + i, threads));
      }
      if (killed > 0) {
        await().atMost(PATIENCE).until(() -> windows(broker) >= 3);
        assertThat(windows(broker)).as("windows before the kill").isLessThan(windows);
        for (int i = 0; i < killed; i++) {
          running.get(i).destroyForcibly().waitFor();
        }
      }
      await().atMost(PATIENCE).until(() -> windows(broker) >= windows);
    } finally {
      for (Process monitor : running) {
        MonitorRuns.end(monitor);
      }
    }
    assertThat(windows(broker)).isEqualTo(windows);
    IncidentDigest digest = new IncidentDigest();
    for (Incident incident : MonitorRuns.read(broker, Topics.INCIDENTS)) {
      digest.add(Results.event(incident));
    }
    return digest.sha256Hex();
  }

  private static int windows(EmbeddedBroker broker) {
    try {
      return MonitorRuns.read(broker, Topics.POD_HEALTH).size();
    } catch (UnknownTopicOrPartitionException | TimeoutException e) {
      return 0;
    }
  }

  private static Ended isotherm(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine(new StopSignal())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(args);
    return new Ended(code, out.toString(), err.toString());
  }
}
