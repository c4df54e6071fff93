package io.isotherm.benchmarks;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.producers.ReportProducerConfig;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * A topic of reports, filled at full speed: a healthy cluster, every chip every second, every link
 * every ten seconds, in whole windows and as many reports behind them as it takes to close the
 * last.
 *
 * @param shape what was asked for
 * @param reports records in the topic
 * @param chipSamples chips in them
 * @param end for every partition with records the offset behind the last
 * @param fromMs event time of the first window's begin
 * @param untilMs event time of the last whole window's end
 * @param samples answer of a job that only reads
 * @param windows answer of a job that judges windows
 */
public record Load(
    Shape shape,
    long reports,
    long chipSamples,
    SortedMap<Integer, Long> end,
    long fromMs,
    long untilMs,
    String samples,
    String windows) {

  /** Length of a window in milliseconds. */
  public static final int WINDOW_MS = DetectorSettings.DEFAULT.windowMs();

  private static final int STEP_MS = 1_000;

  /**
   * What is to be in the topic.
   *
   * @param chipsPerReport 1, 8 or 64; there is a topology file for each
   * @param seconds event time in whole windows
   * @param cabinets cabinets of each pod, or null for as many as the file says
   */
  public record Shape(int chipsPerReport, int seconds, @Nullable Integer cabinets) {
    /** All cabinets. */
    public Shape(int chipsPerReport, int seconds) {
      this(chipsPerReport, seconds, null);
    }

    /**
     * The cluster.
     *
     * @param root the checkout
     */
    public ClusterPlan plan(Path root) {
      return Catalog.bundled()
          .planFromFile(
              root.resolve("benchmarks/topologies/chips-%d.yaml".formatted(chipsPerReport)),
              new Overrides(null, null, cabinets));
    }
  }

  /** Creates the topics on an empty broker and fills them. */
  static Load fill(Shape shape, Path root, String bootstrapServer)
      throws InterruptedException, ExecutionException {
    SchemaIds ids = SchemaHistory.bundled();
    ClusterPlan plan = shape.plan(root);
    int seconds = shape.seconds();
    long from =
        Math.floorDiv(System.currentTimeMillis() - (seconds + 60) * 1_000L, WINDOW_MS)
            * (long) WINDOW_MS;
    long until = from + seconds * 1_000L;
    Fleet fleet = new Fleet(plan, Scenario.quiet(1), from);
    Answer answer = new Answer();
    ObviousWindows windows = new ObviousWindows(plan.pods(), WINDOW_MS, until);
    long reports = 0;
    long chipSamples = 0;
    long temperatureSum = 0;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServer));
        Producer<byte[], byte[]> producer = producer(bootstrapServer)) {
      createTopics(admin);
      AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
      for (PodLayout pod : plan.pods()) {
        publish(
            producer, ids, Topics.PODS, pod.pod(), TopologyRecords.toAvro(plan, pod, from), from);
      }
      for (Placement p : fleet.placements()) {
        publish(producer, ids, Topics.JOBS, p.job(), Placements.publish(p), from);
      }
      ReportWriter writer = new ReportWriter(ids);
      Report report = new Report();
      Map<String, byte[]> keys = new HashMap<>();
      int[] order = fleet.samplingOrder();
      for (long time = from; time < until + STEP_MS; time += STEP_MS) {
        fleet.step(time);
        for (int board : order) {
          if (!fleet.fill(board, report)) {
            continue;
          }
          windows.accept(report);
          reports++;
          chipSamples += report.chipCount;
          for (int i = 0; i < report.chipCount; i++) {
            temperatureSum += report.temperature[i];
          }
          byte[] key =
              keys.computeIfAbsent(
                  report.pod, pod -> Topics.REPORTS.keySerde().serializer().serialize("", pod));
          var unused =
              producer.send(
                  new ProducerRecord<>(
                      Topics.REPORTS.name(), null, report.timeMs, key, writer.toBytes(report)),
                  (metadata, e) -> {
                    if (e != null) {
                      failure.set(e);
                    }
                  });
        }
        windows.close(time, answer);
      }
      producer.flush();
      windows.close(until, answer);
      Exception e = failure.get();
      if (e != null) {
        throw new KafkaException("the broker did not take the reports", e);
      }
      return new Load(
          shape,
          reports,
          chipSamples,
          ends(admin, Topics.REPORTS.name()),
          from,
          until,
          Answer.samples(reports, chipSamples, temperatureSum),
          answer.digest());
    }
  }

  /** As the emulator's producer, but patient: it sends as fast as it goes. */
  private static Producer<byte[], byte[]> producer(String bootstrapServer) {
    return new KafkaProducer<>(
        ReportProducerConfig.with(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                bootstrapServer,
                ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG,
                120_000)),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** All topics of Isotherm, without an end to what they keep. */
  private static void createTopics(Admin admin) throws InterruptedException, ExecutionException {
    admin.createTopics(Topics.ALL.stream().map(Load::forever).toList()).all().get();
    // A broker that does not lead a new partition yet turns a batch away, and a producer with
    // others under way then finds its sequence broken for good. Asking for offsets waits for it.
    Map<TopicPartition, OffsetSpec> asked = new HashMap<>();
    for (Topic<?, ?> topic : Topics.ALL) {
      for (int p = 0; p < topic.newTopic().numPartitions(); p++) {
        asked.put(new TopicPartition(topic.name(), p), OffsetSpec.latest());
      }
    }
    admin.listOffsets(asked).all().get();
  }

  static NewTopic forever(Topic<?, ?> topic) {
    NewTopic t = topic.newTopic();
    Map<String, String> config = new HashMap<>(t.configs());
    config.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
    config.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    return t.configs(config);
  }

  private static <V extends SpecificRecord> void publish(
      Producer<byte[], byte[]> producer,
      SchemaIds ids,
      Topic<String, V> topic,
      String key,
      V value,
      long timeMs) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                topic.name(),
                null,
                timeMs,
                topic.keySerde().serializer().serialize(topic.name(), key),
                topic.valueSerde(ids).serializer().serialize(topic.name(), value)));
  }

  /** The offset behind the last record of every partition that has records. */
  static SortedMap<Integer, Long> ends(Admin admin, String topic)
      throws InterruptedException, ExecutionException {
    Map<TopicPartition, OffsetSpec> ask = new HashMap<>();
    for (var described : admin.describeTopics(List.of(topic)).allTopicNames().get().values()) {
      for (var p : described.partitions()) {
        ask.put(new TopicPartition(topic, p.partition()), OffsetSpec.latest());
      }
    }
    SortedMap<Integer, Long> ends = new TreeMap<>();
    admin
        .listOffsets(ask)
        .all()
        .get()
        .forEach(
            (partition, info) -> {
              if (info.offset() > 0) {
                ends.put(partition.partition(), info.offset());
              }
            });
    return ends;
  }
}
