package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.IncidentKind;
import io.isotherm.score.Matching.Case;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class ScoreTest {
  private static Broken fault(FaultKind kind) {
    return new Broken("f", kind, "pod-00", "s", 100_000, Long.MAX_VALUE, 0);
  }

  private static Raised incident(IncidentKind kind, int second) {
    return new Raised(
        "i",
        kind,
        "pod-00",
        "s",
        second * 1_000L,
        second * 1_000L,
        Long.MAX_VALUE,
        "",
        Set.of(),
        List.of(),
        List.of());
  }

  private static Case found(FaultKind kind, Raised by, boolean subject, boolean right) {
    return new Case(fault(kind), null, by, subject, right, List.of(), Long.MAX_VALUE);
  }

  /** Two chips and a link found, one of them badly; one chip missed; one too short; two false. */
  private static Score score() {
    Raised again = incident(IncidentKind.LINK_DOWN, 150);
    SeedRun first =
        new SeedRun(
            1,
            0,
            43_200_000,
            2,
            1_000,
            new Matching(
                List.of(
                    found(FaultKind.CHIP_LOST, incident(IncidentKind.CHIP_SILENT, 120), true, true),
                    new Case(
                        fault(FaultKind.CHIP_LOST),
                        null,
                        incident(IncidentKind.BOARD_SILENT, 140),
                        false,
                        false,
                        List.of(again),
                        Long.MAX_VALUE),
                    new Case(
                        fault(FaultKind.CHIP_LOST),
                        null,
                        null,
                        false,
                        false,
                        List.of(),
                        Long.MAX_VALUE),
                    new Case(
                        fault(FaultKind.CHIP_LOST),
                        "it was too short",
                        incident(IncidentKind.CHIP_SILENT, 120),
                        true,
                        true,
                        List.of(),
                        Long.MAX_VALUE)),
                List.of(incident(IncidentKind.CHIP_FATAL, 10))));
    SeedRun second =
        new SeedRun(
            2,
            0,
            43_200_000,
            2,
            1_000,
            new Matching(
                List.of(
                    found(
                        FaultKind.LINK_DEGRADED,
                        incident(IncidentKind.LINK_DEGRADED, 160),
                        true,
                        true)),
                List.of(incident(IncidentKind.BOARD_CLOCK, 10))));
    return new Score(List.of(first, second));
  }

  @Test
  void measuresAreThoseOfTheDefinition() {
    Measures m = score().overall();

    assertThat(m.faults()).isEqualTo(4);
    assertThat(m.found()).isEqualTo(3);
    assertThat(m.incidents()).isEqualTo(6);
    assertThat(m.precision()).isEqualTo(3.0 / 5);
    assertThat(m.recall()).isEqualTo(3.0 / 4);
    assertThat(m.f1()).isCloseTo(2 * 0.6 * 0.75 / 1.35, within(1e-12));
    assertThat(m.subjectAccuracy()).isEqualTo(2.0 / 3);
    assertThat(m.kindAccuracy()).isEqualTo(2.0 / 3);
    assertThat(m.incidentsPerFault()).isEqualTo(4.0 / 3);
    assertThat(m.podDays()).isEqualTo(2);
    assertThat(m.falseIncidentsPerDay()).isEqualTo(1);
    assertThat(m.delaySeconds(0.5)).isEqualTo(40);
    assertThat(m.delaySeconds(0.95)).isEqualTo(60);
  }

  private static Case ends(int faultSecond, int incidentSecond) {
    Broken fault =
        new Broken("f", FaultKind.CHIP_LOST, "pod-00", "s", 100_000, faultSecond * 1_000L, 0);
    long resolvedMs = incidentSecond == 0 ? Long.MAX_VALUE : incidentSecond * 1_000L;
    Raised by = incident(IncidentKind.CHIP_SILENT, 120);
    return new Case(fault, null, by, true, true, List.of(), resolvedMs);
  }

  @Test
  void endsOfIncidentsAreHeldAgainstThoseOfTheirFaults() {
    Matching matching =
        new Matching(
            List.of(
                ends(200, 230),
                ends(200, 250),
                ends(200, 700),
                ends(200, 0),
                ends(500, 400),
                ends(2_000, 900),
                ends(2_000, 0)),
            List.of());
    Measures m = new Score(List.of(new SeedRun(1, 0, 1_000_000, 1, 10, matching))).overall();

    assertThat(m.recall()).isEqualTo(1);
    assertThat(m.closingSeconds(0.5)).isEqualTo(50);
    assertThat(m.closingSeconds(0.95)).isEqualTo(500);
    assertThat(m.open()).isEqualTo(1);
    assertThat(m.early()).isEqualTo(2);
    assertThat(ScoreJson.measures(m).toString())
        .contains(
            "\"resolved_seconds\":{\"p50\":50.0,\"p95\":500.0},\"still_open\":1,"
                + "\"resolved_early\":2");
  }

  @Test
  void aFalseIncidentIsHeldAgainstEveryKindThatLeadsToIt() {
    Score score = score();

    assertThat(score.of(FaultKind.CHIP_LOST).falseIncidents()).isEqualTo(1);
    assertThat(score.of(FaultKind.HBM_UNCORRECTABLE).falseIncidents()).isEqualTo(1);
    assertThat(score.of(FaultKind.LINK_DEGRADED).falseIncidents()).isZero();
    assertThat(score.of(Expectation.Group.HARD).falseIncidents()).isEqualTo(1);
    assertThat(score.of(Expectation.Group.SLOW).falseIncidents()).isZero();
    assertThat(score.kinds())
        .containsExactly(FaultKind.CHIP_LOST, FaultKind.LINK_DEGRADED, FaultKind.HBM_UNCORRECTABLE);
  }

  @Test
  void theConfusionHasNothingOnBothSides() {
    assertThat(score().confusion())
        .isEqualTo(
            Map.of(
                "chip_lost",
                Map.of("chip_silent", 1, "board_silent", 1, "link_down", 1, "nothing", 1),
                "link_degraded",
                Map.of("link_degraded", 1),
                "nothing",
                Map.of("chip_fatal", 1, "board_clock", 1)));
    assertThat(score().excluded()).isEqualTo(Map.of("it was too short", 1));
  }

  @Test
  void whatWasNotMeasuredIsNoNumber() {
    Measures none = new Score(List.of()).overall();

    assertThat(none.precision()).isNaN();
    assertThat(none.recall()).isNaN();
    assertThat(none.f1()).isNaN();
    assertThat(none.delaySeconds(0.5)).isNaN();
    assertThat(none.falseIncidentsPerDay()).isNaN();
    assertThat(ScoreJson.measures(none).get("precision").isNull()).isTrue();
  }
}
