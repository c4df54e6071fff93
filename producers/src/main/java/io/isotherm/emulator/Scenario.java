package io.isotherm.emulator;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What happens to a cluster: its jobs, its noise and its faults. Times count from the start of the
 * run.
 *
 * @param name name of the scenario
 * @param description what it shows, in a sentence
 * @param cluster what the cluster is made of, as far as the scenario says so
 * @param seed seed, unless the command line gives another
 * @param intervalMs interval at which every agent reports, in milliseconds, 100 to 60000
 * @param linksEvery every so many reports carry the links, from 1
 * @param podEveryMs time between the starts of two pods, in milliseconds; 0 if all start at once
 * @param jobs jobs in the order in which they lie on the boards
 * @param noise noise of agents and network
 * @param ordinary what happens and is no fault
 * @param faults faults at given times
 * @param randomFaults faults at random, or null
 * @param trace faults of a foreign trace, or null
 */
public record Scenario(
    String name,
    String description,
    Cluster cluster,
    long seed,
    int intervalMs,
    int linksEvery,
    long podEveryMs,
    List<JobSpec> jobs,
    Noise noise,
    Ordinary ordinary,
    List<FaultSpec> faults,
    @Nullable RandomFaults randomFaults,
    @Nullable Trace trace) {

  /** Longest time between the starts of two pods, in milliseconds. */
  public static final long MOST_POD_EVERY_MS = 3_600_000;

  /** The subject of a fault that the seed is to choose. */
  public static final String RANDOM = "random";

  /**
   * What the cluster is made of; null where the scenario leaves it open.
   *
   * @param preset name of a preset
   * @param topology topology file
   * @param chip name of a chip
   * @param pods number of pods
   * @param cabinets compute cabinets in each pod
   */
  public record Cluster(
      @Nullable String preset,
      @Nullable Path topology,
      @Nullable String chip,
      @Nullable Integer pods,
      @Nullable Integer cabinets) {
    /** Leaves everything open. */
    public static final Cluster OPEN = new Cluster(null, null, null, null, null);
  }

  /**
   * A fault at a given time.
   *
   * @param kind what breaks
   * @param atMs start after the start of the run, in milliseconds
   * @param endMs end after the start of the run; {@link Long#MAX_VALUE} if it never ends
   * @param subject path of the part, or {@link #RANDOM}
   * @param magnitude how bad, in the kind's unit
   * @param oneWay whether a link is bad in one direction only, towards the end that the subject
   *     names by its lower number
   * @param place file, line and column, for messages
   */
  public record FaultSpec(
      FaultKind kind,
      long atMs,
      long endMs,
      String subject,
      double magnitude,
      boolean oneWay,
      String place) {}

  /**
   * Faults at random.
   *
   * @param perChipHour interruptions per chip and hour in reality
   * @param acceleration how many times more often they happen here
   * @param mix weight of each kind
   * @param medianRepairMs median length of a fault in milliseconds
   */
  public record RandomFaults(
      double perChipHour, double acceleration, Map<FaultKind, Double> mix, long medianRepairMs) {
    /** Copies the mix, in the order of the kinds. */
    public RandomFaults {
      mix = new EnumMap<>(mix);
    }
  }

  /**
   * Faults of a foreign trace.
   *
   * @param file the file
   * @param fromMs time after the start of the run at which the trace begins
   * @param acceleration how many times faster than in reality the trace runs
   * @param place file, line and column, for messages
   */
  public record Trace(Path file, long fromMs, double acceleration, String place) {}

  /** Copies the lists. */
  public Scenario {
    jobs = List.copyOf(jobs);
    faults = List.copyOf(faults);
  }

  /**
   * How long after the start of the run the agents of a pod start, in milliseconds: with the
   * beginning of an interval.
   *
   * @param pod its place among the pods, from 0
   */
  public long podStartsAfterMs(int pod) {
    long intervals = (pod * podEveryMs + intervalMs - 1) / intervalMs;
    return intervals * intervalMs;
  }

  /** The same scenario with another seed. */
  public Scenario withSeed(long other) {
    return with(other, intervalMs, linksEvery, podEveryMs);
  }

  /** The same scenario at another beat. */
  public Scenario withBeat(int otherIntervalMs, int otherLinksEvery) {
    return with(seed, otherIntervalMs, otherLinksEvery, podEveryMs);
  }

  /** The same scenario with another time between the starts of two pods. */
  public Scenario withPodEvery(long otherMs) {
    return with(seed, intervalMs, linksEvery, otherMs);
  }

  private Scenario with(long newSeed, int newIntervalMs, int newLinksEvery, long newPodEveryMs) {
    return new Scenario(
        name,
        description,
        cluster,
        newSeed,
        newIntervalMs,
        newLinksEvery,
        newPodEveryMs,
        jobs,
        noise,
        ordinary,
        faults,
        randomFaults,
        trace);
  }

  /** A scenario in which nothing happens: perfect agents and one training job on everything. */
  public static Scenario quiet(long seed) {
    return new Scenario(
        "quiet",
        "nothing happens",
        Cluster.OPEN,
        seed,
        1000,
        10,
        0,
        List.of(JobSpec.training("train-0", 1.0, 4)),
        Noise.NONE,
        Ordinary.NONE,
        List.of(),
        null,
        null);
  }
}
