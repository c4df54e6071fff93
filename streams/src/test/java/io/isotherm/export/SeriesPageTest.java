package io.isotherm.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.avro.Histogram;
import io.prometheus.metrics.expositionformats.ExpositionFormatWriter;
import io.prometheus.metrics.expositionformats.ExpositionFormats;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot.GaugeDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot;
import io.prometheus.metrics.model.snapshots.InfoSnapshot.InfoDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricMetadata;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Our text against that of client_java for the same series. */
class SeriesPageTest {
  private static final String AWKWARD = "\"a\\b\nc\" \u00e9\u6d77";
  private static final double[] VALUES = {
    0,
    1,
    -1,
    15_488,
    9_999_999,
    9_999_999.999,
    1e7,
    12_345_678.9,
    1_764_213_337.123,
    9.1e15,
    80.3,
    -12.345,
    0.5,
    0.001,
    0.0004,
    1e-9,
    0.1 + 0.2,
    1 / 3.0,
    Math.nextUp(80.3),
    Double.NaN,
    Double.POSITIVE_INFINITY,
    Double.NEGATIVE_INFINITY,
    Double.MIN_VALUE,
    Double.MAX_VALUE,
  };

  private static SeriesPage page() {
    SeriesPage page = new SeriesPage();
    page.add(Family.BUILD, 1, "1.0");
    page.add(Family.CABINET_UNAVAILABLE, 3, AWKWARD, "cab-000");
    page.add(Family.CABINET_UNAVAILABLE, 4, "pod-01", "cab-000");
    page.add(
        Family.CHIP_TEMPERATURE,
        new Histogram(List.of(405, 600, 800), List.of(1, 2, 0, 15_000_000), 5_005L),
        10,
        10,
        AWKWARD);
    page.add(Family.CLUSTER_COVERAGE, 0.25);
    for (int i = 0; i < VALUES.length; i++) {
      page.add(Family.POWER, VALUES[i], "%02d".formatted(i));
    }
    page.add(Family.REPORTS, 75_525_660, "pod-00");
    return page;
  }

  private static MetricMetadata named(Family family) {
    return new MetricMetadata(family.metric().replaceAll("_(total|info)$", ""), family.help());
  }

  private static GaugeDataPointSnapshot gauge(double value, Labels labels) {
    return new GaugeDataPointSnapshot(value, labels, null);
  }

  private static MetricSnapshots snapshots() {
    GaugeSnapshot.Builder power = GaugeSnapshot.builder();
    for (int i = 0; i < VALUES.length; i++) {
      power.dataPoint(gauge(VALUES[i], Labels.of("pod", "%02d".formatted(i))));
    }
    return MetricSnapshots.of(
        new InfoSnapshot(
            named(Family.BUILD), List.of(new InfoDataPointSnapshot(Labels.of("version", "1.0")))),
        new GaugeSnapshot(
            named(Family.CABINET_UNAVAILABLE),
            List.of(
                gauge(3, Labels.of("pod", AWKWARD, "cabinet", "cab-000")),
                gauge(4, Labels.of("pod", "pod-01", "cabinet", "cab-000")))),
        new HistogramSnapshot(
            named(Family.CHIP_TEMPERATURE),
            List.of(
                new HistogramDataPointSnapshot(
                    ClassicHistogramBuckets.of(
                        new double[] {40.5, 60, 80, Double.POSITIVE_INFINITY},
                        new long[] {1, 2, 0, 15_000_000}),
                    500.5,
                    Labels.of("pod", AWKWARD),
                    null,
                    0))),
        new GaugeSnapshot(named(Family.CLUSTER_COVERAGE), List.of(gauge(0.25, Labels.EMPTY))),
        power.name(Family.POWER.metric()).help(Family.POWER.help()).build(),
        new CounterSnapshot(
            named(Family.REPORTS),
            List.of(
                new CounterDataPointSnapshot(75_525_660, Labels.of("pod", "pod-00"), null, 0))));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "*/*",
        "text/plain;version=0.0.4",
        "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
      })
  void isByteForByteWhatClientJavaWrites(String accept) throws IOException {
    ExpositionFormatWriter writer = ExpositionFormats.init().findWriter(accept);
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    writer.write(expected, snapshots());

    Reply reply = page().reply(accept);

    assertThat(new String(reply.body(), StandardCharsets.UTF_8))
        .isEqualTo(expected.toString(StandardCharsets.UTF_8));
    assertThat(reply.contentType()).isEqualTo(writer.getContentType());
  }

  @Test
  void countsWhatItWrites() {
    String text = new String(page().reply("").body(), StandardCharsets.UTF_8);

    assertThat(text.lines().filter(line -> !line.startsWith("#")))
        .hasSize(page().series())
        .hasSize(11 + VALUES.length);
  }

  @Test
  void decimalsReadAsTheSameNumberAndAreNoLongerThanJavasOwn() {
    for (int thousandths = -20_000; thousandths < 1_200_000; thousandths++) {
      double value = thousandths / 1e3;
      String text =
          new String(new ExpositionText().append(value).toBytes(), StandardCharsets.US_ASCII);
      if (Double.parseDouble(text) != value || text.length() > Double.toString(value).length()) {
        throw new AssertionError(text + " for " + value);
      }
    }
  }

  @Test
  void wholeNumbersOfAnySizeAreWritten() {
    for (long value : new long[] {0, 9, 10, 99, 100, Long.MAX_VALUE, -1, Long.MIN_VALUE}) {
      assertThat(new ExpositionText().append(value).toBytes())
          .asString(StandardCharsets.US_ASCII)
          .isEqualTo(Long.toString(value));
    }
  }

  @Test
  void aSeriesHasAllLabelsOfItsFamilyAndAValueOfItsType() {
    SeriesPage page = new SeriesPage();

    assertThatThrownBy(() -> page.add(Family.CHIPS, 1, "pod-00"))
        .hasMessage("1 values for the 2 labels of isotherm_chips");
    assertThatThrownBy(() -> page.add(Family.CHIP_TEMPERATURE, 1, "pod-00"))
        .hasMessageContaining("needs a distribution");
  }
}
