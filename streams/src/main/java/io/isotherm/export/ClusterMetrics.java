package io.isotherm.export;

import io.isotherm.avro.CabinetHealth;
import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.Evidence;
import io.isotherm.avro.FabricHotSpot;
import io.isotherm.avro.HotSpot;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cluster's results as metrics, within a budget of series.
 *
 * <p>A cluster of n pods may have {@code budget + (n - 1) * 200} series. Pods are taken in the
 * order of their names; the cabinets of a pod appear all or not at all, as long as they fit. Rank
 * slots keep their room while they are free, so that cabinets do not come and go with incidents.
 */
final class ClusterMetrics {
  /** Series that each pod after the first adds to the budget. */
  static final int PER_FURTHER_POD = 200;

  private static final int HOT_SPOTS = 10;

  /** Series of an incident in a rank slot; one of the site may have more. */
  private static final int PER_RANK = 2;

  /** Families that come last: the exporter's own, one series each. */
  private static final int OWN_SERIES = 3;

  private static final List<String> KINDS = words(IncidentKind.values());
  private static final List<String> SEVERITIES = words(IncidentEvent.Severity.values());
  private static final List<String> EVENTS = words(IncidentEvent.Type.values());

  private final int budget;
  private final String version;
  private final HostNames hosts;

  /**
   * @param hosts which hosts boards are; an incident on a board is told with its host
   */
  ClusterMetrics(int budget, String version, HostNames hosts) {
    this.budget = budget;
    this.version = version;
    this.hosts = hosts;
  }

  private static List<String> words(Enum<?>[] constants) {
    return Arrays.stream(constants).map(ResultState::word).toList();
  }

  /** Writes all series. */
  SeriesPage collect(ClusterView view, long nowMs) {
    SeriesPage page = new SeriesPage();
    view.topology()
        .forEach(
            (pod, topology) -> {
              PodHealth health = view.health().get(pod);
              if (health == null) {
                unheard(
                    page,
                    pod,
                    topology.getCabinets() * topology.getBoardsPerCabinet(),
                    ClusterView.chips(topology));
              } else {
                pod(page, health, nowMs);
              }
            });
    view.cluster().ifPresent(cluster -> cluster(page, cluster));
    incidents(page, view);
    hotSpots(page, view);
    fabricHotSpots(page, view);
    view.deadLetters().forEach((reason, n) -> page.add(Family.DEAD_LETTERS, n, reason));
    view.lastRecordMs().forEach((topic, ms) -> page.add(Family.LAST_RECORD, ms / 1e3, topic));
    view.replayEventMs().forEach((event, ms) -> page.add(Family.REPLAY_EVENT, ms / 1e3, event));
    page.add(Family.BUILD, 1, version);

    long allowed = budget + (long) PER_FURTHER_POD * Math.max(0, view.topology().size() - 1);
    long free = view.ranks().stream().filter(Optional::isEmpty).count();
    long room = allowed - page.series() - OWN_SERIES - PER_RANK * free;
    int dropped = 0;
    for (PodHealth health : view.health().values()) {
      int wanted = 2 * health.getCabinetHealth().size();
      if (wanted <= room) {
        health.getCabinetHealth().forEach(cabinet -> cabinet(page, health.getPod(), cabinet));
        room -= wanted;
      } else {
        dropped += wanted;
      }
    }
    page.add(Family.SERIES_BUDGET, (double) allowed);
    page.add(Family.SERIES_DROPPED, dropped);
    page.add(Family.SERIES, page.series() + 1);
    return page;
  }

  private static void unheard(SeriesPage s, String pod, int boards, int chips) {
    states(s, Family.CHIPS, 0, 0, 0, 0, chips, pod);
    s.add(Family.CHIPS_IN_MAINTENANCE, 0, pod);
    s.add(Family.BOARDS, 0, pod, "reporting");
    s.add(Family.BOARDS, boards, pod, "silent");
    s.add(Family.COVERAGE, 0, pod);
  }

  private static void states(
      SeriesPage s,
      Family f,
      int healthy,
      int suspect,
      int degraded,
      int failed,
      int unknown,
      String... pod) {
    int[] counts = {healthy, suspect, degraded, failed, unknown};
    String[] words = {"healthy", "suspect", "degraded", "failed", "unknown"};
    for (int i = 0; i < counts.length; i++) {
      if (pod.length == 0) {
        s.add(f, counts[i], words[i]);
      } else {
        s.add(f, counts[i], pod[0], words[i]);
      }
    }
  }

  private static void pod(SeriesPage s, PodHealth h, long nowMs) {
    String pod = h.getPod();
    states(
        s,
        Family.CHIPS,
        h.getHealthy(),
        h.getSuspect(),
        h.getDegraded(),
        h.getFailed(),
        h.getUnknown(),
        pod);
    s.add(Family.CHIPS_IN_MAINTENANCE, h.getChipsInMaintenance(), pod);
    s.add(Family.BOARDS, h.getBoardsReporting(), pod, "reporting");
    s.add(Family.BOARDS, h.getBoards() - h.getBoardsReporting(), pod, "silent");
    s.add(Family.COVERAGE, (double) h.getChipsReporting() / h.getChips(), pod);
    s.add(Family.EFFECTIVE_COMPUTE, h.getEffectiveComputePermille() / 1e3, pod);
    s.add(Family.POWER, h.getPowerDeciwatts() / 10.0, pod);
    s.add(Family.LINKS, h.getLinksUp(), pod, "up");
    s.add(Family.LINKS, h.getLinksDegraded(), pod, "degraded");
    s.add(Family.LINKS, h.getLinksDown(), pod, "down");
    s.add(Family.LINKS, h.getLinksUnknown(), pod, "unknown");
    s.add(Family.WATERMARK, h.getWatermarkMs() / 1e3, pod);
    s.add(Family.WATERMARK_LAG, (nowMs - h.getWatermarkMs()) / 1e3, pod);
    s.add(Family.WINDOW_END, ClusterView.windowEndMs(h) / 1e3, pod);
    s.add(Family.WINDOW, h.getWindowMs() / 1e3, pod);
    s.add(Family.CHIP_TEMPERATURE, h.getTemperature(), 1, 10, pod);
    s.add(Family.CHIP_UTILIZATION, h.getUtilization(), 1000, 1000, pod);
    s.add(Family.REPORTS, (double) h.getReportsTotal(), pod);
    s.add(Family.LATE_REPORTS, (double) h.getLateTotal(), pod);
    s.add(Family.DUPLICATE_REPORTS, (double) h.getDuplicatesTotal(), pod);
    s.add(Family.MISSED_REPORTS, (double) h.getMissedTotal(), pod);
    s.add(Family.REJECTED_REPORTS, (double) h.getRejectedTotal(), pod);
    s.add(Family.WINDOWS, (double) h.getWindowsTotal(), pod);
    s.add(Family.LINK_TRANSMIT, (double) h.getLinkTxBytesTotal(), pod);
    s.add(Family.LINK_RECEIVE, (double) h.getLinkRxBytesTotal(), pod);
    s.add(Family.LINK_ERRORS, (double) h.getLinkErrorsTotal(), pod);
  }

  private static void cabinet(SeriesPage s, String pod, CabinetHealth c) {
    String cabinet = cabinetName(c.getCabinet());
    Integer max = c.getMaxTemperatureDecicelsius();
    if (max != null) {
      s.add(Family.CABINET_TEMPERATURE, max / 10.0, pod, cabinet);
    }
    s.add(Family.CABINET_UNAVAILABLE, c.getFailed() + c.getUnknown(), pod, cabinet);
  }

  /** As in paths, {@code cab-%03d}; the pattern took 2 to 3 ms of a million chips' scrape. */
  private static String cabinetName(int cabinet) {
    return (cabinet < 10 ? "cab-00" : cabinet < 100 ? "cab-0" : "cab-") + cabinet;
  }

  private static void cluster(SeriesPage s, ClusterHealth c) {
    states(
        s,
        Family.CLUSTER_CHIPS,
        c.getHealthy(),
        c.getSuspect(),
        c.getDegraded(),
        c.getFailed(),
        c.getUnknown());
    s.add(Family.CLUSTER_WINDOW_END, (c.getWindowStartMs() + c.getWindowMs()) / 1e3);
    s.add(
        Family.CLUSTER_COVERAGE,
        c.getChips() == 0 ? 0 : (double) c.getChipsReporting() / c.getChips());
    s.add(Family.CLUSTER_COMPUTE, c.getEffectiveComputePermille() / 1e3);
    s.add(Family.CLUSTER_PODS, c.getPodsReporting(), "reporting");
    s.add(Family.CLUSTER_PODS, c.getPods() - c.getPodsReporting(), "silent");
    s.add(Family.CLUSTER_POWER, c.getPowerDeciwatts() / 10.0);
  }

  private void incidents(SeriesPage s, ClusterView view) {
    Map<String, Integer> open = new HashMap<>();
    for (Incident i : view.open()) {
      if (view.explained().containsKey(i.getId())) {
        continue;
      }
      open.merge(
          ResultState.word(i.getKind()) + " " + ResultState.word(i.getSeverity()), 1, Integer::sum);
    }
    for (String kind : KINDS) {
      for (String severity : SEVERITIES) {
        s.add(Family.INCIDENTS, open.getOrDefault(kind + " " + severity, 0), kind, severity);
      }
      for (String event : EVENTS) {
        var key = new ClusterView.IncidentCount(kind, event);
        s.add(Family.INCIDENT_EVENTS, view.incidentEvents().getOrDefault(key, 0L), kind, event);
      }
    }
    for (int i = 0; i < view.ranks().size(); i++) {
      String rank = Integer.toString(i + 1);
      view.ranks().get(i).ifPresent(incident -> ranked(s, rank, incident));
    }
  }

  private void ranked(SeriesPage s, String rank, Incident i) {
    String host = hosts.of(i.getSubject()).orElse("");
    for (String finding : findings(i)) {
      s.add(
          Family.INCIDENT_INFO,
          1,
          rank,
          i.getId(),
          ResultState.word(i.getKind()),
          ResultState.word(i.getSeverity()),
          i.getPod(),
          i.getSubject(),
          finding,
          host);
    }
    s.add(Family.INCIDENT_OPENED, i.getOpenedMs() / 1e3, rank);
  }

  /**
   * What an incident is told by: of the site each finding, because others join it while it lasts.
   */
  private static List<String> findings(Incident i) {
    if (i.getKind() != io.isotherm.avro.IncidentKind.SITE_FAULT || i.getEvidence().isEmpty()) {
      return List.of("");
    }
    return i.getEvidence().stream().map(Evidence::getFinding).distinct().toList();
  }

  private static void hotSpots(SeriesPage s, ClusterView view) {
    List<HotSpot> hottest =
        view.health().values().stream()
            .flatMap(h -> h.getHotSpots().stream())
            .sorted(
                Comparator.comparingInt(HotSpot::getTemperatureDecicelsius)
                    .reversed()
                    .thenComparing(HotSpot::getSubject))
            .limit(HOT_SPOTS)
            .toList();
    for (int i = 0; i < hottest.size(); i++) {
      String rank = Integer.toString(i + 1);
      s.add(Family.HOT_SPOT_TEMPERATURE, hottest.get(i).getTemperatureDecicelsius() / 10.0, rank);
      s.add(Family.HOT_SPOT_INFO, 1, rank, hottest.get(i).getSubject());
    }
  }

  private static void fabricHotSpots(SeriesPage s, ClusterView view) {
    List<FabricHotSpot> worst =
        view.health().values().stream()
            .flatMap(h -> h.getFabricHotSpots().stream())
            .sorted(
                Comparator.comparingInt(FabricHotSpot::getWaitPermille)
                    .reversed()
                    .thenComparing(FabricHotSpot::getSubject))
            .limit(HOT_SPOTS)
            .toList();
    for (int i = 0; i < worst.size(); i++) {
      String rank = Integer.toString(i + 1);
      s.add(Family.FABRIC_HOT_SPOT_WAIT, worst.get(i).getWaitPermille() / 1e3, rank);
      s.add(Family.FABRIC_HOT_SPOT_INFO, 1, rank, worst.get(i).getSubject());
    }
  }
}
