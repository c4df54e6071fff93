package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.LoggerFactory;

/** A monitor that does not judge yet outlasts what it outlasts later, and ends when it is told. */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
final class WaitingMonitorIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(MonitorApp.class);

  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @BeforeEach
  void listen() {
    logged.start();
    LOGGER.addAppender(logged);
  }

  @AfterEach
  void end() {
    LOGGER.detachAppender(logged);
  }

  /**
   * Whether a monitor has said that it waits for its first pod, or, at WARN, that Kafka is away.
   */
  private boolean told(Level level) {
    return List.copyOf(logged.list).stream()
        .anyMatch(
            event ->
                event.getLevel().equals(level)
                    && event.getFormattedMessage().startsWith("waiting for topic topology.pods: "));
  }

  private static MonitorApp monitor(Map<String, Object> config) {
    return new MonitorApp(
        new MonitorSettings(config, "waiting-test", 1, DetectorSettings.DEFAULT, false),
        SchemaHistory.bundled());
  }

  private static void publishPod(EmbeddedBroker broker) throws Exception {
    ClusterPlan plan = Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 1));
    MonitorRuns.write(broker, MonitorRuns.input(plan, System.currentTimeMillis(), 1).get(0));
  }

  private static CompletableFuture<Boolean> start(MonitorApp monitor, BooleanSupplier stopped) {
    return CompletableFuture.supplyAsync(
        () -> {
          try {
            return monitor.start(stopped);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
  }

  @Test
  void anOutageWhileItWaitsForItsFirstPodIsWaitedFor() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    EmbeddedBroker broker = EmbeddedBroker.start(0, dir);
    int port = Integer.parseInt(broker.bootstrapServer().replaceAll(".*:", ""));
    try (MonitorApp monitor = monitor(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      // Given: it waits
      CompletableFuture<Boolean> started = start(monitor, stop::get);
      await().atMost(PATIENCE).until(() -> told(Level.INFO));

      // When: for longer than the answer to a question is waited for
      broker.close();
      await().atMost(PATIENCE).until(() -> told(Level.WARN));
      assertThat(started).isNotDone();
      broker = EmbeddedBroker.start(port, dir);
      publishPod(broker);

      // Then
      assertThat(started.get(60, TimeUnit.SECONDS)).isTrue();
    } finally {
      stop.set(true);
      broker.close();
    }
  }

  @Test
  void itEndsSoonWhenItIsToldToWhileItReadsTheTopology() throws Exception {
    AtomicBoolean stop = new AtomicBoolean();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        ServerSocket mute = new ServerSocket(0)) {
      MonitorRuns.createTopics(broker);
      publishPod(broker);
      // Given: who reads the topology waits for an answer
      Map<String, Object> config = new TreeMap<>();
      config.put("bootstrap.servers", broker.bootstrapServer());
      config.put(
          StreamsConfig.globalConsumerPrefix("bootstrap.servers"),
          "localhost:" + mute.getLocalPort());
      MonitorApp monitor = monitor(config);
      CompletableFuture<Boolean> started = start(monitor, stop::get);
      mute.setSoTimeout((int) PATIENCE.toMillis());
      try (Socket asked = mute.accept()) {
        assertThat(asked.getInputStream().read()).as("of the question").isNotNegative();
        assertThat(started).isNotDone();

        // When
        long before = System.nanoTime();
        stop.set(true);

        // Then
        assertThat(started.get(5, TimeUnit.SECONDS)).isFalse();
        monitor.close();
        assertThat(System.nanoTime() - before).isLessThan(TimeUnit.SECONDS.toNanos(8));
      }
    }
  }
}
