package io.isotherm.export;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot;
import io.prometheus.metrics.model.snapshots.UnknownSnapshot.UnknownDataPointSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Writes metrics in the format that the scraper asks for: OpenMetrics 1.0 or text 0.0.4. */
final class Exposition {
  private final ExpositionFormats formats = ExpositionFormats.init();

  /**
   * Writes metrics.
   *
   * @param accept value of the header Accept; text 0.0.4 if it names no known format
   */
  Reply write(MetricSnapshots metrics, String accept) throws IOException {
    return write(metrics.stream().toList(), accept);
  }

  /**
   * Writes metrics among which a counter may have the name of a gauge and {@code _total}.
   *
   * <p>OpenMetrics gives both the same family name, which must be unique: there such a counter is
   * of type unknown under its full name, and its samples are the same. In text they do not clash.
   */
  Reply write(List<MetricSnapshot> metrics, String accept) throws IOException {
    ExpositionFormatWriter writer = formats.findWriter(accept);
    boolean text = writer == formats.getPrometheusTextFormatWriter();
    Set<String> taken = new HashSet<>();
    for (MetricSnapshot metric : metrics) {
      if (!(metric instanceof CounterSnapshot)) {
        taken.add(metric.getMetadata().getName());
      }
    }
    List<MetricSnapshot> first = new ArrayList<>();
    List<MetricSnapshot> apart = new ArrayList<>();
    for (MetricSnapshot metric : metrics) {
      if (!(metric instanceof CounterSnapshot counter)
          || !taken.contains(metric.getMetadata().getName())) {
        first.add(metric);
      } else if (text) {
        apart.add(counter);
      } else {
        first.add(untyped(counter));
      }
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
    writer.write(out, new MetricSnapshots(first));
    if (!apart.isEmpty()) {
      writer.write(out, new MetricSnapshots(apart));
    }
    return new Reply(200, writer.getContentType(), out.toByteArray());
  }

  private static MetricSnapshot untyped(CounterSnapshot counter) {
    UnknownSnapshot.Builder builder = UnknownSnapshot.builder();
    counter
        .getDataPoints()
        .forEach(
            point ->
                builder.dataPoint(
                    UnknownDataPointSnapshot.builder()
                        .value(point.getValue())
                        .labels(point.getLabels())
                        .build()));
    return builder
        .name(counter.getMetadata().getName() + "_total")
        .help(counter.getMetadata().getHelp())
        .build();
  }
}
