package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.Incident;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentDigest;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.score.FleetDelivery;
import io.isotherm.topology.Results;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is scored is what the monitor finds through Kafka, incident for incident. */
final class ScoreAgainstKafkaIT {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int SECONDS = 160;
  private static final SchemaIds IDS = SchemaHistory.bundled();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /** The events of incidents as they come, in their canonical form, and the number of windows. */
  private static final class Found implements ClusterRun.Output {
    final List<String> incidents = new ArrayList<>();
    int windows;

    @Override
    public void window(PodWindow window) {
      windows++;
    }

    @Override
    public void incident(IncidentEvent event) {
      incidents.add(IncidentDigest.line(event));
    }

    @Override
    public void cluster(ClusterWindow window) {}
  }

  @Test
  void theSameReportsGiveTheSameIncidentsWithAndWithoutKafka() throws Exception {
    // Given: the reports of two pods as the network delivers them, and what the score's run finds
    long startMs = (System.currentTimeMillis() - 600_000) / 10_000 * 10_000 + 3_000;
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 2, 8));
    Fleet fleet = new Fleet(plan, ScenarioReader.load("demo").withSeed(3), startMs);
    Found found = new Found();
    ClusterRun run = ClusterRun.of(plan.cluster(), plan.pods(), DetectorSettings.DEFAULT, found);
    run.placements(fleet.placements());
    List<ProducerRecord<byte[], byte[]>> places = places(plan, fleet, startMs);
    List<ProducerRecord<byte[], byte[]>> reports = new ArrayList<>();
    FleetDelivery delivery = new FleetDelivery(fleet, false);
    ReportWriter writer = new ReportWriter(IDS);
    for (int s = 0; s < SECONDS; s++) {
      delivery.interval(
          startMs + s * 1_000L,
          truth -> {},
          report -> {
            run.accept(report);
            reports.add(
                new ProducerRecord<>(
                    Topics.REPORTS.name(),
                    null,
                    report.timeMs,
                    report.pod.getBytes(StandardCharsets.UTF_8),
                    writer.toBytes(report)));
          });
    }
    run.end();

    // When: the monitor reads them from Kafka
    List<Incident> published = judge(places, reports, found);

    // Then
    assertThat(found.incidents).hasSizeGreaterThan(5);
    assertThat(published)
        .extracting(i -> IncidentDigest.line(Results.event(i)))
        .containsExactlyInAnyOrderElementsOf(found.incidents);
  }

  private List<Incident> judge(
      List<ProducerRecord<byte[], byte[]>> places,
      List<ProducerRecord<byte[], byte[]>> reports,
      Found found)
      throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, places);
      MonitorRuns.write(broker, reports);
      Process monitor = MonitorRuns.monitor(broker, "score-against-kafka", dir, "monitor", 1);
      try {
        await()
            .atMost(PATIENCE)
            .until(() -> MonitorRuns.read(broker, Topics.POD_HEALTH).size() >= found.windows);
      } finally {
        MonitorRuns.end(monitor);
      }
      assertThat(MonitorRuns.read(broker, Topics.POD_HEALTH)).hasSize(found.windows);
      return MonitorRuns.read(broker, Topics.INCIDENTS);
    }
  }

  private static List<ProducerRecord<byte[], byte[]>> places(
      ClusterPlan plan, Fleet fleet, long startMs) {
    List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
    for (PodLayout pod : plan.pods()) {
      records.add(
          record(Topics.PODS, pod.pod(), TopologyRecords.toAvro(plan, pod, startMs), startMs));
    }
    for (Placement p : fleet.placements()) {
      records.add(record(Topics.JOBS, p.job(), Placements.publish(p), startMs));
    }
    return records;
  }

  private static <V extends SpecificRecord> ProducerRecord<byte[], byte[]> record(
      Topic<String, V> topic, String key, V value, long timeMs) {
    return new ProducerRecord<>(
        topic.name(),
        null,
        timeMs,
        key.getBytes(StandardCharsets.UTF_8),
        topic.valueSerde(IDS).serializer().serialize(topic.name(), value));
  }
}
