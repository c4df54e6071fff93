package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the chips of a job do in one window: in one pod, or in all that have told of it. */
final class JobTally {
  /** Thousandths of tensor activity up to which a chip does no tensor work. */
  static final int STILL = 10;

  private static final byte SLOWER = 1;
  private static final byte BROKEN = 2;

  /** Utilization below which a chip is idle, in thousandths. */
  private static final int IDLE = 50;

  /** Beginning of the job's placement, event time in milliseconds. */
  private long fromMs;

  /** Chips that said how busy they are. */
  private int chips;

  private int busy;
  private int idle;

  /** Chips that do no tensor work although it is due: always in a job that is synchronous. */
  private int still;

  /** Memory in use on all of them, in units of {@link OpenWindow#HBM_UNIT}. */
  private long memory;

  private long tensorOfBusy;
  private int worstLag;
  private boolean stepped;
  private boolean counted;

  /** In a pod what explains it; over several pods {@link Judgement#STILL_OPEN} if anything does. */
  private @Nullable Candidate slowedBy;

  private @Nullable Candidate stoppedBy;

  /** The pods that explain something of it and in which it does not work, with what they say. */
  private final TreeMap<String, Byte> idlePods = new TreeMap<>();

  /** The first by name of the pods that have told of it; empty of a job of one pod. */
  private String home = "";

  private int chipsAtHome;

  JobTally(long fromMs) {
    this.fromMs = fromMs;
  }

  /**
   * Adds a chip.
   *
   * @param synchronous whether all chips of the job work at the same time
   * @param lag how far it is behind its peers, in thousandths
   */
  void chip(OpenWindow open, int chip, boolean synchronous, int lag) {
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

  /** Adds what a board of those chips said of the job's steps. */
  void steps(byte said) {
    stepped |= said == 3;
    counted |= said != 0;
  }

  /**
   * Notes parts of the job that are at fault.
   *
   * @param slower what explains that a synchronous job is slower; null if nothing does
   * @param broken what explains that it stands still; null if nothing does
   */
  void parts(@Nullable Candidate slower, @Nullable Candidate broken) {
    slowedBy = slower;
    stoppedBy = broken;
  }

  /** Adds what a pod tells of the job; of two placements the later one counts. */
  void add(String pod, PodWindow.JobShare share) {
    if (share.fromMs() < fromMs) {
      return;
    }
    if (share.fromMs() > fromMs) {
      clear(share.fromMs());
    }
    if (home.isEmpty() || pod.compareTo(home) < 0) {
      home = pod;
      chipsAtHome = share.chips();
    }
    chips += share.chips();
    busy += share.busy();
    idle += share.idle();
    still += share.still();
    memory += share.memory() / OpenWindow.HBM_UNIT;
    tensorOfBusy += share.tensorOfBusy();
    worstLag = Math.max(worstLag, share.worstLag());
    stepped |= share.stepped();
    counted |= share.countsSteps();
    int says =
        (share.slowedBy().isEmpty() ? 0 : SLOWER) | (share.stoppedBy().isEmpty() ? 0 : BROKEN);
    if (says != 0 && !atWork(share.busy(), share.chips())) {
      idlePods.put(pod, (byte) says);
    } else {
      explain(says);
    }
  }

  private void explain(int says) {
    slowedBy = (says & SLOWER) == 0 ? slowedBy : Judgement.STILL_OPEN;
    stoppedBy = (says & BROKEN) == 0 ? stoppedBy : Judgement.STILL_OPEN;
  }

  /** The pods that explain something of the job and in which it does not work itself. */
  Set<String> idlePods() {
    return idlePods.keySet();
  }

  /**
   * Takes what such a pod says for an explanation.
   *
   * @param slower whether for why the job is slower
   * @param broken whether for why it stands still
   */
  void explainedBy(String pod, boolean slower, boolean broken) {
    int taken = (slower ? SLOWER : 0) | (broken ? BROKEN : 0);
    explain(taken & idlePods.getOrDefault(pod, (byte) 0));
  }

  private void clear(long placedFromMs) {
    fromMs = placedFromMs;
    chips = 0;
    busy = 0;
    idle = 0;
    still = 0;
    memory = 0;
    tensorOfBusy = 0;
    worstLag = 0;
    stepped = false;
    counted = false;
    slowedBy = null;
    stoppedBy = null;
    idlePods.clear();
    home = "";
    chipsAtHome = 0;
  }

  /** What this pod tells of the job. */
  PodWindow.JobShare share(String job) {
    return new PodWindow.JobShare(
        job,
        fromMs,
        chips,
        busy,
        idle,
        still,
        memory * OpenWindow.HBM_UNIT,
        tensorOfBusy,
        worstLag,
        stepped,
        counted,
        slowedBy == null ? "" : slowedBy.path,
        stoppedBy == null ? "" : stoppedBy.path);
  }

  long fromMs() {
    return fromMs;
  }

  int chips() {
    return chips;
  }

  String home() {
    return home;
  }

  int chipsAtHome() {
    return chipsAtHome;
  }

  int worstLag() {
    return worstLag;
  }

  @Nullable Candidate slowedBy() {
    return slowedBy;
  }

  @Nullable Candidate stoppedBy() {
    return stoppedBy;
  }

  boolean atWork() {
    return atWork(busy, chips);
  }

  private static boolean atWork(int busy, int chips) {
    return chips > 0 && busy * 2 >= chips;
  }

  /** Whether its pace can be told: it trains, and is at work. */
  boolean paced() {
    return counted && atWork();
  }

  /** Mean tensor activity of the chips that are busy, in ten thousandths. */
  int tensor() {
    return (int) (10 * tensorOfBusy / busy);
  }

  /** Memory that a chip holds on average, in units; 0 if none tells. */
  int meanMemory() {
    return chips == 0 ? 0 : (int) (memory / chips);
  }

  /** Whether it stands still: nine tenths do no tensor work, and no board finished a step. */
  boolean stands() {
    return chips > 0 && !stepped && still * 10L >= chips * 9L;
  }

  /**
   * Whether it is gone: nine tenths are idle, they hold a tenth of what they held, and no board
   * finished a step.
   *
   * @param held memory that a chip held on average at work, in units; 0 if that is not known
   */
  boolean gone(int held) {
    return chips > 0
        && !stepped
        && held > 0
        && idle * 10L >= chips * 9L
        && meanMemory() * 10L <= held;
  }

  /** Writes what pods have told of a job over several. */
  void write(DataOutputStream out) throws IOException {
    out.writeLong(fromMs);
    out.writeInt(chips);
    out.writeInt(busy);
    out.writeInt(idle);
    out.writeInt(still);
    out.writeLong(memory);
    out.writeLong(tensorOfBusy);
    out.writeInt(worstLag);
    out.writeBoolean(stepped);
    out.writeBoolean(counted);
    out.writeBoolean(slowedBy != null);
    out.writeBoolean(stoppedBy != null);
    out.writeUTF(home);
    out.writeInt(chipsAtHome);
    out.writeInt(idlePods.size());
    for (Map.Entry<String, Byte> pod : idlePods.entrySet()) {
      out.writeUTF(pod.getKey());
      out.writeByte(pod.getValue());
    }
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param before whether the version before wrote it, which did not tell idle pods from others
   */
  static JobTally read(DataInputStream in, boolean before) throws IOException {
    JobTally t = new JobTally(in.readLong());
    t.chips = in.readInt();
    t.busy = in.readInt();
    t.idle = in.readInt();
    t.still = in.readInt();
    t.memory = in.readLong();
    t.tensorOfBusy = in.readLong();
    t.worstLag = in.readInt();
    t.stepped = in.readBoolean();
    t.counted = in.readBoolean();
    t.slowedBy = in.readBoolean() ? Judgement.STILL_OPEN : null;
    t.stoppedBy = in.readBoolean() ? Judgement.STILL_OPEN : null;
    t.home = in.readUTF();
    t.chipsAtHome = in.readInt();
    for (int n = before ? 0 : in.readInt(); n > 0; n--) {
      t.idlePods.put(in.readUTF(), in.readByte());
    }
    return t;
  }
}
