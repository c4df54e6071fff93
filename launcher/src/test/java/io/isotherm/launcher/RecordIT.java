package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recorder;
import io.isotherm.recording.Recording;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.Side;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** {@code isotherm record} against a real broker. */
@Execution(ExecutionMode.CONCURRENT)
final class RecordIT {
  private static final long START = 1_800_000_000_000L;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  private static Process recorder(
      EmbeddedBroker broker, Path directory, Path log, String... options) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "record",
                "--bootstrap-server",
                broker.bootstrapServer(),
                "--from",
                "0",
                directory.toString()));
    arguments.addAll(List.of(options));
    return ProgramProcess.of(512, arguments)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
        .start();
  }

  /** The values in Kafka that are reports, by partition; the long one of the input is none. */
  private static Map<Integer, List<byte[]>> inKafka(EmbeddedBroker broker) {
    Map<Integer, List<byte[]>> values = new TreeMap<>();
    try (var consumer =
        new KafkaConsumer<>(
            Map.<String, Object>of("bootstrap.servers", broker.bootstrapServer()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      List<TopicPartition> all =
          consumer.partitionsFor(Topics.REPORTS.name()).stream()
              .map(p -> new TopicPartition(p.topic(), p.partition()))
              .toList();
      consumer.assign(all);
      consumer.seekToBeginning(all);
      Map<TopicPartition, Long> ends = consumer.endOffsets(all);
      while (all.stream().anyMatch(p -> consumer.position(p) < ends.getOrDefault(p, 0L))) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (record.value().length < 1 << 20) {
            values.computeIfAbsent(record.partition(), p -> new ArrayList<>()).add(record.value());
          }
        }
      }
    }
    return values;
  }

  private static Map<Integer, List<byte[]>> recorded(Path directory) throws IOException {
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    Recording recording = Recording.open(directory);
    Map<Integer, List<byte[]>> values = new TreeMap<>();
    Report report = new Report();
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(report)) {
          values.computeIfAbsent(partition, p -> new ArrayList<>()).add(writer.toBytes(report));
        }
      }
    }
    return values;
  }

  private static long records(Path directory) {
    return Files.exists(directory.resolve(Manifest.NAME))
        ? Recording.open(directory).manifest().counts().records()
        : 0;
  }

  @Test
  void aKilledRecorderGoesOnWithoutAGapOrADuplicate() throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 3, 4));
    List<List<ProducerRecord<byte[], byte[]>>> seconds = MonitorRuns.input(plan, START, 120);
    Path directory = temp.resolve("recording");
    Path log = temp.resolve("log.txt");
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      write(broker, seconds.subList(0, 50));

      // When: it is killed while it records, and again, and then ended
      Process first = recorder(broker, directory, log);
      await().atMost(PATIENCE).until(() -> records(directory) > 0);
      write(broker, seconds.subList(50, 80));
      first.destroyForcibly().waitFor();
      long atKill = records(directory);
      assertThat(Recording.open(directory).verify(file -> {})).isEmpty();

      Process second = recorder(broker, directory, log, "--pack");
      await().atMost(PATIENCE).until(() -> records(directory) > atKill);
      second.destroyForcibly().waitFor();
      write(broker, seconds.subList(80, 120));

      recordToTheEnd(broker, directory, log, "--pack");

      // Then
      assertRecorded(broker, directory);
      Recording recording = Recording.open(directory);
      assertThat(recording.manifest().complete()).isTrue();
      assertThat(recording.manifest().packed()).isTrue();
      assertThat(recording.manifest().reports())
          .allSatisfy(file -> assertThat(file.file()).startsWith("packed-"));
      assertThat(recording.verify(file -> {})).isEmpty();
      assertThat(recording.manifest().skipped()).isEqualTo(1);
      assertThat(recording.undecodable()).hasSize(1);
      assertThat(recording.side(Side.TOPOLOGY)).hasSize(3);
      assertThat(recording.side(Side.JOBS)).isNotEmpty();
    }
  }

  @Test
  void aRecorderThatFailsLeavesWhatItHasAndDoesNotSayThatItIsComplete() throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 3, 4));
    List<List<ProducerRecord<byte[], byte[]>>> seconds = MonitorRuns.input(plan, START, 40);
    Path directory = temp.resolve("recording");
    Path log = temp.resolve("log.txt");
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      write(broker, seconds.subList(0, 30));
      Recorder recorder =
          new Recorder(
              Map.of("bootstrap.servers", broker.bootstrapServer()),
              SchemaHistory.bundled(),
              directory,
              new Recorder.Range(0L, null, Long.MAX_VALUE / 2_000_000),
              false,
              new Recorder.Pace(Duration.ofMillis(200), Duration.ofSeconds(1)));
      assertThatThrownBy(
              () ->
                  recorder.run(
                      () -> false,
                      told -> {
                        if (Long.valueOf(0).equals(told.behind())) {
                          throw new IllegalStateException("nobody listens");
                        }
                      }))
          .hasMessage("nobody listens");

      Recording recording = Recording.open(directory);
      assertThat(recording.manifest().complete()).isFalse();
      assertThat(recording.verify(file -> {})).isEmpty();
      assertThat(recording.side(Side.TOPOLOGY)).hasSize(3);

      // When: somebody goes on, which shows by what came meanwhile
      write(broker, seconds.subList(30, 40));
      recordToTheEnd(broker, directory, log);
      assertRecorded(broker, directory);
      assertThat(Recording.open(directory).manifest().complete()).isTrue();
    }
  }

  @Test
  void aSecondRecorderIsRefusedAndTheFirstGoesOn() throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 3, 4));
    List<List<ProducerRecord<byte[], byte[]>>> seconds = MonitorRuns.input(plan, START, 60);
    Path directory = temp.resolve("recording");
    Path log = temp.resolve("log.txt");
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      write(broker, seconds.subList(0, 30));
      Process first = recorder(broker, directory, log);
      awaitAll(broker, directory);

      Ended second =
          Ended.isotherm(
              "record", "--bootstrap-server", broker.bootstrapServer(), directory.toString());

      assertThat(second.code()).isEqualTo(Main.FAILED);
      assertThat(second.err().lines())
          .containsOnlyOnce(
              "isotherm record: %s is being written by another process: end that one, or name another directory"
                  .formatted(directory))
          .noneMatch(line -> line.contains("\tat "));
      assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
      write(broker, seconds.subList(30, 60));
      awaitAll(broker, directory);
      first.destroy();
      assertThat(first.waitFor(30, TimeUnit.SECONDS)).as(Files.readString(log)).isTrue();
      assertRecorded(broker, directory);
      assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
      assertThat(directory.resolve("recorder.lock")).doesNotExist();
    }
  }

  /** Waits until all that is in Kafka counts in a recording. */
  private static void awaitAll(EmbeddedBroker broker, Path directory) {
    long all = inKafka(broker).values().stream().mapToLong(List::size).sum();
    await().atMost(PATIENCE).until(() -> records(directory) == all);
  }

  private static void recordToTheEnd(
      EmbeddedBroker broker, Path directory, Path log, String... options) throws Exception {
    Process recorder = recorder(broker, directory, log, options);
    awaitAll(broker, directory);
    recorder.destroy();
    assertThat(recorder.waitFor(30, TimeUnit.SECONDS)).as(Files.readString(log)).isTrue();
  }

  private static void assertRecorded(EmbeddedBroker broker, Path directory) throws IOException {
    Map<Integer, List<byte[]>> expected = inKafka(broker);
    Map<Integer, List<byte[]>> actual = recorded(directory);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach(
        (partition, values) ->
            assertThat(actual.getOrDefault(partition, List.of()).toArray(byte[][]::new))
                .as("partition %d", partition)
                .isDeepEqualTo(values.toArray(byte[][]::new)));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aRecorderThatCannotWriteNamesTheFileAndGoesOnLater() throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 3, 4));
    List<List<ProducerRecord<byte[], byte[]>>> seconds = MonitorRuns.input(plan, START, 120);
    Path directory = temp.resolve("recording");
    Path log = temp.resolve("log.txt");
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      write(broker, seconds.subList(0, 50));
      Process first = recorder(broker, directory, log);
      awaitAll(broker, directory);

      // When: no file may become longer, as when the disk is full
      Process limit =
          new ProcessBuilder(
                  "prlimit", "--pid=" + first.pid(), "--fsize=" + (longest(directory) + 1_000))
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      assertThat(limit.waitFor()).as(Files.readString(log)).isZero();
      write(broker, seconds.subList(50, 120));

      // Then
      assertThat(first.waitFor(60, TimeUnit.SECONDS)).as(Files.readString(log)).isTrue();
      assertThat(first.exitValue()).isEqualTo(Main.FAILED);
      assertThat(Files.readString(log))
          .contains("cannot write " + directory.resolve("reports-"))
          .contains("File too large; make room there, or name another directory")
          .doesNotContain("\tat ");
      assertThat(Recording.open(directory).manifest().complete()).isFalse();
      assertThat(Recording.open(directory).verify(file -> {})).isEmpty();

      recordToTheEnd(broker, directory, log);
      assertRecorded(broker, directory);
      assertThat(Recording.open(directory).verify(file -> {})).isEmpty();
    }
  }

  /** Length of the longest file of reports, in bytes. */
  private static long longest(Path directory) {
    return Recording.open(directory).manifest().reports().stream()
        .mapToLong(file -> file.counts().bytes())
        .max()
        .orElseThrow();
  }

  private static void write(
      EmbeddedBroker broker, List<List<ProducerRecord<byte[], byte[]>>> seconds) throws Exception {
    MonitorRuns.write(broker, seconds.stream().flatMap(List::stream).toList());
  }

  @Test
  void anotherClusterIsNotRecordedIntoTheSameDirectory() throws Exception {
    Path directory = temp.resolve("recording");
    StringWriter err = new StringWriter();
    for (int cluster = 0; cluster < 2; cluster++) {
      try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker-" + cluster))) {
        MonitorRuns.createTopics(broker);
        int code = recordForASecond(broker, directory, err);
        assertThat(code).as(err.toString()).isEqualTo(cluster == 0 ? Main.DONE : Main.FAILED);
      }
    }
    assertThat(err.toString()).contains("record into a new directory").doesNotContain("\tat ");
  }

  private static int recordForASecond(EmbeddedBroker broker, Path directory, StringWriter err) {
    return Main.commandLine(new StopSignal())
        .setOut(new PrintWriter(new StringWriter(), true))
        .setErr(new PrintWriter(err, true))
        .execute(
            "record",
            "--bootstrap-server",
            broker.bootstrapServer(),
            "--duration",
            "1s",
            directory.toString());
  }

  @Test
  void aTopicThatWasMadeAnewIsNotRecordedIntoTheSameDirectory() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      MonitorRuns.createTopics(broker);
      for (String topic : List.of(Topics.REPORTS.name(), Topics.INCIDENTS.name())) {
        Path directory = temp.resolve(topic);
        StringWriter err = new StringWriter();
        for (int run = 0; run < 2; run++) {
          assertThat(recordForASecond(broker, directory, err)).as(err.toString()).isZero();
        }

        admin.deleteTopics(List.of(topic)).all().get();
        MonitorRuns.createTopics(broker);

        assertThat(recordForASecond(broker, directory, err)).isEqualTo(Main.FAILED);
        assertThat(err.toString().lines())
            .containsOnlyOnce(
                "isotherm record: %s holds %s of Kafka cluster %s, which was deleted there and made anew since: record into a new directory"
                    .formatted(
                        directory, topic, Recording.open(directory).manifest().kafkaCluster()))
            .noneMatch(line -> line.contains("\tat "));
      }
    }
  }
}
