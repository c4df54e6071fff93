package io.isotherm.export;

import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;

/** Writes metrics in the format that the scraper asks for: OpenMetrics 1.0 or text 0.0.4. */
final class Exposition {
  private final ExpositionFormats formats = ExpositionFormats.init();

  /**
   * Writes metrics.
   *
   * @param accept value of the header Accept; text 0.0.4 if it names no known format
   */
  Reply write(MetricSnapshots metrics, String accept) throws IOException {
    ExpositionFormatWriter writer = formats.findWriter(accept);
    ByteArrayOutputStream out = new ByteArrayOutputStream(1 << 16);
    writer.write(out, metrics);
    return new Reply(200, writer.getContentType(), out.toByteArray());
  }
}
