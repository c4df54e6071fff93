package io.isotherm.core;

import static io.isotherm.model.Report.ABSENT;
import static io.isotherm.model.Report.ABSENT_LONG;

import io.isotherm.core.PodWindow.Counters;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Judges one pod: reports in; the pod's health per window and incident events out.
 *
 * <p><b>Time.</b> Only the event times in the reports count, each by its board's own clock. The
 * oldest open window closes when all live boards have passed its end, or when half of them have
 * passed its end and the grace. A board is live until a window passes without a report of it. While
 * a pod is silent nothing in its reports can say that time goes on; then ticks do: not by the time
 * that they carry, which is another machine's clock, but by the time that passes between them.
 *
 * <p><b>Implausible times.</b> A report that fits none of the open windows is turned away and moves
 * nothing. Only if such reports come from several boards that agree with each other, and none that
 * fits comes in between, was it the pod's time that was wrong, and the monitor follows them.
 *
 * <p>Not safe for use by several threads.
 */
public final class PodMonitor {

  /** Takes the results of a {@link PodMonitor}, in the order of event time. */
  public interface Output {
    /** A window was closed. Its incident events come before it. */
    void window(PodWindow window);

    /** Something happened to an incident. */
    void incident(IncidentEvent event);
  }

  private static final byte VERSION = 5;

  /** Boards that must agree on a time before the monitor gives up its own for it. */
  private static final int STRAY_QUORUM = 16;

  /** Boards that must have reported before the pod's time is more than a first guess. */
  private static final int ANCHOR_QUORUM = 3;

  /** How far behind the oldest open window a report may be to be late rather than implausible. */
  private static final long MAX_LATE_MS = 3_600_000;

  /** Windows that are closed one by one after a gap; after a longer one the monitor begins anew. */
  private static final int MAX_GAP_WINDOWS = 360;

  /** Time between two ticks from which nobody can say whether the pod or the ticker was silent. */
  private static final long MAX_TICK_GAP_MS = 60_000;

  /** A step of the sequence number beyond this is not a loss of reports but a broken record. */
  private static final long MAX_SEQUENCE_STEP = 1_000_000_000L;

  /** How far an agent's start may be ahead of its own report, in milliseconds. */
  private static final long MAX_START_AHEAD_MS = 60_000;

  private static final long NEVER = PodState.NEVER;

  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;
  private final WindowJudge judge;
  private final FabricWaits waits;
  private final int chipsPerBoard;
  private final int portsPerChip;

  /** Speed below which a link is narrow, in megabits per second; 0 if no speed is. */
  private final int narrowBelow;

  private List<Placement> placements = List.of();
  private String detail = "";
  private boolean headerDirty = true;

  // The pod's time.
  private boolean anchored;
  private long openWindow;
  private int boardsHeard;

  // Derived from the boards' clocks and the open window.
  private int live;
  private int pastEnd;
  private int pastGrace;

  // Ticks: the newest, and the one from which the oldest open window has been waiting.
  private long lastTickMs = NEVER;
  private long tickBaseMs = NEVER;

  // Reports whose time fits no open window, from boards that agree with each other.
  private long strayWindow;
  private int strays;
  private final boolean[] strayBoard;

  // Cumulative counters.
  private long reports;
  private long late;
  private long duplicates;
  private long rejected;
  private long missed;
  private long windows;
  private final long[] linkTotals = new long[3];

  // Scratch.
  private final long[] positions = new long[Report.MAX_CHIPS / Long.SIZE];

  /**
   * @param layout the pod
   * @param settings windows and thresholds
   */
  public PodMonitor(PodLayout layout, DetectorSettings settings) {
    this.layout = layout;
    this.settings = settings;
    this.state = new PodState(layout);
    this.ledger = new IncidentLedger(layout.pod(), settings);
    this.chipsPerBoard = layout.chipsPerBoard();
    this.portsPerChip = layout.portsPerChip();
    this.narrowBelow =
        (int)
            Math.max(
                0, (long) layout.limits().portMegabits() * settings.linkNarrowPermille() / 1000);
    this.waits =
        new FabricWaits(
            settings.congestionWait(), layout.chips(), layout.chipsPerCabinet(), portsPerChip);
    this.judge = new WindowJudge(layout, settings, state, ledger, waits);
    this.strayBoard = new boolean[layout.boards()];
    recount();
  }

  /** The pod that this monitor judges. */
  public PodLayout layout() {
    return layout;
  }

  /** Replaces what is known of the jobs. Each placement counts for the windows that begin in it. */
  public void placements(List<Placement> newPlacements) {
    placements = List.copyOf(newPlacements);
  }

  /** What was wrong with the last report that was not wholly accepted, in one sentence. */
  public String detail() {
    return detail;
  }

  /**
   * Takes the next report of the pod.
   *
   * @param report the report; read, never kept
   * @param output takes what follows from it
   */
  public Outcome accept(Report report, Output output) {
    headerDirty = true;
    if (report.tick) {
      tick(report.timeMs, output);
      return Outcome.TICK;
    }
    Outcome outcome = take(report);
    switch (outcome) {
      case ACCEPTED -> reports++;
      case ACCEPTED_IN_PART -> {
        reports++;
        rejected++;
      }
      case DUPLICATE -> duplicates++;
      case LATE -> late++;
      case UNKNOWN_PART, IMPOSSIBLE -> rejected++;
      case TIME_TOO_OLD, TIME_TOO_NEW -> {
        rejected++;
        if (followStrays(report, output)) {
          rejected--;
          return accept(report, output);
        }
      }
      case TICK -> throw new AssertionError("a tick is not taken as a report");
    }
    closeRipe(output);
    return outcome;
  }

  private Outcome take(Report r) {
    if (!layout.hasBoard(r.cabinet, r.board)) {
      return reject(
          Outcome.UNKNOWN_PART,
          "cabinet %d board %d: %s has cabinets 0 to %d and boards 0 to %d",
          r.cabinet,
          r.board,
          layout.pod(),
          layout.cabinets() - 1,
          layout.boardsPerCabinet() - 1);
    }
    int board = layout.boardIndex(r.cabinet, r.board);
    Outcome shape = checkShape(r, board);
    if (shape != Outcome.ACCEPTED) {
      return shape;
    }
    long window = Math.floorDiv(r.timeMs, settings.windowMs());
    if (!anchored) {
      anchor(window);
    }
    if (window >= openWindow + PodState.SLOTS) {
      stray(board);
      return reject(
          Outcome.TIME_TOO_NEW,
          "%s: time %d ms is %d ms ahead of the pod's oldest open window",
          layout.boardPath(board),
          r.timeMs,
          r.timeMs - openWindow * settings.windowMs());
    }
    if (window < openWindow && openWindow * settings.windowMs() - r.timeMs > MAX_LATE_MS) {
      stray(board);
      return reject(
          Outcome.TIME_TOO_OLD,
          "%s: time %d ms is %d ms behind the pod's oldest open window",
          layout.boardPath(board),
          r.timeMs,
          openWindow * settings.windowMs() - r.timeMs);
    }
    Outcome agent = checkAgent(r, board);
    if (agent != Outcome.ACCEPTED) {
      return agent;
    }
    if (!firstSight(r, board)) {
      return Outcome.DUPLICATE;
    }
    state.touchBoard(board);
    if (window < openWindow) {
      state.astray[board] = 1;
      return Outcome.LATE;
    }
    if (boardsHeard >= ANCHOR_QUORUM && strays > 0) {
      forgetStrays();
    }
    boolean whole = readings(r, board, state.window(window));
    whole &= links(r, board);
    advance(board, r.timeMs);
    return whole ? Outcome.ACCEPTED : Outcome.ACCEPTED_IN_PART;
  }

  private Outcome reject(Outcome outcome, String message, Object... args) {
    detail = message.formatted(args);
    return outcome;
  }

  /** Whether the record is consistent and speaks only of parts that exist. */
  private Outcome checkShape(Report r, int board) {
    if (r.sequence < 0 || r.agentStartMs < 0 || r.timeMs < 0) {
      return reject(
          Outcome.IMPOSSIBLE,
          "%s: sequence %d, agent start %d ms and time %d ms must not be negative",
          layout.boardPath(board),
          r.sequence,
          r.agentStartMs,
          r.timeMs);
    }
    int[] chips = r.chip;
    int inOrder = 0;
    while (inOrder < r.chipCount && chips[inOrder] == inOrder) {
      inOrder++;
    }
    // Nearly every report has the chips in their order, which is shown at once to be no other's.
    if (inOrder < r.chipCount || inOrder > chipsPerBoard) {
      Outcome distinct = checkPositions(r, board);
      if (distinct != Outcome.ACCEPTED) {
        return distinct;
      }
    }
    for (int i = 0; i < r.linkCount; i++) {
      if (r.linkChip[i] < 0
          || r.linkChip[i] >= chipsPerBoard
          || r.linkPort[i] < 0
          || r.linkPort[i] >= portsPerChip) {
        return reject(
            Outcome.UNKNOWN_PART,
            "%s: chip %d port %d: the board has chips 0 to %d with ports 0 to %d",
            layout.boardPath(board),
            r.linkChip[i],
            r.linkPort[i],
            chipsPerBoard - 1,
            portsPerChip - 1);
      }
    }
    return Outcome.ACCEPTED;
  }

  /** Whether the chips of a report exist and are different ones. */
  private Outcome checkPositions(Report r, int board) {
    Arrays.fill(positions, 0, (chipsPerBoard + Long.SIZE - 1) / Long.SIZE, 0);
    for (int i = 0; i < r.chipCount; i++) {
      int position = r.chip[i];
      if (position < 0 || position >= chipsPerBoard) {
        return reject(
            Outcome.UNKNOWN_PART,
            "%s: chip %d: the board has chips 0 to %d",
            layout.boardPath(board),
            position,
            chipsPerBoard - 1);
      }
      long bit = 1L << (position % Long.SIZE);
      if ((positions[position / Long.SIZE] & bit) != 0) {
        return reject(Outcome.IMPOSSIBLE, "%s: chip %d twice", layout.boardPath(board), position);
      }
      positions[position / Long.SIZE] |= bit;
    }
    return Outcome.ACCEPTED;
  }

  /** Whether the agent's start and sequence can be true; asked once the report's time is. */
  private Outcome checkAgent(Report r, int board) {
    if (r.agentStartMs - r.timeMs > MAX_START_AHEAD_MS) {
      return reject(
          Outcome.IMPOSSIBLE,
          "%s: the agent's start, %d ms, lies after its report, %d ms",
          layout.boardPath(board),
          r.agentStartMs,
          r.timeMs);
    }
    if (r.agentStartMs == state.agentStart[board]
        && r.sequence - state.sequence[board] > MAX_SEQUENCE_STEP) {
      return reject(
          Outcome.IMPOSSIBLE,
          "%s: sequence jumps from %d to %d",
          layout.boardPath(board),
          state.sequence[board],
          r.sequence);
    }
    return Outcome.ACCEPTED;
  }

  /** Notes the sequence number; false if it was seen before or its agent has restarted since. */
  private boolean firstSight(Report r, int board) {
    long start = state.agentStart[board];
    if (start == NEVER || r.agentStartMs > start) {
      if (start != NEVER
          && state.clock[board] != NEVER
          && r.timeMs - state.clock[board] >= settings.windowMs()) {
        state.restarted[board] = 1;
      }
      state.agentStart[board] = r.agentStartMs;
      state.sequence[board] = r.sequence;
      state.sequenceSeen[board] = 1;
      // Counters began anew: the next reading is only a base.
      int chip0 = board * chipsPerBoard;
      Arrays.fill(state.portsInSums, chip0, chip0 + chipsPerBoard, (short) 0);
      state.watched.subMap(chip0, chip0 + chipsPerBoard).clear();
      Arrays.fill(state.corrected, chip0, chip0 + chipsPerBoard, PodState.NO_BASE);
      Arrays.fill(state.uncorrected, chip0, chip0 + chipsPerBoard, (short) PodState.NO_BASE);
      state.steps[board] = NEVER;
      return true;
    }
    if (r.agentStartMs < start) {
      return false;
    }
    long step = r.sequence - state.sequence[board];
    if (step > 0) {
      state.sequenceSeen[board] = step >= Long.SIZE ? 1 : state.sequenceSeen[board] << step | 1;
      state.sequence[board] = r.sequence;
      missed += step - 1;
      return true;
    }
    if (-step >= Long.SIZE) {
      return false;
    }
    long bit = 1L << -step;
    if ((state.sequenceSeen[board] & bit) != 0) {
      return false;
    }
    state.sequenceSeen[board] |= bit;
    missed = Math.max(0, missed - 1);
    return true;
  }

  /** Adds the chips' readings to their window; false if one was impossible and left out. */
  private boolean readings(Report r, int board, OpenWindow open) {
    open.reports[board] = (short) Math.min(Short.MAX_VALUE, open.reports[board] + 1);
    int first = board * chipsPerBoard;
    int bad = -1;
    // A report that overtook a newer one would only turn the counters back.
    boolean newest = r.sequence == state.sequence[board];
    long steps = NEVER;
    for (int i = 0; i < r.chipCount; i++) {
      int c = first + r.chip[i];
      if (!open.addIfUsual(
              c,
              r.temperature[i],
              r.power[i],
              r.utilization[i],
              r.tensorActivity[i],
              r.clock[i],
              r.hbmUsed[i])
          && !addPossible(r, i, c, open)) {
        bad = i;
      }
      if (impossible(r.hbmTemperature[i], PeerStatistics.LOWEST, PeerStatistics.HIGHEST)) {
        bad = i;
      }
      if (newest) {
        memoryErrors(r.eccCorrected[i], r.eccUncorrected[i], c, open);
        steps = Math.max(steps, r.steps[i]);
      }
      if (r.health[i] == Report.HEALTH_FATAL) {
        open.flag(c, OpenWindow.FATAL);
      }
      int v = r.throttleReasons[i];
      if (v != ABSENT && v != 0) {
        if ((v & Report.THROTTLE_THERMAL) != 0) {
          open.flag(c, OpenWindow.THROTTLED);
        }
        if ((v & Report.THROTTLE_POWER) != 0) {
          open.flag(c, OpenWindow.POWER_SAVED);
        }
      }
    }
    if (steps >= 0) {
      open.steps[board] |=
          (byte) (state.steps[board] != NEVER && steps != state.steps[board] ? 3 : 1);
      state.steps[board] = steps;
    }
    if (bad >= 0) {
      detail =
          ("%s: impossible reading taken as absent: temperature %s, memory temperature %s,"
                  + " power %s, utilization %s, tensor activity %s, clock %s, memory used %s")
              .formatted(
                  layout.chipPath(layout.chipIndex(board, r.chip[bad])),
                  show(r.temperature[bad]),
                  show(r.hbmTemperature[bad]),
                  show(r.power[bad]),
                  show(r.utilization[bad]),
                  show(r.tensorActivity[bad]),
                  show(r.clock[bad]),
                  show(r.hbmUsed[bad]));
    }
    return bad < 0;
  }

  /** Adds those of a chip's readings that can be true; false if one cannot. */
  private static boolean addPossible(Report r, int i, int chip, OpenWindow open) {
    int temperature = orAbsent(r.temperature[i], PeerStatistics.LOWEST, PeerStatistics.HIGHEST);
    int power = orAbsent(r.power[i], 0, OpenWindow.MOST_POWER);
    int utilization = orAbsent(r.utilization[i], 0, 1_000);
    int tensor = orAbsent(r.tensorActivity[i], 0, 1_000);
    int clock = orAbsent(r.clock[i], 0, OpenWindow.MOST_CLOCK);
    int hbmUsed = orAbsent(r.hbmUsed[i], 0, OpenWindow.MOST_HBM);
    open.add(chip, temperature, power, utilization, tensor, clock, hbmUsed);
    return temperature == r.temperature[i]
        && power == r.power[i]
        && utilization == r.utilization[i]
        && tensor == r.tensorActivity[i]
        && clock == r.clock[i]
        && hbmUsed == r.hbmUsed[i];
  }

  /** Takes a chip's counters of memory errors; what does not grow is a base. */
  private void memoryErrors(long corrected, long uncorrected, int chip, OpenWindow open) {
    if (corrected >= 0) {
      int now = (int) (corrected & Integer.MAX_VALUE);
      int before = state.corrected[chip];
      if (now != before) {
        if (before != PodState.NO_BASE && now > before) {
          open.addCorrected(chip, now - before);
        }
        state.corrected[chip] = now;
      }
    }
    if (uncorrected >= 0) {
      short now = (short) (uncorrected & Short.MAX_VALUE);
      short before = state.uncorrected[chip];
      if (now != before) {
        if (before != PodState.NO_BASE && now > before) {
          open.flag(chip, OpenWindow.UNCORRECTED);
        }
        state.uncorrected[chip] = now;
      }
    }
  }

  private static boolean impossible(int value, int least, int most) {
    return value != ABSENT && (value < least || value > most);
  }

  private static int orAbsent(int value, int least, int most) {
    return value < least || value > most ? ABSENT : value;
  }

  private static String show(int value) {
    return value == ABSENT ? "absent" : Integer.toString(value);
  }

  /** Takes the links' readings; false if a counter was impossible and left out. */
  private boolean links(Report r, int board) {
    // A reading that overtook a newer one would only turn the counters back.
    if (r.linkCount == 0 || (state.linkTime[board] != NEVER && r.timeMs <= state.linkTime[board])) {
      return true;
    }
    long elapsedMs = state.linkTime[board] == NEVER ? 0 : r.timeMs - state.linkTime[board];
    state.linkTime[board] = r.timeMs;
    int chip0 = board * chipsPerBoard;
    int port0 = chip0 * portsPerChip;
    if (!state.narrowRate.isEmpty()) {
      state.narrowRate.subMap(port0, port0 + chipsPerBoard * portsPerChip).clear();
    }
    // A port that this reading leaves out is one of which nothing is known.
    byte[] ports = state.port;
    for (int p = port0; p < port0 + chipsPerBoard * portsPerChip; p++) {
      ports[p] = PodState.unread(ports[p]);
    }
    boolean whole = true;
    for (int i = 0; i < r.linkCount; ) {
      int position = r.linkChip[i];
      int firstPort = port0 + position * portsPerChip;
      int end = i;
      long errors = 0;
      long tx = 0;
      long rx = 0;
      long waited = 0;
      for (; end < r.linkCount && r.linkChip[end] == position; end++) {
        int at = firstPort + r.linkPort[end];
        int s = r.linkState[end];
        int rate = r.linkRate[end];
        if (s == Report.LINK_UP && (rate >= narrowBelow || rate <= 0)) {
          ports[at] = PodState.PORT_UP;
        } else if (s == Report.LINK_UP) {
          ports[at] = PodState.PORT_UP | PodState.PORT_NARROW;
          if (state.narrowRate.size() < PodState.MOST_NARROW_RATES) {
            state.narrowRate.put(at, rate);
          }
        } else if (s == Report.LINK_DOWN) {
          fell(at, r.timeMs);
        }
        long crc = r.crcErrors[end];
        long retries = r.retries[end];
        long sent = r.txBytes[end];
        long received = r.rxBytes[end];
        // Absence is negative too.
        if ((crc | retries | sent | received) < 0
            && (negative(crc) || negative(retries) || negative(sent) || negative(received))) {
          whole = false;
          detail = "%s: a negative counter taken as absent".formatted(layout.portPath(at));
        }
        errors += counter(crc) + counter(retries);
        tx += counter(sent);
        rx += counter(received);
        waited += counter(r.waitMicros[end]);
      }
      short count = (short) (end - i);
      boolean comparable = elapsedMs > 0 && state.portsInSums[chip0 + position] == count;
      waits.take(r, i, end, chip0 + position, waited, elapsedMs, comparable);
      chipLinks(r, i, end, chip0 + position, count, errors, tx, rx, elapsedMs);
      i = end;
    }
    return whole;
  }

  private void fell(int port, long timeMs) {
    if ((state.port[port] & PodState.PORT_WAS_DOWN) == 0) {
      state.downs.merge(
          port, PodState.PortDowns.NONE.next(timeMs), (before, first) -> before.next(first.last()));
    }
    state.port[port] = PodState.PORT_DOWN;
  }

  /** A cumulative counter; absent or impossible ones add nothing. */
  private static long counter(long value) {
    return Math.max(0, value);
  }

  private static boolean negative(long value) {
    return value < 0 && value != ABSENT_LONG;
  }

  private static long errors(Report r, int link) {
    return counter(r.crcErrors[link]) + counter(r.retries[link]);
  }

  /** Takes the links {@code from} to {@code to} of a report, which are those of one chip. */
  private void chipLinks(
      Report r,
      int from,
      int to,
      int chip,
      short ports,
      long errors,
      long tx,
      long rx,
      long elapsedMs) {
    int more = (int) errors - state.linkErrors[chip];
    boolean comparable =
        state.portsInSums[chip] == ports
            && elapsedMs > 0
            && more >= 0
            && tx >= state.txBytes[chip]
            && rx >= state.rxBytes[chip];
    long grown = comparable ? more : 0;
    if (comparable) {
      linkTotals[0] += tx - state.txBytes[chip];
      linkTotals[1] += rx - state.rxBytes[chip];
      linkTotals[2] += grown;
    }
    state.linkErrors[chip] = (int) errors;
    state.txBytes[chip] = tx;
    state.rxBytes[chip] = rx;
    state.portsInSums[chip] = ports;
    // If all ports together stay under the threshold of one, no port can be over it.
    boolean suspicious = grown * 1_000 >= settings.linkErrorsPerSecond() * elapsedMs && grown > 0;
    if (!suspicious && state.watched.isEmpty()) {
      return;
    }
    PodState.PortErrors watched = state.watched.get(chip);
    if (watched == null) {
      if (!suspicious) {
        return;
      }
      watched = PodState.PortErrors.of(portsPerChip);
      state.watched.put(chip, watched);
    } else if (!suspicious) {
      state.watched.remove(chip);
      return;
    }
    for (int i = from; i < to; i++) {
      int p = r.linkPort[i];
      long now = errors(r, i);
      long before = watched.last()[p];
      watched.last()[p] = now;
      long perSecond = before < 0 || now < before ? 0 : (now - before) * 1_000 / elapsedMs;
      watched.perSecond()[p] = (int) Math.min(Integer.MAX_VALUE, perSecond);
      if (perSecond >= settings.linkErrorsPerSecond()) {
        state.port[chip * portsPerChip + p] |= PodState.PORT_DEGRADED;
      }
    }
  }

  // Time.

  private void anchor(long window) {
    anchored = true;
    openWindow = window;
    recount();
  }

  private long openEnd() {
    return (openWindow + 1) * settings.windowMs();
  }

  private void advance(int board, long timeMs) {
    long before = state.clock[board];
    if (before == NEVER) {
      boardsHeard++;
    }
    if (state.live[board] == 0) {
      state.live[board] = 1;
      live++;
      // It was not counted; count it with the clock that it had.
      pastEnd += before >= openEnd() ? 1 : 0;
      pastGrace += before >= openEnd() + settings.graceMs() ? 1 : 0;
    }
    if (timeMs > before) {
      long end = openEnd();
      long graceEnd = end + settings.graceMs();
      state.clock[board] = timeMs;
      pastEnd += before < end && timeMs >= end ? 1 : 0;
      pastGrace += before < graceEnd && timeMs >= graceEnd ? 1 : 0;
    }
  }

  private void recount() {
    live = 0;
    pastEnd = 0;
    pastGrace = 0;
    long end = openEnd();
    for (int b = 0; b < state.clock.length; b++) {
      if (state.live[b] != 0) {
        live++;
        pastEnd += state.clock[b] >= end ? 1 : 0;
        pastGrace += state.clock[b] >= end + settings.graceMs() ? 1 : 0;
      }
    }
  }

  private void closeRipe(Output output) {
    while (live > 0 && (pastEnd == live || (pastGrace > 0 && pastGrace * 2 >= live))) {
      boolean waited = pastEnd != live;
      close(openEnd() + (waited ? settings.graceMs() : 0), output);
      tickBaseMs = NEVER;
    }
  }

  private void close(long watermarkMs, Output output) {
    long startMs = openWindow * settings.windowMs();
    windows++;
    judge.judge(
        openWindow,
        watermarkMs,
        JobMap.at(layout, placements, startMs),
        new Counters(reports, late, duplicates, rejected, missed, windows),
        linkTotals,
        output);
    OpenWindow closed = state.window(openWindow);
    long end = openEnd();
    for (int b = 0; b < state.clock.length; b++) {
      boolean heard = closed.reports[b] != 0 || state.clock[b] >= end;
      state.live[b] = (byte) (heard ? 1 : 0);
      state.astray[b] = 0;
    }
    state.clear(openWindow);
    state.touchAll();
    openWindow++;
    recount();
  }

  private void tick(long timeMs, Output output) {
    if (timeMs < 0) {
      return;
    }
    if (!anchored) {
      anchor(Math.floorDiv(timeMs, settings.windowMs()));
    }
    if (lastTickMs != NEVER && timeMs <= lastTickMs) {
      return;
    }
    boolean gap = lastTickMs != NEVER && timeMs - lastTickMs > MAX_TICK_GAP_MS;
    lastTickMs = timeMs;
    if (gap || tickBaseMs == NEVER) {
      tickBaseMs = timeMs;
      return;
    }
    while (timeMs - tickBaseMs >= (long) settings.windowMs() + settings.tickPatienceMs()) {
      long base = tickBaseMs + settings.windowMs();
      close(openEnd(), output);
      closeRipe(output);
      // Reports that closed a window too say where time is; without them only the tick does.
      if (tickBaseMs == NEVER) {
        tickBaseMs = timeMs;
        return;
      }
      tickBaseMs = base;
    }
  }

  // Implausible times.

  private void stray(int board) {
    state.touchBoard(board);
    state.astray[board] = 1;
  }

  /** Whether the report is the one that turns the monitor to the time of the strays. */
  private boolean followStrays(Report r, Output output) {
    long window = Math.floorDiv(r.timeMs, settings.windowMs());
    if (strays == 0 || Math.abs(window - strayWindow) >= PodState.SLOTS) {
      forgetStrays();
      strayWindow = window;
    }
    int board = layout.boardIndex(r.cabinet, r.board);
    if (!strayBoard[board]) {
      strayBoard[board] = true;
      strays++;
    }
    strayWindow = Math.min(strayWindow, window);
    boolean guessed = boardsHeard < ANCHOR_QUORUM;
    int quorum =
        guessed
            ? Math.min(ANCHOR_QUORUM, layout.boards())
            : Math.max(1, Math.min(STRAY_QUORUM, (live + 1) / 2));
    if (strays < quorum) {
      return false;
    }
    long target = strayWindow;
    forgetStrays();
    if (guessed || target < openWindow || target - openWindow > MAX_GAP_WINDOWS) {
      beginAnew(target);
    } else {
      while (openWindow < target) {
        close(openEnd(), output);
      }
    }
    tickBaseMs = NEVER;
    return true;
  }

  private void forgetStrays() {
    strays = 0;
    Arrays.fill(strayBoard, false);
  }

  /** Drops the open windows and the boards' clocks, and goes on at another time. */
  private void beginAnew(long window) {
    state.clearWindows();
    state.downs.clear();
    state.narrowRate.clear();
    Arrays.fill(state.clock, NEVER);
    Arrays.fill(state.agentStart, NEVER);
    Arrays.fill(state.linkTime, NEVER);
    Arrays.fill(state.live, (byte) 1);
    boardsHeard = 0;
    state.touchAll();
    anchor(window);
  }

  // Pages.

  /** Number of pages that the state is stored in: one of the pod, and one for each cabinet. */
  public int pages() {
    return 1 + layout.cabinets();
  }

  /** Whether a page has changed since it was last written or read. */
  public boolean dirty(int page) {
    return page == 0 ? headerDirty : state.dirty(page - 1);
  }

  /** Writes a page, which is then clean. */
  public byte[] writePage(int page) {
    if (page > 0) {
      return waits.append(state.writePage(page - 1), page - 1);
    }
    headerDirty = false;
    return IncidentLedger.bytes(
        out -> {
          out.writeByte(VERSION);
          out.writeInt(settings.windowMs());
          out.writeBoolean(anchored);
          out.writeLong(openWindow);
          out.writeInt(boardsHeard);
          out.writeLong(lastTickMs);
          out.writeLong(tickBaseMs);
          out.writeLong(strayWindow);
          out.writeInt(strays);
          if (strays > 0) {
            for (int b = 0; b < strayBoard.length; b++) {
              out.writeBoolean(strayBoard[b]);
            }
          }
          for (long counter : counters()) {
            out.writeLong(counter);
          }
          ledger.write(out);
          judge.write(out);
        });
  }

  private List<Long> counters() {
    List<Long> all = new ArrayList<>();
    for (long c : new long[] {reports, late, duplicates, rejected, missed, windows}) {
      all.add(c);
    }
    for (long c : linkTotals) {
      all.add(c);
    }
    return all;
  }

  /**
   * Reads a page back. After every page is read, the monitor goes on as the one that wrote them.
   *
   * @throws IllegalArgumentException if the page was not written by this version for this layout
   */
  public void readPage(int page, ByteBuffer bytes) {
    if (page > 0) {
      state.readPage(page - 1, bytes);
      waits.read(page - 1, bytes);
      recount();
      return;
    }
    try (DataInputStream in = IncidentLedger.input(bytes)) {
      if (in.readByte() != VERSION || in.readInt() != settings.windowMs()) {
        throw new IllegalArgumentException(
            "stored state of %s is of another version or window".formatted(layout.pod()));
      }
      anchored = in.readBoolean();
      openWindow = in.readLong();
      boardsHeard = in.readInt();
      lastTickMs = in.readLong();
      tickBaseMs = in.readLong();
      strayWindow = in.readLong();
      strays = in.readInt();
      Arrays.fill(strayBoard, false);
      if (strays > 0) {
        for (int b = 0; b < strayBoard.length; b++) {
          strayBoard[b] = in.readBoolean();
        }
      }
      reports = in.readLong();
      late = in.readLong();
      duplicates = in.readLong();
      rejected = in.readLong();
      missed = in.readLong();
      windows = in.readLong();
      for (int i = 0; i < linkTotals.length; i++) {
        linkTotals[i] = in.readLong();
      }
      ledger.read(in);
      judge.read(in);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "stored state of %s is cut short".formatted(layout.pod()), e);
    }
    recount();
    headerDirty = false;
  }
}
