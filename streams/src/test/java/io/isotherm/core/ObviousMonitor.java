package io.isotherm.core;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The obvious version of {@link PodMonitor}: every report is kept for ever, and everything is
 * computed anew from all of them at the close of each window. It knows no ticks, and not how a pod
 * follows reports whose times agree against its own.
 */
final class ObviousMonitor {
  /** What finds something in windows; what it must remember between them it keeps itself. */
  interface Finder {
    void find(ObviousJudgement window);
  }

  /** What is said of a window that is over. */
  record Closed(
      ObviousJudgement window, List<String> totals, String counters, List<String> events) {}

  /** A board's agent, until another one takes its place. */
  private static final class Agent {
    final int number;
    final long startMs;
    final TreeSet<Long> seen = new TreeSet<>();

    Agent(int number, long startMs) {
      this.number = number;
      this.startMs = startMs;
    }

    /** Numbers between its first and its newest report that were not seen. */
    long missing() {
      return seen.isEmpty() ? 0 : seen.last() - seen.first() + 1 - seen.size();
    }
  }

  private final PodLayout layout;
  private final DetectorSettings settings;
  private final List<Placement> placements;
  private final List<Finder> finders;
  final ObviousLedger ledger;
  final ObviousStates states;
  private final ObviousSlowness slowness;
  private final ObviousCompute compute;
  final List<Closed> closed = new ArrayList<>();

  private final List<ObviousReport> history = new ArrayList<>();
  private final Map<Long, List<ObviousReport>> byWindow = new HashMap<>();
  private final Map<Integer, Agent> agents = new HashMap<>();
  private final Map<Integer, Long> clock = new HashMap<>();

  /** Time of the newest reading of links of each board. */
  private final Map<Integer, Long> linksMs = new HashMap<>();

  /** Boards that windows wait for, with the start of the first of these windows in a row. */
  private final Map<Integer, Long> live = new HashMap<>();

  private final Set<Integer> lateBoards = new HashSet<>();
  private final Set<Integer> astrayBoards = new HashSet<>();
  private final Set<Integer> restarted = new TreeSet<>();
  private long open = -1;
  private long reports;
  private long late;
  private long duplicates;
  private long rejected;
  private long missingOfFormer;
  private long missed;

  ObviousMonitor(PodLayout layout, DetectorSettings settings, List<Placement> placements) {
    this.layout = layout;
    this.settings = settings;
    this.placements = placements;
    ledger = new ObviousLedger(settings);
    slowness = new ObviousSlowness();
    compute = new ObviousCompute(slowness);
    ObviousSilence silence = new ObviousSilence();
    ObviousMemory memory = new ObviousMemory(silence);
    states = new ObviousStates(silence, memory);
    finders =
        List.of(
            silence,
            new ObviousPower(),
            new ObviousHeat(),
            memory,
            slowness,
            new ObviousLinks(),
            new ObviousJobs(slowness),
            new ObviousCongestion(),
            new ObviousCodes());
  }

  void accept(Report r) {
    take(r);
    while (ripe()) {
      close();
    }
  }

  private void take(Report r) {
    if (r.cabinet < 0
        || r.cabinet >= layout.cabinets()
        || r.board < 0
        || r.board >= layout.boardsPerCabinet()
        || !possible(r)) {
      rejected++;
      return;
    }
    int board = layout.boardIndex(r.cabinet, r.board);
    long window = r.timeMs / settings.windowMs();
    if (r.timeMs > 253_402_300_799_999L) {
      astrayBoards.add(board);
      rejected++;
      return;
    }
    if (open < 0) {
      open = window;
      for (int b = 0; b < layout.boards(); b++) {
        live.put(b, open * settings.windowMs());
      }
    }
    boolean tooNew = window >= open + 4;
    boolean tooOld = window < open && open * settings.windowMs() - r.timeMs > 3_600_000;
    if (tooNew || tooOld) {
      astrayBoards.add(board);
      lateBoards.remove(board);
      rejected++;
      return;
    }
    Agent agent = agents.get(board);
    if (r.agentStartMs - r.timeMs > 60_000
        || (agent != null
            && agent.startMs == r.agentStartMs
            && r.sequence - agent.seen.last() > 1_000_000_000)) {
      rejected++;
      return;
    }
    agent = agentOf(r, board, agent);
    if (r.agentStartMs != agent.startMs
        || (!agent.seen.isEmpty() && agent.seen.last() - r.sequence >= 64)
        || !agent.seen.add(r.sequence)) {
      duplicates++;
      return;
    }
    if (window < open) {
      lateBoards.add(board);
      astrayBoards.remove(board);
      late++;
      return;
    }
    // Readings of links that a newer one has overtaken are not looked at.
    boolean links = r.linkCount > 0 && r.timeMs > linksMs.getOrDefault(board, -1L);
    if (links) {
      linksMs.put(board, r.timeMs);
    }
    boolean whole = ObviousReport.whole(r, links);
    reports++;
    rejected += whole ? 0 : 1;
    boolean newest = agent.seen.last() == r.sequence;
    ObviousReport taken = ObviousReport.of(r, layout, agent.number, newest);
    history.add(taken);
    byWindow.computeIfAbsent(window, w -> new ArrayList<>()).add(taken);
    clock.merge(board, r.timeMs, Math::max);
    live.putIfAbsent(board, open * settings.windowMs());
  }

  /**
   * The agent that a report is of, which may be a new one, or the one that it comes too late for.
   */
  private Agent agentOf(Report r, int board, @Nullable Agent before) {
    long clockBefore = clock.getOrDefault(board, Long.MIN_VALUE / 2);
    boolean afterAll = r.timeMs >= clockBefore + settings.windowMs();
    if (before != null
        && (before.startMs == r.agentStartMs || (r.agentStartMs < before.startMs && !afterAll))) {
      return before;
    }
    if (before != null && clock.containsKey(board) && r.agentStartMs > clockBefore && afterAll) {
      restarted.add(board);
    }
    missingOfFormer += before == null ? 0 : before.missing();
    Agent agent = new Agent(before == null ? 0 : before.number + 1, r.agentStartMs);
    agents.put(board, agent);
    return agent;
  }

  /** Whether a report contradicts neither itself nor the layout. */
  private boolean possible(Report r) {
    Set<Integer> chips = new HashSet<>();
    for (int i = 0; i < r.chipCount; i++) {
      if (r.chip[i] < 0 || r.chip[i] >= layout.chipsPerBoard() || !chips.add(r.chip[i])) {
        return false;
      }
    }
    Set<Integer> over = new HashSet<>();
    Set<Integer> ports = new HashSet<>();
    int last = -1;
    for (int i = 0; i < r.linkCount; i++) {
      int chip = r.linkChip[i];
      int port = r.linkPort[i];
      if (chip < 0
          || chip >= layout.chipsPerBoard()
          || port < 0
          || port >= layout.portsPerChip()
          || !ports.add(chip * layout.portsPerChip() + port)) {
        return false;
      }
      // The links of a chip must stand together.
      if (chip != last && !over.add(chip)) {
        return false;
      }
      last = chip;
    }
    return r.sequence >= 0 && r.agentStartMs >= 0 && r.timeMs >= 0;
  }

  private boolean ripe() {
    long end = (open + 1) * settings.windowMs();
    long past = live.keySet().stream().filter(b -> clock.getOrDefault(b, 0L) >= end).count();
    long waited =
        live.keySet().stream()
            .filter(b -> clock.getOrDefault(b, 0L) >= end + settings.graceMs())
            .count();
    return !live.isEmpty() && (past == live.size() || waited * 2 >= live.size());
  }

  private void close() {
    long missing = missingOfFormer + agents.values().stream().mapToLong(Agent::missing).sum();
    missed = Math.max(missed, missing);
    ObviousJudgement window =
        new ObviousJudgement(
            layout,
            settings,
            placements,
            open * settings.windowMs(),
            Collections.unmodifiableList(history),
            byWindow.getOrDefault(open, List.of()),
            Set.copyOf(lateBoards),
            Set.copyOf(astrayBoards),
            restarted,
            Map.copyOf(live),
            ledger);
    finders.forEach(f -> f.find(window));
    ledger.take(window);
    states.judge(window);
    window.effectiveCompute = compute.of(window);
    closed.add(
        new Closed(
            window,
            ObviousTotals.of(window),
            "%d reports, %d late, %d duplicates, %d rejected, %d missed"
                .formatted(reports, late, duplicates, rejected, missed),
            List.copyOf(ledger.events)));
    ledger.events.clear();
    for (int b = 0; b < layout.boards(); b++) {
      int board = b;
      if (window.said.stream().noneMatch(r -> r.board() == board)
          && clock.getOrDefault(b, 0L) < window.endMs) {
        live.remove(b);
      }
    }
    lateBoards.clear();
    astrayBoards.clear();
    open++;
  }
}
