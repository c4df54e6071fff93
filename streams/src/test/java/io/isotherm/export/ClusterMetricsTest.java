package io.isotherm.export;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.isotherm.avro.CabinetHealth;
import io.isotherm.avro.ChipModel;
import io.isotherm.avro.Evidence;
import io.isotherm.avro.FabricHotSpot;
import io.isotherm.avro.Histogram;
import io.isotherm.avro.HotSpot;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.ReplayEvent;
import io.isotherm.avro.ReplayMarker;
import io.isotherm.avro.Severity;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ClusterMetricsTest {
  static {
    // Avro makes objects of the generated classes once a topic is known, as in every process.
    requireNonNull(Topics.INCIDENTS);
  }

  private static final HostNames HOSTS =
      subject ->
          subject.startsWith("pod-00/cab-009/board-1")
              ? Optional.of("gpu-\"017\"")
              : Optional.empty();

  static final long NOW = 1_000_000_015_000L;
  static final int CHIPS = 15_488;

  static PodTopology topology(String pod) {
    return new PodTopology(
        pod,
        "cluster",
        "atlas-960",
        0L,
        176,
        11,
        8,
        0,
        List.of(),
        List.of(0, 0, 0, 0, 1, 1, 1, 1),
        1,
        1,
        new ChipModel("c", "v", 870, 890, 950, true, null, null, null, null, null));
  }

  static PodHealth health(String pod) {
    List<CabinetHealth> cabinets =
        IntStream.range(0, 176)
            .mapToObj(c -> new CabinetHealth(c, 88, 0, 0, 0, 0, 700 + c, 600, 100L))
            .toList();
    List<HotSpot> hot =
        IntStream.range(0, 10)
            .mapToObj(i -> new HotSpot(pod + "/chip-" + i, 900 - i, 0, 0))
            .toList();
    return PodHealth.newBuilder()
        .setPod(pod)
        .setWindowStartMs(1_000_000_000_000L)
        .setWindowMs(10_000)
        .setChips(CHIPS)
        .setHealthy(CHIPS - 3)
        .setSuspect(1)
        .setDegraded(1)
        .setFailed(1)
        .setUnknown(0)
        .setChipsInMaintenance(20)
        .setBoards(1936)
        .setBoardsReporting(1935)
        .setChipsReporting(CHIPS / 2)
        .setEffectiveComputePermille(999)
        .setTemperature(new Histogram(List.of(40, 60, 80), List.of(1, 2, 3, 4), 5005L))
        .setUtilization(new Histogram(List.of(500, 900), List.of(1, 2, 3), 4000L))
        .setPowerDeciwatts(12_345L)
        .setLinks(10)
        .setLinksUp(4)
        .setLinksDown(3)
        .setLinksDegraded(2)
        .setLinksUnknown(1)
        .setLinkTxBytesTotal(11L)
        .setLinkRxBytesTotal(12L)
        .setLinkErrorsTotal(13L)
        .setReportsTotal(14L)
        .setLateTotal(15L)
        .setDuplicatesTotal(16L)
        .setRejectedTotal(17L)
        .setMissedTotal(18L)
        .setWindowsTotal(19L)
        .setWatermarkMs(NOW - 4_500)
        .setOpenIncidents(1)
        .setOpenKinds(List.of())
        .setCabinetHealth(cabinets)
        .setHotSpots(hot)
        .setFabricHotSpots(List.of(new FabricHotSpot("pod-00/plane-0/switch-01", 450, 12)))
        .setJobShares(List.of())
        .setChipStates(ByteBuffer.allocate(0))
        .setChipTemperatures(ByteBuffer.allocate(0))
        .build();
  }

  static Incident incident(String id, int revision, IncidentEvent event) {
    return Incident.newBuilder()
        .setId(id)
        .setRevision(revision)
        .setEvent(event)
        .setKind(IncidentKind.CHIP_HOT)
        .setSeverity(Severity.WARNING)
        .setPod("pod-00")
        .setSubject("pod-00/cab-001/board-0/chip-1")
        .setFirstSeenMs(0L)
        .setOpenedMs(1_000L)
        .setEventMs(2_000L)
        .setResolvedMs(null)
        .setChipsAffected(1)
        .setSummary("hot")
        .setNextStep("look")
        .setEvidence(List.of())
        .setChildren(List.of())
        .setChildrenTotal(0)
        .setJobs(List.of())
        .build();
  }

  private static String text(ClusterView view, int budget, String accept) throws IOException {
    Reply reply = new ClusterMetrics(budget, "1", HOSTS).collect(view, NOW).reply(accept);
    return new String(reply.body(), StandardCharsets.UTF_8);
  }

  private static List<String> series(String text) {
    return text.lines().filter(line -> !line.startsWith("#")).toList();
  }

  private static ResultState onePod() {
    ResultState state = new ResultState();
    state.topology("pod-00", topology("pod-00"));
    state.health(health("pod-00"), NOW);
    state.incident(incident("a", 1, IncidentEvent.OPENED));
    state.deadLetter("undecodable");
    state.read("health.pods", NOW);
    return state;
  }

  @Test
  void everyChipIsCountedBeforeTheFirstWindowAndAfter() throws IOException {
    ResultState state = new ResultState();
    state.topology("pod-00", topology("pod-00"));
    assertThat(series(text(state.view(NOW), 1000, "")))
        .contains(
            "isotherm_chips{pod=\"pod-00\",state=\"unknown\"} 15488.0",
            "isotherm_chips_in_maintenance{pod=\"pod-00\"} 0.0");
    state.health(health("pod-00"), NOW);
    double sum =
        series(text(state.view(NOW), 1000, "")).stream()
            .filter(line -> line.startsWith("isotherm_chips{"))
            .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' '))))
            .sum();
    assertThat(sum).isEqualTo(CHIPS);
    state.topology("pod-00", null);
    assertThat(text(state.view(NOW), 1000, "")).doesNotContain("pod-00");
  }

  @Test
  void aWholePodStaysUnderTheBudgetAndSaysHowManySeriesItHas() throws IOException {
    String text = text(onePod().view(NOW), 1000, "");
    assertThat(series(text)).hasSizeLessThan(1000);
    assertThat(series(text))
        .contains(
            "isotherm_export_series " + (double) series(text).size(),
            "isotherm_export_series_dropped 0.0",
            "isotherm_watermark_lag_seconds{pod=\"pod-00\"} 4.5",
            "isotherm_window_seconds{pod=\"pod-00\"} 10.0",
            "isotherm_chips_in_maintenance{pod=\"pod-00\"} 20.0",
            "isotherm_chip_temperature_celsius_bucket{pod=\"pod-00\",le=\"60.0\"} 3",
            "isotherm_chip_temperature_celsius_sum{pod=\"pod-00\"} 500.5",
            "isotherm_chip_utilization_ratio_bucket{pod=\"pod-00\",le=\"0.5\"} 1",
            "isotherm_coverage_ratio{pod=\"pod-00\"} 0.5");
  }

  @Test
  void aScrapeOfAWholePodTakesLessThanFiftyMilliseconds() throws IOException {
    ClusterView view = onePod().view(NOW);
    for (int i = 0; i < 50; i++) {
      text(view, 1000, "");
    }
    long[] micros = new long[20];
    for (int i = 0; i < micros.length; i++) {
      long before = System.nanoTime();
      text(view, 1000, "");
      micros[i] = (System.nanoTime() - before) / 1000;
    }
    Arrays.sort(micros);
    long median = micros[micros.length / 2];
    System.out.println("scrape of one pod: median " + median + " microseconds");
    assertThat(median).isLessThan(50_000);
  }

  @Test
  void cabinetsThatDoNotFitAreLeftOutAndCounted() throws IOException {
    String text = text(onePod().view(NOW), 400, "");
    assertThat(text).doesNotContain("isotherm_cabinet_");
    assertThat(series(text)).contains("isotherm_export_series_dropped 352.0");
  }

  @Test
  void cabinetsLeaveRoomForEveryRankSoThatIncidentsDoNotMoveThem() throws IOException {
    ResultState state = pods(10);
    List<String> quiet = series(text(state.view(NOW), 1000, ""));
    for (int i = 0; i < 110; i++) {
      state.incident(incident("i" + i, 1, IncidentEvent.OPENED));
    }
    List<String> busy = series(text(state.view(NOW), 1000, ""));

    assertThat(busy)
        .hasSize(quiet.size() + 2 * 110)
        .hasSizeLessThanOrEqualTo(1000 + 9 * 200)
        .filteredOn(line -> line.startsWith("isotherm_cabinet_"))
        .isNotEmpty()
        .isEqualTo(quiet.stream().filter(l -> l.startsWith("isotherm_cabinet_")).toList());
  }

  @Test
  void allThatAlwaysAppearsFitsTheBudgetOfAMillionChips() throws IOException {
    ResultState state = pods(65);
    for (int i = 0; i < 700; i++) {
      state.incident(incident("i" + i, 1, IncidentEvent.OPENED));
    }
    List<String> all = series(text(state.view(NOW), 1000, ""));

    assertThat(all).hasSizeLessThanOrEqualTo(1000 + 64 * 200);
    assertThat(all.stream().filter(l -> l.startsWith("isotherm_incident_info"))).hasSize(660);
  }

  private static ResultState pods(int count) {
    ResultState state = new ResultState();
    for (int i = 0; i < count; i++) {
      String pod = "pod-%02d".formatted(i);
      state.topology(pod, topology(pod));
      state.health(health(pod), NOW);
    }
    return state;
  }

  @Test
  void theLargestBudgetHasRoomForSeveralPods() throws IOException {
    ResultState state = onePod();
    state.topology("pod-01", topology("pod-01"));
    state.health(health("pod-01"), NOW);

    assertThat(series(text(state.view(NOW), Integer.MAX_VALUE, "")))
        .contains(
            "isotherm_export_series_dropped 0.0", "isotherm_export_series_budget 2.147483847E9");
  }

  @Test
  void anIncidentKeepsItsSlotAndANewOneTakesTheLowestFree() {
    ResultState state = onePod();
    state.incident(incident("b", 1, IncidentEvent.OPENED));
    state.incident(incident("a", 2, IncidentEvent.RESOLVED));
    state.incident(incident("c", 1, IncidentEvent.OPENED));
    state.incident(incident("d", 1, IncidentEvent.OPENED));
    List<String> ids = new ArrayList<>();
    state.view(NOW).ranks().forEach(rank -> rank.ifPresent(i -> ids.add(i.getId())));
    assertThat(ids).containsExactly("c", "b", "d");
  }

  @Test
  void theIncidentsOfAPodThatLeftFreeTheirSlots() {
    ResultState state = new ResultState();
    state.topology("pod-00", topology("pod-00"));
    state.topology("pod-01", topology("pod-01"));
    for (int i = 0; i < 30; i++) {
      state.incident(incident("a" + i, 1, IncidentEvent.OPENED));
    }
    Incident other = incident("b", 1, IncidentEvent.OPENED);
    other.setPod("pod-01");
    state.incident(other);
    assertThat(state.view(NOW).ranks())
        .noneMatch(rank -> rank.filter(i -> i.getId().equals("b")).isPresent());
    state.topology("pod-00", null);
    List<String> ids = new ArrayList<>();
    state.view(NOW).ranks().forEach(rank -> rank.ifPresent(i -> ids.add(i.getId())));
    assertThat(ids).containsExactly("b");
    assertThat(state.view(NOW).open()).hasSize(1);
  }

  @Test
  void anEventThatIsSentAgainCountsOnceAlsoWhenTheIncidentIsResolved() throws IOException {
    ResultState state = onePod();
    Incident resolved = incident("a", 2, IncidentEvent.RESOLVED);
    state.incident(resolved);
    state.incident(incident("a", 1, IncidentEvent.OPENED));
    state.incident(resolved);
    assertThat(series(text(state.view(NOW), 1000, "")))
        .contains(
            "isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 0.0",
            "isotherm_incidents_total{event=\"opened\",kind=\"chip_hot\"} 1.0",
            "isotherm_incidents_total{event=\"resolved\",kind=\"chip_hot\"} 1.0");
    assertThat(state.view(NOW).resolved()).hasSize(1);
  }

  @Test
  void isNotReadyBeforeAWindowAndWhenTheInputIsStale() {
    ResultState state = new ResultState();
    assertThat(state.view(NOW).notReady(NOW))
        .hasValueSatisfying(r -> assertThat(r).contains("no pod"));
    state.topology("pod-00", topology("pod-00"));
    assertThat(state.view(NOW).notReady(NOW))
        .hasValueSatisfying(r -> assertThat(r).contains("no window"));
    state.health(health("pod-00"), NOW);
    assertThat(state.view(NOW).notReady(NOW + 30_000)).isEmpty();
    assertThat(state.view(NOW).notReady(NOW + 31_000))
        .hasValue("input is stale: the newest window came 31 s ago");
  }

  @Test
  void theNewestEventOfEachKindInTheLifeOfAReplayHasASeries() throws IOException {
    ResultState state = onePod();
    assertThat(text(state.view(NOW), 1000, "")).doesNotContain("isotherm_replay_event");
    state.replay(marker(ReplayEvent.STARTED, 1_000));
    state.replay(marker(ReplayEvent.LOOPED, 5_000));
    state.replay(marker(ReplayEvent.STARTED, 3_000));
    state.replay(marker(ReplayEvent.STARTED, 2_000));
    state.replay(marker(ReplayEvent.UNSPECIFIED, 9_000));

    assertThat(
            text(state.view(NOW), 1000, "").lines().filter(l -> l.startsWith("isotherm_replay_")))
        .containsExactly(
            "isotherm_replay_event_timestamp_seconds{event=\"looped\"} 5.0",
            "isotherm_replay_event_timestamp_seconds{event=\"started\"} 3.0");
  }

  private static ReplayMarker marker(ReplayEvent event, long timeMs) {
    return new ReplayMarker(event, timeMs, 0L, "telemetry.reports", "tuesday", null, 1, 0L);
  }

  @Test
  void bothFormatsHaveTheGaugeAndTheCounterOfIncidents() throws IOException {
    String gauge = "isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 1.0";
    String counter = "isotherm_incidents_total{event=\"opened\",kind=\"chip_hot\"} 1.0";
    assertThat(text(onePod().view(NOW), 1000, ""))
        .contains(gauge, counter, "# TYPE isotherm_incidents_total counter");
    assertThat(text(onePod().view(NOW), 1000, "application/openmetrics-text"))
        .contains(gauge, counter)
        .endsWith("# EOF\n");
  }

  @Test
  void theDocumentListsExactlyTheFamilies() throws IOException {
    String table =
        Arrays.stream(Family.values())
            .map(
                f ->
                    "| `%s` | %s | %s | %s |"
                        .formatted(
                            f.metric(),
                            ResultState.word(f.type()),
                            String.join(", ", f.labels()),
                            f.help()))
            .collect(Collectors.joining("\n"));
    Path file = Path.of(System.getProperty("isotherm.root"), "docs", "metrics.md");
    String document = Files.readString(file);
    int from = document.indexOf("| --- | --- | --- | --- |\n") + 26;
    int to = document.indexOf("\n\n", from);
    if (System.getProperty("update.golden", "").equals("true")) {
      document = document.substring(0, from) + table + document.substring(to);
      Files.writeString(file, document);
      to = from + table.length();
    }
    assertThat(document.substring(from, to)).isEqualTo(table);
  }

  @Test
  void promtoolFindsNothing() throws Exception {
    Path promtool = Path.of("/usr/bin/promtool");
    assumeThat(promtool).as("promtool is not installed: not checked").exists();
    Process process =
        new ProcessBuilder(promtool.toString(), "check", "metrics")
            .redirectErrorStream(true)
            .start();
    try (var in = process.getOutputStream()) {
      in.write(text(onePod().view(NOW), 1000, "").getBytes(StandardCharsets.UTF_8));
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(said).isEmpty();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void whatTheSiteExplainsHasNoRankAndIsNotCounted() throws IOException {
    ResultState state = new ResultState();
    state.topology("pod-00", topology("pod-00"));
    state.topology("pod-01", topology("pod-01"));
    for (String pod : List.of("pod-00", "pod-01")) {
      Incident silent = incident(pod, 1, IncidentEvent.OPENED);
      silent.setKind(IncidentKind.POD_SILENT);
      silent.setPod(pod);
      silent.setSubject(pod);
      state.incident(silent);
    }
    state.incident(incident("chip", 1, IncidentEvent.OPENED));
    Incident site = incident("site", 1, IncidentEvent.OPENED);
    site.setKind(IncidentKind.SITE_FAULT);
    site.setPod("");
    site.setSubject("site");
    site.setChildren(List.of("pod-00", "pod-01"));
    site.setEvidence(List.of(new Evidence("pod_silent", "site", 0L, 2L, 2L, "pods")));
    state.incident(site);

    assertThat(state.view(NOW).explained()).containsOnlyKeys("pod-00", "pod-01");
    assertThat(text(state.view(NOW), 0, ""))
        .contains("isotherm_incidents{kind=\"pod_silent\",severity=\"warning\"} 0.0")
        .contains("isotherm_incidents{kind=\"site_fault\",severity=\"warning\"} 1.0")
        .contains("isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 1.0")
        .contains("kind=\"site_fault\",pod=\"\"")
        .doesNotContain("subject=\"pod-01\"");

    Incident over = incident("site", 2, IncidentEvent.RESOLVED);
    over.setPod("");
    state.incident(over);
    assertThat(text(state.view(NOW), 0, ""))
        .contains("isotherm_incidents{kind=\"pod_silent\",severity=\"warning\"} 2.0")
        .contains("subject=\"pod-01\"");
  }

  @Test
  void anIncidentOfAJobOverSeveralPodsHasNoPodAndNoFinding() throws IOException {
    ResultState state = onePod();
    Incident hang = incident("hang", 1, IncidentEvent.OPENED);
    hang.setKind(IncidentKind.JOB_HANG);
    hang.setPod("");
    hang.setSubject("job/train");
    hang.setEvidence(List.of(new Evidence("job_hang", "job/train", 0L, 0L, 96L, "chips_at_work")));
    state.incident(hang);

    assertThat(text(state.view(NOW), 0, ""))
        .contains(
            "isotherm_incident_info{finding=\"\",host=\"\",id=\"hang\",kind=\"job_hang\",pod=\"\",rank=\"2\"")
        .containsOnlyOnce("kind=\"job_hang\",pod=\"\"");
  }

  @Test
  void anIncidentOnABoardHasItsHost() throws IOException {
    ResultState state = onePod();
    Incident hot = incident("hot", 1, IncidentEvent.OPENED);
    hot.setSubject("pod-00/cab-009/board-1/chip-2");
    state.incident(hot);

    assertThat(text(state.view(NOW), 0, ""))
        .contains("isotherm_incident_info{finding=\"\",host=\"gpu-\\\"017\\\"\",id=\"hot\",");
  }

  @Test
  void aFaultOfTheSiteHasASeriesForEachKindThatItRestsOn() throws IOException {
    ResultState state = onePod();
    Incident site = incident("site", 1, IncidentEvent.OPENED);
    site.setKind(IncidentKind.SITE_FAULT);
    site.setPod("");
    site.setSubject("site");
    site.setEvidence(
        List.of(
            new Evidence("job_slow", "site", 0L, 3L, 10L, "pods"),
            new Evidence("pod_silent", "site", 0L, 2L, 10L, "pods")));
    state.incident(site);

    assertThat(
            text(state.view(NOW), 0, "")
                .lines()
                .filter(l -> l.startsWith("isotherm_incident_info")))
        .contains(
            "isotherm_incident_info{finding=\"job_slow\",host=\"\",id=\"site\",kind=\"site_fault\",pod=\"\","
                + "rank=\"2\",severity=\"warning\",subject=\"site\"} 1",
            "isotherm_incident_info{finding=\"pod_silent\",host=\"\",id=\"site\",kind=\"site_fault\",pod=\"\","
                + "rank=\"2\",severity=\"warning\",subject=\"site\"} 1")
        .anyMatch(
            line -> line.startsWith("isotherm_incident_info{finding=\"\",host=\"\",id=\"a\""));
  }

  @Test
  void howFarTheClusterHasComeIsShown() throws IOException {
    ResultState state = onePod();
    state.cluster(ResultStateTest.cluster(NOW - 25_000, 0));

    assertThat(text(state.view(NOW), 0, "").lines().filter(l -> l.startsWith("isotherm_cluster_")))
        .contains("isotherm_cluster_window_end_timestamp_seconds 1.0E9");
  }
}
