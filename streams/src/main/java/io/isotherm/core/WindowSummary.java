package io.isotherm.core;

import static io.isotherm.model.Report.ABSENT;

import io.isotherm.core.PodWindow.Cabinet;
import io.isotherm.core.PodWindow.Counters;
import io.isotherm.core.PodWindow.Histogram;
import io.isotherm.core.PodWindow.HotSpot;
import io.isotherm.core.PodWindow.Links;
import io.isotherm.core.PodWindow.StateCounts;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;

/** Sums up a judged window: the state of every chip, histograms, cabinets, hot spots. */
final class WindowSummary {
  /** Bounds of the temperature histogram, in degrees Celsius. */
  static final int[] TEMPERATURE_BOUNDS = {20, 30, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95};

  /** Bounds of the utilization histogram, in thousandths. */
  static final int[] UTILIZATION_BOUNDS = {0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000};

  /** Bucket of every utilization, in thousandths. */
  private static final byte[] UTILIZATION_BUCKET = buckets(UTILIZATION_BOUNDS, 0, 1_000, 1);

  /** Bucket of every temperature, in tenths of a degree from {@link PeerStatistics#LOWEST} on. */
  private static final byte[] TEMPERATURE_BUCKET =
      buckets(TEMPERATURE_BOUNDS, PeerStatistics.LOWEST, PeerStatistics.HIGHEST, 10);

  private static final int HOT_SPOTS = 10;

  /** Stands for the temperature of a chip that gave none. */
  private static final byte NO_TEMPERATURE = (byte) 255;

  private final Judgement judgement;
  private final PodLayout layout;
  private final IncidentLedger ledger;
  private final HeatFindings heat;
  private final CongestionFindings congestion;
  private final ChipStates chipStates;

  WindowSummary(
      Judgement judgement,
      HeatFindings heat,
      CongestionFindings congestion,
      ChipStates chipStates) {
    this.judgement = judgement;
    this.heat = heat;
    this.congestion = congestion;
    this.chipStates = chipStates;
    layout = judgement.layout;
    ledger = judgement.ledger;
  }

  /** What is added up over the chips of one window, cabinet by cabinet. */
  private final class Sums {
    final byte[] states = new byte[layout.chips()];
    final byte[] temperatures = new byte[layout.chips()];
    final int[] byState = new int[ChipState.COUNT];
    final int[] temperatureCounts = new int[TEMPERATURE_BOUNDS.length + 1];
    final int[] utilizationCounts = new int[UTILIZATION_BOUNDS.length + 1];
    final int[] hottest = new int[Math.min(HOT_SPOTS, layout.chips())];
    int spots;
    int reporting;
    int measured;
    long temperature;
    long utilization;
    long power;

    /** Adds the chips of the next cabinet. */
    Cabinet add(int cab) {
      int from = cab * layout.chipsPerCabinet();
      int to = from + layout.chipsPerCabinet();
      int[] cabinetStates = chipStates.ofCabinet(cab, states);
      for (int s = 0; s < byState.length; s++) {
        byState[s] += cabinetStates[s];
      }
      long powerBefore = power;
      addReadings(from, to);
      long temperatureBefore = temperature;
      int measuredBefore = measured;
      int max = addTemperatures(from, to);
      int n = measured - measuredBefore;
      int mean = n == 0 ? ABSENT : (int) Math.floorDiv(temperature - temperatureBefore, (long) n);
      return new Cabinet(cab, counts(cabinetStates), max, mean, power - powerBefore);
    }

    private void addReadings(int from, int to) {
      OpenWindow open = judgement.open();
      for (int chip = from; chip < to; chip++) {
        reporting += open.samples(chip) != 0 ? 1 : 0;
        power += Math.max(0, open.power(chip));
        int u = open.utilization(chip);
        if (u >= 0) {
          utilization += u;
          utilizationCounts[UTILIZATION_BUCKET[u]]++;
        }
      }
    }

    /** Adds the chips' temperatures and returns the highest, or absent if there is none. */
    private int addTemperatures(int from, int to) {
      int max = ABSENT;
      for (int chip = from; chip < to; chip++) {
        int t = heat.temperature(chip);
        if (t == ABSENT) {
          temperatures[chip] = NO_TEMPERATURE;
          continue;
        }
        measured++;
        temperature += t;
        max = Math.max(max, t);
        temperatures[chip] = (byte) Math.max(0, Math.min(254, Math.floorDiv(t, 10)));
        temperatureCounts[TEMPERATURE_BUCKET[t - PeerStatistics.LOWEST]]++;
        addHottest(chip);
      }
      return max;
    }

    /** Keeps the hottest chips in order; of equally hot ones the first in the pod. */
    private void addHottest(int chip) {
      int at = spots;
      while (at > 0 && heat.temperature(hottest[at - 1]) < heat.temperature(chip)) {
        at--;
      }
      if (at == hottest.length) {
        return;
      }
      int kept = Math.min(spots, hottest.length - 1);
      System.arraycopy(hottest, at, hottest, at + 1, kept - at);
      hottest[at] = chip;
      spots = kept + 1;
    }

    List<HotSpot> hotSpots() {
      List<HotSpot> all = new ArrayList<>(spots);
      for (int i = 0; i < spots; i++) {
        int chip = hottest[i];
        int t = heat.temperature(chip);
        int margin = layout.limits().maxOperating() - t;
        all.add(new HotSpot(layout.chipPath(chip), t, margin, heat.abovePeers(chip)));
      }
      return all;
    }
  }

  /**
   * The window as it goes out.
   *
   * @param ports ports that are up, down, degraded and unknown
   * @param linkTotals bytes sent, bytes received and errors of all links since the beginning
   * @param jobShares what the jobs over several pods do in this one
   */
  PodWindow of(
      long watermarkMs,
      Counters counters,
      int[] ports,
      long[] linkTotals,
      List<PodWindow.JobShare> jobShares) {
    int boardsReporting = 0;
    for (short reports : judgement.open().reports) {
      boardsReporting += reports != 0 ? 1 : 0;
    }
    Sums sums = new Sums();
    List<Cabinet> cabinets = new ArrayList<>(layout.cabinets());
    for (int cab = 0; cab < layout.cabinets(); cab++) {
      cabinets.add(sums.add(cab));
    }
    return new PodWindow(
        layout.pod(),
        judgement.windowStartMs(),
        judgement.settings.windowMs(),
        layout.chips(),
        counts(sums.byState),
        layout.boards(),
        boardsReporting,
        sums.reporting,
        chipsInMaintenance(),
        chipStates.effectiveCompute(sums.states),
        new Histogram(TEMPERATURE_BOUNDS, sums.temperatureCounts, sums.temperature),
        new Histogram(UTILIZATION_BOUNDS, sums.utilizationCounts, sums.utilization),
        sums.power,
        new Links(
            layout.ports(),
            ports[0],
            ports[1],
            ports[2],
            ports[3],
            linkTotals[0],
            linkTotals[1],
            linkTotals[2]),
        counters,
        watermarkMs,
        ledger.open(),
        ledger.openKinds(),
        cabinets,
        sums.hotSpots(),
        congestion.hotSpots(),
        jobShares,
        sums.states,
        sums.temperatures);
  }

  /** Chips that say nothing, as is to be expected of boards under announced maintenance. */
  private int chipsInMaintenance() {
    int chips = 0;
    int perBoard = layout.chipsPerBoard();
    for (int board = 0; board < layout.boards(); board++) {
      if (judgement.boardStatus[board] != Judgement.AWAY) {
        continue;
      }
      for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
        chips += judgement.open().samples(chip) == 0 ? 1 : 0;
      }
    }
    return chips;
  }

  private static StateCounts counts(int[] byState) {
    return new StateCounts(byState[0], byState[1], byState[2], byState[3], byState[4]);
  }

  /**
   * Bucket of every value from {@code least} to {@code most}, for bounds in so many of its units.
   */
  private static byte[] buckets(int[] bounds, int least, int most, int units) {
    byte[] buckets = new byte[most - least + 1];
    for (int i = 0; i < buckets.length; i++) {
      int bucket = 0;
      while (bucket < bounds.length && least + i > bounds[bucket] * units) {
        bucket++;
      }
      buckets[i] = (byte) bucket;
    }
    return buckets;
  }
}
