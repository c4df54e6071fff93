package io.isotherm.topology;

import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UnusableKafkaException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.streams.CloseOptions;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.TaskId;
import org.apache.kafka.streams.processor.assignment.assignors.StickyTaskAssignor;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The monitor as a running process: Kafka Streams with the monitors in it, and the ticker.
 *
 * <p>{@link #start} waits until the cluster can be reached and the topology has at least one pod.
 */
public final class MonitorApp implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MonitorApp.class);
  private static final Duration REACH_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration CLOSE_TIMEOUT = Duration.ofSeconds(20);
  private static final Duration POLL = Duration.ofMillis(250);

  /** What a monitor reads or writes; it makes the other topics too, if it may. */
  private static final Set<String> USED =
      Stream.of(
              Topics.REPORTS,
              Topics.PODS,
              Topics.JOBS,
              Topics.DEAD,
              Topics.POD_HEALTH,
              Topics.CLUSTER_HEALTH,
              Topics.INCIDENTS)
          .map(Topic::name)
          .collect(Collectors.toSet());

  /**
   * Threads that fail more often than this each within {@link #PATIENCE} do not recover. They are
   * counted together, because what is common to them fails all of them at once. One task that fails
   * more often, in whatever threads, does not either.
   */
  private static final int MOST_RESTARTS = 5;

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /**
   * How long a thread may be missing before it counts as lost. Kafka Streams makes the new one
   * before the old one ends.
   */
  static final Duration REPLACING = Duration.ofSeconds(10);

  /** How Kafka Streams ends the name of the thread that reads the global stores. */
  private static final String TOPOLOGY_THREAD = "-GlobalStreamThread";

  /** Runs of a partition that are fetched before they can be judged: 1 MiB. */
  private static final int BUFFERED_RUNS = (1 << 20) / ReportRun.ENOUGH_BYTES;

  /** Most reports that are taken in one round of Kafka Streams; some ten milliseconds of work. */
  private static final int REPORTS_OF_A_POLL = 10_000;

  /** Longest that a broker waits for {@link #FETCH_BYTES} to come together. */
  private static final int FETCH_WAIT_MS = 100;

  private static final int FETCH_BYTES = 256 << 10;

  /** A thread that failed and was replaced, and in which task, if that is known. */
  private record Restart(long nanos, Optional<TaskId> task) {}

  private final MonitorSettings settings;
  private final SchemaIds ids;
  private final TopologyBook book = new TopologyBook();
  private final KafkaStreams streams;
  private final Deque<Restart> restarts = new ArrayDeque<>();
  private volatile @Nullable Ticker ticker;
  private volatile @Nullable String failure;

  /** Whether Kafka Streams was left while it read the topology. */
  private boolean left;

  /** Since when threads are missing, by {@link System#nanoTime}. */
  private Optional<Long> missingSince = Optional.empty();

  /**
   * @param settings what this process is told
   * @param ids where schema ids come from
   * @throws UnusableKafkaException if the Kafka settings cannot work; the message says why
   */
  public MonitorApp(MonitorSettings settings, SchemaIds ids) {
    this.settings = settings;
    this.ids = ids;
    try {
      this.streams =
          new KafkaStreams(
              new MonitorTopology(ids, book, settings.detectors()).build(),
              config(settings),
              new MonitorClients());
    } catch (KafkaException e) {
      throw new UnusableKafkaException(settings.clientConfig(), REACH_TIMEOUT, e);
    }
    streams.setUncaughtExceptionHandler(this::failed);
    streams.setStateListener(this::changed);
  }

  /** Kafka Streams, for its meters. */
  public KafkaStreams streams() {
    return streams;
  }

  /**
   * Why the monitor ended by itself or does less than it should, in one sentence; null while it
   * runs. To be asked every few seconds: a thread that stays away is found by that.
   */
  public @Nullable String failure() {
    if (failure == null && streams.state().isRunningOrRebalancing()) {
      look(streams.metadataForLocalThreads().size(), System.nanoTime());
    }
    Ticker running = ticker;
    if (failure == null && running != null) {
      failure = running.failure();
    }
    return failure;
  }

  /**
   * Finds that a thread was not replaced. Kafka Streams makes the clients of the new one in the
   * thread that failed; if it cannot, as while the brokers' name is unknown, that thread ends
   * without a successor and Kafka Streams runs on.
   */
  synchronized void look(int threads, long nanos) {
    if (threads >= settings.threads()) {
      missingSince = Optional.empty();
    } else if (missingSince.isEmpty()) {
      missingSince = Optional.of(nanos);
    } else if (failure == null && nanos - missingSince.get() >= REPLACING.toNanos()) {
      failure =
          "%d of %d stream threads are left, and the log says why; start the monitor again"
              .formatted(threads, settings.threads());
    }
  }

  /**
   * Creates missing topics, waits for the topology, and starts.
   *
   * @param stopped asked while waiting; true ends the wait
   * @return false if it was stopped while it waited, or while the topology was read
   * @throws UnusableKafkaException if the brokers cannot be reached or refuse
   * @throws IllegalStateException if a topic has a number of partitions that does not work or that
   *     the stored state is not of, or settings by which the topology would be lost, or the
   *     topology cannot be read; the message says what to do
   */
  public boolean start(BooleanSupplier stopped) throws InterruptedException {
    Map<String, Object> config = new TreeMap<>(settings.clientConfig());
    config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, (int) REACH_TIMEOUT.toMillis());
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) REACH_TIMEOUT.toMillis() / 3);
    try (Admin admin = Admin.create(config)) {
      createTopics(admin);
      boolean told = false;
      while (!hasPods(admin)) {
        if (stopped.getAsBoolean()) {
          return false;
        }
        if (!told) {
          log.info("waiting for topic {}: it has no pod yet", Topics.PODS.name());
          told = true;
        }
        Thread.sleep(POLL.toMillis());
      }
    } catch (ExecutionException | KafkaException e) {
      throw new UnusableKafkaException(settings.clientConfig(), REACH_TIMEOUT, e);
    }
    if (!startStreams(stopped)) {
      left = true;
      return false;
    }
    if (settings.ticks()) {
      Ticker started = new Ticker(settings.clientConfig(), ids, book);
      ticker = started;
      started.start();
    }
    return true;
  }

  /** Starts Kafka Streams, which first reads the topology to its end; false if it was stopped. */
  private boolean startStreams(BooleanSupplier stopped) throws InterruptedException {
    AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
    Thread starter =
        new Thread(
            () -> {
              try {
                streams.start();
              } catch (RuntimeException | Error e) {
                thrown.set(e);
              }
            },
            "isotherm-start");
    starter.setDaemon(true);
    starter.start();
    while (starter.isAlive()) {
      if (stopped.getAsBoolean()) {
        return false;
      }
      starter.join(POLL.toMillis());
    }
    Throwable t = thrown.get();
    if (t instanceof StreamsException e) {
      throw new IllegalStateException(noTopology(e), e);
    }
    if (t instanceof RuntimeException e) {
      throw e;
    }
    if (t instanceof Error e) {
      throw e;
    }
    return true;
  }

  private static Throwable root(Throwable thrown) {
    Throwable root = thrown;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root;
  }

  private void createTopics(Admin admin) throws ExecutionException, InterruptedException {
    Set<String> existing = admin.listTopics().names().get();
    List<NewTopic> missing = new ArrayList<>();
    List<Topic<?, ?>> found = new ArrayList<>();
    for (Topic<?, ?> topic : Topics.ALL) {
      if (existing.contains(topic.name())) {
        found.add(topic);
      } else {
        missing.add(topic.newTopic());
      }
    }
    ExistingTopics there = new ExistingTopics(admin);
    there.checkPartitions(found);
    there.checkSettings(
        found,
        String.valueOf(settings.clientConfig().get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG)));
    NewTopics.create(admin, missing, USED::contains);
    there.checkState(settings.applicationId());
    there.checkReplicas(
        Topics.ALL, settings.applicationId(), admin.describeCluster().nodes().get().size());
  }

  private static boolean hasPods(Admin admin) throws ExecutionException, InterruptedException {
    TopicPartition pods = new TopicPartition(Topics.PODS.name(), 0);
    try {
      return offset(admin, pods, OffsetSpec.latest()) > offset(admin, pods, OffsetSpec.earliest());
    } catch (ExecutionException e) {
      // Created a moment ago, by us or another, and not yet known to every broker.
      if (root(e) instanceof UnknownTopicOrPartitionException) {
        return false;
      }
      // Kafka was there before, and may come back.
      if (root(e) instanceof RetriableException why) {
        log.warn("waiting for topic {}: {}", Topics.PODS.name(), why.getMessage());
        return false;
      }
      throw e;
    }
  }

  private static long offset(Admin admin, TopicPartition partition, OffsetSpec at)
      throws ExecutionException, InterruptedException {
    ListOffsetsResultInfo info =
        admin.listOffsets(Map.of(partition, at)).partitionResult(partition).get();
    return info.offset();
  }

  /**
   * Settings of Kafka Streams. A window's end asks for a commit, so the interval only bounds how
   * much is judged again after a crash. Kafka Streams keeps it whoever asked in between, and a
   * commit writes every page that changed, so it is longer than the usual window. A transaction of
   * a killed process ends by its timeout, and until then holds up the readers of results, so that
   * is short; it must be longer than the interval.
   */
  static Properties config(MonitorSettings settings) {
    Properties p = new Properties();
    p.putAll(settings.clientConfig());
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, settings.applicationId());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, settings.threads());
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 15_000);
    p.put(StreamsConfig.ENSURE_EXPLICIT_INTERNAL_RESOURCE_NAMING_CONFIG, true);
    p.put(StreamsConfig.DEFAULT_TIMESTAMP_EXTRACTOR_CLASS_CONFIG, EventTimeUnused.class);
    // A record is a run of reports; as many as a poll brings are enough to have in store.
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, BUFFERED_RUNS);
    // State is in memory, so a process that comes has none. Kafka Streams' own choice gives such a
    // one two tasks every ten minutes; this one gives it its share at once and moves nothing else.
    p.putIfAbsent(StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG, StickyTaskAssignor.class.getName());
    // A task reads one partition: there is no other one whose records it could wait for.
    p.put(StreamsConfig.MAX_TASK_IDLE_MS_CONFIG, StreamsConfig.MAX_TASK_IDLE_MS_DISABLED);
    p.put(StreamsConfig.DESERIALIZATION_EXCEPTION_HANDLER_CLASS_CONFIG, BrokenRecords.class);
    p.put(StreamsConfig.PRODUCTION_EXCEPTION_HANDLER_CLASS_CONFIG, MissingTopics.class);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 20_000);
    // Before compression. Consumers need nothing: a fetch takes a batch however long it is.
    p.put(
        StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG),
        PagedStore.MOST_PAGE_BYTES);
    // A commit writes megabytes of pages at once: few large batches, and pages compress well.
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 512 << 10);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 64 << 20);
    // Many reports at a time: what a poll and a fetch cost falls on each of them.
    p.put(
        StreamsConfig.mainConsumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG),
        REPORTS_OF_A_POLL);
    p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MIN_BYTES_CONFIG), FETCH_BYTES);
    p.put(StreamsConfig.mainConsumerPrefix(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG), FETCH_WAIT_MS);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG), 15_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG), 3_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    return p;
  }

  /** An error that ended Kafka Streams without {@link #failed} having decided so is one, too. */
  void changed(KafkaStreams.State now, KafkaStreams.State before) {
    log.info("monitor: {} (was {})", now, before);
    if (now == KafkaStreams.State.ERROR && failure == null) {
      failure =
          "Kafka Streams has ended with an error, which the log names; start the monitor again";
    }
  }

  synchronized StreamThreadExceptionResponse failed(Throwable thrown) {
    // The thread that reads the topology; Kafka Streams replaces only those that judge.
    if (Thread.currentThread().getName().endsWith(TOPOLOGY_THREAD)) {
      failure = noTopology(thrown);
      log.error("the topology cannot be read", thrown);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    long now = System.nanoTime();
    Optional<TaskId> task = taskOf(thrown);
    restarts.addLast(new Restart(now, task));
    while (now - restarts.getFirst().nanos() > PATIENCE.toNanos()) {
      restarts.removeFirst();
    }
    long ofTask = restarts.stream().filter(r -> task.isPresent() && r.task().equals(task)).count();
    if (isFatal(thrown)
        || ofTask > MOST_RESTARTS
        || restarts.size() > MOST_RESTARTS * settings.threads()) {
      failure =
          MissingTopics.areWhy(thrown)
              ? MissingTopics.told(thrown)
              : "the monitor cannot go on: " + root(thrown);
      log.error("the monitor cannot go on", thrown);
      return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
    }
    log.warn("a stream thread failed and is replaced", thrown);
    return StreamThreadExceptionResponse.REPLACE_THREAD;
  }

  /** The task in which a thread failed, as far as Kafka Streams says it. */
  private static Optional<TaskId> taskOf(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof StreamsException failed && failed.taskId().isPresent()) {
        return failed.taskId();
      }
    }
    return Optional.empty();
  }

  private static String noTopology(Throwable thrown) {
    Throwable why = thrown;
    while (why instanceof StreamsException && why.getCause() != null) {
      why = why.getCause();
    }
    return "the topology cannot be read: %s; start the monitor again, which reads %s and %s anew"
        .formatted(why.getMessage(), Topics.PODS.name(), Topics.JOBS.name());
  }

  /**
   * Whether trying again cannot help: rights, missing or illegal topics, state of another version,
   * a bug.
   */
  private static boolean isFatal(Throwable thrown) {
    if (MissingTopics.areWhy(thrown)) {
      return true;
    }
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof AuthenticationException
          || t instanceof AuthorizationException
          || t instanceof InvalidReplicationFactorException
          || t instanceof InvalidTopicException
          || t instanceof MissingSourceTopicException
          || t instanceof IllegalArgumentException
          || t instanceof Error) {
        return true;
      }
    }
    return false;
  }

  /** Names of the pods that the topology knows. */
  public Collection<String> pods() {
    return book.page().pods().keySet();
  }

  /**
   * Ends, and leaves the group: another process takes the work over at once, and one that is
   * started in its place does not wait until the session of this one has run out. One that was
   * stopped while it read the topology is left as it is: it ends with the process.
   */
  @Override
  public void close() {
    Ticker running = ticker;
    if (running != null) {
      running.close();
    }
    if (left) {
      // Closing would wait until the topology is read, and it is in no group yet.
      return;
    }
    CloseOptions options =
        CloseOptions.timeout(CLOSE_TIMEOUT)
            .withGroupMembershipOperation(CloseOptions.GroupMembershipOperation.LEAVE_GROUP);
    if (!streams.close(options)) {
      log.warn("the monitor did not close within {} s", CLOSE_TIMEOUT.toSeconds());
    }
  }
}
