package io.isotherm.benchmarks;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;
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

  /** Seconds of reports behind the last window, which close it. */
  private static final int SECONDS_BEHIND = 1;

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

  /** Reports of the whole windows: every board reports every second. */
  long reportsInWindows() {
    return reports / (shape.seconds() + SECONDS_BEHIND) * shape.seconds();
  }

  /** Creates the topics on an empty broker and fills them. */
  static Load fill(Shape shape, Path root, String bootstrapServer)
      throws InterruptedException, ExecutionException {
    ClusterPlan plan = shape.plan(root);
    int seconds = shape.seconds();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServer))) {
      createTopics(admin);
      try (LoadWriter writer = new LoadWriter(plan, seconds, bootstrapServer)) {
        writer.write(seconds + SECONDS_BEHIND);
        return new Load(
            shape,
            writer.reports(),
            writer.chipSamples(),
            ends(admin, Topics.REPORTS.name()),
            writer.fromMs(),
            writer.untilMs(),
            writer.samples(),
            writer.windows());
      }
    }
  }

  /** All topics of Isotherm, without an end to what they keep. */
  static void createTopics(Admin admin) throws InterruptedException, ExecutionException {
    NewTopics.create(admin, Topics.ALL.stream().map(Load::forever).toList());
  }

  static NewTopic forever(Topic<?, ?> topic) {
    NewTopic t = topic.newTopic();
    Map<String, String> config = new HashMap<>(t.configs());
    config.put(TopicConfig.RETENTION_MS_CONFIG, "-1");
    config.put(TopicConfig.RETENTION_BYTES_CONFIG, "-1");
    return t.configs(config);
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
