package io.isotherm.export;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaClientMetrics;
import io.micrometer.core.instrument.binder.kafka.KafkaStreamsMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.config.MeterFilterReply;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClient;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.streams.KafkaStreams;

/**
 * The meters of one process: its JVM, and the Kafka clients and Kafka Streams in it.
 *
 * <p>A Kafka client has several hundred meters, most of them per broker, topic or partition. Only
 * those named in {@link #KEPT} pass; what to look at first stands in {@code docs/metrics.md}.
 */
public final class ProcessMeters implements AutoCloseable {
  /** Path at which every process serves its meters. */
  public static final String PATH = "/metrics/process";

  /**
   * Our name of {@code system.cpu.count}, because Prometheus keeps the suffix {@code _count} for
   * histograms and summaries. Kafka's counts of connections are left out: their binder registers
   * again and again what it does not find under its own name.
   */
  private static final String CPUS = "system.cpus";

  /** Micrometer's names of the meters that are kept, and {@link #CPUS}. */
  static final Set<String> KEPT =
      Set.of(
          "jvm.memory.used",
          "jvm.memory.committed",
          "jvm.memory.max",
          "jvm.gc.pause",
          "jvm.gc.memory.allocated",
          "jvm.gc.live.data.size",
          "jvm.threads.live",
          "jvm.threads.daemon",
          "jvm.threads.peak",
          "jvm.classes.loaded",
          CPUS,
          "isotherm.bridge.boards",
          "isotherm.bridge.boards.silent",
          "isotherm.bridge.exporters",
          "isotherm.bridge.exporters.failing",
          "isotherm.bridge.scrapes",
          "isotherm.bridge.reports",
          "isotherm.bridge.reports.refused",
          "isotherm.bridge.turns.skipped",
          "isotherm.jobs.last.taken.timestamp",
          "isotherm.jobs.interval",
          "isotherm.jobs.looks",
          "system.cpu.usage",
          "process.cpu.usage",
          "process.uptime",
          "process.start.time",
          "kafka.consumer.fetch.manager.records.consumed.total",
          "kafka.consumer.fetch.manager.bytes.consumed.total",
          "kafka.consumer.fetch.manager.records.lag.max",
          "kafka.consumer.coordinator.rebalance.total",
          "kafka.producer.record.send.total",
          "kafka.producer.record.error.total",
          "kafka.producer.record.retry.total",
          "kafka.producer.outgoing.byte.total",
          "kafka.stream.alive.stream.threads",
          "kafka.stream.failed.stream.threads",
          "kafka.stream.thread.process.total",
          "kafka.stream.thread.commit.total",
          "kafka.stream.thread.commit.latency.avg",
          "kafka.stream.thread.commit.latency.max",
          "kafka.stream.thread.process.latency.avg",
          "kafka.stream.task.dropped.records.total");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ExpositionFormats formats = ExpositionFormats.init();
  private final Deque<AutoCloseable> bound = new ArrayDeque<>();

  /** Begins to measure the JVM. */
  public ProcessMeters() {
    registry
        .config()
        .meterFilter(
            new MeterFilter() {
              @Override
              public MeterFilterReply accept(Meter.Id id) {
                return KEPT.contains(id.getName())
                    ? MeterFilterReply.NEUTRAL
                    : MeterFilterReply.DENY;
              }

              @Override
              public Meter.Id map(Meter.Id id) {
                if (id.getName().equals("system.cpu.count")) {
                  return id.withName(CPUS);
                }
                // The version of the client changes nothing that a rule could ask for.
                return id.getName().startsWith("kafka.")
                    ? id.replaceTags(
                        Tags.of(id.getTags()).stream()
                            .filter(tag -> !tag.getKey().equals("kafka.version"))
                            .toList())
                    : id;
              }
            });
    bind(new JvmMemoryMetrics());
    bind(new JvmGcMetrics());
    bind(new JvmThreadMetrics());
    bind(new ClassLoaderMetrics());
    bind(new ProcessorMetrics());
    bind(new UptimeMetrics());
  }

  /** Measures a consumer until this object is closed. */
  public void watch(Consumer<?, ?> consumer) {
    bind(new KafkaClientMetrics(consumer));
  }

  /** Measures a producer until this object is closed. */
  public void watch(Producer<?, ?> producer) {
    bind(new KafkaClientMetrics(producer));
  }

  /** Measures an admin client until this object is closed. */
  public void watch(AdminClient admin) {
    bind(new KafkaClientMetrics(admin));
  }

  /** Measures Kafka Streams with the clients in it until this object is closed. */
  public void watch(KafkaStreams streams) {
    bind(new KafkaStreamsMetrics(streams));
  }

  /** Measures what a process has of its own, which {@link #KEPT} must name. */
  public void watch(MeterBinder binder) {
    bind(binder);
  }

  private synchronized void bind(MeterBinder binder) {
    binder.bindTo(registry);
    if (binder instanceof AutoCloseable closeable) {
      bound.push(closeable);
    }
  }

  /** Answers a scrape. */
  public Reply answer(Call call) throws IOException {
    ExpositionFormatWriter writer = formats.findWriter(call.accept());
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 14);
    writer.write(out, registry.getPrometheusRegistry().scrape());
    return new Reply(200, writer.getContentType(), out.toByteArray());
  }

  /** Stops measuring. */
  @Override
  public synchronized void close() {
    while (!bound.isEmpty()) {
      try {
        bound.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("a meter binder did not close", e);
      }
    }
    registry.close();
  }
}
