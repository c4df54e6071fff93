package io.isotherm.bridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.IncidentKind;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.PodLayout;
import io.isotherm.readings.ReadingField;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class NeededReadingsTest {
  private static final Path DOCS = Path.of(System.getProperty("isotherm.root", ".."), "docs");

  /** Pods of which a chip's last port is a network card. */
  private static final PodLayout DGX_H100 =
      Catalog.bundled()
          .planFromFile(
              DOCS.resolve("examples/bridge/topology.yaml"), new Overrides(null, null, null))
          .pods()
          .get(0);

  /** What dcgm-exporter gives only with lines added to its file of counters. */
  private static final Set<ReadingField> ADDED_TO_DCGM =
      EnumSet.of(
          ReadingField.THROTTLE_REASONS,
          ReadingField.ECC_CORRECTED,
          ReadingField.ECC_UNCORRECTED,
          ReadingField.LINK_CRC_ERRORS,
          ReadingField.LINK_RETRIES,
          ReadingField.LINK_RECOVERIES);

  /** Found by the reports themselves, or by other incidents. */
  private static final Set<IncidentKind> NEED_NONE =
      EnumSet.of(
          IncidentKind.UNSPECIFIED,
          IncidentKind.POD_SILENT,
          IncidentKind.CABINET_SILENT,
          IncidentKind.BOARD_SILENT,
          IncidentKind.BOARD_CLOCK,
          IncidentKind.CHIP_SILENT,
          IncidentKind.HOST_RESTART,
          IncidentKind.SITE_FAULT);

  @Test
  void everyKindNeedsAReadingUnlessSilenceOrAnotherShowsIt() {
    for (IncidentKind kind : IncidentKind.values()) {
      assertThat(NeededReadings.names(kind).isEmpty())
          .as(kind.name())
          .isEqualTo(NEED_NONE.contains(kind));
    }
  }

  @Test
  void whoGivesAllLacksNothing() {
    assertThat(NeededReadings.lacking(ofOwnPorts(EnumSet.allOf(ReadingField.class)))).isEmpty();
    assertThat(NeededReadings.lacking(ofOwnPorts(Set.of())).keySet())
        .containsExactlyInAnyOrderElementsOf(EnumSet.complementOf(EnumSet.copyOf(NEED_NONE)));
  }

  @Test
  void oneOfSeveralReadingsMayBeEnough() {
    Set<ReadingField> given = Set.of(ReadingField.LINK_RETRIES, ReadingField.CLOCK);
    assertThat(NeededReadings.lacking(ofOwnPorts(given)))
        .doesNotContainKeys(IncidentKind.LINK_DEGRADED, IncidentKind.SWITCH_FAULT)
        .containsEntry(IncidentKind.LINK_NARROW, List.of("link_state", "link_rate"))
        .containsEntry(IncidentKind.POWER_SAG, List.of("throttle_reasons"));
  }

  @Test
  void networkCardsSayNothingOfAChipsOwnLinks() {
    GivenReadings chips = new GivenReadings(Set.of(ReadingField.TEMPERATURE), Set.of());
    GivenReadings cards = new GivenReadings(Set.of(ReadingField.LINK_STATE), Set.of());

    assertThat(NeededReadings.lacking(chips.and(cards)))
        .doesNotContainKeys(IncidentKind.LINK_DOWN, IncidentKind.CHIP_HOT)
        .containsEntry(
            IncidentKind.CHIP_LINKS,
            List.of("link_state or link_crc_errors or link_retries of its own ports"));
    assertThat(NeededReadings.lacking(cards.and(ofOwnPorts(Set.of(ReadingField.LINK_RETRIES)))))
        .doesNotContainKey(IncidentKind.CHIP_LINKS);
  }

  private static GivenReadings ofOwnPorts(Set<ReadingField> given) {
    return new GivenReadings(given, given);
  }

  /** Whether what a mapping knows, without some of it, is enough for a kind. */
  private static boolean finds(IncidentKind kind, String exporter, Set<ReadingField> without) {
    ExporterMapping mapping = ExporterMapping.read(exporter, Path.of("targets.yaml"));
    ExporterReadings readings = new ExporterReadings(exporter, mapping);
    Set<ReadingField> given = EnumSet.noneOf(ReadingField.class);
    for (ReadingField field : ReadingField.values()) {
      boolean serves = field != ReadingField.HEALTH || readings.knowsFatal();
      if (serves && readings.fields().contains(field.label()) && !without.contains(field)) {
        given.add(field);
      }
    }
    boolean ownPorts =
        mapping.ports() == null
            || mapping.ports().values().stream()
                .anyMatch(port -> DGX_H100.portGroup(port).ofChip());
    return !NeededReadings.lacking(new GivenReadings(given, ownPorts ? given : Set.of()))
        .containsKey(kind);
  }

  private static String cell(boolean finds) {
    return finds ? "yes" : "-";
  }

  @Test
  void theDocumentSaysWhatEachExporterIsEnoughFor() throws IOException {
    Map<String, String> kinds = new LinkedHashMap<>();
    for (IncidentKind kind : IncidentKind.values()) {
      if (!NEED_NONE.contains(kind)) {
        String needs = String.join(", ", NeededReadings.names(kind));
        String row =
            " | %s | %s | %s | %s | %s | %s |"
                .formatted(
                    needs,
                    cell(finds(kind, "dcgm", ADDED_TO_DCGM)),
                    cell(finds(kind, "dcgm", Set.of())),
                    cell(finds(kind, "npu", Set.of())),
                    cell(finds(kind, "mlu", Set.of())),
                    cell(finds(kind, "node", Set.of())));
        kinds.merge(row, "`" + kind.name().toLowerCase(Locale.ROOT) + "`", (a, b) -> a + ", " + b);
      }
    }
    StringBuilder table = new StringBuilder();
    kinds.forEach((row, of) -> table.append("| ").append(of).append(row).append('\n'));
    String page = Files.readString(DOCS.resolve("bridge.md"));
    assertThat(page).contains(table);
  }
}
