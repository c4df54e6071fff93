package io.isotherm.core;

/**
 * Windows and thresholds of the monitors. Immutable; {@link #DEFAULT} is what everything uses
 * unless told otherwise.
 *
 * @param windowMs length of a window, 1,000 to 600,000 ms of event time
 * @param graceMs how long a window waits for live boards that are behind the others, 0 to {@code
 *     windowMs} of event time
 * @param tickPatienceMs how long a window waits, beyond its own length, while nothing but ticks
 *     says that time goes on, in milliseconds between ticks, 0 to twice {@code windowMs}
 * @param hotAbovePeers how far a chip must be above the median of its peers to be hot, in tenths of
 *     a degree Celsius; held together with {@code hotMads} and {@code hotFloor}
 * @param hotMads how many median absolute deviations a chip must be above the median of its peers;
 *     5 as in EROICA
 * @param hotFloor temperature below which no chip is hot by its peers, in tenths of a degree
 *     Celsius
 * @param hotRelease how far a hot chip must fall below its threshold to be no longer hot, in tenths
 *     of a degree Celsius
 * @param cabinetHotAbovePeers how far the median chip of a cabinet must be above the medians of its
 *     peers for the cabinet to be hot, in tenths of a degree Celsius
 * @param cabinetHotRelease the same to be no longer hot, in tenths of a degree Celsius
 * @param linkErrorsPerSecond checksum errors and retries a second from which a link is degraded;
 *     NVSentinel calls more than 10 a second degraded
 * @param openAfterWindows consecutive windows with a finding before its incident opens
 * @param cabinetHotOpenAfterWindows the same for a hot cabinet, whose drift is slow
 * @param closeAfterWindows consecutive windows without the finding before its incident resolves
 * @param linkCloseAfterWindows the same for links; Huawei MindCluster calls a link recovered after
 *     60 s up
 * @param chipSlowBelowPeers how far a chip must stay below the median of its team (same job, role
 *     and stage) in tensor activity, and half as far in power, to be slow, in thousandths;
 *     Greyhound calls 10 % a change
 * @param chipSlowMads how many median absolute deviations it must be below; 5 as in EROICA
 * @param correctedPerMinute corrected memory errors a minute from which a chip is named, at most
 *     what a sum over {@link #correctedWindows} can hold: 49,150 with windows of 10 s, 819 with
 *     those of 10 min
 * @param powerSagClock median clock of the chips of a power feed from which down it sags, in
 *     thousandths of the other feeds' median
 * @param flapWithinMinutes time within which a link must go down three times to flap, in minutes;
 *     GPUd: three times in 12 h
 * @param flapHoldMinutes how long after its last fall a link still flaps, in minutes; GPUd holds a
 *     link unhealthy 10 min after it recovered
 * @param linkUnreadMinutes how long what was read of a board's links holds while the board reports
 *     and its links are not read again, in minutes; bridges read them once a minute, agents more
 *     often
 * @param linkDownOpenAfterWindows consecutive windows before a link that is down opens an incident,
 *     at least {@code openAfterWindows}; 5 keep the falls of a link that flaps, 25 s and more, from
 *     being incidents of their own, and name links that stay down 30 s later
 * @param slowOpenAfterWindows the same for slow chips and jobs, congestion, and memory that
 *     corrects errors
 * @param jobHangOpenAfterWindows the same for a job that stands still; checkpoints are shorter
 * @param congestionWait share of the time in which data waits to leave a port from which the port
 *     is congested, in thousandths
 * @param linkNarrowPermille share of its nominal speed below which a link is narrow, in
 *     thousandths; the loss of one lane in eight, the least there is, leaves 875
 * @param jobSlowBelowOwn how far a training job must fall below what it did before to be slow, in
 *     thousandths; Greyhound calls 10 % a change
 */
public record DetectorSettings(
    int windowMs,
    int graceMs,
    int tickPatienceMs,
    int hotAbovePeers,
    int hotMads,
    int hotFloor,
    int hotRelease,
    int cabinetHotAbovePeers,
    int cabinetHotRelease,
    int linkErrorsPerSecond,
    int openAfterWindows,
    int cabinetHotOpenAfterWindows,
    int closeAfterWindows,
    int linkCloseAfterWindows,
    int chipSlowBelowPeers,
    int chipSlowMads,
    int correctedPerMinute,
    int powerSagClock,
    int flapWithinMinutes,
    int flapHoldMinutes,
    int linkUnreadMinutes,
    int linkDownOpenAfterWindows,
    int slowOpenAfterWindows,
    int jobHangOpenAfterWindows,
    int congestionWait,
    int linkNarrowPermille,
    int jobSlowBelowOwn) {

  /** The settings that everything uses unless told otherwise. */
  public static final DetectorSettings DEFAULT =
      new DetectorSettings(
          /* windowMs= */ 10_000,
          /* graceMs= */ 5_000,
          /* tickPatienceMs= */ 20_000,
          /* hotAbovePeers= */ 150,
          /* hotMads= */ 5,
          /* hotFloor= */ 700,
          /* hotRelease= */ 30,
          /* cabinetHotAbovePeers= */ 60,
          /* cabinetHotRelease= */ 40,
          /* linkErrorsPerSecond= */ 10,
          /* openAfterWindows= */ 2,
          /* cabinetHotOpenAfterWindows= */ 3,
          /* closeAfterWindows= */ 2,
          /* linkCloseAfterWindows= */ 6,
          /* chipSlowBelowPeers= */ 70,
          /* chipSlowMads= */ 5,
          /* correctedPerMinute= */ 12,
          /* powerSagClock= */ 850,
          /* flapWithinMinutes= */ 60,
          /* flapHoldMinutes= */ 10,
          /* linkUnreadMinutes= */ 10,
          /* linkDownOpenAfterWindows= */ 1,
          /* slowOpenAfterWindows= */ 4,
          /* jobHangOpenAfterWindows= */ 8,
          /* congestionWait= */ 200,
          /* linkNarrowPermille= */ 900,
          /* jobSlowBelowOwn= */ 100);

  /**
   * @throws IllegalArgumentException if a value is out of range; the message names it
   */
  public DetectorSettings {
    within("window", windowMs, 1_000, 600_000);
    within("grace", graceMs, 0, windowMs);
    within("tick patience", tickPatienceMs, 0, 2 * windowMs);
    within("hot above peers", hotAbovePeers, 10, 1_000);
    within("hot MADs", hotMads, 1, 100);
    within("hot floor", hotFloor, 0, 2_000);
    within("hot release", hotRelease, 0, hotAbovePeers);
    within("cabinet hot above peers", cabinetHotAbovePeers, 10, 1_000);
    within("cabinet hot release", cabinetHotRelease, 1, cabinetHotAbovePeers);
    within("link errors per second", linkErrorsPerSecond, 1, 1_000_000);
    within("open after windows", openAfterWindows, 1, 100);
    within("cabinet hot open after windows", cabinetHotOpenAfterWindows, 1, 100);
    within("close after windows", closeAfterWindows, 1, 100);
    within("link close after windows", linkCloseAfterWindows, 1, 1_000);
    within("chip slow below peers", chipSlowBelowPeers, 10, 900);
    within("chip slow mads", chipSlowMads, 1, 100);
    within("corrected per minute", correctedPerMinute, 1, 1_000_000);
    if (correctedPerMinute > mostCorrected(windowMs)) {
      throw new IllegalArgumentException(
          "corrected per minute is %d, must be at most %d with windows of %d ms"
              .formatted(correctedPerMinute, mostCorrected(windowMs), windowMs));
    }
    within("power sag clock", powerSagClock, 100, 999);
    within("flap within minutes", flapWithinMinutes, 1, 1_440);
    within("flap hold minutes", flapHoldMinutes, 1, 1_440);
    within("link unread minutes", linkUnreadMinutes, 1, 1_440);
    within("link down open after windows", linkDownOpenAfterWindows, 1, 100);
    within("slow open after windows", slowOpenAfterWindows, 1, 100);
    within("job hang open after windows", jobHangOpenAfterWindows, 1, 360);
    within("congestion wait", congestionWait, 10, 1_000);
    within("link narrow permille", linkNarrowPermille, 1, 1_000);
    within("job slow below own", jobSlowBelowOwn, 10, 900);
  }

  /**
   * The patience with ticks that goes with another window, in milliseconds: twice the window,
   * unless these settings have one of their own.
   */
  public int tickPatienceMsOf(int newWindowMs) {
    return tickPatienceMs == 2 * windowMs ? 2 * newWindowMs : tickPatienceMs;
  }

  /**
   * These settings with another window and grace, both in milliseconds of event time, and the
   * patience with ticks that goes with it.
   *
   * @throws IllegalArgumentException if one of them is out of range; the message names it
   */
  public DetectorSettings withWindow(int newWindowMs, int newGraceMs) {
    return new DetectorSettings(
        newWindowMs,
        newGraceMs,
        tickPatienceMsOf(newWindowMs),
        hotAbovePeers,
        hotMads,
        hotFloor,
        hotRelease,
        cabinetHotAbovePeers,
        cabinetHotRelease,
        linkErrorsPerSecond,
        openAfterWindows,
        cabinetHotOpenAfterWindows,
        closeAfterWindows,
        linkCloseAfterWindows,
        chipSlowBelowPeers,
        chipSlowMads,
        correctedPerMinute,
        powerSagClock,
        flapWithinMinutes,
        flapHoldMinutes,
        linkUnreadMinutes,
        linkDownOpenAfterWindows,
        slowOpenAfterWindows,
        jobHangOpenAfterWindows,
        congestionWait,
        linkNarrowPermille,
        jobSlowBelowOwn);
  }

  /** These settings with another patience with links that are down, in windows. */
  public DetectorSettings withLinkDownOpenAfterWindows(int windows) {
    return new DetectorSettings(
        windowMs,
        graceMs,
        tickPatienceMs,
        hotAbovePeers,
        hotMads,
        hotFloor,
        hotRelease,
        cabinetHotAbovePeers,
        cabinetHotRelease,
        linkErrorsPerSecond,
        openAfterWindows,
        cabinetHotOpenAfterWindows,
        closeAfterWindows,
        linkCloseAfterWindows,
        chipSlowBelowPeers,
        chipSlowMads,
        correctedPerMinute,
        powerSagClock,
        flapWithinMinutes,
        flapHoldMinutes,
        linkUnreadMinutes,
        windows,
        slowOpenAfterWindows,
        jobHangOpenAfterWindows,
        congestionWait,
        linkNarrowPermille,
        jobSlowBelowOwn);
  }

  /** Consecutive windows with a finding before an incident of this kind opens. */
  int openAfter(IncidentKind kind) {
    return switch (kind) {
      case CABINET_HOT, COOLING_LOOP_HOT -> cabinetHotOpenAfterWindows;
      case LINK_DOWN -> Math.max(openAfterWindows, linkDownOpenAfterWindows);
      case CHIP_SLOW, HBM_CORRECTABLE, CONGESTION, JOB_SLOW -> slowOpenAfterWindows;
      case JOB_HANG -> jobHangOpenAfterWindows;
      case HBM_UNCORRECTABLE, LINK_FLAP, HOST_RESTART, SITE_FAULT -> 1;
      case POD_SILENT,
          CABINET_SILENT,
          BOARD_SILENT,
          BOARD_CLOCK,
          CHIP_SILENT,
          CHIP_FATAL,
          CHIP_HOT,
          LINK_DEGRADED,
          LINK_NARROW,
          CHIP_LINKS,
          SWITCH_FAULT,
          PLANE_FAULT,
          POWER_SAG,
          JOB_CRASHED ->
          openAfterWindows;
    };
  }

  /** Consecutive windows without a finding before an incident of this kind resolves. */
  int closeAfter(IncidentKind kind) {
    return switch (kind) {
      case LINK_DOWN,
          LINK_DEGRADED,
          LINK_FLAP,
          LINK_NARROW,
          CHIP_LINKS,
          SWITCH_FAULT,
          PLANE_FAULT,
          CHIP_SLOW,
          CONGESTION,
          HBM_CORRECTABLE ->
          linkCloseAfterWindows;
      case POD_SILENT,
          CABINET_SILENT,
          BOARD_SILENT,
          BOARD_CLOCK,
          CHIP_SILENT,
          CHIP_FATAL,
          CHIP_HOT,
          CABINET_HOT,
          COOLING_LOOP_HOT,
          HBM_UNCORRECTABLE,
          POWER_SAG,
          JOB_HANG,
          JOB_CRASHED,
          JOB_SLOW,
          HOST_RESTART,
          SITE_FAULT ->
          closeAfterWindows;
    };
  }

  /**
   * Windows over which corrected memory errors are summed: four, or as many as there are in 40 s.
   */
  int correctedWindows() {
    return correctedWindows(windowMs);
  }

  private static int correctedWindows(int windowMs) {
    return Math.max(4, (40_000 + windowMs - 1) / windowMs);
  }

  /**
   * Most corrected errors a minute that can be a threshold: what as many windows have of them is
   * held against a sum of which 32,767 are kept.
   */
  private static long mostCorrected(int windowMs) {
    return Short.MAX_VALUE * 60_000L / ((long) correctedWindows(windowMs) * windowMs);
  }

  private static void within(String name, int value, int least, int most) {
    if (value < least || value > most) {
      throw new IllegalArgumentException(
          "%s is %d, must be %d to %d".formatted(name, value, least, most));
    }
  }
}
