package io.isotherm.score;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.IncidentKind;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which incident speaks of which fault.
 *
 * <p>An incident can speak of a fault if it opened after the fault's start and no later than {@link
 * #SLACK_MS} after its end, and its subject is the fault's part or one that is related to it: one
 * contains the other, or they share a link. Of all such pairs the best are taken first, and every
 * fault and every incident only once: the right part comes before a related one, of those the right
 * kind before another, then the earlier incident. What is left over of the incidents are extra ones
 * of the fault that they suit best, or of no fault at all. What an incident of the site explains is
 * its child and left out.
 *
 * <p>An incident that was opened again may speak of a second fault of the same part, so each
 * opening counts like an incident; but of one fault, or of none, it speaks once however often it
 * opens.
 *
 * @param cases every fault in the order of start
 * @param unmatched incidents of no fault, in the order of opening
 */
public record Matching(List<Case> cases, List<Raised> unmatched) {
  /** How long after a fault's end its incident may still open: windows, grace and persistence. */
  public static final long SLACK_MS = 60_000;

  /**
   * A fault and what was said of it.
   *
   * @param excluded why it is left out of the count; null if it counts
   * @param found the incident that names it; null if there is none
   * @param rightSubject whether that names the fault's own part
   * @param rightKind whether its kind is one that the fault must lead to
   * @param extra further incidents of the same fault, in the order of opening
   * @param resolvedMs event time at which the one that names it ended the last time that it was
   *     opened for it; {@link Long#MAX_VALUE} if it is open or there is none
   */
  public record Case(
      Broken fault,
      @Nullable String excluded,
      @Nullable Raised found,
      boolean rightSubject,
      boolean rightKind,
      List<Raised> extra,
      long resolvedMs) {
    /** Whether exactly one incident names it, with the right part and kind. */
    public boolean perfect() {
      return found != null && rightSubject && rightKind && extra.isEmpty();
    }

    /** All its incidents, in the order of opening. */
    public List<Raised> incidents() {
      List<Raised> all = new ArrayList<>(extra);
      if (found != null) {
        all.add(found);
      }
      all.sort(BY_OPENING);
      return all;
    }

    /** Milliseconds of event time from the fault's start to its incident's opening. */
    public long delayMs() {
      return found == null ? -1 : found.openedMs() - fault.startMs();
    }

    /** Milliseconds of event time from the fault's start until its incident has its last kind. */
    public long namedAfterMs() {
      return found == null ? -1 : found.namedMs() - fault.startMs();
    }
  }

  private static final String ANNOUNCED = "it happened during announced maintenance";

  /** Kinds that stop or slow the steps of a job that they strike. */
  private static final Set<FaultKind> SLOWING =
      EnumSet.of(
          FaultKind.CHIP_FAIL_SLOW,
          FaultKind.THERMAL_THROTTLE,
          FaultKind.COOLING_LOOP_DEGRADED,
          FaultKind.POWER_SAG,
          FaultKind.CONGESTION,
          FaultKind.SWITCH_FAULT,
          FaultKind.PLANE_FAULT,
          FaultKind.HBM_UNCORRECTABLE);

  /** Kinds that hide what happens to the parts that they strike. */
  private static final Set<FaultKind> SILENCING =
      EnumSet.of(
          FaultKind.CHIP_LOST,
          FaultKind.BOARD_LOST,
          FaultKind.CABINET_DARK,
          FaultKind.POD_CUT_OFF,
          FaultKind.SITE_CUT_OFF,
          FaultKind.HOST_RESTART);

  /** Kinds that stop the work, and with it what only work brings to light. */
  private static final Set<FaultKind> IDLING = EnumSet.of(FaultKind.HANG, FaultKind.JOB_CRASH);

  private static final Set<FaultKind> SHOWN_BY_WORK =
      EnumSet.of(
          FaultKind.CHIP_FAIL_SLOW,
          FaultKind.THERMAL_THROTTLE,
          FaultKind.COOLING_LOOP_DEGRADED,
          FaultKind.POWER_SAG,
          FaultKind.CONGESTION,
          FaultKind.HANG,
          FaultKind.JOB_CRASH,
          FaultKind.JOB_SLOW);

  /** Copies the lists. */
  public Matching {
    cases = List.copyOf(cases);
    unmatched = List.copyOf(unmatched);
  }

  private record Pair(Entry entry, Raised incident, int rank) {}

  private static final class Entry {
    final Broken fault;
    final @Nullable String excluded;
    @Nullable Pair found;
    final List<Raised> extra = new ArrayList<>();
    private long resolvedMs = Long.MIN_VALUE;

    Entry(Broken fault, @Nullable String excluded) {
      this.fault = fault;
      this.excluded = excluded;
    }

    /** Whether another opening of the same incident is of this fault. */
    boolean speaks(Raised incident) {
      Pair p = found;
      return (p != null && p.incident.id().equals(incident.id()))
          || extra.stream().anyMatch(e -> e.id().equals(incident.id()));
    }

    /** Takes the end of an opening of the incident that names the fault. */
    void ends(Raised opening) {
      resolvedMs = Math.max(resolvedMs, opening.resolvedMs());
    }

    Case asCase() {
      Pair p = found;
      extra.sort(BY_OPENING);
      return new Case(
          fault,
          excluded,
          p == null ? null : p.incident,
          p != null && p.rank < RELATED,
          p != null && p.rank % 2 == 0,
          List.copyOf(extra),
          p == null ? Long.MAX_VALUE : resolvedMs);
    }
  }

  /** Ranks below are of the same part; even ranks are of the right kind. */
  private static final int RELATED = 2;

  private static final int NONE = 4;

  private static final Comparator<Raised> BY_OPENING =
      Comparator.comparingLong(Raised::openedMs)
          .thenComparing(Raised::pod)
          .thenComparing(Raised::kind)
          .thenComparing(Raised::subject);

  /**
   * Matches the faults and incidents of one run.
   *
   * @param fromMs event time of the run's beginning; a fault that began before it does not count
   * @param untilMs event time of the run's end; a fault that could not be seen before it does not
   *     count
   */
  public static Matching of(
      Collection<Broken> faults,
      Collection<Raised> incidents,
      Collection<PodLayout> pods,
      Collection<Placement> placements,
      long fromMs,
      long untilMs) {
    Atlas atlas = new Atlas(pods, placements);
    Away away = new Away(placements);
    List<Entry> entries = new ArrayList<>();
    List<Broken> ordered = new ArrayList<>(faults);
    ordered.sort(Comparator.comparingLong(Broken::startMs).thenComparing(Broken::id));
    for (Broken fault : ordered) {
      entries.add(new Entry(fault, excluded(fault, ordered, away, atlas, fromMs, untilMs)));
    }
    List<Raised> ofSite = incidents.stream().filter(i -> !i.explains().isEmpty()).toList();
    List<Raised> open = new ArrayList<>();
    for (Raised incident : incidents) {
      if (ofSite.stream().noneMatch(site -> site.explains(incident))) {
        open.addAll(incident.openings());
      }
    }
    open.sort(BY_OPENING);
    List<Pair> pairs = new ArrayList<>();
    for (Entry entry : entries) {
      // What was announced may not be raised, so such an incident is left to be a false one.
      long notBefore = away.until(atlas.place(entry.fault.subject()), entry.fault.startMs());
      for (int i = firstAfter(open, entry.fault.startMs()); i < open.size(); i++) {
        Raised incident = open.get(i);
        if (incident.openedMs() <= notBefore) {
          continue;
        }
        if (incident.openedMs() - SLACK_MS > entry.fault.endMs()) {
          break;
        }
        int rank = rank(entry.fault, incident, atlas);
        if (rank < NONE) {
          pairs.add(new Pair(entry, incident, rank));
        }
      }
    }
    pairs.sort(
        Comparator.comparingInt(Pair::rank)
            .thenComparing(p -> p.entry.excluded != null)
            .thenComparing(Pair::incident, BY_OPENING)
            .thenComparing(p -> p.entry.fault.startMs(), Comparator.reverseOrder())
            .thenComparing(p -> p.entry.fault.id()));
    Set<Raised> taken = Collections.newSetFromMap(new IdentityHashMap<>());
    for (Pair p : pairs) {
      if (taken.contains(p.incident)) {
        continue;
      }
      if (p.entry.found == null) {
        p.entry.found = p;
        taken.add(p.incident);
        p.entry.ends(p.incident);
      } else if (p.entry.speaks(p.incident)) {
        taken.add(p.incident);
        p.entry.ends(p.incident);
      }
    }
    for (Pair p : pairs) {
      if (taken.add(p.incident) && !p.entry.speaks(p.incident)) {
        p.entry.extra.add(p.incident);
      }
    }
    open.removeIf(taken::contains);
    Set<String> told = new HashSet<>();
    open.removeIf(i -> !told.add(i.id()));
    return new Matching(entries.stream().map(Entry::asCase).toList(), open);
  }

  /** Number of the first incident that opened after a time. */
  private static int firstAfter(List<Raised> byOpening, long timeMs) {
    int from = 0;
    int to = byOpening.size();
    while (from < to) {
      int middle = (from + to) >>> 1;
      if (byOpening.get(middle).openedMs() <= timeMs) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return from;
  }

  /** How well an incident of the right time suits a fault; {@link #NONE} if not at all. */
  private static int rank(Broken fault, Raised incident, Atlas atlas) {
    Expectation expected = Expectation.of(fault.kind());
    if (expected.group() == Expectation.Group.CONTROL) {
      return NONE;
    }
    int kind = expected.kinds().contains(incident.kind()) ? 0 : 1;
    Place broken = atlas.place(fault);
    Place named = atlas.place(incident.subject());
    if (broken.same(named)) {
      return kind;
    }
    return related(broken, fault.kind(), named, incident.kind()) ? RELATED + kind : NONE;
  }

  /**
   * Whether a subject is related to a fault's part: one contains the other, or they share a link.
   * As something is always broken somewhere in a pod or under a job, an incident of a whole pod
   * needs a fault of more than a cabinet's parts, and one of a job a fault that slows it.
   */
  private static boolean related(
      Place broken, FaultKind fault, Place named, IncidentKind incident) {
    if (named.level() == Place.Level.JOB) {
      return SLOWING.contains(fault)
          && (named.covers(broken)
              || (broken.level().fabric()
                  && broken.layout() != null
                  && named.boards().containsKey(broken.layout().pod())));
    }
    if (named.level() == Place.Level.POD) {
      return broken.level().wide() && named.covers(broken);
    }
    if (broken.level().fabric() || named.level().fabric()) {
      boolean ofLinks =
          named.level() == Place.Level.PORT
              || named.level().fabric()
              || incident == IncidentKind.CHIP_LINKS;
      return (ofLinks && (broken.carries(named) || named.carries(broken)))
          || broken.covers(named)
          || named.covers(broken);
    }
    return broken.covers(named) || named.covers(broken);
  }

  /** Why a fault does not count, whether it was found or not; null if it counts. */
  private static @Nullable String excluded(
      Broken fault, List<Broken> all, Away away, Atlas atlas, long fromMs, long untilMs) {
    Expectation expected = Expectation.of(fault.kind());
    if (expected.group() == Expectation.Group.CONTROL) {
      return "nothing can be seen of it";
    }
    if (away.until(atlas.place(fault.subject()), fault.startMs()) != Away.NOT) {
      return ANNOUNCED;
    }
    if (fault.startMs() < fromMs) {
      return "it began before the run";
    }
    long end = Math.min(fault.endMs(), untilMs);
    if (end - fault.startMs() < expected.visibleMs()) {
      return fault.endMs() > untilMs ? "the run ended too soon after it" : "it was too short";
    }
    // The time from which on neither another fault nor maintenance hides it for long enough.
    Place place = atlas.place(fault);
    long from = fault.startMs();
    boolean announced = false;
    boolean moved = true;
    while (moved) {
      long back = away.untilIfBetween(place, from, from + expected.visibleMs());
      moved = back != Away.NOT;
      announced |= moved;
      from = moved ? back : from;
      for (Broken other : all) {
        if (other.startMs() < from + expected.visibleMs()
            && other.endMs() > from
            && !other.equals(fault)
            && hides(other, fault, atlas, place)) {
          from = other.endMs();
          moved = true;
        }
      }
    }
    if (end - from >= expected.visibleMs()) {
      return null;
    }
    return announced ? "announced maintenance hid it" : "another fault hid it";
  }

  private static boolean hides(Broken other, Broken fault, Atlas atlas, Place place) {
    boolean silences = SILENCING.contains(other.kind());
    boolean idles = IDLING.contains(other.kind()) && SHOWN_BY_WORK.contains(fault.kind());
    if (!silences && !idles) {
      return false;
    }
    Place by = atlas.place(other);
    // Of two faults that hide each other the later one is hidden.
    if (by.same(place)) {
      return other.startMs() < fault.startMs();
    }
    return silences ? by.silences(place) : by.covers(place);
  }
}
