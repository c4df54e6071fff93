package io.isotherm.core;

import static io.isotherm.core.IncidentKind.JOB_CRASHED;
import static io.isotherm.core.IncidentKind.JOB_HANG;
import static io.isotherm.core.IncidentKind.JOB_SLOW;

import io.isotherm.model.PodLayout;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds jobs that stand still, have ended although their placement says that they run, or are slow
 * everywhere.
 *
 * <p>Statistic: of the job's chips that report in this pod, nine tenths do no tensor work (at most
 * {@link #STILL} thousandths) and none of its boards finishes a step, after at least half of them
 * worked in some window before. If they are idle and hold less than a tenth of the memory that they
 * held at work, the job has crashed; else it hangs, once that has lasted {@code
 * jobHangOpenAfterWindows}, so that checkpoints pass. Idle chips of a job that is not synchronous
 * only wait for requests. A job that begins, or that a later placement has moved, has not worked
 * yet. What is broken in hardware explains why a synchronous job stands still. Of a job over
 * several pods the first pod by name speaks, and knows only what is broken in that pod.
 *
 * <p>A training job is slow if the tensor activity of its busy chips, as the median of its last
 * {@link JobPace#WINDOWS} windows of work, falls {@code jobSlowBelowOwn} and five of its usual
 * deviations below what it was, and no chip of it is hot or that far behind its peers, in what it
 * does or by a clock that heat or a power limit holds down: a synchronous job is as fast as its
 * slowest member, and a slow member is that member's incident. Where all are held alike, none is
 * slow, and the job is. What it was follows slow changes, and stays while the job is slow.
 * Checkpoints are shorter than half of the windows.
 */
final class JobFindings {
  private static final int STILL = 10;

  /** Deviations of a job's own pace from which on it is slow: five, as for chips. */
  private static final int DEVIATIONS = 5;

  /** Stands for the lag of a job with a part that is at fault: it explains any slowness. */
  private static final int EXPLAINED = SlowFindings.FULL_PACE;

  /** Utilization below which a chip is idle, in thousandths. */
  private static final int IDLE = 50;

  private final Judgement judgement;
  private final PodLayout layout;
  private final SlowFindings slowness;

  /** How fast the training jobs of this pod are and were, by the job's name. */
  private final TreeMap<String, JobPace> paces = new TreeMap<>();

  /** The jobs that have worked, by name. */
  private final TreeMap<String, Worked> worked = new TreeMap<>();

  /**
   * A job that has worked.
   *
   * @param fromMs beginning of the placement in which it did
   * @param memory most memory that its chips held on average, in units; 0 if they do not tell
   */
  private record Worked(long fromMs, int memory) {}

  JobFindings(Judgement judgement, SlowFindings slowness) {
    this.judgement = judgement;
    this.slowness = slowness;
    layout = judgement.layout;
  }

  /** What the chips of one job that report in this pod do in a window. */
  private static final class Tally {
    int chips;
    int busy;
    int idle;

    /** Chips that do no tensor work although it is due: always in a job that is synchronous. */
    int still;

    long memory;
    long tensorOfBusy;
    int worstLag;

    /** Whether one of its boards finished a step. */
    boolean stepped;

    /** Whether one of its boards counts steps. */
    boolean counted;

    void add(OpenWindow open, int chip, boolean synchronous, int lag) {
      int utilization = open.utilization(chip);
      int tensor = open.tensor(chip);
      chips++;
      if (utilization >= HeatFindings.BUSY && tensor > STILL) {
        busy++;
        tensorOfBusy += tensor;
      }
      idle += utilization < IDLE ? 1 : 0;
      boolean due = synchronous || utilization >= IDLE;
      still += due && tensor >= 0 && tensor <= STILL ? 1 : 0;
      memory += open.hbmUsed(chip);
      worstLag = Math.max(worstLag, lag);
    }

    boolean atWork() {
      return chips > 0 && busy * 2 >= chips;
    }
  }

  /** Makes the findings of this window. */
  void find() {
    JobMap jobs = judgement.jobs();
    Tally[] tallies = tally(jobs);
    paces.keySet().removeIf(name -> !jobs.runs(name));
    for (int job = 0; job < tallies.length; job++) {
      Tally t = tallies[job];
      if (jobs.home(job) && t.counted && t.atWork()) {
        pace(job, t.chips, (int) (10 * t.tensorOfBusy / t.busy), t.worstLag);
      }
    }
    TreeMap<String, Worked> before = new TreeMap<>(worked);
    worked.clear();
    for (int job = 0; job < tallies.length; job++) {
      Tally t = tallies[job];
      String name = jobs.name(job);
      long fromMs = jobs.fromMs(job);
      Worked w = before.get(name);
      if (w != null && w.fromMs != fromMs) {
        w = null;
      }
      int held = w == null ? 0 : w.memory;
      int mean = t.chips == 0 ? 0 : (int) (t.memory / t.chips);
      if (t.atWork()) {
        worked.put(name, new Worked(fromMs, Math.max(mean, held)));
      } else if (w != null) {
        worked.put(name, w);
        if (jobs.home(job) && t.chips > 0 && !t.stepped) {
          boolean gone = held > 0 && t.idle * 10 >= t.chips * 9 && mean * 10 <= held;
          if (gone || t.still * 10 >= t.chips * 9) {
            standing(job, name, t.chips, gone);
          }
        }
      }
    }
  }

  private Tally[] tally(JobMap jobs) {
    Tally[] tallies = new Tally[jobs.jobs()];
    Arrays.setAll(tallies, job -> new Tally());
    for (int board = 0; board < layout.boards(); board++) {
      int job = jobs.jobOf(board);
      if (job != JobMap.NO_JOB && judgement.boardStatus[board] == Judgement.HEARD) {
        add(tallies[job], board);
      }
    }
    return tallies;
  }

  private void add(Tally t, int board) {
    OpenWindow open = judgement.open();
    int perBoard = layout.chipsPerBoard();
    int before = t.chips;
    int team = judgement.jobs().teamOf(board);
    boolean synchronous = judgement.jobs().synchronous(board);
    for (int chip = board * perBoard; chip < (board + 1) * perBoard; chip++) {
      if (open.utilization(chip) >= 0) {
        int lag = judgement.state.lag[chip] / SlowFindings.LAG;
        t.add(open, chip, synchronous, Math.max(lag, slowness.heldBack(chip, team)));
      }
    }
    if (t.chips > before) {
      t.stepped |= open.steps[board] == 3;
      t.counted |= open.steps[board] != 0;
    }
  }

  /** Compares a training job at work with what it did before. */
  private void pace(int job, int chips, int tensor, int worstLag) {
    String name = judgement.jobs().name(job);
    JobPace pace = paceOf(name, judgement.jobs().fromMs(job));
    Candidate cause = slowPart(job);
    int median = pace.take(tensor, cause == null ? worstLag : EXPLAINED);
    int own = pace.own();
    if (median == 0 || own == 0) {
      pace.follow(median);
      return;
    }
    int below = 1_000 * (own - median) / own;
    int number = name.hashCode() & Integer.MAX_VALUE;
    boolean open = judgement.ledger.isOpen(JOB_SLOW, number);
    int limit = Math.max(judgement.settings.jobSlowBelowOwn(), DEVIATIONS * pace.deviation());
    if (below < (open ? limit / 2 : limit)) {
      pace.follow(median);
      return;
    }
    // A member that was that far behind its peers is what the others waited for.
    if (!open && pace.worstLag() * 10 >= below * 7) {
      return;
    }
    Candidate c = judgement.candidate(JOB_SLOW, number, "job/" + name);
    // A tenth of a job is more than any part that is critical alone.
    c.critical = true;
    c.chipsAffected = chips;
    c.evidence(judgement.evidence("job_slow", c.path, median / 10, own / 10, "permille"));
    Judgement.cover(c, cause);
  }

  /** The pace of a job in a placement; what it did in an earlier one is forgotten. */
  private JobPace paceOf(String name, long fromMs) {
    JobPace pace = paces.get(name);
    if (pace == null || pace.fromMs() != fromMs) {
      pace = new JobPace(fromMs);
      paces.put(name, pace);
    }
    return pace;
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
    return broken(job);
  }

  private void standing(int job, String name, int chips, boolean gone) {
    String path = "job/" + name;
    // The name's digest is the job's number: other jobs may come and go.
    int number = name.hashCode() & Integer.MAX_VALUE;
    Candidate c = judgement.candidate(gone ? JOB_CRASHED : JOB_HANG, number, path);
    c.critical = true;
    c.chipsAffected = chips;
    c.evidence(
        judgement.evidence(gone ? "job_crashed" : "job_hang", path, 0, chips, "chips_at_work"));
    Judgement.cover(c, broken(job));
    if (judgement.ledger.isOpen(gone ? JOB_HANG : JOB_CRASHED, number)) {
      c.covered = true;
    }
  }

  /** A part of the job that is broken, so that a synchronous job must stand still. */
  private @Nullable Candidate broken(int job) {
    for (Candidate c : judgement.candidates.values()) {
      boolean ofJob =
          switch (c.kind) {
            // It may be the network, which also the boards that still report need.
            case POD_SILENT -> true;
            case CABINET_SILENT -> silentIn(c.subject, job);
            case BOARD_SILENT -> judgement.jobs().jobOf(c.subject) == job;
            case CHIP_SILENT, CHIP_FATAL, HBM_UNCORRECTABLE ->
                judgement.jobs().jobOf(layout.boardOfChip(c.subject)) == job;
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
    out.writeInt(paces.size());
    for (Map.Entry<String, JobPace> e : paces.entrySet()) {
      out.writeUTF(e.getKey());
      e.getValue().write(out);
    }
    out.writeInt(worked.size());
    for (Map.Entry<String, Worked> e : worked.entrySet()) {
      out.writeUTF(e.getKey());
      out.writeLong(e.getValue().fromMs);
      out.writeInt(e.getValue().memory);
    }
  }

  void read(DataInputStream in) throws IOException {
    paces.clear();
    for (int n = in.readInt(); n > 0; n--) {
      paces.put(in.readUTF(), JobPace.read(in));
    }
    worked.clear();
    for (int n = in.readInt(); n > 0; n--) {
      worked.put(in.readUTF(), new Worked(in.readLong(), in.readInt()));
    }
  }
}
