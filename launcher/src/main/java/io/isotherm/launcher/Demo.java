package io.isotherm.launcher;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.export.Exporter;
import io.isotherm.export.HostNames;
import io.isotherm.export.PortFailure;
import io.isotherm.model.PodLayout;
import io.isotherm.producers.Emulator;
import io.isotherm.producers.EmulatorStatus;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * The whole pipeline in one process: embedded broker, emulator, monitor and exporter.
 *
 * @param http where the exporter answers; its port must not be 0
 * @param brokerPort port of the broker, 0 for a free one
 * @param threads threads of the monitor
 * @param duration how long the emulator reports; null until it is stopped
 */
record Demo(
    ClusterPlan plan,
    Scenario scenario,
    HttpAddress http,
    int brokerPort,
    int threads,
    @Nullable Duration duration) {

  /** The demo keeps only this much of each partition of reports, so that it can run for days. */
  private static final long REPORT_BYTES = 256L << 20;

  private static final long REPORT_SEGMENT_BYTES = 32L << 20;

  /** How long the reports of the end have to become results. */
  private static final Duration DRAIN = Duration.ofSeconds(3);

  /** How long the exporter may take to read the topics, which are empty, before its URL is told. */
  private static final Duration SHOWN = Duration.ofSeconds(10);

  private static final Duration REDRAW = Duration.ofSeconds(1);
  private static final Duration PLAIN = Duration.ofSeconds(10);

  /**
   * Runs until stopped or its time is over.
   *
   * @throws IOException if a port cannot be opened; nothing was started then
   * @throws IllegalStateException if a part failed; the message says which
   * @throws ScenarioException if the scenario does not fit the cluster
   */
  DemoSummary run(StopSignal stop, PrintWriter err)
      throws IOException, InterruptedException, ExecutionException {
    checkFree(http.socket());
    ProcessUsage usage = new ProcessUsage();
    try (EmbeddedBroker broker = EmbeddedBroker.start(brokerPort, "--broker-port", null)) {
      Map<String, Object> client =
          Map.of(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, broker.bootstrapServer());
      createTopics(client);
      SchemaIds ids = SchemaHistory.bundled();
      MonitorSettings settings =
          new MonitorSettings(
              client,
              MonitorSettings.DEFAULT_APPLICATION_ID,
              threads,
              DetectorSettings.DEFAULT,
              true);
      try (Exporter exporter =
              Exporter.start(
                  client,
                  ids,
                  http.socket(),
                  Exporter.DEFAULT_SERIES_BUDGET,
                  Main.Version.current(),
                  HostNames.NONE);
          ResultLog results = new ResultLog(client, ids);
          EmulatorThread emulator =
              new EmulatorThread(new Emulator(plan, scenario, ids, client), duration);
          MonitorApp monitor = new MonitorApp(settings, ids)) {
        exporter.awaitResults(SHOWN);
        DemoScreen screen =
            new DemoScreen(
                err,
                Boolean.getBoolean(DemoScreen.TERMINAL_PROPERTY),
                addresses(http, exporter.port(), broker.bootstrapServer()));
        screen.begin();
        exporter.meters().watch(monitor.streams());
        emulator.start();
        monitor.start(() -> stop.requested() || emulator.failed());
        watch(stop, emulator, monitor, exporter, results, screen, usage);
        if (!stop.requested()) {
          stop.await(DRAIN);
        }
        return DemoSummary.of(
            FaultScore.of(
                results.faults(),
                results.raised(),
                layouts(),
                results.placements(),
                results.judgedUntilMs()),
            emulator.status(),
            results,
            usage);
      }
    }
  }

  /** Lines that say where the parts are reached, each short enough for a terminal. */
  static List<String> addresses(HttpAddress http, int port, String bootstrapServer) {
    return List.of(
        "console " + http.url(port, "/"),
        "metrics " + http.url(port, "/metrics"),
        "Kafka   " + bootstrapServer);
  }

  private static void watch(
      StopSignal stop,
      EmulatorThread emulator,
      MonitorApp monitor,
      Exporter exporter,
      ResultLog results,
      DemoScreen screen,
      ProcessUsage usage)
      throws InterruptedException {
    long reports = 0;
    long shownNanos = System.nanoTime();
    while (!stop.await(REDRAW) && emulator.running()) {
      emulator.failIfFailed();
      fail(monitor.failure(), "the monitor");
      fail(exporter.failure(), "the exporter");
      fail(results.failure(), "the summary");
      long now = System.nanoTime();
      if (screen.terminal() || now - shownNanos >= PLAIN.toNanos()) {
        long sent = emulator.status().reports();
        screen.show(results, (sent - reports) / ((now - shownNanos) / 1e9), usage);
        reports = sent;
        shownNanos = now;
      }
    }
    emulator.failIfFailed();
    fail(monitor.failure(), "the monitor");
  }

  private static void fail(@Nullable String failure, String part) {
    if (failure != null) {
      throw new IllegalStateException(part + " failed: " + failure);
    }
  }

  private Map<String, PodLayout> layouts() {
    Map<String, PodLayout> layouts = new TreeMap<>();
    plan.pods().forEach(pod -> layouts.put(pod.pod(), pod));
    return layouts;
  }

  private static void createTopics(Map<String, Object> client)
      throws InterruptedException, ExecutionException {
    List<NewTopic> topics = new ArrayList<>();
    for (Topic<?, ?> topic : Topics.ALL) {
      Map<String, String> config = new HashMap<>(topic.config());
      if (topic.equals(Topics.REPORTS)) {
        config.put(TopicConfig.RETENTION_BYTES_CONFIG, Long.toString(REPORT_BYTES));
        config.put(TopicConfig.SEGMENT_BYTES_CONFIG, Long.toString(REPORT_SEGMENT_BYTES));
      }
      topics.add(topic.newTopic().configs(config));
    }
    try (Admin admin = Admin.create(client)) {
      NewTopics.create(admin, topics);
    }
  }

  private static void checkFree(InetSocketAddress address) throws IOException {
    try (ServerSocket socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(address);
    } catch (IOException e) {
      throw PortFailure.of(address.getPort(), e, "--port");
    }
  }

  /** The emulator on a thread of its own. */
  private static final class EmulatorThread implements AutoCloseable {
    private final Emulator emulator;
    private final Thread thread;
    private volatile @Nullable Throwable failure;

    EmulatorThread(Emulator emulator, @Nullable Duration duration) {
      this.emulator = emulator;
      long ms = duration == null ? Long.MAX_VALUE : duration.toMillis();
      this.thread = new Thread(() -> run(ms), "emulator");
    }

    private void run(long durationMs) {
      try {
        emulator.run(durationMs);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (RuntimeException | Error e) {
        failure = e;
      }
    }

    void start() {
      thread.start();
    }

    boolean running() {
      return thread.isAlive();
    }

    EmulatorStatus status() {
      return emulator.status();
    }

    boolean failed() {
      return failure != null;
    }

    void failIfFailed() {
      Throwable t = failure;
      if (t instanceof ScenarioException e) {
        throw e;
      }
      if (t != null) {
        throw new IllegalStateException("the emulator failed: " + t.getMessage(), t);
      }
    }

    @Override
    public void close() {
      emulator.close();
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
