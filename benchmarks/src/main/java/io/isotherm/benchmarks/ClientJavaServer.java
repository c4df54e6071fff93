package io.isotherm.benchmarks;

import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.Reply;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The way in which a Java program usually offers metrics: client_java's own metrics in its
 * registry, with the same series and values as a given exposition, behind the same HTTP server as
 * ours.
 */
final class ClientJavaServer {
  private static final Pattern SAMPLE = Pattern.compile("([a-zA-Z0-9_:]+)(?:\\{(.*)\\})? (\\S+)");
  private static final Pattern LABEL =
      Pattern.compile("([a-zA-Z0-9_]+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

  private final PrometheusRegistry registry = new PrometheusRegistry();

  private ClientJavaServer() {}

  /** Argument: a file in the text format. Writes its URL, and serves until it is killed. */
  public static void main(String[] args) throws Exception {
    ClientJavaServer server = new ClientJavaServer();
    server.fill(Files.readAllLines(Path.of(args[0])));
    ExpositionFormats formats = ExpositionFormats.init();
    try (HttpEndpoint endpoint =
        HttpEndpoint.titled("client_java")
            .at(
                "/metrics",
                "the same series",
                call -> server.answer(formats.findWriter(call.accept())))
            .start(0)) {
      System.out.println("http://localhost:" + endpoint.port() + "/metrics");
      Thread.currentThread().join();
    }
  }

  private Reply answer(ExpositionFormatWriter writer) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
    writer.write(out, registry.scrape());
    return new Reply(200, writer.getContentType(), out.toByteArray());
  }

  private record Sample(String name, Map<String, String> labels, double value) {}

  /** Samples between two TYPE lines are one family. */
  private void fill(List<String> lines) {
    Set<String> names = new TreeSet<>();
    String name = "";
    String type = "";
    List<Sample> samples = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("# TYPE ")) {
        family(name, type, samples, names);
        String[] words = line.split(" ", -1);
        name = words[2];
        type = words[3];
        samples.clear();
      } else if (!line.startsWith("#")) {
        Matcher m = SAMPLE.matcher(line);
        if (m.matches()) {
          samples.add(new Sample(m.group(1), labels(m.group(2)), value(m.group(3))));
        }
      }
    }
    family(name, type, samples, names);
  }

  private static double value(String text) {
    return text.equals("+Inf") ? Double.POSITIVE_INFINITY : Double.parseDouble(text);
  }

  private static Map<String, String> labels(String text) {
    Map<String, String> labels = new LinkedHashMap<>();
    if (text != null) {
      Matcher m = LABEL.matcher(text);
      while (m.find()) {
        labels.put(m.group(1), m.group(2));
      }
    }
    return labels;
  }

  private void family(String name, String type, List<Sample> samples, Set<String> names) {
    if (samples.isEmpty()) {
      return;
    }
    String base = name.replaceAll("_(total|info)$", "");
    // A gauge and a counter of one name are two families here.
    String free = names.add(base) ? base : base + "_events";
    String[] labels = samples.get(0).labels().keySet().toArray(String[]::new);
    switch (type) {
      case "counter" -> {
        Counter counter =
            Counter.builder().name(free).help(name).labelNames(labels).register(registry);
        samples.forEach(s -> counter.labelValues(values(s)).inc(s.value()));
      }
      case "histogram" -> histogram(free, samples);
      default -> {
        Gauge gauge = Gauge.builder().name(free).help(name).labelNames(labels).register(registry);
        samples.forEach(s -> gauge.labelValues(values(s)).set(s.value()));
      }
    }
  }

  private static String[] values(Sample sample) {
    return sample.labels().values().toArray(String[]::new);
  }

  private void histogram(String name, List<Sample> samples) {
    Map<String, TreeMap<Double, Double>> bySeries = new TreeMap<>();
    for (Sample s : samples) {
      if (s.name().endsWith("_bucket")) {
        bySeries
            .computeIfAbsent(s.labels().getOrDefault("pod", ""), pod -> new TreeMap<>())
            .put(value(s.labels().getOrDefault("le", "+Inf")), s.value());
      }
    }
    double[] bounds =
        bySeries.values().iterator().next().keySet().stream()
            .mapToDouble(Double::doubleValue)
            .filter(Double::isFinite)
            .toArray();
    Histogram histogram =
        Histogram.builder()
            .name(name)
            .help(name)
            .labelNames("pod")
            .classicOnly()
            .classicUpperBounds(bounds)
            .register(registry);
    bySeries.forEach(
        (pod, buckets) -> {
          double before = 0;
          for (Map.Entry<Double, Double> bucket : buckets.entrySet()) {
            double at = Math.min(bucket.getKey(), 1e6);
            for (double n = before; n < bucket.getValue(); n++) {
              histogram.labelValues(pod).observe(at);
            }
            before = bucket.getValue();
          }
        });
  }
}
