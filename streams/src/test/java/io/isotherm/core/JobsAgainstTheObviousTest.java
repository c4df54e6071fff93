package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.ChipLimits;
import io.isotherm.model.Placement;
import io.isotherm.model.Placement.Member;
import io.isotherm.model.PodLayout;
import io.isotherm.model.PortGroup;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Courses of jobs of an hour, judged by both monitors. */
@Execution(ExecutionMode.CONCURRENT)
final class JobsAgainstTheObviousTest {
  private static final int SEEDS = 20;
  private static final int SECONDS = 2_800;
  private static final int CHIPS = 4;

  /** Five cabinets with two boards of four chips: nine boards are a pod, and five twenty chips. */
  private static final PodLayout LAYOUT = layout(5, 2);

  /** Two boards, of which one may be a cabinet. */
  private static final PodLayout SMALL = layout(2, 1);

  private static PodLayout layout(int cabinets, int boards) {
    return new PodLayout(
        "pod-00",
        cabinets,
        boards,
        CHIPS,
        1,
        List.of(new PortGroup(0, 1, PortGroup.Wiring.SWITCH, PortGroup.Scope.POD, 0, 1, "Z")),
        new int[] {0, 0, 1, 1},
        1,
        1,
        new ChipLimits("Test chip", 870, 890, 950, true, 400_000));
  }

  private static final List<Member> REPAIR = List.of(new Member("pod-00", 1, 1, "maintenance", 0));

  private final Set<String> seen = new TreeSet<>();

  @Test
  void whatIsFoundIsWhatTheObviousMonitorFinds() {
    for (int seed = 0; seed < SEEDS; seed++) {
      judge(seed);
      judgeBesideFaults(seed);
      judgeErrors(seed);
    }

    // None of this would be held equal if it did not happen.
    assertThat(seen)
        .contains(
            "OPENED JOB_CRASHED",
            "RESOLVED JOB_CRASHED",
            "JOB_HANG becomes JOB_CRASHED",
            "OPENED JOB_HANG",
            "RESOLVED JOB_HANG",
            "OPENED JOB_SLOW",
            "RESOLVED JOB_SLOW",
            "OPENED POD_SILENT",
            "OPENED CABINET_SILENT",
            "OPENED BOARD_SILENT",
            "OPENED CHIP_SILENT",
            "OPENED CHIP_FATAL",
            "OPENED HBM_UNCORRECTABLE",
            "beside faults: OPENED JOB_HANG",
            "beside faults: OPENED JOB_SLOW",
            "errors: OPENED JOB_CRASHED",
            "errors: OPENED JOB_HANG",
            "errors: RESOLVED HBM_UNCORRECTABLE",
            "errors: one for five minutes",
            "share slowed",
            "share not slowed",
            "share stopped",
            "share not stopped");
  }

  private void judge(int seed) {
    SplittableRandom random = new SplittableRandom(seed * 7_919L + 17);
    List<Integer> firsts = groups(random);
    List<ObviousRun.Fault> faults = new ArrayList<>();
    for (int g = 0; g + 1 < firsts.size(); g++) {
      faults.add(work(random, firsts.get(g), firsts.get(g + 1)));
    }
    int mangled = seed % 2 * 20;
    // Of a pod with one live board a broken report may stop the time.
    broken(random, faults, /* pod= */ mangled == 0 && seed % 3 == 0);
    ObviousRun run =
        new ObviousRun(
            LAYOUT, DetectorSettings.DEFAULT, placements(random, firsts), faults, mangled, seed);

    run.compare(SECONDS);

    Map<String, IncidentKind> kinds = new HashMap<>();
    for (IncidentEvent e : run.incidents) {
      seen.add(e.type() + " " + e.kind());
      IncidentKind before = kinds.put(e.id(), e.kind());
      if (before != null && before != e.kind()) {
        seen.add(before + " becomes " + e.kind());
      }
    }
    run.windows.stream()
        .flatMap(w -> w.jobShares().stream())
        .forEach(
            s -> {
              seen.add(s.slowedBy().isEmpty() ? "share not slowed" : "share slowed");
              seen.add(s.stoppedBy().isEmpty() ? "share not stopped" : "share stopped");
            });
  }

  private void judgeBesideFaults(int seed) {
    SplittableRandom random = new SplittableRandom(seed * 104_729L + 5);
    List<Phase> phases = besideFaults(random);
    List<ObviousRun.Fault> faults = new ArrayList<>();
    faults.add(
        work(phases, 0, 2, /* counts= */ true, /* memory= */ true, /* tensor= */ true, seed));
    int from = random.nextInt(150, 500);
    Part part = random.nextInt(3) == 0 ? Part.CHIP_FATAL : Part.MEMORY;
    faults.add(broken(part, from, SECONDS, 0, random.nextInt(450, 1_800)));
    if (random.nextBoolean()) {
      int later = random.nextInt(500, SECONDS);
      faults.add(broken(Part.CHIP_GONE, later, later + random.nextInt(30, 900), 1, 0));
    }
    List<Member> members = List.of(new Member("pod-00", 0, 2, "worker", 0));
    ObviousRun run =
        new ObviousRun(
            SMALL,
            DetectorSettings.DEFAULT,
            List.of(new Placement("job-a", 0, Long.MAX_VALUE, true, members)),
            faults,
            /* mangled= */ 0,
            seed);

    run.compare(SECONDS);

    run.incidents.forEach(e -> seen.add("beside faults: " + e.type() + " " + e.kind()));
  }

  /** Uncorrectable errors of chips that are never called broken, and jobs that stop about then. */
  private void judgeErrors(int seed) {
    SplittableRandom random = new SplittableRandom(seed * 15_485_863L + 3);
    List<Phase> phases = killed(phases(random, 2 * CHIPS), random.split());
    List<ObviousRun.Fault> faults = new ArrayList<>();
    faults.add(
        work(phases, 0, 2, /* counts= */ true, /* memory= */ true, /* tensor= */ true, seed));
    for (Phase p : phases) {
      if (random.nextInt(3) == 0) {
        int from = Math.max(0, p.from + 30 - random.nextInt(110));
        faults.add(broken(Part.ERROR, from, from, random.nextInt(2), random.nextInt(5, 400)));
      }
    }
    List<Member> members = new ArrayList<>(List.of(new Member("pod-00", 0, 2, "worker", 0)));
    if (random.nextInt(4) == 0) {
      members.add(new Member("pod-01", 0, 2, "worker", 0));
    }
    ObviousRun run =
        new ObviousRun(
            SMALL,
            DetectorSettings.DEFAULT,
            List.of(
                new Placement("job-a", 0, Long.MAX_VALUE, random.nextInt(6) > 0, members),
                new Placement("repair", at(2_000), at(2_200), false, REPAIR)),
            faults,
            /* mangled= */ 0,
            seed);

    run.compare(SECONDS);

    for (IncidentEvent e : run.incidents) {
      seen.add("errors: " + e.type() + " " + e.kind());
      if (e.kind() == IncidentKind.HBM_UNCORRECTABLE && e.eventMs() - e.openedMs() > 300_000) {
        seen.add("errors: one for five minutes");
      }
    }
  }

  /** Work for nearly ten minutes, and what is nearly a hang or nearly slow, again and again. */
  private static List<Phase> besideFaults(SplittableRandom random) {
    List<Phase> phases = new ArrayList<>();
    int wander = random.nextBoolean() ? 0 : random.nextInt(1, 6);
    int second = 0;
    while (second < SECONDS) {
      phases.add(new Phase(second, 990, 600, 80_000, second / 4, 0, wander));
      second += random.nextInt(200, 750);
      int kind = random.nextInt(4);
      int slower = kind > 1 ? 600 * random.nextInt(700, 920) / 1_000 : 0;
      int steps = second / 4 * 2;
      phases.add(new Phase(second, 990, slower, 80_000, steps, 0, kind > 1 ? wander : 0));
      second += kind == 0 ? random.nextInt(70, 95) : random.nextInt(100, 350);
    }
    return phases;
  }

  /** The first boards of groups that work together, and the end of the last one. */
  private static List<Integer> groups(SplittableRandom random) {
    int first = random.nextInt(2);
    int second = first + (random.nextBoolean() ? 5 : random.nextInt(1, 6));
    List<Integer> firsts = new ArrayList<>(List.of(first, second));
    if (second < 8 && random.nextBoolean()) {
      firsts.add(second + random.nextInt(1, 3));
    }
    firsts.add(10);
    return firsts;
  }

  /** Jobs of these groups, some of which move, end, claim what others have, or are repaired. */
  private static List<Placement> placements(SplittableRandom random, List<Integer> firsts) {
    List<Placement> placements = new ArrayList<>();
    for (int g = 0; g + 1 < firsts.size(); g++) {
      int first = firsts.get(g);
      int boards = firsts.get(g + 1) - first;
      boolean synchronous = random.nextInt(4) > 0;
      List<Member> members = new ArrayList<>();
      int half = random.nextInt(3) == 0 ? boards / 2 : 0;
      if (half > 0) {
        members.add(new Member("pod-00", first, half, "worker", 0));
      }
      members.add(new Member("pod-00", first + half, boards - half, "worker", 1));
      if (random.nextInt(3) == 0) {
        members.add(new Member("pod-01", 0, 2, "worker", 0));
      }
      String job = "job-" + (char) ('c' + g);
      long from = random.nextInt(4) == 0 ? at(random.nextInt(900)) : 0;
      long moved = random.nextInt(3) == 0 ? at(random.nextInt(800, 3_000)) : Long.MAX_VALUE;
      placements.add(new Placement(job, from, moved, synchronous, members));
      if (moved < Long.MAX_VALUE && random.nextBoolean()) {
        placements.add(new Placement(job, moved, Long.MAX_VALUE, synchronous, members));
      }
    }
    if (random.nextInt(3) == 0) {
      long from = at(random.nextInt(SECONDS));
      placements.add(
          new Placement(
              random.nextBoolean() ? "job-a" : "job-z",
              from,
              from + 1_000L * random.nextInt(30, 1_500),
              random.nextBoolean(),
              List.of(new Member("pod-00", random.nextInt(9), random.nextInt(1, 3), "worker", 0))));
    }
    if (random.nextInt(3) == 0) {
      long from = at(random.nextInt(SECONDS));
      placements.add(
          new Placement(
              "repair",
              from,
              from + 1_000L * random.nextInt(30, 1_500),
              false,
              List.of(new Member("pod-00", random.nextInt(10), 1, "maintenance", 0))));
    }
    return placements;
  }

  private static long at(int second) {
    return ObviousRun.START + second * 1_000L;
  }

  /** What a group does from a second on: how busy its chips are, and for how long. */
  private record Phase(
      int from, int utilization, int tensor, int memory, int steps, int others, int wander) {}

  private static ObviousRun.Fault work(SplittableRandom random, int first, int end) {
    List<Phase> course = phases(random, (end - first) * CHIPS);
    List<Phase> phases = killed(course, new SplittableRandom(first * 31L + course.size()));
    boolean counts = random.nextInt(5) > 0;
    boolean memory = random.nextInt(6) > 0;
    boolean tensor = random.nextInt(12) > 0;
    return work(phases, first, end, counts, memory, tensor, random.nextInt(1_000));
  }

  /**
   * Makes boards do the same, phase after phase.
   *
   * @param counts whether they count steps
   * @param memory whether they tell of their memory
   * @param tensor whether they tell of their tensor activity
   */
  private static ObviousRun.Fault work(
      List<Phase> phases,
      int first,
      int end,
      boolean counts,
      boolean memory,
      boolean tensor,
      int salt) {
    return new ObviousRun.Fault() {
      @Override
      public boolean silences(int board, int second) {
        // A report in two seconds is enough.
        return second > 40 && second % 2 > 0;
      }

      @Override
      public void on(Report r, int board, int second) {
        if (board < first || board >= end) {
          return;
        }
        int p = phases.size() - 1;
        while (phases.get(p).from > second) {
          p--;
        }
        Phase phase = phases.get(p);
        Phase before = phases.get(Math.max(0, p - 1));
        for (int i = 0; i < r.chipCount; i++) {
          boolean other = (board - first) * CHIPS + r.chip[i] < phase.others;
          Phase of = other ? before : phase;
          // A window is from two seconds before a full ten of the run on.
          int wander = new SplittableRandom(salt + (second + 2) / 10 * 31L).nextInt(61) - 30;
          r.power[i] = 5_000;
          r.utilization[i] = of.utilization;
          r.tensorActivity[i] =
              tensor ? of.tensor + of.tensor * wander * of.wander / 1_000 : Report.ABSENT;
          r.hbmUsed[i] = memory ? of.memory : Report.ABSENT;
          // Of those that go on while others stop, all but some go on without a step.
          Phase counted = other && phase.from % 4 > 0 ? phase : of;
          r.steps[i] =
              counts ? counted.steps + (counted.tensor > 20 ? second / 4 : 0) : Report.ABSENT_LONG;
        }
      }
    };
  }

  private static List<Phase> phases(SplittableRandom random, int chips) {
    List<Phase> phases = new ArrayList<>();
    int level = random.nextInt(450, 700);
    int second = 0;
    int steps = 0;
    int wander = random.nextBoolean() ? 0 : random.nextInt(1, 6);
    if (random.nextInt(3) == 0) {
      phases.add(new Phase(0, random.nextInt(2) * 990, 0, 3_000, 0, 0, 0));
      second += random.nextInt(20, 400);
    }
    if (random.nextInt(3) == 0) {
      // A job of which half of the chips, or nearly, work once, and that hangs then.
      phases.add(new Phase(second, 990, level, 80_000, steps, 0, 0));
      phases.add(new Phase(second, 990, 0, 80_000, steps, chips / 2 - random.nextInt(2), 0));
      second += random.nextInt(20, 100);
      phases.add(new Phase(second, 990, 0, 80_000, steps, 0, 0));
      second += random.nextInt(90, 300);
    }
    while (second < SECONDS) {
      // Work at the usual pace, then something else, and then work again.
      phases.add(new Phase(second, 990, level, 80_000, steps, 0, wander));
      second += random.nextInt(4) == 0 ? random.nextInt(20, 200) : random.nextInt(150, 1_100);
      int others = random.nextInt(3) > 0 ? (chips + random.nextInt(12)) / 10 : 0;
      steps += second / 4;
      int busy = random.nextBoolean() ? 990 : random.nextInt(40, 60);
      switch (random.nextInt(12)) {
        case 0, 1 -> {
          phases.add(new Phase(second, busy, random.nextInt(14), 80_000, steps, others, 0));
          second += random.nextBoolean() ? random.nextInt(10, 125) : random.nextInt(70, 95);
        }
        case 2, 3, 4 -> {
          phases.add(new Phase(second, busy, random.nextInt(8), 80_000, steps, others, 0));
          second += random.nextInt(60, 500);
        }
        case 5, 6 -> {
          int left = random.nextBoolean() ? 500 : random.nextInt(7_800, 8_200);
          phases.add(new Phase(second, random.nextInt(55), 0, left, steps, others, 0));
          second += random.nextInt(10, 300);
        }
        case 7 -> {
          // Half of the chips or so go on.
          int half = Math.max(0, chips / 2 + random.nextInt(3) - 1);
          phases.add(new Phase(second, busy, 0, 80_000, steps, half, 0));
          second += random.nextInt(10, 300);
        }
        default -> {
          int slower = level * (1_000 - around(random)) / 1_000;
          int length = random.nextInt(20, 1_200);
          phases.add(new Phase(second, 990, slower, 80_000, steps, 0, wander));
          if (length > 400 && random.nextBoolean()) {
            second += length / 2;
            phases.add(new Phase(second, 990, 0, 80_000, steps, 0, 0));
            second += random.nextInt(10, 140);
            phases.add(new Phase(second, 990, slower, 80_000, steps, 0, wander));
          }
          second += length;
          level = random.nextInt(3) == 0 ? level * random.nextInt(960, 1_030) / 1_000 : level;
        }
      }
    }
    return phases;
  }

  /** Lets some jobs that stand still be killed after a while, and started anew or not. */
  private static List<Phase> killed(List<Phase> phases, SplittableRandom random) {
    List<Phase> all = new ArrayList<>();
    for (int p = 0; p < phases.size(); p++) {
      Phase phase = phases.get(p);
      all.add(phase);
      int end = p + 1 < phases.size() ? phases.get(p + 1).from : SECONDS;
      if (phase.tensor > 13 || end - phase.from < 30 || random.nextBoolean()) {
        continue;
      }
      int at = phase.from + random.nextInt(end - phase.from);
      all.add(new Phase(at, 0, 0, 500, phase.steps, 0, 0));
      int loads = at + random.nextInt(10, 200);
      if (loads < end && random.nextBoolean()) {
        all.add(new Phase(loads, random.nextInt(55), 0, 80_000, phase.steps, 0, 0));
      }
    }
    return all;
  }

  /** By how much a job becomes slower, in thousandths; often by nearly a tenth. */
  private static int around(SplittableRandom random) {
    return random.nextBoolean() ? random.nextInt(85, 125) : random.nextInt(40, 400);
  }

  /** What may break, for a short or a long time. */
  private enum Part {
    BOARD,
    CABINET,
    CHIP_GONE,
    CHIP_FATAL,
    MEMORY,
    POD,
    ERROR
  }

  private static void broken(SplittableRandom random, List<ObviousRun.Fault> faults, boolean pod) {
    int n = random.nextInt(1, 8);
    for (int f = 0; f < n; f++) {
      // With a pod that falls silent nothing else does, or windows would wait for it.
      Part part =
          pod && f == 0 ? Part.POD : pod ? Part.CHIP_FATAL : Part.values()[random.nextInt(5)];
      int from = random.nextInt(random.nextBoolean() ? SECONDS : SECONDS / 4);
      int wait = part == Part.POD ? 190 : 0;
      boolean shortly = random.nextInt(3) == 0;
      int to = from + wait + (shortly ? random.nextInt(5, 200) : random.nextInt(400, 2_500));
      faults.add(broken(part, from, to, random.nextInt(10), random.nextInt(5, 1_500)));
    }
  }

  private static ObviousRun.Fault broken(Part part, int from, int to, int at, int again) {
    return new ObviousRun.Fault() {
      @Override
      public boolean silences(int board, int second) {
        boolean here =
            switch (part) {
              case BOARD -> board == at;
              case CABINET -> board / 2 == at / 2;
              case POD -> second >= from + wait(Math.floorMod(board - at, 10));
              default -> false;
            };
        return here && second >= from && second < to;
      }

      /** Half of a pod after the other, as windows are closed by half of those that are live. */
      private int wait(int board) {
        return board == 0 ? to : board < 6 ? 0 : board < 8 ? 60 : board == 8 ? 120 : 180;
      }

      @Override
      public void on(Report r, int board, int second) {
        if (board != at || second < from) {
          return;
        }
        if (part == Part.MEMORY || part == Part.ERROR) {
          r.eccUncorrected[CHIPS - 1] += second < from + again ? 1 : 2;
        }
        if (second < to && (part == Part.MEMORY || part == Part.CHIP_FATAL)) {
          r.health[CHIPS - 1] = Report.HEALTH_FATAL;
        } else if (second < to && part == Part.CHIP_GONE) {
          r.chipCount = CHIPS - 1;
        }
      }
    };
  }
}
