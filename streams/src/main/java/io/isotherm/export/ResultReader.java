package io.isotherm.export;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the result topics on one thread and shows what they say.
 *
 * <p>It joins no group and commits nothing, so any number of exporters say the same, and one that
 * starts anew says what it said before. Incidents, dead letters and topology are read from the
 * beginning, health from near the end.
 */
final class ResultReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResultReader.class);
  private static final Duration POLL = Duration.ofMillis(500);

  /** Windows of pods read at the start; more than a few windows of any cluster. */
  private static final long HEALTH_RECORDS = 1000;

  private static final List<Topic<?, ?>> TOPICS =
      List.of(Topics.PODS, Topics.POD_HEALTH, Topics.CLUSTER_HEALTH, Topics.INCIDENTS, Topics.DEAD);
  private static final Set<String> FROM_NEAR_THE_END =
      Set.of(Topics.POD_HEALTH.name(), Topics.CLUSTER_HEALTH.name());

  private final Consumer<byte[], byte[]> consumer;
  private final InstantSource clock;
  private final Deserializer<PodTopology> pods;
  private final Deserializer<PodHealth> podHealth;
  private final Deserializer<ClusterHealth> clusterHealth;
  private final Deserializer<Incident> incidents;
  private final ResultState state = new ResultState();
  private final Thread thread = new Thread(this::run, "result-reader");
  private final List<TopicPartition> assigned = new ArrayList<>();
  private Map<TopicPartition, Long> ends = Map.of();
  private boolean saidUnreadable;
  private boolean caughtUp;
  private volatile boolean stopping;
  private volatile ClusterView view = state.view();
  private volatile @Nullable String failure;

  /**
   * Prepares a reader.
   *
   * @param consumer reads committed records; belongs to this reader from now on
   */
  ResultReader(Consumer<byte[], byte[]> consumer, SchemaIds ids, InstantSource clock) {
    this.consumer = consumer;
    this.clock = clock;
    pods = deserializer(Topics.PODS, ids);
    podHealth = deserializer(Topics.POD_HEALTH, ids);
    clusterHealth = deserializer(Topics.CLUSTER_HEALTH, ids);
    incidents = deserializer(Topics.INCIDENTS, ids);
    thread.setDaemon(true);
  }

  private static <V extends SpecificRecord> Deserializer<V> deserializer(
      Topic<?, V> topic, SchemaIds ids) {
    return topic.valueSerde(ids).deserializer();
  }

  void start() {
    thread.start();
  }

  ClusterView view() {
    return view;
  }

  /** Why this reader no longer reads; empty while it does. */
  Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  private void run() {
    try {
      while (!stopping) {
        step();
      }
    } catch (WakeupException e) {
      LOG.debug("the result reader was asked to stop");
    } catch (RuntimeException e) {
      failure = "the result reader failed: " + e.getMessage();
      LOG.error("the result reader failed", e);
    } finally {
      consumer.close();
    }
  }

  /** Reads what there is once, and shows it. */
  void step() {
    if (assigned.size() < TOPICS.size()) {
      assign();
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
    for (ConsumerRecord<byte[], byte[]> entry : records) {
      try {
        apply(entry);
      } catch (UndecodableException e) {
        if (!saidUnreadable) {
          saidUnreadable = true;
          LOG.warn(
              "skipped a record of {} at offset {}: {} (said once)",
              entry.topic(),
              entry.offset(),
              e.getMessage());
        }
      }
    }
    caughtUp =
        caughtUp
            || (assigned.size() == TOPICS.size()
                && ends.entrySet().stream()
                    .allMatch(end -> consumer.position(end.getKey()) >= end.getValue()));
    if (!records.isEmpty()) {
      view = state.view();
    }
  }

  /** Topics may come after the exporter; each is taken up when it is there. */
  private void assign() {
    Set<String> existing = consumer.listTopics().keySet();
    List<TopicPartition> fresh =
        TOPICS.stream()
            .filter(topic -> existing.contains(topic.name()))
            .map(topic -> new TopicPartition(topic.name(), 0))
            .filter(partition -> !assigned.contains(partition))
            .toList();
    if (fresh.isEmpty()) {
      return;
    }
    assigned.addAll(fresh);
    consumer.assign(assigned);
    ends = consumer.endOffsets(assigned);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(fresh);
    for (TopicPartition partition : fresh) {
      long begin = begins.getOrDefault(partition, 0L);
      long nearEnd = ends.getOrDefault(partition, 0L) - HEALTH_RECORDS;
      consumer.seek(
          partition,
          FROM_NEAR_THE_END.contains(partition.topic()) ? Math.max(begin, nearEnd) : begin);
    }
  }

  private void apply(ConsumerRecord<byte[], byte[]> entry) {
    String topic = entry.topic();
    state.read(topic, entry.timestamp());
    byte @Nullable [] value = entry.value();
    if (topic.equals(Topics.DEAD.name())) {
      @Nullable Header reason = entry.headers().lastHeader("isotherm.reason");
      state.deadLetter(
          reason == null
              ? "unspecified"
              : new String(reason.value(), StandardCharsets.UTF_8)
                  .toLowerCase(java.util.Locale.ROOT));
    } else if (topic.equals(Topics.PODS.name())) {
      state.topology(
          new String(entry.key(), StandardCharsets.UTF_8),
          value == null ? null : pods.deserialize(topic, value));
    } else if (value != null && topic.equals(Topics.POD_HEALTH.name())) {
      long now = clock.millis();
      // What is read on catching up came earlier than now.
      state.health(
          podHealth.deserialize(topic, value), caughtUp ? now : Math.min(now, entry.timestamp()));
    } else if (value != null && topic.equals(Topics.CLUSTER_HEALTH.name())) {
      state.cluster(clusterHealth.deserialize(topic, value));
    } else if (value != null && topic.equals(Topics.INCIDENTS.name())) {
      state.incident(incidents.deserialize(topic, value));
    }
  }

  @Override
  public void close() {
    stopping = true;
    consumer.wakeup();
    try {
      thread.join(5000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
