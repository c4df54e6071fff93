package io.isotherm.core;

import static io.isotherm.core.IncidentKind.BOARD_SILENT;
import static io.isotherm.core.IncidentKind.CABINET_SILENT;
import static io.isotherm.core.IncidentKind.CHIP_FATAL;
import static io.isotherm.core.IncidentKind.CHIP_LINKS;
import static io.isotherm.core.IncidentKind.CHIP_SILENT;
import static io.isotherm.core.IncidentKind.HBM_UNCORRECTABLE;
import static io.isotherm.core.IncidentKind.JOB_CRASHED;
import static io.isotherm.core.IncidentKind.JOB_HANG;
import static io.isotherm.core.IncidentKind.JOB_SLOW;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.LINK_FLAP;
import static io.isotherm.core.IncidentKind.PLANE_FAULT;
import static io.isotherm.core.IncidentKind.POD_SILENT;
import static io.isotherm.core.IncidentKind.SWITCH_FAULT;

import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that stand still, have crashed or are slow everywhere, in the obvious way; and what jobs
 * over several pods do in this one, which is told to the cluster.
 */
final class ObviousJobs implements ObviousMonitor.Finder {
  /** Event time for which a job goes on with a part at fault until that explains nothing. */
  private static final int TEN_MINUTES_MS = 600_000;

  /** What the chips of a job do in a window; memory is in units of 64 MiB. */
  private record Doing(
      int chips,
      int busy,
      int idle,
      int still,
      long memory,
      long tensorOfBusy,
      int worstLag,
      boolean stepped,
      boolean counts) {
    /** Half of the chips work. */
    boolean atWork() {
      return chips > 0 && busy * 2 >= chips;
    }

    /** It trains, and works. */
    boolean paced() {
      return counts && atWork();
    }

    /** Nine tenths do no tensor work that is due, and no board finished a step. */
    boolean stands() {
      return chips > 0 && still * 10 >= chips * 9 && !stepped;
    }

    /** Nine tenths are idle with at most a tenth of the memory that they held, without a step. */
    boolean gone(long held) {
      return chips > 0
          && idle * 10 >= chips * 9
          && !stepped
          && held > 0
          && meanMemory() * 10 <= held;
    }

    long meanMemory() {
      return chips == 0 ? 0 : memory / chips;
    }
  }

  /** What is remembered of a job in one placement. */
  private static final class Course {
    final long fromMs;
    boolean worked;
    long mostMemory;
    final ObviousPace pace = new ObviousPace();

    /** By the part, windows in which the job worked although it was at fault. */
    final Map<String, Integer> worksWith = new TreeMap<>();

    /** By the part, windows in which the job kept its pace although it was at fault. */
    final Map<String, Integer> keepsPaceWith = new TreeMap<>();

    /** Windows in a row without work. */
    int paused;

    Course(long fromMs) {
      this.fromMs = fromMs;
    }
  }

  private final ObviousSlowness slowness;
  private final Map<String, Course> courses = new HashMap<>();

  /** What an agent counted at last. */
  private record Count(int agent, long count) {}

  /** Most steps that a chip of a board had finished in its newest report. */
  private final Map<Integer, Count> steps = new HashMap<>();

  /** Reports that count steps. */
  private final Set<ObviousReport> counting = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Those of them that say that one was finished. */
  private final Set<ObviousReport> stepping = Collections.newSetFromMap(new IdentityHashMap<>());

  /** Uncorrected memory errors of chips in the newest report of their board's agent. */
  private final Map<Integer, Count> uncorrected = new HashMap<>();

  /** Of reports, the chips with more such errors than before. */
  private final IdentityHashMap<ObviousReport, Set<Integer>> struck = new IdentityHashMap<>();

  /** Reports of the history that were looked at for these. */
  private int taken;

  ObviousJobs(ObviousSlowness slowness) {
    this.slowness = slowness;
  }

  @Override
  public void find(ObviousJudgement window) {
    take(window);
    renew(window);
    Set<String> placed = new HashSet<>();
    for (Placement job : window.placements()) {
      if (!boards(window, job).isEmpty()) {
        placed.add(job.job());
        judge(window, job);
      }
    }
    courses.keySet().retainAll(placed);
  }

  private void judge(ObviousJudgement window, Placement job) {
    Course course = courses.get(job.job());
    if (course == null || course.fromMs != job.fromMs()) {
      course = new Course(job.fromMs());
      courses.put(job.job(), course);
    }
    Doing doing = doing(window, job);
    ObviousFinding slowedBy = broken(window, job, course.keepsPaceWith);
    ObviousFinding stoppedBy = broken(window, job, course.worksWith);
    if (spansPods(window, job)) {
      window.jobShares.add(share(job, doing, slowedBy, stoppedBy));
    }
    stopped(window, job, course, doing, stoppedBy);
    if (waits(job, course, doing)) {
      boards(window, job).stream().filter(window::reports).forEach(window.waiting::add);
    }
    slowness(window, job, course, doing, slowedBy);
    goesOn(window, job, course, doing);
    if (doing.chips > 0) {
      course.worksWith.keySet().removeIf(fault -> !isThere(window, fault));
      course.keepsPaceWith.keySet().removeIf(fault -> !isThere(window, fault));
    }
  }

  /** Whether a part is at fault, or its incident still open. */
  private static boolean isThere(ObviousJudgement window, String fault) {
    int blank = fault.indexOf(' ');
    IncidentKind kind = IncidentKind.valueOf(fault.substring(0, blank));
    return window.explains(kind, fault.substring(blank + 1)) != null;
  }

  private static List<Integer> boards(ObviousJudgement window, Placement job) {
    return IntStream.range(0, window.layout.boards())
        .filter(b -> job.equals(window.job(b)))
        .boxed()
        .toList();
  }

  private static boolean spansPods(ObviousJudgement window, Placement job) {
    return job.members().stream()
        .filter(m -> !m.role().equals("maintenance"))
        .anyMatch(m -> !m.pod().equals(window.layout.pod()));
  }

  /** Counts what the chips of a job do on the boards that report. */
  private Doing doing(ObviousJudgement window, Placement job) {
    int chips = 0;
    int busy = 0;
    int idle = 0;
    int still = 0;
    long memory = 0;
    long tensorOfBusy = 0;
    int worstLag = 0;
    boolean stepped = false;
    boolean counts = false;
    for (int board : boards(window, job)) {
      if (!window.reports(board)) {
        continue;
      }
      int before = chips;
      for (int position = 0; position < window.layout.chipsPerBoard(); position++) {
        int chip = window.layout.chipIndex(board, position);
        List<ObviousReport.Chip> samples = window.samples(chip);
        Integer utilization = mean(samples, ObviousReport.Chip::utilization);
        if (utilization == null) {
          continue;
        }
        Integer tensor = mean(samples, ObviousReport.Chip::tensor);
        boolean isIdle = utilization < 50;
        boolean works = tensor != null && tensor > 10;
        chips++;
        idle += isIdle ? 1 : 0;
        still += tensor != null && !works && (job.synchronous() || !isIdle) ? 1 : 0;
        if (tensor != null && works && utilization >= 500) {
          busy++;
          tensorOfBusy += tensor;
        }
        memory += mostMemory(samples);
        worstLag = Math.max(worstLag, slowness.behind(window, chip));
      }
      if (chips > before) {
        counts |= window.said(board).stream().anyMatch(counting::contains);
        stepped |= window.said(board).stream().anyMatch(stepping::contains);
      }
    }
    return new Doing(chips, busy, idle, still, memory, tensorOfBusy, worstLag, stepped, counts);
  }

  private static @Nullable Integer mean(
      List<ObviousReport.Chip> samples, Function<ObviousReport.Chip, @Nullable Integer> reading) {
    return ObviousTotals.means(Map.of(0, samples), reading).get(0);
  }

  /** Most memory in use on a chip in the window, in units of 64 MiB, rounded up. */
  private static long mostMemory(List<ObviousReport.Chip> samples) {
    return samples.stream()
        .map(ObviousReport.Chip::hbmUsed)
        .filter(Objects::nonNull)
        .mapToLong(m -> (m + 63) / 64)
        .max()
        .orElse(0);
  }

  /** Takes the reports that came since the window before closed, and no other has overtaken. */
  private void take(ObviousJudgement window) {
    for (; taken < window.history.size(); taken++) {
      ObviousReport r = window.history.get(taken);
      if (r.newest()) {
        takeSteps(r);
        takeErrors(r);
      }
    }
  }

  /**
   * A board finishes a step in a window if the most steps that a chip of it has finished change in
   * it, from one report to the next of the same agent: a job that begins anew from a checkpoint
   * counts fewer. Reports that others have overtaken do not count.
   */
  private void takeSteps(ObviousReport r) {
    OptionalLong now =
        r.chips().stream()
            .map(ObviousReport.Chip::steps)
            .filter(Objects::nonNull)
            .mapToLong(s -> s)
            .max();
    if (now.isPresent()) {
      counting.add(r);
      Count before = steps.put(r.board(), new Count(r.agent(), now.getAsLong()));
      if (before != null && before.agent == r.agent() && now.getAsLong() != before.count) {
        stepping.add(r);
      }
    }
  }

  /** Takes what a report says of uncorrected memory errors; a new agent counts from anywhere. */
  private void takeErrors(ObviousReport r) {
    for (ObviousReport.Chip c : r.chips()) {
      if (c.uncorrected() != null) {
        Count before = uncorrected.put(c.chip(), new Count(r.agent(), c.uncorrected()));
        if (before != null && before.agent == r.agent() && c.uncorrected() > before.count) {
          struck.computeIfAbsent(r, report -> new HashSet<>()).add(c.chip());
        }
      }
    }
  }

  private static PodWindow.JobShare share(
      Placement job,
      Doing d,
      @Nullable ObviousFinding slowedBy,
      @Nullable ObviousFinding stoppedBy) {
    return new PodWindow.JobShare(
        job.job(),
        job.fromMs(),
        d.chips,
        d.busy,
        d.idle,
        d.still,
        d.memory * 64,
        d.tensorOfBusy,
        d.worstLag,
        d.stepped,
        d.counts,
        slowedBy == null ? "" : slowedBy.path,
        stoppedBy == null ? "" : stoppedBy.path);
  }

  /**
   * A job that has worked and does nothing any more has crashed, or hangs. What is open of that
   * goes on until it works: one that was said to have crashed does not hang. Of a job over several
   * pods only what explains it hears of it.
   */
  private static void stopped(
      ObviousJudgement window,
      Placement job,
      Course course,
      Doing doing,
      @Nullable ObviousFinding stoppedBy) {
    if (doing.atWork()) {
      course.worked = true;
      course.mostMemory = Math.max(course.mostMemory, doing.meanMemory());
      return;
    }
    boolean gone = doing.gone(course.mostMemory);
    if (!course.worked || !(gone || doing.stands())) {
      return;
    }
    if (spansPods(window, job)) {
      if (stoppedBy != null) {
        stoppedBy.critical = true;
        stoppedBy.children.add(path(job));
      }
      return;
    }
    boolean crashed = gone || window.isOpen(JOB_CRASHED, path(job));
    IncidentKind kind = crashed ? JOB_CRASHED : JOB_HANG;
    ObviousFinding found = window.found(kind, path(job), /* critical= */ true, doing.chips);
    explain(found, stoppedBy);
    found.explained &= !window.isOpen(JOB_HANG, path(job));
  }

  /** What a job stands still for, or is slower for, is critical. */
  private static void explain(ObviousFinding job, @Nullable ObviousFinding by) {
    job.explainedBy(by);
    if (by != null) {
      by.critical = true;
    }
  }

  /** Whether the members of a job that has worked wait for something, or none is heard. */
  private static boolean waits(Placement job, Course course, Doing doing) {
    boolean nothing = doing.chips == 0 || doing.gone(course.mostMemory) || doing.stands();
    return job.synchronous() && course.worked && nothing;
  }

  private static String path(Placement job) {
    return "job/" + job.job();
  }

  /**
   * A training job that computes less than it did is slow, if nothing explains it, until half of
   * the loss is made up for. While it pauses nothing is known of that, unless it has crashed.
   */
  private static void slowness(
      ObviousJudgement window,
      Placement job,
      Course course,
      Doing doing,
      @Nullable ObviousFinding slowedBy) {
    if (!doing.atWork() && !window.isOpen(JOB_CRASHED, path(job))) {
      window.pausing.add(ObviousJudgement.key(JOB_SLOW, path(job)));
    }
    if (!doing.paced()) {
      return;
    }
    ObviousPace pace = course.pace;
    pace.take((int) (doing.tensorOfBusy * 10 / doing.busy), doing.worstLag, slowedBy != null);
    boolean open = window.isOpen(JOB_SLOW, path(job));
    int limit = Math.max(window.settings.jobSlowBelowOwn(), pace.deviation() * 5);
    pace.keep(open ? limit / 2 : limit);
    if (!pace.kept() && !spansPods(window, job) && (open || !pace.heldUp())) {
      explain(window.found(JOB_SLOW, path(job), /* critical= */ true, doing.chips), slowedBy);
    }
  }

  /** A further uncorrectable error of a chip is another fault: no job has gone on with it yet. */
  private void renew(ObviousJudgement window) {
    for (ObviousReport r : window.said) {
      for (int chip : struck.getOrDefault(r, Set.of())) {
        ObviousFinding found = window.find(HBM_UNCORRECTABLE, window.layout.chipPath(chip));
        if (found != null) {
          courses.values().forEach(c -> c.worksWith.remove(key(found)));
          courses.values().forEach(c -> c.keepsPaceWith.remove(key(found)));
        }
      }
    }
  }

  /**
   * Notes which parts are at fault although the job works. What it has not gone on with for ten
   * minutes begins anew after the job stood still for as long as one that hangs, or was slow.
   */
  private static void goesOn(ObviousJudgement window, Placement job, Course course, Doing doing) {
    if (doing.chips == 0) {
      return;
    }
    int windows = tenMinutes(window);
    if (!doing.atWork()) {
      course.paused++;
      if (course.paused == window.settings.jobHangOpenAfterWindows()) {
        course.worksWith.values().removeIf(n -> n < windows);
        course.keepsPaceWith.values().removeIf(n -> n < windows);
      }
      return;
    }
    course.paused = 0;
    for (ObviousFinding part : parts(window, job)) {
      String fault = key(part);
      course.worksWith.merge(fault, 1, Integer::sum);
      if (doing.paced() && course.pace.kept()) {
        course.keepsPaceWith.merge(fault, 1, Integer::sum);
      } else if (doing.paced()) {
        course.keepsPaceWith.computeIfPresent(fault, (f, n) -> n < windows ? null : n);
      }
    }
  }

  private static int tenMinutes(ObviousJudgement window) {
    int length = window.settings.windowMs();
    return (TEN_MINUTES_MS + length - 1) / length;
  }

  /**
   * What was found in this window that stops a job: a silent pod any; of one that is synchronous
   * also a silent cabinet in which a board of it is silent, what is silent or broken of its own
   * boards and chips, and of what nothing else explains the planes and switches to which links of
   * it are sick, its chips with sick links, and its links that flap or are down. The largest come
   * first.
   */
  private static List<ObviousFinding> parts(ObviousJudgement window, Placement job) {
    List<ObviousFinding> parts = new ArrayList<>();
    add(parts, window.find(POD_SILENT, window.layout.pod()));
    if (!job.synchronous()) {
      return parts;
    }
    List<Integer> boards = boards(window, job);
    boards.stream()
        .filter(b -> window.heard.get(b) == ObviousJudgement.Heard.SILENT)
        .map(window.layout::cabinetOfBoard)
        .distinct()
        .forEach(c -> add(parts, window.find(CABINET_SILENT, window.layout.cabinetPath(c))));
    for (int board : boards) {
      add(parts, window.find(BOARD_SILENT, window.layout.boardPath(board)));
    }
    for (IncidentKind kind : List.of(CHIP_SILENT, CHIP_FATAL, HBM_UNCORRECTABLE)) {
      for (int board : boards) {
        for (int p = 0; p < window.layout.chipsPerBoard(); p++) {
          int chip = window.layout.chipIndex(board, p);
          add(parts, window.find(kind, window.layout.chipPath(chip)));
        }
      }
    }
    links(window, boards).stream().filter(p -> !p.explained).forEach(parts::add);
    return parts;
  }

  /** What was found in this window of the links of some boards. */
  private static List<ObviousFinding> links(ObviousJudgement window, List<Integer> boards) {
    List<ObviousFinding> found = new ArrayList<>();
    List<Integer> switches =
        window.sickPorts.stream()
            .filter(p -> boards.contains(board(window, p)))
            .map(window.layout::switchOfPort)
            .filter(s -> s != PodLayout.NO_SWITCH)
            .sorted()
            .distinct()
            .toList();
    switches.stream()
        .map(window.layout::setOfSwitch)
        .sorted()
        .distinct()
        .forEach(p -> add(found, window.find(PLANE_FAULT, window.layout.switchSetPath(p))));
    switches.forEach(s -> add(found, window.find(SWITCH_FAULT, window.layout.switchPathOf(s))));
    for (int board : boards) {
      for (int p = 0; p < window.layout.chipsPerBoard(); p++) {
        String path = window.layout.chipPath(window.layout.chipIndex(board, p));
        add(found, window.find(CHIP_LINKS, path));
      }
    }
    for (IncidentKind kind : List.of(LINK_FLAP, LINK_DOWN)) {
      for (int port = 0; port < window.layout.ports(); port++) {
        int peer = window.layout.peerPort(port);
        if (boards.contains(board(window, port))
            || (peer != PodLayout.NO_PORT && boards.contains(board(window, peer)))) {
          ObviousFinding link = window.find(kind, window.layout.portPath(port));
          if (link != null && !found.contains(link)) {
            found.add(link);
          }
        }
      }
    }
    return found;
  }

  private static int board(ObviousJudgement window, int port) {
    return window.layout.boardOfChip(window.layout.chipOfPort(port));
  }

  private static void add(List<ObviousFinding> parts, @Nullable ObviousFinding part) {
    if (part != null) {
      parts.add(part);
    }
  }

  /**
   * What explains that a job stops or is slower: the first of its parts that nothing else explains
   * and that it has not gone on with for ten minutes; null if there is none.
   */
  private static @Nullable ObviousFinding broken(
      ObviousJudgement window, Placement job, Map<String, Integer> goesOnWith) {
    return parts(window, job).stream()
        .filter(p -> !p.explained)
        .filter(p -> goesOnWith.getOrDefault(key(p), 0) < tenMinutes(window))
        .findFirst()
        .orElse(null);
  }

  private static String key(ObviousFinding part) {
    return ObviousJudgement.key(part.kind, part.path);
  }
}
