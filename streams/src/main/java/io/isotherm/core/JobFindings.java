package io.isotherm.core;

import io.isotherm.model.PodLayout;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counts what the jobs of a pod do and which of their parts are at fault. Those that are placed in
 * this pod alone are judged here, by {@link JobCourses}; of those over several pods it is told what
 * they do in this one, and {@link SpanningJobs} judges them.
 */
final class JobFindings {
  /** What can stop a job, that which explains most first. */
  private static final List<IncidentKind> CAUSES =
      List.of(
          IncidentKind.POD_SILENT,
          IncidentKind.CABINET_SILENT,
          IncidentKind.BOARD_SILENT,
          IncidentKind.CHIP_SILENT,
          IncidentKind.CHIP_FATAL,
          IncidentKind.HBM_UNCORRECTABLE,
          IncidentKind.PLANE_FAULT,
          IncidentKind.SWITCH_FAULT,
          IncidentKind.CHIP_LINKS,
          IncidentKind.LINK_FLAP,
          IncidentKind.LINK_DOWN);

  private final Judgement judgement;
  private final PodLayout layout;
  private final SlowFindings slowness;
  private final LinkFindings links;
  private final JobCourses courses;
  private final OldFaults oldFaults;

  /** Numbers of the synchronous jobs that wait in this window. */
  private final BitSet waiting = new BitSet();

  /**
   * Of the switches and planes at fault, by their candidates' keys: jobs with sick links to them.
   */
  private final Map<Long, BitSet> cutOff = new HashMap<>();

  JobFindings(Judgement judgement, SlowFindings slowness, LinkFindings links) {
    this.judgement = judgement;
    this.slowness = slowness;
    this.links = links;
    layout = judgement.layout;
    courses = new JobCourses(judgement.settings, judgement.ledger);
    oldFaults = new OldFaults(judgement.settings);
  }

  /**
   * Makes the findings of this window.
   *
   * @return what the jobs over several pods do in this one, in the order of their names
   */
  List<PodWindow.JobShare> find() {
    JobMap jobs = judgement.jobs();
    JobTally[] tallies = tally(jobs);
    renew();
    cutOff.clear();
    links.sick(this::takeSickPort);
    parts(jobs, tallies);
    SortedMap<String, JobTally> own = new TreeMap<>();
    Set<String> placed = new HashSet<>();
    Set<String> heard = new HashSet<>();
    List<PodWindow.JobShare> shares = new ArrayList<>();
    for (int job = 0; job < tallies.length; job++) {
      if (jobs.boards(job) == 0) {
        continue;
      }
      JobTally t = tallies[job];
      String name = jobs.name(job);
      placed.add(name);
      if (t.chips() > 0) {
        heard.add(name);
      }
      if (jobs.spansPods(job)) {
        shares.add(t.share(name));
        goesOnElsewhere(name, t);
      } else {
        own.put(name, t);
      }
    }
    courses.retain(placed);
    courses.judge(judgement.windowStartMs(), own, judgement.candidates, judgement.pausing);
    goOn(jobs, tallies);
    waiting.clear();
    for (int job = 0; job < tallies.length; job++) {
      waiting.set(job, jobs.isSynchronous(job) && courses.waits(jobs.name(job), tallies[job]));
    }
    oldFaults.retain(placed, (job, fault) -> !heard.contains(job) || judgement.isThere(fault));
    return List.copyOf(shares);
  }

  /**
   * Whether the job of a board that was heard, on which nobody else works, waits for something: it
   * is synchronous and has worked, and now it stands still, has crashed, or says nothing of work.
   */
  boolean waits(int board) {
    int job = judgement.jobs().jobOf(board);
    return job != JobMap.NO_JOB
        && waiting.get(job)
        && judgement.boardStatus[board] == Judgement.HEARD;
  }

  /** Takes what a job over several pods does in this one; what is said of it is the cluster's. */
  private void goesOnElsewhere(String job, JobTally t) {
    courses.pace(job, t);
    Candidate cause = t.stoppedBy();
    if (courses.stopped(job, t) != null && cause != null) {
      cause.critical = true;
      cause.stops(JobCourses.path(job));
    }
  }

  private JobTally[] tally(JobMap jobs) {
    JobTally[] tallies = new JobTally[jobs.jobs()];
    for (int job = 0; job < tallies.length; job++) {
      tallies[job] = new JobTally(jobs.fromMs(job));
    }
    for (int board = 0; board < layout.boards(); board++) {
      int job = jobs.jobOf(board);
      if (job != JobMap.NO_JOB && judgement.boardStatus[board] == Judgement.HEARD) {
        add(tallies[job], board);
      }
    }
    return tallies;
  }

  private void add(JobTally t, int board) {
    OpenWindow open = judgement.open();
    int perBoard = layout.chipsPerBoard();
    int before = t.chips();
    int team = judgement.jobs().teamOf(board);
    boolean synchronous = judgement.jobs().synchronous(board);
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      if (open.utilization(chip) >= 0) {
        t.chip(open, chip, synchronous, slowness.behind(chip, team));
      }
    }
    if (t.chips() > before) {
      t.steps(open.steps[board]);
    }
  }

  /** An uncorrectable error beside one from before is another fault. */
  private void renew() {
    for (Candidate c : judgement.candidates.values()) {
      if (c.kind == IncidentKind.HBM_UNCORRECTABLE
          && judgement.open().flagged(c.subject, OpenWindow.UNCORRECTED)) {
        oldFaults.renew(c.key());
      }
    }
  }

  /** Notes which jobs have a part that is at fault. */
  private void parts(JobMap jobs, JobTally[] tallies) {
    if (judgement.candidates.isEmpty()) {
      return;
    }
    for (int job = 0; job < tallies.length; job++) {
      if (jobs.boards(job) > 0) {
        tallies[job].parts(
            broken(job, oldFaults::keepsPaceWith), broken(job, oldFaults::worksWith));
      }
    }
  }

  /** {@link OldFaults#worksWith} or {@link OldFaults#keepsPaceWith}. */
  private interface GoesOn {
    boolean with(String job, long fromMs, long fault);
  }

  /**
   * A part of the job that is broken, so that it must stand still or be slower, unless it goes on
   * with that. One that is slow explains only as much as it is behind, {@link JobTally#worstLag}.
   */
  private @Nullable Candidate broken(int job, GoesOn goesOn) {
    JobMap jobs = judgement.jobs();
    Candidate first = null;
    int rank = CAUSES.size();
    for (Candidate c : judgement.candidates.values()) {
      int of = CAUSES.indexOf(c.kind);
      // What explains a part that is covered stands among the candidates, too.
      if (of >= 0
          && of < rank
          && !c.covered
          && stops(c, job)
          && !goesOn.with(jobs.name(job), jobs.fromMs(job), c.key())) {
        first = c;
        rank = of;
      }
    }
    return first;
  }

  /** Whether a part stops the job: one that is not synchronous stands still only with the pod. */
  private boolean stops(Candidate c, int job) {
    boolean synchronous = judgement.jobs().isSynchronous(job);
    return switch (c.kind) {
      // It may be the network, which also the boards that still report need.
      case POD_SILENT -> true;
      case CABINET_SILENT -> synchronous && silentIn(c.subject, job);
      case BOARD_SILENT -> synchronous && judgement.jobs().jobOf(c.subject) == job;
      case CHIP_SILENT, CHIP_FATAL, HBM_UNCORRECTABLE -> synchronous && worksFor(job, c.subject);
      case CHIP_LINKS -> synchronous && !c.covered && worksFor(job, c.subject);
      case LINK_DOWN, LINK_FLAP -> synchronous && !c.covered && linkOf(job, c.subject);
      case SWITCH_FAULT, PLANE_FAULT -> {
        BitSet of = c.covered ? null : cutOff.get(c.key());
        yield synchronous && of != null && of.get(job);
      }
      case BOARD_CLOCK,
          CHIP_HOT,
          CABINET_HOT,
          COOLING_LOOP_HOT,
          LINK_DEGRADED,
          CHIP_SLOW,
          HBM_CORRECTABLE,
          LINK_NARROW,
          CONGESTION,
          POWER_SAG,
          JOB_HANG,
          JOB_CRASHED,
          JOB_SLOW,
          HOST_RESTART,
          SITE_FAULT ->
          false;
    };
  }

  /** Notes that a sick port is one of a job to a switch that is at fault, or whose plane is. */
  private void takeSickPort(int port) {
    int to = layout.switchOfPort(port);
    int job = judgement.jobs().jobOf(layout.boardOfChip(layout.chipOfPort(port)));
    if (to == PodLayout.NO_SWITCH || job == JobMap.NO_JOB) {
      return;
    }
    takeCutOff(job, judgement.find(IncidentKind.SWITCH_FAULT, to));
    takeCutOff(job, judgement.find(IncidentKind.PLANE_FAULT, layout.setOfSwitch(to)));
  }

  private void takeCutOff(int job, @Nullable Candidate c) {
    if (c != null) {
      cutOff.computeIfAbsent(c.key(), key -> new BitSet()).set(job);
    }
  }

  private boolean linkOf(int job, int port) {
    int peer = layout.peerPort(port);
    return worksFor(job, layout.chipOfPort(port))
        || (peer != PodLayout.NO_PORT && worksFor(job, layout.chipOfPort(peer)));
  }

  private boolean worksFor(int job, int chip) {
    return judgement.jobs().jobOf(layout.boardOfChip(chip)) == job;
  }

  /**
   * Notes which parts are at fault although their jobs work, those too that another explains: that
   * one may be gone sooner.
   */
  private void goOn(JobMap jobs, JobTally[] tallies) {
    for (int job = 0; job < tallies.length; job++) {
      JobTally t = tallies[job];
      String name = jobs.name(job);
      if (t.atWork()) {
        boolean atPace = t.paced() && courses.keepsPace(name);
        for (Candidate c : judgement.candidates.values()) {
          if (stops(c, job)) {
            oldFaults.goesOn(name, t.fromMs(), c.key(), atPace, t.paced() && !atPace);
          }
        }
      } else if (t.chips() > 0) {
        oldFaults.pauses(name);
      }
    }
  }

  /** Whether a board of the job is silent in a cabinet. */
  private boolean silentIn(int cab, int job) {
    int perCabinet = layout.boardsPerCabinet();
    for (int board = cab * perCabinet; board < (cab + 1) * perCabinet; board++) {
      if (judgement.boardStatus[board] == Judgement.SILENT
          && judgement.jobs().jobOf(board) == job) {
        return true;
      }
    }
    return false;
  }

  /** Takes over how jobs went on under another one, but not beside which parts. */
  void follow(JobFindings before) {
    courses.follow(before.courses);
  }

  void write(DataOutputStream out) throws IOException {
    courses.write(out);
    oldFaults.write(out);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param before whether the version before wrote it, which had no old faults
   */
  void read(DataInputStream in, boolean before) throws IOException {
    courses.read(in, before);
    if (!before) {
      oldFaults.read(in, Candidate::keyOf);
    }
  }
}
