package io.isotherm.core;

import java.util.List;

/**
 * A pod in one closed window. The meaning and unit of every component are those of the field of the
 * schema {@code PodHealth} with the same name; temperatures are in tenths of a degree Celsius,
 * power in tenths of a watt.
 */
@SuppressWarnings("ArrayRecordComponent")
public record PodWindow(
    String pod,
    long windowStartMs,
    int windowMs,
    int chips,
    StateCounts states,
    int boards,
    int boardsReporting,
    int chipsReporting,
    int chipsInMaintenance,
    int effectiveComputePermille,
    Histogram temperature,
    Histogram utilization,
    long power,
    Links links,
    Counters counters,
    long watermarkMs,
    int openIncidents,
    List<OpenKind> openKinds,
    List<Cabinet> cabinets,
    List<HotSpot> hotSpots,
    List<FabricHotSpot> fabricHotSpots,
    List<JobShare> jobShares,
    byte[] chipStates,
    byte[] chipTemperatures) {

  /** Number of chips in each state. */
  public record StateCounts(int healthy, int suspect, int degraded, int failed, int unknown) {
    /** Chips in any state. */
    public int total() {
      return healthy + suspect + degraded + failed + unknown;
    }
  }

  /**
   * A distribution.
   *
   * @param bounds inclusive upper bounds, ascending; one more bucket follows without a bound
   * @param counts values in each bucket, not cumulative
   * @param sum sum of the values
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Histogram(int[] bounds, int[] counts, long sum) {}

  /** Ports of the pod by state, and their cumulative counters. */
  public record Links(
      int ports,
      int up,
      int down,
      int degraded,
      int unknown,
      long txBytesTotal,
      long rxBytesTotal,
      long errorsTotal) {}

  /** Cumulative counts of what the monitor read since its state began. */
  public record Counters(
      long reports, long late, long duplicates, long rejected, long missed, long windows) {}

  /**
   * A cabinet in the window.
   *
   * @param maxTemperature highest mean temperature of a chip, or {@link
   *     io.isotherm.model.Report#ABSENT}
   * @param meanTemperature mean over the chips, or {@link io.isotherm.model.Report#ABSENT}
   */
  public record Cabinet(
      int cabinet, StateCounts states, int maxTemperature, int meanTemperature, long power) {}

  /** Incidents of one kind that are open, and the chips that they affect. */
  public record OpenKind(IncidentKind kind, int incidents, int chips) {}

  /** One of the hottest chips of the pod. */
  public record HotSpot(String subject, int temperature, int margin, int abovePeers) {}

  /**
   * One of the switches at whose ports data waits most.
   *
   * @param waitPermille mean share of the time in which data waited at those ports, in thousandths
   * @param ports ports at which it waited for more than the limit
   */
  public record FabricHotSpot(String subject, int waitPermille, int ports) {}

  /**
   * What a job over several pods does in this one.
   *
   * @param job name of the job
   * @param fromMs beginning of its placement, in milliseconds since 1970-01-01 UTC
   * @param chips chips that said how busy they are
   * @param busy those of them that work
   * @param idle those that do nothing
   * @param still those that do no tensor work although it is due
   * @param memory memory in use on all of them, in mebibytes
   * @param tensorOfBusy sum of the tensor activities of those that work, in thousandths
   * @param worstLag how far the last of them is behind its peers, in thousandths
   * @param stepped whether a board finished a step
   * @param countsSteps whether a board counts steps
   * @param slowedBy path of a part that explains that it is slower; empty if there is none
   * @param stoppedBy path of a part that explains that it stands still; empty if there is none
   */
  public record JobShare(
      String job,
      long fromMs,
      int chips,
      int busy,
      int idle,
      int still,
      long memory,
      long tensorOfBusy,
      int worstLag,
      boolean stepped,
      boolean countsSteps,
      String slowedBy,
      String stoppedBy) {}
}
