package io.isotherm.launcher;

import static io.isotherm.launcher.Ended.isotherm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.avro.Incident;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.IncidentDigest;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.Results;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * The incidents of a recording are those of the run that was recorded, event for event and field
 * for field, however it is replayed and whoever judges it.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class ReplayIT {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final int SECONDS = 90;
  private static final Path THIS_JDK = Path.of(System.getProperty("java.home"));

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path dir;

  /** The digest of the live run, and how many windows it has. */
  private static String live = "";

  private static int windows;

  /** What takes as long as the recording goes on while others are replayed faster. */
  private static final ExecutorService ASIDE = Executors.newSingleThreadExecutor();

  @SuppressWarnings("NullAway.Init")
  private static Future<String> atTheSpeedOfTime;

  /**
   * Who judges a replay.
   *
   * @param killed so many of the monitors are killed half way
   */
  private record Monitors(Path jdk, int monitors, int threads, int killed) {
    static Monitors of(int monitors, int threads) {
      return new Monitors(THIS_JDK, monitors, threads, 0);
    }
  }

  /** A live run of one monitor, recorded before it and after it. */
  @BeforeAll
  static void recordALiveRun() throws Exception {
    long startMs = (System.currentTimeMillis() - 600_000) / 10_000 * 10_000 + 3_000;
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 3, 4));
    List<ProducerRecord<byte[], byte[]>> input =
        MonitorRuns.input(plan, startMs, SECONDS).stream().flatMap(List::stream).toList();
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, input);
      record(broker, "recording");
      JsonNode backtest = json("backtest", "recording");
      windows = backtest.get("windows").asInt();
      assertThat(windows).isGreaterThan(20);
      assertThat(backtest.at("/incidents/events").asInt()).isGreaterThan(3);
      atTheSpeedOfTime = ASIDE.submit(() -> replayed("recording", "1", Monitors.of(1, 1)));

      live = judge(broker, "live", Monitors.of(1, 1));
      record(broker, "again");
      try (ResultLog ofADemo =
          new ResultLog(
              Map.of("bootstrap.servers", broker.bootstrapServer()), SchemaHistory.bundled())) {
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> assertThat(ofADemo.incidentsSha256()).as("a demo's summary").isEqualTo(live));
      }

      assertThat(digest(backtest)).as("back-test").isEqualTo(live);
      assertThat(digest(json("backtest", "again"))).as("recorded again").isEqualTo(live);
      assertThat(digest(json("recording", "info", "again"))).as("as published").isEqualTo(live);
      Ended refused =
          isotherm(
              "replay",
              "--bootstrap-server",
              broker.bootstrapServer(),
              "--speed",
              "max",
              in("again"));
      assertThat(refused.code()).isEqualTo(Main.FAILED);
      assertThat(refused.err()).contains("--into-recorded-topic").doesNotContain("\tat ");
    }
    succeeded("recording", "pack", in("recording"), "--into", in("packed"));
  }

  @AfterAll
  static void end() {
    ASIDE.shutdownNow();
  }

  @Test
  void aPackedRecordingAtTenTimesToOneMonitorOfEightThreads() throws Exception {
    assertThat(digest(json("backtest", "packed"))).as("back-test").isEqualTo(live);
    assertThat(replayed("packed", "10", Monitors.of(1, 8))).isEqualTo(live);
  }

  @Test
  void atMaxToThreeMonitorsOfTwoThreads() throws Exception {
    assertThat(replayed("recording", "max", Monitors.of(3, 2))).isEqualTo(live);
  }

  @Test
  void atTwoTimesToThreeMonitorsTwoOfThemKilledHalfWay() throws Exception {
    // Slow enough that the monitors have long begun when it ends, also on a slow machine.
    assertThat(replayed("recording", "2", new Monitors(THIS_JDK, 3, 1, 2))).isEqualTo(live);
  }

  @Test
  void atMaxToAMonitorUnderEveryOtherJdk() throws Exception {
    List<Path> others = OtherJdks.found();
    assumeFalse(others.isEmpty(), OtherJdks.NONE);
    for (Path jdk : others) {
      assertThat(replayed("recording", "max", new Monitors(jdk, 1, 2, 0)))
          .as(jdk.toString())
          .isEqualTo(live);
    }
  }

  @Test
  @Order(Integer.MAX_VALUE)
  void atTheSpeedOfTimeToOneMonitorOfOneThread() throws Exception {
    assertThat(atTheSpeedOfTime.get()).isEqualTo(live);
  }

  private static String in(String name) {
    return dir.resolve(name).toString();
  }

  private static void record(EmbeddedBroker broker, String name) {
    succeeded(
        "record",
        "--bootstrap-server",
        broker.bootstrapServer(),
        "--from",
        "0",
        "--to",
        Long.toString(System.currentTimeMillis() - 60_000),
        in(name));
  }

  /** What a command says of a recording, as JSON. */
  private static JsonNode json(String... commandAndName) throws IOException {
    List<String> args = new ArrayList<>(List.of(commandAndName));
    args.add(in(args.remove(args.size() - 1)));
    args.addAll(List.of("-o", "json"));
    return new ObjectMapper().readTree(succeeded(args.toArray(String[]::new)));
  }

  private static String digest(JsonNode of) {
    return of.at("/incidents/sha256").asText();
  }

  /** The digest of what monitors find in a replay. */
  private static String replayed(String name, String speed, Monitors by) throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      ExecutorService replay = Executors.newSingleThreadExecutor();
      try {
        Future<String> replayed =
            replay.submit(
                () ->
                    succeeded(
                        "replay",
                        "--bootstrap-server",
                        broker.bootstrapServer(),
                        "--speed",
                        speed,
                        in(name)));
        String digest = judge(broker, name + "-" + speed, by);
        String said = replayed.get();
        if (speed.equals("1")) {
          assertThat(
                  Double.parseDouble(said.replaceAll("(?s).*: ([0-9.]+) times the speed.*", "$1")))
              .as(said)
              .isCloseTo(1, Percentage.withPercentage(1));
        }
        return digest;
      } finally {
        replay.shutdownNow();
      }
    }
  }

  /** The digest of what monitors find in Kafka, when all windows are closed. */
  private static String judge(EmbeddedBroker broker, String name, Monitors by) throws Exception {
    List<Process> running = new ArrayList<>();
    try {
      for (int i = 0; i < by.monitors; i++) {
        running.add(
            MonitorRuns.monitor(
                by.jdk,
                broker,
                "replay",
                dir,
                "%s-%s-%d".formatted(name, by.jdk.getFileName(), i),
                by.threads));
      }
      if (by.killed > 0) {
        await().atMost(PATIENCE).until(() -> windows(broker) >= 3);
        assertThat(windows(broker)).as("windows before the kill").isLessThan(windows);
        for (int i = 0; i < by.killed; i++) {
          running.get(i).destroyForcibly().waitFor();
        }
      }
      await().atMost(PATIENCE).until(() -> windows(broker) >= windows);
    } finally {
      for (Process monitor : running) {
        MonitorRuns.end(monitor);
      }
    }
    assertThat(windows(broker)).isEqualTo(windows);
    IncidentDigest digest = new IncidentDigest();
    for (Incident incident : MonitorRuns.read(broker, Topics.INCIDENTS)) {
      digest.add(Results.event(incident));
    }
    return digest.sha256Hex();
  }

  private static int windows(EmbeddedBroker broker) {
    try {
      return MonitorRuns.read(broker, Topics.POD_HEALTH).size();
    } catch (UnknownTopicOrPartitionException | TimeoutException e) {
      return 0;
    }
  }

  /** Standard output of a command that succeeds. */
  private static String succeeded(String... args) {
    Ended ended = isotherm(args);
    assertThat(ended.code()).as("%s: %s", List.of(args), ended.err()).isEqualTo(Main.DONE);
    return ended.out();
  }
}
