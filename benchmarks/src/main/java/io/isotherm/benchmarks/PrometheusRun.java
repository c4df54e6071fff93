package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.io.File;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Prometheus scraping every chip each second, with recording rules for what Isotherm says of every
 * window (P4), against Isotherm's monitor and exporter for the same chips.
 *
 * <p>Prometheus cannot read faster than time goes, so it runs live, with as many chips as fill a
 * good part of a core; the monitor reads the same chips from a topic, as in the other ratios, with
 * an exporter beside it that is scraped once for each window.
 */
final class PrometheusRun {
  /** Cabinets of each of the two pods: 2,048 chips in all. */
  static final int CABINETS = 16;

  private static final int PODS = 2;

  /** Until Prometheus knows all series and its rules have run. */
  private static final int WARM_UP_SECONDS = 20;

  /** Least part of the scrapes of a run that must have happened. */
  private static final double LEAST_SERVED = 0.98;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /**
   * How far the links' growth by the rules, which extrapolate, may be from that of the counters.
   */
  private static final double MOST_OFF = 2;

  private static final String HOTTEST = "pod:temperature_celsius:hottest";
  private static final String SENT = "pod:link_transmit_bytes:increase";
  private static final String RECEIVED = "pod:link_receive_bytes:increase";

  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Bench bench;
  private final Path root;
  private final Path topology;
  private final int seconds;
  private final PrintWriter progress;
  private final ClusterPlan plan;

  private PrometheusRun(Bench bench, Path root, int seconds, PrintWriter progress) {
    this.bench = bench;
    this.root = root;
    this.seconds = seconds;
    this.progress = progress;
    plan = bench.load().shape().plan(root);
    topology =
        root.resolve(
            "benchmarks/topologies/chips-%d.yaml".formatted(bench.load().shape().chipsPerReport()));
  }

  /** Whether Prometheus is installed here. */
  static boolean possible() {
    return executable() != null;
  }

  private static @Nullable Path executable() {
    for (String directory :
        System.getenv().getOrDefault("PATH", "").split(File.pathSeparator, -1)) {
      Path file = Path.of(directory, "prometheus");
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  /**
   * Measures the ratio.
   *
   * @param bench holds the same chips, {@link #CABINETS} cabinets a pod
   * @param seconds time that Prometheus is measured for in each pair
   */
  static Pairs measure(
      Ratio ratio, Bench bench, int pairs, int seconds, Path root, PrintWriter progress)
      throws IOException, InterruptedException, ExecutionException {
    PrometheusRun run = new PrometheusRun(bench, root, seconds, progress);
    List<JobResult> prometheus = new ArrayList<>();
    List<JobResult> isotherm = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      if (i % 2 == 0) {
        prometheus.add(run.prometheus());
        isotherm.add(run.isotherm());
      } else {
        isotherm.add(run.isotherm());
        prometheus.add(run.prometheus());
      }
    }
    return new Pairs(ratio, bench.load().shape().chipsPerReport(), prometheus, isotherm);
  }

  // Isotherm.

  private JobResult isotherm() throws IOException, InterruptedException, ExecutionException {
    bench.reset();
    Path log = bench.file("exporter.txt");
    try (LauncherProcess exporter =
        LauncherProcess.start(
            log, "export", "--bootstrap-server", bench.bootstrapServer(), "--port", "0")) {
      URI metrics = URI.create(exporter.firstLine());
      Duration before = exporter.cpu();
      JobResult monitor = bench.runAfterReset(Job.MONITOR);
      long last = bench.load().untilMs() / 1_000;
      await("the exporter shows the last window", () -> shown(metrics) >= last);
      for (int window = 0;
          window < bench.load().shape().seconds() * 1_000 / Load.WINDOW_MS;
          window++) {
        get(metrics);
      }
      double spent = exporter.cpu().minus(before).toNanos() / 1e9;
      double share = (double) monitor.warmChipSamples() / monitor.chipSamples();
      JobResult both =
          new JobResult(
              "monitor+exporter",
              monitor.reports(),
              monitor.chipSamples(),
              monitor.digest(),
              monitor.cpuSeconds() + spent,
              monitor.warmCpuSeconds() + spent * share,
              monitor.warmChipSamples(),
              monitor.wallSeconds(),
              monitor.maxRssBytes() + (exporter.peakMebibytes() << 20));
      say(both);
      return both;
    }
  }

  /** End of the newest window that all pods have, in seconds; 0 if there is none. */
  private static long shown(URI metrics) throws IOException, InterruptedException {
    List<Long> ends =
        get(metrics)
            .lines()
            .filter(line -> line.startsWith("isotherm_window_end_timestamp_seconds{"))
            .map(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
            .toList();
    return ends.size() < PODS ? 0 : ends.stream().mapToLong(end -> end).min().orElse(0);
  }

  // Prometheus.

  private JobResult prometheus() throws IOException, InterruptedException {
    Path work = Files.createDirectories(bench.file("prometheus-" + System.nanoTime()));
    Path log = work.resolve("log.txt");
    try (LauncherProcess server =
        LauncherProcess.java(
            log, ExpositionServer.class.getName(), topology.toString(), "" + CABINETS)) {
      String address = server.firstLine();
      try (Started prometheus = start(work, address, log)) {
        await("Prometheus is ready", () -> isReady(prometheus));
        check(prometheus);
        get(URI.create("http://" + address + "/go"));
        Thread.sleep(WARM_UP_SECONDS * 1_000L);
        URI served = URI.create("http://" + address + "/served");
        long servedBefore = Long.parseLong(get(served));
        Duration before = prometheus.cpu();
        long start = System.nanoTime();
        Thread.sleep(seconds * 1_000L);
        Duration spent = prometheus.cpu().minus(before);
        long chipSamples = Long.parseLong(get(served)) - servedBefore;
        double wall = (System.nanoTime() - start) / 1e9;
        int chips = plan.pods().stream().mapToInt(PodLayout::chips).sum();
        if (chipSamples < LEAST_SERVED * chips * seconds) {
          throw new IOException(
              "prometheus scraped %,d chips in %.0f s, must be %,d"
                  .formatted(chipSamples, wall, (long) chips * seconds));
        }
        double missed =
            get(URI.create(prometheus.base() + "/metrics"))
                .lines()
                .filter(line -> line.startsWith("prometheus_rule_group_iterations_missed_total{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .sum();
        if (missed > 0) {
          throw new IOException("prometheus missed %.0f runs of its rules".formatted(missed));
        }
        checkGrowth(prometheus, SENT, "DCGM_FI_PROF_NVLINK_TX_BYTES");
        checkGrowth(prometheus, RECEIVED, "DCGM_FI_PROF_NVLINK_RX_BYTES");
        JobResult result =
            new JobResult(
                "prometheus",
                chipSamples / plan.pods().get(0).chipsPerBoard(),
                chipSamples,
                "checked",
                prometheus.cpu().toNanos() / 1e9,
                spent.toNanos() / 1e9,
                chipSamples,
                wall,
                peakBytes(prometheus.process()));
        say(result);
        return result;
      }
    }
  }

  private record Started(Process process, String base) implements AutoCloseable {
    Duration cpu() {
      return process.info().totalCpuDuration().orElse(Duration.ZERO);
    }

    @Override
    public void close() {
      process.destroyForcibly().onExit().join();
    }
  }

  private Started start(Path work, String address, Path log)
      throws IOException, InterruptedException {
    Path config = root.resolve("benchmarks/peers/prometheus");
    for (String name : List.of("prometheus.yml", "rules.yml")) {
      Files.copy(config.resolve(name), work.resolve(name));
    }
    List<Map<String, Object>> targets = new ArrayList<>();
    int number = 0;
    for (PodLayout pod : plan.pods()) {
      for (int b = 0; b < pod.boards(); b++) {
        targets.add(
            Map.of(
                "targets",
                List.of(address),
                "labels",
                Map.of(
                    "__metrics_path__", "/boards/" + number++,
                    "pod", pod.pod(),
                    "cabinet", String.valueOf(pod.cabinetOfBoard(b)),
                    "board", String.valueOf(b % pod.boardsPerCabinet()))));
      }
    }
    JSON.writeValue(work.resolve("targets.json").toFile(), targets);
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    ProcessBuilder builder =
        new ProcessBuilder(
                String.valueOf(executable()),
                "--config.file=" + work.resolve("prometheus.yml"),
                "--storage.tsdb.path=" + work.resolve("data"),
                "--storage.tsdb.retention.time=2h",
                "--web.listen-address=127.0.0.1:" + port,
                "--log.level=warn")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    // Less collecting of garbage for more memory.
    builder.environment().put("GOGC", "400");
    return new Started(builder.start(), "http://127.0.0.1:" + port);
  }

  /** Waits until the rules say of the chips, whose values stand still, what Isotherm says. */
  private void check(Started prometheus) throws IOException, InterruptedException {
    Map<String, Long> expected = isothermSays();
    await(
        "prometheus says of all cabinets and pods what Isotherm says",
        () -> difference(expected, prometheusSays(prometheus)) == null,
        () -> String.valueOf(difference(expected, prometheusSays(prometheus))));
  }

  /**
   * Checks what cannot be told of chips that stand still: that a rule follows a counter of links.
   */
  private static void checkGrowth(Started prometheus, String rule, String counter)
      throws IOException, InterruptedException {
    String ratio =
        "2 * avg by (pod) (avg_over_time(%s[20s])) / (sum by (pod) (%s) - sum by (pod) (%s offset 20s))"
            .formatted(rule, counter, counter);
    JsonNode results = query(prometheus, ratio);
    for (JsonNode result : results) {
      double off = result.path("value").path(1).asDouble();
      if (!(off < MOST_OFF && off > 1 / MOST_OFF)) {
        throw new IOException("%s is %.2f times the growth of %s".formatted(rule, off, counter));
      }
    }
    if (results.size() != PODS) {
      throw new IOException("%s is known of %d pods".formatted(rule, results.size()));
    }
  }

  private static @Nullable String difference(Map<String, Long> expected, Map<String, Long> actual) {
    for (var e : expected.entrySet()) {
      Long value = actual.get(e.getKey());
      if (!e.getValue().equals(value)) {
        return "%s: %s, expected %s".formatted(e.getKey(), value, e.getValue());
      }
    }
    return actual.size() == expected.size()
        ? null
        : "%d answers, expected %d".formatted(actual.size(), expected.size());
  }

  /** What the core says of a window in which all chips keep the values that are served. */
  private Map<String, Long> isothermSays() {
    long stillMs = ChipExposition.START_MS + ChipExposition.WARM_STEPS * 1_000L;
    Map<String, PodWindow> windows = new TreeMap<>();
    Map<String, Long> says = new TreeMap<>();
    Fleet fleet = new Fleet(plan, Scenario.quiet(1), ChipExposition.START_MS);
    ClusterRun run =
        ClusterRun.of(
            plan.cluster(),
            plan.pods(),
            DetectorSettings.DEFAULT,
            new ClusterRun.Output() {
              @Override
              public void window(PodWindow window) {
                PodWindow before = windows.put(window.pod(), window);
                if (window.windowStartMs() == stillMs && before != null) {
                  says.putAll(said(window, before.links()));
                }
              }

              @Override
              public void incident(IncidentEvent event) {}

              @Override
              public void cluster(ClusterWindow window) {}
            });
    run.placements(fleet.placements());
    Report report = new Report();
    // The links are read while the chips warm up, as each board reads them every ten seconds.
    for (long timeMs = fleet.timeMs(); timeMs < stillMs + 2L * Load.WINDOW_MS; timeMs += 1_000) {
      if (timeMs < stillMs) {
        fleet.step(timeMs);
      }
      for (int board : fleet.samplingOrder()) {
        if (fleet.fill(board, report)) {
          report.timeMs = timeMs + fleet.phaseMs(board);
          run.accept(report);
        }
      }
    }
    return says;
  }

  /**
   * In the units of Isotherm: tenths of degrees and of watts, and thousandths.
   *
   * @param before of the window before, as the counters of links are cumulative
   */
  private static Map<String, Long> said(PodWindow w, PodWindow.Links before) {
    Map<String, Long> says = new TreeMap<>();
    for (PodWindow.Cabinet c : w.cabinets()) {
      String cabinet = w.pod() + "/" + c.cabinet();
      says.put("cabinet:temperature_celsius:mean " + cabinet, (long) c.meanTemperature());
      says.put("cabinet:temperature_celsius:max " + cabinet, (long) c.maxTemperature());
      says.put("cabinet:power_watts:sum " + cabinet, c.power());
      says.put("cabinet:chips:count " + cabinet, (long) c.states().healthy());
    }
    counts(says, "pod:temperature_celsius:counts " + w.pod(), w.temperature().counts());
    counts(says, "pod:utilization_ratio:counts " + w.pod(), w.utilization().counts());
    says.put("pod:chips:count " + w.pod(), (long) w.states().healthy());
    says.put("pod:boards:count " + w.pod(), (long) w.boardsReporting());
    says.put("pod:power_watts:sum " + w.pod(), w.power());
    says.put("pod:temperature_celsius:mean " + w.pod(), w.temperature().sum() / w.chipsReporting());
    says.put("pod:utilization_ratio:mean " + w.pod(), w.utilization().sum() / w.chipsReporting());
    for (PodWindow.HotSpot h : w.hotSpots()) {
      says.merge(HOTTEST + " " + w.pod() + " " + h.temperature(), 1L, Long::sum);
    }
    PodWindow.Links links = w.links();
    says.put("pod:links_up:sum " + w.pod(), (long) links.up());
    says.put("pod:links_down:sum " + w.pod(), (long) links.down());
    says.put(SENT + " " + w.pod(), links.txBytesTotal() - before.txBytesTotal());
    says.put(RECEIVED + " " + w.pod(), links.rxBytesTotal() - before.rxBytesTotal());
    says.put("pod:link_errors:increase " + w.pod(), links.errorsTotal() - before.errorsTotal());
    return says;
  }

  private static void counts(Map<String, Long> says, String name, int[] counts) {
    for (int bucket = 0; bucket < counts.length; bucket++) {
      if (counts[bucket] > 0) {
        says.put(name + " " + bucket, (long) counts[bucket]);
      }
    }
  }

  private static Map<String, Long> prometheusSays(Started prometheus)
      throws IOException, InterruptedException {
    Map<String, Long> says = new TreeMap<>();
    for (String rule :
        List.of(
            "cabinet:temperature_celsius:mean",
            "cabinet:temperature_celsius:max",
            "cabinet:power_watts:sum",
            "cabinet:chips:count",
            "pod:temperature_celsius:counts",
            "pod:utilization_ratio:counts",
            "pod:chips:count",
            "pod:boards:count",
            "pod:power_watts:sum",
            "pod:temperature_celsius:mean",
            "pod:utilization_ratio:mean",
            HOTTEST,
            "pod:links_up:sum",
            "pod:links_down:sum",
            SENT,
            RECEIVED,
            "pod:link_errors:increase")) {
      for (JsonNode result : query(prometheus, rule)) {
        JsonNode labels = result.path("metric");
        String place = labels.path("pod").asText();
        double value = result.path("value").path(1).asDouble();
        if (rule.equals(HOTTEST)) {
          // Of equally hot chips it names any.
          says.merge(rule + " " + place + " " + inUnits(rule, value), 1L, Long::sum);
          continue;
        }
        if (labels.has("cabinet")) {
          place += "/" + labels.path("cabinet").asText();
        }
        if (labels.has("celsius")) {
          place += " " + Answer.temperatureBucket(labels.path("celsius").asInt() * 10);
        } else if (labels.has("tenths")) {
          place += " " + Answer.utilizationBucket(labels.path("tenths").asInt() * 100);
        }
        says.merge(rule + " " + place, inUnits(rule, value), Long::sum);
      }
    }
    return says;
  }

  /** Whether it answers queries: while it reads its store it says that it is unavailable. */
  private static boolean isReady(Started prometheus) throws IOException, InterruptedException {
    HttpRequest ready = HttpRequest.newBuilder(URI.create(prometheus.base() + "/-/ready")).build();
    try {
      return HTTP.send(ready, HttpResponse.BodyHandlers.discarding()).statusCode() == 200;
    } catch (ConnectException e) {
      return false;
    }
  }

  private static JsonNode query(Started prometheus, String expression)
      throws IOException, InterruptedException {
    String body =
        get(
            URI.create(
                prometheus.base()
                    + "/api/v1/query?query="
                    + URLEncoder.encode(expression, StandardCharsets.UTF_8)));
    return JSON.readTree(body).path("data").path("result");
  }

  /** Means are rounded down, as Isotherm's are; a binary fraction may be a little less. */
  private static long inUnits(String rule, double value) {
    if (rule.endsWith(":count") || rule.endsWith(":counts") || rule.contains(":link")) {
      return Math.round(value);
    }
    double scaled = value * (rule.contains("ratio") ? 1_000 : 10);
    return rule.endsWith(":mean") || rule.equals(HOTTEST)
        ? (long) Math.floor(scaled + 1e-6)
        : Math.round(scaled);
  }

  private static long peakBytes(Process process) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + process.pid() + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
      }
    }
    throw new IOException("the system does not tell the memory of process " + process.pid());
  }

  private void say(JobResult result) {
    progress.printf(
        "  %-16s %8.1f ns a chip-sample, %6.2f s CPU for them, %,d MiB%n",
        result.job(),
        result.nanosPerChipSample(),
        result.warmCpuSeconds(),
        result.maxRssBytes() >> 20);
    progress.flush();
  }

  /** Something that may throw what asking over the network throws. */
  private interface Asked<T> {
    T ask() throws IOException, InterruptedException;
  }

  private static void await(String what, Asked<Boolean> condition)
      throws IOException, InterruptedException {
    await(what, condition, () -> "it does not");
  }

  private static void await(String what, Asked<Boolean> condition, Asked<String> why)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.ask()) {
      if (System.nanoTime() > deadline) {
        throw new IOException(
            "waited %d s until %s; last: %s".formatted(PATIENCE.toSeconds(), what, why.ask()));
      }
      Thread.sleep(250);
    }
  }

  private static String get(URI uri) throws IOException, InterruptedException {
    return HTTP.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
