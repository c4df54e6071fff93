package io.isotherm.backtest;

import io.isotherm.avro.FaultEvent;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.JobPlacement;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.catalog.TopologyRecords;
import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import io.isotherm.emulator.Fault;
import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.emulator.TruthEvent;
import io.isotherm.model.Report;
import io.isotherm.recording.Manifest;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingWriter;
import io.isotherm.recording.ReportSource;
import io.isotherm.recording.Side;
import io.isotherm.schemas.Framing;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.score.FleetDelivery;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.apache.avro.specific.SpecificRecord;

/** A small emulated cluster in which something breaks, recorded while it is watched. */
public final class RecordedFleet implements ClusterRun.Output {
  /** Event time of the first report. */
  public static final long START_MS = 1_800_000_003_000L;

  /** Every so often the block of every file ends, as that of a recorder does. */
  private static final long CHECKPOINT_MS = 30_000;

  private static final String STORY =
      """
      description: Two faults and noise.
      cluster: {preset: hgx-h100, pods: %d, cabinets: %d}
      seed: 1
      interval: 1s
      links_every: 10
      jobs:
        - {name: train-0, share: 1.0, stages: 2}
      noise: {missing: 0.001, duplicate: 0.002, late: 0.002}
      faults:
        - {kind: CHIP_LOST, at: 31s, subject: pod-00/cab-000/board-1/chip-2}
        - {kind: LINK_DOWN, at: 45s, subject: pod-00/cab-001/board-1/chip-2/port-3}
        - {kind: THERMAL_THROTTLE, at: 60s, for: 60s, subject: pod-01/cab-001/board-0/chip-1}
      """;

  /** What a run of the monitors over the same reports told, while they were recorded. */
  public final List<IncidentEvent> incidents = new ArrayList<>();

  /** Windows of the cluster that closed. */
  public final List<ClusterWindow> windows = new ArrayList<>();

  /** Records seconds of event time. */
  public static RecordedFleet record(Path recording, int seconds) throws IOException {
    return record(recording, seconds, 2, 2);
  }

  /** Records seconds of event time of as many pods, 2 or more, of as many cabinets, 2 or more. */
  public static RecordedFleet record(Path recording, int seconds, int pods, int cabinets)
      throws IOException {
    return record(recording, seconds, pods, cabinets, STORY.formatted(pods, cabinets));
  }

  /** Records seconds of event time of a scenario. */
  public static RecordedFleet record(
      Path recording, int seconds, int pods, int cabinets, String scenarioText) throws IOException {
    RecordedFleet watched = new RecordedFleet();
    Path story = Files.createTempFile("story", ".yaml");
    Files.writeString(story, scenarioText);
    Scenario scenario = ScenarioReader.load(story.toString());
    Files.delete(story);
    ClusterPlan plan = Catalog.bundled().plan("hgx-h100", new Overrides(null, pods, cabinets));
    Fleet fleet = new Fleet(plan, scenario, START_MS);
    FleetDelivery delivery = new FleetDelivery(fleet, false);
    ClusterRun monitors =
        ClusterRun.of(plan.cluster(), plan.pods(), DetectorSettings.DEFAULT, watched);
    List<InjectedFault> truth = new ArrayList<>();
    List<JobPlacement> jobs = new ArrayList<>();
    Map<String, Integer> partitions = new TreeMap<>();
    plan.pods().forEach(pod -> partitions.put(pod.pod(), 2 * partitions.size()));
    long[] offsets = new long[2 * partitions.size()];
    ReportWriter bytes = new ReportWriter(SchemaHistory.bundled());
    try (RecordingWriter to =
        RecordingWriter.create(recording, null, "telemetry.reports", 2 * partitions.size())) {
      for (long t = START_MS; t < START_MS + seconds * 1_000L; t += scenario.intervalMs()) {
        if (t == START_MS) {
          monitors.placements(fleet.placements());
          fleet.placements().forEach(p -> jobs.add(Placements.publish(p)));
        }
        if ((t - START_MS) % CHECKPOINT_MS == 0) {
          to.checkpoint();
        }
        delivery.interval(
            t,
            event -> truth.add(published(event)),
            report -> {
              append(to, partitions, offsets, bytes.toBytes(report), report);
              monitors.accept(report);
            });
      }
      monitors.end();
      int offset = 0;
      for (var pod : plan.pods()) {
        to.append(Side.TOPOLOGY, offset++, TopologyRecords.toAvro(plan, pod, START_MS));
      }
      for (JobPlacement job : jobs) {
        to.append(Side.JOBS, offset++, job);
      }
      for (InjectedFault fault : truth) {
        to.append(Side.TRUTH, offset++, fault);
      }
    }
    return watched;
  }

  /**
   * Copies a recording, with its topology, jobs and truth.
   *
   * @param hand may change each report; false leaves it out
   */
  public static void change(Path recording, Path into, Predicate<Report> hand) throws IOException {
    Recording from = Recording.open(recording);
    Manifest m = from.manifest();
    ReportWriter bytes = new ReportWriter(SchemaHistory.bundled());
    Report report = new Report();
    try (RecordingWriter to =
        RecordingWriter.create(into, m.kafkaCluster(), m.topic(), m.nextOffsets().size())) {
      for (Side<?> side : Side.ALL) {
        copy(side, from, to);
      }
      for (int partition : from.partitions()) {
        long offset = 0;
        try (ReportSource reports = from.reports(partition)) {
          while (reports.next(report)) {
            if (hand.test(report)) {
              byte[] framed = bytes.toBytes(report);
              int length = framed.length - Framing.LENGTH;
              to.append(partition, offset++, framed, Framing.LENGTH, length, report);
            }
          }
        }
      }
    }
  }

  private static <V extends SpecificRecord> void copy(
      Side<V> side, Recording from, RecordingWriter to) throws IOException {
    long offset = 0;
    for (V record : from.side(side)) {
      to.append(side, offset++, record);
    }
  }

  private static void append(
      RecordingWriter to,
      Map<String, Integer> partitions,
      long[] offsets,
      byte[] framed,
      Report report) {
    int partition = partitions.getOrDefault(report.pod, -1);
    try {
      long offset = offsets[partition]++;
      to.append(partition, offset, framed, Framing.LENGTH, framed.length - Framing.LENGTH, report);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InjectedFault published(TruthEvent t) {
    Fault f = t.fault();
    return InjectedFault.newBuilder()
        .setId(f.id())
        .setEvent(t.ended() ? FaultEvent.ENDED : FaultEvent.STARTED)
        .setKind(io.isotherm.avro.FaultKind.valueOf(f.kind().name()))
        .setPod(f.pod())
        .setSubject(f.subject())
        .setStartMs(f.startMs())
        .setEndMs(f.endMs() == Long.MAX_VALUE ? null : f.endMs())
        .setMagnitude(f.kind().unit() == null ? null : f.magnitude())
        .setMagnitudeUnit(f.kind().unit())
        .setScenario("story")
        .setSeed(1)
        .build();
  }

  @Override
  public void window(PodWindow window) {}

  @Override
  public void cluster(ClusterWindow window) {
    windows.add(window);
  }

  @Override
  public void incident(IncidentEvent event) {
    incidents.add(event);
  }
}
