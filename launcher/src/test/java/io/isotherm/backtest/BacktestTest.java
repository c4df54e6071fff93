package io.isotherm.backtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.avro.PodTopology;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentDigest;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.core.Outcome;
import io.isotherm.core.PodMonitor;
import io.isotherm.core.PodWindow;
import io.isotherm.model.Report;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.StoppedException;
import io.isotherm.schemas.Topologies;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BacktestTest {
  private static final int SECONDS = 170;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private static Path dir;

  @SuppressWarnings("NullAway.Init")
  private static RecordedFleet live;

  @BeforeAll
  static void recordThreePods() throws IOException {
    live = RecordedFleet.record(dir.resolve("recording"), SECONDS, 3, 2);
  }

  private static BacktestResult run(int threads, List<IncidentEvent> events)
      throws IOException, InterruptedException {
    return BacktestJob.whole(dir.resolve("recording"), DetectorSettings.DEFAULT, threads)
        .judge(
            RecordedCluster.open(dir.resolve("recording")),
            events::add,
            (at, reports) -> {},
            () -> false);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8})
  void itTellsWhatTheMonitorsToldOnAnyNumberOfThreads(int threads) throws Exception {
    List<IncidentEvent> events = new ArrayList<>();
    BacktestResult result = run(threads, events);
    IncidentDigest digest = new IncidentDigest();
    live.incidents.forEach(digest::add);

    assertThat(live.incidents).hasSizeGreaterThanOrEqualTo(3);
    assertThat(events).isEqualTo(live.incidents);
    assertThat(result.book().sha256()).isEqualTo(digest.sha256Hex());
    assertThat(result.read().outcomes().get(Outcome.DUPLICATE)).isPositive();
    assertThat(result.read().reports()).isGreaterThan(SECONDS * 20L);
  }

  @Test
  void theTruthOfTheRecordingIsScored() throws Exception {
    BacktestResult result = run(2, new ArrayList<>());

    assertThat(result.json().at("/score/overall/faults").asInt()).isEqualTo(2);
    assertThat(result.json().at("/score/overall/recall").asDouble()).isEqualTo(1.0);
    assertThat(result.json().at("/incidents/sha256").asText()).hasSize(64);
  }

  /** Puts the clocks of a pod back after a minute. */
  private static boolean putBack(Report report) {
    if (!report.tick && report.pod.equals("pod-00")) {
      report.agentStartMs -= 10_000_000;
      report.timeMs -= report.timeMs < RecordedFleet.START_MS + 60_000 ? 0 : 120_000;
    }
    return true;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void aPodThatGoesBackInTimeIsJudgedAsItWasLive(int threads) throws Exception {
    if (Files.notExists(dir.resolve("back"))) {
      RecordedFleet.record(dir.resolve("long"), 420);
      RecordedFleet.change(dir.resolve("long"), dir.resolve("back"), BacktestTest::putBack);
    }
    RecordedCluster back = RecordedCluster.open(dir.resolve("back"));
    List<IncidentEvent> events = new ArrayList<>();
    BacktestResult result =
        BacktestJob.whole(dir.resolve("back"), DetectorSettings.DEFAULT, threads)
            .judge(back, events::add, (at, reports) -> {}, () -> false);
    List<IncidentEvent> live = toldOfFirstPod(back);
    IncidentDigest digest = new IncidentDigest();
    events.forEach(digest::add);

    assertThat(live)
        .anyMatch(
            e -> e.kind() == IncidentKind.POD_SILENT && e.type() == IncidentEvent.Type.RESOLVED);
    assertThat(live).extracting(IncidentEvent::eventMs).isNotEqualTo(sorted(live));
    assertThat(events).filteredOn(e -> e.pod().equals("pod-00")).isEqualTo(live);
    assertThat(result.book().sha256()).isEqualTo(digest.sha256Hex());
  }

  private static List<Long> sorted(List<IncidentEvent> events) {
    return events.stream().map(IncidentEvent::eventMs).sorted().toList();
  }

  /** What a monitor of the first pod tells that takes its reports one by one. */
  private static List<IncidentEvent> toldOfFirstPod(RecordedCluster cluster) throws IOException {
    PodTopology topology = cluster.pods().get("pod-00");
    PodMonitor monitor =
        new PodMonitor(
            Topologies.layout(Objects.requireNonNull(topology)), DetectorSettings.DEFAULT);
    monitor.placements(cluster.placements());
    List<IncidentEvent> told = new ArrayList<>();
    PodMonitor.Output output =
        new PodMonitor.Output() {
          @Override
          public void window(PodWindow window) {}

          @Override
          public void incident(IncidentEvent event) {
            told.add(event);
          }
        };
    Report report = new Report();
    for (int partition : cluster.recording().partitions()) {
      try (ReportSource reports = cluster.recording().reports(partition)) {
        while (reports.next(report)) {
          if (report.pod.equals("pod-00")) {
            monitor.accept(report, output);
          }
        }
      }
    }
    return told;
  }

  @Test
  void thePageHasTheAlertsOfTheRules() throws Exception {
    RuleTrial.Alert alert =
        new RuleTrial.Alert(
            "ChipHot",
            new TreeMap<>(Map.of("severity", "<info>")),
            RecordedFleet.START_MS,
            RecordedFleet.START_MS + 30_000,
            /* endMs= */ -1);
    BacktestResult result = run(2, new ArrayList<>());

    assertThat(new BacktestPage(result, RuleTrial.rows(List.of(alert))).html())
        .contains("<h2>Alerts</h2>", "<th>FIRING</th>", "<td>ChipHot</td>", "<td>not yet</td>")
        .contains("&lt;info&gt;");
    assertThat(new BacktestPage(result, List.of()).html()).doesNotContain("Alerts");
  }

  @Test
  void anEventSurvivesItsLineOfJson() {
    for (IncidentEvent event : live.incidents) {
      assertThat(EventJson.parse(EventJson.of(event).toString())).isEqualTo(event);
    }
  }

  @Test
  void aDamagedFileIsNamedWithTheRecordAndNothingIsTold() throws Exception {
    Path damaged = dir.resolve("damaged");
    RecordedFleet.record(damaged, 20);
    Path file = damaged.resolve("reports-002-%020d.avro".formatted(0));
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 0x10;
    Files.write(file, bytes);

    assertThatThrownBy(
            () ->
                BacktestJob.whole(damaged, DetectorSettings.DEFAULT, 2)
                    .run(null, (at, reports) -> {}, () -> false))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("reports-002-");
  }

  private static BacktestJob between(Path recording, long fromMs, long untilMs) {
    DetectorSettings detectors = DetectorSettings.DEFAULT;
    return new BacktestJob(recording, false, detectors, null, fromMs, untilMs, 1, null, null, "");
  }

  @Test
  void howFarItIsIsToldWhileItIsBeforeTheTimeAskedFor() throws Exception {
    AtomicLong first = new AtomicLong(Long.MAX_VALUE);
    AtomicLong read = new AtomicLong();

    between(dir.resolve("recording"), RecordedFleet.START_MS + 150_000, Long.MAX_VALUE)
        .run(
            null,
            (at, reports) -> {
              first.accumulateAndGet(at, Math::min);
              read.set(reports);
            },
            () -> false);

    assertThat(first.get()).isLessThan(RecordedFleet.START_MS + 5_000);
    assertThat(read.get()).isGreaterThan(SECONDS * 10L);
  }

  /** Damage is what it would find if it read on. */
  @Test
  void itIsStoppedWhileItReadsWhatIsBehindTheTimeAskedFor() throws Exception {
    Path damaged = dir.resolve("behind");
    RecordedFleet.record(damaged, 200);
    for (String partition : List.of("000", "002")) {
      Path file = damaged.resolve("reports-%s-%020d.avro".formatted(partition, 0));
      byte[] bytes = Files.readAllBytes(file);
      Arrays.fill(bytes, bytes.length / 2, bytes.length, (byte) 0x55);
      Files.write(file, bytes);
    }
    AtomicInteger askedSinceTold = new AtomicInteger(-1);

    assertThatThrownBy(
            () ->
                between(damaged, Long.MIN_VALUE, RecordedFleet.START_MS + 9_000)
                    .run(
                        null,
                        (at, reports) -> askedSinceTold.compareAndSet(-1, 0),
                        // The first time it is asked whether to go on, and then within that.
                        () -> askedSinceTold.get() >= 0 && askedSinceTold.incrementAndGet() > 1))
        .isInstanceOf(StoppedException.class);
  }

  @Test
  void theOtherPartitionsAreNotReadToTheirEndOnceOneIsDamaged() throws Exception {
    Path damaged = dir.resolve("early");
    RecordedFleet.record(damaged, 200);
    Path file = damaged.resolve("reports-002-%020d.avro".formatted(0));
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, bytes.length / 20, bytes.length, (byte) 0x55);
    Files.write(file, bytes);
    AtomicLong told = new AtomicLong(RecordedFleet.START_MS);

    assertThatThrownBy(
            () ->
                BacktestJob.whole(damaged, DetectorSettings.DEFAULT, 2)
                    .run(null, (at, reports) -> told.set(at), () -> false))
        .isInstanceOf(RecordingException.class)
        .hasMessageContaining("reports-002-");
    assertThat(told.get()).isLessThan(RecordedFleet.START_MS + 100_000);
  }
}
