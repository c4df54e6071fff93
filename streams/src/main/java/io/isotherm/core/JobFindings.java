package io.isotherm.core;

import io.isotherm.model.PodLayout;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
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
  private final Judgement judgement;
  private final PodLayout layout;
  private final SlowFindings slowness;
  private final JobCourses courses;

  JobFindings(Judgement judgement, SlowFindings slowness) {
    this.judgement = judgement;
    this.slowness = slowness;
    layout = judgement.layout;
    courses = new JobCourses(judgement.settings, judgement.ledger);
  }

  /**
   * Makes the findings of this window.
   *
   * @return what the jobs over several pods do in this one, in the order of their names
   */
  List<PodWindow.JobShare> find() {
    JobMap jobs = judgement.jobs();
    JobTally[] tallies = tally(jobs);
    parts(jobs, tallies);
    SortedMap<String, JobTally> own = new TreeMap<>();
    Set<String> placed = new HashSet<>();
    List<PodWindow.JobShare> shares = new ArrayList<>();
    for (int job = 0; job < tallies.length; job++) {
      if (jobs.boards(job) == 0) {
        continue;
      }
      JobTally t = tallies[job];
      String name = jobs.name(job);
      placed.add(name);
      if (!jobs.spansPods(job)) {
        own.put(name, t);
        continue;
      }
      shares.add(t.share(name));
      Candidate cause = t.stoppedBy();
      if (courses.stopped(name, t) && cause != null) {
        cause.child(cause.keepsChild() ? JobCourses.path(name) : "");
      }
    }
    courses.retain(placed);
    courses.judge(judgement.windowStartMs(), own, judgement.candidates);
    return List.copyOf(shares);
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
        int lag = judgement.state.lag[chip] / SlowFindings.LAG;
        t.chip(open, chip, synchronous, Math.max(lag, slowness.heldBack(chip, team)));
      }
    }
    if (t.chips() > before) {
      t.steps(open.steps[board]);
    }
  }

  /** Notes which jobs have a part that is at fault. */
  private void parts(JobMap jobs, JobTally[] tallies) {
    if (judgement.candidates.isEmpty()) {
      return;
    }
    for (int job = 0; job < tallies.length; job++) {
      if (jobs.boards(job) > 0) {
        boolean synchronous = jobs.isSynchronous(job);
        Candidate broken = broken(job, synchronous);
        Candidate slow = synchronous ? slowPart(job) : null;
        tallies[job].parts(slow == null ? broken : slow, broken);
      }
    }
  }

  /** A part of the job that explains that a synchronous job is slower. */
  private @Nullable Candidate slowPart(int job) {
    for (Candidate c : judgement.candidates.values()) {
      int chip =
          switch (c.kind) {
            case CHIP_SLOW, CHIP_HOT, HBM_UNCORRECTABLE -> c.subject;
            default -> -1;
          };
      if (chip >= 0 && judgement.jobs().jobOf(layout.boardOfChip(chip)) == job) {
        return c;
      }
    }
    return null;
  }

  /**
   * A part of the job that is broken, so that it must stand still: one that is not synchronous does
   * so only with all of the pod.
   */
  private @Nullable Candidate broken(int job, boolean synchronous) {
    for (Candidate c : judgement.candidates.values()) {
      boolean ofJob =
          switch (c.kind) {
            // It may be the network, which also the boards that still report need.
            case POD_SILENT -> true;
            case CABINET_SILENT -> synchronous && silentIn(c.subject, job);
            case BOARD_SILENT -> synchronous && judgement.jobs().jobOf(c.subject) == job;
            case CHIP_SILENT, CHIP_FATAL, HBM_UNCORRECTABLE ->
                synchronous && judgement.jobs().jobOf(layout.boardOfChip(c.subject)) == job;
            default -> false;
          };
      // What explains a part that is covered stands here, too.
      if (ofJob && !c.covered) {
        return c;
      }
    }
    return null;
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

  void write(DataOutputStream out) throws IOException {
    courses.write(out);
  }

  void read(DataInputStream in) throws IOException {
    courses.read(in);
  }
}
