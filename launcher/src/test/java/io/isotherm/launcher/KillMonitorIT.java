package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.DeadLetter;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same reports, to a monitor of one thread that runs undisturbed and to one of two threads that
 * is killed half way: the same results. It fails if Kafka Streams no longer asks the state for its
 * pages before a commit.
 */
final class KillMonitorIT {
  private static final SchemaIds IDS = SchemaHistory.bundled();
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SECONDS = 180;
  private static final int KILLED_AT = 97;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private record Results(List<PodHealth> health, List<Incident> incidents, List<String> dead) {}

  @Test
  void aKilledMonitorGivesTheResultsOfAnUndisturbedOne() throws Exception {
    // Given: an odd time, so that windows do not begin with the run
    long startMs = (System.currentTimeMillis() - 600_000) / 10_000 * 10_000 + 3_000;
    List<List<ProducerRecord<byte[], byte[]>>> input = input(startMs);
    List<ProducerRecord<byte[], byte[]>> first = new ArrayList<>();
    List<ProducerRecord<byte[], byte[]>> second = new ArrayList<>();
    for (int i = 0; i < input.size(); i++) {
      (i < KILLED_AT ? first : second).addAll(input.get(i));
    }
    long lastWindow = (startMs + SECONDS * 1_000L) / 10_000 * 10_000 - 10_000;

    // When
    Results undisturbed;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopics(broker);
      write(broker, first);
      write(broker, second);
      undisturbed = judge(broker, "undisturbed", 1, lastWindow);
    }
    Results killed;
    int windowsBefore;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopics(broker);
      write(broker, first);
      Process monitor = monitor(broker, "killed", 2);
      try {
        await()
            .atMost(PATIENCE)
            .until(() -> read(broker, Topics.POD_HEALTH).size() >= 5 || !monitor.isAlive());
        assertThat(monitor.isAlive()).as("the monitor lives: %s", log("killed")).isTrue();
      } finally {
        monitor.destroyForcibly().waitFor();
      }
      windowsBefore = read(broker, Topics.POD_HEALTH).size();
      // What is judged again begins here, so the state before it can only come from the pages.
      assertThat(committed(broker)).isGreaterThan(0);
      write(broker, second);
      killed = judge(broker, "restarted", 2, lastWindow);
    }

    // Then
    assertThat(windowsBefore).isLessThan(killed.health.size());
    assertThat(undisturbed.incidents).isNotEmpty();
    assertThat(killed.health).isEqualTo(undisturbed.health);
    assertThat(killed.incidents).isEqualTo(undisturbed.incidents);
    assertThat(killed.dead).hasSize(1).isEqualTo(undisturbed.dead);
    assertThat(killed.health)
        .extracting(PodHealth::getWindowsTotal)
        .as("windows are numbered on, none twice, none left out")
        .isEqualTo(
            java.util.stream.LongStream.rangeClosed(1, killed.health.size()).boxed().toList());
  }

  /** Second by second: what is published, and what the agents and the clock say. */
  private static List<List<ProducerRecord<byte[], byte[]>>> input(long startMs) {
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 12));
    Fleet fleet = new Fleet(plan, ScenarioReader.load("demo"), startMs);
    ReportWriter writer = new ReportWriter(IDS);
    Report report = new Report();
    List<List<ProducerRecord<byte[], byte[]>>> seconds = new ArrayList<>();
    for (int second = 0; second < SECONDS; second++) {
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      long now = startMs + second * 1_000L;
      if (second == 0) {
        for (PodLayout pod : plan.pods()) {
          records.add(
              record(Topics.PODS, pod.pod(), TopologyRecords.toAvro(plan, pod, startMs), startMs));
        }
        for (Placement p : fleet.placements()) {
          records.add(record(Topics.JOBS, p.job(), Placements.publish(p), startMs));
        }
      }
      fleet.step(now);
      fleet.takeTruth();
      for (int board : fleet.samplingOrder()) {
        if (!fleet.fill(board, report) || fleet.missing(board)) {
          continue;
        }
        for (int copy = fleet.duplicate(board) ? 2 : 1; copy > 0; copy--) {
          records.add(report(report.pod, report.timeMs, writer.toBytes(report)));
        }
      }
      String pod = plan.pods().get(0).pod();
      if (second % 5 == 4) {
        report.clear();
        report.tick = true;
        report.pod = pod;
        report.timeMs = now + 999;
        report.cabinet = 0;
        report.board = 0;
        report.sequence = 0;
        report.agentStartMs = 0;
        records.add(report(pod, report.timeMs, writer.toBytes(report)));
      }
      if (second == SECONDS / 2) {
        // Longer than a dead letter may be; compression brings it to the topic.
        records.add(report(pod, now, new byte[4 << 20]));
      }
      seconds.add(records);
    }
    return seconds;
  }

  private static ProducerRecord<byte[], byte[]> report(String pod, long timeMs, byte[] value) {
    return new ProducerRecord<>(
        Topics.REPORTS.name(), null, timeMs, pod.getBytes(StandardCharsets.UTF_8), value);
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

  /** Sum of the offsets of the reports that the monitor need not read again. */
  private static long committed(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      return admin
          .listConsumerGroupOffsets("kill-test")
          .partitionsToOffsetAndMetadata()
          .get()
          .entrySet()
          .stream()
          .filter(e -> e.getKey().topic().equals(Topics.REPORTS.name()))
          .mapToLong(e -> e.getValue().offset())
          .sum();
    }
  }

  private static void createTopics(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      admin.createTopics(Topics.ALL.stream().map(Topic::newTopic).toList()).all().get();
    }
  }

  private static void write(EmbeddedBroker broker, List<ProducerRecord<byte[], byte[]>> records)
      throws Exception {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServer(),
            "compression.type",
            "lz4",
            "max.request.size",
            16 << 20,
            "linger.ms",
            50);
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<java.util.concurrent.Future<?>> sent = new ArrayList<>();
      for (ProducerRecord<byte[], byte[]> record : records) {
        sent.add(producer.send(record));
      }
      producer.flush();
      for (var one : sent) {
        one.get();
      }
    }
  }

  /** Runs a monitor until the last window is out, and gives all results. */
  private Results judge(EmbeddedBroker broker, String name, int threads, long lastWindowMs)
      throws Exception {
    Process monitor = monitor(broker, name, threads);
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  !monitor.isAlive()
                      || read(broker, Topics.POD_HEALTH).stream()
                          .anyMatch(h -> h.getWindowStartMs() >= lastWindowMs));
      assertThat(monitor.isAlive()).as("the monitor lives: %s", log(name)).isTrue();
    } finally {
      // A clean end commits what is still open.
      monitor.destroy();
      if (!monitor.waitFor(30, TimeUnit.SECONDS)) {
        monitor.destroyForcibly().waitFor();
      }
    }
    return new Results(
        read(broker, Topics.POD_HEALTH),
        read(broker, Topics.INCIDENTS),
        read(broker, Topics.DEAD).stream().map(KillMonitorIT::describe).toList());
  }

  private static String describe(DeadLetter letter) {
    return letter.getReason() + " " + letter.getDetail();
  }

  private Process monitor(EmbeddedBroker broker, String name, int threads) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            Main.class.getName(),
            "monitor",
            "--bootstrap-server",
            broker.bootstrapServer(),
            "--application-id",
            "kill-test",
            "--threads",
            Integer.toString(threads),
            "--state-dir",
            dir.resolve(name).toString(),
            "--metrics-port",
            "0",
            "--no-ticks")
        .redirectErrorStream(true)
        .redirectOutput(dir.resolve(name + ".log").toFile())
        .start();
  }

  private String log(String name) throws IOException {
    return Files.readString(dir.resolve(name + ".log"));
  }

  /** Everything in a topic of one partition that is committed now. */
  private static <V extends SpecificRecord> List<V> read(EmbeddedBroker broker, Topic<?, V> topic) {
    Map<String, Object> config =
        Map.of("bootstrap.servers", broker.bootstrapServer(), "isolation.level", "read_committed");
    List<V> values = new ArrayList<>();
    var deserializer = topic.valueSerde(IDS).deserializer();
    try (var consumer =
        new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      TopicPartition partition = new TopicPartition(topic.name(), 0);
      consumer.assign(List.of(partition));
      consumer.seekToBeginning(List.of(partition));
      // The end for read_committed is the last stable offset.
      long end = consumer.endOffsets(List.of(partition)).getOrDefault(partition, 0L);
      while (consumer.position(partition) < end) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          values.add(deserializer.deserialize(topic.name(), record.value()));
        }
      }
    }
    return values;
  }
}
