package io.isotherm.launcher;

import io.isotherm.avro.Evidence;
import io.isotherm.avro.Incident;
import io.isotherm.avro.InjectedFault;
import io.isotherm.model.PodLayout;
import io.isotherm.score.Broken;
import io.isotherm.score.Matching;
import io.isotherm.score.Raised;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What was broken against what was found, from the records of the topics. Which incident is of
 * which fault is {@link Matching}'s to say.
 *
 * @param matches every fault in the order of start, with its incidents in the order of opening
 * @param unmatched incidents that belong to no fault
 */
record FaultScore(List<Match> matches, List<Incident> unmatched) {
  /**
   * A fault and the incidents that belong to it.
   *
   * @param found whether exactly one incident names it, with the right part and kind
   */
  record Match(InjectedFault fault, List<Incident> incidents, boolean found) {
    /** Seconds of event time from the fault's start to the opening of its first incident. */
    double delaySeconds() {
      return (incidents.get(0).getOpenedMs() - fault.getStartMs()) / 1000.0;
    }
  }

  /** Whether every fault was found once and nothing else was. */
  boolean perfect() {
    return unmatched.isEmpty() && matches.stream().allMatch(Match::found);
  }

  /**
   * Matches faults and incidents.
   *
   * @param faults one record for each fault
   * @param incidents one record for each incident, whatever its revision
   * @param layouts the pods by name
   */
  static FaultScore of(
      Collection<InjectedFault> faults,
      Collection<Incident> incidents,
      Map<String, PodLayout> layouts) {
    Map<Broken, InjectedFault> faultOf = new HashMap<>();
    faults.forEach(f -> faultOf.put(Broken.of(f), f));
    Map<Raised, Incident> incidentOf = new HashMap<>();
    incidents.forEach(i -> incidentOf.put(raised(i), i));
    Matching matching =
        Matching.of(
            faultOf.keySet(),
            incidentOf.keySet(),
            layouts.values(),
            List.of(),
            Long.MIN_VALUE,
            Long.MAX_VALUE);
    List<Match> matches = new ArrayList<>();
    for (Matching.Case c : matching.cases()) {
      matches.add(
          new Match(
              known(faultOf, c.fault()),
              c.incidents().stream().map(r -> known(incidentOf, r)).toList(),
              c.perfect()));
    }
    return new FaultScore(
        List.copyOf(matches),
        matching.unmatched().stream().map(r -> known(incidentOf, r)).toList());
  }

  private static <K, V> V known(Map<K, V> map, K key) {
    V value = map.get(key);
    if (value == null) {
      throw new AssertionError("matching made up " + key);
    }
    return value;
  }

  private static Raised raised(Incident i) {
    return new Raised(
        i.getId(),
        i.getKind(),
        i.getPod(),
        i.getSubject(),
        i.getOpenedMs(),
        i.getOpenedMs(),
        i.getResolvedMs() == null ? Long.MAX_VALUE : i.getResolvedMs(),
        i.getSummary(),
        Raised.explains(
            i.getKind(),
            i.getEvidence().stream().map(Evidence::getFinding).toList(),
            i.getChildren()),
        List.of());
  }
}
