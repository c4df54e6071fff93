package io.isotherm.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MetricsHistoryTest {
  @Test
  void aPodThatChangesItsPartsIsShownBeforeAndAfter() throws IOException {
    PodHealth small = ClusterMetricsTest.health("pod-00");
    PodHealth large = ClusterMetricsTest.health("pod-00");
    large.setWindowStartMs(small.getWindowStartMs() + small.getWindowMs());
    large.setChips(small.getChips() + 88);
    large.setHealthy(small.getHealthy() + 88);
    PodTopology before = ClusterMetricsTest.topology("pod-00");
    PodTopology after = ClusterMetricsTest.topology("pod-00");
    after.setEffectiveFromMs(large.getWindowStartMs());
    after.setCabinets(before.getCabinets() + 1);
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    try (MetricsHistory history = new MetricsHistory(List.of(before, after), "1")) {
      for (PodHealth window : List.of(small, large)) {
        history.window(window);
        history.cluster(cluster(window));
      }
      history.write(out);
    }

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.startsWith("isotherm_chips{") && line.contains("healthy"))
        .extracting(line -> line.replaceFirst("[^}]*} ", ""))
        .containsExactly("15485.0 1000000010.000", "15573.0 1000000020.000");
  }

  @Test
  void aClusterThatGoesBackHasNoSamplesUntilItIsLaterThanItWas() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();

    try (MetricsHistory history =
        new MetricsHistory(List.of(ClusterMetricsTest.topology("pod-00")), "1")) {
      for (int at : List.of(0, 1, 0, 1, 2)) {
        PodHealth window = ClusterMetricsTest.health("pod-00");
        window.setWindowStartMs(window.getWindowStartMs() + at * (long) window.getWindowMs());
        history.window(window);
        history.cluster(cluster(window));
      }
      history.write(out);
    }

    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .filteredOn(line -> line.startsWith("up{"))
        .extracting(line -> line.replaceFirst("[^}]*} ", ""))
        .containsExactly("1 1000000010.000", "1 1000000020.000", "1 1000000030.000");
  }

  private static ClusterHealth cluster(PodHealth window) {
    return ClusterHealth.newBuilder()
        .setCluster("cluster")
        .setWindowStartMs(window.getWindowStartMs())
        .setWindowMs(window.getWindowMs())
        .setPods(1)
        .setPodsReporting(1)
        .setChips(window.getChips())
        .setHealthy(window.getHealthy())
        .setSuspect(1)
        .setDegraded(1)
        .setFailed(1)
        .setUnknown(0)
        .setChipsReporting(window.getChipsReporting())
        .setEffectiveComputePermille(999)
        .setPowerDeciwatts(0L)
        .setLinks(0)
        .setLinksDown(0)
        .setLinksDegraded(0)
        .setOpenIncidents(0)
        .build();
  }
}
