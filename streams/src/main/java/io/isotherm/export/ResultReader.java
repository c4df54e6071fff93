package io.isotherm.export;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.ReplayMarker;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.Topologies;
import io.isotherm.schemas.UndecodableException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.InvalidOffsetException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TimeoutException;
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
 * beginning, health from near the end, and from further back while a pod has no window; nothing is
 * shown before all that is there was read, so that counters do not climb from zero after a restart.
 *
 * <p>When Kafka or the schema registry does not answer it shows what it read last, says why, and
 * tries again until it works. So it does while a topic is not seen without which there would be an
 * all-clear. When the topics are no longer those it read, it begins anew.
 */
final class ResultReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ResultReader.class);
  private static final String FAILED = "the result reader failed";
  private static final Duration POLL = Duration.ofMillis(500);

  /**
   * A poll that finds nothing does not tell a quiet topic from a lost broker, and one that finds
   * something says nothing of the other topics, so ask this often.
   */
  private static final Duration PROBE = Duration.ofSeconds(5);

  /** Time between two tries while something keeps it from reading. */
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Windows read at first; more than a few windows of any cluster. */
  private static final long HEALTH_RECORDS = 1000;

  /** How many times as far each look further back goes. */
  private static final long FURTHER = 4;

  /** Windows of pods looked through at most, for pods that may have none at all. */
  private static final long MOST_HEALTH_RECORDS = 1_024_000;

  private static final TopicPartition WINDOWS = new TopicPartition(Topics.POD_HEALTH.name(), 0);

  private static final List<Topic<?, ?>> TOPICS =
      List.of(
          Topics.PODS,
          Topics.POD_HEALTH,
          Topics.CLUSTER_HEALTH,
          Topics.INCIDENTS,
          Topics.DEAD,
          Topics.REPLAYS);

  /** Without one of these what is open would look as if it were over. */
  private static final List<Topic<?, ?>> NEEDED =
      List.of(Topics.PODS, Topics.POD_HEALTH, Topics.CLUSTER_HEALTH, Topics.INCIDENTS);

  private static final String NO_TOPIC =
      "no result topic is there yet, or none that may be read: a monitor makes them when it starts";
  private static final Set<String> FROM_NEAR_THE_END =
      Set.of(Topics.POD_HEALTH.name(), Topics.CLUSTER_HEALTH.name());

  private final Consumer<byte[], byte[]> consumer;
  private final String brokers;
  private final InstantSource clock;
  private final Rehearsal rehearsal;
  private final Duration probe;
  private final Duration pause;
  private final Deserializer<PodTopology> pods;
  private final Deserializer<PodHealth> podHealth;
  private final Deserializer<ClusterHealth> clusterHealth;
  private final Deserializer<Incident> incidents;
  private final Deserializer<ReplayMarker> replays;
  private ResultState state = new ResultState();
  private final Thread thread = new Thread(this::run, "result-reader");
  private final List<TopicPartition> assigned = new ArrayList<>();
  private Map<TopicPartition, Long> ends = Map.of();

  /** Topics that are not there, or that this reader may not see, and that it does without. */
  private List<String> unseen = List.of();

  private boolean saidUnreadable;
  private boolean saidClusters;
  private Set<String> saidPassedOver = Set.of();
  private boolean caughtUp;

  /** Windows of pods before the end at which reading began. */
  private long windowsBack = HEALTH_RECORDS;

  /** Pods of which older windows are looked for, and the offset at which those of all count. */
  private Set<String> missing = Set.of();

  private long missingUntil;
  private long askedNanos = System.nanoTime();
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final CountDownLatch shown = new CountDownLatch(1);
  private volatile ClusterView view = state.view(0);
  private volatile @Nullable String unread = "the result topics are not read yet";
  private volatile @Nullable String trouble;
  private volatile @Nullable String failure;

  /**
   * Prepares a reader.
   *
   * @param consumer reads committed records, and resets no offset by itself; belongs to this reader
   *     from now on
   * @param brokers the brokers that it connects to, to be named when they do not answer
   * @param rehearsal is given each view before others see it, on the reader's thread
   */
  ResultReader(
      Consumer<byte[], byte[]> consumer,
      String brokers,
      SchemaIds ids,
      InstantSource clock,
      Rehearsal rehearsal) {
    this(consumer, brokers, ids, clock, rehearsal, PROBE, PAUSE);
  }

  /**
   * Likewise, with another pace.
   *
   * @param probe time between two looks at what topics there are
   * @param pause time between two tries while something keeps it from reading
   */
  ResultReader(
      Consumer<byte[], byte[]> consumer,
      String brokers,
      SchemaIds ids,
      InstantSource clock,
      Rehearsal rehearsal,
      Duration probe,
      Duration pause) {
    this.consumer = consumer;
    this.probe = probe;
    this.pause = pause;
    this.brokers = brokers;
    this.clock = clock;
    this.rehearsal = rehearsal;
    pods = deserializer(Topics.PODS, ids);
    podHealth = deserializer(Topics.POD_HEALTH, ids);
    clusterHealth = deserializer(Topics.CLUSTER_HEALTH, ids);
    incidents = deserializer(Topics.INCIDENTS, ids);
    replays = deserializer(Topics.REPLAYS, ids);
    thread.setDaemon(true);
  }

  private static <V extends SpecificRecord> Deserializer<V> deserializer(
      Topic<?, V> topic, SchemaIds ids) {
    return topic.valueSerde(ids).deserializer();
  }

  void start() {
    thread.start();
  }

  /** What was read last; nothing while {@link #unread} says so. */
  ClusterView view() {
    return view;
  }

  /**
   * What this reader waits for before it shows anything, in one line; empty from the first view on.
   */
  Optional<String> unread() {
    return Optional.ofNullable(unread);
  }

  /** Waits until there is a first view, or the time is over. */
  void awaitView(Duration atMost) throws InterruptedException {
    var unused = shown.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /**
   * Why this reader gave up for good, by a mistake in it or for want of memory; empty while it has
   * not.
   */
  Optional<String> failure() {
    return Optional.ofNullable(failure);
  }

  /** What keeps this reader from reading at the moment; empty while nothing does. */
  Optional<String> trouble() {
    return Optional.ofNullable(trouble);
  }

  private void run() {
    try {
      while (stopping.getCount() > 0) {
        tryStep();
      }
    } catch (WakeupException e) {
      LOG.debug("the result reader was asked to stop");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException | Error e) {
      // First what needs no memory: it may be what is missing.
      failure = FAILED;
      failure = FAILED + ": " + e.getMessage();
      LOG.error(FAILED, e);
    } finally {
      consumer.close();
    }
  }

  private void tryStep() throws InterruptedException {
    try {
      step();
      if (trouble != null) {
        trouble = null;
        LOG.info("the results can be read again");
      }
    } catch (WakeupException e) {
      throw e;
    } catch (InvalidOffsetException e) {
      beginAnew();
    } catch (TimeoutException e) {
      pause("cannot reach Kafka at " + brokers);
    } catch (UnreadableNow e) {
      pause(String.valueOf(e.getMessage()));
    } catch (KafkaException e) {
      pause("cannot use Kafka at %s: %s".formatted(brokers, e.getMessage()));
    }
  }

  /** Said once when it begins, not at each attempt. */
  private void pause(String why) throws InterruptedException {
    if (trouble == null) {
      LOG.warn("{}; the results stay as they are, trying again until it works", why);
    }
    trouble = why;
    if (stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
      LOG.debug("stopped while waiting");
    }
  }

  /** A record or a topic cannot be read now, for no fault of the record. */
  private static final class UnreadableNow extends RuntimeException {
    UnreadableNow(KafkaException cause) {
      super(cause.getMessage(), cause);
    }

    UnreadableNow(String why) {
      super(why);
    }
  }

  /** Reads what there is once, and shows it. */
  private void step() throws InterruptedException {
    if (assigned.size() < TOPICS.size()
        || System.nanoTime() - askedNanos >= probe.toNanos()
        || trouble != null) {
      assign();
    }
    if (assigned.isEmpty()) {
      // Nothing is there yet to poll.
      waitFor(NO_TOPIC);
      var unused = stopping.await(pause.toMillis(), TimeUnit.MILLISECONDS);
      return;
    }
    ConsumerRecords<byte[], byte[]> records = consumer.poll(POLL);
    read(records);
    boolean first = !caughtUp;
    long now = clock.millis();
    boolean atEnds =
        !assigned.isEmpty()
            && ends.entrySet().stream()
                .allMatch(end -> consumer.position(end.getKey()) >= end.getValue());
    caughtUp = atEnds && (caughtUp || !lookFurtherBack(now));
    if (caughtUp && (first || !records.isEmpty() || state.isDue(now))) {
      ClusterView next = state.view(now);
      rehearsal.see(next);
      view = next;
      sayIfSeveral(state.clusters().keySet());
      sayIfPassedOver(state.judgedByOthers());
      unread = null;
      shown.countDown();
    } else if (unread != null) {
      waitFor("reading the result topics; records left: %d".formatted(recordsLeft()));
    }
  }

  /** Said once when it begins. */
  private void sayIfSeveral(Set<String> clusters) {
    boolean several = clusters.size() > 1;
    if (several && !saidClusters) {
      LOG.warn(
          "the pods of {} are of clusters {}, must be of one: what is shown of the cluster is that"
              + " of the one with the most chips; publish the pods anew with the right name",
          Topics.PODS.name(),
          String.join(", ", clusters));
    }
    saidClusters = several;
  }

  /** Said once for each pod when it begins. */
  private void sayIfPassedOver(Map<String, String> pods) {
    pods.forEach(
        (pod, why) -> {
          if (!saidPassedOver.contains(pod)) {
            LOG.warn(
                "{}: a monitor does not use what was published of {}: {}; it is shown as it is"
                    + " judged; publish it with a later effectiveFromMs",
                Topics.PODS.name(),
                pod,
                why);
          }
        });
    saidPassedOver = Set.copyOf(pods.keySet());
  }

  private void waitFor(String what) {
    if (unread != null) {
      unread = what;
    }
  }

  /**
   * Offsets up to the ends that are known; a few of them are no records but ends of transactions.
   */
  private long recordsLeft() {
    return ends.entrySet().stream()
        .mapToLong(end -> Math.max(0, end.getValue() - consumer.position(end.getKey())))
        .sum();
  }

  private void read(ConsumerRecords<byte[], byte[]> records) {
    Map<TopicPartition, Long> next = new HashMap<>();
    records.partitions().forEach(p -> next.put(p, records.records(p).get(0).offset()));
    for (ConsumerRecord<byte[], byte[]> entry : records) {
      try {
        apply(entry);
      } catch (UndecodableException e) {
        skip(entry, String.valueOf(e.getMessage()));
      } catch (KafkaException e) {
        // The registry does not answer: what was not applied is read once more.
        next.forEach(consumer::seek);
        throw new UnreadableNow(e);
      }
      next.put(new TopicPartition(entry.topic(), entry.partition()), entry.offset() + 1);
    }
  }

  private void skip(ConsumerRecord<byte[], byte[]> entry, String why) {
    if (!saidUnreadable) {
      saidUnreadable = true;
      LOG.warn(
          "skipped a record of {} at offset {}: {} (said once)",
          entry.topic(),
          entry.offset(),
          why);
    }
  }

  /**
   * Goes back to older windows when pods have none among those that were read: the windows of a pod
   * whose reports wait to be judged lie behind those of the others. Whether there are such to read.
   */
  private boolean lookFurtherBack(long nowMs) {
    missing = state.withoutWindow(nowMs);
    if (missing.isEmpty() || !assigned.contains(WINDOWS) || windowsBack >= MOST_HEALTH_RECORDS) {
      return false;
    }
    long begin = consumer.beginningOffsets(List.of(WINDOWS), PROBE).getOrDefault(WINDOWS, 0L);
    long end = ends.getOrDefault(WINDOWS, 0L);
    if (end - windowsBack <= begin) {
      return false;
    }
    missingUntil = consumer.position(WINDOWS);
    windowsBack *= FURTHER;
    consumer.seek(WINDOWS, Math.max(begin, end - windowsBack));
    return true;
  }

  /** Whether a pod has a newer window than this one already, which was read before. */
  private boolean isOutdated(ConsumerRecord<byte[], byte[]> window) {
    byte @Nullable [] pod = window.key();
    return window.offset() < missingUntil
        && (pod == null || !missing.contains(new String(pod, StandardCharsets.UTF_8)));
  }

  /** Forgets everything; what is shown stays until all that is there now was read. */
  private void beginAnew() {
    LOG.warn("the result topics are not those that were read before: reading them anew");
    consumer.unsubscribe();
    assigned.clear();
    ends = Map.of();
    caughtUp = false;
    windowsBack = HEALTH_RECORDS;
    missingUntil = 0;
    state = new ResultState();
  }

  /** Topics may come after the exporter; each is taken up when it is there. */
  private void assign() {
    Map<String, List<PartitionInfo>> existing = consumer.listTopics(PROBE);
    askedNanos = System.nanoTime();
    for (Topic<?, ?> topic : TOPICS) {
      int partitions = existing.getOrDefault(topic.name(), List.of()).size();
      Topics.unfit(topic, partitions)
          .ifPresent(
              why -> {
                throw new UnreadableNow(why);
              });
    }
    Map<TopicPartition, Long> now = consumer.endOffsets(assigned, PROBE);
    for (TopicPartition partition : assigned) {
      if (!existing.containsKey(partition.topic())
          || consumer.position(partition) > now.getOrDefault(partition, 0L)) {
        beginAnew();
        return;
      }
    }
    if (TOPICS.stream().anyMatch(topic -> existing.containsKey(topic.name()))) {
      checkSeen(existing.keySet());
    } else if (unread == null) {
      throw new UnreadableNow(NO_TOPIC);
    }
    List<TopicPartition> fresh =
        TOPICS.stream()
            .filter(topic -> existing.containsKey(topic.name()))
            .map(topic -> new TopicPartition(topic.name(), 0))
            .filter(partition -> !assigned.contains(partition))
            .toList();
    if (fresh.isEmpty()) {
      return;
    }
    List<TopicPartition> all = new ArrayList<>(assigned);
    all.addAll(fresh);
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(fresh, PROBE);
    ends = consumer.endOffsets(all, PROBE);
    assigned.addAll(fresh);
    consumer.assign(assigned);
    for (TopicPartition partition : fresh) {
      long begin = begins.getOrDefault(partition, 0L);
      long nearEnd = ends.getOrDefault(partition, 0L) - HEALTH_RECORDS;
      consumer.seek(
          partition,
          FROM_NEAR_THE_END.contains(partition.topic()) ? Math.max(begin, nearEnd) : begin);
    }
  }

  /**
   * Kafka leaves out topics that the exporter has no right to see, as if they were not there.
   *
   * @throws UnreadableNow if one is not seen without which there would be an all-clear
   */
  private void checkSeen(Set<String> existing) {
    List<String> now =
        TOPICS.stream().map(Topic::name).filter(name -> !existing.contains(name)).toList();
    String why =
        "cannot see %s: missing, or no right to read; a monitor that starts makes what is missing"
            .formatted(String.join(", ", now));
    if (NEEDED.stream().anyMatch(topic -> now.contains(topic.name()))) {
      throw new UnreadableNow(why);
    }
    if (!now.isEmpty() && !now.equals(unseen)) {
      LOG.warn("{}; all else is shown", why);
    }
    unseen = now;
  }

  private void apply(ConsumerRecord<byte[], byte[]> entry) {
    String topic = entry.topic();
    state.read(topic, entry.timestamp());
    byte @Nullable [] value = entry.value();
    if (topic.equals(Topics.DEAD.name())) {
      @Nullable Header reason = entry.headers().lastHeader(Topics.REASON_HEADER);
      state.deadLetter(
          reason == null || reason.value() == null
              ? "unspecified"
              : new String(reason.value(), StandardCharsets.UTF_8)
                  .toLowerCase(java.util.Locale.ROOT));
    } else if (topic.equals(Topics.PODS.name())) {
      byte @Nullable [] key = entry.key();
      if (key == null) {
        skip(entry, "it has no key");
        return;
      }
      String pod = new String(key, StandardCharsets.UTF_8);
      PodTopology topology = value == null ? null : pods.deserialize(topic, value);
      Optional<String> wrong = topology == null ? Optional.empty() : unusable(key, topology);
      if (wrong.isPresent()) {
        skip(entry, wrong.get());
        return;
      }
      state.topology(pod, topology);
    } else if (value != null && topic.equals(Topics.POD_HEALTH.name()) && !isOutdated(entry)) {
      long now = clock.millis();
      // What is read on catching up came earlier than now.
      state.health(
          podHealth.deserialize(topic, value), caughtUp ? now : Math.min(now, entry.timestamp()));
    } else if (value != null && topic.equals(Topics.CLUSTER_HEALTH.name())) {
      state.cluster(clusterHealth.deserialize(topic, value));
    } else if (value != null && topic.equals(Topics.INCIDENTS.name())) {
      state.incident(incidents.deserialize(topic, value));
    } else if (topic.equals(Topics.INCIDENTS.name()) && entry.key() != null) {
      state.remove(new String(entry.key(), StandardCharsets.UTF_8));
    } else if (value != null && topic.equals(Topics.REPLAYS.name())) {
      state.replay(replays.deserialize(topic, value));
    }
  }

  /** Why a pod is not taken, by the same rules as a monitor's; empty if it is. */
  private static Optional<String> unusable(byte[] key, PodTopology topology) {
    try {
      var unused = Topologies.layout(topology);
    } catch (IllegalArgumentException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
    return Topics.wrongKey(key, topology);
  }

  @Override
  public void close() {
    stopping.countDown();
    consumer.wakeup();
    try {
      thread.join(5000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
