package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a real Alertmanager holds back when several alerts fire together. */
class AlertmanagerIT {
  private static final JsonMapper JSON = new JsonMapper();

  private static final Map<String, String> EXPORTER_DOWN =
      Map.of("alertname", "IsothermExporterDown", "severity", "critical", "scope", "pipeline");
  private static final Map<String, String> NO_PODS =
      Map.of("alertname", "IsothermNoPods", "severity", "critical", "scope", "pipeline");
  private static final Map<String, String> PIPELINE_STALE =
      Map.of("alertname", "IsothermPipelineStale", "severity", "critical", "scope", "pipeline");
  private static final Map<String, String> MANY_UNKNOWN =
      Map.of("alertname", "IsothermManyChipsUnknown", "severity", "critical", "scope", "cluster");
  private static final Map<String, String> POD_SILENT = critical("pod-00", "pod_silent", "pod-00");
  private static final Map<String, String> CABINET_SILENT =
      critical("pod-00", "cabinet_silent", "pod-00/cab-001");
  private static final Map<String, String> CABINET_SILENT_ELSEWHERE =
      critical("pod-01", "cabinet_silent", "pod-01/cab-001");
  private static final Map<String, String> LOOP_HOT_ELSEWHERE =
      critical("pod-01", "cooling_loop_hot", "pod-01/loop-000");
  private static final Map<String, String> SITE_SILENT = siteFault("pod_silent");
  private static final Map<String, String> SITE_SLOW = siteFault("job_slow");
  private static final Map<String, String> BOARD_SILENT =
      incident("Warning", "pod-00", "board_silent", "pod-00/cab-001/board-3");
  private static final Map<String, String> COVERAGE_LOW = ofPod("IsothermCoverageLow");
  private static final Map<String, String> COMPUTE_LOW = ofPod("IsothermEffectiveComputeLow");

  /** A rule of this test's own, which touches no other alert: see {@link #settle}. */
  private static final String RULE_TO_SETTLE =
      """
        - source_matchers: ['alertname="Holds"']
          target_matchers: ['alertname="Held"']
          equal: [round]
      """;

  private LocalServer alertmanager;

  @BeforeEach
  void start(@TempDir Path directory) throws Exception {
    Path config = directory.resolve("alertmanager.yml");
    Files.writeString(
        config, Files.readString(Checkout.PROMETHEUS.resolve("alertmanager.yml")) + RULE_TO_SETTLE);
    alertmanager =
        LocalServer.start(
            Tool.ALERTMANAGER,
            directory,
            List.of(
                "--config.file=" + config,
                "--storage.path=" + directory.resolve("data"),
                "--cluster.listen-address="));
    settle("started");
  }

  @AfterEach
  void stop() {
    if (alertmanager != null) {
      alertmanager.close();
    }
  }

  @Test
  void whatStandsAloneIsToldOf() throws Exception {
    assertThat(toldOf(CABINET_SILENT, CABINET_SILENT_ELSEWHERE))
        .containsExactlyInAnyOrder("pod-00/cab-001", "pod-01/cab-001");
  }

  @Test
  void withoutAnExporterNothingElseIsToldOf() throws Exception {
    assertThat(
            toldOf(
                EXPORTER_DOWN, NO_PODS, PIPELINE_STALE, MANY_UNKNOWN, CABINET_SILENT, COVERAGE_LOW))
        .containsExactly("IsothermExporterDown");
  }

  @Test
  void thatNoPodIsKnownHoldsNothingBack() throws Exception {
    assertThat(toldOf(NO_PODS, MANY_UNKNOWN, LOOP_HOT_ELSEWHERE))
        .containsExactlyInAnyOrder("IsothermNoPods", "IsothermManyChipsUnknown", "pod-01/loop-000");
  }

  @Test
  void whenThePipelineIsStaleItsStatesAreNotToldOf() throws Exception {
    assertThat(toldOf(PIPELINE_STALE, MANY_UNKNOWN, CABINET_SILENT, COVERAGE_LOW))
        .containsExactly("IsothermPipelineStale");
  }

  @Test
  void whenManyChipsAreUnknownTheWarningsOfPartsAndPodsAreNotToldOf() throws Exception {
    assertThat(toldOf(MANY_UNKNOWN, BOARD_SILENT, COVERAGE_LOW))
        .containsExactly("IsothermManyChipsUnknown");
  }

  @Test
  void whenManyChipsAreUnknownWhatIsCriticalIsToldOf() throws Exception {
    assertThat(toldOf(MANY_UNKNOWN, LOOP_HOT_ELSEWHERE, BOARD_SILENT))
        .containsExactlyInAnyOrder("IsothermManyChipsUnknown", "pod-01/loop-000");
  }

  @Test
  void aFaultOfTheSiteExplainsThatManyChipsAreUnknown() throws Exception {
    assertThat(toldOf(MANY_UNKNOWN, SITE_SILENT, COVERAGE_LOW, COMPUTE_LOW))
        .containsExactly("site: pod_silent");
  }

  @Test
  void aFaultOfTheSiteThatSilencesNobodyDoesNotExplainThatChipsAreUnknown() throws Exception {
    assertThat(toldOf(MANY_UNKNOWN, SITE_SLOW, COMPUTE_LOW))
        .containsExactlyInAnyOrder("site: job_slow", "IsothermManyChipsUnknown");
  }

  @ParameterizedTest
  @ValueSource(strings = {"chip_slow", "cooling_loop_hot", "board_clock", "power_sag"})
  void aFaultOfTheSiteThatTakesComputeExplainsThatPodsLackIt(String finding) throws Exception {
    assertThat(toldOf(siteFault(finding), COMPUTE_LOW)).containsExactly("site: " + finding);
  }

  @ParameterizedTest
  @ValueSource(strings = {"link_degraded", "plane_fault", "congestion", "job_hang"})
  void aFaultOfTheSiteThatTakesNoComputeDoesNot(String finding) throws Exception {
    assertThat(toldOf(siteFault(finding), COMPUTE_LOW))
        .containsExactlyInAnyOrder("site: " + finding, "IsothermEffectiveComputeLow");
  }

  @Test
  void whatJoinsAFaultOfTheSiteIsToldOf() throws Exception {
    assertThat(toldOf(MANY_UNKNOWN, SITE_SLOW, SITE_SILENT))
        .containsExactlyInAnyOrder("site: job_slow", "site: pod_silent");
  }

  @Test
  void aSilentPodExplainsItsOwnPartsOnly() throws Exception {
    assertThat(toldOf(POD_SILENT, CABINET_SILENT, CABINET_SILENT_ELSEWHERE, COVERAGE_LOW))
        .containsExactlyInAnyOrder("pod-00", "pod-01/cab-001");
  }

  @Test
  void aSilentCabinetExplainsThatThePodLacksChipsAndCompute() throws Exception {
    assertThat(toldOf(CABINET_SILENT, COVERAGE_LOW, COMPUTE_LOW)).containsExactly("pod-00/cab-001");
  }

  @Test
  void aSilentCabinetElsewhereDoesNotExplainIt() throws Exception {
    assertThat(toldOf(CABINET_SILENT_ELSEWHERE, COVERAGE_LOW))
        .containsExactlyInAnyOrder("pod-01/cab-001", "IsothermCoverageLow");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cabinet_hot", "cooling_loop_hot", "power_sag"})
  void whatHoldsChipsDownExplainsThatThePodLacksComputeAndNotThatChipsAreMissing(String kind)
      throws Exception {
    assertThat(toldOf(critical("pod-00", kind, "cause"), COVERAGE_LOW, COMPUTE_LOW))
        .containsExactlyInAnyOrder("cause", "IsothermCoverageLow");
  }

  @ParameterizedTest
  @ValueSource(strings = {"job_hang", "chip_silent", "board_silent", "chip_slow", "plane_fault"})
  void whatIsCriticalButSmallOrReportsExplainsNeither(String kind) throws Exception {
    assertThat(toldOf(critical("pod-00", kind, "cause"), COVERAGE_LOW, COMPUTE_LOW))
        .containsExactlyInAnyOrder("cause", "IsothermCoverageLow", "IsothermEffectiveComputeLow");
  }

  private static Map<String, String> ofPod(String name) {
    return Map.of("alertname", name, "severity", "warning", "scope", "pod", "pod", "pod-00");
  }

  private static Map<String, String> critical(String pod, String kind, String subject) {
    return incident("Critical", pod, kind, subject);
  }

  private static Map<String, String> siteFault(String finding) {
    Map<String, String> labels = new TreeMap<>(critical("", "site_fault", "site: " + finding));
    labels.put("finding", finding);
    return labels;
  }

  private static Map<String, String> incident(
      String severity, String pod, String kind, String subject) {
    return Map.of(
        "alertname",
        "IsothermIncident" + severity,
        "severity",
        severity.toLowerCase(Locale.ROOT),
        "scope",
        "part",
        "pod",
        pod,
        "kind",
        kind,
        "subject",
        subject);
  }

  /** Lets the alerts fire and returns the subjects, or names, of those that are not held back. */
  @SafeVarargs
  private Set<String> toldOf(Map<String, String>... alerts) throws Exception {
    fire(alerts);
    settle("fired");

    Set<String> told = new TreeSet<>();
    for (JsonNode alert : alertmanager.get("/api/v2/alerts")) {
      JsonNode labels = alert.path("labels");
      if (!labels.has("round") && !isHeldBack(alert)) {
        told.add(labels.path("subject").asText(labels.path("alertname").asText()));
      }
    }
    return told;
  }

  /**
   * Waits until Alertmanager holds back by all that fired before. It takes what fires to its rules
   * after it has answered, in order: one more pair of alerts tells when it has come to the end.
   */
  private void settle(String round) throws Exception {
    fire(Map.of("alertname", "Held", "round", round), Map.of("alertname", "Holds", "round", round));
    String held = "/api/v2/alerts?filter=alertname=Held&filter=round=" + round;
    await().until(() -> isHeldBack(alertmanager.get(held).path(0)));
  }

  @SafeVarargs
  private void fire(Map<String, String>... alerts) throws Exception {
    ArrayNode body = JSON.createArrayNode();
    for (Map<String, String> labels : alerts) {
      body.addObject().set("labels", JSON.valueToTree(labels));
    }
    alertmanager.post("/api/v2/alerts", body);
  }

  private static boolean isHeldBack(JsonNode alert) {
    return !alert.at("/status/inhibitedBy").isEmpty();
  }
}
