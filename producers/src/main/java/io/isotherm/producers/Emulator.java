package io.isotherm.producers;

import io.isotherm.avro.FaultEvent;
import io.isotherm.avro.InjectedFault;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.emulator.Fault;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.TruthEvent;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.Refusals;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a fleet in real time into Kafka: event time is the wall clock at the instant of the sample.
 *
 * <p>One thread samples board after board through every interval, so that the load is even. If it
 * falls behind by more than two intervals it leaves intervals out, and samples that are late by
 * more than ten seconds, and counts both.
 */
public final class Emulator implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Emulator.class);

  /** Time between the publication of topology and jobs and the first report. */
  static final long LEAD_MS = 2_000;

  /** A sample that is taken so much too late is left out. */
  private static final int STUCK_MS = 10_000;

  private final ClusterPlan plan;
  private final Scenario scenario;
  private final SchemaIds ids;
  private final Map<String, Object> clientConfig;
  private final Consumer<Producer<?, ?>> opened;
  private final CountDownLatch stop = new CountDownLatch(1);

  /** Keeps nothing of its record, of which many are on their way at once. */
  private final Callback taken = this::taken;

  private final AtomicLong sendErrors = new AtomicLong();
  private final Refusals refusals =
      new Refusals(log, "records", "they are lost", ReportProducerConfig.PATIENCE);
  private volatile EmulatorStatus status;

  private long reports;
  private long skipped;
  private long reportsSkipped;
  private int podsPublished;

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   */
  public Emulator(
      ClusterPlan plan, Scenario scenario, SchemaIds ids, Map<String, Object> clientConfig) {
    this(plan, scenario, ids, clientConfig, producer -> {});
  }

  /**
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   * @param opened is shown the producer as soon as there is one, to measure it
   */
  public Emulator(
      ClusterPlan plan,
      Scenario scenario,
      SchemaIds ids,
      Map<String, Object> clientConfig,
      Consumer<Producer<?, ?>> opened) {
    this.plan = plan;
    this.scenario = scenario;
    this.ids = ids;
    this.clientConfig = Map.copyOf(clientConfig);
    this.opened = opened;
    this.status = new EmulatorStatus(plan.chips(), 0, 0, 0, 0, 0, 0, 0, 0);
  }

  /** How it is doing. Safe to ask from any thread. */
  public EmulatorStatus status() {
    return status;
  }

  /** Ends {@link #run}. Safe to call from any thread, also more than once. */
  public void stop() {
    stop.countDown();
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }

  /**
   * Creates the topics that are missing, publishes what the cluster is, and reports until it is
   * closed.
   *
   * @param durationMs time to report for in milliseconds; {@link Long#MAX_VALUE} for no end
   * @throws KafkaException if Kafka cannot be reached
   * @throws io.isotherm.emulator.ScenarioException if the scenario does not fit the cluster, or
   *     holds back more reports than fit in memory
   */
  public void run(long durationMs) throws InterruptedException {
    ClusterTopics.create(
        clientConfig, List.of(Topics.REPORTS, Topics.PODS, Topics.JOBS, Topics.FAULTS));
    long publishedMs = System.currentTimeMillis();
    long startMs = publishedMs + LEAD_MS;
    Fleet fleet = new Fleet(plan, scenario, startMs);
    fleet.notes().forEach(log::warn);
    try (Producer<byte[], byte[]> producer =
        new KafkaProducer<>(
            ReportProducerConfig.live(clientConfig),
            new ByteArraySerializer(),
            new ByteArraySerializer())) {
      opened.accept(producer);
      // A topic that is first asked for while its leader is away would hold up all others.
      producer.partitionsFor(Topics.FAULTS.name());
      publishPods(producer, fleet, startMs);
      publishJobs(producer, fleet, publishedMs);
      producer.flush();
      report(producer, fleet, startMs, durationMs);
      producer.flush();
      // What the broker did not take at the end is known only now.
      refusals.endOfRound(System.nanoTime());
      status = status(fleet, status.lagMs());
    }
  }

  /**
   * Publishes the pods that start soon after a time: early enough to be known before their first
   * reports, and not earlier, because a pod that is known and says nothing counts as silent.
   */
  private void publishPods(Producer<byte[], byte[]> producer, Fleet fleet, long timeMs) {
    long soon = timeMs + Math.max(LEAD_MS, scenario.intervalMs());
    while (podsPublished < plan.pods().size() && fleet.podStartMs(podsPublished) <= soon) {
      PodLayout pod = plan.pods().get(podsPublished);
      long effectiveMs = fleet.podStartMs(podsPublished);
      podsPublished++;
      send(
          producer,
          record(
              Topics.PODS,
              pod.pod(),
              TopologyRecords.toAvro(plan, pod, effectiveMs),
              System.currentTimeMillis()));
    }
  }

  private void publishJobs(Producer<byte[], byte[]> producer, Fleet fleet, long nowMs) {
    for (Placement p : fleet.placements()) {
      send(producer, record(Topics.JOBS, p.job(), Placements.publish(p), nowMs));
    }
  }

  private void report(Producer<byte[], byte[]> producer, Fleet fleet, long startMs, long durationMs)
      throws InterruptedException {
    ReportWriter writer = new ReportWriter(ids);
    Report report = new Report();
    int[] order = fleet.samplingOrder();
    Map<String, byte[]> keyOf = new HashMap<>();
    for (PodLayout layout : plan.pods()) {
      String pod = layout.pod();
      keyOf.put(pod, Topics.REPORTS.keySerde().serializer().serialize("", pod));
    }
    HeldReports late = new HeldReports(scenario.name(), HeldReports.MOST_BYTES);
    int interval = scenario.intervalMs();
    long end = durationMs == Long.MAX_VALUE ? Long.MAX_VALUE : startMs + durationMs;
    intervals:
    for (long begin = startMs; begin < end; begin += interval) {
      long behind = System.currentTimeMillis() - begin;
      if (behind > 2L * interval) {
        long out = behind / interval;
        skipped += out;
        begin += out * interval;
      }
      // A sample belongs to its instant, so none is computed before its interval has come.
      if (!waitUntil(begin)) {
        break;
      }
      publishPods(producer, fleet, begin);
      fleet.step(begin);
      for (TruthEvent t : fleet.takeTruth()) {
        send(producer, record(Topics.FAULTS, t.fault().id(), toAvro(t), t.timeMs()));
      }
      for (int b : order) {
        long due = fleet.sampleMs(b);
        long now = System.currentTimeMillis();
        if (stop.getCount() == 0 || (due > now && !waitUntil(due))) {
          break intervals;
        }
        if (now - due > STUCK_MS) {
          reportsSkipped += fleet.started(b) ? 1 : 0;
          continue;
        }
        if (!fleet.fill(b, report) || fleet.missing(b)) {
          continue;
        }
        ProducerRecord<byte[], byte[]> record =
            new ProducerRecord<>(
                Topics.REPORTS.name(),
                null,
                report.timeMs,
                keyOf.get(report.pod),
                writer.toBytes(report));
        int delay = fleet.lateMs(b);
        int copies = fleet.duplicate(b) ? 2 : 1;
        for (int i = 0; i < copies; i++) {
          reports++;
          if (delay > 0) {
            late.add(due + delay, record);
          } else {
            send(producer, record);
          }
        }
      }
      long now = System.currentTimeMillis();
      for (var l = late.take(now); l != null; l = late.take(now)) {
        send(producer, l);
      }
      status = status(fleet, Math.max(0, now - begin - interval));
      refusals.endOfRound(System.nanoTime());
    }
    long patienceMs = System.currentTimeMillis() + STUCK_MS;
    for (var l = late.take(Long.MAX_VALUE); l != null; l = late.take(Long.MAX_VALUE)) {
      if (System.currentTimeMillis() < patienceMs) {
        send(producer, l);
      } else {
        sendErrors.incrementAndGet();
      }
    }
  }

  private EmulatorStatus status(Fleet fleet, long lagMs) {
    return new EmulatorStatus(
        plan.chips(),
        reports,
        skipped,
        reportsSkipped,
        sendErrors.get(),
        fleet.failures(),
        fleet.openFailures(),
        fleet.failuresLeftOut(),
        lagMs);
  }

  /** Waits; false if it is to stop. Ten milliseconds are fine enough, and spare the processor. */
  private boolean waitUntil(long timeMs) throws InterruptedException {
    long wait = timeMs - System.currentTimeMillis();
    return wait <= 0 ? stop.getCount() > 0 : !stop.await(Math.max(10, wait), TimeUnit.MILLISECONDS);
  }

  private InjectedFault toAvro(TruthEvent t) {
    Fault f = t.fault();
    return InjectedFault.newBuilder()
        .setId(f.id())
        .setEvent(t.ended() ? FaultEvent.ENDED : FaultEvent.STARTED)
        .setKind(io.isotherm.avro.FaultKind.valueOf(f.kind().name()))
        .setPod(f.pod())
        .setSubject(f.subject())
        .setStartMs(f.startMs())
        .setEndMs(f.endMs() == Long.MAX_VALUE ? null : f.endMs())
        .setMagnitude(f.kind().unit() == null ? null : f.magnitude())
        .setMagnitudeUnit(f.kind().unit())
        .setScenario(scenario.name())
        .setSeed(scenario.seed())
        .build();
  }

  private <V extends SpecificRecord> ProducerRecord<byte[], byte[]> record(
      Topic<String, V> topic, String key, V value, long timeMs) {
    return new ProducerRecord<>(
        topic.name(),
        null,
        timeMs,
        topic.keySerde().serializer().serialize(topic.name(), key),
        topic.valueSerde(ids).serializer().serialize(topic.name(), value));
  }

  private void send(Producer<byte[], byte[]> producer, ProducerRecord<byte[], byte[]> record) {
    var unused = producer.send(record, taken);
  }

  private void taken(@Nullable RecordMetadata metadata, @Nullable Exception failure) {
    if (failure != null) {
      sendErrors.incrementAndGet();
    }
    refusals.took(failure);
  }
}
