package io.isotherm.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ResultReaderTest {
  private static final TopicPartition DEAD = new TopicPartition(Topics.DEAD.name(), 0);
  private static final TopicPartition PODS = new TopicPartition(Topics.PODS.name(), 0);
  private static final TopicPartition INCIDENTS = new TopicPartition(Topics.INCIDENTS.name(), 0);
  private static final TopicPartition WINDOWS = new TopicPartition(Topics.POD_HEALTH.name(), 0);

  @Test
  void aReaderThatLacksMemoryHasFailed() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    MockConsumer<byte[], byte[]> consumer =
        new MockConsumer<>("none") {
          @Override
          public synchronized Map<String, List<PartitionInfo>> listTopics(Duration timeout) {
            throw new OutOfMemoryError("Java heap space");
          }

          @Override
          public synchronized void close() {
            super.close();
            closed.countDown();
          }
        };
    try (ResultReader reader = reader(consumer)) {
      reader.start();

      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(reader.failure()).hasValue("the result reader failed: Java heap space");
    }
  }

  @Test
  void nothingIsShownBeforeAllThatThereIsWasRead() throws Exception {
    // Given: a topic with one record, which comes late
    CountDownLatch polled = new CountDownLatch(1);
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch read = new CountDownLatch(1);
    MockConsumer<byte[], byte[]> consumer = deadLetters(1);
    consumer.schedulePollTask(() -> {});
    consumer.schedulePollTask(
        () -> {
          polled.countDown();
          await(asked);
          consumer.addRecord(deadLetter(0, "UNKNOWN_POD".getBytes(UTF_8)));
        });
    consumer.schedulePollTask(read::countDown);
    try (ResultReader reader = reader(consumer);
        HttpEndpoint endpoint =
            Exporter.routes(
                    reader,
                    new ClusterMetrics(1000, "1", HostNames.NONE),
                    HostNames.NONE,
                    InstantSource.system())
                .start(0)) {
      // Then
      assertThat(get(endpoint, "/metrics")).isEqualTo("503 the result topics are not read yet\n");

      reader.start();
      await(polled);
      assertThat(get(endpoint, "/metrics"))
          .isEqualTo("503 reading the result topics; records left: 1\n");
      assertThat(get(endpoint, "/ready"))
          .isEqualTo("503 reading the result topics; records left: 1\n");
      assertThat(get(endpoint, "/live")).isEqualTo("200 live\n");

      asked.countDown();
      await(read);
      assertThat(get(endpoint, "/metrics"))
          .startsWith("200 ")
          .contains("isotherm_dead_letters_total{reason=\"unknown_pod\"} 1.0");
    }
  }

  @Test
  void aDeadLetterWhoseReasonHasNoValueIsCountedAndEndsNothing() throws Exception {
    CountDownLatch read = new CountDownLatch(1);
    MockConsumer<byte[], byte[]> consumer = deadLetters(1);
    consumer.schedulePollTask(() -> consumer.addRecord(deadLetter(0, null)));
    consumer.schedulePollTask(read::countDown);
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      await(read);

      assertThat(reader.view().deadLetters()).containsExactly(Map.entry("unspecified", 1L));
      assertThat(reader.failure()).isEmpty();
    }
  }

  @Test
  void theWindowOfAPodThatStandsStillIsFoundBehindThoseOfTheOthers() throws Exception {
    // Given: a window of pod-00, then more of pod-01 than are read at first, of which the last is
    // new
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    consumer.keep(PODS, "pod-01", Topics.PODS, ClusterMetricsTest.topology("pod-01"));
    consumer.keep(WINDOWS, "pod-00", Topics.POD_HEALTH, window("pod-00", 0));
    for (int i = 1; i <= 1_100; i++) {
      consumer.keep(WINDOWS, "pod-01", Topics.POD_HEALTH, window("pod-01", i));
    }
    try (ResultReader reader = reader(consumer)) {
      // When
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      // Then
      assertThat(reader.unread()).isEmpty();
      assertThat(reader.view().health().values())
          .extracting(PodHealth::getPod, PodHealth::getWindowsTotal)
          .containsExactly(tuple("pod-00", 0L), tuple("pod-01", 1_100L));
      assertThat(consumer.windowsSought).containsExactly(101L, 0L);
    }
  }

  @Test
  void aPodWithoutAnyWindowIsLookedForOnceInAllThatIsKept() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    for (int i = 0; i < 5_000; i++) {
      consumer.keep(WINDOWS, "pod-01", Topics.POD_HEALTH, window("pod-01", i));
    }
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(reader.unread()).isEmpty();
      assertThat(reader.view().topology()).containsOnlyKeys("pod-00");
      assertThat(consumer.windowsSought).containsExactly(4_000L, 1_000L, 0L);
    }
  }

  @Test
  void aRemovalEndsTheIncidentOfItsKey() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    for (String id : List.of("a", "b")) {
      Incident opened = ClusterMetricsTest.incident(id, 1, IncidentEvent.OPENED);
      consumer.keep(INCIDENTS, id, Topics.INCIDENTS, opened);
    }
    consumer.keep(INCIDENTS, "a", Topics.INCIDENTS, null);
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(reader.view().open()).extracting(Incident::getId).containsExactly("b");
    }
  }

  @Test
  void aTopicThatIsGoneIsNoticedWhileRecordsOfAnotherCome() throws Exception {
    // Given: all topics, and a window every few milliseconds
    AtomicBoolean deleted = new AtomicBoolean();
    CountDownLatch begunAnew = new CountDownLatch(1);
    MockConsumer<byte[], byte[]> consumer =
        new MockConsumer<>("none") {
          private long windows;

          @Override
          public synchronized ConsumerRecords<byte[], byte[]> poll(Duration timeout) {
            addRecord(
                new ConsumerRecord<>(WINDOWS.topic(), 0, windows++, "pod".getBytes(UTF_8), null));
            updateEndOffsets(Map.of(WINDOWS, windows));
            pass(begunAnew);
            return super.poll(timeout);
          }

          @Override
          public synchronized Map<String, List<PartitionInfo>> listTopics(Duration timeout) {
            Map<String, List<PartitionInfo>> topics = new HashMap<>(super.listTopics(timeout));
            if (deleted.get()) {
              topics.remove(PODS.topic());
            }
            return topics;
          }

          @Override
          public synchronized void unsubscribe() {
            super.unsubscribe();
            begunAnew.countDown();
          }
        };
    holdsAll(consumer);
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));
      assertThat(reader.unread()).isEmpty();

      // When
      deleted.set(true);

      // Then
      assertThat(begunAnew.await(20, TimeUnit.SECONDS)).isTrue();
    }
  }

  /** Kafka names only those topics that a client may see. */
  @Test
  void withoutTheRightToSeeIncidentsThereIsNoAllClear() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    Incident opened = ClusterMetricsTest.incident("a", 1, IncidentEvent.OPENED);
    consumer.keep(INCIDENTS, "a", Topics.INCIDENTS, opened);
    String why =
        "503 cannot see incidents: missing, or no right to read; a monitor that starts makes what"
            + " is missing\n";
    CountDownLatch looked = consumer.hide(2, INCIDENTS.topic());
    try (ResultReader reader = reader(consumer);
        HttpEndpoint endpoint =
            Exporter.routes(
                    reader,
                    new ClusterMetrics(1000, "1", HostNames.NONE),
                    HostNames.NONE,
                    InstantSource.system())
                .start(0)) {
      // Given: no right when it starts
      reader.start();
      await(looked);
      assertThat(get(endpoint, "/metrics")).isEqualTo(why);

      // When: it is given
      consumer.hide(0);
      reader.awaitView(Duration.ofSeconds(10));
      assertThat(reader.view().open()).extracting(Incident::getId).containsExactly("a");

      // When: it is taken away
      await(consumer.hide(3, INCIDENTS.topic()));

      // Then: what was read stays
      assertThat(get(endpoint, "/ready")).isEqualTo(why);
      assertThat(get(endpoint, "/metrics"))
          .contains("isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 1.0");

      // When, then: it goes on
      await(consumer.hide(2));
      assertThat(reader.trouble()).isEmpty();
      assertThat(get(endpoint, "/metrics"))
          .contains("isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 1.0");
    }
  }

  @Test
  void withoutTheDeadLettersAllElseIsShown() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    consumer.hide(0, DEAD.topic());
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(reader.trouble()).isEmpty();
      assertThat(reader.view().topology()).containsOnlyKeys("pod-00");
    }
  }

  @Test
  void thePageIsRehearsedBeforeAnybodyCanAskForIt() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    consumer.keep(WINDOWS, "pod-00", Topics.POD_HEALTH, window("pod-00", 1));
    AtomicReference<ResultReader> reading = new AtomicReference<>();
    List<String> rehearsed = new ArrayList<>();
    Rehearsal rehearsal =
        new Rehearsal(
            view ->
                rehearsed.add(
                    view.health().keySet() + " " + requireNonNull(reading.get()).unread()));
    try (ResultReader reader = reader(consumer, rehearsal)) {
      reading.set(reader);
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(rehearsed)
          .containsExactly("[pod-00] Optional[the result topics are not read yet]");
    }
  }

  private static ResultReader reader(Consumer<byte[], byte[]> consumer) {
    return reader(consumer, new Rehearsal(view -> {}));
  }

  private static ResultReader reader(Consumer<byte[], byte[]> consumer, Rehearsal rehearsal) {
    return new ResultReader(
        consumer,
        "localhost:1",
        SchemaHistory.bundled(),
        InstantSource.system(),
        rehearsal,
        Duration.ofMillis(100),
        Duration.ofMillis(100));
  }

  /** The time between two records. */
  private static void pass(CountDownLatch end) {
    try {
      var unused = end.await(5, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** A topic that somebody made without compaction takes such records. */
  @Test
  void aPodWithoutAKeyIsLeftOutAndEndsNothing() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, null, Topics.PODS, ClusterMetricsTest.topology("stray"));
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(reader.failure()).isEmpty();
      assertThat(reader.view().topology()).containsOnlyKeys("pod-00");
    }
  }

  @Test
  void aPodUnderTheKeyOfAnotherIsLeftOut() throws Exception {
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("stray"));
    consumer.keep(PODS, "pod-01", Topics.PODS, ClusterMetricsTest.topology("stray"));
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(reader.view().topology())
          .containsOnly(Map.entry("pod-00", ClusterMetricsTest.topology("pod-00")));
    }
  }

  @Test
  void aTopologyThatContradictsItselfReplacesNothing() throws Exception {
    PodTopology broken = ClusterMetricsTest.topology("pod-00");
    broken.setChipsPerBoard(0);
    Kept consumer = new Kept();
    consumer.keep(PODS, "pod-00", Topics.PODS, ClusterMetricsTest.topology("pod-00"));
    consumer.keep(PODS, "pod-00", Topics.PODS, broken);
    try (ResultReader reader = reader(consumer)) {
      reader.start();
      reader.awaitView(Duration.ofSeconds(10));

      assertThat(reader.view().topology())
          .containsOnly(Map.entry("pod-00", ClusterMetricsTest.topology("pod-00")));
    }
  }

  @Test
  void aTopicOfMorePartitionsThanAreReadIsNotRead() throws Exception {
    // Given: the second time the topics are looked at, what the first time has shown is known
    CountDownLatch looked = new CountDownLatch(2);
    MockConsumer<byte[], byte[]> consumer =
        new MockConsumer<>("none") {
          @Override
          public synchronized Map<String, List<PartitionInfo>> listTopics(Duration timeout) {
            looked.countDown();
            return super.listTopics(timeout);
          }
        };
    consumer.updatePartitions(
        INCIDENTS.topic(), List.of(info(INCIDENTS), info(new TopicPartition("incidents", 1))));
    try (ResultReader reader = reader(consumer);
        HttpEndpoint endpoint =
            Exporter.routes(
                    reader,
                    new ClusterMetrics(1000, "1", HostNames.NONE),
                    HostNames.NONE,
                    InstantSource.system())
                .start(0)) {
      // When
      reader.start();
      await(looked);

      // Then
      assertThat(get(endpoint, "/metrics"))
          .isEqualTo(
              "503 topic incidents has 2 partitions and must have 1: delete it, and start a"
                  + " monitor, which makes it anew\n");
      assertThat(get(endpoint, "/live")).isEqualTo("200 live\n");
      assertThat(consumer.assignment()).isEmpty();
    }
  }

  private static PodHealth window(String pod, long number) {
    PodHealth window = ClusterMetricsTest.health(pod);
    window.setCabinetHealth(List.of());
    window.setHotSpots(List.of());
    window.setWindowsTotal(number);
    return window;
  }

  /** Topics whose records can be read again from an earlier offset on. */
  private static final class Kept extends MockConsumer<byte[], byte[]> {
    private final Map<TopicPartition, List<ConsumerRecord<byte[], byte[]>>> records =
        new HashMap<>();
    final List<Long> windowsSought = new ArrayList<>();

    /** Topics that the reader has no right to see. */
    private Set<String> hidden = Set.of();

    private CountDownLatch looked = new CountDownLatch(0);

    Kept() {
      super("none");
      holdsAll(this);
    }

    @Override
    public synchronized Map<String, List<PartitionInfo>> listTopics(Duration timeout) {
      Map<String, List<PartitionInfo>> topics = new HashMap<>(super.listTopics(timeout));
      topics.keySet().removeAll(hidden);
      looked.countDown();
      return topics;
    }

    /**
     * Takes the right to see these topics, and gives that to see all others.
     *
     * @return zero when the reader has looked so often, and has acted on each look but the last
     */
    synchronized CountDownLatch hide(int looks, String... topics) {
      hidden = Set.of(topics);
      looked = new CountDownLatch(looks);
      return looked;
    }

    <V extends SpecificRecord> void keep(
        TopicPartition partition, @Nullable String key, Topic<?, V> topic, @Nullable V value) {
      List<ConsumerRecord<byte[], byte[]>> kept =
          records.computeIfAbsent(partition, p -> new ArrayList<>());
      byte @Nullable [] bytes =
          value == null
              ? null
              : topic
                  .valueSerde(SchemaHistory.bundled())
                  .serializer()
                  .serialize(topic.name(), value);
      byte @Nullable [] name = key == null ? null : key.getBytes(UTF_8);
      kept.add(new ConsumerRecord<>(topic.name(), 0, kept.size(), name, bytes));
      holds(this, partition, kept.size());
    }

    @Override
    public synchronized void seek(TopicPartition partition, long offset) {
      super.seek(partition, offset);
      List<ConsumerRecord<byte[], byte[]>> kept = records.getOrDefault(partition, List.of());
      kept.subList((int) offset, kept.size()).forEach(this::addRecord);
      if (partition.equals(WINDOWS)) {
        windowsSought.add(offset);
      }
    }
  }

  /** A cluster with dead letters and nothing else. */
  private static MockConsumer<byte[], byte[]> deadLetters(long end) {
    MockConsumer<byte[], byte[]> consumer = new MockConsumer<>("none");
    holdsAll(consumer);
    holds(consumer, DEAD, end);
    return consumer;
  }

  private static void holdsAll(MockConsumer<byte[], byte[]> consumer) {
    Topics.ALL.forEach(topic -> holds(consumer, new TopicPartition(topic.name(), 0), 0));
  }

  private static void holds(
      MockConsumer<byte[], byte[]> consumer, TopicPartition partition, long end) {
    consumer.updatePartitions(partition.topic(), List.of(info(partition)));
    consumer.updateBeginningOffsets(Map.of(partition, 0L));
    consumer.updateEndOffsets(Map.of(partition, end));
  }

  private static PartitionInfo info(TopicPartition partition) {
    Node node = new Node(0, "localhost", 1);
    Node[] nodes = {node};
    return new PartitionInfo(partition.topic(), partition.partition(), node, nodes, nodes);
  }

  private static ConsumerRecord<byte[], byte[]> deadLetter(long offset, byte @Nullable [] reason) {
    ConsumerRecord<byte[], byte[]> letter =
        new ConsumerRecord<>(DEAD.topic(), 0, offset, new byte[0], new byte[0]);
    letter.headers().add("isotherm.reason", reason);
    return letter;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Status and body of an answer. */
  private static String get(HttpEndpoint endpoint, String path) throws Exception {
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + endpoint.port() + path))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }
}
