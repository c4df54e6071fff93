package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What a recording of the load takes on disk, and what it costs to judge it again. */
final class RecordingCost {
  private static final int PATIENCE_SECONDS = 900;
  private static final ObjectMapper JSON = new ObjectMapper();

  private RecordingCost() {}

  /**
   * Records the load and back-tests it several times.
   *
   * @param times back-tests, each a process of its own with all that it takes to start
   */
  static List<Finding> measure(Bench bench, int times, PrintWriter progress) throws IOException {
    Load load = bench.load();
    Path recording = bench.file("recording");
    Path log = bench.file("recording.log");
    progress.println("R1, R2: recording and its back-test");
    progress.flush();
    run(
        log,
        bench.file("record.cpu"),
        "record",
        "--bootstrap-server",
        bench.bootstrapServer(),
        "--from",
        Instant.ofEpochMilli(load.fromMs()).toString(),
        "--to",
        Instant.ofEpochMilli(load.untilMs()).toString(),
        recording.toString());
    JsonNode counts = JSON.readTree(recording.resolve("manifest.json").toFile());
    long bytes = 0;
    long samples = 0;
    for (JsonNode file : counts.path("reports")) {
      bytes += file.path("counts").path("bytes").asLong();
      samples += file.path("counts").path("chipSamples").asLong();
    }
    if (samples == 0) {
      throw new IOException("the recording has no chip-samples; its log is " + log);
    }
    List<Double> speeds = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      Path result = bench.file("backtest.json");
      long nanos =
          run(
              log,
              bench.file("backtest.cpu"),
              "backtest",
              recording.toString(),
              "-o",
              "json",
              "--out",
              result.toString());
      long judged = JSON.readTree(result.toFile()).path("chip_samples").asLong();
      if (judged != samples) {
        throw new IOException(
            "the back-test read %d chip-samples of %d".formatted(judged, samples));
      }
      speeds.add(samples / 1e6 / (nanos / 1e9));
      Files.delete(result);
    }
    int chips = load.shape().chipsPerReport();
    double size = (double) bytes / samples;
    return List.of(
        new Finding(
            "R1",
            "million chip-samples back-tested a CPU second",
            chips,
            Spread.of(speeds),
            2,
            2,
            false,
            String.format(Locale.ROOT, "%,d chip-samples, start of the process included", samples)),
        new Finding(
            "R2",
            "bytes of a recording a chip-sample",
            chips,
            new Spread(size, size, size),
            12,
            6,
            true,
            String.format(Locale.ROOT, "%,d bytes, links included", bytes)));
  }

  /** Runs a command to its end; its CPU time in nanoseconds. */
  private static long run(Path log, Path cpu, String... command) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(cpu.toString()));
    arguments.addAll(List.of(command));
    try (LauncherProcess process =
        LauncherProcess.java(log, TimedCommand.class.getName(), arguments.toArray(String[]::new))) {
      process.awaitSuccess(PATIENCE_SECONDS);
    }
    return Long.parseLong(Files.readString(cpu));
  }
}
