package io.isotherm.launcher;

import io.isotherm.avro.InjectedFault;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.score.Broken;
import io.isotherm.score.Matching;
import io.isotherm.score.Raised;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was broken against what was found, from the records of the topics. Which incident is of
 * which fault is {@link Matching}'s to say.
 *
 * @param matches every fault in the order of start, with its incidents in the order of opening
 * @param unmatched incidents that belong to no fault
 */
record FaultScore(List<Match> matches, List<Raised> unmatched) {
  /**
   * A fault and the incidents that belong to it.
   *
   * @param found whether exactly one incident names it, with the right part and kind
   * @param excluded why it could not be expected to be found; null if it could
   */
  record Match(
      InjectedFault fault, List<Raised> incidents, boolean found, @Nullable String excluded) {
    /** Seconds of event time from the fault's start to the opening of its first incident. */
    double delaySeconds() {
      return (incidents.get(0).openedMs() - fault.getStartMs()) / 1000.0;
    }

    /** Whether it is held against the monitor if it is not found. */
    boolean counts() {
      return found || excluded == null;
    }
  }

  /** Whether every fault that counts was found once and nothing else was. */
  boolean perfect() {
    return unmatched.isEmpty() && matches.stream().filter(Match::counts).allMatch(Match::found);
  }

  /**
   * Matches faults and incidents.
   *
   * @param faults one record for each fault
   * @param incidents every incident
   * @param layouts the pods by name
   * @param placements where jobs ran, and announced maintenance
   * @param untilMs event time until which was judged; a fault that could not be seen before it does
   *     not count
   */
  static FaultScore of(
      Collection<InjectedFault> faults,
      Collection<Raised> incidents,
      Map<String, PodLayout> layouts,
      Collection<Placement> placements,
      long untilMs) {
    Map<Broken, InjectedFault> faultOf = new HashMap<>();
    faults.forEach(f -> faultOf.put(Broken.of(f), f));
    Matching matching =
        Matching.of(
            faultOf.keySet(), incidents, layouts.values(), placements, Long.MIN_VALUE, untilMs);
    List<Match> matches = new ArrayList<>();
    for (Matching.Case c : matching.cases()) {
      InjectedFault fault = faultOf.get(c.fault());
      if (fault == null) {
        throw new AssertionError("matching made up " + c.fault());
      }
      matches.add(new Match(fault, c.incidents(), c.perfect(), c.excluded()));
    }
    return new FaultScore(List.copyOf(matches), matching.unmatched());
  }
}
