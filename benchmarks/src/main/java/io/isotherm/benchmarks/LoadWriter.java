package io.isotherm.benchmarks;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.TopologyRecords;
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
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the reports of a healthy cluster at full speed, second by second of event time, and knows
 * what a job must find out about them.
 */
final class LoadWriter implements AutoCloseable {
  private static final int STEP_MS = 1_000;

  private final SchemaIds ids = SchemaHistory.bundled();
  private final ReportWriter writer = new ReportWriter(ids);
  private final Report report = new Report();
  private final Map<String, byte[]> keys = new HashMap<>();
  private final Answer answer = new Answer();
  private final AtomicReference<@Nullable Exception> failure = new AtomicReference<>();
  private final long fromMs;
  private final long untilMs;
  private final Fleet fleet;
  private final ObviousWindows windows;
  private final Producer<byte[], byte[]> producer;
  private long timeMs;
  private long reports;
  private long chipSamples;
  private long temperatureSum;

  /**
   * Publishes the topology; the topics must exist.
   *
   * @param seconds event time in whole windows that counts; what is written behind it only closes
   *     the last of them
   */
  LoadWriter(ClusterPlan plan, int seconds, String bootstrapServer) {
    fromMs =
        Math.floorDiv(System.currentTimeMillis() - (seconds + 60) * 1_000L, Load.WINDOW_MS)
            * (long) Load.WINDOW_MS;
    untilMs = fromMs + seconds * 1_000L;
    timeMs = fromMs;
    fleet = new Fleet(plan, Scenario.quiet(1), fromMs);
    windows = new ObviousWindows(plan.pods(), Load.WINDOW_MS, fromMs, untilMs);
    producer = producer(bootstrapServer);
    for (PodLayout pod : plan.pods()) {
      publish(Topics.PODS, pod.pod(), TopologyRecords.toAvro(plan, pod, fromMs));
    }
    for (Placement p : fleet.placements()) {
      publish(Topics.JOBS, p.job(), Placements.publish(p));
    }
  }

  /** As the emulator's producer, but patient: it sends as fast as it goes. */
  static Producer<byte[], byte[]> producer(String bootstrapServer) {
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

  private <V extends SpecificRecord> void publish(Topic<String, V> topic, String key, V value) {
    send(
        topic.name(),
        fromMs,
        topic.keySerde().serializer().serialize(topic.name(), key),
        topic.valueSerde(ids).serializer().serialize(topic.name(), value));
  }

  private void send(String topic, long eventMs, byte[] key, byte[] value) {
    var unused =
        producer.send(
            new ProducerRecord<>(topic, null, eventMs, key, value),
            (metadata, e) -> {
              if (e != null) {
                failure.set(e);
              }
            });
  }

  /**
   * Writes up to a time, and returns when the broker has all of it.
   *
   * @param second event time since the begin, in seconds, exclusive
   */
  void write(int second) {
    int[] order = fleet.samplingOrder();
    for (; timeMs < fromMs + second * 1_000L; timeMs += STEP_MS) {
      fleet.step(timeMs);
      for (int board : order) {
        if (fleet.fill(board, report)) {
          write();
        }
      }
      windows.close(timeMs, answer);
    }
    producer.flush();
    Exception e = failure.get();
    if (e != null) {
      throw new KafkaException("the broker did not take the reports", e);
    }
  }

  private void write() {
    windows.accept(report);
    reports++;
    chipSamples += report.chipCount;
    for (int i = 0; i < report.chipCount; i++) {
      temperatureSum += report.temperature[i];
    }
    byte[] key =
        keys.computeIfAbsent(
            report.pod, pod -> Topics.REPORTS.keySerde().serializer().serialize("", pod));
    send(Topics.REPORTS.name(), report.timeMs, key, writer.toBytes(report));
  }

  /** Event time of the first window's begin, in milliseconds. */
  long fromMs() {
    return fromMs;
  }

  /** Event time of the last window's end that counts, in milliseconds. */
  long untilMs() {
    return untilMs;
  }

  /** Reports written so far. */
  long reports() {
    return reports;
  }

  /** Chips in them. */
  long chipSamples() {
    return chipSamples;
  }

  /** Answer of a job that only reads. */
  String samples() {
    return Answer.samples(reports, chipSamples, temperatureSum);
  }

  /** Answer of a job that judges windows, once all of them have been written. */
  String windows() {
    windows.close(untilMs, answer);
    return answer.digest();
  }

  @Override
  public void close() {
    producer.close();
  }
}
