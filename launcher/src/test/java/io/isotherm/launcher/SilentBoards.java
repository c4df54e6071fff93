package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;

/** A pod of two cabinets, the first boards of which fall silent, and a monitor of it. */
final class SilentBoards {
  private static final SchemaIds IDS = SchemaHistory.bundled();
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final ClusterPlan PLAN =
      Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 2));

  private SilentBoards() {}

  static void publishPod(EmbeddedBroker broker, long fromMs) throws Exception {
    MonitorRuns.write(
        broker,
        List.of(
            new ProducerRecord<>(
                Topics.PODS.name(),
                "pod-00".getBytes(StandardCharsets.UTF_8),
                Topics.PODS
                    .valueSerde(IDS)
                    .serializer()
                    .serialize(
                        Topics.PODS.name(),
                        TopologyRecords.toAvro(PLAN, PLAN.pods().get(0), fromMs)))));
  }

  /** Reports of two minutes and a half, of which those of the first boards end at a time. */
  static List<ProducerRecord<byte[], byte[]>> reports(long startMs, int silent, long silentMs) {
    Fleet fleet = new Fleet(PLAN, ScenarioReader.load("healthy"), startMs);
    ReportWriter writer = new ReportWriter(IDS);
    Report report = new Report();
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (long now = startMs; now < startMs + 150_000; now += 1_000) {
      fleet.step(now);
      fleet.takeTruth();
      for (int board : fleet.samplingOrder()) {
        if (fleet.fill(board, report)
            && (report.cabinet > 0 || report.board >= silent || report.timeMs < silentMs)) {
          records.add(
              new ProducerRecord<>(
                  Topics.REPORTS.name(),
                  null,
                  report.timeMs,
                  report.pod.getBytes(StandardCharsets.UTF_8),
                  writer.toBytes(report)));
        }
      }
    }
    return records;
  }

  /** Judges all of it that is before a time, goes on after a restart, and ends. */
  static void judge(
      Path dir, EmbeddedBroker broker, List<ProducerRecord<byte[], byte[]>> reports, long toMs)
      throws Exception {
    MonitorRuns.write(broker, reports);
    try (MonitorApp monitor =
        new MonitorApp(
            new MonitorSettings(
                Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServer(),
                    "state.dir",
                    dir.resolve("state").toString()),
                MonitorSettings.DEFAULT_APPLICATION_ID,
                1,
                DetectorSettings.DEFAULT,
                false),
            IDS)) {
      assertThat(monitor.start(() -> false)).isTrue();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  MonitorRuns.read(broker, Topics.POD_HEALTH).stream()
                      .anyMatch(h -> h.getWindowStartMs() >= toMs - 30_000));
    }
  }
}
