package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An emulator that could not do what it was asked for says so with its exit code. */
final class EmulateEndsIT {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endProcesses() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  @Timeout(120)
  void recordsThatKafkaDoesNotTakeAtTheEndAreCountedAndItFails() throws Exception {
    Process emulator;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      emulator = emulate(256, broker, "--cabinets", "2", "--duration", "15s");
      await().atMost(Duration.ofSeconds(15)).until(() -> reports(broker) > 0);
    }
    assertThat(emulator.waitFor(90, TimeUnit.SECONDS)).isTrue();
    assertThat(emulator.exitValue()).as(said()).isEqualTo(Main.FAILED);
    assertThat(said()).containsPattern(" [1-9][0-9,]* records refused").doesNotContain("\tat ");
  }

  /**
   * The first fault is the first record of its topic, of whose leader nothing was asked before; and
   * what was known of the others is not forgotten while the only broker is away.
   */
  @Test
  @Timeout(120)
  void aFaultThatBeginsWhileItsBrokerIsAwayHoldsNoReportUpAndIsNotLost() throws Exception {
    Path data = dir.resolve("broker");
    Path scenario =
        Files.writeString(
            dir.resolve("scenario.yaml"), "faults: [{kind: CHIP_LOST, at: 10s, subject: random}]");
    Path config =
        Files.writeString(dir.resolve("client.properties"), "delivery.timeout.ms=60000\n");
    EmbeddedBroker broker = EmbeddedBroker.start(0, data);
    try {
      int port = Integer.parseInt(broker.bootstrapServer().replaceAll(".*:", ""));
      Process emulator =
          emulate(
              256,
              broker,
              "--cabinets",
              "2",
              "--duration",
              "25s",
              "--scenario",
              scenario.toString(),
              "--command-config",
              config.toString());
      EmbeddedBroker running = broker;
      await().atMost(Duration.ofSeconds(30)).until(() -> reports(running) > 0);
      broker.close();
      // The fault has begun by then, and its record has waited for longer than one may for a topic.
      await().pollDelay(Duration.ofSeconds(17)).atMost(Duration.ofSeconds(30)).until(() -> true);
      broker = EmbeddedBroker.start(port, data);

      assertThat(emulator.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(said())
          .contains(", 1 faults begun (1 open), 0 intervals skipped, 0 records refused");
      assertThat(emulator.exitValue()).isZero();
    } finally {
      broker.close();
    }
  }

  @Test
  @Timeout(120)
  void aClusterThatDoesNotFitIntoItsMemoryIsAFailureInOneLine() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, dir.resolve("broker"))) {
      Process emulator = emulate(48, broker, "--pods", "65", "--duration", "15s");
      assertThat(emulator.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertThat(emulator.exitValue()).as(said()).isEqualTo(Main.FAILED);
      assertThat(said())
          .contains("isotherm emulate: out of memory with a heap of ", "ISOTHERM_JVM=-Xmx")
          .doesNotContain("\tat ");
    }
  }

  private Process emulate(int heapMebibytes, EmbeddedBroker broker, String... options)
      throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "emulate",
                "--bootstrap-server",
                broker.bootstrapServer(),
                "--preset",
                "atlas-960",
                "--metrics-port",
                "0"));
    arguments.addAll(List.of(options));
    Process process =
        ProgramProcess.of(heapMebibytes, arguments)
            .redirectOutput(dir.resolve("said.txt").toFile())
            .start();
    processes.add(process);
    return process;
  }

  private String said() throws IOException {
    return Files.readString(dir.resolve("said.txt"));
  }

  private static long reports(EmbeddedBroker broker) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      if (!admin.listTopics().names().get().contains(Topics.REPORTS.name())) {
        return 0;
      }
      long sum = 0;
      for (int p = 0; p < Topics.REPORTS.partitions(); p++) {
        TopicPartition partition = new TopicPartition(Topics.REPORTS.name(), p);
        sum +=
            admin
                .listOffsets(Map.of(partition, OffsetSpec.latest()))
                .partitionResult(partition)
                .get()
                .offset();
      }
      return sum;
    }
  }
}
