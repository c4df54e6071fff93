package io.isotherm.export;

import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What the result topics said last; never changes.
 *
 * @param topology the pods that exist, without those that are only announced, by name
 * @param health the newest window of those pods that have one, by name
 * @param cluster the newest window of the cluster; of several that of the largest
 * @param open open incidents of pods that exist and of the site, in the order of their opening
 * @param explained ids of those that an open incident of the site explains, with its id
 * @param resolved incidents resolved last, newest first
 * @param ranks what is in each rank slot
 * @param incidentEvents events counted by kind and event
 * @param deadLetters dead letters counted by reason
 * @param lastRecordMs timestamp of the newest record of each topic
 * @param replayEventMs wall time of the newest event of each kind in the lives of replays
 * @param windowSeenMs wall time at which the newest window came; 0 if none did
 */
record ClusterView(
    SortedMap<String, PodTopology> topology,
    SortedMap<String, PodHealth> health,
    Optional<ClusterHealth> cluster,
    List<Incident> open,
    Map<String, String> explained,
    List<Incident> resolved,
    List<Optional<Incident>> ranks,
    Map<IncidentCount, Long> incidentEvents,
    SortedMap<String, Long> deadLetters,
    SortedMap<String, Long> lastRecordMs,
    SortedMap<String, Long> replayEventMs,
    long windowSeenMs) {

  /** What incident events are counted by, in the words of the labels. */
  record IncidentCount(String kind, String event) {}

  static int chips(PodTopology pod) {
    return pod.getCabinets() * pod.getBoardsPerCabinet() * pod.getChipsPerBoard();
  }

  static long windowEndMs(PodHealth health) {
    return health.getWindowStartMs() + health.getWindowMs();
  }

  /** Why the results are not to be trusted; empty if they are. */
  Optional<String> notReady(long nowMs) {
    if (topology.isEmpty()) {
      return Optional.of("no pod in topology.pods yet, or none whose time has come");
    }
    if (health.isEmpty()) {
      return Optional.of("no window in health.pods yet");
    }
    long windowMs = health.values().stream().mapToLong(PodHealth::getWindowMs).max().orElse(0);
    long age = nowMs - windowSeenMs;
    return age > 3 * windowMs
        ? Optional.of("input is stale: the newest window came %d s ago".formatted(age / 1000))
        : Optional.empty();
  }
}
