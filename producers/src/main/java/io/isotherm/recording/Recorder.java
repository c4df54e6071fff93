package io.isotherm.recording;

import io.isotherm.model.Report;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UndecodableException;
import io.isotherm.schemas.UnusableKafkaException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.apache.avro.SchemaNormalization;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.consumer.OffsetOutOfRangeException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.Deserializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Records a cluster: every report as it was, and beside it topology, jobs, truth and incidents.
 *
 * <p>Topology and jobs are taken whole, because a report cannot be judged without them; truth and
 * incidents from the same time on as the reports.
 */
public final class Recorder {
  private static final Logger log = LoggerFactory.getLogger(Recorder.class);

  /**
   * So many records in a row behind the range's end are its end: a single one may come from a board
   * whose clock is wrong.
   */
  private static final int ENOUGH = 1_000;

  /**
   * How long past the range's end, by this machine's clock, the topics' ends are not yet its own:
   * agents send what they have after a while and from clocks of their own, and monitors tell a
   * window's incidents after its end.
   */
  private static final Duration ON_ITS_WAY = Duration.ofSeconds(30);

  private static final Duration POLL = Duration.ofMillis(200);
  private static final Duration REACH = Duration.ofSeconds(15);

  /** How long what goes on without an answer waits for one. */
  private static final Duration ASK = Duration.ofSeconds(2);

  /** How long a recorder that is asked to end still packs what it recorded. */
  private static final Duration PACKING_PATIENCE = Duration.ofSeconds(15);

  /**
   * What to record.
   *
   * @param fromMs least event time by the records' timestamps; null for what comes from now on
   * @param toMs event time at which it ends, exclusive; null for no end
   * @param durationMs wall time after which to end; {@link Long#MAX_VALUE} for no end
   */
  public record Range(@Nullable Long fromMs, @Nullable Long toMs, long durationMs) {}

  /**
   * How often it does what costs time.
   *
   * @param checkpoint time between two checkpoints: what a killed recorder has to read again
   * @param look time between two looks at the topics; each asks for all that Kafka has
   */
  public record Pace(Duration checkpoint, Duration look) {
    /** That of the command. */
    public static final Pace DEFAULT = new Pace(Duration.ofSeconds(5), Duration.ofSeconds(10));
  }

  /**
   * How far it is.
   *
   * @param reports records of this run
   * @param bytes length of the files so far
   * @param behind records in Kafka that are still to be read; null if Kafka does not say
   * @param toPack files that are ended and still to be packed
   */
  public record Progress(long reports, long bytes, @Nullable Long behind, int toPack) {}

  private final Map<String, Object> clientConfig;
  private final SchemaIds ids;
  private final Path directory;
  private final Range range;
  private final boolean packs;
  private final Pace pace;
  private final ReportReader reader;
  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final Map<Integer, Boolean> newest = new HashMap<>();
  private final Report report = new Report();
  private final Map<String, Sink<?>> sinks = new HashMap<>();

  /** Newest records of each partition that lie behind the range's end, in a row. */
  private final Map<TopicPartition, Integer> behindEnd = new HashMap<>();

  /**
   * Partitions by topic of which nothing is recorded, as nothing has come from the range's begin
   * on.
   */
  private final Map<String, Set<Integer>> beforeBegin = new HashMap<>();

  /** Topics beside the reports that Kafka did not have so far. */
  private final Set<String> absent = new TreeSet<>();

  private long reports;

  /** The topic of the reports, as far as one is told from another. */
  private record Source(@Nullable String cluster, String topic, int partitions) {}

  /** What tells a cluster and its topics from others of the same name, as Kafka says it. */
  private record KafkaIds(String cluster, Map<String, String> topics) {}

  /** Where records of a side topic go. */
  private record Sink<V extends SpecificRecord>(Side<V> side, Deserializer<V> deserializer) {
    /**
     * Appends a record; one that monitors do not use either is logged and left out: a recording has
     * no keys by which its reader could tell.
     */
    void take(RecordingWriter to, ConsumerRecord<byte[], byte[]> record) throws IOException {
      V value = null;
      String why = null;
      try {
        value = deserializer.deserialize(record.topic(), record.value());
        why = value == null ? null : Topics.wrongKey(record.key(), value).orElse(null);
      } catch (UndecodableException e) {
        why = e.getMessage();
      }
      if (why != null) {
        value = null;
        log.warn(
            "{}: the record at offset {} of partition {} is not recorded: {}",
            record.topic(),
            record.offset(),
            record.partition(),
            why);
      }
      if (value != null) {
        to.append(side, record.offset(), value);
      } else {
        to.at(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
      }
    }

    static <V extends SpecificRecord> Sink<V> of(Side<V> side, SchemaIds ids) {
      return new Sink<>(side, side.topic().valueSerde(ids).deserializer());
    }
  }

  /**
   * @param clientConfig settings of every Kafka client
   * @param ids where the ids in the framing come from
   * @param directory a new directory, or one with a recording to go on with
   * @param packs whether files of reports are packed when they are ended
   */
  public Recorder(
      Map<String, Object> clientConfig,
      SchemaIds ids,
      Path directory,
      Range range,
      boolean packs,
      Pace pace) {
    this.packs = packs;
    this.pace = pace;
    this.clientConfig = clientConfig;
    this.ids = ids;
    this.directory = directory;
    this.range = range;
    this.reader = new ReportReader(ids);
    for (Side<?> side : Side.ALL) {
      sinks.put(side.topic().name(), Sink.of(side, ids));
    }
  }

  /**
   * Records until it is stopped or the range is over.
   *
   * @param stopped asked several times a second
   * @param progress told at every checkpoint
   * @throws RecordingException if the directory or the topic cannot be used; the message says why
   * @throws KafkaException if Kafka cannot be used
   */
  public void run(BooleanSupplier stopped, Consumer<Progress> progress)
      throws IOException, InterruptedException {
    String topic = Topics.REPORTS.name();
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
    config.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
    config.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
    config.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, 2_000);
    config.remove(ConsumerConfig.GROUP_ID_CONFIG);
    try (KafkaConsumer<byte[], byte[]> consumer = consumer(config)) {
      Map<String, List<PartitionInfo>> topics = topics(consumer);
      List<PartitionInfo> found = topics.get(topic);
      if (found == null) {
        throw new RecordingException(
            "there is no topic %s at %s: nothing reports there"
                .formatted(topic, clientConfig.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG)));
      }
      List<TopicPartition> all = new ArrayList<>();
      found.forEach(p -> all.add(new TopicPartition(topic, p.partition())));
      for (Side<?> side : Side.ALL) {
        String name = side.topic().name();
        if (topics.containsKey(name)) {
          all.add(new TopicPartition(name, 0));
        } else {
          absent.add(name);
        }
      }
      // Only an emulator knows the truth; where there is none nobody misses it.
      List<String> missed =
          absent.stream().filter(name -> !name.equals(Side.TRUTH.topic().name())).toList();
      if (!missed.isEmpty()) {
        log.warn(
            "there is no topic {} at {}: nothing is recorded of it until it is there",
            String.join(", ", missed),
            clientConfig.get(ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG));
      }
      KafkaIds kafka = kafkaIds(all.stream().map(TopicPartition::topic).distinct().toList());
      Source source = new Source(kafka.cluster(), topic, found.size());
      RecordingWriter to = open(source, kafka);
      try {
        to.comesFrom(kafka.topics());
        to.endsAt(range.toMs());
        if (packs) {
          to.packFiles();
        }
        consumer.assign(all);
        seek(consumer, source, all, to);
        // It goes on from here, and is not complete any more.
        to.checkpoint();
        record(consumer, source, to, stopped, progress);
        noteRead(consumer, to);
        close(to, stopped, progress);
      } catch (IOException | InterruptedException | RuntimeException e) {
        to.breakOff(e);
        throw e;
      }
    }
  }

  private static KafkaConsumer<byte[], byte[]> consumer(Map<String, Object> config) {
    try {
      return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    } catch (KafkaException e) {
      throw new UnusableKafkaException(config, REACH, e);
    }
  }

  private Map<String, List<PartitionInfo>> topics(KafkaConsumer<byte[], byte[]> consumer) {
    try {
      return consumer.listTopics(REACH);
    } catch (KafkaException e) {
      throw new UnusableKafkaException(clientConfig, REACH, e);
    }
  }

  private RecordingWriter open(Source source, KafkaIds kafka) throws IOException {
    if (!directory.resolve(Manifest.NAME).toFile().exists()) {
      return RecordingWriter.create(
          directory, source.cluster(), source.topic(), source.partitions());
    }
    return RecordingWriter.resume(directory, m -> checkSame(m, source, kafka));
  }

  private void checkSame(Manifest m, Source source, KafkaIds kafka) {
    checkSame(new Source(m.kafkaCluster(), m.topic(), m.partitions()), source);
    m.topicIds().forEach((topic, id) -> checkId(topic, id, kafka));
    Long ended = m.toMs();
    if (ended != null && !ended.equals(range.toMs())) {
      Instant to = Instant.ofEpochMilli(ended);
      throw new RecordingException(
          "%s was recorded with --to %s and lacks what lies behind it: give the same --to, or record what follows with --from %s into a new directory, and join both with 'isotherm recording merge'"
              .formatted(directory, to, to));
    }
  }

  private void checkSame(Source held, Source source) {
    if (!source.equals(held)) {
      throw new RecordingException(
          "%s holds %s of Kafka cluster %s with %d partitions, this is %s of %s with %d: record into a new directory"
              .formatted(
                  directory,
                  held.topic(),
                  held.cluster(),
                  held.partitions(),
                  source.topic(),
                  source.cluster(),
                  source.partitions()));
    }
  }

  /** In a topic that was made anew an offset leads to another record, or to none. */
  private void checkId(String topic, @Nullable String held, KafkaIds kafka) {
    String id = kafka.topics().get(topic);
    if (held != null && id != null && !id.equals(held)) {
      throw new RecordingException(
          "%s holds %s of Kafka cluster %s, which was deleted there and made anew since: record into a new directory"
              .formatted(directory, topic, kafka.cluster()));
    }
  }

  private KafkaIds kafkaIds(List<String> topics) throws InterruptedException {
    int most = (int) REACH.toMillis();
    Map<String, Object> config = new HashMap<>(clientConfig);
    // It is closed only when what was asked is over.
    config.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, most);
    config.put(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, most);
    try (Admin admin = Admin.create(config)) {
      String cluster = admin.describeCluster().clusterId().get(most, TimeUnit.MILLISECONDS);
      Map<String, String> ids = new HashMap<>();
      for (TopicDescription topic :
          admin.describeTopics(topics).allTopicNames().get(most, TimeUnit.MILLISECONDS).values()) {
        // What brokers before Kafka 2.8 say, which give no ids.
        if (!topic.topicId().equals(Uuid.ZERO_UUID)) {
          ids.put(topic.name(), topic.topicId().toString());
        }
      }
      return new KafkaIds(cluster, ids);
    } catch (ExecutionException | TimeoutException | KafkaException e) {
      throw new UnusableKafkaException(clientConfig, REACH, e);
    }
  }

  /** To where the recording ends, or to the beginning of the range. */
  private void seek(
      KafkaConsumer<byte[], byte[]> consumer,
      Source source,
      List<TopicPartition> all,
      RecordingWriter to) {
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(all, REACH);
    Map<TopicPartition, Long> ends = consumer.endOffsets(all, REACH);
    Map<TopicPartition, Long> asked = new HashMap<>();
    boolean begun = to.isBegun();
    Long from = range.fromMs();
    if (from != null) {
      all.forEach(p -> asked.put(p, from));
    }
    Map<TopicPartition, OffsetAndTimestamp> byTime =
        from == null ? Map.of() : consumer.offsetsForTimes(asked, REACH);
    long firstMs = Long.MIN_VALUE;
    List<String> gone = new ArrayList<>();
    for (TopicPartition p : all) {
      long begin = begins.getOrDefault(p, 0L);
      long end = ends.getOrDefault(p, 0L);
      if (to.nextOffset(p) >= 0) {
        consumer.seek(p, resumed(p, begin, end, to));
      } else if (whole(p.topic()) || begun) {
        // What was not there when the recording began belongs to it from its beginning.
        consumer.seek(p, begin);
      } else if (from == null) {
        consumer.seek(p, end);
      } else {
        OffsetAndTimestamp at = byTime.get(p);
        consumer.seek(p, at == null ? end : at.offset());
        // Where nothing was deleted the offsets begin at 0. Other topics have nothing for days.
        if (p.topic().equals(source.topic()) && begin > 0) {
          if (at != null && at.offset() == begin) {
            firstMs = Math.max(firstMs, at.timestamp());
          } else if (begin == end) {
            gone.add(p.toString());
          }
        }
      }
      to.at(p, consumer.position(p));
      noteBeforeBegin(p, to);
    }
    if (from != null && from < firstMs) {
      log.warn(
          "Kafka does not have all from {} on any more: the recording is whole only from {} on",
          Instant.ofEpochMilli(from),
          Instant.ofEpochMilli(firstMs));
    }
    if (!gone.isEmpty()) {
      log.warn(
          "Kafka has deleted all of {}: what was reported there may be missing",
          String.join(", ", gone));
    }
  }

  /**
   * Where the recording ends in a partition of which it has some.
   *
   * @throws RecordingException if Kafka does not have what follows
   */
  private long resumed(TopicPartition p, long begin, long end, RecordingWriter to) {
    long resume = to.nextOffset(p);
    if (resume < begin) {
      throw new RecordingException(
          "%s cannot be gone on with: it ends at offset %d of %s, and Kafka has deleted all before %d"
              .formatted(directory, resume, p, begin));
    }
    if (resume > end) {
      throw new RecordingException(
          "%s cannot be gone on with: it ends at offset %d of %s, and Kafka has only %d"
              .formatted(directory, resume, p, end));
    }
    return resume;
  }

  private void noteBeforeBegin(TopicPartition p, RecordingWriter to) {
    if (range.fromMs() != null && !whole(p.topic()) && !to.hasRecords(p)) {
      beforeBegin.computeIfAbsent(p.topic(), topic -> new HashSet<>()).add(p.partition());
    }
  }

  private static boolean whole(String topic) {
    return topic.equals(Topics.PODS.name()) || topic.equals(Topics.JOBS.name());
  }

  private void record(
      KafkaConsumer<byte[], byte[]> consumer,
      Source source,
      RecordingWriter to,
      BooleanSupplier stopped,
      Consumer<Progress> progress)
      throws IOException, InterruptedException {
    long begun = System.nanoTime();
    long checkpoint = begun;
    long between = pace.checkpoint().toNanos();
    long looked = begun;
    while (!stopped.getAsBoolean()) {
      for (ConsumerRecord<byte[], byte[]> record : poll(consumer, to)) {
        take(record, to);
      }
      Long until = range.toMs();
      if (until != null) {
        consumer.pause(
            behindEnd.entrySet().stream()
                .filter(p -> p.getValue() >= ENOUGH)
                .map(Map.Entry::getKey)
                .toList());
      }
      long now = System.nanoTime();
      boolean over =
          (until != null && isOver(consumer, until))
              || now - begun >= TimeUnit.MILLISECONDS.toNanos(range.durationMs());
      if (over || now - checkpoint >= between) {
        noteRead(consumer, to);
        to.checkpoint();
        checkpoint = System.nanoTime();
        // A slow disk has at most a fifth of the time.
        between = Math.max(pace.checkpoint().toNanos(), 4 * (checkpoint - now));
        progress.accept(new Progress(reports, to.bytes(), behind(consumer), to.toPack()));
      }
      if (over) {
        return;
      }
      if (now - looked >= pace.look().toNanos()) {
        looked = now;
        look(consumer, source, to);
      }
    }
  }

  /**
   * @throws RecordingException if Kafka does not have what follows in a topic: it was made anew and
   *     has less than before, or what was not read yet is deleted
   */
  private ConsumerRecords<byte[], byte[]> poll(
      KafkaConsumer<byte[], byte[]> consumer, RecordingWriter to) throws InterruptedException {
    try {
      return consumer.poll(POLL);
    } catch (OffsetOutOfRangeException e) {
      Set<TopicPartition> asked = e.partitions();
      KafkaIds kafka = kafkaIds(asked.stream().map(TopicPartition::topic).distinct().toList());
      asked.forEach(p -> checkId(p.topic(), to.topicId(p.topic()), kafka));
      Map<TopicPartition, Long> begins = consumer.beginningOffsets(asked, REACH);
      Map<TopicPartition, Long> ends = consumer.endOffsets(asked, REACH);
      for (TopicPartition p : asked) {
        resumed(p, begins.getOrDefault(p, 0L), ends.getOrDefault(p, 0L), to);
      }
      throw e;
    }
  }

  /**
   * Has the recording end behind what was read, when all of that was taken: behind a transaction's
   * last record is its marker, which no reader sees. What lies behind the range's end may have to
   * be read again.
   */
  private void noteRead(KafkaConsumer<byte[], byte[]> consumer, RecordingWriter to) {
    Set<TopicPartition> read = new HashSet<>(consumer.assignment());
    read.removeAll(behindEnd.keySet());
    try {
      for (TopicPartition p : read) {
        to.at(p, Math.max(to.nextOffset(p), consumer.position(p, ASK)));
      }
    } catch (RetriableException e) {
      log.debug("the recording ends behind the last record that was taken", e);
    }
  }

  /**
   * Looks at what topics there are now.
   *
   * @throws RecordingException if the reports have other partitions than are recorded, a topic was
   *     made anew, or one that has appeared cannot be gone on with
   */
  private void look(KafkaConsumer<byte[], byte[]> consumer, Source source, RecordingWriter to)
      throws InterruptedException {
    try {
      Map<String, List<PartitionInfo>> topics = consumer.listTopics(ASK);
      List<PartitionInfo> found = topics.get(source.topic());
      if (found != null) {
        checkSame(source, new Source(source.cluster(), source.topic(), found.size()));
      }
      Set<String> appeared = new TreeSet<>(absent);
      appeared.retainAll(topics.keySet());
      Set<String> all = new TreeSet<>(appeared);
      consumer.assignment().forEach(p -> all.add(p.topic()));
      all.retainAll(topics.keySet());
      KafkaIds kafka = kafkaIds(List.copyOf(all));
      all.forEach(topic -> checkId(topic, to.topicId(topic), kafka));
      if (!appeared.isEmpty()) {
        takeUp(consumer, appeared, kafka, to);
      }
    } catch (RetriableException | UnusableKafkaException e) {
      log.debug("cannot look for topics, and will again", e);
    }
  }

  /**
   * Goes on with topics that have appeared, too: from their beginning, or from where the recording
   * ends if it has some of them.
   */
  private void takeUp(
      KafkaConsumer<byte[], byte[]> consumer,
      Set<String> topics,
      KafkaIds kafka,
      RecordingWriter to) {
    List<TopicPartition> appeared = topics.stream().map(t -> new TopicPartition(t, 0)).toList();
    Map<TopicPartition, Long> begins = consumer.beginningOffsets(appeared, ASK);
    Map<TopicPartition, Long> ends = consumer.endOffsets(appeared, ASK);
    to.comesFrom(kafka.topics());
    Set<TopicPartition> all = new HashSet<>(consumer.assignment());
    all.addAll(appeared);
    consumer.assign(all);
    for (TopicPartition p : appeared) {
      long begin = begins.getOrDefault(p, 0L);
      long from = to.nextOffset(p) < 0 ? begin : resumed(p, begin, ends.getOrDefault(p, 0L), to);
      consumer.seek(p, from);
      to.at(p, from);
      noteBeforeBegin(p, to);
      log.info("topic {} is there, and recorded from offset {} on", p.topic(), from);
    }
    absent.removeAll(topics);
  }

  /** Ends the recording and packs what is left, for a short time only if it was asked to end. */
  private void close(RecordingWriter to, BooleanSupplier stopped, Consumer<Progress> progress)
      throws IOException, InterruptedException {
    int[] told = {0};
    long[] asked = {0};
    to.close(
        waiting -> {
          if (waiting != told[0]) {
            told[0] = waiting;
            progress.accept(new Progress(reports, to.bytes(), 0L, waiting));
          }
          long now = System.nanoTime();
          if (stopped.getAsBoolean() && asked[0] == 0) {
            asked[0] = now;
          }
          return asked[0] == 0 || now - asked[0] < PACKING_PATIENCE.toNanos();
        });
  }

  /**
   * Whether every partition has come to the range's end, or is read to its own end although that
   * time is past and nothing more is on its way. What is taken whole is over when it is read to its
   * own end, whatever the time.
   */
  private static boolean isOver(KafkaConsumer<byte[], byte[]> consumer, long untilMs) {
    Set<TopicPartition> ended = consumer.paused();
    if (System.currentTimeMillis() - ON_ITS_WAY.toMillis() < untilMs
        && !consumer.assignment().stream().allMatch(p -> ended.contains(p) || whole(p.topic()))) {
      return false;
    }
    Long behind = behind(consumer);
    return behind != null && behind == 0;
  }

  /** Records that are still to be read; null if Kafka does not say, which may pass. */
  private static @Nullable Long behind(KafkaConsumer<byte[], byte[]> consumer) {
    Set<TopicPartition> read = new HashSet<>(consumer.assignment());
    read.removeAll(consumer.paused());
    try {
      Map<TopicPartition, Long> ends = consumer.endOffsets(read, ASK);
      long behind = 0;
      for (TopicPartition p : read) {
        behind += Math.max(0, ends.getOrDefault(p, 0L) - consumer.position(p, ASK));
      }
      return behind;
    } catch (RetriableException e) {
      return null;
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> record, RecordingWriter to) throws IOException {
    if (isBehindEnd(record)) {
      return;
    }
    if (isBeforeBegin(record)) {
      to.at(new TopicPartition(record.topic(), record.partition()), record.offset() + 1);
      return;
    }
    Sink<?> sink = sinks.get(record.topic());
    if (sink != null) {
      sink.take(to, record);
      return;
    }
    byte[] value = record.value();
    try {
      reader.read(value, report);
    } catch (UndecodableException e) {
      to.undecodable(record.partition(), record.offset(), value, String.valueOf(e.getMessage()));
      return;
    }
    byte[] key = record.key();
    if (!isText(key, report.pod)) {
      String is = key == null ? "null" : new String(key, StandardCharsets.UTF_8);
      String why = "its key is %s, must be the report's pod %s".formatted(is, report.pod);
      to.undecodable(record.partition(), record.offset(), value, why);
      return;
    }
    int id = Framing.schemaId(value);
    byte[] framed = newest.computeIfAbsent(id, this::isNewest) ? value : writer.toBytes(report);
    int header = Framing.LENGTH;
    to.append(record.partition(), record.offset(), framed, header, framed.length - header, report);
    reports++;
  }

  /** Whether bytes are a text in UTF-8. Of one in ASCII, as names are, nothing is made anew. */
  private static boolean isText(byte @Nullable [] utf8, String text) {
    if (utf8 == null) {
      return false;
    }
    int same = 0;
    // A byte that is not ASCII is negative, and so no char.
    while (same < utf8.length && same < text.length() && utf8[same] == text.charAt(same)) {
      same++;
    }
    return (same == utf8.length && same == text.length())
        || Arrays.equals(utf8, text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Whether a record lies before the range's begin, and none has come from there on. Late ones that
   * follow such a one belong to it, as they do where that one was in Kafka before.
   */
  private boolean isBeforeBegin(ConsumerRecord<byte[], byte[]> record) {
    Long from = range.fromMs();
    Set<Integer> partitions = beforeBegin.get(record.topic());
    if (from == null || partitions == null || !partitions.contains(record.partition())) {
      return false;
    }
    if (record.timestamp() < from) {
      return true;
    }
    partitions.remove(record.partition());
    return false;
  }

  /**
   * Whether a record lies behind the range's end, and counts it; what is taken whole has no end.
   */
  private boolean isBehindEnd(ConsumerRecord<byte[], byte[]> record) {
    Long until = range.toMs();
    if (until == null || whole(record.topic())) {
      return false;
    }
    TopicPartition partition = new TopicPartition(record.topic(), record.partition());
    if (record.timestamp() < until) {
      behindEnd.remove(partition);
      return false;
    }
    behindEnd.merge(partition, 1, Integer::sum);
    return true;
  }

  private boolean isNewest(int id) {
    return SchemaNormalization.toParsingForm(ids.schema(id))
        .equals(SchemaNormalization.toParsingForm(Topics.REPORTS.valueSchema()));
  }
}
