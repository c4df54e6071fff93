package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.FaultEvent;
import io.isotherm.avro.FaultKind;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.Severity;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.score.Matching;
import io.isotherm.score.Raised;
import io.isotherm.topology.Results;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class FaultScoreTest {
  private static final PodLayout LAYOUT =
      Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 4)).pods().get(0);
  private static final Map<String, PodLayout> LAYOUTS = Map.of(LAYOUT.pod(), LAYOUT);
  private static final String CABINET = LAYOUT.cabinetPath(2);
  private static final String PORT = LAYOUT.portPath(17);

  private static InjectedFault fault(
      FaultKind kind, String subject, long startMs, @Nullable Long endMs) {
    return InjectedFault.newBuilder()
        .setId(kind + "-" + startMs)
        .setEvent(FaultEvent.STARTED)
        .setKind(kind)
        .setPod(LAYOUT.pod())
        .setSubject(subject)
        .setStartMs(startMs)
        .setEndMs(endMs)
        .setScenario("test")
        .setSeed(1)
        .build();
  }

  private static Raised incident(IncidentKind kind, String subject, long openedMs) {
    return Raised.after(
        null, Results.event(record(kind, subject, openedMs, IncidentEvent.OPENED, openedMs)));
  }

  private static Raised after(Raised before, IncidentEvent event, long eventMs) {
    return Raised.after(
        before,
        Results.event(record(before.kind(), before.subject(), before.openedMs(), event, eventMs)));
  }

  private static Incident record(
      IncidentKind kind, String subject, long openedMs, IncidentEvent event, long eventMs) {
    return Incident.newBuilder()
        .setId(kind + "-" + subject + "-" + openedMs)
        .setRevision(1)
        .setEvent(event)
        .setKind(kind)
        .setSeverity(Severity.WARNING)
        .setPod(LAYOUT.pod())
        .setSubject(subject)
        .setFirstSeenMs(openedMs - 10_000)
        .setOpenedMs(openedMs)
        .setEventMs(eventMs)
        .setChipsAffected(1)
        .setSummary("")
        .setNextStep("")
        .setEvidence(List.of())
        .setChildren(List.of())
        .setChildrenTotal(0)
        .setJobs(List.of())
        .build();
  }

  @ParameterizedTest
  @CsvSource({
    "CHIP_LOST,CHIP_SILENT",
    "CHIP_LOST,CHIP_FATAL",
    "BOARD_LOST,BOARD_SILENT",
    "CABINET_DARK,CABINET_SILENT",
    "THERMAL_THROTTLE,CHIP_HOT",
    "COOLING_LOOP_DEGRADED,CABINET_HOT",
    "LINK_DOWN,LINK_DOWN",
    "LINK_DEGRADED,LINK_DEGRADED",
  })
  void aFaultIsFoundByItsKindOfIncidentAtItsPart(FaultKind fault, IncidentKind incident) {
    FaultScore score =
        FaultScore.of(
            List.of(fault(fault, CABINET, 100_000, null)),
            List.of(incident(incident, CABINET, 125_000)),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.perfect()).isTrue();
    assertThat(score.matches().get(0).delaySeconds()).isEqualTo(25.0);
  }

  @Test
  void anotherPartOrTimeDoesNotBelong() {
    InjectedFault dark = fault(FaultKind.CABINET_DARK, CABINET, 100_000, 160_000L);
    FaultScore score =
        FaultScore.of(
            List.of(dark),
            List.of(
                incident(IncidentKind.CABINET_SILENT, LAYOUT.cabinetPath(1), 125_000),
                incident(IncidentKind.CABINET_SILENT, CABINET, 99_999),
                incident(IncidentKind.CABINET_SILENT, CABINET, 160_001 + Matching.SLACK_MS)),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.unmatched()).hasSize(3);
    assertThat(score.matches().get(0).found()).isFalse();
    assertThat(score.perfect()).isFalse();
  }

  @Test
  void anotherKindIsNotAFind() {
    FaultScore score =
        FaultScore.of(
            List.of(fault(FaultKind.CABINET_DARK, CABINET, 100_000, null)),
            List.of(incident(IncidentKind.CABINET_HOT, CABINET, 125_000)),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.unmatched()).isEmpty();
    assertThat(score.matches().get(0).incidents()).hasSize(1);
    assertThat(score.perfect()).isFalse();
  }

  @Test
  void twoIncidentsForOneFaultAreNotAFind() {
    FaultScore score =
        FaultScore.of(
            List.of(fault(FaultKind.LINK_DOWN, PORT, 100_000, null)),
            List.of(
                incident(IncidentKind.LINK_DOWN, PORT, 150_000),
                incident(IncidentKind.LINK_DOWN, PORT, 120_000)),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.unmatched()).isEmpty();
    assertThat(score.perfect()).isFalse();
    assertThat(score.matches().get(0).delaySeconds()).isEqualTo(20.0);
  }

  @Test
  void aFaultThatReturnsIsFoundEachTime() {
    FaultScore score =
        FaultScore.of(
            List.of(
                fault(FaultKind.LINK_DOWN, PORT, 100_000, 130_000L),
                fault(FaultKind.LINK_DOWN, PORT, 150_000, 190_000L)),
            List.of(
                incident(IncidentKind.LINK_DOWN, PORT, 120_000),
                incident(IncidentKind.LINK_DOWN, PORT, 170_000)),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.perfect()).isTrue();
  }

  @Test
  void anIncidentThatIsOpenedAgainSpeaksOfBothFaults() {
    Raised raised = incident(IncidentKind.LINK_DOWN, PORT, 120_000);
    raised = after(raised, IncidentEvent.RESOLVED, 140_000);
    raised = after(raised, IncidentEvent.OPENED, 260_000);
    FaultScore score =
        FaultScore.of(
            List.of(
                fault(FaultKind.LINK_DOWN, PORT, 100_000, 130_000L),
                fault(FaultKind.LINK_DOWN, PORT, 240_000, 300_000L)),
            List.of(raised),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.matches()).hasSize(2).allMatch(FaultScore.Match::found);
    assertThat(score.perfect()).isTrue();
  }

  @Test
  void theLoopOfOneCabinetIsTheCabinet() {
    assertThat(LAYOUT.cabinetsPerCoolingLoop()).isEqualTo(1);
    String loop = LAYOUT.coolingLoopPath(LAYOUT.coolingLoopOfCabinet(2));
    FaultScore score =
        FaultScore.of(
            List.of(fault(FaultKind.COOLING_LOOP_DEGRADED, loop, 100_000, null)),
            List.of(incident(IncidentKind.CABINET_HOT, CABINET, 150_000)),
            LAYOUTS,
            List.of(),
            Long.MAX_VALUE);
    assertThat(score.perfect()).isTrue();
  }

  @Test
  void whatCannotBeFoundDoesNotCount() {
    Placement maintenance =
        new Placement(
            "maintenance-1",
            90_000,
            200_000,
            false,
            List.of(new Placement.Member(LAYOUT.pod(), 3, 1, "maintenance", 0)));
    FaultScore score =
        FaultScore.of(
            List.of(
                fault(FaultKind.LINK_DOWN, PORT, 100_000, 101_000L),
                fault(FaultKind.BOARD_LOST, LAYOUT.boardPath(3), 110_000, null),
                fault(FaultKind.SILENT_DATA_CORRUPTION, LAYOUT.chipPath(70), 120_000, null),
                fault(FaultKind.CABINET_DARK, CABINET, 380_000, null)),
            List.of(),
            LAYOUTS,
            List.of(maintenance),
            400_000);
    assertThat(score.matches())
        .extracting(FaultScore.Match::excluded)
        .containsExactly(
            "it was too short",
            "it happened during announced maintenance",
            "nothing can be seen of it",
            "the run ended too soon after it");
    assertThat(score.matches()).noneMatch(FaultScore.Match::counts);
    assertThat(score.perfect()).isTrue();
  }

  @Test
  void whatWasFoundCountsAlthoughNobodyCouldExpectIt() {
    FaultScore score =
        FaultScore.of(
            List.of(fault(FaultKind.THERMAL_THROTTLE, CABINET, 100_000, 170_000L)),
            List.of(incident(IncidentKind.CHIP_HOT, CABINET, 125_000)),
            LAYOUTS,
            List.of(),
            400_000);
    assertThat(score.matches())
        .singleElement()
        .matches(m -> m.found() && m.counts() && "it was too short".equals(m.excluded()));
  }
}
