package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.PodHealth;
import io.isotherm.launcher.rules.Tool;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.score.Raised;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * From exporters to incidents: a real node_exporter for each host, which reads network cards from a
 * directory like that of the kernel, and answers of the form of dcgm-exporter's, which needs real
 * chips. Bridges and monitor are processes, as a user runs them, and one of two bridges is killed.
 */
final class BridgeIT {
  private static final Duration PATIENCE = Duration.ofSeconds(100);
  private static final int BOARDS = 4;

  private static final Path ROOT = Path.of(System.getProperty("isotherm.root", ".."));

  private static final Path TOPOLOGY = ROOT.resolve("docs/examples/bridge/topology.yaml");

  /** Cards of a DGX H100, some of which serve no chip. */
  private static final List<Integer> CARDS = List.of(0, 1, 2, 3, 4, 5, 6, 9, 10, 11);

  private final List<Process> processes = new ArrayList<>();
  private final List<Path> logs = new ArrayList<>();
  private final List<HttpServer> chips = new ArrayList<>();

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @AfterEach
  void end() throws InterruptedException {
    chips.forEach(server -> server.stop(0));
    Collections.reverse(processes);
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatExportersSayBecomesIncidents() throws Exception {
    StringBuilder targets = new StringBuilder();
    for (int board = 0; board < BOARDS; board++) {
      targets.append(target(board, "dcgm", startChips(0)));
      targets.append(target(board, "node", startNodeExporter(board)));
    }
    Path file = Files.writeString(dir.resolve("targets.yaml"), targets);
    Ended checked =
        Ended.isotherm("bridge", file.toString(), "--topology", TOPOLOGY.toString(), "--check");
    assertThat(checked.code()).as(checked.out() + checked.err()).isEqualTo(Main.DONE);
    assertThat(checked.out())
        .contains(
            "8 chips, 8 links: temperature, power, utilization, clock, ecc_uncorrected, link_crc_errors",
            "0 chips, 8 links: link_state, link_rate, link_tx, link_rx, link_crc_errors",
            "not mapped: device=\"mlx5_1\" is not in the mapping",
            "cannot be found on 4 of 4 boards: chip_fatal (no fatal health), chip_slow (no tensor_activity), ",
            "congestion (no link_wait), power_sag (no throttle_reasons), ",
            "8 exporters, 0 failed");

    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      String kafka = broker.bootstrapServer();
      Path first = startBridge("first", file, kafka);
      start(
          "monitor",
          "monitor",
          "--window",
          "3s",
          "--grace",
          "2s",
          "--metrics-port",
          "0",
          "--bootstrap-server",
          kafka);
      try (ResultLog results =
          new ResultLog(Map.of("bootstrap.servers", kafka), SchemaHistory.bundled())) {
        await()
            .atMost(PATIENCE)
            .failFast(() -> assertThat(whatEnded()).isEmpty())
            .until(() -> results.pods().stream().anyMatch(BridgeIT::isWholeAndWell));
        Path second = startBridge("second", file, kafka);
        await()
            .atMost(PATIENCE)
            .failFast(() -> assertThat(whatEnded()).isEmpty())
            .until(() -> results.pods().get(0).getDuplicatesTotal() > 0);
        assertThat(results.raised()).isEmpty();
        assertThat(results.deadLetters()).isZero();

        assertThat(metersOf(second)).contains(documentedMeters());

        // A spare takes a board's place, with errors of its own life
        Path moved =
            Files.writeString(
                dir.resolve("moved.yaml"),
                targets
                    .toString()
                    .replace(":%d\"".formatted(portOf(1)), ":%d\"".formatted(startChips(7))));
        Files.move(moved, file, StandardCopyOption.REPLACE_EXISTING);
        for (Path bridge : List.of(first, second)) {
          await()
              .atMost(PATIENCE)
              .until(() -> Files.readString(bridge).contains("4 boards with 8 exporters now"));
        }

        // One bridge fails, and then what they watch
        kill(first);
        // mlx5_4 is the card of chip 2
        Files.writeString(sys(2).resolve("mlx5_4/ports/1/state"), "1: DOWN\n");
        chips.get(3).stop(0);
        kill(dir.resolve("node-3.log"));
        await()
            .atMost(PATIENCE)
            .failFast(() -> assertThat(whatEnded()).isEmpty())
            .untilAsserted(
                () ->
                    assertThat(results.raised())
                        .extracting(Raised::kind, Raised::subject)
                        .containsExactlyInAnyOrder(
                            tuple(IncidentKind.LINK_DOWN, "pod-00/cab-000/board-2/chip-2/port-18"),
                            tuple(IncidentKind.BOARD_SILENT, "pod-00/cab-000/board-3")));
        assertThat(Files.readString(second))
            .contains("/metrics of pod-00/cab-000/board-3 gives no readings: connection refused");
      }
    }
  }

  /** What processes said that ended by themselves. */
  private String whatEnded() throws IOException {
    StringBuilder said = new StringBuilder();
    for (int i = 0; i < processes.size(); i++) {
      Process process = processes.get(i);
      if (!process.isAlive() && process.exitValue() < 128) {
        said.append(Files.readString(logs.get(i)));
      }
    }
    return said.toString();
  }

  /** What a bridge serves at the address that it told of. */
  private static String metersOf(Path log) throws IOException, InterruptedException {
    String address =
        Files.readAllLines(log).stream()
            .filter(line -> line.startsWith("http://localhost:"))
            .findFirst()
            .orElseThrow();
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(URI.create(address)).build(), BodyHandlers.ofString())
        .body();
  }

  private static List<String> documentedMeters() throws IOException {
    return Files.readAllLines(ROOT.resolve("docs/metrics.md")).stream()
        .filter(line -> line.startsWith("| `isotherm_bridge_"))
        .map(line -> "\n" + line.split("`", -1)[1])
        .toList();
  }

  private static boolean isWholeAndWell(PodHealth pod) {
    return pod.getHealthy() == 8 * BOARDS && pod.getLinksUp() == 8 * BOARDS;
  }

  private static String target(int board, String exporter, int port) {
    return """
        - targets: ["127.0.0.1:%d"]
          labels: {board: pod-00/cab-000/board-%d, exporter: %s}
        """
        .formatted(port, board, exporter);
  }

  /** Where the chips of a board answer. */
  private int portOf(int board) {
    return chips.get(board).getAddress().getPort();
  }

  /** Answers as dcgm-exporter does for eight chips that work and have had errors long ago. */
  private int startChips(int errors) throws IOException {
    StringBuilder text = new StringBuilder();
    for (int gpu = 0; gpu < 8; gpu++) {
      String labels = "{gpu=\"%d\",UUID=\"GPU-%d\",device=\"nvidia%d\"} ".formatted(gpu, gpu, gpu);
      text.append("DCGM_FI_DEV_GPU_TEMP").append(labels).append(60 + gpu % 2).append('\n');
      text.append("DCGM_FI_DEV_POWER_USAGE").append(labels).append("612.250000\n");
      text.append("DCGM_FI_DEV_GPU_UTIL").append(labels).append("99\n");
      text.append("DCGM_FI_DEV_SM_CLOCK").append(labels).append("1980\n");
      text.append("DCGM_FI_DEV_ECC_DBE_VOL_TOTAL").append(labels).append(errors).append('\n');
      text.append("DCGM_FI_DEV_NVLINK_CRC_FLIT_ERROR_COUNT_L0").append(labels).append("0\n");
    }
    byte[] body = text.toString().getBytes(StandardCharsets.UTF_8);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/metrics",
        exchange -> {
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    chips.add(server);
    return server.getAddress().getPort();
  }

  private Path sys(int board) {
    return dir.resolve("sys-" + board).resolve("class/infiniband");
  }

  private int startNodeExporter(int board) throws IOException {
    for (int card : CARDS) {
      Path device = Files.createDirectories(sys(board).resolve("mlx5_" + card));
      Files.writeString(device.resolve("board_id"), "MT_0000000838\n");
      Files.writeString(device.resolve("fw_ver"), "28.39.1002\n");
      Path port = device.resolve("ports/1");
      Files.createDirectories(port.resolve("counters"));
      Files.writeString(port.resolve("state"), "4: ACTIVE\n");
      Files.writeString(port.resolve("phys_state"), "5: LinkUp\n");
      Files.writeString(port.resolve("rate"), "400 Gb/sec (4X NDR)\n");
      Files.writeString(port.resolve("link_layer"), "InfiniBand\n");
      for (String counter :
          List.of("port_xmit_data", "port_rcv_data", "symbol_error", "link_error_recovery")) {
        Files.writeString(port.resolve("counters").resolve(counter), "0\n");
      }
    }
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    run(
        "node-" + board,
        Tool.NODE_EXPORTER.command(
            List.of(
                "--path.sysfs=" + dir.resolve("sys-" + board),
                "--collector.disable-defaults",
                "--collector.infiniband",
                "--web.listen-address=127.0.0.1:" + port)));
    return port;
  }

  private Path startBridge(String name, Path targets, String kafka) throws IOException {
    return start(
        name,
        "bridge",
        targets.toString(),
        "--topology",
        TOPOLOGY.toString(),
        "--interval",
        "1s",
        "--timeout",
        "900ms",
        "--metrics-port",
        "0",
        "--bootstrap-server",
        kafka);
  }

  private Path start(String name, String... arguments) throws IOException {
    return run(name, ProgramProcess.of(256, List.of(arguments)));
  }

  /** Kills the process of a log. */
  private void kill(Path log) throws InterruptedException {
    processes.get(logs.indexOf(log)).destroyForcibly().waitFor();
  }

  private Path run(String name, ProcessBuilder builder) throws IOException {
    Path log = dir.resolve(name + ".log");
    logs.add(log);
    processes.add(builder.redirectErrorStream(true).redirectOutput(log.toFile()).start());
    return log;
  }
}
