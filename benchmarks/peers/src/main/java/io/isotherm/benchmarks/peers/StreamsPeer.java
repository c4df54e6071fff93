package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.JobRun;
import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.kstream.Aggregator;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Initializer;
import org.apache.kafka.streams.kstream.KGroupedStream;
import org.apache.kafka.streams.kstream.KStream;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Named;
import org.apache.kafka.streams.kstream.Produced;
import org.apache.kafka.streams.kstream.Repartitioned;
import org.apache.kafka.streams.kstream.Suppressed;
import org.apache.kafka.streams.kstream.Suppressed.BufferConfig;
import org.apache.kafka.streams.kstream.TimeWindows;
import org.apache.kafka.streams.kstream.Windowed;
import org.apache.kafka.streams.processor.StreamPartitioner;
import org.apache.kafka.streams.state.WindowStore;

/**
 * The answer in the DSL of Kafka Streams: reports become one record for each chip and one for each
 * link. Chips, cabinets and pods each have a windowed aggregate whose final result feeds the next.
 * A port has its newest reading in a store, and what the next one adds to it feeds a windowed
 * aggregate of its pod.
 */
public final class StreamsPeer {
  /** Far more than a whole run takes, on a machine that others use, too. */
  private static final Duration PATIENCE = Duration.ofMinutes(25);

  private final JobRun run;
  private final AnswerTopic answers;
  private final int partitions;

  /** Counts down when a partition's answers are all there. */
  private final CountDownLatch missing;

  /** Pods whose report is the last of its partition. */
  private final Set<String> lastPods = ConcurrentHashMap.newKeySet();

  private StreamsPeer(JobRun run, AnswerTopic answers, int partitions) {
    this.run = run;
    this.answers = answers;
    this.partitions = partitions;
    missing = new CountDownLatch(run.end().size());
  }

  /** Runs the job until it has given all answers. */
  public static void main(String[] args)
      throws InterruptedException, ExecutionException, IOException {
    JobRun run = JobRun.of(args);
    Intake.belongsTo(run);
    StreamsPeer peer = new StreamsPeer(run, AnswerTopic.create(run), partitions(run));
    Properties config = peer.config();
    try (KafkaStreams streams = new KafkaStreams(peer.topology(config), config)) {
      streams.setUncaughtExceptionHandler(
          e -> {
            e.printStackTrace();
            Runtime.getRuntime().halt(1);
            return StreamThreadExceptionResponse.SHUTDOWN_CLIENT;
          });
      streams.start();
      if (!peer.missing.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "answers are missing after %d s".formatted(PATIENCE.toSeconds()));
      }
    }
    peer.answers.finish();
  }

  private static int partitions(JobRun run) throws InterruptedException, ExecutionException {
    try (Admin admin =
        Admin.create(Map.of(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer()))) {
      return admin
          .describeTopics(List.of(run.topic()))
          .allTopicNames()
          .get()
          .values()
          .iterator()
          .next()
          .partitions()
          .size();
    }
  }

  private Properties config() {
    Properties p = new Properties();
    p.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, run.bootstrapServer());
    p.put(StreamsConfig.APPLICATION_ID_CONFIG, "bench-dsl-" + ProcessHandle.current().pid());
    p.put(StreamsConfig.STATE_DIR_CONFIG, run.work().toString());
    p.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
    p.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, setting("threads", 1));
    p.put(StreamsConfig.TOPOLOGY_OPTIMIZATION_CONFIG, StreamsConfig.OPTIMIZE);
    p.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, setting("commit.interval.ms", 10_000));
    // Large enough that only a commit writes it out: a chip's window is then written and passed on
    // once, not once for each sample.
    p.put(
        StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG,
        (long) setting("cache.mebibytes", 768) << 20);
    p.put(StreamsConfig.BUFFERED_RECORDS_PER_PARTITION_CONFIG, 10_000);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.COMPRESSION_TYPE_CONFIG), "lz4");
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BATCH_SIZE_CONFIG), 512 << 10);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.BUFFER_MEMORY_CONFIG), 128 << 20);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.LINGER_MS_CONFIG), 100);
    // The default is no longer than the interval of commits.
    p.put(StreamsConfig.producerPrefix(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG), 60_000);
    p.put(StreamsConfig.producerPrefix(ProducerConfig.MAX_REQUEST_SIZE_CONFIG), 4 << 20);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG), "earliest");
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_POLL_RECORDS_CONFIG), 10_000);
    p.put(StreamsConfig.consumerPrefix(ConsumerConfig.MAX_PARTITION_FETCH_BYTES_CONFIG), 4 << 20);
    return p;
  }

  private static int setting(String name, int value) {
    return Integer.getInteger(name, value);
  }

  /** The job. Every repartitioning keeps a pod on the partition that it came from. */
  private Topology topology(Properties config) {
    StreamsBuilder builder = new StreamsBuilder();
    KStream<Bytes, Report> reports =
        builder.stream(
                run.topic(),
                Consumed.<Bytes, byte[]>with(Serdes.Bytes(), Serdes.ByteArray())
                    .withName("reports"))
            .processValues(Decoder::new, Named.as("decode"));
    KStream<Bytes, Sample> samples =
        reports.process(() -> new Exploder(run, lastPods::add), Named.as("explode"));
    KStream<Windowed<Bytes>, ChipTotals> chips =
        aggregate(
            samples,
            "chips",
            TotalsSerdes.SAMPLE,
            ChipTotals::new,
            (chip, sample, totals) -> {
              totals.add(sample.temperature(), sample.power(), sample.utilization());
              return totals;
            },
            TotalsSerdes.CHIP);
    KStream<Windowed<Bytes>, CabinetTotals> cabinets =
        aggregate(
            chips.map(
                (chip, t) ->
                    KeyValue.pair(
                        PlaceKey.cabinetOf(chip.key()),
                        new ChipMeans(
                            PlaceKey.board(chip.key()),
                            PlaceKey.position(chip.key()),
                            t.temperature(),
                            t.power(),
                            t.utilization())),
                Named.as("cabinet-of-chip")),
            "cabinets",
            TotalsSerdes.MEANS,
            CabinetTotals::new,
            (cabinet, chip, totals) -> {
              totals.cabinet = PlaceKey.cabinet(cabinet);
              totals.add(
                  chip.board(), chip.chip(), chip.temperature(), chip.power(), chip.utilization());
              return totals;
            },
            TotalsSerdes.CABINET);
    KStream<Windowed<Bytes>, PodTotals> pods =
        aggregate(
            cabinets.map(
                (cabinet, totals) -> KeyValue.pair(PlaceKey.podOf(cabinet.key()), totals),
                Named.as("pod-of-cabinet")),
            "pods",
            TotalsSerdes.CABINET,
            PodTotals::new,
            (pod, cabinet, totals) -> {
              totals.add(cabinet);
              return totals;
            },
            TotalsSerdes.POD);
    // Reports have their pod as key, and so have their links, which need no repartitioning.
    KStream<Windowed<Bytes>, LinkTotals> links =
        windows(
            reports
                .processValues(() -> new LinkExploder(run), Named.as("explode-links"))
                .processValues(new PortProcessor.Supplier(), Named.as("ports"))
                .groupByKey(Grouped.with(Serdes.Bytes(), TotalsSerdes.LINKS)),
            "links",
            LinkTotals::new,
            (pod, change, totals) -> {
              totals.add(change);
              return totals;
            },
            TotalsSerdes.LINKS);
    pods.map(
            (pod, totals) ->
                KeyValue.pair(
                    PlaceKey.pod(pod.key()), AnswerTopic.value(pod.window().start(), totals)),
            Named.as("answer"))
        .peek(this::answered, Named.as("answered"))
        .merge(
            links.map(
                (pod, totals) ->
                    KeyValue.pair(
                        new String(pod.key().get(), StandardCharsets.UTF_8),
                        AnswerTopic.value(pod.window().start(), totals)),
                Named.as("answer-links")),
            Named.as("both"))
        .to(answers.name(), Produced.with(Serdes.String(), Serdes.ByteArray()).withName("answers"));
    return builder.build(config);
  }

  /** Windows close in order, so the first behind the answer ends a partition. */
  private void answered(String pod, byte[] value) {
    if (AnswerTopic.windowStartMs(value) == run.untilMs() && lastPods.contains(pod)) {
      missing.countDown();
    }
  }

  private <V, T> KStream<Windowed<Bytes>, T> aggregate(
      KStream<Bytes, V> values,
      String name,
      Serde<V> valueSerde,
      Initializer<T> none,
      Aggregator<Bytes, V, T> add,
      Serde<T> totalsSerde) {
    StreamPartitioner<Bytes, V> byPod = new PodPartitioner<>();
    return windows(
        values
            .repartition(
                Repartitioned.<Bytes, V>as(name)
                    .withKeySerde(Serdes.Bytes())
                    .withValueSerde(valueSerde)
                    .withStreamPartitioner(byPod)
                    .withNumberOfPartitions(partitions))
            .groupByKey(Grouped.with(Serdes.Bytes(), valueSerde)),
        name,
        none,
        add,
        totalsSerde);
  }

  private static <V, T> KStream<Windowed<Bytes>, T> windows(
      KGroupedStream<Bytes, V> values,
      String name,
      Initializer<T> none,
      Aggregator<Bytes, V, T> add,
      Serde<T> totalsSerde) {
    return values
        .windowedBy(
            TimeWindows.ofSizeAndGrace(
                Duration.ofMillis(Windows.SIZE_MS), Duration.ofMillis(Windows.GRACE_MS)))
        .aggregate(
            none,
            add,
            Named.as(name + "-aggregate"),
            Materialized.<Bytes, T, WindowStore<Bytes, byte[]>>as(name + "-windows")
                .withKeySerde(Serdes.Bytes())
                .withValueSerde(totalsSerde)
                .withStoreType(Materialized.StoreType.IN_MEMORY)
                .withRetention(Duration.ofMillis(Windows.SIZE_MS + Windows.GRACE_MS))
                .withCachingEnabled())
        .suppress(Suppressed.untilWindowCloses(BufferConfig.unbounded()).withName(name + "-final"))
        .toStream(Named.as(name + "-closed"));
  }
}
