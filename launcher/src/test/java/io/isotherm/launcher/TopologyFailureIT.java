package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A monitor that can no longer read the topology, or whose topics are missing or are others than it
 * can use, ends and says why.
 */
@Execution(ExecutionMode.CONCURRENT)
final class TopologyFailureIT {
  private static final String APPLICATION = "topology-failure-test";
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** An id for which the registry would have to be asked. */
  private static final byte NEW_ID = 77;

  /** A registry that went away after the bundled schemas were asked for. */
  private static final class Away implements SchemaIds {
    private final SchemaIds asked = SchemaHistory.bundled();

    @Override
    public int newestId(String subject) {
      return asked.newestId(subject);
    }

    @Override
    public Schema schema(int id) {
      if (id == NEW_ID) {
        throw new KafkaException("schema registry http://nowhere cannot be reached");
      }
      return asked.schema(id);
    }
  }

  @Test
  void aRecordWhoseSchemaCannotBeAskedForEndsTheMonitor() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        MonitorApp monitor = running(broker)) {
      byte[] key = "pod-00".getBytes(StandardCharsets.UTF_8);
      byte[] value = {0, 0, 0, 0, NEW_ID, 1, 2, 3};
      MonitorRuns.write(broker, List.of(new ProducerRecord<>(Topics.PODS.name(), key, value)));

      await().atMost(PATIENCE).until(() -> monitor.failure() != null);
      assertThat(monitor.failure())
          .contains("pod-00", "http://nowhere cannot be reached", "start the monitor again");
    }
  }

  @Test
  void aTopologyTopicThatIsMadeAnewEndsTheMonitor() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        MonitorApp monitor = running(broker);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      admin.deleteTopics(List.of(Topics.PODS.name())).all().get();
      await()
          .atMost(PATIENCE)
          .until(() -> !admin.listTopics().names().get().contains(Topics.PODS.name()));
      admin.createTopics(List.of(Topics.PODS.newTopic())).all().get();

      await().atMost(PATIENCE).until(() -> monitor.failure() != null);
      assertThat(monitor.failure()).contains("topology.pods", "start the monitor again");
    }
  }

  @Test
  void aTopicForResultsThatIsDeletedEndsTheMonitor() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        MonitorApp monitor = running(broker);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      // Given: the monitor has written to it
      await().atMost(PATIENCE).until(() -> !MonitorRuns.read(broker, Topics.DEAD).isEmpty());

      // When
      admin.deleteTopics(List.of(Topics.DEAD.name())).all().get();
      await()
          .atMost(PATIENCE)
          .until(() -> !admin.listTopics().names().get().contains(Topics.DEAD.name()));
      byte[] key = "pod-00".getBytes(StandardCharsets.UTF_8);
      byte[] noReport = {1, 2, 3};
      MonitorRuns.write(
          broker, List.of(new ProducerRecord<>(Topics.REPORTS.name(), key, noReport)));

      // Then: a thread that fails before is replaced
      await().dontCatchUncaughtExceptions().atMost(PATIENCE).until(() -> monitor.failure() != null);
      assertThat(monitor.failure()).contains("telemetry.dead", "start the monitor again");
      await()
          .dontCatchUncaughtExceptions()
          .atMost(PATIENCE)
          .until(() -> !monitor.streams().state().isRunningOrRebalancing());
    }
  }

  /** A monitor that takes the topic waits for a pod. */
  @Test
  @Timeout(60)
  void aTopicWithMorePartitionsThanAreReadEndsTheMonitorAtItsStart() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(admin, List.of(Topics.INCIDENTS.newTopic(6)));

      Ended ended =
          Ended.isotherm(
              "monitor", "--bootstrap-server", broker.bootstrapServer(), "--metrics-port", "0");

      assertThat(ended.code()).as(ended.err()).isEqualTo(Main.FAILED);
      assertThat(ended.err())
          .contains(
              "isotherm monitor: topic incidents has 6 partitions and must have 1: delete it");
      assertThat(admin.listTopics().names().get()).containsExactly(Topics.INCIDENTS.name());
    }
  }

  /** As a broker makes it by itself. */
  @Test
  @Timeout(60)
  void aTopologyTopicThatDeletesEndsTheMonitorAtItsStart() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(admin, List.of(Topics.JOBS.newTopic().configs(Map.of())));

      Ended ended =
          Ended.isotherm(
              "monitor", "--bootstrap-server", broker.bootstrapServer(), "--metrics-port", "0");

      assertThat(ended.code()).as(ended.err()).isEqualTo(Main.FAILED);
      assertThat(ended.err())
          .contains("isotherm monitor: topic topology.jobs has cleanup.policy=delete, ")
          .contains(
              "kafka-configs.sh --bootstrap-server %s --alter --topic topology.jobs --add-config"
                      .formatted(broker.bootstrapServer())
                  + " cleanup.policy=compact");
    }
  }

  @Test
  @Timeout(120)
  void partitionsThatWereAddedToTheReportsEndTheNextMonitorAtItsStart() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      running(broker).close();
      admin
          .createPartitions(Map.of(Topics.REPORTS.name(), NewPartitions.increaseTo(16)))
          .all()
          .get();

      Ended ended =
          Ended.isotherm(
              "monitor",
              "--bootstrap-server",
              broker.bootstrapServer(),
              "--metrics-port",
              "0",
              "--application-id",
              APPLICATION);

      assertThat(ended.code()).as(ended.err()).isEqualTo(Main.FAILED);
      assertThat(ended.err())
          .contains(
              "isotherm monitor: topic telemetry.reports has 16 partitions, but the state of");
    }
  }

  private MonitorApp running(EmbeddedBroker broker) throws Exception {
    MonitorRuns.createTopics(broker);
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 1));
    MonitorRuns.write(broker, MonitorRuns.input(plan, System.currentTimeMillis(), 1).get(0));
    MonitorApp monitor =
        new MonitorApp(
            new MonitorSettings(
                Map.of(
                    "bootstrap.servers",
                    broker.bootstrapServer(),
                    // How long a topic is waited for, in which somebody may bring it back.
                    StreamsConfig.producerPrefix(ProducerConfig.MAX_BLOCK_MS_CONFIG),
                    2_000,
                    StreamsConfig.producerPrefix(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG),
                    2_000,
                    StreamsConfig.producerPrefix(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG),
                    3_000),
                APPLICATION,
                1,
                // A tick ends windows, and so asks for a commit, in which what has failed shows.
                DetectorSettings.DEFAULT.withWindow(1_000, 0),
                /* ticks= */ true),
            new Away());
    monitor.start(() -> false);
    await().atMost(PATIENCE).until(() -> monitor.streams().state() == State.RUNNING);
    return monitor;
  }
}
