package io.isotherm.export;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Map.Entry;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What {@code /metrics} would have said at the end of every window, as one OpenMetrics text with
 * timestamps: the same families, as a Prometheus would have them that scrapes an exporter called
 * {@value #INSTANCE} in the job {@value #JOB}.
 *
 * <p>Now is the event time to which the pod that is furthest ahead has come, so the lag of a pod is
 * how far it is behind that one. Families that only a process that runs can fill are not there. A
 * cluster that goes back in time has no samples until it is later than it has been: a series cannot
 * go back.
 *
 * <p>OpenMetrics wants the samples of a family together, so each family waits in a file of its own
 * until the end; memory does not grow with the length. Not safe for use by several threads.
 */
public final class MetricsHistory implements AutoCloseable {
  /** Label {@code job} of every series. */
  public static final String JOB = "isotherm";

  /** Label {@code instance} of every series. */
  public static final String INSTANCE = "backtest";

  private static final String TARGET = "job=\"" + JOB + "\",instance=\"" + INSTANCE + "\"";
  private static final String UP = "up";

  private final Path directory;
  private final ClusterMetrics metrics;
  private final ResultState state = new ResultState();
  private final Map<String, Writer> families = new LinkedHashMap<>();
  private final SortedMap<Long, Map<String, PodHealth>> waiting = new TreeMap<>();
  private @Nullable Writer current;
  private boolean fresh;
  private long watermarkMs = Long.MIN_VALUE;
  private long firstMs = Long.MAX_VALUE;
  private long lastMs = Long.MIN_VALUE;

  /**
   * @param pods every version of every pod of the cluster
   * @param version version of Isotherm
   * @throws IOException if there is no room for what waits
   */
  public MetricsHistory(Iterable<PodTopology> pods, String version) throws IOException {
    this.directory = Files.createTempDirectory("isotherm-openmetrics");
    this.metrics = new ClusterMetrics(Exporter.DEFAULT_SERIES_BUDGET, version, HostNames.NONE);
    pods.forEach(pod -> state.topology(pod.getPod(), pod));
  }

  /** Takes a window of a pod; it counts from the cluster's window of the same time on. */
  public void window(PodHealth health) {
    waiting
        .computeIfAbsent(health.getWindowStartMs(), t -> new TreeMap<>())
        .put(health.getPod(), health);
  }

  /** Takes an event of an incident, before the cluster's window in which it counts. */
  public void incident(Incident incident) {
    state.incident(incident);
  }

  /**
   * Takes a window of the cluster and writes what is known at its end, unless that is no later than
   * what was written before.
   *
   * @throws IOException if it cannot be written
   */
  public void cluster(ClusterHealth health) throws IOException {
    long endMs = health.getWindowStartMs() + health.getWindowMs();
    while (!waiting.isEmpty() && waiting.firstKey() <= health.getWindowStartMs()) {
      for (PodHealth pod : waiting.remove(waiting.firstKey()).values()) {
        watermarkMs = Math.max(watermarkMs, pod.getWatermarkMs());
        state.health(pod, endMs);
      }
    }
    state.cluster(health);
    if (endMs <= lastMs) {
      return;
    }
    firstMs = Math.min(firstMs, endMs);
    lastMs = endMs;
    byte[] page = metrics.collect(state.view(watermarkMs), watermarkMs).openMetrics();
    String text = new String(page, StandardCharsets.UTF_8);
    String stamp = " " + seconds(endMs) + "\n";
    text.lines().forEach(line -> take(line, stamp));
    family(UP, "# TYPE up gauge\n# HELP up Whether the exporter answered the scrape.\n");
    put("up{" + TARGET + "} 1" + stamp);
  }

  /** End of the first window, in milliseconds since 1970-01-01 UTC; MAX_VALUE if there is none. */
  public long firstMs() {
    return firstMs;
  }

  /** End of the last window, in milliseconds since 1970-01-01 UTC; MIN_VALUE if there is none. */
  public long lastMs() {
    return lastMs;
  }

  private void take(String line, String stamp) {
    if (line.startsWith("# TYPE ")) {
      family(line.split(" ", -1)[2], line + "\n");
    } else if (line.startsWith("# HELP ") || line.startsWith("# UNIT ")) {
      header(line + "\n");
    } else if (!line.startsWith("#")) {
      int brace = line.indexOf('{');
      int blank = line.indexOf(' ');
      String labelled =
          brace >= 0 && brace < blank
              ? line.substring(0, brace + 1) + TARGET + "," + line.substring(brace + 1)
              : line.substring(0, blank) + "{" + TARGET + "}" + line.substring(blank);
      put(labelled + stamp);
    }
  }

  private void family(String name, String header) {
    fresh = !families.containsKey(name);
    current =
        families.computeIfAbsent(
            name,
            n -> {
              try {
                return Files.newBufferedWriter(directory.resolve(n));
              } catch (IOException e) {
                throw new UncheckedIOException("cannot write to " + directory, e);
              }
            });
    header(header);
  }

  private void header(String text) {
    if (fresh) {
      put(text);
    }
  }

  private void put(String text) {
    try {
      if (current != null) {
        current.write(text);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write to " + directory, e);
    }
  }

  private static String seconds(long ms) {
    return "%d.%03d".formatted(Math.floorDiv(ms, 1000), Math.floorMod(ms, 1000));
  }

  /**
   * Writes the text; nothing can be taken after that.
   *
   * @param out where it goes; not closed
   * @throws IOException if it cannot be written
   */
  public void write(OutputStream out) throws IOException {
    for (Entry<String, Writer> family : families.entrySet()) {
      family.getValue().close();
      Files.copy(directory.resolve(family.getKey()), out);
    }
    out.write("# EOF\n".getBytes(StandardCharsets.UTF_8));
  }

  /** Takes away what waits. */
  @Override
  public void close() throws IOException {
    try {
      for (Writer family : families.values()) {
        family.close();
      }
    } finally {
      for (String family : families.keySet()) {
        Files.deleteIfExists(directory.resolve(family));
      }
      Files.deleteIfExists(directory);
    }
  }
}
