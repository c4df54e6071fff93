package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Judges the jobs that are placed in several pods, by what each of them tells: as {@link
 * JobCourses} does those of one pod, with the chips and the parts at fault of all pods together. So
 * a chip that is lost in one pod explains that the job stands still in all.
 *
 * <p>What a pod tells is at fault where it sees nothing of the job's work, because all boards of
 * the job there are silent, is old here once the job has gone on with it elsewhere: see {@link
 * OldFaults}.
 *
 * <p>A pod that has not told of a window, because the cluster went on without it, counts as if it
 * were not there. A job whose first pod has not told and of which no other tells is neither judged
 * nor forgotten, and what is open of it stays open.
 */
final class SpanningJobs {
  private final IncidentLedger ledger;
  private final JobCourses courses;

  /** The pods in which jobs do not work and which they go on without, by {@link #key}. */
  private final OldFaults idlePods;

  /** The first by name of the pods that told of a job at last. */
  private final TreeMap<String, String> homes = new TreeMap<>();

  SpanningJobs(DetectorSettings settings) {
    ledger = new IncidentLedger("", settings);
    courses = new JobCourses(settings, ledger);
    idlePods = new OldFaults(settings);
  }

  /** Number of incidents of such jobs that are open. */
  int open() {
    return ledger.open();
  }

  /** Those incidents by kind. */
  List<PodWindow.OpenKind> openKinds() {
    return ledger.openKinds();
  }

  /** Adds what a pod tells of such jobs in a window to what others told. */
  static void add(PodWindow from, Map<String, JobTally> to) {
    for (PodWindow.JobShare share : from.jobShares()) {
      to.computeIfAbsent(share.job(), job -> new JobTally(share.fromMs())).add(from.pod(), share);
    }
  }

  /**
   * Judges a window.
   *
   * @param jobs what was told of such jobs, by name
   * @param missing the pods that have not told of the window
   */
  void judge(
      long windowStartMs,
      SortedMap<String, JobTally> jobs,
      Set<String> missing,
      Consumer<IncidentEvent> output) {
    homes
        .entrySet()
        .removeIf(e -> !jobs.containsKey(e.getKey()) && !missing.contains(e.getValue()));
    jobs.forEach((job, tally) -> homes.put(job, tally.home()));
    courses.retain(homes.keySet());
    TreeMap<Long, Candidate> candidates = new TreeMap<>();
    jobs.forEach(this::explain);
    Set<Long> pausing = new HashSet<>();
    courses.judge(windowStartMs, jobs, candidates, pausing);
    jobs.forEach(this::goOn);
    Set<Long> untold = new HashSet<>();
    missing.forEach(pod -> untold.add(key(pod)));
    idlePods.retain(
        homes.keySet(), (job, pod) -> untold.contains(pod) || isIdle(jobs.get(job), pod));
    Set<Long> unknown = new HashSet<>();
    for (String job : homes.keySet()) {
      if (!jobs.containsKey(job)) {
        JobCourses.KINDS.forEach(kind -> unknown.add(Candidate.key(kind, JobCourses.number(job))));
      }
    }
    ledger.update(windowStartMs, candidates, unknown, pausing, output);
  }

  private void explain(String job, JobTally t) {
    for (String pod : t.idlePods()) {
      boolean slower = !idlePods.keepsPaceWith(job, t.fromMs(), key(pod));
      t.explainedBy(pod, slower, !idlePods.worksWith(job, t.fromMs(), key(pod)));
    }
  }

  private void goOn(String job, JobTally t) {
    if (t.atWork()) {
      boolean atPace = t.paced() && courses.keepsPace(job);
      for (String pod : t.idlePods()) {
        idlePods.goesOn(job, t.fromMs(), key(pod), atPace, t.paced() && !atPace);
      }
    } else if (t.chips() > 0) {
      idlePods.pauses(job);
    }
  }

  /** Whether a job does not work in a pod that explains something of it, or no pod tells of it. */
  private static boolean isIdle(@Nullable JobTally t, long pod) {
    return t == null || t.idlePods().stream().anyMatch(name -> key(name) == pod);
  }

  private static long key(String pod) {
    return pod.hashCode();
  }

  /**
   * What is open in each pod, with the incidents of these jobs: each in the first of the pods that
   * told of it, so that one job alone is nothing that happens to many.
   *
   * @param open what the pods tell
   * @param jobs what was told of such jobs, by name
   */
  SortedMap<String, List<PodWindow.OpenKind>> with(
      SortedMap<String, List<PodWindow.OpenKind>> open, SortedMap<String, JobTally> jobs) {
    if (ledger.open() == 0) {
      return open;
    }
    TreeMap<String, List<PodWindow.OpenKind>> all = new TreeMap<>(open);
    jobs.forEach(
        (job, tally) -> {
          for (IncidentKind kind : JobCourses.KINDS) {
            if (ledger.isOpen(kind, JobCourses.number(job))) {
              List<PodWindow.OpenKind> kinds =
                  new ArrayList<>(all.getOrDefault(tally.home(), List.of()));
              kinds.add(new PodWindow.OpenKind(kind, 1, tally.chipsAtHome()));
              all.put(tally.home(), kinds);
            }
          }
        });
    return all;
  }

  void write(DataOutputStream out) throws IOException {
    ledger.write(out);
    courses.write(out);
    idlePods.write(out);
    out.writeInt(homes.size());
    for (Map.Entry<String, String> e : homes.entrySet()) {
      out.writeUTF(e.getKey());
      out.writeUTF(e.getValue());
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param before whether the version before wrote it
   */
  void read(DataInputStream in, boolean before) throws IOException {
    ledger.read(in);
    courses.read(in, before);
    if (!before) {
      idlePods.read(in, LongUnaryOperator.identity());
    }
    homes.clear();
    for (int n = in.readInt(); n > 0; n--) {
      homes.put(in.readUTF(), in.readUTF());
    }
  }
}
