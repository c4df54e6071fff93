package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_CLOCK;
import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.LINK_DEGRADED;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.POD_SILENT;
import static io.isotherm.model.Report.ABSENT;

import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.core.PodWindow.Cabinet;
import io.isotherm.core.PodWindow.Counters;
import io.isotherm.core.PodWindow.Histogram;
import io.isotherm.core.PodWindow.HotSpot;
import io.isotherm.core.PodWindow.Links;
import io.isotherm.core.PodWindow.StateCounts;
import io.isotherm.model.ChipLimits;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Judges a window that is over: what each part did, which findings that gives, which of them
 * explain others, and how the pod is.
 *
 * <p>Findings fold upwards: silent boards of one cabinet are one silent cabinet, silent cabinets
 * one silent pod, hot chips of a hot cabinet its cooling, and a link that is down because a chip at
 * its end is gone belongs to that chip. What is explained is attached as a child and opens nothing.
 */
final class WindowJudge {
  /** Bounds of the temperature histogram, in degrees Celsius. */
  static final int[] TEMPERATURE_BOUNDS = {20, 30, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95};

  /** Bounds of the utilization histogram, in thousandths. */
  static final int[] UTILIZATION_BOUNDS = {0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000};

  private static final int HOT_SPOTS = 10;

  /** Utilization from which a chip counts as under load, in thousandths. */
  private static final int BUSY = 500;

  private static final byte HEARD = 0;
  private static final byte SILENT = 1;
  private static final byte ASTRAY = 2;

  /** Chips that must report before a cabinet can be hot. */
  private static final int FEWEST_CHIPS_OF_CABINET = 4;

  /** Stands for an incident that is open without a finding in this window. */
  private static final Candidate STILL_OPEN = new Candidate(POD_SILENT, -1, "");

  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;

  private final byte[] boardStatus;
  private final int[] temperature;
  private final int[] group;
  private final boolean[] linkSuspect;
  private final int[] deviations;
  private final PeerStatistics peers = new PeerStatistics();
  private final TreeMap<Long, Candidate> candidates = new TreeMap<>();

  private long windowStartMs;

  WindowJudge(PodLayout layout, DetectorSettings settings, PodState state, IncidentLedger ledger) {
    this.layout = layout;
    this.settings = settings;
    this.state = state;
    this.ledger = ledger;
    boardStatus = new byte[layout.boards()];
    temperature = new int[layout.chips()];
    group = new int[layout.chips()];
    linkSuspect = new boolean[layout.chips()];
    deviations = new int[layout.chipsPerCabinet()];
  }

  /** Judges a window and tells what follows from it: incident events first, then the window. */
  void judge(
      long window,
      long watermarkMs,
      JobMap jobs,
      Counters counters,
      long[] linkTotals,
      PodMonitor.Output output) {
    windowStartMs = window * settings.windowMs();
    candidates.clear();
    OpenWindow open = state.window(window);
    readBoards(open);
    silence(jobs);
    readChips(open, jobs);
    heat(jobs);
    fatal(open, jobs);
    int[] links = links();
    Consumer<IncidentEvent> incidents = output::incident;
    ledger.update(windowStartMs, candidates, incidents);
    output.window(window(open, watermarkMs, counters, links, linkTotals));
  }

  private void readBoards(OpenWindow open) {
    for (int b = 0; b < boardStatus.length; b++) {
      boardStatus[b] = open.reports[b] != 0 ? HEARD : state.astray[b] != 0 ? ASTRAY : SILENT;
    }
  }

  private Candidate candidate(IncidentKind kind, int subject, String path) {
    Candidate c = new Candidate(kind, subject, path);
    candidates.put(c.key(), c);
    return c;
  }

  private Evidence evidence(
      String finding, String subject, long value, long expected, String unit) {
    return new Evidence(finding, subject, windowStartMs, value, expected, unit);
  }

  // Silence.

  private void silence(JobMap jobs) {
    int boards = layout.boards();
    int perCabinet = layout.boardsPerCabinet();
    int silentInPod = 0;
    for (byte status : boardStatus) {
      silentInPod += status == SILENT ? 1 : 0;
    }
    Candidate pod = null;
    if (layout.cabinets() > 1 && folds(silentInPod, boards, 9, 10, POD_SILENT, 0)) {
      pod = candidate(POD_SILENT, 0, layout.pod());
      pod.critical = true;
      pod.chipsAffected = silentInPod * layout.chipsPerBoard();
      pod.evidence(evidence("pod_silent", layout.pod(), silentInPod, boards, "boards"));
    }
    for (int cab = 0; cab < layout.cabinets(); cab++) {
      int first = cab * perCabinet;
      int silent = 0;
      for (int b = first; b < first + perCabinet; b++) {
        silent += boardStatus[b] == SILENT ? 1 : 0;
      }
      if (silent == 0) {
        continue;
      }
      Candidate cabinet = null;
      if (perCabinet > 1 && folds(silent, perCabinet, 3, 4, CABINET_SILENT, cab)) {
        String path = layout.cabinetPath(cab);
        cabinet = candidate(CABINET_SILENT, cab, path);
        cabinet.critical = true;
        cabinet.chipsAffected = silent * layout.chipsPerBoard();
        cabinet.evidence(evidence("cabinet_silent", path, silent, perCabinet, "boards"));
        cover(cabinet, pod);
      }
      for (int b = first; b < first + perCabinet; b++) {
        if (boardStatus[b] == SILENT) {
          Candidate board = candidate(BOARD_SILENT, b, layout.boardPath(b));
          board.critical = jobs.synchronous(b);
          board.chipsAffected = layout.chipsPerBoard();
          board.evidence(evidence("board_silent", board.path, 0, 1, "reports"));
          cover(board, cabinet != null ? cabinet : pod);
        }
      }
    }
    for (int b = 0; b < boards; b++) {
      if (boardStatus[b] == ASTRAY) {
        Candidate board = candidate(BOARD_CLOCK, b, layout.boardPath(b));
        board.chipsAffected = layout.chipsPerBoard();
        board.evidence(evidence("board_clock", board.path, 0, 1, "usable"));
      }
    }
  }

  /**
   * Whether so many parts of a whole are silent that the whole is: {@code numerator / denominator}
   * of them to begin with, half of them to go on.
   */
  private boolean folds(
      int silent, int parts, int numerator, int denominator, IncidentKind kind, int subject) {
    return silent * denominator >= parts * numerator
        || (silent * 2 >= parts && ledger.isOpen(kind, subject));
  }

  /** Attaches a candidate to what explains it. */
  private static void cover(Candidate child, @Nullable Candidate parent) {
    if (parent != null) {
      child.covered = true;
      if (parent != STILL_OPEN) {
        parent.child(parent.keepsChild() ? child.path : "");
      }
    }
  }

  // Chips: what is missing, and how warm the others are.

  private void readChips(OpenWindow open, JobMap jobs) {
    int perBoard = layout.chipsPerBoard();
    int slotClasses = layout.slotClasses();
    peers.reset((jobs.jobs() + 1) * slotClasses * 2);
    for (int b = 0; b < boardStatus.length; b++) {
      int chip0 = b * perBoard;
      int gone = 0;
      for (int chip = chip0; chip < chip0 + perBoard; chip++) {
        temperature[chip] = ABSENT;
        if (boardStatus[b] != HEARD) {
          state.missing[chip] = 0;
        } else if (open.samples[chip] == 0) {
          gone++;
          state.missing[chip] = (byte) Math.min(100, state.missing[chip] + 1);
        } else {
          state.missing[chip] = 0;
          int n = open.temperatureSamples[chip] & 0xff;
          if (n > 0) {
            int utilizations = open.utilizationSamples[chip] & 0xff;
            boolean busy = utilizations > 0 && open.utilizationSum[chip] >= BUSY * utilizations;
            int g =
                ((jobs.jobOf(b) + 1) * slotClasses + layout.slotClass(chip)) * 2 + (busy ? 1 : 0);
            group[chip] = g;
            temperature[chip] = Math.floorDiv(open.temperatureSum[chip], n);
            peers.add(g, temperature[chip]);
          }
        }
      }
      if (gone > 0) {
        missingChips(b, gone, jobs);
      }
    }
    peers.close();
  }

  private void missingChips(int b, int gone, JobMap jobs) {
    int perBoard = layout.chipsPerBoard();
    Candidate board = null;
    if (perBoard > 1 && folds(gone, perBoard, 3, 4, BOARD_SILENT, b)) {
      board = candidate(BOARD_SILENT, b, layout.boardPath(b));
      board.critical = jobs.synchronous(b);
      board.chipsAffected = gone;
      board.evidence(evidence("chips_silent", board.path, gone, perBoard, "chips"));
    }
    for (int chip = b * perBoard; chip < (b + 1) * perBoard; chip++) {
      if (state.missing[chip] > 0) {
        Candidate c = candidate(CHIP_SILENT, chip, layout.chipPath(chip));
        c.critical = jobs.synchronous(b);
        c.chipsAffected = 1;
        c.evidence(evidence("chip_silent", c.path, state.missing[chip], 1, "windows"));
        cover(c, board);
      }
    }
  }

  // Heat.

  private void heat(JobMap jobs) {
    ChipLimits limits = layout.limits();
    int perCabinet = layout.chipsPerCabinet();
    for (int cab = 0; cab < layout.cabinets(); cab++) {
      int n = 0;
      for (int chip = cab * perCabinet; chip < (cab + 1) * perCabinet; chip++) {
        if (temperature[chip] != ABSENT && peers.known(group[chip])) {
          deviations[n++] = temperature[chip] - peers.median(group[chip]);
        }
      }
      boolean wasHot = state.cabinetHot[cab] != 0;
      state.cabinetHot[cab] = 0;
      if (n >= FEWEST_CHIPS_OF_CABINET) {
        Arrays.sort(deviations, 0, n);
        int median = deviations[(n - 1) / 2];
        if (median >= (wasHot ? settings.cabinetHotRelease() : settings.cabinetHotAbovePeers())) {
          state.cabinetHot[cab] = 1;
          Candidate c = candidate(CABINET_HOT, cab, layout.cabinetPath(cab));
          c.critical = true;
          c.chipsAffected = n;
          c.evidence(
              evidence(
                  "cabinet_hot", c.path, median, settings.cabinetHotAbovePeers(), "decicelsius"));
        }
      }
    }
    foldCoolingLoops();
    for (int chip = 0; chip < temperature.length; chip++) {
      boolean wasHot = state.hot[chip] != 0;
      state.hot[chip] = 0;
      int t = temperature[chip];
      if (t == ABSENT) {
        continue;
      }
      int threshold = limits.maxOperating();
      if (peers.known(group[chip])) {
        int above = Math.max(settings.hotAbovePeers(), settings.hotMads() * peers.mad(group[chip]));
        threshold =
            Math.min(threshold, Math.max(settings.hotFloor(), peers.median(group[chip]) + above));
      }
      if (t >= threshold - (wasHot ? settings.hotRelease() : 0)) {
        state.hot[chip] = 1;
        Candidate c = candidate(CHIP_HOT, chip, layout.chipPath(chip));
        c.critical = t >= limits.slowdown() && jobs.synchronous(layout.boardOfChip(chip));
        c.chipsAffected = 1;
        c.evidence(evidence("chip_hot", c.path, t, threshold, "decicelsius"));
        int cab = layout.cabinetOfChip(chip);
        Candidate cooling =
            candidates.get(Candidate.key(COOLING_LOOP_HOT, layout.coolingLoopOfCabinet(cab)));
        if (cooling == null) {
          cooling = candidates.get(Candidate.key(CABINET_HOT, cab));
        }
        if (cooling == null && ledger.isOpen(CABINET_HOT, cab)) {
          cooling = STILL_OPEN;
        }
        cover(c, cooling);
      }
    }
  }

  private void foldCoolingLoops() {
    int perLoop = layout.cabinetsPerCoolingLoop();
    if (perLoop == 1) {
      return;
    }
    for (int loop = 0; loop < layout.coolingLoops(); loop++) {
      int first = loop * perLoop;
      int last = Math.min(first + perLoop, layout.cabinets());
      int hot = 0;
      int chips = 0;
      for (int cab = first; cab < last; cab++) {
        Candidate c = candidates.get(Candidate.key(CABINET_HOT, cab));
        hot += c != null ? 1 : 0;
        chips += c != null ? c.chipsAffected : 0;
      }
      if (hot >= 2 && hot * 2 >= last - first) {
        Candidate parent = candidate(COOLING_LOOP_HOT, loop, layout.coolingLoopPath(loop));
        parent.critical = true;
        parent.chipsAffected = chips;
        parent.evidence(evidence("cooling_loop_hot", parent.path, hot, last - first, "cabinets"));
        for (int cab = first; cab < last; cab++) {
          Candidate c = candidates.get(Candidate.key(CABINET_HOT, cab));
          if (c != null) {
            parent.evidence(c.evidence.get(0));
            cover(c, parent);
          }
        }
      }
    }
  }

  private void fatal(OpenWindow open, JobMap jobs) {
    for (int chip = 0; chip < temperature.length; chip++) {
      if ((open.flags[chip] & OpenWindow.FATAL) != 0) {
        Candidate c = candidate(CHIP_FATAL, chip, layout.chipPath(chip));
        c.critical = jobs.synchronous(layout.boardOfChip(chip));
        c.chipsAffected = 1;
        c.evidence(evidence("chip_fatal", c.path, 1, 0, "fatal"));
        Candidate hot = candidates.get(Candidate.key(CHIP_HOT, chip));
        if (hot != null && !hot.covered) {
          c.evidence(hot.evidence.get(0));
          cover(hot, c);
        }
      }
    }
  }

  // Links.

  /** Makes the findings of links and counts the ports: up, down, degraded, unknown. */
  private int[] links() {
    int[] counts = new int[4];
    Arrays.fill(linkSuspect, false);
    int ports = layout.portsPerChip();
    for (int chip = 0; chip < temperature.length; chip++) {
      if (boardStatus[layout.boardOfChip(chip)] != HEARD) {
        counts[3] += ports;
        continue;
      }
      for (int p = chip * ports; p < (chip + 1) * ports; p++) {
        byte bits = state.port[p];
        switch (bits & PodState.PORT_STATE) {
          case PodState.PORT_UP -> {
            if ((bits & PodState.PORT_DEGRADED) != 0) {
              counts[2]++;
              sickLink(p, LINK_DEGRADED);
            } else {
              counts[0]++;
            }
          }
          case PodState.PORT_DOWN -> {
            counts[1]++;
            sickLink(p, LINK_DOWN);
          }
          default -> counts[3]++;
        }
      }
    }
    return counts;
  }

  private void sickLink(int port, IncidentKind kind) {
    int peer = layout.peerPort(port);
    int subject = peer == PodLayout.NO_PORT ? port : Math.min(port, peer);
    if (candidates.containsKey(Candidate.key(kind, subject))
        || candidates.containsKey(Candidate.key(LINK_DOWN, subject))) {
      return;
    }
    int chip = layout.chipOfPort(port);
    int peerChip = peer == PodLayout.NO_PORT ? chip : layout.chipOfPort(peer);
    Candidate c = candidate(kind, subject, layout.portPath(subject));
    c.chipsAffected = peerChip == chip ? 1 : 2;
    if (kind == LINK_DOWN) {
      c.evidence(evidence("link_down", layout.portPath(port), 0, 1, "ports_up"));
      candidates.remove(Candidate.key(LINK_DEGRADED, subject));
    } else {
      PodState.PortErrors errors = state.watched.get(chip);
      int rate = errors == null ? 0 : errors.perSecond()[port % layout.portsPerChip()];
      c.evidence(
          evidence(
              "link_degraded",
              layout.portPath(port),
              rate,
              settings.linkErrorsPerSecond(),
              "errors_per_second"));
    }
    Candidate cause = coverOf(chip);
    cover(c, cause != null ? cause : coverOf(peerChip));
    if (!c.covered) {
      linkSuspect[chip] = true;
      linkSuspect[peerChip] = true;
    }
  }

  /**
   * What explains that the links of a chip are sick, or null if the chip and its board are well.
   */
  private @Nullable Candidate coverOf(int chip) {
    int board = layout.boardOfChip(chip);
    int cab = layout.cabinetOfChip(chip);
    IncidentKind[] kinds = {POD_SILENT, CABINET_SILENT, BOARD_SILENT, CHIP_SILENT, CHIP_FATAL};
    int[] subjects = {0, cab, board, chip, chip};
    for (int i = 0; i < kinds.length; i++) {
      Candidate c = candidates.get(Candidate.key(kinds[i], subjects[i]));
      if (c != null && !c.covered) {
        boolean here = kinds[i] != POD_SILENT || boardStatus[board] == SILENT;
        if (here) {
          return c;
        }
      }
    }
    for (int i = 1; i < kinds.length; i++) {
      // Parts that are back may bring their links back only at the next reading.
      if (ledger.isOpen(kinds[i], subjects[i])) {
        return STILL_OPEN;
      }
    }
    return null;
  }

  // The window.

  private ChipState stateOf(OpenWindow open, int chip) {
    int board = layout.boardOfChip(chip);
    int cab = layout.cabinetOfChip(chip);
    if (boardStatus[board] != HEARD) {
      return ChipState.UNKNOWN;
    }
    if (state.missing[chip] > 0) {
      return state.missing[chip] >= settings.openAfterWindows()
          ? ChipState.FAILED
          : ChipState.SUSPECT;
    }
    if ((open.flags[chip] & OpenWindow.FATAL) != 0) {
      return ChipState.FAILED;
    }
    boolean cabinetHot = state.cabinetHot[cab] != 0;
    boolean hot = state.hot[chip] != 0;
    if (!hot && !cabinetHot && !linkSuspect[chip]) {
      return ChipState.HEALTHY;
    }
    if ((hot && ledger.isOpen(CHIP_HOT, chip))
        || (cabinetHot && ledger.isOpen(CABINET_HOT, cab))
        || (cabinetHot && ledger.isOpen(COOLING_LOOP_HOT, layout.coolingLoopOfCabinet(cab)))
        || (linkSuspect[chip] && linkOpen(chip))) {
      return ChipState.DEGRADED;
    }
    return ChipState.SUSPECT;
  }

  private boolean linkOpen(int chip) {
    for (int p = chip * layout.portsPerChip(); p < (chip + 1) * layout.portsPerChip(); p++) {
      int peer = layout.peerPort(p);
      int subject = peer == PodLayout.NO_PORT ? p : Math.min(p, peer);
      if (ledger.isOpen(LINK_DOWN, subject) || ledger.isOpen(LINK_DEGRADED, subject)) {
        return true;
      }
    }
    return false;
  }

  private PodWindow window(
      OpenWindow open, long watermarkMs, Counters counters, int[] links, long[] linkTotals) {
    int chips = layout.chips();
    int perCabinet = layout.chipsPerCabinet();
    int boardsReporting = 0;
    for (byte status : boardStatus) {
      boardsReporting += status == HEARD ? 1 : 0;
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
    int working = 0;
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
        ChipState s = stateOf(open, chip);
        states[chip] = (byte) s.code();
        cabinetStates[s.code()]++;
        if (open.samples[chip] != 0) {
          reporting++;
          working += s == ChipState.FAILED ? 0 : 1;
        }
        int n = open.powerSamples[chip] & 0xff;
        cabinetPower += n == 0 ? 0 : open.powerSum[chip] / n;
        n = open.utilizationSamples[chip] & 0xff;
        if (n > 0) {
          int mean = open.utilizationSum[chip] / n;
          utilizationSum += mean;
          utilizationCounts[bucket(UTILIZATION_BOUNDS, mean)]++;
        }
        int t = temperature[chip];
        if (t == ABSENT) {
          temperatures[chip] = (byte) 255;
          continue;
        }
        measured++;
        cabinetSum += t;
        max = Math.max(max, t);
        temperatures[chip] = (byte) Math.max(0, Math.min(254, Math.floorDiv(t, 10)));
        temperatureCounts[bucket(TEMPERATURE_BOUNDS, -Math.floorDiv(-t, 10))]++;
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
      int t = temperature[chip];
      int above = peers.known(group[chip]) ? t - peers.median(group[chip]) : 0;
      hotSpots.add(
          new HotSpot(layout.chipPath(chip), t, layout.limits().maxOperating() - t, above));
    }
    return new PodWindow(
        layout.pod(),
        windowStartMs,
        settings.windowMs(),
        chips,
        counts(byState),
        layout.boards(),
        boardsReporting,
        reporting,
        (int) (1000L * working / chips),
        new Histogram(TEMPERATURE_BOUNDS, temperatureCounts, temperatureSum),
        new Histogram(UTILIZATION_BOUNDS, utilizationCounts, utilizationSum),
        power,
        new Links(
            layout.ports(),
            links[0],
            links[1],
            links[2],
            links[3],
            linkTotals[0],
            linkTotals[1],
            linkTotals[2]),
        counters,
        watermarkMs,
        ledger.open(),
        cabinets,
        hotSpots,
        states,
        temperatures);
  }

  /** Keeps the hottest chips in order; of equally hot ones the first in the pod. */
  private int insertHottest(int[] hottest, int spots, int chip) {
    int at = spots;
    while (at > 0 && temperature[hottest[at - 1]] < temperature[chip]) {
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

  private static int bucket(int[] bounds, int value) {
    int i = 0;
    while (i < bounds.length && value > bounds[i]) {
      i++;
    }
    return i;
  }
}
