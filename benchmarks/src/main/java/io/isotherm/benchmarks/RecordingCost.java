package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.TopicConfig;

/**
 * What a recording of the load takes on disk, what it costs to record it and to judge it again, and
 * how fast it is published again.
 */
final class RecordingCost {
  private static final int PATIENCE_SECONDS = 900;
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Chips that must be recorded as fast as they report, once a second. */
  private static final double CHIPS = 1_006_720;

  /** The thread of {@code replay} that makes reports ready; the main thread gives them to Kafka. */
  private static final String READER = "replay-read-ahead";

  private RecordingCost() {}

  /**
   * What a process took, from its start to its end.
   *
   * @param threadNanos CPU time of the thread that was asked for, 0 if none was
   */
  private record Took(long cpuNanos, long wallNanos, long threadNanos) {}

  /**
   * How fast a recording was replayed.
   *
   * @param aSecond reports that the broker took a second
   * @param readyACpuSecond reports that are ready for Kafka a CPU second of the thread that reads,
   *     unpacks, merges and frames them
   */
  private record Replayed(double aSecond, double readyACpuSecond) {}

  /**
   * What a recording takes.
   *
   * @param bytes length of its files of reports
   * @param records reports in them
   * @param samples chip-samples in them
   */
  private record Stored(long bytes, long records, long samples) {
    static Stored of(Path recording) throws IOException {
      JsonNode counts = JSON.readTree(recording.resolve("manifest.json").toFile()).path("counts");
      return new Stored(
          counts.path("bytes").asLong(),
          counts.path("records").asLong(),
          counts.path("chipSamples").asLong());
    }

    /** Bytes a chip-sample. */
    Spread size() {
      double size = (double) bytes / samples;
      return new Spread(size, size, size);
    }
  }

  /**
   * Records the load and back-tests it several times.
   *
   * @param times back-tests, each a process of its own with all that it takes to start
   */
  static List<Finding> measureBackTest(Bench bench, int times, PrintWriter progress)
      throws IOException {
    Load load = bench.load();
    progress.println("R1, R2: a recording and its back-test");
    progress.flush();
    Path log = bench.file("recording.log");
    Path recording = recording(bench, log);
    Stored stored = Stored.of(recording);
    Path archive = bench.file("packed");
    long packNanos =
        run(
                log,
                bench.file("pack.cpu"),
                "recording",
                "pack",
                recording.toString(),
                "--into",
                archive.toString())
            .cpuNanos;
    Stored packed = Stored.of(archive);
    List<Double> speeds = new ArrayList<>();
    List<Double> packedSpeeds = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      speeds.add(speed(bench, recording, stored.samples(), log));
      packedSpeeds.add(speed(bench, archive, stored.samples(), log));
    }
    int chips = load.shape().chipsPerReport();
    return List.of(
        new Finding(
            "R1",
            "million chip-samples back-tested a CPU second",
            chips,
            Spread.of(speeds),
            2,
            2,
            false,
            String.format(
                Locale.ROOT, "%,d chip-samples, start of the process included", stored.samples())),
        new Finding(
            "R1",
            "million chip-samples of a packed recording back-tested a CPU second",
            chips,
            Spread.of(packedSpeeds),
            2,
            2,
            false,
            String.format(
                Locale.ROOT,
                "packed at %.2f million a CPU second",
                stored.samples() * 1e3 / packNanos)),
        new Finding(
            "R2",
            "bytes of a recording a chip-sample",
            chips,
            stored.size(),
            12,
            6,
            true,
            String.format(Locale.ROOT, "%,d bytes, links included", stored.bytes())),
        new Finding(
            "R2",
            "bytes of a packed recording a chip-sample",
            chips,
            packed.size(),
            12,
            6,
            true,
            String.format(Locale.ROOT, "%,d bytes, links included", packed.bytes())));
  }

  /**
   * Replays a recording of the load several times at full speed, in turn with a producer that has
   * its records in memory.
   */
  static List<Finding> measureReplay(Bench bench, int times, PrintWriter progress)
      throws IOException, InterruptedException, ExecutionException {
    progress.println("R3: a recording's replay");
    progress.flush();
    Path log = bench.file("replay.log");
    Path recording = recording(bench, log);
    long reports = Stored.of(recording).records();
    List<Double> plainRates = new ArrayList<>();
    List<Double> replayRates = new ArrayList<>();
    List<Double> readyRates = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      if (i % 2 == 0) {
        plainRates.add(plainRate(bench, log));
      }
      Replayed replayed = replay(bench, recording, log, reports);
      if (i % 2 != 0) {
        plainRates.add(plainRate(bench, log));
      }
      replayRates.add(replayed.aSecond);
      readyRates.add(replayed.readyACpuSecond);
      progress.printf(
          Locale.ROOT,
          "  replay %,.0f reports/s, made ready %,.0f a CPU second; plain %,.0f reports/s%n",
          replayed.aSecond,
          replayed.readyACpuSecond,
          plainRates.get(i));
      progress.flush();
    }
    int chips = bench.load().shape().chipsPerReport();
    return List.of(
        new Finding(
            "R3",
            "replay at max / a plain producer of records in memory",
            chips,
            ratios(replayRates, plainRates),
            0.9,
            1,
            false,
            String.format(
                Locale.ROOT,
                "%,.0f of %,.0f reports/s by the broker's clock",
                Spread.of(replayRates).median(),
                Spread.of(plainRates).median())),
        new Finding(
            "R3",
            "reports a CPU second that a replay makes ready / a second of that producer",
            chips,
            ratios(readyRates, plainRates),
            1,
            2,
            false,
            String.format(
                Locale.ROOT,
                "%,.0f reports read, unpacked, merged and framed a CPU second",
                Spread.of(readyRates).median())));
  }

  private static Spread ratios(List<Double> first, List<Double> second) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      ratios.add(first.get(i) / second.get(i));
    }
    return Spread.of(ratios);
  }

  /**
   * Records the load several times, plain and packed in turn.
   *
   * @param times recordings of each, by a process of its own with all that it takes to start
   */
  static List<Finding> measureRecorder(Bench bench, int times, PrintWriter progress)
      throws IOException {
    progress.println("R4: how fast a recording is made");
    progress.flush();
    Recorded plain = new Recorded("recorded");
    Recorded packed = new Recorded("recorded and packed", "--pack");
    for (int i = 0; i < times; i++) {
      plain.once(bench, progress);
      packed.once(bench, progress);
    }
    int chips = bench.load().shape().chipsPerReport();
    return List.of(
        rate(
            "reports recorded a CPU second",
            chips,
            plain.aCpuSecond,
            String.format(
                Locale.ROOT, "%,.0f chips that report once a second; start included", CHIPS)),
        rate("reports recorded a second", chips, plain.aSecond, plain.byTheWall()),
        rate("reports recorded and packed a second", chips, packed.aSecond, packed.byTheWall()));
  }

  private static Finding rate(String what, int chipsPerReport, List<Double> rates, String detail) {
    double bar = CHIPS / chipsPerReport;
    return new Finding("R4", what, chipsPerReport, Spread.of(rates), bar, bar, false, detail);
  }

  /** Recordings of one form. */
  private static final class Recorded {
    private final String what;
    private final String[] options;
    private final List<Double> aCpuSecond = new ArrayList<>();
    private final List<Double> aSecond = new ArrayList<>();
    private double bytesASample;

    Recorded(String what, String... options) {
      this.what = what;
      this.options = options;
    }

    void once(Bench bench, PrintWriter progress) throws IOException {
      Path recording = bench.file("recorded");
      Path log = bench.file("recorded.log");
      Took took = record(bench, recording, log, options);
      Stored stored = Stored.of(recording);
      long expected = bench.load().reportsInWindows();
      if (stored.records() != expected) {
        throw new IOException(
            "%,d reports were recorded, must be %,d; the recorder said last:%n%s"
                .formatted(stored.records(), expected, LauncherProcess.tail(log)));
      }
      delete(recording);
      aCpuSecond.add(stored.records() * 1e9 / took.cpuNanos);
      aSecond.add(stored.records() * 1e9 / took.wallNanos);
      bytesASample = (double) stored.bytes() / stored.samples();
      progress.printf(
          Locale.ROOT,
          "  %s %,.0f reports/s, %,.0f a CPU second%n",
          what,
          aSecond.get(aSecond.size() - 1),
          aCpuSecond.get(aCpuSecond.size() - 1));
      progress.flush();
    }

    String byTheWall() {
      return String.format(
          Locale.ROOT,
          "by the wall, beside the broker, start and end included; %,.0f a CPU second, %.1f bytes a chip-sample",
          Spread.of(aCpuSecond).median(),
          bytesASample);
    }
  }

  /** A recording of the load, made unless there is one already. */
  private static Path recording(Bench bench, Path log) throws IOException {
    Path recording = bench.file("recording");
    if (!Files.exists(recording)) {
      Took unused = record(bench, recording, log);
    }
    if (Stored.of(recording).samples() == 0) {
      throw new IOException(
          "the recording has no chip-samples; the recorder said last:%n%s"
              .formatted(LauncherProcess.tail(log)));
    }
    return recording;
  }

  /** Records the load. */
  private static Took record(Bench bench, Path recording, Path log, String... options)
      throws IOException {
    Load load = bench.load();
    List<String> command =
        new ArrayList<>(
            List.of(
                "record",
                "--bootstrap-server",
                bench.bootstrapServer(),
                "--from",
                Instant.ofEpochMilli(load.fromMs()).toString(),
                "--to",
                Instant.ofEpochMilli(load.untilMs()).toString()));
    command.addAll(List.of(options));
    command.add(recording.toString());
    return run(log, bench.file("record.cpu"), command.toArray(String[]::new));
  }

  private static void delete(Path recording) throws IOException {
    try (Stream<Path> files = Files.walk(recording)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  /** Back-tests a recording; million chip-samples a CPU second. */
  private static double speed(Bench bench, Path recording, long samples, Path log)
      throws IOException {
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
                result.toString())
            .cpuNanos;
    long judged = JSON.readTree(result.toFile()).path("chip_samples").asLong();
    Files.delete(result);
    if (judged != samples) {
      throw new IOException("the back-test read %d chip-samples of %d".formatted(judged, samples));
    }
    return samples * 1e3 / nanos;
  }

  /** Sends as many records as the load has from memory; records a second. */
  private static double plainRate(Bench bench, Path log)
      throws IOException, InterruptedException, ExecutionException {
    String topic = "plain.reports";
    create(bench, topic);
    try (LauncherProcess process =
        LauncherProcess.java(
            log,
            PlainProducer.class.getName(),
            bench.bootstrapServer(),
            topic,
            Long.toString(bench.load().reports()))) {
      process.awaitSuccess(PATIENCE_SECONDS);
    }
    return rateOf(bench, topic, bench.load().reports());
  }

  /** Replays the recording at full speed. */
  private static Replayed replay(Bench bench, Path recording, Path log, long reports)
      throws IOException, InterruptedException, ExecutionException {
    String topic = "replayed.reports";
    create(bench, topic);
    Took took =
        runWatched(
            log,
            bench.file("replay.cpu"),
            READER,
            "replay",
            "--bootstrap-server",
            bench.bootstrapServer(),
            "--speed",
            "max",
            "--topic",
            topic,
            recording.toString());
    if (took.threadNanos == 0) {
      throw new IOException("the replay had no thread " + READER);
    }
    return new Replayed(rateOf(bench, topic, reports), reports * 1e9 / took.threadNanos);
  }

  /** A topic whose records have the time at which the broker took them. */
  private static void create(Bench bench, String topic)
      throws InterruptedException, ExecutionException {
    NewTopic created = new NewTopic(topic, Topics.REPORTS.partitions(), (short) 1);
    Map<String, String> config = new HashMap<>(Topics.REPORTS.config());
    config.put(TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG, "LogAppendTime");
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServer()))) {
      NewTopics.create(admin, List.of(created.configs(config)));
    }
  }

  /**
   * Records a second that a topic took, from its first batch to its last; deletes the topic.
   *
   * @param expected records that must be in it
   */
  private static double rateOf(Bench bench, String topic, long expected)
      throws IOException, InterruptedException, ExecutionException {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bench.bootstrapServer()))) {
      long records = 0;
      long firstMs = Long.MAX_VALUE;
      long lastMs = Long.MIN_VALUE;
      for (Map.Entry<Integer, Long> end : Load.ends(admin, topic).entrySet()) {
        TopicPartition p = new TopicPartition(topic, end.getKey());
        records += end.getValue();
        firstMs = Math.min(firstMs, timestamp(admin, p, OffsetSpec.forTimestamp(0)));
        lastMs = Math.max(lastMs, timestamp(admin, p, OffsetSpec.maxTimestamp()));
      }
      admin.deleteTopics(List.of(topic)).all().get();
      if (records != expected) {
        throw new IOException(
            "%,d records came into %s, must be %,d".formatted(records, topic, expected));
      }
      return records * 1e3 / (lastMs - firstMs);
    }
  }

  private static long timestamp(Admin admin, TopicPartition partition, OffsetSpec of)
      throws InterruptedException, ExecutionException {
    return admin.listOffsets(Map.of(partition, of)).partitionResult(partition).get().timestamp();
  }

  /** Runs a command to its end. */
  private static Took run(Path log, Path cpu, String... command) throws IOException {
    return runWatched(log, cpu, "", command);
  }

  private static Took runWatched(Path log, Path cpu, String thread, String... command)
      throws IOException {
    List<String> arguments = new ArrayList<>(List.of(cpu.toString(), thread));
    arguments.addAll(List.of(command));
    try (LauncherProcess process =
        LauncherProcess.java(log, TimedCommand.class.getName(), arguments.toArray(String[]::new))) {
      process.awaitSuccess(PATIENCE_SECONDS);
    }
    String[] took = Files.readString(cpu).split(" ", -1);
    return new Took(Long.parseLong(took[0]), Long.parseLong(took[1]), Long.parseLong(took[2]));
  }
}
