package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.PodHealth;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.MonitorSettings;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.TopicDescription;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The pipeline on a Kafka of three brokers. The one that coordinates the monitors is killed, and
 * the others take over; then the other two, and everything waits until they are back. Nothing is
 * lost, and each fault is one incident.
 */
final class SeveralBrokersIT {
  /** One before anything is killed, one as the first broker is away, one while two are. */
  private static final String SCENARIO =
      """
      interval: 1s
      links_every: 5
      jobs: [{name: train-0, share: 1.0, stages: 4}]
      faults:
        - {kind: CHIP_LOST, at: 3s, subject: pod-00/cab-000/board-1/chip-1}
        - {kind: CHIP_LOST, at: 24s, subject: pod-01/cab-001/board-2/chip-2}
        - {kind: CHIP_LOST, at: 52s, subject: pod-02/cab-000/board-3/chip-3}
      """;

  private static final Set<String> TOPICS =
      Topics.ALL.stream().map(Topic::name).collect(Collectors.toSet());

  private static final int WINDOW_MS = 5_000;
  private static final int SECONDS = 72;
  private static final int FIRST_KILL_AT = 22;
  private static final Overrides SIZE = new Overrides(null, 3, 2);

  /** A broker's session of 9 s, elections, the group's session of 15 s, and two windows. */
  private static final Duration TAKEN_OVER = Duration.ofSeconds(60);

  private final Map<String, Process> processes = new TreeMap<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : processes.values()) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  @Timeout(300)
  void nothingIsLostWhicheverBrokersAreKilled() throws Exception {
    try (KafkaCluster kafka = new KafkaCluster(dir, 3)) {
      // Given: everything runs, and a fault is found
      start(kafka, "monitor-1", "monitor", "--window", "5s", "--metrics-port", "0");
      start(kafka, "monitor-2", "monitor", "--window", "5s", "--metrics-port", "0");
      Process emulator = start(kafka, "emulate", emulate());
      await().atMost(TAKEN_OVER).until(() -> kafka.topics().keySet().containsAll(TOPICS));
      start(kafka, "export", "export", "--port", "0");
      try (ResultLog results =
          new ResultLog(
              Map.of("bootstrap.servers", kafka.bootstrapServers()), SchemaHistory.bundled())) {
        await().atMost(TAKEN_OVER).until(() -> results.raised().size() == 1);
        await().atMost(TAKEN_OVER).until(() -> ready() == 200);
        assertThat(kafka.topics().values())
            .flatExtracting(TopicDescription::partitions)
            .allMatch(partition -> partition.replicas().size() == 3);
        long killMs = startMs(results) + FIRST_KILL_AT * 1_000L;
        await().atMost(TAKEN_OVER).until(() -> System.currentTimeMillis() >= killMs);

        // When: one of three is killed, just before the second fault
        int first = coordinator(kafka);
        kafka.kill(first);

        // Then: windows go on, and it comes back
        awaitWindows(results, 2);
        assertThat(
                Ended.isotherm("incidents", "--bootstrap-server", kafka.bootstrapServers()).out())
            .contains("chip_silent", "pod-00/cab-000/board-1/chip-1");
        kafka.start(first);
        await().atMost(TAKEN_OVER).until(() -> kafka.inSync(3));
        await().atMost(TAKEN_OVER).until(() -> results.raised().size() == 2 && ready() == 200);

        // When: two of three are killed, fewer than must be in sync are left
        List<Integer> two = IntStream.rangeClosed(1, 3).filter(n -> n != first).boxed().toList();
        for (int node : two) {
          kafka.kill(node);
        }

        // Then: everything waits and says so
        await().atMost(TAKEN_OVER).until(() -> ready() == 503);
        for (String monitor : List.of("monitor-1", "monitor-2")) {
          await().atMost(TAKEN_OVER).until(() -> waits(said(monitor)));
        }
        for (int node : two) {
          kafka.start(node);
        }
        awaitWindows(results, 2);
        await().atMost(TAKEN_OVER).until(() -> kafka.inSync(3) && ready() == 200);

        // Then: nothing was lost
        assertThat(emulator.waitFor(SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(said("emulate"))
            .contains(", 3 faults begun (3 open), 0 intervals skipped, 0 records refused");
        // The last window that every board has passed.
        long lastMs = startMs(results) + SECONDS * 1_000L - 1_000 - 2 * WINDOW_MS;
        await()
            .atMost(TAKEN_OVER)
            .until(() -> results.pods().stream().allMatch(p -> p.getWindowStartMs() >= lastMs));
        assertThat(sum(results, PodHealth::getMissedTotal)).isZero();
        assertThat(sum(results, PodHealth::getLateTotal)).isZero();
        assertThat(sum(results, PodHealth::getDuplicatesTotal)).isZero();
        assertThat(results.deadLetters()).isZero();
        FaultScore score =
            FaultScore.of(
                results.faults(), results.raised(), pods(), List.of(), results.judgedUntilMs());
        assertThat(score.matches()).hasSize(3).allMatch(FaultScore.Match::found);
        assertThat(score.perfect()).as("%s", score.unmatched()).isTrue();
      }
      processes.remove("emulate");
      for (Map.Entry<String, Process> process : processes.entrySet()) {
        assertThat(process.getValue().isAlive()).as(said(process.getKey())).isTrue();
      }
      for (String name : List.of("emulate", "monitor-1", "monitor-2", "export")) {
        assertThat(said(name).lines())
            .as(name)
            .hasSizeLessThan(15)
            .noneMatch(line -> line.startsWith("\tat "));
      }
    }
  }

  private String[] emulate() throws IOException {
    // Agents must outlast the outage; an emulator gives up earlier.
    Path patient =
        Files.writeString(dir.resolve("patient.properties"), "delivery.timeout.ms=120000\n");
    Path scenario = Files.writeString(dir.resolve("scenario.yaml"), SCENARIO);
    return new String[] {
      "emulate",
      "--command-config",
      patient.toString(),
      "--scenario",
      scenario.toString(),
      "--preset",
      "atlas-960",
      "--pods",
      "3",
      "--cabinets",
      "2",
      "--metrics-port",
      "0",
      "--duration",
      SECONDS + "s"
    };
  }

  private Process start(KafkaCluster kafka, String name, String... arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--bootstrap-server", kafka.bootstrapServers()));
    Process process = ProgramProcess.of(384, all).redirectOutput(log(name).toFile()).start();
    processes.put(name, process);
    return process;
  }

  private Path log(String name) {
    return dir.resolve(name + ".log");
  }

  private String said(String name) throws IOException {
    return Files.readString(log(name));
  }

  /** Whether a monitor has said that Kafka takes nothing, and not yet that it does again. */
  private static boolean waits(String said) {
    return said.lastIndexOf("Kafka does not take ticks: ")
        > said.lastIndexOf("Kafka takes ticks again");
  }

  /** The status with which the exporter says whether it is ready. */
  private int ready() throws Exception {
    Matcher url = Pattern.compile("http://\\S+:\\d+").matcher(said("export"));
    return url.find()
        ? HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create(url.group() + "/ready")).build(),
                HttpResponse.BodyHandlers.discarding())
            .statusCode()
        : 0;
  }

  /** The broker that coordinates the group of the monitors. */
  private static int coordinator(KafkaCluster kafka) throws Exception {
    String group = MonitorSettings.DEFAULT_APPLICATION_ID;
    return kafka
        .admin()
        .describeConsumerGroups(List.of(group))
        .all()
        .get()
        .values()
        .iterator()
        .next()
        .coordinator()
        .id();
  }

  /** Waits until every pod has so many windows more. */
  private static void awaitWindows(ResultLog results, int more) {
    Map<String, Long> before =
        results.pods().stream()
            .collect(Collectors.toMap(PodHealth::getPod, PodHealth::getWindowsTotal));
    await()
        .atMost(TAKEN_OVER)
        .until(
            () ->
                results.pods().stream()
                    .allMatch(
                        p -> p.getWindowsTotal() >= before.getOrDefault(p.getPod(), 0L) + more));
  }

  /** When the emulator has begun, in ms since 1970-01-01 UTC. */
  private static long startMs(ResultLog results) {
    return results.faults().stream().mapToLong(InjectedFault::getStartMs).min().orElseThrow()
        - 3_000;
  }

  private static long sum(ResultLog results, ToLongFunction<PodHealth> of) {
    return results.pods().stream().mapToLong(of).sum();
  }

  private static Map<String, PodLayout> pods() {
    return Catalog.bundled().plan("atlas-960", SIZE).pods().stream()
        .collect(Collectors.toMap(PodLayout::pod, Function.identity()));
  }
}
