package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiPredicate;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The faults of parts that their jobs go on with. A job that has worked for ten minutes although a
 * part of it was broken does not stand still now because of that part, and one that has kept its
 * pace for as long beside it is not slow because of it. In a job of very many chips there is always
 * some part at fault, and what it goes on with must not hide that it hangs. Pauses such as
 * checkpoints are no part of the ten minutes; after a job stood still for as long as one that
 * hangs, or was slow, they begin anew, as a fault that is younger may be why.
 *
 * <p>A fault has a key of the caller's choice.
 */
final class OldFaults {
  /**
   * Event time in which a job goes on with a fault until nothing is put down to that fault any
   * more, in milliseconds: as long as PyTorch's watchdog waits by default for an operation of NCCL
   * before it ends a job that a part has left.
   */
  private static final int GOES_ON_MS = 600_000;

  /** Windows in that time, rounded up. */
  private final int windows;

  /** Windows without work after which a job stands still. */
  private final int standsAfter;

  /** What the jobs go on with, by their names. */
  private final TreeMap<String, OfJob> jobs = new TreeMap<>();

  /** What a job goes on with in a placement. */
  private static final class OfJob {
    /** Beginning of the placement, event time in milliseconds. */
    final long fromMs;

    /** By their keys. */
    final TreeMap<Long, GoneOn> faults = new TreeMap<>();

    /** Windows since it worked. */
    int paused;

    OfJob(long fromMs) {
      this.fromMs = fromMs;
    }
  }

  /** In how many windows a job went on with a fault. */
  private static final class GoneOn {
    int atWork;
    int atPace;
  }

  OldFaults(DetectorSettings settings) {
    windows = (GOES_ON_MS + settings.windowMs() - 1) / settings.windowMs();
    standsAfter = settings.openAfter(IncidentKind.JOB_HANG);
  }

  /**
   * Whether a job has worked with this fault for so long that it cannot be why it stands still.
   *
   * @param fromMs beginning of the job's placement, event time in milliseconds
   */
  boolean worksWith(String job, long fromMs, long fault) {
    GoneOn g = find(job, fromMs, fault);
    return g != null && g.atWork >= windows;
  }

  /**
   * Whether a job has kept its pace beside this fault for so long that it is not why it is slow.
   *
   * @param fromMs beginning of the job's placement, event time in milliseconds
   */
  boolean keepsPaceWith(String job, long fromMs, long fault) {
    GoneOn g = find(job, fromMs, fault);
    return g != null && g.atPace >= windows;
  }

  private @Nullable GoneOn find(String job, long fromMs, long fault) {
    OfJob of = jobs.get(job);
    return of == null || of.fromMs != fromMs ? null : of.faults.get(fault);
  }

  /**
   * Notes that a job worked in a window although a part of it was at fault.
   *
   * @param fromMs beginning of its placement; what was in an earlier one is forgotten
   * @param atPace whether it also kept its pace
   * @param slow whether it did not; of some jobs, and while they begin, it is not known
   */
  void goesOn(String job, long fromMs, long fault, boolean atPace, boolean slow) {
    OfJob of = jobs.get(job);
    if (of == null || of.fromMs != fromMs) {
      of = new OfJob(fromMs);
      jobs.put(job, of);
    }
    of.paused = 0;
    GoneOn g = of.faults.computeIfAbsent(fault, key -> new GoneOn());
    g.atWork = Math.min(windows, g.atWork + 1);
    boolean young = g.atPace < windows;
    g.atPace = young && slow ? 0 : Math.min(windows, g.atPace + (atPace ? 1 : 0));
  }

  /** Notes that a job reported in a window and did not work. */
  void pauses(String job) {
    OfJob of = jobs.get(job);
    if (of != null && ++of.paused == standsAfter) {
      for (GoneOn g : of.faults.values()) {
        g.atWork = g.atWork < windows ? 0 : windows;
        g.atPace = g.atPace < windows ? 0 : windows;
      }
    }
  }

  /** Takes a fault that struck anew for a new one. */
  void renew(long fault) {
    jobs.values().forEach(of -> of.faults.remove(fault));
  }

  /**
   * Forgets all jobs but these, and all faults but those that are still there. Of a job that is not
   * heard nothing is known to be gone.
   *
   * @param there asked for a job and a fault of it
   */
  void retain(Set<String> placed, BiPredicate<String, Long> there) {
    for (Iterator<Map.Entry<String, OfJob>> i = jobs.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<String, OfJob> e = i.next();
      e.getValue().faults.keySet().removeIf(fault -> !there.test(e.getKey(), fault));
      if (!placed.contains(e.getKey()) || e.getValue().faults.isEmpty()) {
        i.remove();
      }
    }
  }

  void write(DataOutputStream out) throws IOException {
    out.writeInt(jobs.size());
    for (Map.Entry<String, OfJob> e : jobs.entrySet()) {
      out.writeUTF(e.getKey());
      out.writeLong(e.getValue().fromMs);
      out.writeInt(e.getValue().paused);
      out.writeInt(e.getValue().faults.size());
      for (Map.Entry<Long, GoneOn> fault : e.getValue().faults.entrySet()) {
        out.writeLong(fault.getKey());
        out.writeInt(fault.getValue().atWork);
        out.writeInt(fault.getValue().atPace);
      }
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param keyOf the key of a fault for the one that was stored
   */
  void read(DataInputStream in, LongUnaryOperator keyOf) throws IOException {
    jobs.clear();
    for (int n = in.readInt(); n > 0; n--) {
      String job = in.readUTF();
      OfJob of = new OfJob(in.readLong());
      of.paused = in.readInt();
      for (int faults = in.readInt(); faults > 0; faults--) {
        GoneOn g = new GoneOn();
        of.faults.put(keyOf.applyAsLong(in.readLong()), g);
        g.atWork = in.readInt();
        g.atPace = in.readInt();
      }
      jobs.put(job, of);
    }
  }
}
