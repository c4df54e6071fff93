package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.topology.MonitorApp;
import io.isotherm.topology.MonitorSettings;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A monitor that does not judge yet outlasts what it outlasts later, and ends when it is told. */
@Timeout(120)
final class WaitingMonitorIT {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

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
      assertThat(started.copy().completeOnTimeout(false, 10, TimeUnit.SECONDS).get()).isFalse();
      assertThat(started).isNotDone();

      // When: for longer than the answer to a question is waited for
      broker.close();
      started.copy().completeOnTimeout(false, 15, TimeUnit.SECONDS).get();
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
      assertThat(started.copy().completeOnTimeout(false, 10, TimeUnit.SECONDS).get()).isFalse();
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
