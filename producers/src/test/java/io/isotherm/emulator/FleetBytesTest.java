package io.isotherm.emulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.Preset;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/**
 * A scenario and a seed stand for the bytes that were recorded under them, also after the emulator
 * has been made faster.
 */
class FleetBytesTest {
  private static final long START = 1_767_225_600_000L;
  private static final int BEATS = 60;
  private static final int CABINETS = 10;

  /** Every kind of job, of noise and of fault, with beginnings and ends. */
  private static final String SCENARIO =
      """
      description: All that can happen, within a minute.
      seed: 42
      interval: 1s
      links_every: 4
      jobs:
        - {name: train-0, share: 0.6, stages: 4}
        - {name: serve-0, kind: inference, share: 0.2}
        - {name: train-1, share: 0.1, stages: 2, from: 3s, until: 50s}
      noise: {skew: 150ms, late: 0.02, late_by: 4s, duplicate: 0.02, missing: 0.02, blank: 0.03}
      faults:
        - {kind: LINK_DOWN, at: 4s, for: 20s, subject: random}
        - {kind: CHIP_LOST, at: 5s, for: 20s, subject: random}
        - {kind: THERMAL_THROTTLE, at: 6s, for: 40s, subject: random, magnitude: 3.5}
        - {kind: BOARD_LOST, at: 7s, for: 12s, subject: random}
        - {kind: COOLING_LOOP_DEGRADED, at: 8s, for: 30s, subject: random, magnitude: 30}
        - {kind: LINK_DEGRADED, at: 9s, for: 30s, subject: random, magnitude: 500}
        - {kind: CABINET_DARK, at: 10s, for: 15s, subject: random}
        - {kind: CHIP_LOST, at: 11s, subject: random}
      random_faults:
        per_chip_hour: 1.97e-5
        acceleration: 100000
        median_repair: 10s
        mix: {CHIP_LOST: 3, BOARD_LOST: 1, LINK_DOWN: 3, LINK_DEGRADED: 3}
      """;

  @Test
  void reportsOfEveryPresetAreTheRecordedBytes()
      throws IOException, NoSuchAlgorithmException, NoSuchAlgorithmException {
    Catalog catalog = Catalog.bundled();
    StringBuilder lines = new StringBuilder();
    for (Preset preset : catalog.presets()) {
      int cabinets =
          Math.min(CABINETS, catalog.plan(preset.name(), Overrides.NONE).pods().get(0).cabinets());
      ClusterPlan plan = catalog.plan(preset.name(), new Overrides(null, 2, cabinets));
      lines.append(preset.name()).append(' ').append(digest(plan)).append('\n');
    }
    Path golden =
        Path.of(System.getProperty("isotherm.root", ".."))
            .resolve("producers/src/test/resources/io/isotherm/emulator/fleet-bytes.txt");
    if (Boolean.getBoolean("update.golden")) {
      Files.writeString(golden, lines);
    }
    assertThat(lines.toString())
        .as("%s; rewrite it with -Dupdate.golden", golden)
        .isEqualTo(Files.readString(golden));
  }

  private static String digest(ClusterPlan plan) throws NoSuchAlgorithmException {
    Fleet fleet = new Fleet(plan, ScenarioReader.read("scenario.yaml", SCENARIO, null), START);
    ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
    MessageDigest sha = MessageDigest.getInstance("SHA-256");
    Report report = new Report();
    ByteBuffer delivery = ByteBuffer.allocate(32);
    int reports = 0;
    for (int k = 0; k < BEATS; k++) {
      fleet.step(START + k * 1000L);
      for (TruthEvent t : fleet.takeTruth()) {
        sha.update(t.toString().getBytes(StandardCharsets.UTF_8));
      }
      for (int b = 0; b < fleet.boards(); b++) {
        sha.update(fleet.pod(b).getBytes(StandardCharsets.UTF_8));
        delivery
            .clear()
            .putInt(b)
            .putLong(fleet.sampleMs(b))
            .putInt(fleet.phaseMs(b))
            .putInt(fleet.lateMs(b))
            .putInt(fleet.missing(b) ? 1 : 0)
            .putInt(fleet.duplicate(b) ? 1 : 0);
        sha.update(delivery.flip());
        if (fleet.fill(b, report)) {
          reports++;
          sha.update(writer.toBytes(report));
        }
      }
    }
    return "%d boards %d reports %d faults sha256 %s"
        .formatted(
            fleet.boards(), reports, fleet.failures(), HexFormat.of().formatHex(sha.digest()));
  }
}
