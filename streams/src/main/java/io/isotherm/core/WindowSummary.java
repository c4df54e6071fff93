package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.model.Report.ABSENT;

import io.isotherm.core.PodWindow.Cabinet;
import io.isotherm.core.PodWindow.Counters;
import io.isotherm.core.PodWindow.Histogram;
import io.isotherm.core.PodWindow.HotSpot;
import io.isotherm.core.PodWindow.Links;
import io.isotherm.core.PodWindow.StateCounts;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Arrays;
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

  private final Judgement judgement;
  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;
  private final byte[] boardStatus;
  private final HeatFindings heat;
  private final LinkFindings links;
  private final SlowFindings slowness;
  private final CongestionFindings congestion;

  WindowSummary(
      Judgement judgement,
      HeatFindings heat,
      LinkFindings links,
      SlowFindings slowness,
      CongestionFindings congestion) {
    this.judgement = judgement;
    this.heat = heat;
    this.links = links;
    this.slowness = slowness;
    this.congestion = congestion;
    layout = judgement.layout;
    settings = judgement.settings;
    state = judgement.state;
    ledger = judgement.ledger;
    boardStatus = judgement.boardStatus;
  }

  private ChipState stateOf(int chip, int cab) {
    int board = layout.boardOfChip(chip);
    if (boardStatus[board] == Judgement.AWAY && judgement.open().samples(chip) != 0) {
      return ChipState.HEALTHY;
    }
    if (boardStatus[board] != Judgement.HEARD) {
      return ChipState.UNKNOWN;
    }
    if (state.missing[chip] > 0) {
      return state.missing[chip] >= settings.openAfterWindows()
          ? ChipState.FAILED
          : ChipState.SUSPECT;
    }
    if (judgement.open().flagged(chip, OpenWindow.FATAL)) {
      return ChipState.FAILED;
    }
    if (state.uncorrectedHold[chip] > 0) {
      return ChipState.FAILED;
    }
    boolean slow = slowness.slow(chip);
    boolean cabinetHot = state.cabinetHot[cab] != 0;
    boolean hot = state.hot[chip] != 0;
    if (!hot && !slow && !cabinetHot && !links.suspect(chip)) {
      return ChipState.HEALTHY;
    }
    if ((slow && ledger.isOpen(CHIP_SLOW, chip))
        || (hot && ledger.isOpen(CHIP_HOT, chip))
        || (cabinetHot && ledger.isOpen(CABINET_HOT, cab))
        || (cabinetHot && ledger.isOpen(COOLING_LOOP_HOT, layout.coolingLoopOfCabinet(cab)))
        || (links.suspect(chip) && links.open(chip))) {
      return ChipState.DEGRADED;
    }
    return ChipState.SUSPECT;
  }

  /**
   * The window as it goes out.
   *
   * @param ports ports that are up, down, degraded and unknown
   * @param linkTotals bytes sent, bytes received and errors of all links since the beginning
   */
  PodWindow of(long watermarkMs, Counters counters, int[] ports, long[] linkTotals) {
    int chips = layout.chips();
    int perCabinet = layout.chipsPerCabinet();
    OpenWindow open = judgement.open();
    int boardsReporting = 0;
    for (short reports : open.reports) {
      boardsReporting += reports != 0 ? 1 : 0;
    }
    byte[] states = new byte[chips];
    byte[] temperatures = new byte[chips];
    int[] byState = new int[ChipState.COUNT];
    int[] temperatureCounts = new int[TEMPERATURE_BOUNDS.length + 1];
    int[] utilizationCounts = new int[UTILIZATION_BOUNDS.length + 1];
    long temperatureSum = 0;
    long utilizationSum = 0;
    long power = 0;
    int reporting = 0;
    int[] hottest = new int[Math.min(HOT_SPOTS, chips)];
    int spots = 0;
    List<Cabinet> cabinets = new ArrayList<>(layout.cabinets());
    for (int cab = 0; cab < layout.cabinets(); cab++) {
      int[] cabinetStates = new int[byState.length];
      long cabinetPower = 0;
      long cabinetSum = 0;
      int measured = 0;
      int max = ABSENT;
      for (int chip = cab * perCabinet; chip < (cab + 1) * perCabinet; chip++) {
        ChipState s = stateOf(chip, cab);
        states[chip] = (byte) s.code();
        cabinetStates[s.code()]++;
        if (open.samples(chip) != 0) {
          reporting++;
        }
        cabinetPower += Math.max(0, open.power(chip));
        int utilization = open.utilization(chip);
        if (utilization >= 0) {
          utilizationSum += utilization;
          utilizationCounts[UTILIZATION_BUCKET[utilization]]++;
        }
        int t = heat.temperature(chip);
        if (t == ABSENT) {
          temperatures[chip] = (byte) 255;
          continue;
        }
        measured++;
        cabinetSum += t;
        max = Math.max(max, t);
        temperatures[chip] = (byte) Math.max(0, Math.min(254, Math.floorDiv(t, 10)));
        temperatureCounts[TEMPERATURE_BUCKET[t - PeerStatistics.LOWEST]]++;
        spots = insertHottest(hottest, spots, chip);
      }
      temperatureSum += cabinetSum;
      power += cabinetPower;
      for (int s = 0; s < byState.length; s++) {
        byState[s] += cabinetStates[s];
      }
      int mean = measured == 0 ? ABSENT : (int) Math.floorDiv(cabinetSum, (long) measured);
      cabinets.add(new Cabinet(cab, counts(cabinetStates), max, mean, cabinetPower));
    }
    List<HotSpot> hotSpots = new ArrayList<>(spots);
    for (int i = 0; i < spots; i++) {
      int chip = hottest[i];
      int t = heat.temperature(chip);
      int above = heat.abovePeers(chip);
      hotSpots.add(
          new HotSpot(layout.chipPath(chip), t, layout.limits().maxOperating() - t, above));
    }
    return new PodWindow(
        layout.pod(),
        judgement.windowStartMs(),
        settings.windowMs(),
        chips,
        counts(byState),
        layout.boards(),
        boardsReporting,
        reporting,
        effectiveCompute(states),
        new Histogram(TEMPERATURE_BOUNDS, temperatureCounts, temperatureSum),
        new Histogram(UTILIZATION_BOUNDS, utilizationCounts, utilizationSum),
        power,
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
        hotSpots,
        congestion.hotSpots(),
        states,
        temperatures);
  }

  /**
   * What the chips can give of what all of them could, in thousandths.
   *
   * <p>A chip that failed or is unknown gives nothing, one whose clock is held down by heat or
   * power its clock against its team's median, a slow one what it does not lag behind its team, any
   * other one all. The members of a team of a synchronous job give as much as the slowest of them
   * that works. Chips that are idle count by what they could give.
   */
  private int effectiveCompute(byte[] states) {
    int teams = judgement.jobs().teams();
    int[] slowest = new int[teams];
    int[] members = new int[teams];
    Arrays.fill(slowest, 1_000);
    long sum = 0;
    OpenWindow open = judgement.open();
    for (int chip = 0; chip < states.length; chip++) {
      int b = layout.boardOfChip(chip);
      if (open.samples(chip) == 0 || states[chip] == ChipState.FAILED.code()) {
        continue;
      }
      int pace = slowness.pace(chip);
      if (judgement.jobs().synchronous(b)) {
        int team = judgement.jobs().teamOf(b);
        members[team]++;
        slowest[team] = Math.min(slowest[team], pace);
      } else {
        sum += pace;
      }
    }
    for (int t = 0; t < teams; t++) {
      sum += (long) members[t] * slowest[t];
    }
    return (int) (sum / states.length);
  }

  /** Keeps the hottest chips in order; of equally hot ones the first in the pod. */
  private int insertHottest(int[] hottest, int spots, int chip) {
    int at = spots;
    while (at > 0 && heat.temperature(hottest[at - 1]) < heat.temperature(chip)) {
      at--;
    }
    if (at == hottest.length) {
      return spots;
    }
    int kept = Math.min(spots, hottest.length - 1);
    System.arraycopy(hottest, at, hottest, at + 1, kept - at);
    hottest[at] = chip;
    return kept + 1;
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
