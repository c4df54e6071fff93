package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.export.HostNames;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class IncidentHistoryTest {
  private static final long MINUTE = 60_000;
  private static final long NOW = 600 * MINUTE;
  private static final IncidentHistory.Wanted ALL = wanted(0, Long.MAX_VALUE);

  private static final IncidentEvent CABINET =
      incident("c", IncidentKind.CABINET_HOT, "pod-00/cab-001", 10, 20);
  private static final IncidentEvent CHIP =
      incident("a", IncidentKind.CHIP_HOT, "pod-00/cab-001/board-2/chip-1", 30, 90);
  private static final IncidentEvent PORT =
      incident("b", IncidentKind.LINK_DOWN, "pod-00/cab-001/board-2/chip-1/port-3", 100, -1);
  private static final IncidentEvent OTHER_BOARD =
      incident("d", IncidentKind.BOARD_SILENT, "pod-00/cab-001/board-20", 300, 301);
  private static final IncidentEvent SITE = incident("s", IncidentKind.SITE_FAULT, "site", 400, -1);
  private static final List<IncidentEvent> EVENTS = List.of(SITE, OTHER_BOARD, PORT, CHIP, CABINET);

  /** Opened and resolved at these minutes; open still if it was resolved at -1. */
  private static IncidentEvent incident(
      String id, IncidentKind kind, String subject, long opened, long resolved) {
    long eventMs = (resolved < 0 ? opened : resolved) * MINUTE;
    return new IncidentEvent(
        id,
        resolved < 0 ? 1 : 2,
        resolved < 0 ? IncidentEvent.Type.OPENED : IncidentEvent.Type.RESOLVED,
        kind,
        IncidentEvent.Severity.WARNING,
        subject.startsWith("pod-") ? subject.substring(0, 6) : "",
        subject,
        opened * MINUTE - 20_000,
        opened * MINUTE,
        eventMs,
        1,
        "it is so",
        "look",
        List.of(),
        List.of(),
        0,
        List.of());
  }

  private static IncidentHistory.Wanted wanted(long fromMinute, long toMinute) {
    return new IncidentHistory.Wanted(
        fromMinute * MINUTE,
        toMinute == Long.MAX_VALUE ? toMinute : toMinute * MINUTE,
        null,
        Set.of(),
        false);
  }

  private static String table(IncidentHistory.Wanted wanted, IncidentHistory.By by) {
    return new IncidentHistory(EVENTS, wanted, HostNames.NONE, NOW).table(by);
  }

  private static String table(IncidentHistory.Wanted wanted) {
    return new IncidentHistory(EVENTS, wanted, HostNames.NONE, NOW).table(null);
  }

  @Test
  void incidentsStandInTheOrderOfTheirOpening() {
    assertThat(table(ALL))
        .isEqualTo(
            """
            OPENED                LASTED  SEVERITY  KIND          SUBJECT                               CHIPS  ID
            1970-01-01T00:10:00Z  10m0s   warning   cabinet_hot   pod-00/cab-001                        1      c
            1970-01-01T00:30:00Z  1h0m    warning   chip_hot      pod-00/cab-001/board-2/chip-1         1      a
            1970-01-01T01:40:00Z  open    warning   link_down     pod-00/cab-001/board-2/chip-1/port-3  1      b
            1970-01-01T05:00:00Z  1m0s    warning   board_silent  pod-00/cab-001/board-20               1      d
            1970-01-01T06:40:00Z  open    warning   site_fault    site                                  1      s

            Incidents: 5, 2 of them open
            """);
  }

  @Test
  void whatWasOpenAtAnyTimeOfTheRangeIsInIt() {
    assertThat(table(wanted(90, 100))).contains("Incidents: 1, 0").contains("  a\n");
    assertThat(table(wanted(91, 100))).isEqualTo("Incidents: 0, 0 of them open\n");
    assertThat(table(wanted(91, 101))).contains("Incidents: 1, 1").contains("  b\n");
    assertThat(table(wanted(500, Long.MAX_VALUE))).contains("Incidents: 2, 2");
  }

  @Test
  void aPartHasWhatIsInItAndNoPartWhoseNameBeginsAlike() {
    assertThat(
            table(
                new IncidentHistory.Wanted(
                    0, NOW, "pod-00/cab-001/board-2", Set.of(), /* open= */ false)))
        .contains("Incidents: 2, 1", "chip_hot", "link_down")
        .doesNotContain("board-20");
  }

  @Test
  void kindsAndWhatIsOpenAreTold() {
    assertThat(
            table(
                new IncidentHistory.Wanted(
                    0, NOW, null, Set.of(IncidentKind.LINK_DOWN, IncidentKind.CHIP_HOT), true)))
        .contains("Incidents: 1, 1", "link_down");
  }

  @Test
  void whatHadTheMostComesFirst() {
    assertThat(table(ALL, IncidentHistory.By.BOARD))
        .isEqualTo(
            """
            BOARD                    INCIDENTS  OPEN  LASTED  LAST OPENED           KINDS
            pod-00/cab-001/board-2   2          1     9h20m   1970-01-01T01:40:00Z  1 chip_hot, 1 link_down
            pod-00/cab-001/board-20  1          0     1m0s    1970-01-01T05:00:00Z  1 board_silent

            Incidents: 5, 2 of them open; of no board and not in the table: 2
            """);
    assertThat(table(ALL, IncidentHistory.By.POD))
        .contains("pod-00  4 ", "; of no pod and not in the table: 1");
    assertThat(table(ALL, IncidentHistory.By.CABINET)).contains("pod-00/cab-001  4 ");
    assertThat(table(ALL, IncidentHistory.By.CHIP))
        .contains("chip-1  2 ", "; of no chip and not in the table: 3");
    assertThat(table(ALL, IncidentHistory.By.KIND))
        .contains("chip_hot      1 ", "Incidents: 5, 2 of them open\n");
  }

  @Test
  void programsReadLinesOfJson() {
    IncidentHistory history = new IncidentHistory(EVENTS, ALL, HostNames.NONE, NOW);
    assertThat(history.jsonLines(null).lines())
        .hasSize(5)
        .element(1)
        .asString()
        .startsWith("{\"id\":\"a\",\"revision\":2,\"event\":\"resolved\",\"kind\":\"chip_hot\"")
        .endsWith("\"resolved_ms\":5400000}");
    assertThat(history.jsonLines(null)).contains("\"resolved_ms\":null");
    assertThat(history.jsonLines(IncidentHistory.By.CHIP))
        .isEqualTo(
            """
            {"chip":"pod-00/cab-001/board-2/chip-1","incidents":2,"open":1,"lasted_ms":33600000,"last_opened_ms":6000000,"kinds":{"chip_hot":1,"link_down":1},"ids":["a","b"]}
            """);
  }

  @Test
  void hostsAreNamedWhereTheyAreKnown() {
    HostNames hosts =
        subject ->
            subject.startsWith("pod-00/cab-001/board-2/")
                ? Optional.of("gpu-017")
                : Optional.empty();
    IncidentHistory history = new IncidentHistory(EVENTS, ALL, hosts, NOW);
    assertThat(history.table(null))
        .contains("  pod-00/cab-001/board-2/chip-1 (gpu-017)  ", "  pod-00/cab-001/board-20  ");
    assertThat(history.table(IncidentHistory.By.CHIP))
        .contains("pod-00/cab-001/board-2/chip-1 (gpu-017)  2 ");
    assertThat(
            history.jsonLines(null).lines().filter(line -> line.contains("\"host\":\"gpu-017\"")))
        .hasSize(2);
    assertThat(history.jsonLines(IncidentHistory.By.CHIP)).contains("\"host\":\"gpu-017\"");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0s",
    "59999, 59s",
    "60000, 1m0s",
    "3599999, 59m59s",
    "3600000, 1h0m",
    "86399999, 23h59m",
    "86400000, 1d0h",
    "7862400000, 91d0h"
  })
  void aSpanIsWrittenAsOptionsWriteIt(long ms, String text) {
    assertThat(IncidentHistory.span(ms)).isEqualTo(text);
    assertThat(new DurationConverter().convert(text).toMillis()).isBetween(ms - 3_600_000, ms);
  }

  private static IncidentHistory.Wanted under(String part) {
    return new IncidentHistory.Wanted(0, Long.MAX_VALUE, part, Set.of(), false);
  }

  @Test
  void ofAJobThoseAreFoundThatHitItsWork() {
    IncidentEvent hit =
        new IncidentEvent(
            "h",
            2,
            IncidentEvent.Type.RESOLVED,
            IncidentKind.CHIP_FATAL,
            IncidentEvent.Severity.CRITICAL,
            "pod-00",
            "pod-00/cab-001/board-2/chip-1",
            0,
            0,
            MINUTE,
            1,
            "it is so",
            "look",
            List.of(),
            List.of(),
            0,
            List.of(new IncidentEvent.AffectedJob("llm", 0, 4)));
    List<IncidentEvent> all =
        List.of(hit, CHIP, incident("j", IncidentKind.JOB_SLOW, "job/llm", 5, -1));
    assertThat(new IncidentHistory(all, under("job/llm"), HostNames.NONE, NOW).events())
        .extracting(IncidentEvent::id)
        .containsExactly("h", "j");
    assertThat(new IncidentHistory(all, under("job/ll"), HostNames.NONE, NOW).events()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"hgx-h100", "atlas-950", "nvl72"})
  void everyPartOfAPodMayBeAskedFor(String preset) {
    PodLayout pod = Catalog.bundled().plan(preset, new Overrides(null, 1, null)).pods().get(0);
    List<String> parts = new ArrayList<>(List.of("site", "job/train-0", pod.pod()));
    parts.add(pod.cabinetPath(pod.cabinets() - 1));
    parts.add(pod.boardPath(pod.boards() - 1));
    parts.add(pod.chipPath(pod.chips() - 1));
    parts.add(pod.portPath(0));
    parts.add(pod.coolingLoopPath(0));
    parts.add(pod.powerFeedPath(0));
    for (int plane = 0; plane < pod.planes(); plane++) {
      parts.add(pod.planePath(plane));
    }
    for (int s = 0; s < pod.switches(); s++) {
      parts.add(pod.switchPathOf(s));
    }
    assertThat(parts).allSatisfy(part -> assertThat(under(part).under()).isEqualTo(part));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "pod-00/cab-17",
        "pod-00/cab-0017",
        "pod-00/cabinet-017",
        "pod-00/board-1",
        "pod-00/cab-001/board-01",
        "pod-00/cab-001/chip-1",
        "pod-00//cab-001",
        "/pod-00",
        "/",
        ""
      })
  void aPathThatNoPartHasIsWrongUsage(String path) {
    Ended ended = Ended.isotherm("incidents", "--under", path);
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).startsWith("isotherm incidents: --under: '").contains("' is no part");
  }
}
