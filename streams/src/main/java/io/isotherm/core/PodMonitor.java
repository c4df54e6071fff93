package io.isotherm.core;

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
 * fits comes in between, was it the pod's time that was wrong, and the monitor follows them. Late
 * reports are mostly those of a backlog, which becomes less late. Only if many boards stay as late
 * while ticks close one window after the other and nothing fits does the monitor go back to them.
 *
 * <p>Not safe for use by several threads.
 */
public final class PodMonitor {

  /**
   * Takes the results of a {@link PodMonitor}, in the order of event time but where it goes back.
   */
  public interface Output {
    /** A window was closed. Its incident events come before it. */
    void window(PodWindow window);

    /** Something happened to an incident. */
    void incident(IncidentEvent event);
  }

  private static final byte VERSION = 10;

  /** The version before it was known which faults jobs go on with; it is read, too. */
  private static final byte WITHOUT_OLD_FAULTS = 9;

  /** Boards that must agree on a time before the monitor gives up its own for it. */
  private static final int STRAY_QUORUM = 16;

  /** Reports in a row that must agree on it: one that is broken moves nothing. */
  private static final int FEWEST_STRAYS = 3;

  /**
   * Boards that must have reported before the pod's time is more than a first guess; all of a pod
   * that has fewer.
   */
  private static final int ANCHOR_QUORUM = 3;

  /** How far behind the oldest open window a report may be to be late rather than implausible. */
  private static final long MAX_LATE_MS = 3_600_000;

  /** Windows that are closed one by one after a gap; after a longer one the monitor begins anew. */
  private static final int MAX_GAP_WINDOWS = 360;

  /** A ticker may lose two ticks in a row, also where windows are shorter than that. */
  private static final long LEAST_TICK_GAP_MS = 15_000;

  private static final long MOST_TICK_GAP_MS = 60_000;

  /**
   * Ticks in a row, a minute of them, that lie far behind the newest before it was the wrong one.
   */
  private static final int MOST_TICKS_BEHIND = 12;

  /**
   * Times in a row, two minutes of windows of ten seconds, that ticks close windows while boards
   * stay equally late, before it is the pod's time that is wrong.
   */
  private static final int MOST_LATE_CLOSES = 12;

  private static final long NEVER = PodState.NEVER;

  private final PodLayout layout;
  private final DetectorSettings settings;
  private final PodState state;
  private final IncidentLedger ledger;
  private final WindowJudge judge;
  private final FabricWaits waits;
  private final ErrorCodes codes;
  private final ReportCheck check;
  private final ChipReadings chips;
  private final LinkReadings links;
  private List<Placement> placements = List.of();
  private boolean headerDirty = true;

  // The pod's time.
  private boolean anchored;

  /** Whether a tick anchored it, whose clock is not the pod's; counts until a board was heard. */
  private boolean anchoredByTick;

  private long openWindow;
  private int boardsHeard;

  // Derived from the boards' clocks and the open window.
  private int live;
  private int pastEnd;
  private int pastGrace;

  /** Time between two ticks from which nobody can say whether the pod or the ticker was silent. */
  private final long tickGapMs;

  // Ticks: the newest, and the one from which the oldest open window has been waiting.
  private long lastTickMs = NEVER;
  private long tickBaseMs = NEVER;
  private int ticksBehind;

  // Reports whose time fits no open window, from boards that agree with each other.
  private long strayWindow;
  private int strays;

  /** Such reports in a row, of all of these boards, up to {@link #FEWEST_STRAYS}. */
  private int strayReports;

  private final boolean[] strayBoard;

  // Windows of the late reports since the last close.
  private long oldestLate = Long.MAX_VALUE;
  private long newestLate = NEVER;

  // How often in a row ticks closed windows while only such reports came, and how late those were.
  private int lateCloses;
  private long lateWindows;

  // Cumulative counters.
  private long reports;
  private long late;
  private long duplicates;
  private long rejected;
  private long missed;

  /** Missing since the last close, less those that came later; below zero if more came. */
  private long gaps;

  private long windows;

  /**
   * @param layout the pod
   * @param settings windows and thresholds
   */
  public PodMonitor(PodLayout layout, DetectorSettings settings) {
    this.layout = layout;
    this.settings = settings;
    this.state = new PodState(layout);
    this.ledger = new IncidentLedger(layout.pod(), settings);
    this.waits =
        new FabricWaits(
            settings.congestionWait(),
            layout.chips(),
            layout.chipsPerCabinet(),
            layout.portsPerChip());
    this.check = new ReportCheck(layout, state);
    this.codes = new ErrorCodes(layout, settings);
    this.chips = new ChipReadings(layout, settings, state, codes, check);
    this.links = new LinkReadings(layout, settings, state, waits, check);
    this.judge = new WindowJudge(layout, settings, state, ledger, waits, codes);
    this.strayBoard = new boolean[layout.boards()];
    // Shorter than a window waits, so that no single gap closes one.
    this.tickGapMs =
        Math.max(LEAST_TICK_GAP_MS, Math.min(settings.tickPatienceMs(), MOST_TICK_GAP_MS));
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

  /**
   * Ends, as the pod's parts change, and gives the monitor that takes its place. What lies before
   * was judged by this one, and is late for that one. What is known of parts is gone, and what is
   * open resolved: that one does not know it, so it would stay open for ever. What the jobs of the
   * parts did is kept: one that stands still would else never have worked.
   *
   * @param changed the pod as it is from now on
   * @param eventMs event time at which this one ends: the end of the last window that it closed
   */
  public PodMonitor followedBy(PodLayout changed, long eventMs, Output output) {
    end(eventMs, output);
    PodMonitor next = new PodMonitor(changed, settings);
    next.headerDirty = true;
    next.judge.follow(judge);
    next.anchor(Math.floorDiv(eventMs, settings.windowMs()));
    return next;
  }

  /** Resolves the incidents that are open at an event time, and forgets them. */
  void end(long eventMs, Output output) {
    headerDirty = true;
    ledger.end(eventMs, output::incident);
  }

  /** What was wrong with the last report that was not wholly accepted, in one sentence. */
  public String detail() {
    return check.detail();
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
        if (followStrays(report, output)) {
          return accept(report, output);
        }
        rejected++;
      }
      case TICK -> throw new AssertionError("a tick is not taken as a report");
    }
    closeRipe(output);
    return outcome;
  }

  private Outcome take(Report r) {
    if (!layout.hasBoard(r.cabinet, r.board)) {
      return check.reject(
          Outcome.UNKNOWN_PART,
          "cabinet %d board %d: %s has cabinets 0 to %d and boards 0 to %d",
          r.cabinet,
          r.board,
          layout.pod(),
          layout.cabinets() - 1,
          layout.boardsPerCabinet() - 1);
    }
    int board = layout.boardIndex(r.cabinet, r.board);
    Outcome shape = check.shape(r, board);
    if (shape != Outcome.ACCEPTED) {
      return shape;
    }
    if (r.timeMs > ReportCheck.MAX_TIME_MS) {
      stray(board);
      return check.reject(
          Outcome.IMPOSSIBLE,
          "%s: time %d ms lies after the year 9999",
          layout.boardPath(board),
          r.timeMs);
    }
    long window = Math.floorDiv(r.timeMs, settings.windowMs());
    if (!anchored) {
      anchor(window);
    }
    if (window >= openWindow + PodState.SLOTS) {
      stray(board);
      return check.reject(
          Outcome.TIME_TOO_NEW,
          "%s: time %d ms is %d ms ahead of the pod's oldest open window",
          layout.boardPath(board),
          r.timeMs,
          r.timeMs - openWindow * settings.windowMs());
    }
    if (window < openWindow && openWindow * settings.windowMs() - r.timeMs > MAX_LATE_MS) {
      stray(board);
      return check.reject(
          Outcome.TIME_TOO_OLD,
          "%s: time %d ms is %d ms behind the pod's oldest open window",
          layout.boardPath(board),
          r.timeMs,
          openWindow * settings.windowMs() - r.timeMs);
    }
    state.fetch(board, window);
    Outcome agent = check.agent(r, board);
    if (agent != Outcome.ACCEPTED) {
      return agent;
    }
    if (!firstSight(r, board)) {
      return Outcome.DUPLICATE;
    }
    state.touchBoard(board);
    if (window < openWindow && anchoredByTick && boardsHeard == 0) {
      anchor(window);
    }
    if (window < openWindow) {
      late(board, window);
      return Outcome.LATE;
    }
    if (strays > 0 && !guessed()) {
      forgetStrays();
    }
    strayReports = 0;
    boolean whole = chips.take(r, board, state.window(window));
    whole &= links.take(r, board);
    advance(board, r.timeMs);
    return whole ? Outcome.ACCEPTED : Outcome.ACCEPTED_IN_PART;
  }

  /** Notes the sequence number; false if it was seen before or another agent has taken over. */
  private boolean firstSight(Report r, int board) {
    long start = state.agentStart(board);
    if (start == NEVER
        || r.agentStartMs > start
        || (r.agentStartMs < start && afterAll(r, board))) {
      // One that started before its board's last report is another agent, and no host restarted.
      if (start != NEVER
          && state.clock(board) != NEVER
          && r.agentStartMs > state.clock(board)
          && afterAll(r, board)) {
        state.restarted[board] = 1;
      }
      state.agentStart(board, r.agentStartMs);
      state.sequence(board, r.sequence, /* seen= */ 1);
      // Counters began anew: the next reading is only a base.
      chips.forgetCounters(board);
      links.forgetCounters(board);
      return true;
    }
    if (r.agentStartMs < start) {
      return false;
    }
    long step = r.sequence - state.sequence(board);
    long seen = state.sequenceSeen(board);
    if (step > 0) {
      state.sequence(board, r.sequence, step >= Long.SIZE ? 1 : seen << step | 1);
      gaps += step - 1;
      return true;
    }
    if (-step >= Long.SIZE) {
      return false;
    }
    long bit = 1L << -step;
    if ((seen & bit) != 0) {
      return false;
    }
    state.sequence(board, state.sequence(board), seen | bit);
    // It counts as missing only if one before it was seen.
    gaps -= seen >>> -step != 0 ? 1 : 0;
    return true;
  }

  /**
   * Whether a report is a whole window newer than all that its board said. What is left over from
   * an agent that was replaced never is; so such a report is its successor's, also if that one has
   * run for longer elsewhere, or started while the host's clock was ahead of its own.
   */
  private boolean afterAll(Report r, int board) {
    return r.timeMs >= state.clock(board) + settings.windowMs();
  }

  // Time.

  private void anchor(long window) {
    anchored = true;
    anchoredByTick = false;
    openWindow = window;
    recount();
  }

  private long openEnd() {
    return (openWindow + 1) * settings.windowMs();
  }

  private void advance(int board, long timeMs) {
    long before = state.clock(board);
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
      state.clock(board, timeMs);
      pastEnd += before < end && timeMs >= end ? 1 : 0;
      pastGrace += before < graceEnd && timeMs >= graceEnd ? 1 : 0;
    }
  }

  private void recount() {
    live = 0;
    pastEnd = 0;
    pastGrace = 0;
    long end = openEnd();
    for (int b = 0; b < state.boards(); b++) {
      if (state.live[b] != 0) {
        live++;
        pastEnd += state.clock(b) >= end ? 1 : 0;
        pastGrace += state.clock(b) >= end + settings.graceMs() ? 1 : 0;
      }
    }
  }

  private void closeRipe(Output output) {
    while (live > 0 && (pastEnd == live || (pastGrace > 0 && pastGrace * 2 >= live))) {
      boolean waited = pastEnd != live;
      close(openEnd() + (waited ? settings.graceMs() : 0), output);
      tickBaseMs = NEVER;
      lateCloses = 0;
    }
  }

  private void close(long watermarkMs, Output output) {
    long startMs = openWindow * settings.windowMs();
    windows++;
    countMissed();
    judge.judge(
        openWindow,
        watermarkMs,
        JobMap.at(layout, placements, startMs),
        new Counters(reports, late, duplicates, rejected, missed, windows),
        links.totals,
        output);
    OpenWindow closed = state.window(openWindow);
    long end = openEnd();
    for (int b = 0; b < state.boards(); b++) {
      boolean heard = closed.reports[b] != 0 || state.clock(b) >= end;
      state.live[b] = (byte) (heard ? Math.min(Byte.MAX_VALUE, state.live[b] + 1) : 0);
      state.astray[b] = 0;
    }
    state.clear(openWindow);
    state.touchAll();
    forgetLate();
    openWindow++;
    recount();
  }

  /** What was counted stays so; one that came after that makes up for the next one missing. */
  private void countMissed() {
    if (gaps > 0) {
      missed += gaps;
      gaps = 0;
    }
  }

  private void tick(long timeMs, Output output) {
    if (timeMs < 0 || timeMs > ReportCheck.MAX_TIME_MS) {
      return;
    }
    if (!anchored) {
      anchor(Math.floorDiv(timeMs, settings.windowMs()));
      anchoredByTick = true;
    }
    if (lastTickMs != NEVER && timeMs <= lastTickMs && !newestIsWrong(timeMs)) {
      return;
    }
    boolean jump = lastTickMs != NEVER && Math.abs(timeMs - lastTickMs) > tickGapMs;
    lastTickMs = timeMs;
    ticksBehind = 0;
    if (jump || tickBaseMs == NEVER) {
      tickBaseMs = timeMs;
      return;
    }
    if (tickCloses(timeMs) && stayLate()) {
      goBack();
      return;
    }
    while (tickCloses(timeMs)) {
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

  private boolean tickCloses(long timeMs) {
    return timeMs - tickBaseMs >= (long) settings.windowMs() + settings.tickPatienceMs();
  }

  /**
   * Whether a tick that is not newer shows that the newest was wrong. What is only a little behind
   * comes to pass it soon; so tickers whose clocks differ by seconds leave each other alone.
   */
  private boolean newestIsWrong(long timeMs) {
    if (lastTickMs - timeMs <= tickGapMs) {
      return false;
    }
    ticksBehind++;
    return ticksBehind >= MOST_TICKS_BEHIND;
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
      // Reports that are windows apart are in a row as well.
      boolean goesOn = window > strayWindow && window - strayWindow < 2 * PodState.SLOTS;
      int inRow = strays > 0 && goesOn ? strayReports : 0;
      forgetStrays();
      strayWindow = window;
      strayReports = inRow;
    }
    int board = layout.boardIndex(r.cabinet, r.board);
    if (!strayBoard[board]) {
      strayBoard[board] = true;
      strays++;
    }
    strayReports = Math.min(FEWEST_STRAYS, strayReports + 1);
    strayWindow = Math.min(strayWindow, window);
    if (strays < strayQuorum(board) || strayReports < FEWEST_STRAYS) {
      return false;
    }
    long target = strayWindow;
    forgetStrays();
    if (guessed() || target < openWindow || target - openWindow > MAX_GAP_WINDOWS) {
      beginAnew(target);
    } else {
      while (openWindow < target) {
        close(openEnd(), output);
      }
    }
    tickBaseMs = NEVER;
    return true;
  }

  /** Whether so few boards have reported that the pod's time is a first guess. */
  private boolean guessed() {
    return boardsHeard < anchorQuorum();
  }

  private int anchorQuorum() {
    return Math.min(ANCHOR_QUORUM, layout.boards());
  }

  /** Boards that must agree on another time: one alone only where no other is live. */
  private int strayQuorum(int board) {
    if (guessed()) {
      return live == 0 ? 1 : anchorQuorum();
    }
    int others = live - (state.live[board] != 0 ? 1 : 0);
    return Math.max(others > 0 ? 2 : 1, Math.min(STRAY_QUORUM, (live + 1) / 2));
  }

  /** Notes a report of a closed window. */
  private void late(int board, long window) {
    state.astray[board] = PodState.LATE;
    oldestLate = Math.min(oldestLate, window);
    newestLate = Math.max(newestLate, window);
  }

  private void forgetLate() {
    oldestLate = Long.MAX_VALUE;
    newestLate = NEVER;
  }

  /**
   * Whether boards have been equally late for so long that they are not going to catch up. Asked
   * once for each tick that closes windows.
   */
  private boolean stayLate() {
    int boards = 0;
    boolean fits = false;
    for (int b = 0; b < state.boards(); b++) {
      boards += state.astray[b] == PodState.LATE ? 1 : 0;
      fits |= state.clock(b) >= openWindow * settings.windowMs();
    }
    if (fits || boards < Math.min(STRAY_QUORUM, (state.boards() + 1) / 2)) {
      lateCloses = 0;
      return false;
    }
    long by = openWindow - newestLate;
    // A backlog that drains becomes less late; one window is the coarseness of the measure.
    if (lateCloses == 0 || by < lateWindows - 1) {
      lateCloses = 0;
      lateWindows = by;
    }
    lateCloses++;
    return lateCloses >= MOST_LATE_CLOSES;
  }

  /** To the oldest of the late reports: if that one is alone, the others soon overrule it. */
  private void goBack() {
    beginAnew(oldestLate);
    Arrays.fill(state.astray, (byte) 0);
    forgetLate();
    lateCloses = 0;
    tickBaseMs = NEVER;
  }

  private void forgetStrays() {
    strays = 0;
    strayReports = 0;
    Arrays.fill(strayBoard, false);
  }

  /** Drops the open windows and the boards' clocks, and goes on at another time. */
  private void beginAnew(long window) {
    state.clearWindows();
    state.downs.clear();
    state.narrowRate.clear();
    codes.clear();
    state.forgetAgents();
    boardsHeard = 0;
    state.touchAll();
    anchor(window);
  }

  // Pages.

  /** Number of pages that the state is stored in: one of the pod, and one for each cabinet. */
  public int pages() {
    return 1 + layout.cabinets();
  }

  /** Whether a page has changed since it was last written or read; a new monitor's all have. */
  public boolean dirty(int page) {
    return page == 0 ? headerDirty : state.dirty(page - 1);
  }

  /** Writes a page, which is then clean. */
  public byte[] writePage(int page) {
    if (page > 0) {
      return codes.append(waits.append(state.writePage(page - 1), page - 1), page - 1);
    }
    headerDirty = false;
    return IncidentLedger.bytes(
        out -> {
          out.writeByte(VERSION);
          out.writeInt(settings.windowMs());
          out.writeBoolean(anchored);
          out.writeBoolean(anchoredByTick);
          out.writeLong(openWindow);
          out.writeInt(boardsHeard);
          out.writeLong(lastTickMs);
          out.writeLong(tickBaseMs);
          out.writeInt(ticksBehind);
          out.writeLong(strayWindow);
          // Together the int that the second of them was alone; both are small.
          out.writeShort(strayReports);
          out.writeShort(strays);
          if (strays > 0) {
            for (int b = 0; b < strayBoard.length; b++) {
              out.writeBoolean(strayBoard[b]);
            }
          }
          out.writeLong(oldestLate);
          out.writeLong(newestLate);
          out.writeInt(lateCloses);
          out.writeLong(lateWindows);
          out.writeLong(gaps);
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
    for (long c : links.totals) {
      all.add(c);
    }
    return all;
  }

  /**
   * Reads a page back. After every page is read, the monitor goes on as the one that wrote them.
   *
   * @throws IllegalArgumentException if the page was not written for this layout, by this version
   *     or the one before
   */
  public void readPage(int page, ByteBuffer bytes) {
    if (page > 0) {
      state.readPage(page - 1, bytes);
      waits.read(page - 1, bytes);
      codes.read(page - 1, bytes);
      recount();
      return;
    }
    try (DataInputStream in = IncidentLedger.input(bytes)) {
      byte version = in.readByte();
      boolean before = version == WITHOUT_OLD_FAULTS;
      if ((version != VERSION && !before) || in.readInt() != settings.windowMs()) {
        throw new IllegalArgumentException(
            "stored state of %s is of another version or window".formatted(layout.pod()));
      }
      anchored = in.readBoolean();
      anchoredByTick = in.readBoolean();
      openWindow = in.readLong();
      boardsHeard = in.readInt();
      lastTickMs = in.readLong();
      tickBaseMs = in.readLong();
      ticksBehind = in.readInt();
      strayWindow = in.readLong();
      strayReports = in.readShort();
      strays = in.readShort();
      Arrays.fill(strayBoard, false);
      if (strays > 0) {
        for (int b = 0; b < strayBoard.length; b++) {
          strayBoard[b] = in.readBoolean();
        }
      }
      oldestLate = in.readLong();
      newestLate = in.readLong();
      lateCloses = in.readInt();
      lateWindows = in.readLong();
      gaps = in.readLong();
      reports = in.readLong();
      late = in.readLong();
      duplicates = in.readLong();
      rejected = in.readLong();
      missed = in.readLong();
      windows = in.readLong();
      for (int i = 0; i < links.totals.length; i++) {
        links.totals[i] = in.readLong();
      }
      ledger.read(in);
      judge.read(in, before);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "stored state of %s is cut short".formatted(layout.pod()), e);
    }
    recount();
    headerDirty = false;
  }
}
