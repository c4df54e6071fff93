package io.isotherm.export;

import static io.isotherm.export.ClusterMetricsTest.CHIPS;
import static io.isotherm.export.ClusterMetricsTest.NOW;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.ClusterOpenKind;
import io.isotherm.avro.Evidence;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.OpenKind;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.Severity;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ResultStateTest {
  private static final String POD = "pod-00";
  private static final long HOUR_MS = 3_600_000;

  private final ResultState state = new ResultState();

  private static PodTopology version(long fromMs, int cabinets) {
    PodTopology version = ClusterMetricsTest.topology(POD);
    version.setEffectiveFromMs(fromMs);
    version.setCabinets(cabinets);
    return version;
  }

  private static PodHealth window(long startMs, int chips) {
    PodHealth window = ClusterMetricsTest.health(POD);
    window.setWindowStartMs(startMs);
    window.setChips(chips);
    return window;
  }

  private int cabinetsShown(long nowMs) {
    return requireNonNull(state.view(nowMs).topology().get(POD)).getCabinets();
  }

  @Test
  void aVersionThatIsAnnouncedReplacesNothing() {
    state.topology(POD, version(0, 176));
    state.health(window(NOW - 15_000, CHIPS), NOW);

    state.topology(POD, version(NOW + HOUR_MS, 177));

    assertThat(cabinetsShown(NOW)).isEqualTo(176);
    assertThat(state.view(NOW).health()).containsOnlyKeys(POD);
  }

  @Test
  void aVersionThatIsBroughtForwardTakesThePlaceOfTheOneAnnounced() {
    state.topology(POD, version(0, 176));
    state.topology(POD, version(NOW + 2 * HOUR_MS, 177));
    state.topology(POD, version(NOW + HOUR_MS, 178));

    assertThat(cabinetsShown(NOW)).isEqualTo(176);
    assertThat(cabinetsShown(NOW + 3 * HOUR_MS)).isEqualTo(178);
  }

  @Test
  void aVersionIsShownFromTheFirstWindowThatWasJudgedByIt() {
    state.topology(POD, version(0, 176));
    state.topology(POD, version(NOW, 177));

    // The window in which the version begins is still judged by the one before.
    state.health(window(NOW - 5_000, CHIPS), NOW + 6_000);
    assertThat(cabinetsShown(NOW + 6_000)).isEqualTo(176);
    assertThat(state.view(NOW + 6_000).health()).containsOnlyKeys(POD);

    state.health(window(NOW + 5_000, CHIPS + 88), NOW + 16_000);
    assertThat(cabinetsShown(NOW + 16_000)).isEqualTo(177);
    assertThat(state.view(NOW + 16_000).health()).containsOnlyKeys(POD);
  }

  @Test
  void aPodWhoseCorrectionMonitorsPassOverIsShownAsItIsJudged() throws Exception {
    // Given: a version by which the pod is judged, and one from the same time that replaces it here
    state.topology(POD, version(0, 177));
    state.health(window(NOW - 25_000, CHIPS + 88), NOW - 10_000);
    state.topology(POD, version(0, 176));

    // When
    PodHealth judged = window(NOW - 15_000, CHIPS + 88);
    judged.setBoards(177 * 11);
    judged.setCabinetHealth(
        Collections.nCopies(177, ClusterMetricsTest.health(POD).getCabinetHealth().get(0)));
    state.health(judged, NOW);

    // Then
    assertThat(cabinetsShown(NOW)).isEqualTo(177);
    assertThat(state.view(NOW).health()).containsOnlyKeys(POD);
    assertThat(state.view(NOW).notReady(NOW)).isEmpty();
    Reply status = new ClusterApi(HostNames.NONE).status(state.view(NOW), Optional.empty(), NOW);
    assertThat(new String(status.body(), StandardCharsets.UTF_8)).contains("\"chips\":15576,");
  }

  @Test
  void aCorrectionThatSeveralWindowsDoNotShowIsToldOf() {
    state.topology(POD, version(0, 177));
    for (int i = 0; i < 3; i++) {
      assertThat(state.judgedByOthers()).isEmpty();
      state.health(window(NOW + 10_000L * i, CHIPS), NOW);
    }
    assertThat(state.judgedByOthers())
        .containsOnly(
            entry(
                POD,
                "its windows are of 15488 chips, the record that holds since 0 ms is of 15576"));

    // When: it is published from later on, and until then as it was
    state.topology(POD, version(0, 176));
    state.topology(POD, version(NOW + 60_000, 177));
    for (int i = 3; i <= 6; i++) {
      state.health(window(NOW + 10_000L * i, i < 6 ? CHIPS : CHIPS + 88), NOW);
    }

    // Then
    assertThat(state.judgedByOthers()).isEmpty();
  }

  @Test
  void aPodThatIsOnlyAnnouncedIsShownWhenItsTimeComes() {
    state.topology(POD, version(NOW + HOUR_MS, 176));

    assertThat(state.view(NOW).topology()).isEmpty();
    assertThat(state.isDue(NOW + HOUR_MS - 1)).isFalse();
    assertThat(state.isDue(NOW + HOUR_MS)).isTrue();
    assertThat(cabinetsShown(NOW + HOUR_MS)).isEqualTo(176);
    assertThat(state.isDue(NOW + HOUR_MS)).isFalse();
  }

  @Test
  void aPodThatSpeaksBeforeItsFirstVersionHoldsIsShownWithItsWindow() {
    state.topology(POD, version(NOW + HOUR_MS, 176));
    state.health(window(NOW - 15_000, CHIPS), NOW);

    assertThat(cabinetsShown(NOW)).isEqualTo(176);
    assertThat(state.view(NOW).health()).containsOnlyKeys(POD);
  }

  @Test
  void ofManyVersionsTheNewestAreKept() {
    for (int i = 0; i < 1_000; i++) {
      state.topology(POD, version(i * HOUR_MS, 100 + i));
    }
    assertThat(cabinetsShown(999 * HOUR_MS)).isEqualTo(1_099);
    assertThat(cabinetsShown(990 * HOUR_MS)).isEqualTo(1_090);
    assertThat(state.view(HOUR_MS).topology()).isEmpty();
  }

  @Test
  void aPodWhoseClocksWerePutBackIsShownAsItIs() {
    state.topology(POD, version(0, 176));
    state.health(window(NOW + 8 * HOUR_MS, CHIPS), NOW);
    state.health(window(NOW - 15_000, CHIPS), NOW + 1_000);

    assertThat(requireNonNull(state.view(NOW).health().get(POD)).getWindowStartMs())
        .isEqualTo(NOW - 15_000);
  }

  private void incident(String id, int revision, Severity severity) {
    Incident incident =
        ClusterMetricsTest.incident(
            id, revision, revision == 1 ? IncidentEvent.OPENED : IncidentEvent.UPDATED);
    incident.setSeverity(severity);
    state.incident(incident);
  }

  private List<String> ranks() {
    return state.view(NOW).ranks().stream().map(r -> r.map(Incident::getId).orElse("")).toList();
  }

  private static List<String> warnings(int from, int to) {
    return IntStream.range(from, to).mapToObj(i -> "warning-" + i).toList();
  }

  private static List<String> join(List<String> first, String... then) {
    return Stream.concat(first.stream(), Stream.of(then)).toList();
  }

  @Test
  void aCriticalIncidentTakesTheSlotOfTheYoungestWarningAndNobodyElseMoves() {
    state.topology(POD, version(0, 176));
    warnings(0, 22).forEach(id -> incident(id, 1, Severity.WARNING));
    assertThat(ranks()).isEqualTo(warnings(0, 20));

    incident("critical", 1, Severity.CRITICAL);
    assertThat(ranks()).isEqualTo(join(warnings(0, 19), "critical"));

    // One that had no slot as a warning takes one when it grows.
    incident("warning-21", 2, Severity.CRITICAL);
    assertThat(ranks()).isEqualTo(join(warnings(0, 18), "warning-21", "critical"));
  }

  @Test
  void aCriticalIncidentDisplacesNoCriticalOne() {
    state.topology(POD, version(0, 176));
    List<String> first = IntStream.range(0, 20).mapToObj(i -> "critical-" + i).toList();
    first.forEach(id -> incident(id, 1, Severity.CRITICAL));

    incident("critical-20", 1, Severity.CRITICAL);

    assertThat(ranks()).isEqualTo(first);
  }

  @Test
  void eachFurtherPodAddsTenRanksAndOneThatLeavesTakesOnlyThoseThatAreFree() {
    state.topology(POD, version(0, 176));
    warnings(0, 45).forEach(id -> incident(id, 1, Severity.WARNING));
    assertThat(ranks()).isEqualTo(warnings(0, 20));

    state.topology("pod-01", ClusterMetricsTest.topology("pod-01"));
    state.topology("pod-02", ClusterMetricsTest.topology("pod-02"));
    assertThat(ranks()).isEqualTo(warnings(0, 40));

    // When: the pods leave, the last rank is taken, and one before it becomes free
    state.topology("pod-01", null);
    state.topology("pod-02", null);
    state.remove("warning-30");
    state.remove("warning-3");

    // Then: nobody moves, and only ranks that a single pod has are filled
    assertThat(ranks().get(30)).isEmpty();
    assertThat(ranks().get(39)).isEqualTo("warning-39");
    assertThat(ranks().get(3)).isEqualTo("warning-40");
    warnings(20, 40).forEach(state::remove);
    assertThat(ranks()).hasSize(20).doesNotContain("");
  }

  @Test
  void thereAreAThousandRanksAtMost() {
    for (int i = 0; i < 200; i++) {
      state.topology("pod-" + i, ClusterMetricsTest.topology("pod-" + i));
    }
    assertThat(ranks()).hasSize(1_000);
  }

  private List<String> open() {
    return state.view(NOW).open().stream().map(Incident::getId).toList();
  }

  private static PodHealth windowWith(long startMs, OpenKind... kinds) {
    PodHealth window = window(startMs, CHIPS);
    window.setOpenKinds(List.of(kinds));
    window.setOpenIncidents(Stream.of(kinds).mapToInt(OpenKind::getIncidents).sum());
    return window;
  }

  @Test
  void anIncidentThatAMonitorWithNewStateDoesNotKnowIsOver() {
    // Given: an incident of a hot chip, told of at 2 s
    state.topology(POD, version(0, 176));
    incident("lost", 1, Severity.WARNING);

    // A window that ends less than a window later may not know of it yet.
    state.health(windowWith(1_999), NOW);
    assertThat(open()).containsExactly("lost");
    // One that knows of a hot chip may mean this one.
    state.health(windowWith(2_000, new OpenKind("CHIP_HOT", 1, 1)), NOW);
    assertThat(open()).containsExactly("lost");
    // One from before kinds were counted says nothing of them.
    PodHealth old = windowWith(12_000);
    old.setOpenIncidents(1);
    state.health(old, NOW);
    assertThat(open()).containsExactly("lost");

    // When: nothing of the kind is open
    state.health(windowWith(22_000, new OpenKind("LINK_DOWN", 2, 4)), NOW);

    // Then: it is over, also when another of its kind opens
    assertThat(open()).isEmpty();
    assertThat(ranks()).containsOnly("");
    incident("next", 1, Severity.WARNING);
    state.health(windowWith(32_000, new OpenKind("CHIP_HOT", 1, 1)), NOW);
    assertThat(open()).containsExactly("next");
    assertThat(ranks()).startsWith("next");
    // An event that is sent again does not open it, a newer one does.
    incident("lost", 1, Severity.WARNING);
    assertThat(open()).containsExactly("next");
    incident("lost", 2, Severity.WARNING);
    assertThat(open()).containsExactly("next", "lost");
  }

  private void ofNoPod(String id, IncidentKind kind) {
    Incident incident = ClusterMetricsTest.incident(id, 1, IncidentEvent.OPENED);
    incident.setPod("");
    incident.setKind(kind);
    state.incident(incident);
  }

  @Test
  void anIncidentOfNoPodIsOverWhenTheClusterCountsNoneOfItsKind() {
    state.topology(POD, version(0, 176));
    ofNoPod("site", IncidentKind.SITE_FAULT);
    ofNoPod("job", IncidentKind.JOB_HANG);

    ClusterHealth early = cluster(1_999, 3);
    early.setOpenKinds(List.of());
    state.cluster(early);
    assertThat(open()).containsExactly("site", "job");
    ClusterHealth later = cluster(2_000, 3);
    later.setOpenKinds(List.of(new ClusterOpenKind("JOB_HANG", 1, 840)));
    state.cluster(later);
    assertThat(open()).containsExactly("job");
  }

  private static ClusterHealth windowOf(String cluster, ClusterOpenKind... kinds) {
    ClusterHealth window = cluster(2_000, kinds.length);
    window.setCluster(cluster);
    window.setOpenKinds(List.of(kinds));
    return window;
  }

  @Test
  void anIncidentOfNoPodIsOverWhenNoClusterCountsItsKind() {
    // Given: a pod of which somebody has published that it is of another cluster
    state.topology(POD, version(0, 176));
    PodTopology astray = ClusterMetricsTest.topology("pod-01");
    astray.setCluster("another");
    state.topology("pod-01", astray);
    ofNoPod("site", IncidentKind.SITE_FAULT);

    // The window of one of them says nothing of what may be open in the other.
    state.cluster(windowOf("another"));
    assertThat(open()).containsExactly("site");
    state.cluster(windowOf("cluster", new ClusterOpenKind("SITE_FAULT", 1, CHIPS)));
    state.cluster(windowOf("another"));
    assertThat(open()).containsExactly("site");

    // When, then
    state.cluster(windowOf("cluster"));
    assertThat(open()).isEmpty();
  }

  @Test
  void aClusterOfWhichNoPodIsLeftKeepsNothingOpen() {
    state.topology(POD, version(0, 176));
    ofNoPod("site", IncidentKind.SITE_FAULT);
    state.cluster(windowOf("cluster", new ClusterOpenKind("SITE_FAULT", 1, CHIPS)));
    state.cluster(windowOf("renamed"));
    assertThat(open()).containsExactly("site");

    PodTopology renamed = version(0, 176);
    renamed.setCluster("renamed");
    state.topology(POD, renamed);

    assertThat(open()).isEmpty();
  }

  @Test
  void ofSeveralClustersTheLargestIsShownWhicheverSpokeLast() {
    PodTopology astray = version(0, 1);
    astray.setPod("pod-01");
    astray.setCluster("another");
    state.topology("pod-01", astray);
    state.topology(POD, version(0, 176));

    state.cluster(windowOf("another"));
    assertThat(shownCluster()).isEqualTo("another");
    state.cluster(windowOf("cluster"));
    assertThat(shownCluster()).isEqualTo("cluster");
    state.cluster(windowOf("another"));
    assertThat(shownCluster()).isEqualTo("cluster");
  }

  private String shownCluster() {
    return state.view(NOW).cluster().orElseThrow().getCluster();
  }

  @Test
  void anIncidentOfAKindThatIsNotKnownMayBeAnyThatIsCounted() {
    state.topology(POD, version(0, 176));
    ofNoPod("newer", IncidentKind.UNSPECIFIED);

    ClusterHealth window = cluster(2_000, 1);
    window.setOpenKinds(List.of(new ClusterOpenKind("OF_A_LATER_VERSION", 1, 8)));
    state.cluster(window);
    assertThat(open()).containsExactly("newer");
    ClusterHealth none = cluster(12_000, 1);
    none.setOpenKinds(List.of());
    state.cluster(none);
    assertThat(open()).isEmpty();
  }

  @Test
  void beforeKindsWereCountedAnIncidentOfNoPodIsOverWhenNothingIsOpenInTheCluster() {
    state.topology(POD, version(0, 176));
    ofNoPod("site", IncidentKind.SITE_FAULT);

    state.cluster(cluster(2_000, 1));
    assertThat(open()).containsExactly("site");
    state.cluster(cluster(1_999, 0));
    assertThat(open()).containsExactly("site");
    state.cluster(cluster(2_000, 0));
    assertThat(open()).isEmpty();
  }

  static ClusterHealth cluster(long startMs, int openIncidents) {
    ClusterHealth window = new ClusterHealth();
    window.setCluster("cluster");
    window.setWindowStartMs(startMs);
    window.setWindowMs(10_000);
    window.setOpenIncidents(openIncidents);
    return window;
  }

  @Test
  void anIncidentThatIsRemovedIsOverAndCountsNoEvent() {
    state.topology(POD, version(0, 176));
    warnings(0, 21).forEach(id -> incident(id, 1, Severity.WARNING));

    state.remove("warning-3");
    state.remove("never-heard-of");

    assertThat(open()).hasSize(20).doesNotContain("warning-3");
    assertThat(ranks().get(3)).isEqualTo("warning-20");
    assertThat(state.view(NOW).incidentEvents())
        .containsOnly(entry(new ClusterView.IncidentCount("chip_hot", "opened"), 21L));
  }

  @Test
  void whatTheSiteExplainsInAPodThatIsNotShownIsNotCounted() throws Exception {
    state.topology(POD, version(0, 176));
    Incident site = ClusterMetricsTest.incident("site", 1, IncidentEvent.OPENED);
    site.setPod("");
    site.setKind(IncidentKind.SITE_FAULT);
    site.setChildren(List.of(POD, "pod-that-left"));
    site.setEvidence(List.of(new Evidence("chip_hot", "site", 0L, 2L, 2L, "pods")));
    state.incident(site);
    Incident left = ClusterMetricsTest.incident("left", 1, IncidentEvent.OPENED);
    left.setPod("pod-that-left");
    state.incident(left);
    incident("here", 1, Severity.WARNING);

    assertThat(state.view(NOW).explained()).containsOnlyKeys("here");
    Reply status = new ClusterApi(HostNames.NONE).status(state.view(NOW), Optional.empty(), NOW);
    assertThat(new String(status.body(), StandardCharsets.UTF_8)).contains("\"open_incidents\":1,");
  }

  @Test
  void theNewestRecordOfATopicIsTheOneReadLast() {
    state.read("incidents", NOW + 2 * HOUR_MS);
    state.read("incidents", NOW);

    assertThat(state.view(NOW).lastRecordMs()).containsOnly(entry("incidents", NOW));
  }
}
