package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.isotherm.backtest.RecordedFleet;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Ctrl-C while a recording is read, or made of others, or while rules are tried on it. */
final class StoppedCommandTest {
  private static final long START = 1_800_000_000_000L;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  static Stream<List<String>> commands() {
    return Stream.of(
        List.of("recording verify", "RECORDING"),
        List.of("recording cut", "RECORDING", "INTO"),
        List.of("recording salvage", "RECORDING", "--into", "INTO"),
        List.of("recording merge", "RECORDING", "COPY", "--into", "INTO"),
        List.of("recording pack", "RECORDING", "--into", "INTO"),
        List.of("recording unpack", "PACKED", "--into", "INTO"),
        List.of("backtest", "RECORDING", "--out", "INTO"),
        List.of("backtest", "RECORDING", "--openmetrics", "INTO"),
        List.of("backtest", "RECORDING", "--from", "2100-01-01T00:00:00Z", "--out", "INTO"),
        List.of("diff", "RECORDING", "COPY"),
        List.of("explain", "RECORDING", "0", "--cut", "INTO"));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void nothingIsMadeOnceItIsStopped(List<String> words) throws IOException {
    // Given
    Path recording = dir.resolve("recording");
    RecordedFleet.record(recording, 5);
    Path packed = dir.resolve("packed");
    Ended pack =
        Ended.isotherm("recording", "pack", recording.toString(), "--into", packed.toString());
    assertThat(pack.code()).as(pack.err()).isEqualTo(Main.DONE);
    Path into = dir.resolve("into");
    List<String> arguments = new ArrayList<>(List.of(words.get(0).split(" ")));
    for (String word : words.subList(1, words.size())) {
      arguments.add(
          switch (word) {
            case "RECORDING" -> recording.toString();
            case "PACKED", "COPY" -> packed.toString();
            case "INTO" -> into.toString();
            default -> word;
          });
    }
    StopSignal stop = new StopSignal();
    stop.request();
    StringWriter err = new StringWriter();

    // When
    int code =
        Main.commandLine(stop)
            .setOut(new PrintWriter(new StringWriter(), true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments.toArray(String[]::new));

    // Then
    assertThat(code).isEqualTo(Main.FAILED);
    assertThat(err.toString())
        .isEqualToIgnoringNewLines(
            "isotherm %s: stopped; there is no result".formatted(words.get(0)));
    assertThat(into).doesNotExist();
    try (Stream<Path> left = Files.list(dir)) {
      assertThat(left).containsExactlyInAnyOrder(recording, packed);
    }
  }

  /** Stands in for a Prometheus that takes its time for a query. */
  static final class SlowPrometheus {
    private SlowPrometheus() {}

    /** Takes the file for its process id, which is written when it is asked, and its options. */
    public static void main(String[] args) throws IOException {
      String address = "--web.listen-address=127.0.0.1:";
      String port = Stream.of(args).filter(a -> a.startsWith(address)).findFirst().orElseThrow();
      HttpServer server =
          HttpServer.create(
              new InetSocketAddress(
                  InetAddress.getLoopbackAddress(),
                  Integer.parseInt(port.substring(address.length()))),
              0);
      server.createContext("/-/ready", http -> answer(http, "ready"));
      server.createContext(
          "/api/v1/rules",
          http ->
              answer(
                  http,
                  """
                  {"data": {"groups": [
                    {"interval": 10, "rules": [{"type": "alerting", "name": "A", "query": "up"}]}
                  ]}}
                  """));
      server.createContext(
          "/api/v1/query_range",
          http -> {
            Path next = Path.of(args[0] + ".next");
            Files.writeString(next, Long.toString(ProcessHandle.current().pid()));
            Files.move(next, Path.of(args[0]));
          });
      server.start();
    }

    private static void answer(HttpExchange http, String text) throws IOException {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      http.sendResponseHeaders(200, body.length);
      try (http) {
        http.getResponseBody().write(body);
      }
    }
  }

  private static void script(Path file, String text) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"promtool", "prometheus", "query"})
  @Timeout(120)
  void aProcessThatTriesRulesEndsAtOnceAndLeavesNothing(String slow) throws Exception {
    // Given: rules, and a promtool and a Prometheus one of which takes its time
    Path recording = dir.resolve("recording");
    RecordedFleet.record(recording, 60);
    Path rules = Files.writeString(dir.resolve("rules.yml"), "");
    Path pid = dir.resolve("pid");
    Path bin = Files.createDirectory(dir.resolve("bin"));
    String waits = "echo $$ >%1$s.next; mv %1$s.next %1$s; exec sleep 100".formatted(pid);
    script(bin.resolve("promtool"), slow.equals("promtool") ? waits : "");
    script(
        bin.resolve("prometheus"),
        slow.equals("prometheus")
            ? waits
            : "exec '%s' -cp '%s' '%s' %s \"$@\""
                .formatted(
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    System.getProperty("java.class.path"),
                    SlowPrometheus.class.getName(),
                    pid));
    Path temporary = Files.createDirectory(dir.resolve("temporary"));
    Path said = dir.resolve("said.txt");
    ProcessBuilder builder =
        ProgramProcess.of(
                256, List.of("backtest", recording.toString(), "--rules", rules.toString()))
            .redirectOutput(said.toFile());
    builder.command().add(1, "-Djava.io.tmpdir=" + temporary);
    builder.environment().merge("PATH", bin.toString(), (path, first) -> first + ":" + path);
    Process process = builder.start();
    try {
      await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(pid) || !process.isAlive());
      assertThat(pid).as(Files.readString(said)).exists();
      ProcessHandle other =
          ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).orElseThrow();

      // When
      process.destroy();

      // Then
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(Main.FAILED);
      assertThat(Files.readString(said)).contains("isotherm backtest: stopped; there is no result");
      await().atMost(Duration.ofSeconds(5)).until(() -> !other.isAlive());
      assertThat(temporary).isDirectoryNotContaining("glob:**/isotherm*");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  @Timeout(60)
  void aProcessThatImportsEndsAtOnceAndLeavesNothing() throws Exception {
    // Given: a table that takes a while
    Path mapping =
        Files.writeString(
            dir.resolve("mapping.yaml"),
            """
            preset: hgx-h100
            pods: 1
            cabinets: 1
            interval_seconds: 1
            time: {column: at, unit: ms}
            board: where
            chip: chip
            fields:
              temperature: {column: temp, unit: celsius}
            """);
    Path table = dir.resolve("table.csv");
    try (BufferedWriter rows = Files.newBufferedWriter(table)) {
      rows.write("at,where,chip,temp\n");
      for (int i = 0; i < 3_000_000; i++) {
        rows.write((START + i * 1_000L) + ",pod-00/cab-000/board-0,0,50\n");
      }
    }
    Path into = dir.resolve("into");
    Path said = dir.resolve("said.txt");
    Process process =
        ProgramProcess.of(
                256,
                List.of(
                    "import",
                    "csv",
                    table.toString(),
                    "--mapping",
                    mapping.toString(),
                    "--into",
                    into.toString()))
            .redirectOutput(said.toFile())
            .start();
    try {
      await().atMost(Duration.ofSeconds(30)).until(() -> Files.exists(into));

      // When
      process.destroy();

      // Then
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(Main.FAILED);
      assertThat(Files.readString(said))
          .contains("isotherm import csv: stopped; there is no result");
      assertThat(into).doesNotExist();
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
