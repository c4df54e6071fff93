package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.jspecify.annotations.Nullable;

/** A broker with a load in it, and the jobs that run over that. */
final class Bench implements AutoCloseable {
  /** A job that takes longer than this hangs. */
  private static final long MOST_MINUTES = 30;

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path directory;
  private final BrokerProcess broker;
  private final Load load;
  private final PrintWriter progress;
  private @Nullable Path profiles;
  private int runs;

  private Bench(Path directory, BrokerProcess broker, Load load, PrintWriter progress) {
    this.directory = directory;
    this.broker = broker;
    this.load = load;
    this.progress = progress;
  }

  /**
   * Starts a broker and fills it.
   *
   * @param root the checkout
   * @param progress takes a line for every step
   */
  static Bench open(Load.Shape shape, Path root, PrintWriter progress)
      throws IOException, InterruptedException, ExecutionException {
    Path directory = Scratch.create("bench");
    BrokerProcess broker = null;
    try {
      broker = BrokerProcess.start(directory.resolve("broker"));
      progress.printf(
          "filling: %d chips a report, %d s of event time...%n",
          shape.chipsPerReport(), shape.seconds());
      progress.flush();
      long start = System.nanoTime();
      Load load = Load.fill(shape, root, broker.bootstrapServer());
      progress.printf(
          "filled: %,d reports, %,d chip-samples in %.0f s%n",
          load.reports(), load.chipSamples(), (System.nanoTime() - start) / 1e9);
      progress.flush();
      return new Bench(directory, broker, load, progress);
    } catch (IOException | InterruptedException | ExecutionException | RuntimeException e) {
      if (broker != null) {
        broker.close();
      }
      Scratch.delete(directory);
      throw e;
    }
  }

  /** Lets Java's flight recorder write a profile of every run into a directory. */
  void profile(Path into) throws IOException {
    profiles = Files.createDirectories(into).toAbsolutePath();
  }

  Load load() {
    return load;
  }

  String bootstrapServer() {
    return broker.bootstrapServer();
  }

  /** CPU time of the broker so far. */
  Duration brokerCpu() {
    return broker.cpu();
  }

  /** A file or directory for whoever needs one; it is deleted in the end. */
  Path file(String name) {
    return directory.resolve(name);
  }

  /**
   * Runs a job to its end.
   *
   * @throws IOException if it fails, or its answer is wrong
   */
  JobResult run(Job job) throws IOException, InterruptedException, ExecutionException {
    reset();
    return runAfterReset(job);
  }

  /** Empties the topics of results, so that whoever reads them may begin before a job does. */
  void reset() throws InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServer()))) {
      Results.reset(admin);
    }
  }

  /**
   * As {@link #run}, and lets Java's flight recorder write a profile.
   *
   * @param file takes the profile
   */
  JobResult runProfiled(Job job, Path file)
      throws IOException, InterruptedException, ExecutionException {
    return run(job.with("-XX:StartFlightRecording=settings=profile,filename=" + file));
  }

  /** Runs a job to its end; {@link #reset} must have been called since the last. */
  JobResult runAfterReset(Job job) throws IOException, InterruptedException {
    Path work = Files.createDirectories(directory.resolve("run-" + runs++));
    Path out = work.resolve("result.json");
    Path log = work.resolve("log.txt");
    List<String> command = new ArrayList<>();
    command.add(Java.EXECUTABLE);
    command.addAll(job.jvmFlags());
    if (profiles != null) {
      command.add(
          "-XX:StartFlightRecording=settings=profile,filename=%s/%s-%d.jfr"
              .formatted(profiles, job.name(), runs));
    }
    command.addAll(List.of("-cp", job.classPath(), job.mainClass()));
    arguments(job, Files.createDirectories(work.resolve("work")), out)
        .forEach((name, value) -> command.addAll(List.of("--" + name, value)));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
        throw new IOException(
            "%s did not end within %d minutes; it said:%n%s"
                .formatted(job.name(), MOST_MINUTES, Files.readString(log)));
      }
    } finally {
      process.destroyForcibly();
    }
    if (process.exitValue() != 0 || !Files.exists(out)) {
      throw new IOException(
          "%s failed (exit code %d); it said:%n%s"
              .formatted(job.name(), process.exitValue(), Files.readString(log)));
    }
    JobResult result = JSON.readValue(out.toFile(), JobResult.class);
    check(job, result);
    progress.printf(
        "  %-16s %8.1f ns a chip-sample, %6.2f s CPU, %6.1f s, %,d MiB%n",
        job.name(),
        result.nanosPerChipSample(),
        result.cpuSeconds(),
        result.wallSeconds(),
        result.maxRssBytes() >> 20);
    progress.flush();
    return result;
  }

  private Map<String, String> arguments(Job job, Path work, Path out) {
    return Map.of(
        "job", job.name(),
        "bootstrap-server", bootstrapServer(),
        "topic", "telemetry.reports",
        "end",
            load.end().entrySet().stream()
                .map(e -> e.getKey() + ":" + e.getValue())
                .collect(Collectors.joining(",")),
        "chips-per-report", String.valueOf(load.shape().chipsPerReport()),
        "from", String.valueOf(load.fromMs()),
        "until", String.valueOf(load.untilMs()),
        "work", work.toString(),
        "out", out.toString());
  }

  private void check(Job job, JobResult result) throws IOException {
    String expected =
        switch (job.finds()) {
          case RECORDS -> Answer.records(load.reports());
          case SAMPLES -> load.samples();
          case WINDOWS -> load.windows();
        };
    if (result.reports() != load.reports()
        || result.chipSamples() != load.chipSamples()
        || !result.digest().equals(expected)) {
      throw new IOException(
          "%s is wrong: %,d reports, %,d chip-samples, %s; expected %,d, %,d, %s"
              .formatted(
                  job.name(),
                  result.reports(),
                  result.chipSamples(),
                  result.digest(),
                  load.reports(),
                  load.chipSamples(),
                  expected));
    }
  }

  @Override
  public void close() {
    broker.close();
    Scratch.delete(directory);
  }
}
