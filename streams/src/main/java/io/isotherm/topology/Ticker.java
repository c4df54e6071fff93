package io.isotherm.topology;

import io.isotherm.model.Report;
import io.isotherm.schemas.Refusals;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes the wall clock into the reports as data: a tick for each pod of the topology every few
 * seconds, so that a pod whose agents are all silent moves on in time. A pod that is only announced
 * and not judged yet gets none: nobody waits for it.
 *
 * <p>Each monitor process has one; ticks of several do no harm, because a tick counts only while
 * its pod is silent.
 */
final class Ticker implements AutoCloseable {
  /** Wall-clock time between two ticks of a pod. */
  static final Duration INTERVAL = Duration.ofSeconds(5);

  /** Longest that Kafka is asked again to take a tick; by then the next one says more. */
  private static final Duration DELIVERY_TIMEOUT = INTERVAL;

  private static final Duration REQUEST_TIMEOUT = Duration.ofSeconds(4);

  /** Longest that a tick waits to learn where its partition is, which holds up all others. */
  private static final Duration MAX_BLOCK = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Ticker.class);

  private final TopologyBook book;
  private final ReportWriter writer;
  private final Producer<byte[], byte[]> producer;
  private final Report tick = new Report();
  private final Refusals refusals =
      new Refusals(
          log,
          "ticks",
          "if it takes no results either, they come when it does",
          DELIVERY_TIMEOUT.plus(MAX_BLOCK));
  private final Set<String> misplaced = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "ticker");
            thread.setDaemon(true);
            return thread;
          });

  private volatile @Nullable String failure;

  Ticker(Map<String, Object> clientConfig, SchemaIds ids, TopologyBook book) {
    this.book = book;
    this.writer = new ReportWriter(ids);
    this.producer =
        new KafkaProducer<>(
            config(clientConfig), new ByteArraySerializer(), new ByteArraySerializer());
  }

  /**
   * Settings of the producer. A tick that is late says nothing: a minute of them, held back by an
   * outage and written at once before the agents' reports, would look like a minute of silence.
   */
  static Map<String, Object> config(Map<String, Object> clientConfig) {
    Map<String, Object> config = new TreeMap<>(clientConfig);
    config.put(ProducerConfig.CLIENT_ID_CONFIG, "isotherm-ticker");
    config.put(ProducerConfig.LINGER_MS_CONFIG, 0);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) DELIVERY_TIMEOUT.toMillis());
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, (int) REQUEST_TIMEOUT.toMillis());
    config.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, MAX_BLOCK.toMillis());
    return config;
  }

  /** With another producer, which it closes. */
  Ticker(Producer<byte[], byte[]> producer, SchemaIds ids, TopologyBook book) {
    this.book = book;
    this.writer = new ReportWriter(ids);
    this.producer = producer;
  }

  @SuppressWarnings("FutureReturnValueIgnored") // failure() says what tickAll lets out.
  void start() {
    clock.scheduleAtFixedRate(
        () -> tickAll(System.currentTimeMillis()),
        INTERVAL.toMillis(),
        INTERVAL.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  @SuppressWarnings("FutureReturnValueIgnored") // The callback sees failures.
  void tickAll(long now) {
    try {
      refusals.endOfRound(System.nanoTime());
      for (String pod : book.podsAt(now)) {
        producer.send(
            record(pod, now),
            (sent, e) -> {
              refusals.took(e);
              if (e == null) {
                compare(pod, sent.partition());
              }
            });
      }
    } catch (RuntimeException e) {
      // A scheduled task that throws is never run again; the next tick may succeed.
      log.warn("no tick: {}", e.toString());
    } catch (Error e) {
      // Without ticks nobody finds that a whole pod is silent, so the process must not go on.
      failure = "no more ticks: " + e;
      throw e;
    }
  }

  /** Why there are no more ticks, in one sentence; null while there are. */
  @Nullable String failure() {
    return failure;
  }

  /**
   * Says once if reports of a pod come elsewhere than its ticks. Then the monitor of one partition
   * hears only ticks and finds the pod silent, and that of the other gets none.
   */
  private void compare(String pod, int partition) {
    for (int heard : book.heardIn(pod)) {
      if (heard != partition && misplaced.add(pod)) {
        log.warn(
            "reports of {} come in partition {} of {}, its ticks go to {}: it is judged twice, and"
                + " found silent. Its agents must choose the partition as Java's producer does, by"
                + " murmur2 of the key (librdkafka: partitioner=murmur2_random)",
            pod,
            heard,
            Topics.REPORTS.name(),
            partition);
      }
    }
  }

  private ProducerRecord<byte[], byte[]> record(String pod, long now) {
    tick.clear();
    tick.tick = true;
    tick.pod = pod;
    tick.cabinet = 0;
    tick.board = 0;
    tick.agentStartMs = 0;
    tick.sequence = 0;
    tick.timeMs = now;
    return new ProducerRecord<>(
        Topics.REPORTS.name(),
        null,
        now,
        pod.getBytes(StandardCharsets.UTF_8),
        writer.toBytes(tick));
  }

  @Override
  public void close() {
    clock.shutdownNow();
    producer.close(Duration.ofSeconds(5));
  }
}
