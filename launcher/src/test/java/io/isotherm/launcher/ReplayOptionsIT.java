package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.ReplayEvent;
import io.isotherm.avro.ReplayMarker;
import io.isotherm.backtest.RecordedFleet;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingWriter;
import io.isotherm.recording.Replayer;
import io.isotherm.recording.ReportSource;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** What {@code replay} writes when it moves times, chooses partitions anew and goes round. */
final class ReplayOptionsIT {
  private static final String TOPIC = "elsewhere";
  private static final int PARTITIONS = 5;
  private static final int SECONDS = 25;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  /**
   * What a report says of itself, as far as a replay may change it, and what it must not change.
   */
  private record Said(String what, long timeMs, long agentStartMs) {
    static Said of(Report r) {
      String what =
          "%b %d/%d %d %d %d"
              .formatted(r.tick, r.cabinet, r.board, r.sequence, r.chipCount, r.linkCount);
      return new Said(what, r.timeMs, r.agentStartMs);
    }

    Said moved(long ms) {
      // A tick is of no agent.
      return new Said(what, timeMs + ms, agentStartMs == 0 ? 0 : agentStartMs + ms);
    }
  }

  /** What the replay before wrote for dashboards. */
  private List<ReplayMarker> markers = List.of();

  private Path recording() {
    return dir.resolve("recording");
  }

  private Map<String, List<Said>> recorded() throws IOException {
    Map<String, List<Said>> byPod = new TreeMap<>();
    Recording recording = Recording.open(recording());
    Report report = new Report();
    for (int partition : recording.partitions()) {
      try (ReportSource source = recording.reports(partition)) {
        while (source.next(report)) {
          byPod.computeIfAbsent(report.pod, p -> new ArrayList<>()).add(Said.of(report));
        }
      }
    }
    return byPod;
  }

  /** Reads the topic, and holds keys, partitions and timestamps to the reports. */
  private static Map<String, List<Said>> published(EmbeddedBroker broker) {
    Map<String, List<Said>> byPod = new TreeMap<>();
    ReportReader reader = new ReportReader(SchemaHistory.bundled());
    Report report = new Report();
    List<TopicPartition> partitions = new ArrayList<>();
    for (int p = 0; p < PARTITIONS; p++) {
      partitions.add(new TopicPartition(TOPIC, p));
    }
    try (KafkaConsumer<byte[], byte[]> consumer =
        new KafkaConsumer<>(
            Map.of(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServer()),
            new ByteArrayDeserializer(),
            new ByteArrayDeserializer())) {
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      long left = consumer.endOffsets(partitions).values().stream().mapToLong(x -> x).sum();
      while (left > 0) {
        for (ConsumerRecord<byte[], byte[]> r : consumer.poll(Duration.ofSeconds(1))) {
          reader.read(r.value(), report);
          assertThat(new String(r.key(), StandardCharsets.UTF_8)).isEqualTo(report.pod);
          assertThat(r.partition())
              .isEqualTo(Utils.toPositive(Utils.murmur2(r.key())) % PARTITIONS);
          assertThat(r.timestamp()).isEqualTo(report.timeMs);
          byPod.computeIfAbsent(report.pod, p -> new ArrayList<>()).add(Said.of(report));
          left--;
        }
      }
    }
    return byPod;
  }

  private Map<String, List<Said>> replayed(String... options) throws Exception {
    return replayed(new StringWriter(), options);
  }

  private Map<String, List<Said>> replayed(StringWriter err, String... options) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopic(broker, Map.of());
      assertThat(replay(broker, err, options)).as(err.toString()).isEqualTo(Main.DONE);
      markers = MonitorRuns.read(broker, Topics.REPLAYS);
      return published(broker);
    }
  }

  private static void createTopic(EmbeddedBroker broker, Map<String, String> config)
      throws Exception {
    Map<String, String> topicConfig = new HashMap<>(Topics.REPORTS.config());
    topicConfig.put("retention.ms", "-1");
    topicConfig.putAll(config);
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(
          admin,
          List.of(
              new NewTopic(TOPIC, Optional.of(PARTITIONS), Optional.empty()).configs(topicConfig)));
    }
  }

  private int replay(EmbeddedBroker broker, StringWriter err, String... options) {
    return replayAt("max", broker, err, options);
  }

  private int replayAt(String speed, EmbeddedBroker broker, StringWriter err, String... options) {
    return replayUntil(new StopSignal(), speed, broker, err, options);
  }

  private int replayUntil(
      StopSignal stop, String speed, EmbeddedBroker broker, StringWriter err, String... options) {
    List<String> args =
        new ArrayList<>(
            List.of("replay", "--bootstrap-server", broker.bootstrapServer(), "--topic", TOPIC));
    args.addAll(List.of("--speed", speed, "--partitions", "keys"));
    args.addAll(List.of(options));
    args.add(recording().toString());
    return Main.commandLine(stop)
        .setOut(new PrintWriter(new StringWriter()))
        .setErr(new PrintWriter(err, true))
        .execute(args.toArray(String[]::new));
  }

  /** How far the first report was moved. */
  private static long shift(Map<String, List<Said>> recorded, Map<String, List<Said>> published) {
    return published.values().iterator().next().get(0).timeMs()
        - recorded.values().iterator().next().get(0).timeMs();
  }

  private static LongStream times(Map<String, List<Said>> all) {
    return all.values().stream().flatMap(List::stream).mapToLong(Said::timeMs);
  }

  @Test
  void shiftMovesEveryTimeOfEveryPodAlikeSoThatItBeginsNow() throws Exception {
    RecordedFleet.record(recording(), SECONDS);
    Map<String, List<Said>> recorded = recorded();
    assertThat(recorded).hasSizeGreaterThan(1);
    long before = System.currentTimeMillis();

    Map<String, List<Said>> published = replayed("--shift", "now");

    assertThat(published).isEqualTo(moved(recorded, shift(recorded, published)));
    assertThat(times(published).min().orElseThrow())
        .isBetween(before, System.currentTimeMillis() + Duration.ofMinutes(1).toMillis());
  }

  @Test
  void everyPassIsMovedByWholeWindowsBehindTheOneBeforeAndAgentsStartAnew() throws Exception {
    RecordedFleet.record(recording(), SECONDS);
    Map<String, List<Said>> recorded = recorded();

    Map<String, List<Said>> published = replayed("--shift", "now", "--loop", "3");

    long begin = times(recorded).min().orElseThrow();
    long end = times(recorded).max().orElseThrow();
    long move = shift(recorded, published);
    for (int pass = 0; pass < 3; pass++) {
      Map<String, List<Said>> ofPass = new TreeMap<>();
      for (Map.Entry<String, List<Said>> pod : published.entrySet()) {
        int n = pod.getValue().size() / 3;
        ofPass.put(pod.getKey(), pod.getValue().subList(pass * n, (pass + 1) * n));
      }
      assertThat(shift(recorded, ofPass)).as("move of pass %d", pass).isEqualTo(move);
      assertThat(ofPass).isEqualTo(moved(recorded, move));
      move += -Math.floorDiv(begin - end - 1, 10_000L) * 10_000L;
    }
  }

  @Test
  void passesOfReportsThatAreFarApartDoNotOverlap() throws Exception {
    int reports = 90;
    recordEvery(Duration.ofMinutes(2), reports, 3);

    List<Said> published = replayed("--loop", "2").getOrDefault("pod-00", List.of());

    assertThat(published).hasSize(2 * reports);
    long end = published.subList(0, reports).stream().mapToLong(Said::timeMs).max().orElseThrow();
    assertThat(published.subList(reports, 2 * reports))
        .allSatisfy(said -> assertThat(said.timeMs()).isGreaterThan(end));
  }

  private void recordEvery(Duration interval, int reports, int boards) throws IOException {
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    Report report = new Report();
    try (RecordingWriter to = RecordingWriter.create(recording(), null, TOPIC, 1)) {
      for (int i = 0; i < reports; i++) {
        report.clear();
        report.pod = "pod-00";
        report.board = i % boards;
        report.sequence = i / boards;
        report.agentStartMs = RecordedFleet.START_MS;
        report.timeMs = RecordedFleet.START_MS + i / boards * interval.toMillis();
        report.addChip(0);
        byte[] bytes = writer.toBytes(report);
        int length = bytes.length - Framing.LENGTH;
        to.append(0, i, bytes, Framing.LENGTH, length, report);
      }
    }
  }

  @Test
  void withoutAShiftEveryReportIsPublishedAsItIs() throws Exception {
    RecordedFleet.record(recording(), SECONDS);

    assertThat(replayed()).isEqualTo(recorded());
  }

  @Test
  void beginPassesAndEndAreMarkedForDashboards() throws Exception {
    RecordedFleet.record(recording(), SECONDS);
    long before = System.currentTimeMillis();

    long published = times(replayed("--loop", "2")).count();

    assertThat(markers)
        .extracting(ReplayMarker::getEvent)
        .containsExactly(ReplayEvent.STARTED, ReplayEvent.LOOPED, ReplayEvent.ENDED);
    assertThat(markers)
        .extracting(ReplayMarker::getReports)
        .containsExactly(0L, published / 2, published);
    assertThat(markers).extracting(ReplayMarker::getPass).containsExactly(1, 2, 2);
    assertThat(markers)
        .allSatisfy(
            marker -> {
              assertThat(marker.getTimeMs()).isBetween(before, System.currentTimeMillis());
              assertThat(marker.getTopic()).isEqualTo(TOPIC);
              assertThat(marker.getRecording()).isEqualTo("recording");
              assertThat(marker.getSpeed()).isNull();
            });
  }

  /** Its monitors would go back to what was, and compaction makes that last. */
  @Test
  void topologyAndJobsGoBackToTheClusterThatWasRecordedOnlyIfThatIsMeant() throws Exception {
    RecordedFleet.record(recording(), SECONDS);
    Logger logger = (Logger) LoggerFactory.getLogger(Replayer.class);
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    logger.addAppender(logged);
    StringWriter err = new StringWriter();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopic(broker, Map.of());
      recordedFrom(broker);

      assertThat(replay(broker, err)).as(err.toString()).isEqualTo(Main.DONE);
      assertThat(MonitorRuns.read(broker, Topics.PODS)).isEmpty();
      assertThat(MonitorRuns.read(broker, Topics.JOBS)).isEmpty();
      assertThat(logged.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .singleElement()
          .asString()
          .startsWith("topology and jobs are not published: " + recording());
      assertThat(published(broker)).isEqualTo(recorded());

      assertThat(replay(broker, err, "--into-recorded-topic")).isEqualTo(Main.DONE);
      assertThat(MonitorRuns.read(broker, Topics.PODS)).hasSize(2);
      assertThat(MonitorRuns.read(broker, Topics.JOBS)).isNotEmpty();
    } finally {
      logger.detachAppender(logged);
    }
  }

  /** Has the recording say that it comes from a broker. */
  private void recordedFrom(EmbeddedBroker broker) throws Exception {
    ObjectMapper json = new ObjectMapper();
    File manifest = recording().resolve(Manifest.NAME).toFile();
    ObjectNode root = (ObjectNode) json.readTree(manifest);
    root.remove("digest");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      root.put("kafkaCluster", admin.describeCluster().clusterId().get());
    }
    json.writeValue(manifest, root);
  }

  @Test
  void aReplayThatKafkaDoesNotTakeIsMarkedAsFailed() throws Exception {
    RecordedFleet.record(recording(), SECONDS);
    StringWriter err = new StringWriter();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopic(broker, Map.of("max.message.bytes", "100"));

      assertThat(replay(broker, err)).isEqualTo(Main.FAILED);

      markers = MonitorRuns.read(broker, Topics.REPLAYS);
    }
    assertThat(err.toString())
        .contains("Kafka did not take a record: topic " + TOPIC)
        .doesNotContain("\tat ");
    assertThat(markers)
        .extracting(ReplayMarker::getEvent)
        .containsExactly(ReplayEvent.STARTED, ReplayEvent.FAILED);
    assertThat(markers.get(1).getTopic()).isEqualTo(TOPIC);
    assertThat(markers.get(1).getReports()).isPositive();
  }

  @Test
  void aSlowReplayEndsAtTheFirstReportThatKafkaDoesNotTake() throws Exception {
    int reports = 30;
    recordEvery(Duration.ofSeconds(1), reports, 1);
    StringWriter err = new StringWriter();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopic(broker, Map.of("max.message.bytes", "70"));

      assertThat(replayAt("1", broker, err)).isEqualTo(Main.FAILED);

      markers = MonitorRuns.read(broker, Topics.REPLAYS);
    }
    assertThat(err.toString()).contains("Kafka did not take a record: topic " + TOPIC);
    assertThat(markers)
        .extracting(ReplayMarker::getEvent)
        .containsExactly(ReplayEvent.STARTED, ReplayEvent.FAILED);
    assertThat(markers.get(1).getReports()).isBetween(1L, reports / 2L);
  }

  @Test
  void aSlowReplayTellsHowFarItIsBeforeItsEnd() throws Exception {
    recordEvery(Duration.ofMillis(500), 8, 1);
    StringWriter err = new StringWriter();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopic(broker, Map.of());

      assertThat(replayAt("1", broker, err)).as(err.toString()).isEqualTo(Main.DONE);
    }
    assertThat(err.toString().lines())
        .filteredOn(line -> line.startsWith("replayed "))
        .hasSizeGreaterThan(1);
  }

  @Test
  void aReplayThatIsStoppedHalfWaySaysSoAndFails() throws Exception {
    recordEvery(Duration.ofMillis(500), 40, 1);
    StopSignal stop = new StopSignal();
    StringWriter err =
        new StringWriter() {
          @Override
          public void write(String text, int from, int length) {
            super.write(text, from, length);
            if (getBuffer().indexOf("replayed ") >= 0) {
              stop.request();
            }
          }
        };
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      createTopic(broker, Map.of());

      assertThat(replayUntil(stop, "1", broker, err, "--loop", "2")).isEqualTo(Main.FAILED);
      assertThat(err.toString())
          .containsPattern("isotherm replay: stopped after [1-9]\\d? of 80 reports");

      // And: one that is stopped before it begins
      err.getBuffer().setLength(0);
      assertThat(replayUntil(stop, "1", broker, err)).isEqualTo(Main.FAILED);
      assertThat(err.toString()).contains("isotherm replay: stopped after 0 of 40 reports");
      markers = MonitorRuns.read(broker, Topics.REPLAYS);
    }
    assertThat(markers)
        .extracting(ReplayMarker::getEvent)
        .containsExactly(ReplayEvent.STARTED, ReplayEvent.ENDED);
  }

  @Test
  void aPauseIsMarkedFromWhenNothingWasPublishedUntilItGoesOn() throws Exception {
    RecordedFleet.record(recording(), SECONDS);
    AtomicInteger asked = new AtomicInteger();
    long pausedMs = 1_500;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      Replayer.Settings settings =
          new Replayer.Settings(1_000, false, true, "telemetry.reports", false, 1);
      Replayer replayer =
          new Replayer(
              Recording.open(recording()),
              settings,
              SchemaHistory.bundled(),
              Map.of("bootstrap.servers", broker.bootstrapServer()),
              // As a stopped process does, it answers later.
              () -> asked.incrementAndGet() == 200 && !passed(pausedMs));
      Replayer.Progress done = replayer.run(producer -> {}, progress -> {});
      markers = MonitorRuns.read(broker, Topics.REPLAYS);

      assertThat(done.heldUpMs()).isGreaterThanOrEqualTo(pausedMs);
      assertThat(done.eventMs()).isBetween(SECONDS * 1_000L - 2_000, SECONDS * 1_000L);
      assertThat(done.paceMs()).isGreaterThanOrEqualTo(done.eventMs() / 1_000);
    }
    assertThat(markers)
        .extracting(ReplayMarker::getEvent)
        .containsExactly(
            ReplayEvent.STARTED, ReplayEvent.PAUSED, ReplayEvent.RESUMED, ReplayEvent.ENDED);
    assertThat(markers.get(2).getTimeMs() - markers.get(1).getTimeMs())
        .isGreaterThanOrEqualTo(pausedMs);
  }

  private static boolean passed(long ms) {
    long end = System.nanoTime() + Duration.ofMillis(ms).toNanos();
    while (System.nanoTime() < end) {
      LockSupport.parkNanos(end - System.nanoTime());
    }
    return true;
  }

  private static Map<String, List<Said>> moved(Map<String, List<Said>> all, long ms) {
    Map<String, List<Said>> moved = new TreeMap<>();
    all.forEach((pod, said) -> moved.put(pod, said.stream().map(s -> s.moved(ms)).toList()));
    return moved;
  }
}
