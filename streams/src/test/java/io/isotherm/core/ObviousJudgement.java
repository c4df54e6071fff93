package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** All that can be known when a window closes, and what is found in it. */
final class ObviousJudgement {
  /** How a board was heard. */
  enum Heard {
    /** It has a report in the window. */
    REPORTS,
    /** Nothing of it came since the window before closed, or nothing that fits this one. */
    SILENT,
    /** All that came since the window before closed was late. */
    LATE,
    /** What came since the window before closed fits no window, by a clock that is wrong. */
    ASTRAY,
    /** Work on it was announced. */
    AWAY
  }

  final PodLayout layout;
  final DetectorSettings settings;
  final long startMs;
  final long endMs;

  /** Every report that was accepted until now, in the order in which they came. */
  final List<ObviousReport> history;

  /** Those of them that lie in the window. */
  final List<ObviousReport> said;

  /** What they say of each chip of which they speak, in the order in which they came. */
  private final Map<Integer, List<ObviousReport.Chip>> samples = new TreeMap<>();

  private final Map<Integer, List<ObviousReport>> saidOf = new HashMap<>();

  /** Of each board. */
  final List<Heard> heard = new ArrayList<>();

  /** Boards whose host has restarted since the window before closed. */
  final Set<Integer> restarted;

  /** What was found, by kind and path, in the order in which it was found. */
  final Map<String, ObviousFinding> findings = new LinkedHashMap<>();

  /** How each chip is; known once the ledger has taken the window. */
  final List<ChipState> states = new ArrayList<>();

  /** Keys of what this window says nothing of as the job pauses; see {@link #key}. */
  final List<String> pausing = new ArrayList<>();

  /** Boards whose synchronous job has worked and waits now; see {@link ObviousJobs}. */
  final Set<Integer> waiting = new HashSet<>();

  /** Ports that are sick in the window. */
  final Set<Integer> sickPorts = new HashSet<>();

  /** How far chips are above the median of their peers, in tenths of a degree; 0 without peers. */
  final Map<Integer, Integer> abovePeers = new TreeMap<>();

  /** What jobs over several pods do in this one, in the order of their names. */
  final List<PodWindow.JobShare> jobShares = new ArrayList<>();

  /** What the chips can give of what all could, in thousandths. */
  int effectiveCompute;

  /** What reports until now say of ports; null until {@link ObviousLinks} has judged it. */
  @Nullable ObviousPorts ports;

  /** Ports by state, and what went through all of them since the beginning. */
  String links = "";

  /** The switches at whose ports data waits most. */
  List<String> fabricHotSpots = List.of();

  private final Map<Integer, Long> liveSinceMs;
  private final ObviousLedger ledger;
  private final List<Placement> placements;

  ObviousJudgement(
      PodLayout layout,
      DetectorSettings settings,
      List<Placement> placements,
      long startMs,
      List<ObviousReport> history,
      List<ObviousReport> said,
      Set<Integer> late,
      Set<Integer> astray,
      Set<Integer> restarted,
      Map<Integer, Long> liveSinceMs,
      ObviousLedger ledger) {
    this.layout = layout;
    this.settings = settings;
    this.startMs = startMs;
    this.endMs = startMs + settings.windowMs();
    this.history = history;
    this.said = said;
    this.restarted = restarted;
    this.liveSinceMs = liveSinceMs;
    this.ledger = ledger;
    this.placements =
        placements.stream()
            .filter(p -> p.fromMs() <= startMs && startMs < p.untilMs())
            .sorted(Comparator.comparing(Placement::job))
            .toList();
    for (ObviousReport r : said) {
      saidOf.computeIfAbsent(r.board(), board -> new ArrayList<>()).add(r);
      for (ObviousReport.Chip c : r.chips()) {
        samples.computeIfAbsent(c.chip(), chip -> new ArrayList<>()).add(c);
      }
    }
    for (int b = 0; b < layout.boards(); b++) {
      int board = b;
      boolean reports = !said(board).isEmpty();
      heard.add(
          away(board)
              ? Heard.AWAY
              : reports
                  ? Heard.REPORTS
                  : late.contains(board)
                      ? Heard.LATE
                      : astray.contains(board) || ahead(board) ? Heard.ASTRAY : Heard.SILENT);
    }
  }

  /**
   * Whether the newest report of a board is later than what more than half of the boards said that
   * have come past the window, by more than a window and ten seconds.
   */
  boolean ahead(int board) {
    Map<Integer, Long> newest = new HashMap<>();
    for (ObviousReport r : history) {
      newest.merge(r.board(), r.timeMs(), Math::max);
    }
    newest.values().removeIf(ms -> ms < endMs);
    Long own = newest.get(board);
    long most = Math.max(10_000, settings.windowMs());
    return own != null
        && newest.values().stream().filter(ms -> own - ms > most).count() * 2 > newest.size();
  }

  /** Reports of a board in the window, in the order in which they came. */
  List<ObviousReport> said(int board) {
    return saidOf.getOrDefault(board, List.of());
  }

  /** What reports of the window say of a chip, in the order in which they came. */
  List<ObviousReport.Chip> samples(int chip) {
    return samples.getOrDefault(chip, List.of());
  }

  /** Chips of which a report of the window speaks, of boards that report. */
  List<Integer> reportingChips() {
    return samples.keySet().stream().filter(c -> reports(layout.boardOfChip(c))).toList();
  }

  /** How far the chip with this path is above the median of its peers, in tenths of a degree. */
  int abovePeers(String path) {
    return abovePeers.entrySet().stream()
        .filter(e -> layout.chipPath(e.getKey()).equals(path))
        .mapToInt(Map.Entry::getValue)
        .sum();
  }

  /** Chips of which a report of the window speaks, also on boards on which somebody works. */
  Set<Integer> chipsSpokenOf() {
    return samples.keySet();
  }

  /**
   * Means of a reading in the window, rounded down, of chips that gave it on boards that report.
   */
  Map<Integer, Integer> means(Function<ObviousReport.Chip, @Nullable Integer> reading) {
    Map<Integer, Integer> means = meansOfAll(reading);
    means.keySet().removeIf(c -> !reports(layout.boardOfChip(c)));
    return means;
  }

  /** The same of all chips that gave it, also on boards on which somebody works. */
  Map<Integer, Integer> meansOfAll(Function<ObviousReport.Chip, @Nullable Integer> reading) {
    return ObviousTotals.means(samples, reading);
  }

  /** Whether a report of the window gave one of these reasons that hold a chip's clock down. */
  boolean throttled(int chip, int reasons) {
    return samples(chip).stream().anyMatch(c -> (c.throttleReasons() & reasons) != 0);
  }

  boolean reports(int board) {
    return heard.get(board) == Heard.REPORTS;
  }

  /** The placement that a board works in; null if it works for no job. */
  @Nullable Placement job(int board) {
    Placement job = null;
    for (Placement p : placements) {
      for (Placement.Member m : p.members()) {
        if (has(m, board) && !m.role().equals("maintenance")) {
          job = p;
        }
      }
    }
    return job;
  }

  /** The team of a board: its job, role and stage; null if it works for no job. */
  @Nullable String team(int board) {
    String team = null;
    for (Placement p : placements) {
      for (Placement.Member m : p.members()) {
        if (has(m, board) && !m.role().equals("maintenance")) {
          team = p.job() + "|" + m.role() + "|" + m.stage();
        }
      }
    }
    return team;
  }

  /** Whose work a finding hits: by the names of the jobs, their boards there and in the pod. */
  Map<String, String> work(ObviousFinding f) {
    Map<String, Integer> there = new TreeMap<>();
    Map<String, Integer> all = new TreeMap<>();
    for (int b = 0; b < layout.boards(); b++) {
      Placement job = job(b);
      if (job != null) {
        all.merge(job.job(), 1, Integer::sum);
        if (isOn(f, b)) {
          there.merge(job.job(), 1, Integer::sum);
        }
      }
    }
    Map<String, String> work = new TreeMap<>();
    there.forEach((job, boards) -> work.put(job, boards + " of " + all.get(job)));
    return work;
  }

  /** Whether a part is on a board, or the board in it; what is everybody's is on none. */
  private boolean isOn(ObviousFinding f, int board) {
    int cabinet = layout.cabinetOfBoard(board);
    List<String> above =
        List.of(
            layout.pod(),
            layout.coolingLoopPath(layout.coolingLoopOfCabinet(cabinet)),
            layout.powerFeedPath(layout.powerFeedOfCabinet(cabinet)),
            layout.cabinetPath(cabinet),
            layout.boardPath(board));
    return above.contains(f.path)
        || f.path.startsWith(layout.boardPath(board) + "/")
        || f.path.startsWith(layout.cabinetPath(cabinet) + "/switch-");
  }

  /** The placements that hold in this window, in the order of their jobs. */
  List<Placement> placements() {
    return placements;
  }

  /** Whether a board works for a job whose members wait for each other. */
  boolean synchronous(int board) {
    Placement job = job(board);
    return job != null && job.synchronous();
  }

  private boolean away(int board) {
    return placements.stream()
        .flatMap(p -> p.members().stream())
        .anyMatch(m -> m.role().equals("maintenance") && has(m, board));
  }

  private boolean has(Placement.Member m, int board) {
    return m.pod().equals(layout.pod())
        && board >= m.firstBoard()
        && board - m.firstBoard() < m.boards();
  }

  /** Notes a finding. */
  ObviousFinding found(IncidentKind kind, String path, boolean critical, int chips) {
    ObviousFinding finding = new ObviousFinding(kind, path, critical, chips);
    findings.put(key(kind, path), finding);
    return finding;
  }

  /** What was found in this window, or null. */
  @Nullable ObviousFinding find(IncidentKind kind, String path) {
    return findings.get(key(kind, path));
  }

  /** Whether the incident was open when the window began. */
  boolean isOpen(IncidentKind kind, String path) {
    return ledger.isOpen(key(kind, path));
  }

  /** Whether the incident is open, and was found last as it was hot beside its peers. */
  boolean isOpenBesidePeers(IncidentKind kind, String path) {
    return ledger.isOpenBesidePeers(key(kind, path));
  }

  /** Whether the incident is open, and was so for ten minutes when the window began. */
  boolean isOpenForLong(IncidentKind kind, String path) {
    return ledger.isOpenSince(key(kind, path), startMs - 600_000);
  }

  /** Whether windows have waited for the board for ten minutes when this one ends. */
  boolean isHeardForLong(int board) {
    Long since = liveSinceMs.get(board);
    return since != null && endMs - since >= 600_000;
  }

  /** Whether the incident with this {@link #key} is open. */
  boolean isOpen(String key) {
    return ledger.isOpen(key);
  }

  /**
   * What explains other findings by a part: what was found of it in this window, or that its
   * incident is still open, which is a finding that nobody sees; null if neither.
   */
  @Nullable ObviousFinding explains(IncidentKind kind, String path) {
    ObviousFinding finding = find(kind, path);
    return finding == null && isOpen(kind, path)
        ? new ObviousFinding(kind, path, /* critical= */ false, /* chips= */ 0)
        : finding;
  }

  /** Start of the first window in a row with a finding, up to this one. */
  long firstSeenMs(ObviousFinding f) {
    Long before = ledger.firstSeenMs(key(f.kind, f.path));
    return before != null ? before : startMs - (long) f.windowsBefore * settings.windowMs();
  }

  static String key(IncidentKind kind, String path) {
    return kind + " " + path;
  }
}
