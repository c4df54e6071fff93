package io.isotherm.emulator;

import io.isotherm.catalog.ClusterPlan;
import io.isotherm.emulator.Scenario.FaultSpec;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * A cluster under a scenario: the physics of all chips, and the agents that report them.
 *
 * <p>Knows event time only: {@link #step} moves it on by one interval, and then every board can be
 * asked for its report. The same plan, scenario, seed, start and steps give the same reports, on
 * every machine. Boards are numbered through the cluster, pod by pod.
 *
 * <p>Nobody restarts a job here: it goes on without the parts that are lost.
 *
 * <p>Not safe for use by several threads.
 */
public final class Fleet {
  private static final int SLICE_MS = 10;

  private static final long WEEK_MS = 7 * 86_400_000L;
  private static final int MOST_UPKEEPS = 1_000;

  private final ClusterPlan plan;
  private final Scenario scenario;
  private final long startMs;
  private final List<Workload> jobs = new ArrayList<>();
  private final BitSet laidJobs = new BitSet();
  private final List<String> notes = new ArrayList<>();
  private final List<Placement> placements = new ArrayList<>();
  private final PodFleet[] pods;
  private final int[] firstBoard;
  private final int boards;
  private final FaultSchedule schedule;
  private final List<Fault> open = new ArrayList<>();
  private final List<TruthEvent> truth = new ArrayList<>();
  private long timeMs;
  private int podsUp;
  private int failures;
  private int lastPod;

  /**
   * @param startMs event time at which the run starts, in milliseconds since 1970-01-01 UTC
   * @throws ScenarioException if the scenario does not fit the plan
   */
  public Fleet(ClusterPlan plan, Scenario scenario, long startMs) {
    this.plan = plan;
    this.scenario = scenario;
    this.startMs = startMs;
    this.timeMs = startMs;
    int n = plan.pods().size();
    Workload[][] jobOf = new Workload[n][];
    boolean[][] last = new boolean[n][];
    for (int p = 0; p < n; p++) {
      jobOf[p] = new Workload[plan.pods().get(p).boards()];
      last[p] = new boolean[jobOf[p].length];
    }
    layJobs(jobOf, last);
    pods = new PodFleet[n];
    firstBoard = new int[n + 1];
    for (int p = 0; p < n; p++) {
      PodLayout layout = plan.pods().get(p);
      firstBoard[p + 1] = firstBoard[p] + layout.boards();
      pods[p] =
          new PodFleet(
              layout,
              ChipPhysics.of(plan.chip()),
              Draw.bits(scenario.seed(), 100, p),
              scenario.intervalMs(),
              scenario.linksEvery(),
              scenario.noise(),
              scenario.ordinary(),
              jobOf[p],
              last[p]);
    }
    boards = firstBoard[n];
    startPods();
    announceUpkeep();
    List<FaultSpec> traced = List.of();
    Scenario.Trace trace = scenario.trace();
    if (trace != null) {
      FaultTrace read = FaultTrace.read(trace, plan, scenario.seed());
      traced = read.faults();
      notes.addAll(read.notes());
    }
    schedule =
        new FaultSchedule(
            plan,
            scenario,
            startMs,
            (p, b, atMs) -> works(jobOf[p][b], atMs),
            laidJobs::get,
            traced);
    notes.addAll(schedule.notes());
  }

  private static boolean works(@Nullable Workload job, long timeMs) {
    return job != null && job.runs(timeMs);
  }

  /** Starts the pods whose time has come. */
  private void startPods() {
    while (podsUp < pods.length && podStartMs(podsUp) <= timeMs) {
      pods[podsUp].start(timeMs);
      podsUp++;
    }
  }

  /** Lays the maintenance of a week on the boards, one after the other. */
  private void announceUpkeep() {
    Ordinary.Upkeep upkeep = scenario.ordinary().upkeep();
    if (upkeep == null) {
      return;
    }
    long rounds = Math.min(MOST_UPKEEPS, WEEK_MS / upkeep.everyMs());
    if (rounds == MOST_UPKEEPS) {
      notes.add(
          "ordinary.maintenance: after %,d times, %.1f h after the start, there is none any more"
              .formatted(rounds, rounds * upkeep.everyMs() / 3_600_000.0));
    }
    for (int i = 1; i <= rounds; i++) {
      int p = i % pods.length;
      PodLayout layout = plan.pods().get(p);
      int board = Draw.below(layout.boards(), Draw.bits(scenario.seed(), 300, i));
      long from = startMs + i * upkeep.everyMs();
      long until = from + upkeep.lengthMs();
      pods[p].drain(board, from - upkeep.drainMs(), from, until);
      placements.add(
          new Placement(
              "maintenance-" + i,
              from,
              until,
              false,
              List.of(new Placement.Member(layout.pod(), board, 1, Placement.MAINTENANCE, 0))));
    }
  }

  private void layJobs(Workload[][] jobOf, boolean[][] last) {
    double laid = 0;
    for (JobSpec spec : scenario.jobs()) {
      Workload w = new Workload(spec, startMs);
      jobs.add(w);
      List<Placement.Member> members = new ArrayList<>();
      for (int p = 0; p < jobOf.length; p++) {
        int all = jobOf[p].length;
        int begin = (int) Math.round(laid * all);
        int end = (int) Math.min(all, Math.round((laid + spec.share()) * all));
        for (int stage = 0; stage < spec.stages(); stage++) {
          int from = begin + (int) ((long) (end - begin) * stage / spec.stages());
          int to = begin + (int) ((long) (end - begin) * (stage + 1) / spec.stages());
          if (to > from) {
            members.add(
                new Placement.Member(
                    plan.pods().get(p).pod(),
                    from,
                    to - from,
                    spec.kind() == JobSpec.Kind.TRAINING ? "worker" : "inference",
                    stage));
            for (int b = from; b < to; b++) {
              jobOf[p][b] = w;
              last[p][b] = spec.stages() > 1 && stage == spec.stages() - 1;
            }
          }
        }
      }
      laid += spec.share();
      if (members.isEmpty()) {
        notes.add(
            "job %s left out: its share of the boards of a pod is less than one"
                .formatted(spec.name()));
      } else {
        laidJobs.set(jobs.size() - 1);
        placements.add(
            new Placement(
                spec.name(),
                w.fromMs(),
                w.untilMs(),
                spec.kind() == JobSpec.Kind.TRAINING,
                members));
      }
    }
    if (laid > 1.000001) {
      throw new ScenarioException(
          "scenario '%s': the shares of the jobs add up to %.3f, must be at most 1"
              .formatted(scenario.name(), laid));
    }
  }

  /** What the cluster is made of. */
  public ClusterPlan plan() {
    return plan;
  }

  /** What happens to it. */
  public Scenario scenario() {
    return scenario;
  }

  /** Where the jobs run. */
  public List<Placement> placements() {
    return List.copyOf(placements);
  }

  /** The faults at given times, in the order of their starts; random ones are not among them. */
  public List<Fault> toldFaults() {
    return schedule.told();
  }

  /** What of the scenario could not be done, in sentences. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /** Number of boards. */
  public int boards() {
    return boards;
  }

  /**
   * Numbers of all boards in the order in which they take their samples within an interval; among
   * those that do so within the same {@value #SLICE_MS} milliseconds, pod by pod. So a pod's boards
   * come in runs, which is kind to the memory and to Kafka's batches.
   */
  public int[] samplingOrder() {
    return IntStream.range(0, boards)
        .boxed()
        .sorted(
            Comparator.comparingInt((Integer b) -> phaseMs(b) / SLICE_MS)
                .thenComparingInt(this::podOf)
                .thenComparingInt(this::phaseMs)
                .thenComparingInt(b -> b))
        .mapToInt(b -> b)
        .toArray();
  }

  /** How long after the beginning of every interval a board takes its sample, in milliseconds. */
  public int phaseMs(int board) {
    int p = podOf(board);
    return pods[p].phaseMs(board - firstBoard[p]);
  }

  /**
   * Moves on to the interval that begins at a time. Every board then has its sample, taken at an
   * instant of its own within the interval.
   *
   * @param intervalBeginMs event time, not before that of the last step
   * @throws IllegalArgumentException if time goes backwards
   */
  public void step(long intervalBeginMs) {
    if (intervalBeginMs < timeMs) {
      throw new IllegalArgumentException(
          "step to %d after %d: time cannot go back".formatted(intervalBeginMs, timeMs));
    }
    for (int j = 0; j < jobs.size(); j++) {
      jobs.get(j).advance(timeMs, intervalBeginMs);
    }
    timeMs = intervalBeginMs;
    long endMs = timeMs + scenario.intervalMs();
    for (Fault f : schedule.startingBefore(endMs)) {
      if (f.kind().target() == FaultKind.Target.JOB) {
        jobs.get(f.target()).strike(f);
      } else if (f.kind().target() == FaultKind.Target.SITE) {
        int struck = (int) Math.ceil(pods.length * f.magnitude() / 1000);
        for (int p = 0; p < struck; p++) {
          pods[p].add(f);
        }
      } else {
        pods[f.podIndex()].add(f);
      }
      open.add(f);
      truth.add(new TruthEvent(f, false));
      failures++;
    }
    for (int i = 0; i < open.size(); i++) {
      if (open.get(i).endMs() < endMs) {
        truth.add(new TruthEvent(open.remove(i--), true));
      }
    }
    startPods();
    for (int p = 0; p < podsUp; p++) {
      pods[p].step(timeMs);
    }
  }

  /** Event time at which the present interval began, in milliseconds since 1970-01-01 UTC. */
  public long timeMs() {
    return timeMs;
  }

  /** Takes the faults that began or ended since it was last called, in their order. */
  public List<TruthEvent> takeTruth() {
    if (truth.isEmpty()) {
      return List.of();
    }
    List<TruthEvent> taken =
        truth.stream().sorted(Comparator.comparingLong(TruthEvent::timeMs)).toList();
    truth.clear();
    return taken;
  }

  /** Faults that have begun so far. */
  public int failures() {
    return failures;
  }

  /** Random faults so far that were left out, because the cluster had no free place for them. */
  public int failuresLeftOut() {
    return schedule.leftOut();
  }

  /** Faults that have begun and not ended. */
  public int openFailures() {
    return open.size();
  }

  /** Name of a board's pod, which is the key of its reports. */
  public String pod(int board) {
    return pods[podOf(board)].layout().pod();
  }

  /**
   * Event time from which the agents of a pod report, in milliseconds since 1970-01-01 UTC.
   *
   * @param pod its place among the plan's pods
   */
  public long podStartMs(int pod) {
    return startMs + scenario.podStartsAfterMs(pod);
  }

  /** Pods that have started, which are the first ones of the plan. */
  public int podsUp() {
    return podsUp;
  }

  /** Whether the pod of a board has started. */
  public boolean started(int board) {
    return podOf(board) < podsUp;
  }

  /**
   * Event time of a board's present sample by a perfect clock, also if its pod has not started and
   * there is none.
   */
  public long sampleMs(int board) {
    int p = podOf(board);
    int inPod = board - firstBoard[p];
    return p < podsUp ? pods[p].sampleMs(inPod) : timeMs + pods[p].phaseMs(inPod);
  }

  /**
   * Writes a board's present report. To be called once per board and step, as every report takes
   * the next sequence number.
   *
   * @return false if the agent is silent, or not started yet, and there is no report
   */
  public boolean fill(int board, Report report) {
    int p = podOf(board);
    return p < podsUp && pods[p].fill(board - firstBoard[p], report);
  }

  /** Whether the present report of a board is lost on its way. */
  public boolean missing(int board) {
    int p = podOf(board);
    return pods[p].missing(board - firstBoard[p]);
  }

  /** Whether the present report of a board is delivered twice. */
  public boolean duplicate(int board) {
    int p = podOf(board);
    return pods[p].duplicate(board - firstBoard[p]);
  }

  /** By how many milliseconds the present report of a board is delivered late; mostly 0. */
  public int lateMs(int board) {
    int p = podOf(board);
    Ordinary.Lag lag = scenario.ordinary().lag();
    return pods[p].lateMs(board - firstBoard[p])
        + (lag == null ? 0 : lag.at(sampleMs(board) - startMs, p, pods.length));
  }

  private int podOf(int board) {
    // Boards of one pod are mostly asked for in a row.
    int p = lastPod;
    if (board < firstBoard[p] || board >= firstBoard[p + 1]) {
      int found = Arrays.binarySearch(firstBoard, board);
      p = found >= 0 ? found : -found - 2;
      lastPod = p;
    }
    return p;
  }
}
