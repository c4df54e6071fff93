package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.backtest.RecordedFleet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command with a connection to Kafka says where it is, what is wrong and what to do. */
final class UnusableKafkaTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @BeforeEach
  void record() throws IOException {
    RecordedFleet.record(dir.resolve("recording"), 2);
  }

  private Ended run(String command, String... options) {
    List<String> arguments = new ArrayList<>(List.of(command));
    switch (command) {
      case "emulate", "monitor" -> arguments.addAll(List.of("--metrics-port", "0"));
      case "bridge" ->
          arguments.addAll(
              List.of(targets().toString(), "--preset", "hgx-h100", "--metrics-port", "0"));
      case "jobs" ->
          arguments.addAll(
              List.of(
                  targets().toString(),
                  "--preset",
                  "hgx-h100",
                  "--command",
                  "echo 'JOBID|NODELIST'",
                  "--metrics-port",
                  "0"));
      case "export" -> arguments.addAll(List.of("--port", "0"));
      case "incidents", "maintenance" -> {}
      case "look" -> arguments.add("pod-00");
      case "record" -> arguments.add(dir.resolve("new").toString());
      default -> arguments.add(dir.resolve("recording").toString());
    }
    arguments.addAll(List.of(options));
    return Ended.isotherm(arguments.toArray(String[]::new));
  }

  private Path targets() {
    try {
      return Files.writeString(
          dir.resolve("targets.yaml"),
          "[{targets: ['localhost:1'], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String failure(Ended ended, String command) {
    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.FAILED);
    return ended
        .err()
        .lines()
        .filter(l -> l.startsWith("isotherm " + command + ": "))
        .findFirst()
        .orElse(ended.err());
  }

  /** Those that connect to the brokers that they are given. */
  static List<String> commands() {
    return List.of(
        "bridge",
        "emulate",
        "jobs",
        "maintenance",
        "monitor",
        "export",
        "incidents",
        "look",
        "record",
        "replay");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void anAddressThatIsNoneIsNamed(String command) {
    assertThat(failure(run(command, "--bootstrap-server", "foo"), command))
        .isEqualTo(
            "isotherm %s: cannot use Kafka at foo: Invalid url in bootstrap.servers: foo; start a broker there or give another --bootstrap-server"
                .formatted(command));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aHostThatNobodyKnowsIsNamed(String command) {
    assertThat(failure(run(command, "--bootstrap-server", "no-such-host.invalid:9092"), command))
        .contains(
            "cannot use Kafka at no-such-host.invalid:9092: No resolvable bootstrap urls",
            "--bootstrap-server");
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @ValueSource(strings = {"incidents", "look", "record", "replay"})
  void aPortOnWhichNobodyListensIsNamed(String command) throws IOException {
    int port = freePort();
    assertThat(failure(run(command, "--bootstrap-server", "localhost:" + port), command))
        .isEqualTo(
            "isotherm %s: cannot use Kafka at localhost:%d: no answer within 15 s; start a broker there or give another --bootstrap-server"
                .formatted(command, port));
  }

  @ParameterizedTest
  @Execution(ExecutionMode.CONCURRENT)
  @CsvSource({
    "emulate, cannot reach Kafka at localhost:",
    "monitor, cannot use Kafka at localhost:",
  })
  @Timeout(15)
  void whoReportsOrJudgesSaysSoonThatNobodyListens(String command, String said) throws IOException {
    int port = freePort();
    Ended ended = run(command, "--bootstrap-server", "localhost:" + port);

    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.FAILED);
    assertThat(ended.err().lines().filter(l -> l.startsWith("isotherm " + command + ": ")))
        .singleElement()
        .asString()
        .contains(said + port, "--bootstrap-server");
    assertThat(ended.err()).doesNotContain("\tat ");
  }

  @ParameterizedTest
  @MethodSource("commands")
  void aFileThatTheClientSettingsNameIsNamedAndNoOtherBrokerAdvised(String command)
      throws IOException {
    Path nowhere = dir.resolve("nowhere.jks");
    Path config =
        Files.writeString(
            dir.resolve("client.properties"),
            "security.protocol=SSL\nssl.truststore.location=%s\nssl.truststore.password=secret\n"
                .formatted(nowhere));
    assertThat(failure(run(command, "--command-config", config.toString()), command))
        .contains(
            "cannot use Kafka at localhost:9092: ", nowhere.toString(), "there is no such file")
        .contains("correct the client settings that --command-config gives")
        .doesNotContain("--bootstrap-server");
  }

  @Test
  void aSettingThatIsWrongIsNamed() throws IOException {
    Path config =
        Files.writeString(dir.resolve("client.properties"), "security.protocol=NONSENSE\n");
    assertThat(failure(run("record", "--command-config", config.toString()), "record"))
        .contains("NONSENSE", "--command-config");
  }
}
