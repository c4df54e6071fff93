package io.isotherm.emulator;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.emulator.Scenario.FaultSpec;
import io.isotherm.emulator.Scenario.RandomFaults;
import io.isotherm.emulator.Subjects.Subject;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * When and where what breaks: the told faults of a scenario, those of its trace, and random ones
 * without end.
 *
 * <p>Where the seed chooses the subject, faults that last at the same time lie in cabinets apart
 * from each other and from those that are named, so that each can be told from the others. A told
 * fault for which there is no place is left out and noted, a random one left out and counted. Nor
 * does the seed place one in a pod that has only just started: whether a part broke or was never
 * well could not be told.
 */
final class FaultSchedule {
  private static final double MS_PER_HOUR = 3_600_000;

  /** Time after a fault in which its cabinet stays free, for its traces to fade. */
  private static final long REST_MS = 120_000;

  private static final int TRIES = 200;

  /**
   * Most random faults in a second, on average. Each is placed by trying, and far beyond it the
   * time between two is less than one is told from the next by.
   */
  private static final double MOST_A_SECOND = 1_000;

  /** Time for which a pod must have reported before the seed places a fault in it. */
  private static final long SETTLE_MS = 20_000;

  private final ClusterPlan plan;
  private final long startMs;
  private final Scenario scenario;
  private final @Nullable RandomFaults random;
  private final SplittableRandom dice;
  private final long oneWayStream;
  private final List<String> jobs;
  private final Loaded loaded;
  private final IntPredicate laid;
  private final List<Fault> told = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** Event time from which each cabinet of each pod is free of random faults. */
  private final long[][] freeFrom;

  /** Where and when a told fault strikes, and the rest after it. */
  private record Taken(int podIndex, int firstCabinet, int endCabinet, long fromMs, long untilMs) {}

  private final List<Taken> taken = new ArrayList<>();

  private int nextTold;
  private double nextRandomMs;
  private int randomFaults;
  private int leftOut;

  /** Whether a board works at an instant: a throttled chip that idles would show nothing. */
  interface Loaded {
    boolean at(int podIndex, int board, long timeMs);
  }

  /**
   * @param laid whether a job, by its place among the scenario's, has boards
   * @throws ScenarioException if a fault cannot be where it is told, or random ones are too many
   *     for the cluster
   */
  FaultSchedule(
      ClusterPlan plan,
      Scenario scenario,
      long startMs,
      Loaded loaded,
      IntPredicate laid,
      List<FaultSpec> traced) {
    this.plan = plan;
    this.startMs = startMs;
    this.scenario = scenario;
    this.loaded = loaded;
    this.laid = laid;
    this.jobs = scenario.jobs().stream().map(JobSpec::name).toList();
    this.random = scenario.randomFaults();
    this.dice = new SplittableRandom(Draw.bits(scenario.seed(), 77, 0));
    this.oneWayStream = Draw.bits(scenario.seed(), 78, 0);
    this.freeFrom = new long[plan.pods().size()][];
    for (int p = 0; p < freeFrom.length; p++) {
      freeFrom[p] = new long[plan.pods().get(p).cabinets()];
    }
    List<FaultSpec> specs = new ArrayList<>(scenario.faults());
    specs.addAll(traced);
    place(specs);
    nextRandomMs = startMs;
    if (random != null) {
      refuseTooMany(random);
      nextRandomMs += pause(random);
    }
  }

  private void place(List<FaultSpec> specs) {
    Subject[] subjects = new Subject[specs.size()];
    for (int i = 0; i < subjects.length; i++) {
      FaultSpec s = specs.get(i);
      if (!s.subject().equals(Scenario.RANDOM)) {
        try {
          subjects[i] = Subjects.find(plan.pods(), jobs, s.kind(), s.subject());
        } catch (IllegalArgumentException e) {
          throw new ScenarioException(s.place() + ": " + e.getMessage());
        }
        if (!suits(s.kind(), subjects[i].target())) {
          throw new ScenarioException(
              "%s: %s needs a training job, %s is one of inference"
                  .formatted(s.place(), s.kind(), s.subject()));
        }
        refuseIdleJob(s, subjects[i].target());
        refuseSecondOfJob(specs, i);
        if (onBoards(s.kind(), subjects[i].target())) {
          take(s, subjects[i]);
        } else {
          subjects[i] = null;
          notes.add(
              "%s: %s left out: %s has no boards".formatted(s.place(), s.kind(), s.subject()));
        }
      }
    }
    // What needs most room is placed first.
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < subjects.length; i++) {
      if (specs.get(i).subject().equals(Scenario.RANDOM)) {
        order.add(i);
      }
    }
    order.sort(
        Comparator.comparingInt(
                (Integer i) -> specs.get(i).kind() == FaultKind.COOLING_LOOP_DEGRADED ? 0 : 1)
            .thenComparingLong(i -> specs.get(i).atMs())
            .thenComparingInt(i -> i));
    for (int i : order) {
      FaultSpec s = specs.get(i);
      subjects[i] = draw(s.kind(), startMs + s.atMs(), end(s));
      Subject found = subjects[i];
      if (found == null) {
        notes.add(
            "%s: %s left out: the cluster has no free place for it".formatted(s.place(), s.kind()));
      } else {
        take(s, found);
      }
    }
    for (int i = 0; i < subjects.length; i++) {
      Subject at = subjects[i];
      if (at != null) {
        FaultSpec s = specs.get(i);
        told.add(fault("", s.kind(), at, startMs + s.atMs(), end(s), s.magnitude(), s.oneWay()));
      }
    }
    told.sort(Comparator.comparingLong(Fault::startMs));
    for (int i = 0; i < told.size(); i++) {
      Fault f = told.get(i);
      told.set(
          i,
          fault(
              "fault-%03d".formatted(i + 1),
              f.kind(),
              new Subject(f.podIndex(), f.target()),
              f.startMs(),
              f.endMs(),
              f.magnitude(),
              f.oneWay()));
    }
  }

  /** Whether a fault of a kind can change anything of a target: only training has a pace. */
  private boolean suits(FaultKind kind, int target) {
    return kind != FaultKind.JOB_SLOW
        || scenario.jobs().get(target).kind() == JobSpec.Kind.TRAINING;
  }

  /** Whether a target has boards that can show a fault: a job may be too small for any. */
  private boolean onBoards(FaultKind kind, int target) {
    return kind.target() != FaultKind.Target.JOB || laid.test(target);
  }

  /** Whether a target that is a job has begun and not ended at a time of the run. */
  private boolean runs(FaultKind kind, int target, long atMs) {
    if (kind.target() != FaultKind.Target.JOB) {
      return true;
    }
    JobSpec job = scenario.jobs().get(target);
    return job.fromMs() <= atMs && atMs < job.untilMs();
  }

  /** A fault of a job that has not begun, or has ended, would change nothing. */
  private void refuseIdleJob(FaultSpec s, int target) {
    if (!runs(s.kind(), target, s.atMs())) {
      JobSpec job = scenario.jobs().get(target);
      throw new ScenarioException(
          "%s: %s at %d ms: %s does not run then, but from %d ms %s"
              .formatted(
                  s.place(),
                  s.kind(),
                  s.atMs(),
                  s.subject(),
                  job.fromMs(),
                  job.untilMs() == Long.MAX_VALUE ? "on" : "to %d ms".formatted(job.untilMs())));
    }
  }

  /** A job can hang or crash once at a time, and be slow once at a time. */
  private static void refuseSecondOfJob(List<FaultSpec> specs, int i) {
    FaultSpec s = specs.get(i);
    if (s.kind().target() != FaultKind.Target.JOB) {
      return;
    }
    for (int j = 0; j < i; j++) {
      FaultSpec other = specs.get(j);
      if (other.kind().target() == FaultKind.Target.JOB
          && other.subject().equals(s.subject())
          && (other.kind() == FaultKind.JOB_SLOW) == (s.kind() == FaultKind.JOB_SLOW)
          && other.atMs() < s.endMs()
          && s.atMs() < other.endMs()) {
        throw new ScenarioException(
            "%s: %s of %s overlaps with %s at %s; one must end before the other begins"
                .formatted(s.place(), s.kind(), s.subject(), other.kind(), other.place()));
      }
    }
  }

  private long end(FaultSpec s) {
    return s.endMs() == Long.MAX_VALUE ? Long.MAX_VALUE : startMs + s.endMs();
  }

  private Fault fault(
      String id,
      FaultKind kind,
      Subject at,
      long from,
      long until,
      double magnitude,
      boolean oneWay) {
    PodLayout layout = plan.pods().get(at.podIndex());
    return new Fault(
        id,
        kind,
        at.podIndex(),
        layout.pod(),
        Subjects.path(layout, jobs, kind, at.target()),
        at.target(),
        from,
        until,
        magnitude,
        oneWay);
  }

  private static long afterRest(long untilMs) {
    return untilMs == Long.MAX_VALUE ? Long.MAX_VALUE : untilMs + REST_MS;
  }

  /** Keeps other faults away from a told one while it lasts. */
  private void take(FaultSpec s, Subject at) {
    for (int p = firstPod(s.kind(), at.podIndex()); p < endPod(s.kind(), at.podIndex()); p++) {
      PodLayout layout = plan.pods().get(p);
      taken.add(
          new Taken(
              p,
              Subjects.firstCabinet(layout, s.kind(), at.target()),
              Subjects.endCabinet(layout, s.kind(), at.target()),
              startMs + s.atMs(),
              afterRest(end(s))));
    }
  }

  /** Keeps later random faults away from one. */
  private void occupy(FaultKind kind, Subject s, long until) {
    long free = afterRest(until);
    for (int p = firstPod(kind, s.podIndex()); p < endPod(kind, s.podIndex()); p++) {
      PodLayout layout = plan.pods().get(p);
      int end = Subjects.endCabinet(layout, kind, s.target());
      for (int c = Subjects.firstCabinet(layout, kind, s.target()); c < end; c++) {
        freeFrom[p][c] = Math.max(freeFrom[p][c], free);
      }
    }
  }

  /** Whether a fault of a kind may reach every pod. */
  private static boolean everywhere(FaultKind kind) {
    return kind.target() == FaultKind.Target.JOB || kind.target() == FaultKind.Target.SITE;
  }

  /** The first pod that a fault in a pod may reach. */
  private static int firstPod(FaultKind kind, int podIndex) {
    return everywhere(kind) ? 0 : podIndex;
  }

  /** The pod after the last that a fault in a pod may reach. */
  private int endPod(FaultKind kind, int podIndex) {
    return everywhere(kind) ? plan.pods().size() : podIndex + 1;
  }

  /** Draws a place that is free for a time; null if none was found. */
  private @Nullable Subject draw(FaultKind kind, long atMs, long untilMs) {
    for (int i = 0; i < TRIES; i++) {
      int p = dice.nextInt(plan.pods().size());
      PodLayout layout = plan.pods().get(p);
      if (!Subjects.possible(layout, kind)
          || (kind.target() == FaultKind.Target.JOB && jobs.isEmpty())) {
        return null;
      }
      int target =
          Subjects.draw(layout, jobs.size(), kind, dice.nextInt(layout.cabinets()), dice::nextInt);
      if (!Subjects.linked(layout, kind, target)
          || !suits(kind, target)
          || !onBoards(kind, target)
          || !runs(kind, target, atMs - startMs)) {
        continue;
      }
      boolean free = true;
      for (int q = firstPod(kind, p); q < endPod(kind, p); q++) {
        free &= free(kind, q, target, atMs, untilMs);
      }
      if (kind == FaultKind.THERMAL_THROTTLE || kind == FaultKind.CHIP_FAIL_SLOW) {
        free &= loaded.at(p, layout.boardOfChip(target), atMs);
      } else if (kind == FaultKind.COOLING_LOOP_DEGRADED) {
        free &=
            loaded.at(p, layout.boardIndex(Subjects.firstCabinet(layout, kind, target), 0), atMs);
      }
      if (free) {
        return new Subject(firstPod(kind, p), target);
      }
    }
    return null;
  }

  /** Whether nothing else is broken for a time where a fault reaches into a pod. */
  private boolean free(FaultKind kind, int podIndex, int target, long atMs, long untilMs) {
    PodLayout layout = plan.pods().get(podIndex);
    int first = Subjects.firstCabinet(layout, kind, target);
    int end = Subjects.endCabinet(layout, kind, target);
    boolean free = settled(podIndex, atMs);
    for (int c = first; c < end; c++) {
      free &= freeFrom[podIndex][c] <= atMs;
    }
    for (Taken t : taken) {
      boolean there = t.podIndex == podIndex && first < t.endCabinet && t.firstCabinet < end;
      free &= !(there && atMs < t.untilMs && t.fromMs < afterRest(untilMs));
    }
    return free;
  }

  private boolean settled(int podIndex, long atMs) {
    long startsAfterMs = scenario.podStartsAfterMs(podIndex);
    return startsAfterMs == 0 || startMs + startsAfterMs + SETTLE_MS <= atMs;
  }

  private void refuseTooMany(RandomFaults r) {
    double perSecond = perMs(r) * 1_000;
    if (perSecond > MOST_A_SECOND) {
      throw new ScenarioException(
          "random_faults: per_chip_hour %s with acceleration %s make %.0f faults a second of %d chips, at most %.0f are possible"
              .formatted(
                  r.perChipHour(), r.acceleration(), perSecond, plan.chips(), MOST_A_SECOND));
    }
  }

  private double perMs(RandomFaults r) {
    return r.perChipHour() * r.acceleration() * plan.chips() / MS_PER_HOUR;
  }

  private double pause(RandomFaults r) {
    return -StrictMath.log(1 - dice.nextDouble()) / perMs(r);
  }

  /** The next faults that start before a time, in the order of their starts. */
  List<Fault> startingBefore(long timeMs) {
    List<Fault> due = new ArrayList<>();
    while (nextTold < told.size() && told.get(nextTold).startMs() < timeMs) {
      due.add(told.get(nextTold++));
    }
    while (random != null && nextRandomMs < timeMs) {
      Fault f = randomFault(random, (long) nextRandomMs);
      if (f != null) {
        due.add(f);
      }
      nextRandomMs += pause(random);
    }
    due.sort(Comparator.comparingLong(Fault::startMs));
    return due;
  }

  private @Nullable Fault randomFault(RandomFaults r, long atMs) {
    FaultKind kind = kind(r.mix());
    // An exponential repair time with the stated median.
    long length =
        Math.max(
            1000,
            (long)
                (-StrictMath.log(1 - dice.nextDouble()) / StrictMath.log(2) * r.medianRepairMs()));
    double magnitude = magnitude(kind);
    length = Math.max(length, leastLengthMs(kind, magnitude));
    Subject s = draw(kind, atMs, atMs + length);
    randomFaults++;
    if (s == null) {
      leftOut++;
      return null;
    }
    occupy(kind, s, atMs + length);
    // Of bad links one in two is bad one way: a dirty fibre, and not the module.
    boolean oneWay =
        kind == FaultKind.LINK_DEGRADED && (Draw.bits(oneWayStream, randomFaults) & 1) == 0;
    return fault(
        "random-%05d".formatted(randomFaults), kind, s, atMs, atMs + length, magnitude, oneWay);
  }

  /**
   * Draws how bad a fault is: slow chips and congestion evenly, errors evenly on a logarithmic
   * scale, since they range over orders of magnitude in the field. Half of the sick switches and
   * planes are dead.
   */
  private double magnitude(FaultKind kind) {
    return switch (kind) {
      case CHIP_FAIL_SLOW -> dice.nextDouble(150, 500);
      case HBM_CORRECTABLE -> logarithmic(1, 50);
      case LINK_FLAP -> dice.nextInt(25, 61);
      case LINK_NARROW -> 250 * dice.nextInt(1, 4);
      case SWITCH_FAULT, PLANE_FAULT -> dice.nextBoolean() ? 0 : logarithmic(20, 2_000);
      case CONGESTION -> dice.nextDouble(300, 900);
      case POWER_SAG -> dice.nextDouble(4, 8);
      default -> kind.usual();
    };
  }

  private double logarithmic(double least, double most) {
    return least * StrictMath.exp(dice.nextDouble() * StrictMath.log(most / least));
  }

  /** Shortest that a fault lasts: four falls of a flapping link, ten minutes of fail-slow. */
  private static long leastLengthMs(FaultKind kind, double magnitude) {
    return switch (kind) {
      case CHIP_FAIL_SLOW -> 600_000;
      case LINK_FLAP -> (long) (magnitude * 10_000);
      case HBM_CORRECTABLE, CONGESTION, POWER_SAG -> 180_000;
      case HOST_RESTART -> 60_000;
      default -> 1_000;
    };
  }

  private FaultKind kind(Map<FaultKind, Double> mix) {
    double sum = 0;
    for (double weight : mix.values()) {
      sum += weight;
    }
    double at = dice.nextDouble() * sum;
    FaultKind last = FaultKind.CHIP_LOST;
    for (Map.Entry<FaultKind, Double> e : mix.entrySet()) {
      last = e.getKey();
      at -= e.getValue();
      if (at < 0) {
        break;
      }
    }
    return last;
  }

  /** The faults at given times that found a place, in the order of their starts. */
  List<Fault> told() {
    return List.copyOf(told);
  }

  /** Random faults so far that found no free place. */
  int leftOut() {
    return leftOut;
  }

  /** What told faults could not be placed. */
  List<String> notes() {
    return List.copyOf(notes);
  }
}
