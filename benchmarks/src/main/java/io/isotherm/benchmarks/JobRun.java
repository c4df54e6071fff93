package io.isotherm.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * One run of a job, seen from inside its process: what it is told, and what it reports.
 *
 * <p>A job is a process that reads the whole topic of reports up to given offsets and writes one
 * line of JSON. Nothing but the JDK is needed here, so that a job may have any class path. The
 * arguments and the line are described in {@code benchmarks/README.md}.
 *
 * <p>{@link #consumed} may be called by any thread; the rest by one.
 */
public final class JobRun {
  /** The share of the input after which a process counts as warm: one third. */
  private static final int WARM_AFTER = 3;

  private final Map<String, String> arguments;
  private final SortedMap<Integer, Long> end = new TreeMap<>();
  private final long reports;
  private final long startNanos = System.nanoTime();

  private final Map<String, Double> parts = new TreeMap<>();

  private volatile boolean warm;
  private long warmReports;
  private long warmCpuNanos;
  private Map<String, Long> warmThreads = Map.of();

  private JobRun(Map<String, String> arguments) {
    this.arguments = arguments;
    long sum = 0;
    for (String part : argument("end").split(",", -1)) {
      String[] numbers = part.split(":", -1);
      long offset = Long.parseLong(numbers[1]);
      end.put(Integer.parseInt(numbers[0]), offset);
      sum += offset;
    }
    reports = sum;
  }

  /**
   * Reads the arguments of a job.
   *
   * @param args pairs of {@code --name value}
   * @throws IllegalArgumentException if one is missing; the message says which
   */
  public static JobRun of(String... args) {
    Map<String, String> arguments = new HashMap<>();
    for (int i = 0; i + 1 < args.length; i += 2) {
      arguments.put(args[i].substring("--".length()), args[i + 1]);
    }
    return new JobRun(arguments);
  }

  private String argument(String name) {
    String value = arguments.get(name);
    if (value == null) {
      throw new IllegalArgumentException("argument --" + name + " is missing");
    }
    return value;
  }

  /** Name that the harness knows this job by. */
  public String job() {
    return argument("job");
  }

  /** Kafka's address. */
  public String bootstrapServer() {
    return argument("bootstrap-server");
  }

  /** Topic of the reports; every partition is to be read from offset 0. */
  public String topic() {
    return argument("topic");
  }

  /** For every partition the offset at which to stop, exclusive. */
  public SortedMap<Integer, Long> end() {
    return end;
  }

  /** Reports up to those offsets. */
  public long reports() {
    return reports;
  }

  /** Chips in every report. */
  public int chipsPerReport() {
    return Integer.parseInt(argument("chips-per-report"));
  }

  /** Event time at which the first window begins, in milliseconds since 1970-01-01 UTC. */
  public long fromMs() {
    return Long.parseLong(argument("from"));
  }

  /** Event time at which the last window ends that counts; reports behind it only close it. */
  public long untilMs() {
    return Long.parseLong(argument("until"));
  }

  /** An empty directory for this run alone. */
  public Path work() {
    return Path.of(argument("work"));
  }

  /**
   * Says how far the job has come. Costs nothing but a comparison, except once.
   *
   * @param count reports consumed so far
   */
  public void consumed(long count) {
    if (!warm && count * WARM_AFTER >= reports) {
      noteWarm(count);
    }
  }

  private synchronized void noteWarm(long count) {
    if (!warm) {
      warmCpuNanos = cpuNanos();
      warmThreads = ThreadTimes.nanos();
      warmReports = count;
      warm = true;
    }
  }

  /** Whether the job has read a third of the reports. */
  public boolean isWarm() {
    return warm;
  }

  /**
   * Says what a part of the job cost after the first third, beside what its threads did.
   *
   * @param name name of the part
   * @param nanos CPU time in nanoseconds
   */
  public void part(String name, long nanos) {
    parts.put(name, nanos / 1e9);
  }

  /** Notes what each kind of thread has cost; to be called when the job is done. */
  public void threads() {
    ThreadTimes.nanos()
        .forEach((kind, nanos) -> part(kind, nanos - warmThreads.getOrDefault(kind, 0L)));
  }

  /**
   * CPU time of this process so far, in nanoseconds. To be taken at the moment at which the job is
   * done, before it looks at its own answer.
   */
  public static long cpuNanos() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getProcessCpuTime();
  }

  /**
   * Writes the result.
   *
   * @param cpuNanos CPU time when the job was done, by {@link #cpuNanos}
   * @param doneNanos {@link System#nanoTime} when the job was done
   * @param read reports that the job has read
   * @param chipSamples chips in them
   * @param digest digest of the answer
   * @throws IllegalStateException if the job never called {@link #consumed}
   */
  public void finish(long cpuNanos, long doneNanos, long read, long chipSamples, String digest)
      throws IOException {
    if (!warm) {
      throw new IllegalStateException("the job never said that it read a third of the reports");
    }
    Files.writeString(
        Path.of(argument("out")),
        String.format(
            Locale.ROOT,
            "{\"job\":\"%s\",\"reports\":%d,\"chipSamples\":%d,\"digest\":\"%s\","
                + "\"cpuSeconds\":%.6f,\"warmCpuSeconds\":%.6f,\"warmChipSamples\":%d,"
                + "\"wallSeconds\":%.6f,\"maxRssBytes\":%d,\"parts\":{%s}}%n",
            job(),
            read,
            chipSamples,
            digest,
            cpuNanos / 1e9,
            (cpuNanos - warmCpuNanos) / 1e9,
            (read - warmReports) * chipsPerReport(),
            (doneNanos - startNanos) / 1e9,
            maxRssBytes(),
            parts.entrySet().stream()
                .map(
                    part ->
                        String.format(Locale.ROOT, "\"%s\":%.6f", part.getKey(), part.getValue()))
                .collect(Collectors.joining(","))));
  }

  private static long maxRssBytes() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      for (String line : Files.readAllLines(status)) {
        if (line.startsWith("VmHWM:")) {
          return Long.parseLong(line.replaceAll("\\D", "")) << 10;
        }
      }
    }
    return 0;
  }
}
