package io.isotherm.core;

import static io.isotherm.core.IncidentKind.JOB_CRASHED;
import static io.isotherm.core.IncidentKind.JOB_HANG;
import static io.isotherm.core.IncidentKind.JOB_SLOW;

import io.isotherm.model.Placement;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Finds jobs that stand still, have ended although their placement says that they run, or are slow
 * everywhere, by how they went on until now.
 *
 * <p>Statistic: of the job's chips that report, nine tenths do no tensor work and none of its
 * boards finishes a step, after at least half of them worked in some window before. If they are
 * idle and hold less than a tenth of the memory that they held at work, the job has crashed; else
 * it hangs, once that has lasted {@code jobHangOpenAfterWindows}, so that checkpoints pass. Idle
 * chips of a job that is not synchronous only wait for requests. A job that begins, or that a later
 * placement has moved, has not worked yet. What is broken in hardware explains why a synchronous
 * job stands still, unless it is among its {@link OldFaults}; that a pod is silent explains it of
 * every job. From an open incident until it works again all of that is one story: a job that hangs
 * may be killed, and one that has crashed is loaded anew.
 *
 * <p>A training job is slow if the tensor activity of its busy chips, as the middle of its last
 * {@link JobPace#WINDOWS} windows of work, {@link JobPace#recent}, falls {@code jobSlowBelowOwn}
 * and five of its usual deviations below what it was, and nothing explains it: no part of it was
 * broken in these windows that is not among its {@link OldFaults}, and no chip was nearly as far
 * behind its peers, and further than the last one always is, in what it does or by a clock that
 * heat, want of power or the hardware itself holds down. A synchronous job is as fast as its
 * slowest member, and a slow member is that member's incident. Where all are held alike, none is
 * slow, and the job is. What it was follows slow changes, and stays while the job is slow.
 */
final class JobCourses {
  /** The kinds of incidents that a job can have. */
  static final List<IncidentKind> KINDS = List.of(JOB_CRASHED, JOB_HANG, JOB_SLOW);

  /** Deviations of a job's own pace from which on it is slow: five, as for chips. */
  private static final int DEVIATIONS = 5;

  private final DetectorSettings settings;
  private final IncidentLedger ledger;

  /** How fast the training jobs are and were, by name. */
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

  /**
   * @param ledger where the incidents of these jobs are
   */
  JobCourses(DetectorSettings settings, IncidentLedger ledger) {
    this.settings = settings;
    this.ledger = ledger;
  }

  /** Path of a job. */
  static String path(String job) {
    return Placement.PATH + job;
  }

  /** Whether a path is that of a job. */
  static boolean isPath(String path) {
    return path.startsWith(Placement.PATH);
  }

  /** Name of the job with a path. */
  static String job(String path) {
    return path.substring(Placement.PATH.length());
  }

  /** {@link #number} of the job with a path. */
  static long numberOf(String path) {
    return number(job(path));
  }

  /**
   * A job's number as the subject of an incident, by its name alone, as other jobs come and go: an
   * FNV-1a hash, folded to 56 bits. Two of 500 jobs have the same number once in 10 to the power of
   * 11 times. By {@link String#hashCode} it was once in 50, where their names differ in the five
   * letters and digits that Kubernetes appends.
   */
  static long number(String job) {
    long hash = 0xcbf29ce484222325L;
    for (int i = 0; i < job.length(); i++) {
      hash = (hash ^ job.charAt(i)) * 0x100000001b3L;
    }
    return Candidate.subjectOf(hash ^ hash >>> 56);
  }

  /** Takes over how jobs went on until now. */
  void follow(JobCourses before) {
    paces.putAll(before.paces);
    worked.putAll(before.worked);
  }

  /** Forgets all jobs but these. */
  void retain(Set<String> jobs) {
    paces.keySet().retainAll(jobs);
    worked.keySet().retainAll(jobs);
  }

  /**
   * Goes on by a window.
   *
   * @param jobs what jobs did in it, by name
   * @param candidates takes what that says
   * @param pausing takes the keys of which it says nothing as their jobs pause
   */
  void judge(
      long windowStartMs,
      SortedMap<String, JobTally> jobs,
      SortedMap<Long, Candidate> candidates,
      Set<Long> pausing) {
    jobs.forEach((job, t) -> slowness(windowStartMs, job, t, candidates));
    jobs.forEach((job, t) -> standing(windowStartMs, job, t, candidates));
    jobs.forEach(
        (job, t) -> {
          if (pauses(job, t)) {
            pausing.add(Candidate.key(JOB_SLOW, number(job)));
          }
        });
  }

  /** Whether a job does not work for now, so that nothing can be said of its pace. */
  private boolean pauses(String job, JobTally t) {
    return !t.atWork() && !ledger.isOpen(JOB_CRASHED, number(job));
  }

  /** Compares a training job at work with what it did before. */
  private void slowness(
      long windowStartMs, String job, JobTally t, SortedMap<Long, Candidate> candidates) {
    JobPace pace = pace(job, t);
    if (pace == null || pace.kept()) {
      return;
    }
    // A member that was that far behind its peers is what the others waited for.
    if (!ledger.isOpen(JOB_SLOW, number(job)) && pace.heldUp()) {
      return;
    }
    Candidate c = candidate(JOB_SLOW, job, t, candidates);
    c.evidence(
        new IncidentEvent.Evidence(
            "job_slow", c.path, windowStartMs, pace.recent() / 10, pace.own() / 10, "permille"));
    explain(c, t.slowedBy());
  }

  /** Takes what a job does; the pace that it has if it trains and is at work, else null. */
  @Nullable JobPace pace(String job, JobTally t) {
    if (!t.paced()) {
      return null;
    }
    JobPace pace = paceOf(job, t.fromMs());
    pace.take(t.tensor(), t.worstLag(), t.slowedBy() != null);
    int limit = Math.max(settings.jobSlowBelowOwn(), DEVIATIONS * pace.deviation());
    pace.keep(ledger.isOpen(JOB_SLOW, number(job)) ? limit / 2 : limit);
    return pace;
  }

  /** Whether a job that trains and is at work is no slower in this window than it was. */
  boolean keepsPace(String job) {
    JobPace pace = paces.get(job);
    return pace != null && pace.kept();
  }

  /** The pace of a job in a placement; what it did in an earlier one is forgotten. */
  private JobPace paceOf(String job, long fromMs) {
    JobPace pace = paces.get(job);
    if (pace == null || pace.fromMs() != fromMs) {
      pace = new JobPace(fromMs);
      paces.put(job, pace);
    }
    return pace;
  }

  /**
   * Takes what a job does, and says what has become of one that has worked: it has crashed, hangs,
   * or neither, which is null.
   */
  @Nullable IncidentKind stopped(String job, JobTally t) {
    Worked before = worked.get(job);
    if (before != null && before.fromMs != t.fromMs()) {
      worked.remove(job);
      before = null;
    }
    int held = before == null ? 0 : before.memory;
    if (t.atWork()) {
      worked.put(job, new Worked(t.fromMs(), Math.max(t.meanMemory(), held)));
      return null;
    }
    if (before == null) {
      return null;
    }
    return t.gone(held) ? JOB_CRASHED : t.stands() ? JOB_HANG : null;
  }

  /** Whether a job that has worked stands still, has crashed, or says nothing of work. */
  boolean waits(String job, JobTally t) {
    Worked before = worked.get(job);
    return before != null
        && before.fromMs == t.fromMs()
        && (t.chips() == 0 || t.stands() || t.gone(before.memory));
  }

  /** Says of a job that has stopped whether it hangs or has crashed. */
  private void standing(
      long windowStartMs, String job, JobTally t, SortedMap<Long, Candidate> candidates) {
    IncidentKind kind = stopped(job, t);
    if (kind == null) {
      return;
    }
    if (ledger.isOpen(JOB_CRASHED, number(job))) {
      // It is started anew, or it hangs while it loads.
      kind = JOB_CRASHED;
    }
    Candidate c = candidate(kind, job, t, candidates);
    c.evidence(
        new IncidentEvent.Evidence(
            kind == JOB_CRASHED ? "job_crashed" : "job_hang",
            c.path,
            windowStartMs,
            0,
            t.chips(),
            "chips_at_work"));
    explain(c, t.stoppedBy());
    if (ledger.isOpen(JOB_HANG, number(job))) {
      // It goes on, whatever would explain now that it had begun.
      c.covered = false;
    }
  }

  /** Notes what explains a job's standstill or slowness: even a single link is critical then. */
  private static void explain(Candidate job, @Nullable Candidate cause) {
    job.covered = cause != null;
    if (cause != null && cause != Judgement.STILL_OPEN) {
      cause.critical = true;
      cause.stops(job.path);
    }
  }

  /** What is said of a job. A tenth of one is more than any part that is critical alone. */
  private static Candidate candidate(
      IncidentKind kind, String job, JobTally t, SortedMap<Long, Candidate> candidates) {
    Candidate c = new Candidate(kind, number(job), path(job));
    c.critical = true;
    c.chipsAffected = t.chips();
    candidates.put(c.key(), c);
    return c;
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

  /**
   * Reads what {@link #write} wrote.
   *
   * @param before whether the version before wrote it
   */
  void read(DataInputStream in, boolean before) throws IOException {
    paces.clear();
    for (int n = in.readInt(); n > 0; n--) {
      paces.put(in.readUTF(), JobPace.read(in, before));
    }
    worked.clear();
    for (int n = in.readInt(); n > 0; n--) {
      worked.put(in.readUTF(), new Worked(in.readLong(), in.readInt()));
    }
  }
}
