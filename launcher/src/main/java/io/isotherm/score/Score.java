package io.isotherm.score;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.IncidentKind;
import io.isotherm.score.Expectation.Group;
import io.isotherm.score.Matching.Case;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/**
 * How good the detectors were over several seeds. Equal for equal runs, however they were computed.
 *
 * @param runs one for each seed, in the order of the seeds
 */
public record Score(List<SeedRun> runs) {
  /** Stands for no fault and for no incident. */
  public static final String NOTHING = "nothing";

  /** Copies the runs. */
  public Score {
    runs = List.copyOf(runs);
  }

  /** Event time that was watched, in hours, pods apart. */
  public double hours() {
    return runs.stream().mapToLong(SeedRun::durationMs).sum() / 3_600_000.0;
  }

  /** Event time that was watched, in days, summed over the pods. */
  public double podDays() {
    return runs.stream().mapToLong(r -> r.durationMs() * r.pods()).sum() / 86_400_000.0;
  }

  /** Reports that the monitors were given. */
  public long reports() {
    return runs.stream().mapToLong(SeedRun::reports).sum();
  }

  /** All faults together. */
  public Measures overall() {
    return measures(EnumSet.allOf(FaultKind.class), EnumSet.allOf(IncidentKind.class));
  }

  /** The faults of a group; false incidents are those of kinds that its faults lead to. */
  public Measures of(Group group) {
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    for (FaultKind kind : FaultKind.values()) {
      if (Expectation.of(kind).group() == group) {
        kinds.add(kind);
      }
    }
    return measures(kinds, leadTo(kinds));
  }

  /** The faults of one kind; false incidents are those of kinds that they lead to. */
  public Measures of(FaultKind kind) {
    return measures(Set.of(kind), Expectation.of(kind).kinds());
  }

  /** Kinds of fault that happened, or whose incidents were raised for nothing, in their order. */
  public List<FaultKind> kinds() {
    Set<FaultKind> seen = EnumSet.noneOf(FaultKind.class);
    for (SeedRun run : runs) {
      run.matching().cases().forEach(c -> seen.add(c.fault().kind()));
      for (Raised r : run.matching().unmatched()) {
        for (FaultKind kind : FaultKind.values()) {
          if (Expectation.of(kind).kinds().contains(r.kind())) {
            seen.add(kind);
          }
        }
      }
    }
    seen.removeIf(k -> Expectation.of(k).group() == Group.CONTROL);
    return List.copyOf(seen);
  }

  /** Faults that happened and do not count, by the reason. */
  public Map<String, Integer> excluded() {
    Map<String, Integer> by = new TreeMap<>();
    for (SeedRun run : runs) {
      for (Case c : run.matching().cases()) {
        if (c.excluded() != null) {
          by.merge(c.excluded(), 1, Integer::sum);
        }
      }
    }
    return by;
  }

  /**
   * Faults that count by the kinds of their incidents, and incidents of no fault.
   *
   * @return number of each pair: kind of fault, kind of incident, {@link #NOTHING} on either side
   */
  public Map<String, Map<String, Integer>> confusion() {
    Map<String, Map<String, Integer>> by = new TreeMap<>();
    for (SeedRun run : runs) {
      for (Case c : run.matching().cases()) {
        if (c.excluded() != null) {
          continue;
        }
        String fault = lower(c.fault().kind());
        Raised found = c.found();
        count(by, fault, found == null ? NOTHING : lower(found.kind()));
        c.extra().forEach(r -> count(by, fault, lower(r.kind())));
      }
      run.matching().unmatched().forEach(r -> count(by, NOTHING, lower(r.kind())));
    }
    return by;
  }

  private static void count(Map<String, Map<String, Integer>> by, String fault, String incident) {
    by.computeIfAbsent(fault, f -> new TreeMap<>()).merge(incident, 1, Integer::sum);
  }

  private static Set<IncidentKind> leadTo(Collection<FaultKind> kinds) {
    Set<IncidentKind> all = EnumSet.noneOf(IncidentKind.class);
    kinds.forEach(k -> all.addAll(Expectation.of(k).kinds()));
    return all;
  }

  private Measures measures(Set<FaultKind> faults, Set<IncidentKind> incidents) {
    int counted = 0;
    int found = 0;
    int subject = 0;
    int kind = 0;
    int extra = 0;
    int nothing = 0;
    int open = 0;
    int early = 0;
    List<Long> closing = new ArrayList<>();
    long[] delays = milliseconds(faults, Case::delayMs);
    long[] named = milliseconds(faults, Case::namedAfterMs);
    for (SeedRun run : runs) {
      for (Case c : run.matching().cases()) {
        if (counts(c, faults)) {
          counted++;
          found += c.found() == null ? 0 : 1;
          subject += c.rightSubject() ? 1 : 0;
          kind += c.rightKind() ? 1 : 0;
          extra += c.extra().size();
        }
        if (counts(c, faults) && c.found() != null) {
          boolean ended = c.fault().endMs() < run.endMs();
          if (c.resolvedMs() < Math.min(c.fault().endMs(), run.endMs())) {
            early++;
          } else if (ended && c.resolvedMs() == Long.MAX_VALUE) {
            open++;
          } else if (ended) {
            closing.add(c.resolvedMs() - c.fault().endMs());
          }
        }
      }
      for (Raised r : run.matching().unmatched()) {
        nothing += incidents.contains(r.kind()) ? 1 : 0;
      }
    }
    return new Measures(
        counted,
        found,
        subject,
        kind,
        extra,
        nothing,
        podDays(),
        delays,
        named,
        closing.stream().mapToLong(Long::longValue).toArray(),
        open,
        early);
  }

  private long[] milliseconds(Set<FaultKind> faults, ToLongFunction<Case> of) {
    return runs.stream()
        .flatMap(r -> r.matching().cases().stream())
        .filter(c -> counts(c, faults) && c.found() != null)
        .mapToLong(of)
        .toArray();
  }

  private static boolean counts(Case c, Set<FaultKind> faults) {
    return c.excluded() == null && faults.contains(c.fault().kind());
  }

  /** A kind as it is written in results. */
  public static String lower(Enum<?> kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
