package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * Judges the jobs that are placed in several pods, by what each of them tells: as {@link
 * JobCourses} does those of one pod, with the chips and the parts at fault of all pods together. So
 * a chip that is lost in one pod explains that the job stands still in all.
 */
final class SpanningJobs {
  private final IncidentLedger ledger;
  private final JobCourses courses;

  SpanningJobs(DetectorSettings settings) {
    ledger = new IncidentLedger("", settings);
    courses = new JobCourses(settings, ledger);
  }

  /** Number of incidents of such jobs that are open. */
  int open() {
    return ledger.open();
  }

  /**
   * Judges a window.
   *
   * @param shares what each pod tells of such jobs
   */
  void judge(
      long windowStartMs,
      SortedMap<String, List<PodWindow.JobShare>> shares,
      Consumer<IncidentEvent> output) {
    TreeMap<String, JobTally> jobs = new TreeMap<>();
    shares
        .values()
        .forEach(
            ofPod ->
                ofPod.forEach(
                    s -> jobs.computeIfAbsent(s.job(), j -> new JobTally(s.fromMs())).add(s)));
    TreeMap<Long, Candidate> candidates = new TreeMap<>();
    courses.judge(windowStartMs, jobs, candidates);
    ledger.update(windowStartMs, candidates, output);
  }

  /**
   * What is open in each pod, with the incidents of these jobs: each in the first of its pods, so
   * that one job alone is nothing that happens to many.
   *
   * @param open what the pods tell
   * @param shares what each pod tells of such jobs
   */
  SortedMap<String, List<PodWindow.OpenKind>> with(
      SortedMap<String, List<PodWindow.OpenKind>> open,
      SortedMap<String, List<PodWindow.JobShare>> shares) {
    if (ledger.open() == 0) {
      return open;
    }
    TreeMap<String, List<PodWindow.OpenKind>> all = new TreeMap<>(open);
    TreeMap<String, String> homes = new TreeMap<>();
    for (Map.Entry<String, List<PodWindow.JobShare>> ofPod : shares.entrySet()) {
      for (PodWindow.JobShare share : ofPod.getValue()) {
        if (homes.putIfAbsent(share.job(), ofPod.getKey()) == null) {
          for (IncidentKind kind : JobCourses.KINDS) {
            if (ledger.isOpen(kind, JobCourses.number(share.job()))) {
              List<PodWindow.OpenKind> kinds =
                  new ArrayList<>(all.getOrDefault(ofPod.getKey(), List.of()));
              kinds.add(new PodWindow.OpenKind(kind, 1, share.chips()));
              all.put(ofPod.getKey(), kinds);
            }
          }
        }
      }
    }
    return all;
  }

  /** Writes what the pods told in a window that is not closed yet. */
  static void write(Map<String, List<PodWindow.JobShare>> shares, DataOutputStream out)
      throws IOException {
    out.writeInt(shares.size());
    for (Map.Entry<String, List<PodWindow.JobShare>> ofPod : shares.entrySet()) {
      out.writeUTF(ofPod.getKey());
      out.writeInt(ofPod.getValue().size());
      for (PodWindow.JobShare s : ofPod.getValue()) {
        out.writeUTF(s.job());
        out.writeLong(s.fromMs());
        out.writeInt(s.chips());
        out.writeInt(s.busy());
        out.writeInt(s.idle());
        out.writeInt(s.still());
        out.writeLong(s.memory());
        out.writeLong(s.tensorOfBusy());
        out.writeInt(s.worstLag());
        out.writeBoolean(s.stepped());
        out.writeBoolean(s.countsSteps());
        out.writeUTF(s.slowedBy());
        out.writeUTF(s.stoppedBy());
      }
    }
  }

  /** Reads what {@link #write(Map, DataOutputStream)} wrote. */
  static void read(DataInputStream in, Map<String, List<PodWindow.JobShare>> into)
      throws IOException {
    for (int pods = in.readInt(); pods > 0; pods--) {
      String pod = in.readUTF();
      List<PodWindow.JobShare> shares = new ArrayList<>();
      for (int n = in.readInt(); n > 0; n--) {
        shares.add(
            new PodWindow.JobShare(
                in.readUTF(),
                in.readLong(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readInt(),
                in.readBoolean(),
                in.readBoolean(),
                in.readUTF(),
                in.readUTF()));
      }
      into.put(pod, shares);
    }
  }

  void write(DataOutputStream out) throws IOException {
    ledger.write(out);
    courses.write(out);
  }

  void read(DataInputStream in) throws IOException {
    ledger.read(in);
    courses.read(in);
  }
}
