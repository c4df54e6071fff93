package io.isotherm.benchmarks;

import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;

/**
 * Emulator, broker, monitor and exporter as four processes at real speed, as their users run them:
 * how old what a scrape says is (P8), what a scrape costs (P8), and what the monitor writes to keep
 * its state (P7).
 */
final class LiveRun {
  private static final int WARM_UP_SECONDS = 40;
  private static final int SCRAPE_BATCH = 500;
  private static final int WARM_UP_BATCHES = 6;
  private static final String WINDOW_END = "isotherm_window_end_timestamp_seconds{";

  private final HttpClient http = HttpClient.newHttpClient();
  private final Path directory;
  private final Path log;
  private final Path root;
  private final PrintWriter progress;

  private LiveRun(Path directory, Path root, PrintWriter progress) {
    this.directory = directory;
    this.log = directory.resolve("log.txt");
    this.root = root;
    this.progress = progress;
  }

  /**
   * Runs for some time.
   *
   * @param seconds time that is measured, after all have begun
   * @param batches pairs of batches of scrapes
   */
  static List<Finding> measure(
      int chipsPerReport, int seconds, int batches, Path root, PrintWriter progress)
      throws IOException, InterruptedException, ExecutionException {
    Path directory = Scratch.create("live");
    try {
      return new LiveRun(directory, root, progress).run(chipsPerReport, seconds, batches);
    } finally {
      Scratch.delete(directory);
    }
  }

  private List<Finding> run(int chipsPerReport, int seconds, int batches)
      throws IOException, InterruptedException, ExecutionException {
    progress.printf("live: %d chips a report, %d s...%n", chipsPerReport, seconds);
    progress.flush();
    try (BrokerProcess broker = BrokerProcess.start(directory.resolve("broker"));
        LauncherProcess monitor =
            LauncherProcess.start(
                log,
                "monitor",
                "--bootstrap-server",
                broker.bootstrapServer(),
                "--metrics-port",
                "0");
        LauncherProcess emulator =
            LauncherProcess.start(
                log,
                "emulate",
                "--bootstrap-server",
                broker.bootstrapServer(),
                "--topology",
                root.resolve("benchmarks/topologies/chips-%d.yaml".formatted(chipsPerReport))
                    .toString(),
                "--metrics-port",
                "0");
        LauncherProcess exporter =
            LauncherProcess.start(
                log, "export", "--bootstrap-server", broker.bootstrapServer(), "--port", "0")) {
      URI metrics = URI.create(exporter.firstLine());
      Thread.sleep(WARM_UP_SECONDS * 1_000L);
      Written before = written(broker);
      List<Double> ages = ages(metrics, seconds);
      Written after = written(broker);
      if (!monitor.alive() || !emulator.alive()) {
        throw failure("monitor or emulator ended");
      }
      return List.of(
          changelog(chipsPerReport, before, after),
          age(chipsPerReport, ages),
          scrapes(chipsPerReport, metrics, exporter, batches));
    }
  }

  private IOException failure(String what) {
    return new IOException("%s; they said last:%n%s".formatted(what, LauncherProcess.tail(log)));
  }

  // P7: what is written.

  private record Written(long reports, long changelog) {}

  private static Written written(BrokerProcess broker)
      throws InterruptedException, ExecutionException {
    long changelog = 0;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      for (String topic : admin.listTopics().names().get()) {
        if (topic.endsWith("-changelog")) {
          changelog += WireCost.bytes(broker.bootstrapServer(), topic);
        }
      }
    }
    return new Written(WireCost.bytes(broker.bootstrapServer(), Topics.REPORTS.name()), changelog);
  }

  private static Finding changelog(int chipsPerReport, Written before, Written after) {
    long changelog = after.changelog() - before.changelog();
    long reports = after.reports() - before.reports();
    double ratio = (double) changelog / reports;
    return new Finding(
        "P7",
        "changelog bytes / input bytes",
        chipsPerReport,
        new Spread(ratio, ratio, ratio),
        0.3,
        0.05,
        true,
        String.format(Locale.ROOT, "%.1f / %.1f MB, live", changelog / 1e6, reports / 1e6));
  }

  // P8: how old, and how dear.

  /** Age of the newest window of every pod at a scrape each second, in seconds. */
  private List<Double> ages(URI metrics, int seconds) throws IOException, InterruptedException {
    List<Double> ages = new ArrayList<>();
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    while (System.nanoTime() < end) {
      String text = get(metrics);
      double now = System.currentTimeMillis() / 1e3;
      text.lines()
          .filter(line -> line.startsWith(WINDOW_END))
          .forEach(
              line ->
                  ages.add(now - Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))));
      Thread.sleep(1_000);
    }
    return ages;
  }

  private Finding age(int chipsPerReport, List<Double> ages) throws IOException {
    if (ages.isEmpty()) {
      throw failure("monitor and exporter run, and no window was seen on /metrics");
    }
    double windowSeconds = DetectorSettings.DEFAULT.windowMs() / 1e3;
    double graceSeconds = DetectorSettings.DEFAULT.graceMs() / 1e3;
    double worst = percentile(ages, 0.99) - windowSeconds;
    double value = worst - graceSeconds;
    return new Finding(
        "P8",
        "p99 of the newest window's age at the scrape beyond window and grace, s",
        chipsPerReport,
        new Spread(value, value, value),
        3,
        1,
        true,
        String.format(
            Locale.ROOT,
            "%d ages; beyond the window alone %.2f s, median %.2f s",
            ages.size(),
            worst,
            percentile(ages, 0.5) - windowSeconds));
  }

  /** The least value that so large a part of the values is not above. */
  static double percentile(List<Double> values, double part) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
  }

  private Finding scrapes(int chipsPerReport, URI ours, LauncherProcess exporter, int batches)
      throws IOException, InterruptedException {
    Path series = directory.resolve("series.txt");
    String text = get(ours);
    Files.writeString(series, text);
    long count = text.lines().filter(line -> !line.startsWith("#")).count();
    try (LauncherProcess peer =
        LauncherProcess.java(log, ClientJavaServer.class.getName(), series.toString())) {
      URI theirs = URI.create(peer.firstLine());
      long theirCount = get(theirs).lines().filter(line -> !line.startsWith("#")).count();
      if (theirCount != count) {
        throw new IOException(
            "client_java serves %d series, must be %d as ours".formatted(theirCount, count));
      }
      // Until Java has compiled both.
      for (int i = 0; i < WARM_UP_BATCHES; i++) {
        batch(ours, exporter);
        batch(theirs, peer);
      }
      List<Double> ratios = new ArrayList<>();
      double oursMillis = 0;
      double theirsMillis = 0;
      for (int i = 0; i < batches; i++) {
        // The second of a pair is the first of the next, as in every pair.
        double theirsFirst = i % 2 == 0 ? 0 : batch(theirs, peer);
        double a = batch(ours, exporter);
        double b = i % 2 == 0 ? batch(theirs, peer) : theirsFirst;
        ratios.add(a / b);
        oursMillis += a / batches;
        theirsMillis += b / batches;
      }
      return new Finding(
          "P8",
          "CPU of a scrape / client_java",
          chipsPerReport,
          Spread.of(ratios),
          1,
          0.2,
          true,
          String.format(
              Locale.ROOT, "%.2f / %.2f ms for %,d lines", oursMillis, theirsMillis, count));
    }
  }

  /** CPU time of the server for a scrape, in milliseconds. */
  private double batch(URI uri, LauncherProcess server) throws IOException, InterruptedException {
    Duration before = server.cpu();
    for (int i = 0; i < SCRAPE_BATCH; i++) {
      get(uri);
    }
    return server.cpu().minus(before).toNanos() / 1e6 / SCRAPE_BATCH;
  }

  private String get(URI uri) throws IOException, InterruptedException {
    try {
      return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
          .body();
    } catch (ConnectException e) {
      throw failure("nothing answers at " + uri);
    }
  }
}
