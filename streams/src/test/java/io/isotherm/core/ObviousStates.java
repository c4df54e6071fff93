package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_LINKS;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.HBM_CORRECTABLE;
import static io.isotherm.core.IncidentKind.LINK_DEGRADED;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.LINK_FLAP;
import static io.isotherm.core.IncidentKind.LINK_NARROW;

import io.isotherm.core.ObviousJudgement.Heard;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Says of every chip how it is, in the obvious way. */
final class ObviousStates {
  private final ObviousSilence silence;
  private final ObviousMemory memory;

  ObviousStates(ObviousSilence silence, ObviousMemory memory) {
    this.silence = silence;
    this.memory = memory;
  }

  /** Judges all chips once the ledger has taken the window. */
  void judge(ObviousJudgement window) {
    for (int chip = 0; chip < window.layout.chips(); chip++) {
      window.states.add(judge(window, chip));
    }
  }

  private ChipState judge(ObviousJudgement window, int chip) {
    int board = window.layout.boardOfChip(chip);
    boolean samples = !window.samples(chip).isEmpty();
    if (window.heard.get(board) == Heard.AWAY && samples) {
      return ChipState.HEALTHY;
    }
    if (!window.reports(board)) {
      return ChipState.UNKNOWN;
    }
    int missing = silence.missing(chip);
    if (missing > 0) {
      boolean lasts = missing >= window.settings.openAfterWindows();
      return lasts ? ChipState.FAILED : ChipState.SUSPECT;
    }
    if (ObviousMemory.fatal(window, chip) || memory.uncorrected(chip)) {
      return ChipState.FAILED;
    }
    if (!samples) {
      return ChipState.UNKNOWN;
    }
    List<String> found = findings(window, chip);
    if (found.stream().anyMatch(window::isOpen)) {
      return ChipState.DEGRADED;
    }
    return found.isEmpty() ? ChipState.HEALTHY : ChipState.SUSPECT;
  }

  /** Keys of what is found, or stays so in a pause, of the chip, its links and its cabinet. */
  private static List<String> findings(ObviousJudgement window, int chip) {
    PodLayout layout = window.layout;
    int cab = layout.cabinetOfChip(chip);
    List<String> keys = new ArrayList<>();
    keys.add(ObviousJudgement.key(CHIP_HOT, layout.chipPath(chip)));
    keys.add(ObviousJudgement.key(CHIP_SLOW, layout.chipPath(chip)));
    keys.add(ObviousJudgement.key(HBM_CORRECTABLE, layout.chipPath(chip)));
    keys.add(ObviousJudgement.key(CABINET_HOT, layout.cabinetPath(cab)));
    keys.removeIf(key -> !window.findings.containsKey(key) && !window.pausing.contains(key));
    if (keys.contains(ObviousJudgement.key(CABINET_HOT, layout.cabinetPath(cab)))) {
      // If its loop was hot, and is no more, that has lasted.
      int loop = layout.coolingLoopOfCabinet(cab);
      keys.add(ObviousJudgement.key(COOLING_LOOP_HOT, layout.coolingLoopPath(loop)));
    }
    List<String> links = new ArrayList<>(links(layout, chip));
    links.add(ObviousJudgement.key(CHIP_LINKS, layout.chipPath(chip)));
    List<String> sick =
        links.stream()
            .filter(
                key -> {
                  ObviousFinding f = window.findings.get(key);
                  return f != null && !f.explained;
                })
            .toList();
    if (!sick.isEmpty()) {
      // An incident of any of its links that is still open makes that a lasting one.
      keys.addAll(sick);
      keys.addAll(links.stream().filter(window::isOpen).toList());
    }
    return keys;
  }

  /** Keys of what can be found of the links of a chip. */
  private static List<String> links(PodLayout layout, int chip) {
    List<String> keys = new ArrayList<>();
    for (int p = 0; p < layout.portsPerChip(); p++) {
      int port = layout.portIndex(chip, p);
      int peer = layout.peerPort(port);
      String path = layout.portPath(peer == PodLayout.NO_PORT ? port : Math.min(port, peer));
      for (IncidentKind kind : List.of(LINK_DOWN, LINK_DEGRADED, LINK_NARROW, LINK_FLAP)) {
        keys.add(ObviousJudgement.key(kind, path));
      }
    }
    return keys;
  }

  /** How many chips of the pod and of each cabinet are in each state, a line each. */
  static List<String> lines(ObviousJudgement window) {
    List<String> lines = new ArrayList<>();
    lines.add("pod " + counts(window.states));
    int perCabinet = window.layout.chipsPerCabinet();
    for (int cab = 0; cab < window.layout.cabinets(); cab++) {
      lines.add(
          "cabinet %d %s"
              .formatted(
                  cab, counts(window.states.subList(cab * perCabinet, (cab + 1) * perCabinet))));
    }
    return lines;
  }

  /** The same lines of a window of the monitor that is tested. */
  static List<String> lines(PodWindow window) {
    List<String> lines = new ArrayList<>();
    lines.add("pod " + counts(window.states()));
    window
        .cabinets()
        .forEach(c -> lines.add("cabinet %d %s".formatted(c.cabinet(), counts(c.states()))));
    return lines;
  }

  private static String counts(List<ChipState> states) {
    Map<ChipState, Integer> counts = new TreeMap<>();
    states.forEach(s -> counts.merge(s, 1, Integer::sum));
    return counts(
        new PodWindow.StateCounts(
            counts.getOrDefault(ChipState.HEALTHY, 0),
            counts.getOrDefault(ChipState.SUSPECT, 0),
            counts.getOrDefault(ChipState.DEGRADED, 0),
            counts.getOrDefault(ChipState.FAILED, 0),
            counts.getOrDefault(ChipState.UNKNOWN, 0)));
  }

  private static String counts(PodWindow.StateCounts c) {
    return "%d healthy, %d suspect, %d degraded, %d failed, %d unknown"
        .formatted(c.healthy(), c.suspect(), c.degraded(), c.failed(), c.unknown());
  }
}
