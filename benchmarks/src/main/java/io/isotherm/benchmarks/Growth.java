package io.isotherm.benchmarks;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * How the cost grows with the cluster: {@code isotherm demo} as a user runs it, from one pod to
 * sixty-five, and with pods of different size. The whole process counts: emulator, broker, monitor
 * and exporter.
 */
final class Growth {
  private static final String REPORTS = "isotherm_reports_total{";
  private static final String CHIPS = "isotherm_cluster_chips{";
  private static final String WINDOW_END = "isotherm_window_end_timestamp_seconds{";

  /** A scrape that takes longer has hung. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private Growth() {}

  /** A cluster to run. */
  private record Shape(String what, int chips, List<String> options) {}

  private static final List<Shape> SHAPES =
      List.of(
          pods(1, 15_488),
          pods(4, 61_952),
          pods(16, 247_808),
          pods(65, 1_006_720),
          new Shape("1 pod of 8,192", 8_192, List.of("--preset", "atlas-950")),
          new Shape(
              "1 pod of 65,536", 65_536, List.of("--preset", "atlas-950", "--cabinets", "1024")));

  private static Shape pods(int n, int chips) {
    return new Shape(
        n == 1 ? "1 pod of 15,488" : n + " pods of 15,488",
        chips,
        List.of("--preset", "atlas-960", "--pods", String.valueOf(n)));
  }

  /**
   * What one cluster costs.
   *
   * @param what the cluster
   * @param chips chips of it
   * @param cores CPU seconds a second of the whole process
   * @param nanosPerChipSample CPU time of the whole process for each chip and second
   * @param peakMebibytes most resident memory
   * @param lateSeconds how old the oldest pod's newest window was at the end, beyond window and
   *     grace; negative: it came before it had to
   */
  record Cost(
      String what,
      int chips,
      double cores,
      double nanosPerChipSample,
      long peakMebibytes,
      double lateSeconds) {}

  /**
   * Runs all clusters, one after another.
   *
   * @param warmUpSeconds time before it is measured: the start, and Java's compiler
   * @param seconds time that is measured
   */
  static List<Cost> measure(int warmUpSeconds, int seconds, PrintWriter progress)
      throws IOException, InterruptedException {
    List<Cost> costs = new ArrayList<>();
    Path directory = Scratch.create("growth");
    try {
      for (Shape shape : SHAPES) {
        progress.printf("growth: %s...%n", shape.what());
        progress.flush();
        // Of many chips more has piled up when the monitor begins.
        int start = warmUpSeconds + shape.chips() / 16_000;
        try {
          Cost cost = cost(shape, start, seconds, directory.resolve("log.txt"));
          costs.add(cost);
          progress.print(row(cost));
        } catch (IOException e) {
          // The clusters that this machine does carry are still worth their rows.
          progress.printf("growth: %s has no row: %s%n", shape.what(), e.getMessage());
        }
        progress.flush();
      }
    } finally {
      Scratch.delete(directory);
    }
    return costs;
  }

  private static Cost cost(Shape shape, int warmUpSeconds, int seconds, Path log)
      throws IOException, InterruptedException {
    int port = freePort();
    List<String> command =
        new ArrayList<>(
            List.of("demo", "--port", String.valueOf(port), "--broker-port", "0", "--duration"));
    command.add(warmUpSeconds + seconds + 60 + "s");
    command.addAll(shape.options());
    try (LauncherProcess demo = LauncherProcess.start(log, command.toArray(String[]::new))) {
      Thread.sleep(warmUpSeconds * 1_000L);
      Duration cpu = demo.cpu();
      double reports = sum(port, REPORTS);
      long start = System.nanoTime();
      Thread.sleep(seconds * 1_000L);
      Duration spent = demo.cpu().minus(cpu);
      double wall = (System.nanoTime() - start) / 1e9;
      if (!demo.alive()) {
        throw new IOException("the demo ended; it said:\n" + Files.readString(log));
      }
      if (sum(port, REPORTS) <= reports || sum(port, CHIPS) != shape.chips()) {
        throw new IOException(
            "%s: %.0f chips are accounted for, must be %d; reports went from %.0f to %.0f"
                .formatted(
                    shape.what(), sum(port, CHIPS), shape.chips(), reports, sum(port, REPORTS)));
      }
      double oldest = values(port, WINDOW_END).stream().mapToDouble(v -> v).min().orElseThrow();
      double cores = spent.toNanos() / 1e9 / wall;
      return new Cost(
          shape.what(),
          shape.chips(),
          cores,
          cores * 1e9 / shape.chips(),
          demo.peakMebibytes(),
          System.currentTimeMillis() / 1e3 - oldest - 15);
    }
  }

  private static double sum(int port, String family) throws IOException, InterruptedException {
    return values(port, family).stream().mapToDouble(v -> v).sum();
  }

  private static List<Double> values(int port, String family)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + "/metrics");
    return HTTP.send(
            HttpRequest.newBuilder(uri).timeout(PATIENCE).build(),
            HttpResponse.BodyHandlers.ofString())
        .body()
        .lines()
        .filter(line -> line.startsWith(family))
        .map(line -> Double.valueOf(line.substring(line.lastIndexOf(' ') + 1)))
        .toList();
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /** The costs as a table in Markdown. */
  static String table(List<Cost> costs) {
    StringBuilder table = new StringBuilder();
    table.append(
        """
        | cluster | chips | cores | ns CPU a chip-sample | MiB at most | bytes a chip | late, s |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: |
        """);
    costs.forEach(cost -> table.append(row(cost)));
    return table.toString();
  }

  private static String row(Cost c) {
    return String.format(
        Locale.ROOT,
        "| %s | %,d | %.2f | %,.0f | %,d | %,d | %.1f |%n",
        c.what(),
        c.chips(),
        c.cores(),
        c.nanosPerChipSample(),
        c.peakMebibytes(),
        (c.peakMebibytes() << 20) / c.chips(),
        c.lateSeconds());
  }
}
