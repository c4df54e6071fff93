package io.isotherm.score;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.IncidentKind;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.Overrides;
import io.isotherm.core.IncidentEvent;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.score.Matching.Case;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class MatchingTest {
  private static final PodLayout POD =
      Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 8)).pods().get(0);
  private static final Placement JOB =
      new Placement(
          "train-0",
          0,
          Long.MAX_VALUE,
          true,
          List.of(new Placement.Member(POD.pod(), 0, POD.boards() / 2, "worker", 0)));
  private static final String CHIP = POD.chipPath(5);
  private static final String BOARD = POD.boardPath(0);
  private static final String CABINET = POD.cabinetPath(0);
  private static final int MESH_PORT =
      IntStream.range(0, POD.ports())
          .filter(p -> POD.peerPort(p) > p && POD.chipOfPort(p) == 5)
          .findFirst()
          .orElseThrow();
  private static final int PLANE_PORT =
      IntStream.range(0, POD.ports())
          .filter(p -> POD.planeOfPort(p) >= 0 && POD.chipOfPort(p) == 5)
          .findFirst()
          .orElseThrow();
  private static final long BEGIN = 20_000;
  private static final long END = 3_600_000;

  private static Broken fault(FaultKind kind, String subject, int fromSecond, int toSecond) {
    return new Broken(
        kind + "-" + fromSecond,
        kind,
        POD.pod(),
        subject,
        fromSecond * 1_000L,
        toSecond == 0 ? Long.MAX_VALUE : toSecond * 1_000L,
        0);
  }

  private static Raised incident(IncidentKind kind, String subject, int openedSecond) {
    return new Raised(
        kind + subject + openedSecond,
        kind,
        POD.pod(),
        subject,
        openedSecond * 1_000L,
        openedSecond * 1_000L,
        Long.MAX_VALUE,
        "",
        Set.of(),
        List.of(),
        List.of());
  }

  private static Matching match(List<Broken> faults, List<Raised> incidents) {
    return Matching.of(faults, incidents, List.of(POD), List.of(JOB), BEGIN, END);
  }

  private static Case one(Broken fault, Raised... incidents) {
    return match(List.of(fault), List.of(incidents)).cases().get(0);
  }

  @Test
  void theRightKindAtTheRightPartIsAFind() {
    Case c =
        one(
            fault(FaultKind.CHIP_LOST, CHIP, 100, 0),
            incident(IncidentKind.CHIP_SILENT, CHIP, 125));

    assertThat(c.perfect()).isTrue();
    assertThat(c.delayMs()).isEqualTo(25_000);
  }

  @Test
  void anotherKindAtTheRightPartIsFoundByAWrongName() {
    Case c =
        one(fault(FaultKind.CHIP_LOST, CHIP, 100, 0), incident(IncidentKind.CHIP_HOT, CHIP, 125));

    assertThat(c.found()).isNotNull();
    assertThat(c.rightSubject()).isTrue();
    assertThat(c.rightKind()).isFalse();
  }

  @Test
  void whatContainsThePartOrIsContainedInItIsAWrongSubject() {
    Broken lost = fault(FaultKind.BOARD_LOST, BOARD, 100, 0);
    for (String related : List.of(CABINET, CHIP, POD.portPath(MESH_PORT))) {
      Case c = one(lost, incident(IncidentKind.BOARD_SILENT, related, 125));
      assertThat(c.found()).as(related).isNotNull();
      assertThat(c.rightSubject()).isFalse();
      assertThat(c.rightKind()).isTrue();
    }
  }

  @Test
  void whatLiesElsewhereIsOfNoFault() {
    Broken lost = fault(FaultKind.BOARD_LOST, BOARD, 100, 0);
    for (String other :
        List.of(POD.cabinetPath(1), POD.boardPath(1), POD.pod(), "job/train-0", "pod-77", "?")) {
      Matching m = match(List.of(lost), List.of(incident(IncidentKind.BOARD_SILENT, other, 125)));
      assertThat(m.unmatched()).as(other).hasSize(1);
      assertThat(m.cases().get(0).found()).isNull();
    }
  }

  @ParameterizedTest
  @CsvSource({"100, 1", "101, 0", "260, 0", "261, 1"})
  void anIncidentOpensAfterTheStartAndAtMostTheSlackAfterTheEnd(int opened, int unmatched) {
    Matching m =
        match(
            List.of(fault(FaultKind.CHIP_LOST, CHIP, 100, 200)),
            List.of(incident(IncidentKind.CHIP_SILENT, CHIP, opened)));

    assertThat(m.unmatched()).hasSize(unmatched);
  }

  @Test
  void bothEndsOfALinkAreTheLinkAndSoIsALostChipAtItsEnd() {
    String lower = POD.portPath(MESH_PORT);
    String upper = POD.portPath(POD.peerPort(MESH_PORT));
    Raised atUpper = incident(IncidentKind.LINK_DOWN, upper, 125);
    assertThat(one(fault(FaultKind.LINK_DOWN, lower, 100, 0), atUpper).perfect()).isTrue();
    String other = POD.chipPath(POD.chipOfPort(POD.peerPort(MESH_PORT)));
    Raised atLower = incident(IncidentKind.LINK_DOWN, lower, 125);
    for (String lost : List.of(CHIP, other)) {
      Case c = one(fault(FaultKind.CHIP_LOST, lost, 100, 0), atLower);
      assertThat(c.found()).as(lost).isNotNull();
      assertThat(c.rightSubject()).isFalse();
    }
  }

  @Test
  void linksOfASwitchAndSwitchesOfAPlaneAreRelatedToIt() {
    String sick = POD.switchPath(PLANE_PORT);
    String plane = POD.planePath(POD.planeOfPort(PLANE_PORT));
    Broken fault = fault(FaultKind.SWITCH_FAULT, sick, 100, 0);
    assertThat(one(fault, incident(IncidentKind.LINK_DOWN, POD.portPath(PLANE_PORT), 125)).found())
        .isNotNull();
    assertThat(one(fault, incident(IncidentKind.PLANE_FAULT, plane, 125)).found()).isNotNull();
    assertThat(one(fault, incident(IncidentKind.CHIP_LINKS, CHIP, 125)).found()).isNotNull();
    assertThat(one(fault, incident(IncidentKind.CHIP_HOT, CHIP, 125)).found()).isNull();
    assertThat(one(fault, incident(IncidentKind.LINK_DOWN, POD.portPath(MESH_PORT), 125)).found())
        .isNull();
    assertThat(one(fault, incident(IncidentKind.SWITCH_FAULT, sick, 125)).perfect()).isTrue();
  }

  @Test
  void aJobIsRelatedToWhatSlowsItAndItsMembersToWhatStopsIt() {
    Raised slow = incident(IncidentKind.JOB_SLOW, "job/train-0", 300);
    assertThat(one(fault(FaultKind.CHIP_FAIL_SLOW, CHIP, 100, 0), slow).found()).isNotNull();
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 100, 0), slow).found()).isNull();
    String outside = POD.chipPath(POD.chips() - 1);
    assertThat(one(fault(FaultKind.CHIP_FAIL_SLOW, outside, 100, 0), slow).found()).isNull();
    Broken hang = fault(FaultKind.HANG, "job/train-0", 100, 0);
    assertThat(one(hang, incident(IncidentKind.JOB_HANG, "job/train-0", 300)).perfect()).isTrue();
    assertThat(one(hang, incident(IncidentKind.CHIP_SLOW, CHIP, 300)).found()).isNotNull();
    assertThat(one(hang, incident(IncidentKind.CHIP_SLOW, outside, 300)).found()).isNull();
  }

  @Test
  void ofTwoFaultsEachGetsTheIncidentThatSuitsItBest() {
    Broken dark = fault(FaultKind.COOLING_LOOP_DEGRADED, CABINET, 100, 0);
    Broken hot = fault(FaultKind.THERMAL_THROTTLE, CHIP, 110, 0);
    Matching m =
        match(
            List.of(hot, dark),
            List.of(
                incident(IncidentKind.CHIP_HOT, CHIP, 130),
                incident(IncidentKind.CABINET_HOT, CABINET, 180)));

    assertThat(m.cases()).hasSize(2).allMatch(Case::perfect);
    assertThat(m.unmatched()).isEmpty();
  }

  @Test
  void furtherIncidentsOfAFaultAreExtra() {
    Case c =
        one(
            fault(FaultKind.BOARD_LOST, BOARD, 100, 0),
            incident(IncidentKind.LINK_DOWN, POD.portPath(MESH_PORT), 110),
            incident(IncidentKind.BOARD_SILENT, BOARD, 150),
            incident(IncidentKind.BOARD_SILENT, BOARD, 130));

    assertThat(c.rightKind()).isTrue();
    assertThat(c.delayMs()).isEqualTo(30_000);
    assertThat(c.extra()).hasSize(2);
    assertThat(c.perfect()).isFalse();
    assertThat(c.incidents()).extracting(Raised::openedMs).isSorted();
  }

  @Test
  void theLoopOfOneCabinetIsTheCabinet() {
    String loop = POD.coolingLoopPath(POD.coolingLoopOfCabinet(2));
    assertThat(
            one(
                    fault(FaultKind.COOLING_LOOP_DEGRADED, loop, 100, 0),
                    incident(IncidentKind.CABINET_HOT, POD.cabinetPath(2), 250))
                .perfect())
        .isTrue();
  }

  @Test
  void aFaultThatBeganBeforeTheRunDoesNotCountAndItsIncidentsAreOfIt() {
    Matching m =
        match(
            List.of(fault(FaultKind.CHIP_LOST, CHIP, 19, 0)),
            List.of(incident(IncidentKind.CHIP_SILENT, CHIP, 45)));

    assertThat(m.cases().get(0).excluded()).isEqualTo("it began before the run");
    assertThat(m.unmatched()).isEmpty();
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 20, 0)).excluded()).isNull();
  }

  @Test
  void faultsThatCouldNotBeSeenDoNotCountWhetherTheyWereFoundOrNot() {
    Raised found = incident(IncidentKind.CHIP_SILENT, CHIP, 125);
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 100, 139), found).excluded())
        .isEqualTo("it was too short");
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 100, 139)).excluded())
        .isEqualTo("it was too short");
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 100, 140)).excluded()).isNull();
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 3_561, 0)).excluded())
        .isEqualTo("the run ended too soon after it");
    assertThat(one(fault(FaultKind.CHIP_LOST, CHIP, 3_560, 0)).excluded()).isNull();
    assertThat(one(fault(FaultKind.SILENT_DATA_CORRUPTION, CHIP, 100, 0)).excluded())
        .isEqualTo("nothing can be seen of it");
  }

  @Test
  void aFaultBehindAnotherDoesNotCountUnlessItCanBeSeenForLongEnough() {
    Broken dark = fault(FaultKind.CABINET_DARK, CABINET, 100, 200);
    assertThat(excluded(dark, fault(FaultKind.CHIP_LOST, CHIP, 110, 220)))
        .isEqualTo("another fault hid it");
    assertThat(excluded(dark, fault(FaultKind.CHIP_LOST, CHIP, 110, 240))).isNull();
    assertThat(excluded(dark, fault(FaultKind.CHIP_LOST, CHIP, 50, 240))).isNull();
    assertThat(excluded(dark, fault(FaultKind.CHIP_LOST, POD.chipPath(500), 110, 190))).isNull();
    assertThat(excluded(dark, fault(FaultKind.LINK_DOWN, POD.portPath(MESH_PORT), 110, 190)))
        .isEqualTo("another fault hid it");
    Broken hang = fault(FaultKind.HANG, "job/train-0", 100, 0);
    assertThat(excluded(hang, fault(FaultKind.CHIP_FAIL_SLOW, CHIP, 110, 900)))
        .isEqualTo("another fault hid it");
    assertThat(excluded(hang, fault(FaultKind.JOB_SLOW, "job/train-0", 110, 900)))
        .isEqualTo("another fault hid it");
    assertThat(excluded(hang, fault(FaultKind.CHIP_LOST, CHIP, 110, 900))).isNull();
  }

  @Test
  void whatIsRaisedDuringAnnouncedMaintenanceIsOfNoFault() {
    Placement maintenance =
        new Placement(
            "maintenance-1",
            90_000,
            300_000,
            false,
            List.of(new Placement.Member(POD.pod(), 0, 1, "maintenance", 0)));
    Broken lost = fault(FaultKind.BOARD_LOST, BOARD, 100, 200);
    Raised silent = incident(IncidentKind.BOARD_SILENT, BOARD, 125);
    Matching m =
        Matching.of(
            List.of(lost), List.of(silent), List.of(POD), List.of(JOB, maintenance), BEGIN, END);
    assertThat(m.unmatched()).containsExactly(silent);
    assertThat(m.cases().get(0).excluded()).contains("maintenance");
    Broken goesOn = fault(FaultKind.BOARD_LOST, BOARD, 100, 500);
    Raised after = incident(IncidentKind.BOARD_SILENT, BOARD, 320);
    Matching later =
        Matching.of(
            List.of(goesOn), List.of(after), List.of(POD), List.of(JOB, maintenance), BEGIN, END);
    assertThat(later.unmatched()).isEmpty();
    assertThat(later.cases().get(0).excluded()).contains("maintenance");
    Broken wider = fault(FaultKind.CABINET_DARK, POD.cabinetPath(0), 100, 500);
    assertThat(
            Matching.of(
                    List.of(wider), List.of(), List.of(POD), List.of(JOB, maintenance), BEGIN, END)
                .cases()
                .get(0)
                .excluded())
        .isNull();
    Broken elsewhere = fault(FaultKind.BOARD_LOST, POD.boardPath(1), 100, 200);
    assertThat(
            Matching.of(
                    List.of(elsewhere),
                    List.of(),
                    List.of(POD),
                    List.of(JOB, maintenance),
                    BEGIN,
                    END)
                .cases()
                .get(0)
                .excluded())
        .isNull();
  }

  private static Placement away(String job, int board, int fromSecond, int toSecond) {
    return new Placement(
        job,
        fromSecond * 1_000L,
        toSecond * 1_000L,
        false,
        List.of(
            new Placement.Member(POD.pod(), board, 1, "maintenance", 0),
            new Placement.Member(POD.pod(), board + 1, 1, "worker", 0)));
  }

  private static @Nullable String under(Broken fault, Placement... maintenance) {
    return Matching.of(List.of(fault), List.of(), List.of(POD), List.of(maintenance), BEGIN, END)
        .cases()
        .get(0)
        .excluded();
  }

  @Test
  void maintenanceHidesWhatWasNotThereLongEnoughBeforeOrAfterIt() {
    // A lost board must be there for 40 s.
    Broken lost = fault(FaultKind.BOARD_LOST, BOARD, 100, 500);
    assertThat(under(lost, away("m", 0, 141, 600))).isNull();
    assertThat(under(lost, away("m", 0, 139, 600))).isEqualTo("announced maintenance hid it");
    assertThat(under(lost, away("m", 0, 139, 470))).isEqualTo("announced maintenance hid it");
    assertThat(under(lost, away("m", 0, 139, 450))).isNull();
    assertThat(under(lost, away("m", 0, 139, 450), away("n", 0, 460, 700)))
        .isEqualTo("announced maintenance hid it");
    assertThat(under(lost, away("m", 1, 120, 600))).isNull();
  }

  @Test
  void boardsMayBeAnnouncedEachForItself() {
    Broken wider = fault(FaultKind.CABINET_DARK, CABINET, 100, 500);
    Placement[] each =
        IntStream.range(0, POD.boardsPerCabinet())
            .mapToObj(b -> away("m" + b, b, b == 3 ? 95 : 50, 600))
            .toArray(Placement[]::new);
    assertThat(under(wider, each)).contains("maintenance");
    each[3] = away("m3", 3, 150, 600);
    assertThat(under(wider, each)).isNull();
    // What works beside it in the same placement is not away, nor what was announced at another
    // time under the same name.
    assertThat(
            under(fault(FaultKind.BOARD_LOST, POD.boardPath(1), 100, 500), away("m", 0, 50, 600)))
        .isNull();
    assertThat(
            under(
                fault(FaultKind.BOARD_LOST, POD.boardPath(4), 100, 500),
                away("m", 0, 50, 600),
                away("m", 4, 20, 50)))
        .isNull();
  }

  private static @Nullable String excluded(Broken hiding, Broken fault) {
    return match(List.of(hiding, fault), List.of()).cases().stream()
        .filter(c -> c.fault().equals(fault))
        .findFirst()
        .orElseThrow()
        .excluded();
  }

  @Test
  void whatAnIncidentOfTheSiteExplainsIsItsChild() {
    String pod = POD.pod();
    Raised site =
        new Raised(
            "site",
            IncidentKind.SITE_FAULT,
            "",
            "site",
            127_000,
            127_000,
            300_000,
            "",
            Raised.explains(IncidentKind.SITE_FAULT, List.of("pod_silent"), List.of(pod)),
            List.of(),
            List.of());
    Matching m =
        match(
            List.of(fault(FaultKind.SITE_CUT_OFF, "site", 100, 280)),
            List.of(
                incident(IncidentKind.POD_SILENT, pod, 125),
                site,
                incident(IncidentKind.POD_SILENT, pod, 900)));

    assertThat(m.cases().get(0).perfect()).isTrue();
    assertThat(m.unmatched()).extracting(Raised::openedMs).containsExactly(900_000L);
    assertThat(Raised.explains(IncidentKind.POD_SILENT, List.of("pod_silent"), List.of(pod)))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"pod-00, hidden", "pod-01, hidden", "pod-02, seen", "pod-03, seen"})
  void aShareOfTheSiteThatIsCutOffHidesWhatIsInThosePodsAlone(String pod, String seen) {
    List<PodLayout> pods = Catalog.bundled().plan("hgx-h100", new Overrides(null, 4, 1)).pods();
    PodLayout of = pods.stream().filter(p -> p.pod().equals(pod)).findFirst().orElseThrow();
    for (FaultKind kind : List.of(FaultKind.CHIP_LOST, FaultKind.POD_CUT_OFF)) {
      String subject = kind == FaultKind.CHIP_LOST ? of.chipPath(3) : of.pod();
      Broken cut = new Broken("cut", FaultKind.SITE_CUT_OFF, "", "site", 90_000, 400_000, 500);
      Broken inPod = new Broken("in", kind, of.pod(), subject, 100_000, 380_000, 0);
      Matching m = Matching.of(List.of(cut, inPod), List.of(), pods, List.of(), BEGIN, END);

      assertThat(m.cases().get(1).excluded())
          .as(subject)
          .isEqualTo(seen.equals("hidden") ? "another fault hid it" : null);
    }
  }

  /** An incident of a link that was opened, resolved, opened and so on at these seconds. */
  private static Raised reopened(int... seconds) {
    Raised raised = null;
    for (int i = 0; i < seconds.length; i++) {
      raised =
          Raised.after(
              raised,
              new IncidentEvent(
                  "id",
                  i + 1,
                  i % 2 == 0 ? IncidentEvent.Type.OPENED : IncidentEvent.Type.RESOLVED,
                  io.isotherm.core.IncidentKind.LINK_DOWN,
                  IncidentEvent.Severity.WARNING,
                  POD.pod(),
                  POD.portPath(MESH_PORT),
                  seconds[0] * 1_000L - 20_000,
                  seconds[0] * 1_000L,
                  seconds[i] * 1_000L,
                  2,
                  "",
                  "",
                  List.of(),
                  List.of(),
                  0,
                  List.of()));
    }
    return Objects.requireNonNull(raised);
  }

  @Test
  void anIncidentThatIsOpenedAgainFindsTheSecondFaultOfItsPart() {
    String link = POD.portPath(MESH_PORT);
    Matching m =
        match(
            List.of(
                fault(FaultKind.LINK_DOWN, link, 100, 200),
                fault(FaultKind.LINK_DOWN, link, 1_000, 1_100)),
            List.of(reopened(125, 260, 1_030, 1_160)));

    assertThat(m.cases()).allMatch(Case::perfect);
    assertThat(m.cases()).extracting(Case::delayMs).containsExactly(25_000L, 30_000L);
    assertThat(m.cases()).extracting(Case::resolvedMs).containsExactly(260_000L, 1_160_000L);
    assertThat(m.unmatched()).isEmpty();
  }

  @Test
  void anIncidentThatOneFaultOpensAgainAndAgainIsOne() {
    Case c =
        one(
            fault(FaultKind.LINK_DOWN, POD.portPath(MESH_PORT), 100, 900),
            reopened(125, 260, 400, 500, 700, 800));

    assertThat(c.perfect()).isTrue();
    assertThat(c.delayMs()).isEqualTo(25_000);
    assertThat(c.resolvedMs()).isEqualTo(800_000);
  }

  @Test
  void whatIsOpenedAgainWithoutAFaultIsFalseOnce() {
    Matching m =
        match(
            List.of(fault(FaultKind.LINK_DOWN, POD.portPath(MESH_PORT), 100, 200)),
            List.of(reopened(125, 260, 1_000, 1_100, 2_000, 2_100)));

    assertThat(m.cases()).allMatch(Case::perfect);
    assertThat(m.unmatched()).extracting(Raised::openedMs).containsExactly(1_000_000L);
  }

  @Test
  void anIncidentOfSilentDataCorruptionIsOfNoFault() {
    Matching m =
        match(
            List.of(fault(FaultKind.SILENT_DATA_CORRUPTION, CHIP, 100, 0)),
            List.of(incident(IncidentKind.CHIP_SLOW, CHIP, 200)));

    assertThat(m.unmatched()).hasSize(1);
  }

  @ParameterizedTest
  @EnumSource(
      value = FaultKind.class,
      names = {"UNSPECIFIED", "SILENT_DATA_CORRUPTION"},
      mode = EnumSource.Mode.EXCLUDE)
  void everyKindThatShowsLeadsToAnIncident(FaultKind kind) {
    assertThat(Expectation.of(kind).kinds()).isNotEmpty();
    assertThat(Expectation.of(kind).group()).isNotEqualTo(Expectation.Group.CONTROL);
  }

  @Test
  void thePodOfTheseCasesHasMeshAndPlanes() {
    assertThat(POD.portGroup(MESH_PORT).wiring()).isEqualTo(PortGroup.Wiring.MESH);
    assertThat(POD.portGroup(PLANE_PORT).scope()).isEqualTo(PortGroup.Scope.POD);
  }
}
