package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.avro.JobPlacement;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.Placement;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Manifest.SideFile;
import io.isotherm.recording.Recorder;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.Side;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** A recorder in this process, and what it meets in Kafka. */
@Execution(ExecutionMode.CONCURRENT)
final class RecorderIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** As the command's, but so that a test need not wait for it. */
  private static final Recorder.Pace BRISK =
      new Recorder.Pace(Duration.ofMillis(200), Duration.ofSeconds(1));

  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(Recorder.class);

  /** Some minutes ago: Kafka keeps it, and it is past. */
  private final long start = (System.currentTimeMillis() / 1_000 - 600) * 1_000;

  /** Names of this test's threads: others log beside it. */
  private final Set<String> threads = ConcurrentHashMap.newKeySet();

  private final ListAppender<ILoggingEvent> logged =
      new ListAppender<>() {
        @Override
        protected void append(ILoggingEvent event) {
          if (threads.contains(event.getThreadName())) {
            super.append(event);
          }
        }
      };

  private final AtomicBoolean stop = new AtomicBoolean();

  /** What a recording beside the test told last. */
  private volatile Recorder.Progress newest = new Recorder.Progress(0, 0, null, 0);

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  /** For recordings beside the test. */
  private final ExecutorService recorders =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task);
            threads.add(thread.getName());
            return thread;
          });

  @BeforeEach
  void listen() {
    threads.add(Thread.currentThread().getName());
    logged.start();
    LOGGER.addAppender(logged);
  }

  @AfterEach
  void end() {
    stop.set(true);
    recorders.shutdown();
    LOGGER.detachAppender(logged);
  }

  private Path directory() {
    return temp.resolve("recording");
  }

  private List<String> lines() {
    return List.copyOf(logged.list).stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  /** Records from the beginning until it is stopped. */
  private void record(
      EmbeddedBroker broker, Recorder.Pace pace, Consumer<Recorder.Progress> progress)
      throws Exception {
    stop.set(false);
    record(broker, null, pace, progress);
  }

  /** Records from the beginning to an event time, or until it is stopped. */
  private void record(
      EmbeddedBroker broker,
      @Nullable Long toMs,
      Recorder.Pace pace,
      Consumer<Recorder.Progress> progress)
      throws Exception {
    new Recorder(
            Map.of("bootstrap.servers", broker.bootstrapServer()),
            SchemaHistory.bundled(),
            directory(),
            new Recorder.Range(0L, toMs, Long.MAX_VALUE / 2_000_000),
            false,
            pace)
        .run(stop::get, progress);
  }

  /** Records all that is in Kafka. */
  private void recordAll(EmbeddedBroker broker) throws Exception {
    record(broker, BRISK, told -> stop.set(hasAll(told)));
  }

  private void publish(EmbeddedBroker broker, int seconds) throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 3, 4));
    MonitorRuns.write(
        broker, MonitorRuns.input(plan, start, seconds).stream().flatMap(List::stream).toList());
  }

  private ProducerRecord<byte[], byte[]> raw(String topic, byte @Nullable [] value) {
    return new ProducerRecord<>(topic, null, start, "who".getBytes(StandardCharsets.UTF_8), value);
  }

  /** A job as it is published, but under the key of another or under none. */
  private ProducerRecord<byte[], byte[]> misplaced(@Nullable String key) {
    return new ProducerRecord<>(
        Topics.JOBS.name(),
        null,
        start,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        job("job", start).value());
  }

  private SideFile side(Side<?> side) {
    return Recording.open(directory()).manifest().sides().stream()
        .filter(file -> file.file().equals(side.file()))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aRecordBesideTheReportsThatCannotBeDecodedIsNamedAndLeftOut() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(
          broker,
          List.of(
              raw(Topics.JOBS.name(), new byte[] {7, 7, 7}),
              raw(Topics.JOBS.name(), null),
              raw(Topics.INCIDENTS.name(), new byte[] {0, 0, 0, 0, 99, 1})));
      publish(broker, 5);

      recordAll(broker);

      Recording recording = Recording.open(directory());
      assertThat(recording.verify(file -> {})).isEmpty();
      int jobs = recording.side(Side.JOBS).size();
      assertThat(jobs).isPositive();
      assertThat(side(Side.JOBS).nextOffset()).isEqualTo(2 + jobs);
      assertThat(side(Side.INCIDENTS).nextOffset()).isEqualTo(1);
      assertThat(recording.side(Side.INCIDENTS)).isEmpty();
      assertThat(lines())
          .hasSize(2)
          .anyMatch(
              line ->
                  line.startsWith(
                      "topology.jobs: the record at offset 0 of partition 0 is not recorded: "))
          .anyMatch(
              line ->
                  line.startsWith(
                      "incidents: the record at offset 0 of partition 0 is not recorded: "));

      // And: it is not met again
      recordAll(broker);
      assertThat(lines()).hasSize(2);
      assertThat(Recording.open(directory()).side(Side.JOBS)).hasSize(jobs);
    }
  }

  /** No monitor has used them either, and a recording has no keys by which to tell. */
  @Test
  void aRecordWhoseKeyIsNotItsNameIsNamedAndLeftOut() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      uncompacted(broker, Topics.JOBS);
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, List.of(misplaced("another"), misplaced(null), job("good", start)));
      publish(broker, 5);

      recordAll(broker);

      Recording recording = Recording.open(directory());
      assertThat(recording.side(Side.JOBS))
          .extracting(JobPlacement::getJob)
          .contains("good")
          .doesNotContain("job");
      assertThat(lines())
          .containsExactly(
              "topology.jobs: the record at offset 0 of partition 0 is not recorded: its key is"
                  + " another, must be job",
              "topology.jobs: the record at offset 1 of partition 0 is not recorded: its key is"
                  + " null, must be job");
    }
  }

  /** A monitor has buried it, and reports of one pod from several partitions have no order. */
  @Test
  void aReportWhoseKeyIsNotItsPodIsKeptBesideTheReports() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      for (String key : new @Nullable String[] {"pod-é", null, "pod-", "pod-éé", "pod-e"}) {
        MonitorRuns.write(broker, List.of(tick(key, "pod-é", start)));
      }

      recordAll(broker);

      Recording recording = Recording.open(directory());
      assertThat(recording.verify(file -> {})).isEmpty();
      assertThat(recording.manifest().counts().ticks()).isEqualTo(1);
      assertThat(recording.manifest().skipped()).isEqualTo(4);
      assertThat(recording.undecodable())
          .allSatisfy(
              dead ->
                  assertThat(dead.get("value"))
                      .isEqualTo(ByteBuffer.wrap(tick(null, "pod-é", start).value())))
          .extracting(dead -> dead.get("reason").toString())
          .containsExactly(
              "its key is null, must be the report's pod pod-é",
              "its key is pod-, must be the report's pod pod-é",
              "its key is pod-éé, must be the report's pod pod-é",
              "its key is pod-e, must be the report's pod pod-é");
    }
  }

  private static ProducerRecord<byte[], byte[]> tick(
      @Nullable String key, String pod, long timeMs) {
    Report tick = new Report();
    tick.tick = true;
    tick.pod = pod;
    tick.timeMs = timeMs;
    return new ProducerRecord<>(
        Topics.REPORTS.name(),
        0,
        timeMs,
        key == null ? null : key.getBytes(StandardCharsets.UTF_8),
        new ReportWriter(SchemaHistory.bundled()).toBytes(tick));
  }

  /** A topic as somebody else may make it, which takes records without a key. */
  private static void uncompacted(EmbeddedBroker broker, Topic<?, ?> topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(admin, List.of(topic.newTopic().configs(Map.of())));
    }
  }

  @Test
  void aBrokerThatGoesAndComesBackDoesNotEndTheRecording() throws Exception {
    Path data = temp.resolve("broker");
    EmbeddedBroker broker = EmbeddedBroker.start(0, data);
    int port = Integer.parseInt(broker.bootstrapServer().replaceAll(".*:", ""));
    try {
      MonitorRuns.createTopics(broker);
      publish(broker, 5);
      EmbeddedBroker first = broker;
      Future<?> recording = recording(first);
      await().atMost(PATIENCE).until(() -> hasAll(newest));
      long before = newest.reports();

      broker.close();
      await().atMost(PATIENCE).until(() -> newest.behind() == null || recording.isDone());
      broker = EmbeddedBroker.start(port, data);
      publish(broker, 5);
      await()
          .atMost(PATIENCE)
          .until(() -> recording.isDone() || (hasAll(newest) && newest.reports() > before));
      stop.set(true);
      recording.get();

      Recording all = Recording.open(directory());
      assertThat(all.manifest().counts().records()).isEqualTo(2 * before);
      assertThat(all.manifest().complete()).isTrue();
      assertThat(all.verify(file -> {})).isEmpty();
    } finally {
      broker.close();
    }
  }

  private static boolean hasAll(Recorder.Progress told) {
    return Long.valueOf(0).equals(told.behind());
  }

  @Test
  void whatEndedByToIsGoneOnWithByTheSameToAloneAndHasAllJobs() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      publish(broker, 10);
      long to = start + 5_000;
      int later = 5_000;
      MonitorRuns.write(
          broker, IntStream.range(0, later).mapToObj(i -> job("later-" + i, to + i)).toList());

      record(broker, to, BRISK, told -> {});

      Recording recording = Recording.open(directory());
      assertThat(recording.verify(file -> {})).isEmpty();
      assertThat(recording.manifest().toMs()).isEqualTo(to);
      assertThat(recording.manifest().counts().lastMs()).isBetween(to - 1_000, to - 1);
      assertThat(recording.side(Side.JOBS))
          .filteredOn(job -> job.getJob().startsWith("later-"))
          .hasSize(later);
      long records = recording.manifest().counts().records();

      for (Long another : new @Nullable Long[] {null, to + 1_000}) {
        assertThatExceptionOfType(RecordingException.class)
            .isThrownBy(() -> record(broker, another, BRISK, told -> {}))
            .withMessageContaining("was recorded with --to " + Instant.ofEpochMilli(to))
            .withMessageContaining("record what follows with --from " + Instant.ofEpochMilli(to))
            .withMessageContaining("'isotherm recording merge'");
      }
      record(broker, to, BRISK, told -> {});
      assertThat(Recording.open(directory()).manifest().counts().records()).isEqualTo(records);
      assertThat(Recording.open(directory()).verify(file -> {})).isEmpty();
    }
  }

  @Test
  void whatIsStillOnItsWayWhenTheEndIsPastIsRecorded() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      publish(broker, 5);
      long to = System.currentTimeMillis() - 15_000;
      Future<?> recording =
          recorders.submit(
              () -> {
                record(broker, to, BRISK, told -> newest = told);
                return null;
              });
      await().atMost(PATIENCE).until(() -> hasAll(newest) || recording.isDone());
      long before = newest.reports();

      publish(broker, 5);
      recording.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);

      assertThat(newest.reports()).isEqualTo(2 * before).isPositive();
      assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(to + 30_000);
    }
  }

  @Test
  void whatComesBeforeTheBeginIsPassedOverAlsoAfterARestartAndWhatIsLateBehindItIsNot()
      throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      long from = start + 10_000;
      for (long[] ms : new long[][] {{-1_000}, {-800, 500, -500, 0}, {-200}}) {
        Recorder recorder =
            new Recorder(
                Map.of("bootstrap.servers", broker.bootstrapServer()),
                SchemaHistory.bundled(),
                directory(),
                new Recorder.Range(from, null, Long.MAX_VALUE / 2_000_000),
                false,
                BRISK);
        stop.set(false);
        Future<?> recording =
            recorders.submit(
                () -> {
                  recorder.run(stop::get, told -> newest = told);
                  return null;
                });
        await()
            .atMost(PATIENCE)
            .ignoreExceptions() // There is no manifest at first.
            .until(() -> nextOffset() >= 0 || recording.isDone());
        long next = nextOffset() + ms.length;
        for (long m : ms) {
          MonitorRuns.write(broker, List.of(tick("pod", "pod", from + m)));
        }
        await().atMost(PATIENCE).until(() -> nextOffset() == next || recording.isDone());
        stop.set(true);
        recording.get();
      }

      assertThat(times()).containsExactly(from + 500, from - 500, from, from - 200);
      assertThat(Recording.open(directory()).verify(file -> {})).isEmpty();
    }
  }

  private long nextOffset() {
    return Recording.open(directory()).manifest().nextOffsets().get(0);
  }

  private List<Long> times() throws IOException {
    List<Long> times = new ArrayList<>();
    Report report = new Report();
    try (ReportSource source = Recording.open(directory()).reports(0)) {
      while (source.next(report)) {
        times.add(report.timeMs);
      }
    }
    return times;
  }

  private static ProducerRecord<byte[], byte[]> job(String name, long fromMs) {
    Placement.Member member = new Placement.Member("pod-00", 0, 1, "stage", 0);
    Placement placement = new Placement(name, fromMs, Long.MAX_VALUE, true, List.of(member));
    return new ProducerRecord<>(
        Topics.JOBS.name(),
        null,
        fromMs,
        name.getBytes(StandardCharsets.UTF_8),
        Topics.JOBS
            .valueSerde(SchemaHistory.bundled())
            .serializer()
            .serialize(Topics.JOBS.name(), Placements.publish(placement)));
  }

  private static void create(EmbeddedBroker broker, List<Topic<?, ?>> topics) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(admin, topics.stream().map(Topic::newTopic).toList());
    }
  }

  @Test
  void topicsThatAppearLaterAreNamedAndRecordedFromTheirBeginning() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      create(broker, List.of(Topics.REPORTS, Topics.PODS));
      ClusterPlan plan = Catalog.bundled().plan("cloudmatrix-384", new Overrides(null, 3, 4));
      List<ProducerRecord<byte[], byte[]>> all =
          MonitorRuns.input(plan, start, 10).stream().flatMap(List::stream).toList();
      Predicate<ProducerRecord<byte[], byte[]>> isOfJobs =
          r -> r.topic().equals(Topics.JOBS.name());
      MonitorRuns.write(broker, all.stream().filter(isOfJobs.negate()).toList());
      Future<?> recording = recording(broker);
      await().atMost(PATIENCE).until(() -> hasAll(newest) || recording.isDone());
      assertThat(lines())
          .singleElement()
          .asString()
          .startsWith("there is no topic incidents, topology.jobs at localhost:");

      create(broker, List.of(Topics.JOBS, Topics.INCIDENTS));
      MonitorRuns.write(broker, all.stream().filter(isOfJobs).toList());
      MonitorRuns.write(broker, all.stream().filter(isOfJobs.negate()).toList());
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  recording.isDone()
                      || (side(Side.JOBS).nextOffset() > 0
                          && side(Side.INCIDENTS).nextOffset() >= 0));
      long reports = all.stream().filter(r -> r.topic().equals(Topics.REPORTS.name())).count();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  recording.isDone()
                      || records(Recording.open(directory()).manifest()) == 2 * reports);
      stop.set(true);
      recording.get();

      Recording recorded = Recording.open(directory());
      assertThat(recorded.verify(file -> {})).isEmpty();
      assertThat(recorded.side(Side.JOBS)).hasSize((int) all.stream().filter(isOfJobs).count());
      assertThat(recorded.side(Side.TOPOLOGY)).hasSize(2 * 3);
      assertThat(records(recorded.manifest())).isEqualTo(2 * reports);
      assertThat(side(Side.INCIDENTS).nextOffset()).isZero();
      assertThat(side(Side.TRUTH).nextOffset()).isEqualTo(-1);
      assertThat(lines()).filteredOn(line -> line.startsWith("there is no topic")).hasSize(1);

      // And: one that appears between two runs is not cut at the second's begin
      create(broker, List.of(Topics.FAULTS));
      MonitorRuns.write(broker, List.of(raw(Topics.FAULTS.name(), new byte[] {7})));
      recordAll(broker);
      assertThat(lines()).anyMatch(line -> line.startsWith("truth.faults: the record at offset 0"));
    }
  }

  /** Also if an older version recorded it, which knew no ids of topics. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTopicThatComesBackIsGoneOnWithOrRefusedIfItIsKnownToBeAnother(boolean known)
      throws Exception {
    List<ProducerRecord<byte[], byte[]>> jobs = List.of(job("one", start), job("two", start + 1));
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, jobs);
      recordAll(broker);
      assertThat(Recording.open(directory()).side(Side.JOBS)).hasSize(2);
      if (!known) {
        takeIdsOut();
      }

      admin.deleteTopics(List.of(Topics.JOBS.name())).all().get();
      // One that is looked at while it has fewer records than before is not gone on with.
      Duration look = known ? BRISK.look() : Recorder.Pace.DEFAULT.look();
      Future<?> recording = recording(broker, new Recorder.Pace(BRISK.checkpoint(), look));
      await().atMost(PATIENCE).until(() -> !lines().isEmpty() || recording.isDone());
      create(broker, List.of(Topics.JOBS));
      MonitorRuns.write(broker, jobs);
      MonitorRuns.write(broker, List.of(job("three", start + 2)));

      if (known) {
        assertThatExceptionOfType(ExecutionException.class)
            .isThrownBy(() -> recording.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
            .withCauseInstanceOf(RecordingException.class)
            .withMessageContaining("which was deleted there and made anew since");
      } else {
        await().atMost(PATIENCE).until(() -> side(Side.JOBS).records() > 2 || recording.isDone());
        stop.set(true);
        recording.get();
      }
      assertThat(Recording.open(directory()).verify(file -> {})).isEmpty();
      assertThat(Recording.open(directory()).side(Side.JOBS))
          .extracting(JobPlacement::getJob)
          .containsExactlyElementsOf(
              known ? List.of("one", "two") : List.of("one", "two", "three"));
    }
  }

  private void takeIdsOut() throws IOException {
    ObjectMapper json = new ObjectMapper();
    File manifest = directory().resolve(Manifest.NAME).toFile();
    ObjectNode root = (ObjectNode) json.readTree(manifest);
    root.remove(List.of("digest", "topicIds"));
    json.writeValue(manifest, root);
  }

  @Test
  void whatTransactionsEndWithIsNoGapWhenKafkaHasDeletedAllThatWasRecorded() throws Exception {
    TopicPartition reports = new TopicPartition(Topics.REPORTS.name(), 0);
    TopicPartition incidents = new TopicPartition(Topics.INCIDENTS.name(), 0);
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()));
        var producer =
            new KafkaProducer<>(
                Map.<String, Object>of(
                    "bootstrap.servers", broker.bootstrapServer(), "transactional.id", "who"),
                new ByteArraySerializer(),
                new ByteArraySerializer())) {
      MonitorRuns.createTopics(broker);
      producer.initTransactions();
      producer.beginTransaction();
      for (TopicPartition p : List.of(reports, incidents)) {
        var unused =
            producer.send(
                new ProducerRecord<>(p.topic(), p.partition(), start, new byte[1], new byte[1]));
      }
      producer.commitTransaction();
      recordAll(broker);

      RecordsToDelete all = RecordsToDelete.beforeOffset(-1);
      admin.deleteRecords(Map.of(reports, all, incidents, all)).all().get();
      recordAll(broker);

      Manifest manifest = Recording.open(directory()).manifest();
      assertThat(manifest.skipped()).isEqualTo(1);
      assertThat(manifest.nextOffsets().get(0)).isEqualTo(2);
      assertThat(side(Side.INCIDENTS).nextOffset()).isEqualTo(2);
    }
  }

  @Test
  void whatKafkaHasDeletedOfTheRangeIsTold() throws Exception {
    TopicPartition reports = new TopicPartition(Topics.REPORTS.name(), 0);
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      MonitorRuns.createTopics(broker);
      List<ProducerRecord<byte[], byte[]>> records = new ArrayList<>();
      for (int p = 0; p < 2; p++) {
        for (long timeMs : new long[] {start, start + 1_000}) {
          records.add(new ProducerRecord<>(reports.topic(), p, timeMs, new byte[1], new byte[1]));
        }
      }
      MonitorRuns.write(broker, records);
      admin.deleteRecords(Map.of(reports, RecordsToDelete.beforeOffset(1))).all().get();

      recordAll(broker);

      assertThat(lines())
          .containsExactly(
              "Kafka does not have all from 1970-01-01T00:00:00Z on any more: the recording is whole only from %s on"
                  .formatted(Instant.ofEpochMilli(start + 1_000)));
      assertThat(Recording.open(directory()).manifest().skipped()).isEqualTo(3);
    }
  }

  @Test
  void partitionsThatAreAddedEndTheRecordingAndWhatWasReadIsThere() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"))) {
      MonitorRuns.createTopics(broker);
      publish(broker, 5);
      Future<?> recording = recording(broker);
      await().atMost(PATIENCE).until(() -> hasAll(newest) || recording.isDone());
      long before = newest.reports();

      String topic = Topics.REPORTS.name();
      int partitions = Topics.REPORTS.partitions();
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
        admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(partitions + 1))).all().get();
      }

      await().atMost(PATIENCE).until(recording::isDone);
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(recording::get)
          .withCauseInstanceOf(RecordingException.class)
          .withMessageContaining(" with %d partitions, this is %s of ", partitions, topic)
          .withMessageEndingWith(" with %d: record into a new directory", partitions + 1);
      Recording recorded = Recording.open(directory());
      assertThat(recorded.manifest().complete()).isFalse();
      assertThat(recorded.manifest().counts().records()).isEqualTo(before).isPositive();
      assertThat(recorded.verify(file -> {})).isEmpty();
    }
  }

  /**
   * Its offsets are those of the old one, so that nothing else shows it; or it has fewer records,
   * and what is to be read next is none of them.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 0})
  void aTopicThatIsMadeAnewMeanwhileEndsTheRecording(int records) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, List.of(job("one", start)));
      Duration look = records > 0 ? BRISK.look() : PATIENCE;
      Future<?> recording = recording(broker, new Recorder.Pace(BRISK.checkpoint(), look));
      await()
          .atMost(PATIENCE)
          .ignoreExceptions() // There is no manifest at first.
          .until(() -> recording.isDone() || side(Side.JOBS).records() == 1);

      admin.deleteTopics(List.of(Topics.JOBS.name())).all().get();
      create(broker, List.of(Topics.JOBS));
      MonitorRuns.write(
          broker, IntStream.range(0, records).mapToObj(i -> job("other-" + i, start)).toList());

      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> recording.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
          .withCauseInstanceOf(RecordingException.class)
          .withMessageContaining("holds " + Topics.JOBS.name() + " of Kafka cluster ")
          .withMessageContaining("which was deleted there and made anew since");
      assertThat(Recording.open(directory()).verify(file -> {})).isEmpty();
    }
  }

  /** Records in a thread of its own until it is stopped or fails. */
  private Future<?> recording(EmbeddedBroker broker) {
    return recording(broker, BRISK);
  }

  private Future<?> recording(EmbeddedBroker broker, Recorder.Pace pace) {
    return recorders.submit(
        () -> {
          record(broker, pace, told -> newest = told);
          return null;
        });
  }

  /** Records of the reports' topic. */
  private static long records(Manifest manifest) {
    return manifest.counts().records() + manifest.skipped();
  }

  @Test
  void aConsumerThatIsGivenMoreKeepsWhereItIsAndWhatIsPaused() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
        var consumer =
            new KafkaConsumer<>(
                Map.<String, Object>of("bootstrap.servers", broker.bootstrapServer()),
                new ByteArrayDeserializer(),
                new ByteArrayDeserializer())) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(
          broker,
          Stream.generate(() -> raw(Topics.INCIDENTS.name(), new byte[1])).limit(9).toList());
      TopicPartition ahead = new TopicPartition(Topics.INCIDENTS.name(), 0);
      TopicPartition paused = new TopicPartition(Topics.PODS.name(), 0);
      TopicPartition appeared = new TopicPartition(Topics.JOBS.name(), 0);
      consumer.assign(List.of(ahead, paused));
      consumer.seek(ahead, 7);
      consumer.seek(paused, 0);
      consumer.pause(List.of(paused));

      consumer.assign(List.of(ahead, paused, appeared));
      consumer.seek(appeared, 0);

      assertThat(consumer.position(ahead)).isEqualTo(7);
      assertThat(consumer.paused()).containsExactly(paused);
    }
  }
}
