package io.isotherm.topology;

import io.isotherm.avro.AffectedJob;
import io.isotherm.avro.CabinetHealth;
import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.ClusterOpenKind;
import io.isotherm.avro.Evidence;
import io.isotherm.avro.FabricHotSpot;
import io.isotherm.avro.Incident;
import io.isotherm.avro.JobShare;
import io.isotherm.avro.OpenKind;
import io.isotherm.avro.PodHealth;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.core.PodWindow;
import io.isotherm.model.Report;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Turns results of the monitors into records, and back. */
public final class Results {
  private Results() {}

  /** A window of a pod as it is published. */
  public static PodHealth podHealth(PodWindow w) {
    PodHealth h = new PodHealth();
    h.setPod(w.pod());
    h.setWindowStartMs(w.windowStartMs());
    h.setWindowMs(w.windowMs());
    h.setChips(w.chips());
    h.setHealthy(w.states().healthy());
    h.setSuspect(w.states().suspect());
    h.setDegraded(w.states().degraded());
    h.setFailed(w.states().failed());
    h.setUnknown(w.states().unknown());
    h.setBoards(w.boards());
    h.setBoardsReporting(w.boardsReporting());
    h.setChipsReporting(w.chipsReporting());
    h.setChipsInMaintenance(w.chipsInMaintenance());
    h.setEffectiveComputePermille(w.effectiveComputePermille());
    h.setTemperature(histogram(w.temperature()));
    h.setUtilization(histogram(w.utilization()));
    h.setPowerDeciwatts(w.power());
    PodWindow.Links links = w.links();
    h.setLinks(links.ports());
    h.setLinksUp(links.up());
    h.setLinksDown(links.down());
    h.setLinksDegraded(links.degraded());
    h.setLinksUnknown(links.unknown());
    h.setLinkTxBytesTotal(links.txBytesTotal());
    h.setLinkRxBytesTotal(links.rxBytesTotal());
    h.setLinkErrorsTotal(links.errorsTotal());
    PodWindow.Counters counters = w.counters();
    h.setReportsTotal(counters.reports());
    h.setLateTotal(counters.late());
    h.setDuplicatesTotal(counters.duplicates());
    h.setRejectedTotal(counters.rejected());
    h.setMissedTotal(counters.missed());
    h.setWindowsTotal(counters.windows());
    h.setWatermarkMs(w.watermarkMs());
    h.setOpenIncidents(w.openIncidents());
    h.setOpenKinds(
        w.openKinds().stream()
            .map(k -> new OpenKind(k.kind().name(), k.incidents(), k.chips()))
            .toList());
    h.setCabinetHealth(w.cabinets().stream().map(Results::cabinetHealth).toList());
    h.setHotSpots(w.hotSpots().stream().map(Results::hotSpot).toList());
    h.setFabricHotSpots(
        w.fabricHotSpots().stream()
            .map(f -> new FabricHotSpot(f.subject(), f.waitPermille(), f.ports()))
            .toList());
    h.setJobShares(w.jobShares().stream().map(Results::jobShare).toList());
    h.setChipStates(ByteBuffer.wrap(w.chipStates()));
    h.setChipTemperatures(ByteBuffer.wrap(w.chipTemperatures()));
    return h;
  }

  static PodWindow podWindow(PodHealth h) {
    return new PodWindow(
        h.getPod(),
        h.getWindowStartMs(),
        h.getWindowMs(),
        h.getChips(),
        new PodWindow.StateCounts(
            h.getHealthy(), h.getSuspect(), h.getDegraded(), h.getFailed(), h.getUnknown()),
        h.getBoards(),
        h.getBoardsReporting(),
        h.getChipsReporting(),
        h.getChipsInMaintenance(),
        h.getEffectiveComputePermille(),
        histogram(h.getTemperature()),
        histogram(h.getUtilization()),
        h.getPowerDeciwatts(),
        new PodWindow.Links(
            h.getLinks(),
            h.getLinksUp(),
            h.getLinksDown(),
            h.getLinksDegraded(),
            h.getLinksUnknown(),
            h.getLinkTxBytesTotal(),
            h.getLinkRxBytesTotal(),
            h.getLinkErrorsTotal()),
        new PodWindow.Counters(
            h.getReportsTotal(),
            h.getLateTotal(),
            h.getDuplicatesTotal(),
            h.getRejectedTotal(),
            h.getMissedTotal(),
            h.getWindowsTotal()),
        h.getWatermarkMs(),
        h.getOpenIncidents(),
        h.getOpenKinds().stream().flatMap(Results::openKind).toList(),
        h.getCabinetHealth().stream().map(Results::cabinet).toList(),
        h.getHotSpots().stream().map(Results::hotSpot).toList(),
        h.getFabricHotSpots().stream()
            .map(
                f -> new PodWindow.FabricHotSpot(f.getSubject(), f.getWaitPermille(), f.getPorts()))
            .toList(),
        h.getJobShares().stream().map(Results::jobShare).toList(),
        bytes(h.getChipStates()),
        bytes(h.getChipTemperatures()));
  }

  private static JobShare jobShare(PodWindow.JobShare s) {
    return new JobShare(
        s.job(),
        s.fromMs(),
        s.chips(),
        s.busy(),
        s.idle(),
        s.still(),
        s.memory(),
        s.tensorOfBusy(),
        s.worstLag(),
        s.stepped(),
        s.countsSteps(),
        s.slowedBy(),
        s.stoppedBy());
  }

  private static PodWindow.JobShare jobShare(JobShare s) {
    return new PodWindow.JobShare(
        s.getJob(),
        s.getFromMs(),
        s.getChips(),
        s.getBusy(),
        s.getIdle(),
        s.getStill(),
        s.getMemoryMebibytes(),
        s.getTensorOfBusyPermille(),
        s.getWorstLagPermille(),
        s.getStepped(),
        s.getCountsSteps(),
        s.getSlowedBy(),
        s.getStoppedBy());
  }

  /** A window of the cluster as it is published. */
  public static ClusterHealth clusterHealth(ClusterWindow w) {
    ClusterHealth h = new ClusterHealth();
    h.setCluster(w.cluster());
    h.setWindowStartMs(w.windowStartMs());
    h.setWindowMs(w.windowMs());
    h.setPods(w.pods());
    h.setPodsReporting(w.podsReporting());
    h.setChips(w.chips());
    h.setHealthy(w.states().healthy());
    h.setSuspect(w.states().suspect());
    h.setDegraded(w.states().degraded());
    h.setFailed(w.states().failed());
    h.setUnknown(w.states().unknown());
    h.setChipsReporting(w.chipsReporting());
    h.setEffectiveComputePermille(w.effectiveComputePermille());
    h.setPowerDeciwatts(w.power());
    h.setLinks(w.links());
    h.setLinksDown(w.linksDown());
    h.setLinksDegraded(w.linksDegraded());
    h.setOpenIncidents(w.openIncidents());
    h.setOpenKinds(
        w.openKinds().stream()
            .map(k -> new ClusterOpenKind(k.kind().name(), k.incidents(), k.chips()))
            .toList());
    return h;
  }

  /** An event of an incident as it is published. */
  public static Incident incident(IncidentEvent e) {
    Incident i = new Incident();
    i.setId(e.id());
    i.setRevision(e.revision());
    i.setEvent(io.isotherm.avro.IncidentEvent.valueOf(e.type().name()));
    i.setKind(io.isotherm.avro.IncidentKind.valueOf(e.kind().name()));
    i.setSeverity(io.isotherm.avro.Severity.valueOf(e.severity().name()));
    i.setPod(e.pod());
    i.setSubject(e.subject());
    i.setFirstSeenMs(e.firstSeenMs());
    i.setOpenedMs(e.openedMs());
    i.setEventMs(e.eventMs());
    if (e.type() == IncidentEvent.Type.RESOLVED) {
      i.setResolvedMs(e.eventMs());
    }
    i.setChipsAffected(e.chipsAffected());
    i.setSummary(e.summary());
    i.setNextStep(e.nextStep());
    i.setEvidence(e.evidence().stream().map(Results::evidence).toList());
    i.setChildren(e.children());
    i.setChildrenTotal(e.childrenTotal());
    i.setJobs(
        e.jobs().stream().map(j -> new AffectedJob(j.job(), j.boards(), j.boardsInPod())).toList());
    return i;
  }

  /**
   * The event of an incident that was published.
   *
   * @throws IllegalArgumentException if its event, kind or severity is one that this version does
   *     not know; the message is one line that names the incident
   */
  public static IncidentEvent event(Incident i) {
    return new IncidentEvent(
        i.getId(),
        i.getRevision(),
        known(IncidentEvent.Type.class, i.getEvent(), i.getId()),
        known(IncidentKind.class, i.getKind(), i.getId()),
        known(IncidentEvent.Severity.class, i.getSeverity(), i.getId()),
        i.getPod(),
        i.getSubject(),
        i.getFirstSeenMs(),
        i.getOpenedMs(),
        i.getEventMs(),
        i.getChipsAffected(),
        i.getSummary(),
        i.getNextStep(),
        i.getEvidence().stream().map(Results::evidence).toList(),
        i.getChildren(),
        i.getChildrenTotal(),
        i.getJobs().stream()
            .map(j -> new IncidentEvent.AffectedJob(j.getJob(), j.getBoards(), j.getBoardsInPod()))
            .toList());
  }

  private static <E extends Enum<E>> E known(Class<E> type, Enum<?> published, String id) {
    try {
      return Enum.valueOf(type, published.name());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "incident %s: %s %s is not known to this version"
              .formatted(id, type.getSimpleName(), published),
          e);
    }
  }

  private static IncidentEvent.Evidence evidence(Evidence e) {
    return new IncidentEvent.Evidence(
        e.getFinding(),
        e.getSubject(),
        e.getWindowStartMs(),
        e.getValue(),
        e.getExpected(),
        e.getUnit());
  }

  private static Evidence evidence(IncidentEvent.Evidence e) {
    return new Evidence(
        e.finding(), e.subject(), e.windowStartMs(), e.value(), e.expected(), e.unit());
  }

  private static io.isotherm.avro.Histogram histogram(PodWindow.Histogram h) {
    return new io.isotherm.avro.Histogram(list(h.bounds()), list(h.counts()), h.sum());
  }

  private static PodWindow.Histogram histogram(io.isotherm.avro.Histogram h) {
    return new PodWindow.Histogram(array(h.getBounds()), array(h.getCounts()), h.getSum());
  }

  private static CabinetHealth cabinetHealth(PodWindow.Cabinet c) {
    CabinetHealth h = new CabinetHealth();
    h.setCabinet(c.cabinet());
    h.setHealthy(c.states().healthy());
    h.setSuspect(c.states().suspect());
    h.setDegraded(c.states().degraded());
    h.setFailed(c.states().failed());
    h.setUnknown(c.states().unknown());
    if (c.maxTemperature() != Report.ABSENT) {
      h.setMaxTemperatureDecicelsius(c.maxTemperature());
    }
    if (c.meanTemperature() != Report.ABSENT) {
      h.setMeanTemperatureDecicelsius(c.meanTemperature());
    }
    h.setPowerDeciwatts(c.power());
    return h;
  }

  private static PodWindow.Cabinet cabinet(CabinetHealth h) {
    return new PodWindow.Cabinet(
        h.getCabinet(),
        new PodWindow.StateCounts(
            h.getHealthy(), h.getSuspect(), h.getDegraded(), h.getFailed(), h.getUnknown()),
        orAbsent(h.getMaxTemperatureDecicelsius()),
        orAbsent(h.getMeanTemperatureDecicelsius()),
        h.getPowerDeciwatts());
  }

  /** What is open of a kind; nothing if a newer version knows more kinds than this one. */
  private static Stream<PodWindow.OpenKind> openKind(OpenKind k) {
    return Arrays.stream(IncidentKind.values())
        .filter(kind -> kind.name().equals(k.getKind()))
        .map(kind -> new PodWindow.OpenKind(kind, k.getIncidents(), k.getChipsAffected()));
  }

  private static int orAbsent(@Nullable Integer value) {
    return value == null ? Report.ABSENT : value;
  }

  private static io.isotherm.avro.HotSpot hotSpot(PodWindow.HotSpot s) {
    return new io.isotherm.avro.HotSpot(s.subject(), s.temperature(), s.margin(), s.abovePeers());
  }

  private static PodWindow.HotSpot hotSpot(io.isotherm.avro.HotSpot s) {
    return new PodWindow.HotSpot(
        s.getSubject(),
        s.getTemperatureDecicelsius(),
        s.getMarginDecicelsius(),
        s.getAbovePeersDecicelsius());
  }

  private static List<Integer> list(int[] values) {
    return IntStream.of(values).boxed().toList();
  }

  private static int[] array(List<Integer> values) {
    return values.stream().mapToInt(Integer::intValue).toArray();
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] copy = new byte[buffer.remaining()];
    buffer.duplicate().get(copy);
    return copy;
  }
}
