package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.Topologies;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.junit.jupiter.api.Test;

/** What is found without Kafka is what Kafka Streams finds, record for record. */
final class RunAgainstStreamsTest {
  private static final long START = 1_700_000_000_000L;
  private static final int BOARDS = 6;
  private static final int SECONDS = 240;
  private static final SchemaIds IDS = SchemaHistory.bundled();
  private static final List<String> PODS = List.of("pod-00", "pod-01");

  @Test
  void theRunAndKafkaStreamsGiveTheSameRecords() {
    List<PodHealth> windows = new ArrayList<>();
    List<Incident> incidents = new ArrayList<>();
    List<ClusterHealth> clusters = new ArrayList<>();
    ClusterRun run =
        ClusterRun.of(
            "test",
            PODS.stream().map(RunAgainstStreamsTest::pod).map(Topologies::layout).toList(),
            DetectorSettings.DEFAULT,
            new ClusterRun.Output() {
              @Override
              public void window(PodWindow window) {
                windows.add(Results.podHealth(window));
              }

              @Override
              public void incident(IncidentEvent event) {
                incidents.add(Results.incident(event));
              }

              @Override
              public void cluster(ClusterWindow window) {
                clusters.add(Results.clusterHealth(window));
              }
            });
    MonitorSettings settings =
        new MonitorSettings(
            Map.of("bootstrap.servers", "localhost:1"),
            "monitor-test",
            1,
            DetectorSettings.DEFAULT,
            false);
    try (TopologyTestDriver driver =
        new TopologyTestDriver(
            new MonitorTopology(IDS, new TopologyBook(), DetectorSettings.DEFAULT).build(),
            MonitorApp.config(settings))) {
      PODS.forEach(
          name ->
              driver
                  .createInputTopic(
                      Topics.PODS.name(),
                      new StringSerializer(),
                      Topics.PODS.valueSerde(IDS).serializer())
                  .pipeInput(name, pod(name)));
      TestInputTopic<byte[], byte[]> reports =
          driver.createInputTopic(
              Topics.REPORTS.name(), new ByteArraySerializer(), new ByteArraySerializer());
      ReportWriter writer = new ReportWriter(IDS);
      Report report = new Report();
      // Runs of one to seven reports.
      List<ConsumerRecord<ByteBuffer, ByteBuffer>> waiting = new ArrayList<>();
      int length = 1;
      long offset = 0;
      for (int s = 0; s < SECONDS; s++) {
        for (String name : PODS) {
          for (int board = 0; board < BOARDS; board++) {
            if (fill(report, name, board, s)) {
              run.accept(report);
              waiting.add(
                  ReportRunTest.record(
                      offset++, name.getBytes(StandardCharsets.UTF_8), writer.toBytes(report)));
              if (waiting.size() == length) {
                reports.pipeInput(ReportRunTest.join(waiting));
                waiting.clear();
                length = length % 7 + 1;
              }
            }
          }
        }
      }
      reports.pipeInput(ReportRunTest.join(waiting));
      run.end();

      assertThat(incidents)
          .extracting(i -> i.getPod() + " " + i.getEvent() + " " + i.getKind())
          .contains(
              "pod-00 OPENED CHIP_SILENT",
              "pod-00 RESOLVED CHIP_SILENT",
              "pod-01 OPENED BOARD_SILENT",
              "pod-00 OPENED CHIP_HOT");
      assertThat(read(driver, Topics.INCIDENTS)).containsExactlyInAnyOrderElementsOf(incidents);
      assertThat(read(driver, Topics.POD_HEALTH))
          .isEqualTo(windows)
          .hasSizeGreaterThan(PODS.size() * (SECONDS / 10 - 2));
      assertThat(read(driver, Topics.CLUSTER_HEALTH)).isEqualTo(clusters).isNotEmpty();
    }
  }

  private static <V extends SpecificRecord> List<V> read(
      TopologyTestDriver driver, Topic<String, V> topic) {
    return driver
        .createOutputTopic(
            topic.name(), topic.keySerde().deserializer(), topic.valueSerde(IDS).deserializer())
        .readValuesToList();
  }

  /** Fills a board's report; false if it has none. */
  private static boolean fill(Report report, String pod, int board, int second) {
    boolean first = pod.equals(PODS.get(0));
    if (!first && board == 2 && second >= 90 && second < 150) {
      return false;
    }
    report.clear();
    report.pod = pod;
    report.cabinet = board / 3;
    report.board = board % 3;
    report.agentStartMs = START;
    report.sequence = second;
    report.timeMs = START + second * 1_000L + board * 30L;
    for (int chip = 0; chip < 4; chip++) {
      if (first && board == 1 && chip == 2 && second >= 60 && second < 120) {
        continue;
      }
      int i = report.addChip(chip);
      report.health[i] = Report.HEALTH_OK;
      report.temperature[i] = first && board == 4 && chip == 1 && second >= 100 ? 940 : 600;
      report.power[i] = 5_000;
      report.utilization[i] = 990;
    }
    return true;
  }

  private static PodTopology pod(String name) {
    PodTopology pod = new PodTopology();
    pod.setPod(name);
    pod.setCluster("test");
    pod.setPreset("test");
    pod.setEffectiveFromMs(START);
    pod.setCabinets(2);
    pod.setBoardsPerCabinet(3);
    pod.setChipsPerBoard(4);
    pod.setPortsPerChip(0);
    pod.setPortGroups(List.of());
    pod.setSlotClasses(List.of(0, 0, 0, 0));
    pod.setCabinetsPerCoolingLoop(1);
    pod.setCabinetsPerPowerFeed(1);
    ChipModel chip = new ChipModel();
    chip.setName("chip");
    chip.setVendor("vendor");
    chip.setMaxOperatingDecicelsius(870);
    chip.setSlowdownDecicelsius(890);
    chip.setShutdownDecicelsius(950);
    chip.setThermalAssumed(true);
    pod.setChip(chip);
    return pod;
  }
}
