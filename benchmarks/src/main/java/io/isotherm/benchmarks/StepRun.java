package io.isotherm.benchmarks;

import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.function.ToDoubleFunction;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;

/**
 * What each step of the way from wire to {@code /metrics} costs, in one run on one load:
 * differences of processes that do one step more than another, and CPU time by thread.
 *
 * <p>The jobs do, of the same reports: fetch only; fetch and decode; fetch, decode and judge; fetch
 * within Kafka Streams and do nothing; and all of it, the monitor of P1. Of each only the thread
 * counts that does the work, so that what compiler and collector take stands in lines of its own,
 * as the monitor's had it. The medians of the rounds count. What is left, writing results and
 * committing, has no process of its own: it is taken from a profile of one more run of the monitor.
 */
final class StepRun {
  private static final int CHIPS_PER_REPORT = 8;

  /** Seconds between two scrapes, as in {@code prometheus/}. */
  private static final int SCRAPE_SECONDS = 5;

  private static final int SCRAPES = 500;
  private static final int WARM_UP_SCRAPES = 3_000;
  private static final long LOOK_MS = 50;

  private final Bench bench;
  private final Path root;
  private final HttpClient http = HttpClient.newHttpClient();
  private final Map<Job, List<JobResult>> runs = new LinkedHashMap<>();

  private StepRun(Bench bench, Path root) {
    this.bench = bench;
    this.root = root;
  }

  /**
   * Measures.
   *
   * @param seconds event time of the load, in whole windows
   * @param rounds runs of each job
   */
  static StepTable measure(int seconds, int rounds, Path root, PrintWriter progress)
      throws IOException, InterruptedException, ExecutionException {
    try (Bench bench = Bench.open(new Load.Shape(CHIPS_PER_REPORT, seconds), root, progress)) {
      return new StepRun(bench, root).table(rounds);
    }
  }

  private StepTable table(int rounds) throws IOException, InterruptedException, ExecutionException {
    Job fetch = Job.ours("raw-fetch", RawFetchJob.class, Job.Finds.RECORDS);
    Job decode = Job.RAW_CONSUMER;
    Job judge = rooted(Job.ours("raw-monitor", RawMonitorJob.class, Job.Finds.RECORDS));
    Job streams = Job.ours("empty-streams", EmptyStreamsJob.class, Job.Finds.RECORDS);
    double brokerGives = 0;
    for (int round = 0; round < rounds; round++) {
      bench.reset();
      Duration before = bench.brokerCpu();
      keep(fetch, bench.runAfterReset(fetch));
      brokerGives += nanos(bench.brokerCpu().minus(before)) / rounds;
      for (Job job : List.of(decode, judge, streams, Job.MONITOR)) {
        run(job);
      }
    }
    Path profileFile = bench.file("monitor.jfr");
    bench.runProfiled(Job.MONITOR, profileFile);
    StreamProfile profile = StreamProfile.of(profileFile);
    Exporter exporter = exporter();

    double thread = part(Job.MONITOR, ThreadTimes.STREAM);
    double fetched = part(fetch, ThreadTimes.MAIN);
    double decoded = part(decode, ThreadTimes.MAIN);
    double closed = part(judge, RawMonitorJob.CLOSE);
    double whole =
        median(
            Job.MONITOR, r -> r.parts().keySet().stream().mapToDouble(r::nanosPerChipSample).sum());
    double perRecord = part(streams, ThreadTimes.STREAM) - fetched;
    double accepted = part(judge, ThreadTimes.MAIN) - decoded - closed;
    // The profile does not see native code, much of which is in fetch: its samples are weighed by
    // steps of which both is known.
    double weight =
        (decoded - fetched + perRecord + accepted + closed)
            / (profile.share(StreamProfile.DECODE)
                + profile.share(StreamProfile.STREAMS)
                + profile.share(StreamProfile.ACCEPT)
                + profile.share(StreamProfile.CLOSE));
    String weighed =
        String.format(
            Locale.ROOT,
            "samples of the thread (%,d), weighed by what those from decode to window close cost",
            profile.samples());
    StepTable table =
        new StepTable("monitor, the whole process", whole, "its CPU time, median of " + rounds);
    table.step(
        "fetch, decompress, iterate",
        fetched,
        thread * profile.share(StreamProfile.FETCH),
        "the thread of a consumer that looks at no record");
    table.step(
        "decode",
        decoded - fetched,
        thread * profile.share(StreamProfile.DECODE),
        "the thread of a consumer that decodes, less the line above");
    table.step(
        "Kafka Streams, for each record",
        perRecord,
        thread * profile.share(StreamProfile.STREAMS),
        "the thread of an application that does nothing, less fetch");
    table.step(
        "`PodMonitor.accept`",
        accepted,
        thread * profile.share(StreamProfile.ACCEPT),
        "the thread of a consumer that decodes and judges, less fetch, decode and close");
    table.step(
        "window close: detectors, summary",
        closed,
        thread * profile.share(StreamProfile.CLOSE),
        "in that consumer, CPU time of the calls that close");
    table.step(
        "results: Avro of the window, `ClusterMonitor`, hand over to the producer",
        weight * profile.share(StreamProfile.RESULTS),
        thread * profile.share(StreamProfile.RESULTS),
        weighed);
    table.step(
        "commit: pages, changelog, transaction",
        weight * profile.share(StreamProfile.COMMIT),
        thread * profile.share(StreamProfile.COMMIT),
        weighed + "; a commit every 2 s of real time");
    table.step(
        "Kafka's producer", part(Job.MONITOR, ThreadTimes.SENDER), "its thread in the monitor");
    table.step(
        "garbage collector",
        part(Job.MONITOR, ThreadTimes.COLLECTOR),
        "the VM's thread in the monitor");
    table.step(
        "just-in-time compiler",
        part(Job.MONITOR, ThreadTimes.COMPILER),
        "its threads in the monitor, after a third of the load");
    table.step(
        "other threads",
        part(Job.MONITOR, ThreadTimes.OTHERS) + part(Job.MONITOR, ThreadTimes.MAIN),
        "the process less all threads above");
    table.beside(
        "exporter: reading `health.pods`",
        exporter.readNanos,
        "a process beside a monitor, compiler included; one run");
    table.beside(
        "exporter: a scrape every %d s".formatted(SCRAPE_SECONDS),
        exporter.scrapeNanos,
        String.format(
            Locale.ROOT,
            "%.2f ms CPU for %,d lines, spread over the chip-samples between two scrapes",
            exporter.scrapeNanos * chips() * SCRAPE_SECONDS / 1e6,
            exporter.lines));
    table.beside(
        "**from wire to `/metrics`: monitor and exporter**",
        whole + exporter.readNanos + exporter.scrapeNanos,
        "the whole monitor and the two lines above");
    producer(table);
    table.beside(
        "broker: gives reports to one consumer",
        brokerGives,
        "its process while one only fetches, compiler included; mean of " + rounds);
    return table;
  }

  private void producer(StepTable table)
      throws IOException, InterruptedException, ExecutionException {
    double physics = bench.run(rooted(EmulatorJob.PHYSICS)).nanosPerChipSample();
    double encode = bench.run(rooted(EmulatorJob.ENCODE)).nanosPerChipSample();
    bench.reset();
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServer()))) {
      int partitions = Topics.REPORTS.newTopic().numPartitions();
      NewTopics.create(admin, List.of(new NewTopic(EmulatorJob.TOPIC, partitions, (short) 1)));
    }
    Duration before = bench.brokerCpu();
    double send = bench.runAfterReset(rooted(EmulatorJob.SEND)).nanosPerChipSample();
    double broker = nanos(bench.brokerCpu().minus(before));
    table.beside("emulator: physics", physics, "a process that does nothing else; one run");
    table.beside(
        "emulator: encode", encode - physics, "a process that also encodes, less physics; one run");
    table.beside(
        "emulator: batch, compress, send",
        send - encode,
        "a process that also sends, less the lines above; one run");
    table.beside(
        "broker: takes the reports", broker, "its process meanwhile, compiler included; one run");
  }

  /**
   * What an exporter costs.
   *
   * @param readNanos CPU time for a chip-sample while it reads what the monitor finds out
   * @param scrapeNanos CPU time of a scrape for a chip-sample
   * @param lines lines of a scrape
   */
  private record Exporter(double readNanos, double scrapeNanos, long lines) {}

  private Exporter exporter() throws IOException, InterruptedException, ExecutionException {
    bench.reset();
    Path log = bench.file("exporter.txt");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServer()));
        LauncherProcess exporter =
            LauncherProcess.start(
                log, "export", "--bootstrap-server", bench.bootstrapServer(), "--port", "0")) {
      URI metrics = URI.create(exporter.firstLine());
      CompletableFuture<JobResult> monitor =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return bench.runAfterReset(Job.MONITOR);
                } catch (IOException | InterruptedException e) {
                  throw new CompletionException(e);
                }
              });
      long all = bench.load().shape().seconds() * 1_000L / Load.WINDOW_MS * pods();
      while (!monitor.isDone() && windows(admin) < all / 3) {
        Thread.sleep(LOOK_MS);
      }
      Duration before = exporter.cpu();
      long first = windows(admin);
      monitor.get();
      long last = bench.load().untilMs() / 1_000;
      while (!get(metrics).contains("isotherm_window_end_timestamp_seconds")
          || shown(metrics) < last) {
        if (!exporter.alive()) {
          throw new IOException("the exporter ended; it said:\n" + Files.readString(log));
        }
        Thread.sleep(LOOK_MS);
      }
      double chipSamples = (double) (all - first) / all * bench.load().chipSamples();
      double read = exporter.cpu().minus(before).toNanos() / chipSamples;
      for (int i = 0; i < WARM_UP_SCRAPES; i++) {
        get(metrics);
      }
      before = exporter.cpu();
      for (int i = 0; i < SCRAPES; i++) {
        get(metrics);
      }
      double scrape = (double) exporter.cpu().minus(before).toNanos() / SCRAPES;
      long lines = get(metrics).lines().filter(line -> !line.startsWith("#")).count();
      return new Exporter(read, scrape / (chips() * SCRAPE_SECONDS), lines);
    }
  }

  private static long windows(Admin admin) throws InterruptedException, ExecutionException {
    TopicPartition partition = new TopicPartition(Topics.POD_HEALTH.name(), 0);
    return admin
        .listOffsets(Map.of(partition, OffsetSpec.latest()))
        .partitionResult(partition)
        .get()
        .offset();
  }

  /** End of the newest window that every pod has, in seconds. */
  private long shown(URI metrics) throws IOException, InterruptedException {
    return get(metrics)
        .lines()
        .filter(line -> line.startsWith("isotherm_window_end_timestamp_seconds{"))
        .mapToLong(line -> (long) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .min()
        .orElse(0);
  }

  private String get(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private Job rooted(Job job) {
    return job.with("-Disotherm.root=" + root);
  }

  private int pods() {
    return bench.load().shape().plan(root).pods().size();
  }

  private int chips() {
    return bench.load().shape().plan(root).pods().stream().mapToInt(pod -> pod.chips()).sum();
  }

  private void run(Job job) throws IOException, InterruptedException, ExecutionException {
    keep(job, bench.run(job));
  }

  private void keep(Job job, JobResult result) {
    runs.computeIfAbsent(job, j -> new ArrayList<>()).add(result);
  }

  private double part(Job job, String part) {
    return median(job, result -> result.nanosPerChipSample(part));
  }

  private double median(Job job, ToDoubleFunction<JobResult> figure) {
    return Spread.of(runs.getOrDefault(job, List.of()).stream().map(figure::applyAsDouble).toList())
        .median();
  }

  private double nanos(Duration cpu) {
    return (double) cpu.toNanos() / bench.load().chipSamples();
  }
}
