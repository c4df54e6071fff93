package io.isotherm.recording;

import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.ReplayEvent;
import io.isotherm.model.Report;
import io.isotherm.producers.ReportProducerConfig;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UnusableKafkaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes a recording as if it happened again: topology and jobs first, then every report and
 * tick, each partition in the order in which it was recorded. It makes no ticks of its own.
 */
public final class Replayer {
  private static final Logger LOG = LoggerFactory.getLogger(Replayer.class);

  /** Time between the publication of topology and jobs and the first report. */
  private static final long LEAD_MS = 2_000;

  private static final Duration REACH = Duration.ofSeconds(15);
  private static final Duration TELL = Duration.ofSeconds(1);

  /**
   * How to replay.
   *
   * @param speed seconds of event time in a second; {@link Double#POSITIVE_INFINITY} for as fast as
   *     Kafka takes it
   * @param toNow whether all times are moved so that the recording begins now
   * @param originalPartitions whether every report goes to the partition it was recorded from,
   *     rather than to that of its key
   * @param topic where the reports go
   * @param intoRecordedTopic whether that may be the topic that was recorded, and topology and jobs
   *     may go into the cluster that was
   * @param passes how often, from 1; every pass is moved behind the one before by whole windows
   */
  public record Settings(
      double speed,
      boolean toNow,
      boolean originalPartitions,
      String topic,
      boolean intoRecordedTopic,
      int passes) {
    /** Checks the ranges. */
    public Settings {
      if (!(speed > 0)) {
        throw new IllegalArgumentException("the speed is %s, must be above 0".formatted(speed));
      }
      if (passes < 1) {
        throw new IllegalArgumentException("%d passes, must be at least 1".formatted(passes));
      }
    }
  }

  /**
   * How far it is.
   *
   * @param reports records that were given to Kafka
   * @param positionMs event time as it is published, in milliseconds since 1970-01-01 UTC
   * @param pass number of the pass, from 1
   * @param heldUpMs for how long the process was stopped or kept waiting by Kafka
   * @param paceMs wall time from the first report to the newest, without that
   * @param eventMs event time from the first report to the newest
   */
  public record Progress(
      long reports, long positionMs, int pass, long heldUpMs, long paceMs, long eventMs) {}

  private final Recording recording;
  private final Settings settings;
  private final SchemaIds ids;
  private final Map<String, Object> clientConfig;
  private final BooleanSupplier stopped;

  /** Why Kafka did not take a record; null if it took all. */
  private volatile @Nullable String refusal;

  private long reports;
  private int wholePasses;
  private Progress at = new Progress(0, 0, 1, 0, 0, 0);
  private long earliestMs = Long.MAX_VALUE;

  /** Keeps nothing of the record, of which many are on their way at once. */
  private final Callback reportTaken;

  /**
   * @param ids where the ids in the framing come from
   * @param clientConfig settings of every Kafka client
   * @param stopped asked several times a second; true ends it
   */
  public Replayer(
      Recording recording,
      Settings settings,
      SchemaIds ids,
      Map<String, Object> clientConfig,
      BooleanSupplier stopped) {
    this.recording = recording;
    this.settings = settings;
    this.ids = ids;
    this.clientConfig = Map.copyOf(clientConfig);
    this.stopped = stopped;
    this.reportTaken = taken(settings.topic());
  }

  /**
   * Replays until the end, or until it is stopped.
   *
   * @param opened is shown the producer as soon as there is one, to measure it
   * @param progress told every second, and at the end
   * @return what was replayed
   * @throws RecordingException if the recording is damaged, or must not go there; the message says
   *     what to do
   * @throws KafkaException if Kafka cannot be used, or did not take a record
   */
  public Progress run(Consumer<Producer<?, ?>> opened, Consumer<Progress> progress)
      throws IOException, InterruptedException {
    Map<Integer, Long> begins = begins();
    if (begins.isEmpty()) {
      throw new RecordingException("%s has no reports".formatted(recording.directory()));
    }
    long beginMs = begins.values().stream().mapToLong(Long::longValue).min().orElseThrow();
    long moveMs = settings.toNow() ? System.currentTimeMillis() + LEAD_MS - beginMs : 0;
    String cluster = prepareTopics(beginMs + moveMs);
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            ReportProducerConfig.with(clientConfig),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      opened.accept(producer);
      if (settings.intoRecordedTopic() || !cluster.equals(recording.manifest().kafkaCluster())) {
        publishPlaces(producer, moveMs);
      } else {
        LOG.warn(
            "topology and jobs are not published: {} was recorded from this very Kafka cluster,"
                + " whose monitors would go back to them",
            recording.directory());
      }
      at = new Progress(0, beginMs + moveMs, 1, 0, 0, 0);
      if (settle()) {
        passes(producer, begins, moveMs, progress);
      }
      progress.accept(at);
      return at;
    }
  }

  /** Whether all that was to be published was; false if it was stopped before. */
  public boolean isWhole() {
    return wholePasses == settings.passes();
  }

  private void passes(
      Producer<byte[], byte[]> producer,
      Map<Integer, Long> begins,
      long firstMoveMs,
      Consumer<Progress> progress)
      throws IOException, InterruptedException {
    ReplayMarkers markers = new ReplayMarkers(producer, recording.directory(), settings, ids);
    Pacer pacer =
        new Pacer(
            settings.speed(),
            System::nanoTime,
            LockSupport::parkNanos,
            () -> refusal != null || stopped.getAsBoolean());
    ReplayEvent how = ReplayEvent.FAILED;
    try {
      long moveMs = firstMoveMs;
      for (int pass = 1; pass <= settings.passes() && !stopped.getAsBoolean(); pass++) {
        at = progress(at.positionMs(), pass, pacer);
        markers.mark(
            pass == 1 ? ReplayEvent.STARTED : ReplayEvent.LOOPED, System.currentTimeMillis(), at);
        long endMs = pass(producer, markers, pacer, begins, moveMs, pass, progress);
        moveMs += wholeWindows(endMs + 1 - earliestMs - moveMs);
      }
      producer.flush();
      check();
      how = ReplayEvent.ENDED;
    } finally {
      markers.mark(how, System.currentTimeMillis(), at);
    }
  }

  /**
   * A pass is moved on by whole windows of ten seconds, so that its windows have in them what those
   * of the pass before had.
   */
  private static long wholeWindows(long ms) {
    return -Math.floorDiv(-ms, 10_000L) * 10_000L;
  }

  /** Where the partitions begin; those without reports are left out. */
  private Map<Integer, Long> begins() throws IOException {
    Map<Integer, Long> begins = new HashMap<>();
    Report report = new Report();
    for (int partition : recording.partitions()) {
      long[] first = new long[PartitionTime.BELIEVED_AFTER];
      int n = 0;
      try (ReportSource source = recording.reports(partition)) {
        while (n < first.length && source.next(report)) {
          first[n++] = report.timeMs;
        }
      }
      if (n > 0) {
        long[] times = Arrays.copyOf(first, n);
        begins.put(partition, PartitionTime.begin(times));
        earliestMs = Math.min(earliestMs, PartitionTime.earliest(times, PartitionTime.STEP_MS));
      }
    }
    return begins;
  }

  /**
   * Makes the topics that are missing, and checks the others.
   *
   * @return id of the Kafka cluster
   */
  private String prepareTopics(long beginMs) throws InterruptedException {
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) REACH.toMillis());
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) REACH.toMillis() / 3);
    try (Admin admin = Admin.create(config)) {
      String cluster =
          admin.describeCluster().clusterId().get(REACH.toMillis(), TimeUnit.MILLISECONDS);
      Manifest manifest = recording.manifest();
      if (!settings.intoRecordedTopic()
          && settings.topic().equals(manifest.topic())
          && cluster.equals(manifest.kafkaCluster())) {
        throw new RecordingException(
            "%s was recorded from topic %s of this very Kafka cluster: replay into another, such as an 'isotherm broker'; or give another --topic for the reports alone, or --into-recorded-topic if you mean it"
                .formatted(recording.directory(), settings.topic()));
      }
      int partitions =
          settings.originalPartitions()
              ? Math.max(1, manifest.nextOffsets().size())
              : Topics.REPORTS.partitions();
      List<NewTopic> wanted = new ArrayList<>();
      for (Topic<?, ?> topic : Topics.ALL) {
        boolean ofReports = topic.name().equals(Topics.REPORTS.name());
        Map<String, String> topicConfig = new HashMap<>(topic.config());
        if (!settings.toNow() && topicConfig.containsKey(TopicConfig.RETENTION_MS_CONFIG)) {
          topicConfig.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
        }
        wanted.add(
            new NewTopic(
                    ofReports ? settings.topic() : topic.name(),
                    Optional.of(ofReports ? partitions : topic.partitions()),
                    Optional.empty())
                .configs(topicConfig));
      }
      Set<String> used =
          Set.of(settings.topic(), Topics.PODS.name(), Topics.JOBS.name(), Topics.REPLAYS.name());
      Set<String> created = NewTopics.create(admin, wanted, used::contains);
      for (NewTopic topic : wanted) {
        if (!created.contains(topic.name())) {
          checkRetention(admin, topic.name(), beginMs);
          if (topic.name().equals(settings.topic()) && settings.originalPartitions()) {
            checkPartitions(admin, partitions);
          }
        }
      }
      return cluster;
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new UnusableKafkaException(clientConfig, REACH, e);
    }
  }

  /**
   * What is older than its topic keeps is deleted minutes after it was written. Who may not ask for
   * settings goes on without an answer, as for a topic that is not there and he may not create.
   */
  private static void checkRetention(Admin admin, String topic, long beginMs)
      throws ExecutionException, InterruptedException {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic);
    Map<ConfigResource, Config> all;
    try {
      all = admin.describeConfigs(List.of(resource)).all().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException
          || e.getCause() instanceof UnknownTopicOrPartitionException) {
        return;
      }
      throw e;
    }
    var config = all.values().iterator().next();
    if (!config.get(TopicConfig.CLEANUP_POLICY_CONFIG).value().contains("delete")
        || "LogAppendTime".equals(config.get(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG).value())) {
      return;
    }
    long retentionMs = Long.parseLong(config.get(TopicConfig.RETENTION_MS_CONFIG).value());
    if (retentionMs >= 0 && beginMs < System.currentTimeMillis() - retentionMs) {
      throw new RecordingException(
          "topic %s would delete what is replayed: it keeps %s (retention.ms=%d), the recording begins at %s; set its retention.ms=-1, or give --shift now"
              .formatted(
                  topic,
                  Duration.ofMillis(retentionMs),
                  retentionMs,
                  Instant.ofEpochMilli(beginMs)));
    }
  }

  private void checkPartitions(Admin admin, int partitions)
      throws ExecutionException, InterruptedException {
    int there =
        admin
            .describeTopics(List.of(settings.topic()))
            .allTopicNames()
            .get()
            .values()
            .iterator()
            .next()
            .partitions()
            .size();
    if (there < partitions) {
      throw new RecordingException(
          "topic %s has %d partitions, the recording has %d: give --partitions keys, or another --topic"
              .formatted(settings.topic(), there, partitions));
    }
  }

  /** Jobs first: a monitor that waits for the topology then finds them too. */
  private void publishPlaces(Producer<byte[], byte[]> producer, long moveMs) {
    long nowMs = System.currentTimeMillis();
    for (JobPlacement job : recording.side(Side.JOBS)) {
      job.setEffectiveFromMs(job.getEffectiveFromMs() + moveMs);
      Long until = job.getEffectiveUntilMs();
      job.setEffectiveUntilMs(until == null ? null : Long.valueOf(until + moveMs));
      send(producer, record(Topics.JOBS, job.getJob(), job, nowMs));
    }
    for (PodTopology pod : recording.side(Side.TOPOLOGY)) {
      pod.setEffectiveFromMs(pod.getEffectiveFromMs() + moveMs);
      send(producer, record(Topics.PODS, pod.getPod(), pod, nowMs));
    }
    producer.flush();
    check();
  }

  /** Gives the monitors time to read the topology; false if it was stopped. */
  private boolean settle() {
    long end = System.nanoTime() + Duration.ofMillis(LEAD_MS).toNanos();
    for (long left = 1; left > 0; left = end - System.nanoTime()) {
      if (stopped.getAsBoolean()) {
        return false;
      }
      LockSupport.parkNanos(Math.min(left, 50_000_000));
    }
    return true;
  }

  /**
   * Publishes all once.
   *
   * @return event time at which the pass ends, as it is published; of no meaning if it was stopped
   */
  private long pass(
      Producer<byte[], byte[]> producer,
      ReplayMarkers markers,
      Pacer pacer,
      Map<Integer, Long> begins,
      long moveMs,
      int pass,
      Consumer<Progress> progress)
      throws IOException, InterruptedException {
    long positionMs =
        begins.values().stream().mapToLong(Long::longValue).min().orElseThrow() + moveMs;
    long told = System.nanoTime();
    // At full speed the clock is not asked at every report.
    int between = Double.isInfinite(settings.speed()) ? 0xff : 0;
    long heldUpNanos = pacer.heldUpNanos();
    try (DueReports due = DueReports.open(recording, settings, ids, begins, moveMs)) {
      DueReports.Due next = due.next();
      for (; next != null; next = due.next()) {
        if (!pacer.await(next.dueMs())) {
          break;
        }
        if (pacer.heldUpNanos() != heldUpNanos) {
          long pausedMs = TimeUnit.NANOSECONDS.toMillis(pacer.heldUpNanos() - heldUpNanos);
          heldUpNanos = pacer.heldUpNanos();
          long nowMs = System.currentTimeMillis();
          at = progress(positionMs, pass, pacer);
          markers.mark(ReplayEvent.PAUSED, nowMs - pausedMs, at);
          markers.mark(ReplayEvent.RESUMED, nowMs, at);
        }
        positionMs = Math.max(positionMs, next.dueMs());
        var unused = producer.send(next.record(), reportTaken);
        reports++;
        if ((reports & between) == 0 && System.nanoTime() - told > TELL.toNanos()) {
          told = System.nanoTime();
          progress.accept(progress(positionMs, pass, pacer));
        }
      }
      check();
      wholePasses += next == null ? 1 : 0;
      return due.endMs();
    } finally {
      at = progress(positionMs, pass, pacer);
    }
  }

  private Progress progress(long positionMs, int pass, Pacer pacer) {
    return new Progress(
        reports,
        positionMs,
        pass,
        TimeUnit.NANOSECONDS.toMillis(pacer.heldUpNanos()),
        TimeUnit.NANOSECONDS.toMillis(pacer.paceNanos()),
        pacer.eventMs());
  }

  private <V extends SpecificRecord> ProducerRecord<byte[], byte[]> record(
      Topic<String, V> topic, String key, V value, long timeMs) {
    return new ProducerRecord<>(
        topic.name(),
        null,
        timeMs,
        key.getBytes(StandardCharsets.UTF_8),
        topic.valueSerde(ids).serializer().serialize(topic.name(), value));
  }

  private void send(Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    var unused = producer.send(record, taken(record.topic()));
  }

  private Callback taken(String topic) {
    return (metadata, failure) -> {
      if (failure != null && refusal == null) {
        refusal = "topic %s: %s".formatted(topic, failure.getMessage());
      }
    };
  }

  /** A replay with a hole would give other incidents: it ends at the first refusal. */
  private void check() {
    String why = refusal;
    if (why != null) {
      throw new KafkaException("Kafka did not take a record: " + why);
    }
  }
}
