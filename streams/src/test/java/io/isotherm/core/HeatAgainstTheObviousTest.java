package io.isotherm.core;

import static io.isotherm.core.IncidentKind.CABINET_HOT;
import static io.isotherm.core.IncidentKind.CHIP_HOT;
import static io.isotherm.core.IncidentKind.CHIP_SLOW;
import static io.isotherm.core.IncidentKind.COOLING_LOOP_HOT;
import static io.isotherm.core.IncidentKind.POWER_SAG;
import static io.isotherm.model.Report.ABSENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.IntPredicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * Heat, want of power and slow chips in jobs of every size, judged by both monitors. All jobs have
 * boards in another pod, too, so that nothing is said of the jobs themselves here.
 */
@Execution(ExecutionMode.CONCURRENT)
final class HeatAgainstTheObviousTest {
  private static final int SECONDS = 400;

  /** What happened over all seeds. */
  private final Set<String> told = new TreeSet<>();

  @Test
  void whatIsFoundIsWhatTheObviousMonitorFinds() {
    for (int seed = 1; seed <= 20; seed++) {
      compare(seed % 3 == 0 ? SmallPod.LAYOUT : ObviousRun.WIDE, /* mangled= */ 0, seed);
    }
    for (int seed = 1; seed <= 8; seed++) {
      compare(seed % 3 == 1 ? SmallPod.LAYOUT : ObviousRun.WIDE, /* mangled= */ 40, seed + 1_000);
    }

    for (IncidentKind kind :
        List.of(CHIP_HOT, CABINET_HOT, COOLING_LOOP_HOT, CHIP_SLOW, POWER_SAG)) {
      assertThat(told).contains("OPENED " + kind, "RESOLVED " + kind);
    }
    assertThat(told).contains("UPDATED " + CHIP_HOT, "UPDATED " + CABINET_HOT);
  }

  @Test
  void whatALoopExplainsStaysExplainedUntilTheLoopIsResolved() {
    ObviousRun.Fault loopThatIsMendedButForAChip =
        new ObviousRun.Fault() {
          @Override
          public void on(Report r, int board, int second) {
            boolean ofLoop = ObviousRun.WIDE.cabinetOfBoard(board) < 2;
            for (int i = 0; ofLoop && second >= 30 && i < r.chipCount; i++) {
              r.temperature[i] += second < 120 ? 70 : 0;
              r.temperature[i] += board == 0 && r.chip[i] == 3 ? 160 : 0;
            }
          }
        };
    ObviousRun run =
        new ObviousRun(
            ObviousRun.WIDE,
            DetectorSettings.DEFAULT,
            List.of(),
            List.of(loopThatIsMendedButForAChip),
            /* mangled= */ 0,
            /* seed= */ 1);

    run.compare(200);

    assertThat(run.incidents)
        .extracting(e -> e.type() + " " + e.kind() + " " + (e.eventMs() - ObviousRun.START) / 1_000)
        .containsExactly(
            "OPENED COOLING_LOOP_HOT 70", "RESOLVED COOLING_LOOP_HOT 140", "OPENED CHIP_HOT 160");
  }

  @Test
  void aHallThatWarmsIsItsCabinetsAndNotItsChips() {
    Set<String> opened = new TreeSet<>();
    for (int seed = 1; seed <= 6; seed++) {
      int most = 240 + 20 * seed;
      ObviousRun.Fault warms =
          new ObviousRun.Fault() {
            @Override
            public void on(Report r, int board, int second) {
              for (int i = 0; i < r.chipCount; i++) {
                r.temperature[i] += Math.min(most, second < 300 ? second : 600 - second);
              }
            }
          };
      ObviousRun run =
          new ObviousRun(
              SmallPod.LAYOUT,
              DetectorSettings.DEFAULT,
              List.of(),
              List.of(warms),
              /* mangled= */ 0,
              seed);

      run.compare(600);

      run.incidents.forEach(e -> opened.add(e.type() + " " + e.kind()));
    }

    assertThat(opened).contains("OPENED " + CABINET_HOT, "RESOLVED " + CABINET_HOT);
  }

  private void compare(PodLayout layout, int mangled, long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<Placement> placements = new Jobs(layout, random).placements();
    List<ObviousRun.Fault> faults = new Faults(layout, random, mangled == 0).faults();
    ObviousRun run =
        new ObviousRun(layout, DetectorSettings.DEFAULT, placements, faults, mangled, seed);

    run.compare(SECONDS);

    run.incidents.forEach(e -> told.add(e.type() + " " + e.kind()));
  }

  /** Makes up which jobs there are. */
  record Jobs(PodLayout layout, SplittableRandom random) {
    List<Placement> placements() {
      List<Placement> jobs = new ArrayList<>();
      int sort = random.nextInt(6);
      if (sort == 0) {
        return jobs;
      }
      if (random.nextInt(3) == 0) {
        maintenance(jobs);
      }
      int board = 0;
      while (board < layout.boards()) {
        int boards =
            sort == 1
                ? layout.boards()
                : Math.min(layout.boards() - board, random.nextInt(2, sort == 2 ? 8 : 20));
        if (random.nextInt(8) > 0) {
          job(jobs, board, boards);
        }
        board += boards;
      }
      return jobs;
    }

    /** Boards on which somebody works, whoever else has them. */
    private void maintenance(List<Placement> jobs) {
      int first = random.nextInt(layout.boards() - 3);
      long from = second(random.nextInt(60, 250));
      jobs.add(
          new Placement(
              "work",
              from,
              from + random.nextInt(20, 200) * 1_000L,
              /* synchronous= */ false,
              List.of(new Placement.Member(layout.pod(), first, 3, "maintenance", 0))));
    }

    private void job(List<Placement> jobs, int board, int boards) {
      long from = random.nextInt(4) == 0 ? second(random.nextInt(60, 200)) : 0;
      long until = random.nextInt(4) == 0 ? second(random.nextInt(200, 380)) : Long.MAX_VALUE;
      List<Placement.Member> members = new ArrayList<>();
      int first = random.nextInt(3) == 0 ? random.nextInt(1, boards + 1) : boards;
      members.add(new Placement.Member(layout.pod(), board, first, "worker", 0));
      if (first < boards) {
        String role = random.nextBoolean() ? "worker" : "reader";
        members.add(new Placement.Member(layout.pod(), board + first, boards - first, role, 1));
      }
      members.add(new Placement.Member("pod-99", 0, 1, "worker", 0));
      jobs.add(new Placement("job-" + jobs.size(), from, until, random.nextInt(3) > 0, members));
    }

    private static long second(int second) {
      return ObviousRun.START + second * 1_000L;
    }
  }

  /** Changes what is said of a chip. */
  private interface Change {
    /**
     * @param i entry of the chip in the report
     */
    void on(Report r, int i, int chip, int second);
  }

  /** A change of some chips for a time. */
  private record Spell(
      PodLayout layout, IntPredicate chips, int from, int until, boolean silent, Change change)
      implements ObviousRun.Fault {
    @Override
    public boolean silences(int board, int second) {
      return silent
          && second >= from
          && second < until
          && chips.test(board * layout.chipsPerBoard());
    }

    @Override
    public void on(Report r, int board, int second) {
      if (second < from || second >= until) {
        return;
      }
      for (int i = 0; i < r.chipCount; i++) {
        int chip = layout.chipIndex(board, r.chip[i]);
        if (chips.test(chip)) {
          change.on(r, i, chip, second);
        }
      }
    }
  }

  /** Makes up what is wrong. */
  record Faults(PodLayout layout, SplittableRandom random, boolean gaps) {
    List<ObviousRun.Fault> faults() {
      List<ObviousRun.Fault> faults = new ArrayList<>();
      if (random.nextInt(3) == 0) {
        faults.add(always(spreadHeat()));
      }
      if (random.nextInt(3) == 0) {
        faults.add(always(spreadWork()));
      }
      if (random.nextInt(6) == 0) {
        faults.add(spell(chip -> true, 20, 200, absent()));
      }
      int n = random.nextInt(8, 16);
      for (int f = 0; f < n; f++) {
        fault(faults);
      }
      return faults;
    }

    private void fault(List<ObviousRun.Fault> faults) {
      switch (random.nextInt(15)) {
        case 0, 1 -> faults.add(spell(someChips(), 10, 200, hotter(120, 330)));
        case 2 -> faults.add(spell(chip -> true, 30, 300, hotter(30, 220)));
        case 3 -> faults.add(spell(cabinet(), 20, 250, hotter(30, 90)));
        case 4 -> faults.add(spell(loop(), 20, 250, hotter(30, 90)));
        case 5 -> faults.add(spell(boards(), 20, 250, idle()));
        case 6 ->
            faults.add(
                spell(
                    someChips(),
                    10,
                    200,
                    held(random.nextInt(1, 16), 400, 1_000, random.nextInt(6) > 0)));
        case 7, 8 -> feed(faults);
        case 9, 10 -> faults.add(spell(someChips(), 30, 300, slower()));
        case 11 -> faults.add(spell(boards(), 20, 130, pause()));
        case 12 -> faults.add(spell(someChips(), 5, 200, absent()));
        case 13 -> hotAndHeld(faults);
        default -> gap(faults);
      }
    }

    private Spell always(Change change) {
      return new Spell(layout, chip -> true, 0, SECONDS, /* silent= */ false, change);
    }

    private Spell spell(IntPredicate chips, int shortest, int longest, Change change) {
      int from = random.nextInt(20, SECONDS - 60);
      int until = from + random.nextInt(shortest, longest);
      return new Spell(layout, chips, from, until, /* silent= */ false, change);
    }

    private IntPredicate someChips() {
      int of = random.nextInt(layout.chips());
      int more = random.nextInt(4) == 0 ? random.nextInt(8) : 0;
      return chip -> chip >= of && chip <= of + more;
    }

    private IntPredicate boards() {
      int first = random.nextInt(layout.boards());
      int boards = random.nextInt(4, 20);
      return chip -> layout.boardOfChip(chip) >= first && layout.boardOfChip(chip) < first + boards;
    }

    private IntPredicate cabinet() {
      int cab = random.nextInt(layout.cabinets());
      return chip -> layout.cabinetOfChip(chip) == cab;
    }

    private IntPredicate loop() {
      int loop = random.nextInt(layout.coolingLoops());
      return chip -> layout.coolingLoopOfCabinet(layout.cabinetOfChip(chip)) == loop;
    }

    /** Chips of a feed whose clocks are held down, now more and now fewer of them say so. */
    private void feed(List<ObviousRun.Fault> faults) {
      int feed = random.nextInt(layout.powerFeeds());
      boolean near = random.nextBoolean();
      Change held =
          held(Report.THROTTLE_POWER, near ? 846 : 700, near ? 856 : 900, random.nextInt(6) > 0);
      int lasts = random.nextInt(15, 80);
      int seed = random.nextInt(1_000);
      faults.add(
          spell(
              chip -> layout.powerFeedOfCabinet(layout.cabinetOfChip(chip)) == feed,
              10,
              200,
              (r, i, chip, second) -> {
                held.on(r, i, chip, second);
                int saving = 5 + noise(seed, second / lasts, 10);
                r.throttleReasons[i] = chip % 12 < saving ? r.throttleReasons[i] : 0;
              }));
    }

    /** Hot chips of a cabinet that hold their clocks down. */
    private void hotAndHeld(List<ObviousRun.Fault> faults) {
      IntPredicate cabinet = cabinet();
      Spell hot = spell(cabinet, 40, 250, hotter(50, 100));
      int one = random.nextInt(2, 9);
      faults.add(hot);
      faults.add(
          new Spell(
              layout,
              chip -> cabinet.test(chip) && chip % one == 0,
              hot.from + random.nextInt(-20, 30),
              hot.until + random.nextInt(-30, 20),
              /* silent= */ false,
              held(random.nextInt(1, 8), 600, 1_000, random.nextInt(6) > 0)));
    }

    /** A board or chips of which nothing is heard for less than what would be a silence. */
    private void gap(List<ObviousRun.Fault> faults) {
      if (gaps) {
        int board = random.nextInt(layout.boards());
        int from = random.nextInt(20, SECONDS - 60);
        faults.add(
            new Spell(
                layout,
                chip -> layout.boardOfChip(chip) == board,
                from,
                from + random.nextInt(9, 11),
                /* silent= */ true,
                (r, i, chip, second) -> {}));
      }
    }

    private Change hotter(int least, int most) {
      int by = random.nextInt(least, most);
      int wanders = random.nextInt(3) * 12;
      return (r, i, chip, second) ->
          r.temperature[i] += by + wave(second, 60, wanders) + noise(chip, second, 6);
    }

    private Change spreadHeat() {
      int most = random.nextInt(20, 200);
      return (r, i, chip, second) -> r.temperature[i] += noise(chip, 0, most);
    }

    private Change spreadWork() {
      int most = random.nextInt(10, 120);
      int every = random.nextInt(10, 80);
      return (r, i, chip, second) -> {
        int less = 1_000 - noise(chip, second / every, most);
        r.tensorActivity[i] = r.tensorActivity[i] * less / 1_000;
        r.power[i] = r.power[i] * ((1_000 + less) / 2) / 1_000;
      };
    }

    private Change idle() {
      int utilization = random.nextInt(3) * 250;
      int colder = random.nextInt(50, 200);
      int power = random.nextInt(800, 5_000);
      return (r, i, chip, second) -> {
        r.utilization[i] = Math.min(1_000, utilization + noise(chip, second, 20));
        r.tensorActivity[i] = utilization / 2;
        r.temperature[i] -= colder;
        r.power[i] = power + noise(chip, second, 60);
      };
    }

    private Change pause() {
      boolean idle = random.nextBoolean();
      int tensor = random.nextInt(3) * 90;
      return (r, i, chip, second) -> {
        r.utilization[i] = idle ? noise(chip, second, 400) : r.utilization[i];
        r.tensorActivity[i] = Math.min(r.tensorActivity[i], tensor + noise(chip, second, 20));
        r.power[i] = r.power[i] * 2 / 5;
      };
    }

    /** Chips whose clocks are held down for some reasons, and which may do less for it. */
    private Change held(int reasons, int least, int most, boolean clocks) {
      int clock = random.nextInt(least, most);
      boolean does = random.nextBoolean();
      return (r, i, chip, second) -> {
        r.throttleReasons[i] |= second % 3 == 0 ? reasons : 0;
        r.clock[i] = clocks ? r.clock[i] * clock / 1_000 : ABSENT;
        if (does) {
          r.tensorActivity[i] = r.tensorActivity[i] * clock / 1_000;
          r.power[i] = r.power[i] * clock / 1_000;
        }
      };
    }

    private Change slower() {
      int by = random.nextInt(3) == 0 ? random.nextInt(30, 500) : random.nextInt(60, 110);
      int watts = random.nextInt(3) == 0 ? by * random.nextInt(20, 60) / 100 : by * 3 / 4;
      int wanders = random.nextInt(3) * 15;
      return (r, i, chip, second) -> {
        int less = by + wave(second, 50, wanders);
        r.tensorActivity[i] = r.tensorActivity[i] * (1_000 - less) / 1_000;
        r.power[i] = r.power[i] * (1_000 - watts) / 1_000;
      };
    }

    private Change absent() {
      int what = random.nextInt(1, 32);
      int every = random.nextInt(1, 4);
      return (r, i, chip, second) -> {
        if (second % every == 0 || every == 3) {
          r.temperature[i] = (what & 1) != 0 ? ABSENT : r.temperature[i];
          r.power[i] = (what & 2) != 0 ? ABSENT : r.power[i];
          r.utilization[i] = (what & 4) != 0 ? ABSENT : r.utilization[i];
          r.tensorActivity[i] = (what & 8) != 0 ? ABSENT : r.tensorActivity[i];
          r.clock[i] = (what & 16) != 0 ? ABSENT : r.clock[i];
        }
      };
    }

    private static int wave(int second, int period, int height) {
      return second % period < period / 2 ? height : -height;
    }

    private static int noise(int chip, int second, int below) {
      return new SplittableRandom(chip * 1_000_003L + second).nextInt(below);
    }
  }
}
