package io.isotherm.launcher;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.NewTopics;
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

/** Monitors as processes of their own, over reports that are written beforehand. */
final class MonitorRuns {
  private static final SchemaIds IDS = SchemaHistory.bundled();

  private MonitorRuns() {}

  /** Second by second: what is published, and what the agents and the clock say. */
  static List<List<ProducerRecord<byte[], byte[]>>> input(
      ClusterPlan plan, long startMs, int forSeconds) {
    Fleet fleet = new Fleet(plan, ScenarioReader.load("demo"), startMs);
    ReportWriter writer = new ReportWriter(IDS);
    Report report = new Report();
    List<List<ProducerRecord<byte[], byte[]>>> seconds = new ArrayList<>();
    for (int second = 0; second < forSeconds; second++) {
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
      if (second == forSeconds / 2) {
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
  static long committed(EmbeddedBroker broker, String applicationId) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      return admin
          .listConsumerGroupOffsets(applicationId)
          .partitionsToOffsetAndMetadata()
          .get()
          .entrySet()
          .stream()
          .filter(e -> e.getKey().topic().equals(Topics.REPORTS.name()))
          .mapToLong(e -> e.getValue().offset())
          .sum();
    }
  }

  static void createTopics(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(admin, Topics.ALL.stream().map(Topic::newTopic).toList());
    }
  }

  static void write(EmbeddedBroker broker, List<ProducerRecord<byte[], byte[]>> records)
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

  /** Starts a monitor that logs into a file of its name in {@code dir}. */
  static Process monitor(
      EmbeddedBroker broker, String applicationId, Path dir, String name, int threads)
      throws IOException {
    return monitor(
        Path.of(System.getProperty("java.home")), broker, applicationId, dir, name, threads);
  }

  /** Likewise, under another JDK. */
  static Process monitor(
      Path jdk, EmbeddedBroker broker, String applicationId, Path dir, String name, int threads)
      throws IOException {
    return ProgramProcess.of(
            jdk,
            512,
            List.of(
                "monitor",
                "--bootstrap-server",
                broker.bootstrapServer(),
                "--application-id",
                applicationId,
                "--threads",
                Integer.toString(threads),
                "--metrics-port",
                "0",
                "--no-ticks"))
        .redirectOutput(dir.resolve(name + ".log").toFile())
        .start();
  }

  /** Ends a monitor cleanly, so that it commits what is still open. */
  static void end(Process monitor) throws InterruptedException {
    monitor.destroy();
    if (!monitor.waitFor(30, TimeUnit.SECONDS)) {
      monitor.destroyForcibly().waitFor();
    }
  }

  static String log(Path dir, String name) throws IOException {
    return Files.readString(dir.resolve(name + ".log"));
  }

  /** Everything in a topic of one partition that is committed now. */
  static <V extends SpecificRecord> List<V> read(EmbeddedBroker broker, Topic<?, V> topic) {
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
