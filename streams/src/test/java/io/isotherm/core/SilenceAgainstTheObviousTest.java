package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.ObviousRun.Fault;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Boards, chips and memories that fail in every way, judged by both monitors. */
@Execution(ExecutionMode.CONCURRENT)
final class SilenceAgainstTheObviousTest {
  private static final int SECONDS = 360;

  /** Until something has been silent for ten minutes, and for some minutes after that. */
  private static final int LONG_SECONDS = 1_300;

  /**
   * Seconds of silence after which boards have a new agent where reports come in another order: of
   * longer gaps of one agent its sequence numbers are no longer remembered, and one that comes
   * after a newer one counts as missing, too. For the like reason boards that report seldom do so
   * in their order.
   */
  private static final int LONGEST_GAP = 50;

  private static final List<IncidentKind> KINDS =
      List.of(
          IncidentKind.POD_SILENT,
          IncidentKind.CABINET_SILENT,
          IncidentKind.BOARD_SILENT,
          IncidentKind.BOARD_CLOCK,
          IncidentKind.CHIP_SILENT,
          IncidentKind.HOST_RESTART,
          IncidentKind.CHIP_FATAL,
          IncidentKind.HBM_CORRECTABLE,
          IncidentKind.HBM_UNCORRECTABLE);

  /** Those that are critical where a synchronous job waits for the part. */
  private static final List<IncidentKind> OF_JOBS =
      List.of(
          IncidentKind.BOARD_SILENT,
          IncidentKind.CHIP_SILENT,
          IncidentKind.CHIP_FATAL,
          IncidentKind.HBM_UNCORRECTABLE);

  /** What happened in all runs: type, kind and severity. */
  private final Set<String> told = new TreeSet<>();

  @Test
  void whatIsFoundIsWhatTheObviousMonitorFinds() {
    for (int seed = 1; seed <= 28; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      PodLayout layout = seed % 3 == 0 ? SmallPod.LAYOUT : ObviousRun.WIDE;
      boolean mangled = seed % 2 == 0;
      run(layout, mix(layout, mangled, random), mangled ? 40 : 0, random, seed);
    }
    for (int seed = 2_001; seed <= 2_012; seed++) {
      wholePod(seed);
    }
    for (int seed = 3_001; seed <= 3_006; seed++) {
      besideOldSilence(seed);
    }

    for (IncidentKind kind : KINDS) {
      assertThat(told).contains("OPENED " + kind, "RESOLVED " + kind);
    }
    for (IncidentKind kind :
        List.of(
            IncidentKind.CHIP_SILENT, IncidentKind.CHIP_FATAL, IncidentKind.HBM_UNCORRECTABLE)) {
      assertThat(told).contains("CODE " + kind, "NO CODE " + kind);
    }
    for (IncidentKind kind : OF_JOBS) {
      assertThat(told).contains("CRITICAL " + kind, "WARNING " + kind);
    }
    assertThat(told).contains("UPDATED CABINET_SILENT", "UPDATED POD_SILENT");
  }

  /** Most of a pod falls silent and comes back, in steps. */
  private void wholePod(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int mangled = seed % 2 == 0 ? 40 : 0;
    PodLayout layout =
        mangled > 0
            ? SmallPod.layout("pod-00", 20)
            : seed % 3 == 0 ? SmallPod.LAYOUT : ObviousRun.WIDE;
    run(layout, pod(layout, mangled > 0, random), mangled, random, seed);
  }

  /**
   * Boards and chips that are away nearly from the beginning on, and what falls silent besides
   * later: never more than half of the boards that are left at a time.
   */
  private void besideOldSilence(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    PodLayout layout = seed % 3 == 0 ? SmallPod.LAYOUT : ObviousRun.WIDE;
    int perCabinet = layout.boardsPerCabinet();
    int holed = seed % 2 == 0 ? layout.cabinets() - 1 : 1;
    List<Fault> faults = new ArrayList<>();
    List<Integer> there = new ArrayList<>();
    for (int b = 0; b < layout.boards(); b++) {
      int cab = layout.cabinetOfBoard(b);
      if (cab < holed && (b % perCabinet == 0 || random.nextInt(3) > 0)) {
        int to = random.nextInt(6) == 0 ? random.nextInt(900, LONG_SECONDS) : LONG_SECONDS;
        faults.add(new Silent(b, b + 1, 20 + 30 * cab + random.nextInt(10), to));
      } else {
        there.add(b);
      }
    }
    int second = 830;
    for (int n = 0; n < 2; n++) {
      second = fall(faults, there, second, random);
    }
    int last = layout.boards() - 1;
    faults.add(new Lost(last, random.nextInt(1, 16), 30, LONG_SECONDS, 10, 0));
    faults.add(new Lost(last, random.nextInt(1, 16), 850, 900, 10, 0));
    judge(layout, placements(layout, random), faults, /* mangled= */ 0, LONG_SECONDS, seed);
  }

  /** Lets boards fall silent in steps and come back; returns the second at which all have. */
  private static int fall(
      List<Fault> faults, List<Integer> boards, int fromSecond, SplittableRandom random) {
    List<Integer> left = new ArrayList<>(boards);
    List<Integer> steps = new ArrayList<>();
    int second = fromSecond;
    for (int step = random.nextInt(1, 6); step > 0 && left.size() > 1; step--) {
      for (int fall = left.size() / 2; fall > 0; fall--) {
        steps.add(left.remove(random.nextInt(left.size())));
        steps.add(second);
      }
      second += random.nextInt(25, 40);
    }
    for (int i = 0; i < steps.size(); i += 2) {
      int b = steps.get(i);
      faults.add(new Silent(b, b + 1, steps.get(i + 1), second + random.nextInt(30)));
    }
    return second + 30;
  }

  private void run(
      PodLayout layout, List<Fault> faults, int mangled, SplittableRandom random, long seed) {
    List<Placement> placements = placements(layout, random);
    if (seed % 4 == 3) {
      // Work on nearly all of the pod.
      long from = ObviousRun.START + random.nextInt(SECONDS / 2) * 1_000L;
      long until = from + random.nextInt(100_000, 300_000);
      int boards = layout.boards() - 1 - random.nextInt(layout.boards() / 4);
      placements.add(
          placement(
              "most", from, until, false, layout, /* firstBoard= */ 0, boards, "maintenance"));
    }
    judge(layout, placements, faults, mangled, SECONDS, seed);
  }

  private void judge(
      PodLayout layout,
      List<Placement> placements,
      List<Fault> faults,
      int mangled,
      int seconds,
      long seed) {
    ObviousRun run =
        new ObviousRun(layout, DetectorSettings.DEFAULT, placements, faults, mangled, seed);

    run.compare(seconds);

    for (IncidentEvent e : run.incidents) {
      told.add(e.type() + " " + e.kind());
      told.add(e.severity() + " " + e.kind());
      told.add((e.summary().contains("error code") ? "CODE " : "NO CODE ") + e.kind());
    }
  }

  /** A synchronous job on half of the pod, one that is not on a quarter, and boards under work. */
  static List<Placement> placements(PodLayout layout, SplittableRandom random) {
    int half = layout.boards() / 2;
    List<Placement> placements = new ArrayList<>();
    placements.add(placement("train", 0, Long.MAX_VALUE, true, layout, 0, half, "worker"));
    placements.add(placement("serve", 0, Long.MAX_VALUE, false, layout, half, half / 2, "worker"));
    for (int n = random.nextInt(3); n > 0; n--) {
      long from = ObviousRun.START + random.nextInt(SECONDS) * 1_000L;
      placements.add(
          placement(
              "work-" + n,
              from,
              from + random.nextInt(15_000, 200_000),
              false,
              layout,
              random.nextInt(layout.boards() - 2),
              random.nextInt(1, 3),
              "maintenance"));
    }
    return placements;
  }

  private static Placement placement(
      String job,
      long from,
      long until,
      boolean synchronous,
      PodLayout layout,
      int firstBoard,
      int boards,
      String role) {
    return new Placement(
        job,
        from,
        until,
        synchronous,
        List.of(new Placement.Member(layout.pod(), firstBoard, boards, role, 0)));
  }

  /** Faults of some boards, cabinets, chips and memories; most boards go on. */
  static List<Fault> mix(PodLayout layout, boolean mangled, SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    if (!mangled && random.nextInt(3) == 0) {
      faults.add(new Rare(random.nextInt(2, 5)));
    }
    cabinets(faults, layout, mangled, random);
    for (int n = random.nextInt(1, 4); n > 0; n--) {
      int board = random.nextInt(layout.boards());
      int from = second(random);
      faults.add(new Silent(board, board + 1, from, from + random.nextInt(3, 50)));
    }
    int wrong = random.nextInt(layout.boards());
    for (int n = random.nextInt(3); n > 0; n--) {
      int from = second(random);
      long offset =
          switch (random.nextInt(5)) {
            case 0 -> random.nextInt(60, 4_000) * 1_000L;
            case 1 -> -random.nextInt(3_700, 9_000) * 1_000L;
            case 2 -> -random.nextInt(5_000, 30_000);
            case 3 -> -random.nextInt(30_000, 3_000_000);
            default -> random.nextInt(1_000, 45_000);
          };
      faults.add(new Clock(wrong, from, from + random.nextInt(10, 120), offset));
    }
    for (int n = random.nextInt(3); n > 0; n--) {
      int from = second(random);
      int at = from + (random.nextInt(3) == 0 ? 0 : random.nextInt(3, 45));
      faults.add(
          new Restart(
              random.nextInt(layout.boards()),
              from,
              at,
              random.nextInt(4) == 0 ? -random.nextInt(900_000) : random.nextInt(-6_000, 2_000)));
    }
    for (int n = random.nextInt(1, 7); n > 0; n--) {
      chips(faults, layout, random);
    }
    for (int n = random.nextInt(2, 8); n > 0; n--) {
      memory(faults, layout, random);
    }
    return faults;
  }

  /** Boards of a cabinet that fall silent together or one after the other, or are late. */
  private static void cabinets(
      List<Fault> faults, PodLayout layout, boolean mangled, SplittableRandom random) {
    int n = layout.boardsPerCabinet();
    int first = random.nextInt(layout.cabinets()) * n;
    int from = second(random);
    int last = first + random.nextInt(1, n + 1);
    boolean together = random.nextBoolean();
    for (int b = first; b < last; b++) {
      int at = together ? from : from + random.nextInt(25);
      int to = from + random.nextInt(5, 120);
      faults.add(new Silent(b, b + 1, at, to));
      if (mangled && to - at > LONGEST_GAP) {
        faults.add(new Restart(b, to, to, random.nextInt(-3_000, 0)));
      }
      if (random.nextInt(3) == 0) {
        faults.add(
            new Drain(
                b, b + 1, to, to + random.nextInt(10, 60), random.nextInt(5_000, 120_000), from));
      }
    }
    if (random.nextInt(3) == 0) {
      int other = random.nextInt(layout.cabinets()) * n;
      int at = second(random);
      int to = at + random.nextInt(10, 90);
      faults.add(
          new Drain(
              other,
              other + random.nextInt(1, n + 1),
              at,
              to,
              random.nextInt(5_000, 120_000),
              random.nextInt(400)));
    }
  }

  private static void chips(List<Fault> faults, PodLayout layout, SplittableRandom random) {
    int board = random.nextInt(layout.boards());
    int from = second(random);
    int to = from + random.nextInt(1, 70);
    // Windows begin eight seconds after full ones, as reports begin two seconds after the start.
    int edge = from - from % 10 + 8;
    switch (random.nextInt(8)) {
      case 0 -> faults.add(new Lost(board, 1 << random.nextInt(4), from, to, 10, 0));
      case 1 -> faults.add(new Lost(board, random.nextInt(1, 16), from, to, 10, 0));
      case 2 ->
          faults.add(
              new Lost(
                  board,
                  random.nextInt(1, 16),
                  from,
                  to + 60,
                  random.nextInt(1, 10),
                  random.nextInt(1_000)));
      case 3 -> {
        faults.add(new LinksAlone(board, from, from + random.nextInt(10, 140), 10));
        faults.add(new Lost(board, random.nextInt(1, 16), from - 15, from, 10, 0));
      }
      case 4 -> faults.add(new LinksAlone(board, 0, SECONDS, 1));
      case 5 -> {
        faults.add(new Lost(board, random.nextInt(1, 8), edge - 10, edge, 10, 0));
        faults.add(new LinksAlone(board, edge, edge + random.nextInt(10, 100), 10));
      }
      case 6 -> {
        faults.add(new Seldom(board));
        int left = edge - random.nextInt(1, 5);
        faults.add(new Lost(board, random.nextInt(1, 8), left, edge + 10, 10, 0));
      }
      default -> faults.add(new Empty(board, from, to, random.nextInt(1, 5)));
    }
  }

  private static void memory(List<Fault> faults, PodLayout layout, SplittableRandom random) {
    int board = random.nextInt(layout.boards());
    int position = random.nextInt(layout.chipsPerBoard());
    int from = second(random);
    switch (random.nextInt(6)) {
      case 0 ->
          faults.add(
              new Corrected(
                  board, position, from, from + random.nextInt(30, 250), random.nextInt(8, 18)));
      case 1 ->
          faults.add(
              new Corrected(
                  board, position, from, from + random.nextInt(5, 40), random.nextInt(20, 4_000)));
      case 2 -> {
        faults.add(new Corrected(board, position, 0, from, random.nextInt(8, 100)));
        int silent = from - random.nextInt(5, 80);
        faults.add(new Silent(board, board + 1, silent, silent + random.nextInt(5, 60)));
      }
      case 3 -> {
        int to = from + random.nextInt(40);
        faults.add(new Corrected(board, position, 0, SECONDS, random.nextInt(8, 30)));
        faults.add(new Counter(board, position, from, to, random.nextInt(4), random.nextInt(999)));
      }
      case 4 ->
          faults.add(
              new Uncorrected(
                  board, position, from, random.nextInt(1, 4), random.nextInt(-30, 90)));
      default -> faults.add(new Fatal(board, position, from, from + random.nextInt(1, 80)));
    }
  }

  /**
   * Boards of nearly the whole pod that fall silent, never more than half of those that are left at
   * a time, and come back on time or late.
   */
  private static List<Fault> pod(PodLayout layout, boolean mangled, SplittableRandom random) {
    List<Fault> faults = new ArrayList<>();
    List<Integer> left = new ArrayList<>();
    for (int b = 0; b < layout.boards(); b++) {
      left.add(b);
    }
    int second = random.nextInt(30, 60);
    int end = random.nextInt(200, 300);
    int stay = layout.boards() / 10 + random.nextInt(2);
    boolean late = random.nextBoolean();
    boolean spread = random.nextBoolean();
    while (left.size() > Math.max(1, stay)) {
      int fall = Math.min(left.size() - Math.max(1, stay), left.size() / 2 - 1);
      for (int i = 0; i < Math.max(1, fall); i++) {
        int b = left.remove(random.nextInt(left.size()));
        int to = spread ? end + random.nextInt(60) : end;
        faults.add(new Silent(b, b + 1, second, to));
        if (late) {
          faults.add(
              new Drain(
                  b, b + 1, to, to + random.nextInt(20, 80), random.nextInt(20_000, 90_000), 400));
        }
        if (mangled || random.nextInt(8) == 0) {
          faults.add(new Restart(b, to, to, -1_500));
        }
      }
      second += random.nextInt(25, 40);
    }
    for (int n = random.nextInt(4); n > 0; n--) {
      memory(faults, layout, random);
    }
    return faults;
  }

  private static int second(SplittableRandom random) {
    return random.nextInt(10, SECONDS - 120);
  }

  /** A number that seems random and is always the same for a board and a second. */
  private static int hash(int salt, int board, int second, int bound) {
    return new SplittableRandom(salt * 7_919L + board * 104_729L + second).nextInt(bound);
  }

  /** Boards that say nothing. */
  private record Silent(int first, int last, int from, int to) implements Fault {
    @Override
    public boolean silences(int board, int second) {
      return board >= first && board < last && second >= from && second < to;
    }
  }

  /** All boards report only every few seconds. */
  private record Rare(int period) implements Fault {
    @Override
    public boolean silences(int board, int second) {
      return second % period != (board % 2 == 0 ? 3 % period : board % period);
    }
  }

  /** A board that says nothing in the first two seconds of every window. */
  private record Seldom(int of) implements Fault {
    @Override
    public boolean silences(int board, int second) {
      return board == of && second % 10 >= 8;
    }
  }

  /** A clock that is wrong by so much. */
  private record Clock(int of, int from, int to, long offsetMs) implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      if (board == of && second >= from && second < to) {
        r.timeMs += offsetMs;
      }
    }
  }

  /** Reports that come late by less and less. */
  private record Drain(int first, int last, int from, int to, int lagMs, int salt)
      implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      if (board >= first && board < last && second >= from && second < to) {
        r.timeMs -= (long) lagMs * (to - second) / (to - from);
      }
    }
  }

  /** A board that is silent for a time, which may be none, and then has a new agent. */
  private record Restart(int of, int from, int at, int startMs) implements Fault {
    @Override
    public boolean silences(int board, int second) {
      return board == of && second >= from && second < at;
    }

    @Override
    public void on(Report r, int board, int second) {
      long start = ObviousRun.START + 2_000 + at * 1_000L + startMs;
      if (board == of && second >= at) {
        r.agentStartMs = start;
        r.sequence = (long) second - at;
      }
    }
  }

  /** Chips, by bit, that are missing from so many tenths of the reports of their board. */
  private record Lost(int of, int positions, int from, int to, int tenths, int salt)
      implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      if (board == of && second >= from && second < to && hash(salt, board, second, 10) < tenths) {
        for (int i = r.chipCount - 1; i >= 0; i--) {
          if ((positions >> r.chip[i] & 1) == 1) {
            drop(r, i);
          }
        }
      }
    }
  }

  /** Leaves a chip out of a report. */
  private static void drop(Report r, int i) {
    int last = --r.chipCount;
    r.chip[i] = r.chip[last];
    r.health[i] = r.health[last];
    r.errorCode[i] = r.errorCode[last];
    r.temperature[i] = r.temperature[last];
    r.hbmTemperature[i] = r.hbmTemperature[last];
    r.power[i] = r.power[last];
    r.utilization[i] = r.utilization[last];
    r.tensorActivity[i] = r.tensorActivity[last];
    r.clock[i] = r.clock[last];
    r.hbmUsed[i] = r.hbmUsed[last];
    r.throttleReasons[i] = r.throttleReasons[last];
    r.eccCorrected[i] = r.eccCorrected[last];
    r.eccUncorrected[i] = r.eccUncorrected[last];
    r.steps[i] = r.steps[last];
  }

  /** Of ten seconds so many are without chips: nine are silent then, one has links alone. */
  private record LinksAlone(int of, int from, int to, int tenths) implements Fault {
    private boolean holds(int board, int second) {
      return board == of && second >= from && second < to && (second + 7) % 10 < tenths;
    }

    @Override
    public boolean silences(int board, int second) {
      return holds(board, second) && second % 10 != 3;
    }

    @Override
    public void on(Report r, int board, int second) {
      if (holds(board, second)) {
        r.chipCount = 0;
      }
    }
  }

  /** Every so many seconds a report says nothing at all. */
  private record Empty(int of, int from, int to, int period) implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      if (board == of && second >= from && second < to && second % period == 0) {
        r.chipCount = 0;
        r.linkCount = 0;
      }
    }
  }

  /** A memory that corrects so many errors a minute. */
  private record Corrected(int of, int position, int from, int to, int perMinute) implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      for (int i = 0; board == of && i < r.chipCount; i++) {
        if (r.chip[i] == position) {
          int seconds = Math.max(0, Math.min(second, to) - from);
          r.eccCorrected[i] += (long) seconds * perMinute / 60;
        }
      }
    }
  }

  /** A counter that is absent now and then, begins anew, falls, or jumps. */
  private record Counter(int of, int position, int from, int to, int how, int amount)
      implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      for (int i = 0; board == of && second >= from && i < r.chipCount; i++) {
        if (r.chip[i] == position) {
          change(r, i, board, second);
        }
      }
    }

    private void change(Report r, int i, int board, int second) {
      if (how == 0 && second < to && hash(amount, board, second, 3) > 0) {
        r.eccCorrected[i] = Report.ABSENT_LONG;
        r.eccUncorrected[i] = Report.ABSENT_LONG;
      } else if (how == 1) {
        r.eccCorrected[i] -= 1_000L + from / 40;
        r.eccUncorrected[i] = 0;
      } else if (how == 2 && second < to) {
        r.eccCorrected[i] = Math.max(0, r.eccCorrected[i] - amount);
      } else if (how == 3) {
        r.eccCorrected[i] += amount * 60L;
      }
    }
  }

  /** An error that could not be corrected, and a chip that is called broken from some time on. */
  private record Uncorrected(int of, int position, int at, int errors, int fatal) implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      for (int i = 0; board == of && second >= at && i < r.chipCount; i++) {
        if (r.chip[i] == position) {
          r.eccUncorrected[i] += errors;
          if (fatal > 0 && second > at + fatal / 4 && second < at + fatal) {
            r.health[i] = Report.HEALTH_FATAL;
          }
        }
      }
    }
  }

  /** A chip that its exporter calls broken. */
  private record Fatal(int of, int position, int from, int to) implements Fault {
    @Override
    public void on(Report r, int board, int second) {
      for (int i = 0; board == of && second >= from && second < to && i < r.chipCount; i++) {
        if (r.chip[i] == position) {
          r.health[i] = Report.HEALTH_FATAL;
        }
      }
    }
  }
}
