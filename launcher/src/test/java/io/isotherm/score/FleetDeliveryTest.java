package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FleetDeliveryTest {
  private static final long START = 1_800_000_003_000L;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private Fleet fleet(String noise) throws IOException {
    Path file = dir.resolve("noisy.yaml");
    Files.writeString(
        file,
        """
        description: Noise.
        seed: 1
        interval: 1s
        links_every: 10
        jobs:
          - {name: train-0, share: 1.0, stages: 2}
        noise: %s
        """
            .formatted(noise));
    return new Fleet(
        Catalog.bundled().plan("hgx-h100", new Overrides(null, 1, 2)),
        ScenarioReader.load(file.toString()),
        START);
  }

  private record Arrival(boolean tick, int board, long sequence, long timeMs, long bytes) {}

  private static List<Arrival> deliver(Fleet fleet, boolean throughBytes, int seconds) {
    FleetDelivery delivery = new FleetDelivery(fleet, throughBytes);
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    List<Arrival> arrivals = new ArrayList<>();
    for (int s = 0; s < seconds; s++) {
      delivery.interval(
          START + s * 1_000L, truth -> {}, (Report r) -> arrivals.add(arrival(r, writer)));
    }
    return arrivals;
  }

  private static Arrival arrival(Report r, ReportWriter writer) {
    return r.tick
        ? new Arrival(true, 0, 0, r.timeMs, 0)
        : new Arrival(
            false,
            r.cabinet * 100 + r.board,
            r.sequence,
            r.timeMs,
            Arrays.hashCode(writer.toBytes(r)));
  }

  @Test
  void whatIsHandedOverIsWhatWouldBeDecoded() throws IOException {
    String noise =
        "{skew: 100ms, late: 0.1, late_by: 3s, duplicate: 0.1, missing: 0.1, blank: 0.1}";
    assertThat(deliver(fleet(noise), false, 30)).isEqualTo(deliver(fleet(noise), true, 30));
  }

  @Test
  void reportsOfPerfectAgentsComeInTheOrderOfTheirSamplesWithATickEveryFiveSeconds()
      throws IOException {
    List<Arrival> arrivals = deliver(fleet("{}"), false, 30);

    assertThat(arrivals.stream().filter(Arrival::tick)).hasSize(6);
    assertThat(arrivals.stream().filter(a -> !a.tick())).hasSize(30 * 8);
    assertThat(arrivals).isSortedAccordingTo((a, b) -> Long.compare(a.timeMs(), b.timeMs()));
  }

  @Test
  void lateReportsComeLaterDoubledOnesTwiceAndLostOnesNever() throws IOException {
    List<Arrival> late = deliver(fleet("{late: 0.2, late_by: 3s}"), false, 60);
    assertThat(late.size()).isBetween(60 * 8 + 12 - 15, 60 * 8 + 12);
    long newest = 0;
    long most = 0;
    for (Arrival a : late) {
      newest = Math.max(newest, a.timeMs());
      most = Math.max(most, newest - a.timeMs());
    }
    assertThat(most).isBetween(1_500L, 3_000L);
    assertThat(deliver(fleet("{duplicate: 0.2}"), false, 60).size())
        .isGreaterThan(60 * 8 + 12 + 50);
    assertThat(deliver(fleet("{missing: 0.2}"), false, 60).size()).isLessThan(60 * 8 + 12 - 50);
  }

  @Test
  void aPodOfWhichNothingComesStillHasItsTicks() throws IOException {
    List<Arrival> arrivals = deliver(fleet("{missing: 1}"), false, 30);

    assertThat(arrivals).hasSize(6).allMatch(Arrival::tick);
  }

  @Test
  void aPodThatHasNotStartedHasNoTicks() {
    Fleet fleet =
        new Fleet(
            Catalog.bundled().plan("hgx-h100", new Overrides(null, 2, 1)),
            Scenario.quiet(1).withPodEvery(12_000),
            START);
    FleetDelivery delivery = new FleetDelivery(fleet, false);
    Map<String, Long> firstTickMs = new HashMap<>();
    for (int s = 0; s < 20; s++) {
      delivery.interval(
          START + s * 1_000L,
          truth -> {},
          r -> {
            if (r.tick) {
              firstTickMs.putIfAbsent(r.pod, r.timeMs);
            }
          });
    }

    assertThat(firstTickMs).isEqualTo(Map.of("pod-00", START, "pod-01", START + 15_000));
  }

  @Test
  void whatIsOnItsWayIsBounded() throws IOException {
    Fleet fleet = fleet("{late: 1, late_by: 1h}");
    FleetDelivery delivery = new FleetDelivery(fleet, false, 100_000);
    assertThatThrownBy(
            () -> {
              for (int s = 0; s < 600; s++) {
                delivery.interval(START + s * 1_000L, truth -> {}, report -> {});
              }
            })
        .isInstanceOf(ScenarioException.class)
        .hasMessageContaining("lower noise.late");
  }
}
