package io.isotherm.export;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.ClusterOpenKind;
import io.isotherm.avro.Evidence;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.OpenKind;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.ReplayEvent;
import io.isotherm.avro.ReplayMarker;
import io.isotherm.avro.Severity;
import io.isotherm.core.SiteFindings;
import io.isotherm.export.ClusterView.IncidentCount;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Collects what the result topics say. Belongs to one thread; others read its views. */
final class ResultState {
  /** Rank slots of a cluster of one pod, those that each further pod adds, and the most. */
  private static final int RANKS = 20;

  private static final int RANKS_PER_FURTHER_POD = 10;
  private static final int MOST_RANKS = 1_000;
  private static final int RESOLVED_KEPT = 100;

  /** Bound of the resolved incidents whose events are told from new ones. */
  private static final int RESOLVED_REMEMBERED = 10_000;

  /** Versions of one pod that are kept, by the event time from which they hold: the newest. */
  private static final int VERSIONS_KEPT = 16;

  /**
   * Windows in a row that are not of the version that holds: so many are no longer between its
   * publication and its use.
   */
  private static final int WINDOWS_OF_OTHERS = 3;

  private final TreeMap<String, NavigableMap<Long, PodTopology>> topology = new TreeMap<>();
  private final TreeMap<String, PodHealth> health = new TreeMap<>();

  /** Newest windows of a pod that are not of the version that holds, in a row. */
  private final Map<String, Integer> ofOthers = new HashMap<>();

  /** The newest window of each cluster, by name. */
  private final Map<String, ClusterHealth> clusters = new HashMap<>();

  private final LinkedHashMap<String, Incident> open = new LinkedHashMap<>();
  private final Deque<Incident> resolved = new ArrayDeque<>();
  private final LinkedHashMap<String, Integer> resolvedRevisions = new LinkedHashMap<>();
  private final List<@Nullable String> slots = new ArrayList<>();
  private final Map<IncidentCount, Long> incidentEvents = new HashMap<>();
  private final TreeMap<String, Long> deadLetters = new TreeMap<>();
  private final TreeMap<String, Long> lastRecordMs = new TreeMap<>();
  private final TreeMap<String, Long> replayEventMs = new TreeMap<>();
  private long windowSeenMs;
  private long dueMs = Long.MAX_VALUE;

  void topology(String pod, @Nullable PodTopology value) {
    ofOthers.remove(pod);
    if (value == null) {
      topology.remove(pod);
      health.remove(pod);
    } else {
      NavigableMap<Long, PodTopology> versions =
          topology.computeIfAbsent(pod, name -> new TreeMap<>());
      versions.tailMap(value.getEffectiveFromMs(), true).clear();
      versions.put(value.getEffectiveFromMs(), value);
      if (versions.size() > VERSIONS_KEPT) {
        versions.pollFirstEntry();
      }
    }
    fillSlots();
  }

  /** The newest window is the last one: of a pod whose clocks were put back it lies before. */
  void health(PodHealth value, long seenMs) {
    health.put(value.getPod(), value);
    PodTopology holds = holdingAtStart(value);
    if (holds == null || ClusterView.chips(holds) == value.getChips()) {
      ofOthers.remove(value.getPod());
    } else {
      ofOthers.merge(value.getPod(), 1, Integer::sum);
    }
    windowSeenMs = Math.max(windowSeenMs, seenMs);
  }

  /** The version by which a window is judged if a monitor uses it, null if there is none. */
  private @Nullable PodTopology holdingAtStart(PodHealth window) {
    NavigableMap<Long, PodTopology> versions = topology.get(window.getPod());
    Map.Entry<Long, PodTopology> holds =
        versions == null ? null : versions.floorEntry(window.getWindowStartMs());
    return holds == null ? null : holds.getValue();
  }

  /** Pods that are judged by other parts than the version has that holds, with both in words. */
  SortedMap<String, String> judgedByOthers() {
    TreeMap<String, String> found = new TreeMap<>();
    ofOthers.forEach(
        (pod, windows) -> {
          PodHealth newest = health.get(pod);
          PodTopology holds = newest == null ? null : holdingAtStart(newest);
          if (windows >= WINDOWS_OF_OTHERS && newest != null && holds != null) {
            found.put(
                pod,
                "its windows are of %d chips, the record that holds since %d ms is of %d"
                    .formatted(
                        newest.getChips(), holds.getEffectiveFromMs(), ClusterView.chips(holds)));
          }
        });
    return found;
  }

  /** The pods whose time has come and of which no window is known. */
  Set<String> withoutWindow(long nowMs) {
    Set<String> pods = new HashSet<>();
    topology.forEach(
        (pod, versions) -> {
          if (!health.containsKey(pod) && versions.firstKey() <= nowMs) {
            pods.add(pod);
          }
        });
    return pods;
  }

  void cluster(ClusterHealth value) {
    clusters.put(value.getCluster(), value);
  }

  /** Chips of each cluster that the newest version of a pod names, by the cluster's name. */
  SortedMap<String, Long> clusters() {
    TreeMap<String, Long> chips = new TreeMap<>();
    topology
        .values()
        .forEach(
            versions -> {
              PodTopology newest = versions.lastEntry().getValue();
              chips.merge(newest.getCluster(), (long) ClusterView.chips(newest), Long::sum);
            });
    return chips;
  }

  /**
   * The newest window of the cluster with the most chips, of those that have one. There should be
   * one cluster; a pod whose topology names another by mistake does not take its place.
   */
  private Optional<ClusterHealth> largest() {
    @Nullable ClusterHealth largest = null;
    long most = -1;
    for (Map.Entry<String, Long> chips : clusters().entrySet()) {
      @Nullable ClusterHealth window = clusters.get(chips.getKey());
      if (window != null && chips.getValue() > most) {
        largest = window;
        most = chips.getValue();
      }
    }
    return Optional.ofNullable(largest);
  }

  /**
   * Counts an event once, however often it is sent: it is known by its revision, also after the
   * incident was resolved, as long as it is among the {@value #RESOLVED_REMEMBERED} resolved last.
   */
  void incident(Incident value) {
    @Nullable Incident known = open.get(value.getId());
    int seen =
        known != null ? known.getRevision() : resolvedRevisions.getOrDefault(value.getId(), 0);
    if (value.getRevision() <= seen) {
      return;
    }
    incidentEvents.merge(
        new IncidentCount(word(value.getKind()), word(value.getEvent())), 1L, Long::sum);
    if (value.getEvent() == IncidentEvent.RESOLVED) {
      open.remove(value.getId());
      resolved.addFirst(value);
      if (resolved.size() > RESOLVED_KEPT) {
        resolved.removeLast();
      }
      remember(value);
    } else {
      if (resolvedRevisions.remove(value.getId()) != null) {
        // The link fell again, and its incident was opened again.
        resolved.removeIf(r -> r.getId().equals(value.getId()));
      }
      open.put(value.getId(), value);
    }
    fillSlots();
  }

  /**
   * Ends an incident of which no event will tell that it was resolved: an operator has removed it.
   * A later event of it opens it again.
   */
  void remove(String id) {
    Incident known = open.get(id);
    if (known != null) {
      forget(known);
      fillSlots();
    }
  }

  private void forget(Incident known) {
    open.remove(known.getId());
    remember(known);
  }

  private void remember(Incident ended) {
    resolvedRevisions.put(ended.getId(), ended.getRevision());
    if (resolvedRevisions.size() > RESOLVED_REMEMBERED) {
      resolvedRevisions.remove(resolvedRevisions.keySet().iterator().next());
    }
  }

  /**
   * Ends the incidents that monitors no longer know, because they began with new state. A window
   * counts all that is open in its pod at its end, so an incident that was told of at least a
   * window earlier, and of whose kind nothing is counted, is over. One of no pod does not say which
   * cluster it is of, so it is over when every cluster of the topology counts none.
   */
  private void forgetLost() {
    Set<String> named = clusters().keySet();
    List<Incident> lost = open.values().stream().filter(i -> isLost(i, named)).toList();
    lost.forEach(this::forget);
    if (!lost.isEmpty()) {
      fillSlots();
    }
  }

  private boolean isLost(Incident incident, Set<String> named) {
    if (incident.getPod().isEmpty()) {
      return !named.isEmpty()
          && named.stream().allMatch(cluster -> isLost(incident, clusters.get(cluster)));
    }
    PodHealth newest = health.get(incident.getPod());
    return newest != null
        && incident.getEventMs() <= newest.getWindowStartMs()
        && countsEachKind(newest)
        && !counted(incident.getKind(), newest.getOpenKinds().stream().map(OpenKind::getKind));
  }

  private static boolean isLost(Incident incident, @Nullable ClusterHealth window) {
    if (window == null || incident.getEventMs() > window.getWindowStartMs()) {
      return false;
    }
    @Nullable List<ClusterOpenKind> kinds = window.getOpenKinds();
    // Before kinds were counted there was one count for all, with those of the pods in it.
    return kinds == null
        ? window.getOpenIncidents() == 0
        : !counted(incident.getKind(), kinds.stream().map(ClusterOpenKind::getKind));
  }

  /** Whether a kind may be among those; one that this version does not know may be any. */
  private static boolean counted(IncidentKind kind, Stream<String> kinds) {
    return kinds.anyMatch(k -> kind == IncidentKind.UNSPECIFIED || k.equals(kind.name()));
  }

  /** False of a window from before kinds were counted. */
  private static boolean countsEachKind(PodHealth window) {
    return window.getOpenKinds().stream().mapToInt(OpenKind::getIncidents).sum()
        == window.getOpenIncidents();
  }

  void deadLetter(String reason) {
    deadLetters.merge(reason, 1L, Long::sum);
  }

  /** Keeps the newest event of each kind; one that this version does not know says nothing. */
  void replay(ReplayMarker value) {
    if (value.getEvent() != ReplayEvent.UNSPECIFIED) {
      replayEventMs.merge(word(value.getEvent()), value.getTimeMs(), Math::max);
    }
  }

  void read(String topic, long timestampMs) {
    lastRecordMs.put(topic, timestampMs);
  }

  /**
   * An incident keeps its slot while it is open, its pod exists, no incident of the site explains
   * it and no critical one needs the slot; the oldest without one takes the lowest free. A critical
   * one for which none is free takes that of the youngest that is not critical, so that no number
   * of warnings keeps a call for action from being seen.
   */
  private void fillSlots() {
    Map<String, String> explained = explained();
    Set<String> ranked = new HashSet<>();
    for (int i = 0; i < slots.size(); i++) {
      String id = slots.get(i);
      if (id != null && shown(open.get(id)) && !explained.containsKey(id)) {
        ranked.add(id);
      } else {
        slots.set(i, null);
      }
    }
    int ranks = resizeSlots();
    int free = nextFree(0);
    for (Incident incident : open.values()) {
      if (free >= ranks && !isCritical(incident)) {
        continue;
      }
      String id = incident.getId();
      if (!shown(incident) || explained.containsKey(id) || ranked.contains(id)) {
        continue;
      }
      int slot = free < ranks ? free : youngestThatYields();
      if (slot < 0) {
        return;
      }
      slots.set(slot, id);
      free = nextFree(free);
    }
  }

  /**
   * Gives the pods their slots, and takes those of pods that have left, once they are free and the
   * last. How many may be filled anew.
   */
  private int resizeSlots() {
    int further = Math.min(MOST_RANKS, Math.max(0, topology.size() - 1));
    int ranks = Math.min(MOST_RANKS, RANKS + RANKS_PER_FURTHER_POD * further);
    while (slots.size() < ranks) {
      slots.add(null);
    }
    while (slots.size() > ranks && slots.get(slots.size() - 1) == null) {
      slots.remove(slots.size() - 1);
    }
    return ranks;
  }

  /** The lowest free slot from there on; beyond the last if none is. */
  private int nextFree(int from) {
    int slot = from;
    while (slot < slots.size() && slots.get(slot) != null) {
      slot++;
    }
    return slot;
  }

  /** The slot of the youngest incident that is not critical; negative if all are. */
  private int youngestThatYields() {
    Map<String, Integer> yielding = new HashMap<>();
    for (int i = 0; i < slots.size(); i++) {
      String id = slots.get(i);
      Incident incident = id == null ? null : open.get(id);
      if (id != null && incident != null && !isCritical(incident)) {
        yielding.put(id, i);
      }
    }
    int youngest = -1;
    if (!yielding.isEmpty()) {
      for (String id : open.keySet()) {
        youngest = yielding.getOrDefault(id, youngest);
      }
    }
    return youngest;
  }

  private static boolean isCritical(Incident incident) {
    return incident.getSeverity() == Severity.CRITICAL;
  }

  /**
   * Whether an incident is open and of a part that exists; one of the site or of a job over several
   * has no pod.
   */
  private boolean shown(@Nullable Incident incident) {
    return incident != null
        && (incident.getPod().isEmpty() || topology.containsKey(incident.getPod()));
  }

  /** The open incidents of pods that exist and that one of the site explains, with its id. */
  private Map<String, String> explained() {
    Map<String, String> explained = new HashMap<>();
    for (Incident site : open.values()) {
      if (site.getKind() != IncidentKind.SITE_FAULT) {
        continue;
      }
      List<String> findings = site.getEvidence().stream().map(Evidence::getFinding).toList();
      for (Incident of : open.values()) {
        if (shown(of)
            && SiteFindings.explains(
                findings, site.getChildren(), of.getKind().name(), of.getPod())) {
          explained.put(of.getId(), site.getId());
        }
      }
    }
    return explained;
  }

  static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  /**
   * What is known, without the pods that the topology no longer has and those that it only
   * announces. A pod is shown with the parts of its newest window, by which it is judged, whatever
   * the topology says; one without a window as the version that holds now.
   *
   * @param nowMs wall time
   */
  ClusterView view(long nowMs) {
    forgetLost();
    TreeMap<String, PodTopology> shown = new TreeMap<>();
    TreeMap<String, PodHealth> live = new TreeMap<>();
    dueMs = Long.MAX_VALUE;
    topology.forEach(
        (pod, versions) -> {
          PodHealth newest = health.get(pod);
          long timeMs = newest == null ? nowMs : ClusterView.windowEndMs(newest);
          Map.Entry<Long, PodTopology> holds = versions.floorEntry(timeMs);
          if (newest != null) {
            // A pod that speaks before its oldest version holds is judged by that.
            PodTopology version = (holds == null ? versions.firstEntry() : holds).getValue();
            shown.put(pod, inShapeOf(newest, version));
            live.put(pod, newest);
          } else if (holds != null) {
            shown.put(pod, holds.getValue());
          } else {
            dueMs = Math.min(dueMs, versions.firstKey());
          }
        });
    List<Optional<Incident>> ranks = new ArrayList<>();
    for (String id : slots) {
      ranks.add(Optional.ofNullable(id == null ? null : open.get(id)));
    }
    return new ClusterView(
        Collections.unmodifiableSortedMap(shown),
        Collections.unmodifiableSortedMap(live),
        largest(),
        open.values().stream().filter(this::shown).toList(),
        explained(),
        List.copyOf(resolved),
        List.copyOf(ranks),
        Map.copyOf(incidentEvents),
        Collections.unmodifiableSortedMap(new TreeMap<>(deadLetters)),
        Collections.unmodifiableSortedMap(new TreeMap<>(lastRecordMs)),
        Collections.unmodifiableSortedMap(new TreeMap<>(replayEventMs)),
        windowSeenMs);
  }

  /** Whether the time of a pod has come that the last view left out as announced. */
  boolean isDue(long nowMs) {
    return nowMs >= dueMs;
  }

  /**
   * A pod in the shape of its newest window, which is that of the parts it is judged by: the topic
   * may no longer have their version.
   */
  private static PodTopology inShapeOf(PodHealth window, PodTopology version) {
    int cabinets = window.getCabinetHealth().size();
    int boards = cabinets == 0 ? 0 : window.getBoards() / cabinets;
    int chips = window.getBoards() == 0 ? 0 : window.getChips() / window.getBoards();
    if (cabinets * boards * chips != window.getChips()
        || (version.getCabinets() == cabinets
            && version.getBoardsPerCabinet() == boards
            && version.getChipsPerBoard() == chips)) {
      return version;
    }
    PodTopology shaped = PodTopology.newBuilder(version).build();
    shaped.setCabinets(cabinets);
    shaped.setBoardsPerCabinet(boards);
    shaped.setChipsPerBoard(chips);
    return shaped;
  }
}
