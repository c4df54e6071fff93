package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class BridgeCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private int port;

  @BeforeEach
  void writeTargets() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Files.writeString(
        dir.resolve("targets.yaml"),
        "[{targets: ['127.0.0.1:%d'], labels: {board: pod-00/cab-000/board-0, exporter: dcgm}}]"
            .formatted(port));
  }

  private Ended bridge(String... options) {
    String[] all = new String[options.length + 2];
    all[0] = "bridge";
    all[1] = dir.resolve("targets.yaml").toString();
    System.arraycopy(options, 0, all, 2, options.length);
    return Ended.isotherm(all);
  }

  /** An exporter that gives the same answer at every path. */
  private HttpServer serve(String answer) throws IOException {
    byte[] body = answer.getBytes(StandardCharsets.UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  @Test
  void whatHasNoExporterIsNamedAtTheStart() throws IOException {
    // Given: of three pods of four cabinets of four boards, a board of each of two cabinets
    Files.writeString(
        dir.resolve("targets.yaml"),
        """
        - {targets: ['a:1'], labels: {board: pod-01/cab-000/board-0, exporter: dcgm}}
        - {targets: ['a:2'], labels: {board: pod-01/cab-001/board-2, exporter: dcgm}}
        """);

    Ended ended =
        bridge(
            "--preset",
            "hgx-h100",
            "--pods",
            "3",
            "--cabinets",
            "4",
            "--metrics-port",
            "0",
            "--bootstrap-server",
            "nobody");

    assertThat(ended.err())
        .contains(
            "14 more boards of their pods have no exporter, and count as silent unless another"
                + " bridge has them: pod-01/cab-000/board-1 to pod-01/cab-001/board-1,"
                + " pod-01/cab-001/board-3 to pod-01/cab-003/board-3",
            "2 pods have no exporter, and are not announced: pod-00, pod-02");

    // Given: every second board has one
    StringBuilder half = new StringBuilder();
    for (int b = 0; b < 16; b += 2) {
      half.append(
          "- {targets: ['a:%d'], labels: {board: pod-00/cab-00%d/board-%d, exporter: dcgm}}\n"
              .formatted(1 + b, b / 4, b % 4));
    }
    Files.writeString(dir.resolve("targets.yaml"), half);
    assertThat(
            bridge(
                    "--preset",
                    "hgx-h100",
                    "--pods",
                    "1",
                    "--cabinets",
                    "4",
                    "--metrics-port",
                    "0",
                    "--bootstrap-server",
                    "nobody")
                .err())
        .contains(
            "8 more boards",
            ": pod-00/cab-000/board-1, pod-00/cab-000/board-3, pod-00/cab-001/board-1,"
                + " pod-00/cab-001/board-3, pod-00/cab-002/board-1 and 3 more")
        .doesNotContain("not announced");
  }

  @ParameterizedTest
  @CsvSource({
    "--interval, 500ms, --interval must be 1s to 60s",
    "--timeout, 2m, --timeout must be 100ms to 60s",
    "--timeout, 5s, '--timeout must be less than --interval:'",
    "--interval, 1s --timeout 1s, '--timeout must be less than --interval:'",
    "--pods, 0, '--pods is 0, must be 1 to 10000'",
    "--chip, h101, unknown chip 'h101'",
    "--metrics-port, 65536, --metrics-port: 65536 is not between 0 and 65535",
  })
  void aWrongValueIsWrongUsage(String option, String value, String said) {
    Ended ended = bridge(("--preset hgx-h100 " + option + " " + value).split(" ", -1));
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).contains("isotherm bridge: ").contains(said);
  }

  @Test
  void whatThePodsAreMadeOfMustBeSaid() {
    assertThat(bridge().code()).isEqualTo(Main.USAGE);
    assertThat(bridge().err()).contains("--preset=NAME | --topology=FILE");
    assertThat(bridge("--preset", "hgx-h100", "--topology", "x.yaml").code()).isEqualTo(Main.USAGE);
  }

  @Test
  void targetsThatDoNotFitAreWrongUsage() {
    Ended ended = bridge("--preset", "nowhere");
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).contains("isotherm bridge: unknown preset 'nowhere'");

    Ended other = Ended.isotherm("bridge", "nowhere.yaml", "--preset", "hgx-h100");
    assertThat(other.code()).isEqualTo(Main.USAGE);
    assertThat(other.err())
        .contains("isotherm bridge: nowhere.yaml: cannot be read: there is no such file");
  }

  @Test
  void aCheckFailsWithAnExporterThatDoesNotAnswer() {
    Ended ended = bridge("--preset", "hgx-h100", "--check");
    assertThat(ended.code()).isEqualTo(Main.FAILED);
    assertThat(ended.out().lines())
        .anyMatch(
            l ->
                l.startsWith(
                    "pod-00/cab-000/board-0 dcgm http://127.0.0.1:%d/metrics (".formatted(port)))
        .contains("  FAILED: connection refused", "1 exporters, 1 failed")
        .noneMatch(l -> l.startsWith("cannot be found"));
  }

  @Test
  void aCheckShowsWhatIsNoUse() throws IOException {
    HttpServer server =
        serve(
            """
            DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61
            DCGM_FI_DEV_GPU_TEMP{gpu="9"} 61
            """);
    try {
      Ended ended = bridge("--preset", "hgx-h100", "--check");
      assertThat(ended.code()).isEqualTo(Main.DONE);
      assertThat(ended.out())
          .contains(
              "  1 chips, 0 links: temperature",
              "  not given: clock, ecc_corrected",
              "  no use: gpu=\"9\" is no chip of the board, which has 8",
              "\ncannot be found on 1 of 1 boards: chip_fatal (no fatal health), link_down (no link_state), ",
              "link_degraded (no link_crc_errors or link_retries), ",
              "power_sag (no clock, no throttle_reasons), ",
              "\n1 exporters, 0 failed")
          .doesNotContain("chip_hot", "board_silent");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aCheckSaysThatNetworkCardsAreNoLinksOfAChip() throws IOException {
    Files.writeString(
        dir.resolve("targets.yaml"),
        """
        - targets: ["127.0.0.1:%1$d"]
          labels: {board: pod-00/cab-000/board-0, exporter: dcgm}
        - targets: ["127.0.0.1:%1$d"]
          labels: {board: pod-00/cab-000/board-0, exporter: node, __metrics_path__: /node}
        """
            .formatted(port));
    HttpServer server =
        serve(
            """
            DCGM_FI_DEV_GPU_TEMP{gpu="0"} 61
            node_infiniband_state_id{device="mlx5_0",port="1"} 4
            """);
    try {
      Path root = Path.of(System.getProperty("isotherm.root", ".."));
      String topology = root.resolve("docs/examples/bridge/topology.yaml").toString();
      Ended ended = bridge("--topology", topology, "--check");
      assertThat(ended.code()).as(ended.out()).isEqualTo(Main.DONE);
      assertThat(ended.out())
          .contains(
              "0 chips, 1 links: link_state",
              "chip_links (no link_state or link_crc_errors or link_retries of its own ports)")
          .doesNotContain("link_down (", "switch_fault (");
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aCheckMayWaitLongerThanAnInterval() {
    Ended ended = bridge("--preset", "hgx-h100", "--check", "--timeout", "10s");
    assertThat(ended.out()).contains("1 exporters, 1 failed");
  }

  @Test
  void aCheckThatIsStoppedSaysWhatItHas() {
    StopSignal stop = new StopSignal();
    stop.request();
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        Main.commandLine(stop)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(
                "bridge",
                dir.resolve("targets.yaml").toString(),
                "--preset",
                "hgx-h100",
                "--check");
    assertThat(code).isEqualTo(Main.FAILED);
    assertThat(out.toString()).isEqualToIgnoringNewLines("0 exporters, 0 failed");
    assertThat(err.toString())
        .isEqualToIgnoringNewLines("isotherm bridge: stopped before all exporters had answered");
  }

  @ParameterizedTest
  @CsvSource({"5s", "1s"})
  void saysThatItsMetricsPortIsTaken(String interval) throws IOException {
    try (ServerSocket taken = new ServerSocket(0)) {
      String metrics = Integer.toString(taken.getLocalPort());
      // A short interval has a shorter timeout, so this is all that is wrong.
      Ended ended =
          bridge("--preset", "hgx-h100", "--metrics-port", metrics, "--interval", interval);
      assertThat(ended.code()).isEqualTo(Main.FAILED);
      assertThat(ended.err()).contains("port %s is in use".formatted(metrics));
    }
  }
}
