package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** How fast a training job is and was, by the tensor activity of its busy chips. */
final class JobPace {
  /** Windows of work of which the median counts: two minutes bridge a checkpoint. */
  static final int WINDOWS = 12;

  /** Parts of a unit in which {@link #own} counts. */
  private static final int PARTS = 256;

  /**
   * From this lag on, in thousandths, up to {@link SlowFindings#MOST}, a member may be further
   * behind than can be told by what it does.
   */
  private static final int FAR_BEHIND = SlowFindings.MOST * 9 / 10;

  private static final int UNKNOWN = -1;

  private final long fromMs;
  private final short[] last = new short[WINDOWS];
  private final short[] lags = new short[WINDOWS];

  /** A bit for each of the last windows: a part of the job was at fault in it. */
  private int explained;

  /** Windows taken; from {@link #WINDOWS} on it goes round. */
  private int seen;

  private int own;

  /** Mean distance of the medians from {@link #own}, as fine as that. */
  private int deviation;

  /** What {@link #worstLag} was while the job kept its pace, as fine as {@link #own}. */
  private int usualLag = UNKNOWN;

  /** Whether the last window was at its pace; asked only while that window is judged. */
  private boolean kept;

  /**
   * @param fromMs beginning of the job's placement, event time in milliseconds
   */
  JobPace(long fromMs) {
    this.fromMs = fromMs;
  }

  /** Beginning of the placement that this is the pace of. */
  long fromMs() {
    return fromMs;
  }

  /**
   * Takes a window in which the job worked.
   *
   * @param tensor mean tensor activity of its busy chips, in ten thousandths
   * @param lag how far the last of its members is behind its peers, in thousandths
   * @param atFault whether a part of the job is at fault, which explains any slowness
   */
  void take(int tensor, int lag, boolean atFault) {
    int i = seen % WINDOWS;
    last[i] = (short) tensor;
    lags[i] = (short) lag;
    explained = atFault ? explained | 1 << i : explained & ~(1 << i);
    seen = seen == 2 * WINDOWS - 1 ? WINDOWS : seen + 1;
  }

  /** The median of the last windows, in ten thousandths; 0 while there are too few. */
  int median() {
    if (seen < WINDOWS) {
      return 0;
    }
    short[] sorted = last.clone();
    Arrays.sort(sorted);
    return sorted[WINDOWS / 2];
  }

  /** How far the median is below what the job did before, in thousandths; 0 if not known. */
  int below() {
    int before = own();
    return seen < WINDOWS || before == 0 ? 0 : 1_000 * (before - median()) / before;
  }

  /**
   * Notes whether the job keeps its pace, and if so follows it: the pace within half an hour, how
   * far a median is usually off it, and within ten minutes how far the last member always is
   * behind.
   *
   * @param limit how far below its own the median is when the job is slow, in thousandths
   */
  void keep(int limit) {
    kept = below() < limit;
    if (kept) {
      follow();
    }
  }

  /** Whether the job was at its pace, or had none yet, in the window taken last. */
  boolean kept() {
    return kept;
  }

  private void follow() {
    int median = median();
    if (median == 0) {
      return;
    }
    followLag(worstLag());
    if (own == 0) {
      own = median * PARTS;
      return;
    }
    int off = median * PARTS - own;
    // A job that was slow when it was first seen is soon known as what it can do.
    own += off / (off > own / 8 ? 8 : 64);
    deviation += (Math.abs(off) - deviation) / 64;
  }

  private void followLag(int lag) {
    if (lag >= SlowFindings.FULL_PACE) {
      return;
    }
    if (usualLag == UNKNOWN) {
      usualLag = lag * PARTS;
    } else {
      usualLag += (lag * PARTS - usualLag) / 16;
    }
  }

  /** How far a median is usually off {@link #own()}, in thousandths of it. */
  int deviation() {
    return own == 0 ? 0 : (int) (1_000L * deviation / own);
  }

  /** What the job did before, in ten thousandths; 0 while that is not known. */
  int own() {
    return own / PARTS;
  }

  /**
   * Whether a part was at fault in the windows that the median rests on, or the job waited for a
   * member: one was nearly as far behind its peers as the job is behind itself, and a quarter of
   * that further than the last one always is. What the job's pace has in it anyhow, and what is
   * noise, makes it no slower.
   */
  boolean heldUp() {
    int lag = worstLag();
    boolean cut = lag >= FAR_BEHIND && lag <= SlowFindings.MOST;
    boolean further = cut || (lag - usualLag / PARTS) * 4 >= below();
    return explained != 0 || lag >= SlowFindings.FULL_PACE || (lag * 10 >= below() * 7 && further);
  }

  /** How far a member was behind at most in the windows that the median rests on. */
  private int worstLag() {
    int worst = 0;
    for (short lag : lags) {
      worst = Math.max(worst, lag);
    }
    return worst;
  }

  void write(DataOutputStream out) throws IOException {
    out.writeLong(fromMs);
    for (int i = 0; i < WINDOWS; i++) {
      out.writeShort(last[i]);
      out.writeShort(lags[i]);
    }
    out.writeByte(seen);
    out.writeInt(own);
    out.writeInt(deviation);
    out.writeInt(usualLag);
    out.writeShort(explained);
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @param before whether the version before wrote it, which did not know how far members always
   *     are behind, and noted a part at fault as a lag of a whole
   */
  static JobPace read(DataInputStream in, boolean before) throws IOException {
    JobPace p = new JobPace(in.readLong());
    for (int i = 0; i < WINDOWS; i++) {
      p.last[i] = in.readShort();
      p.lags[i] = in.readShort();
    }
    p.seen = in.readByte();
    p.own = in.readInt();
    p.deviation = in.readInt();
    if (!before) {
      p.usualLag = in.readInt();
      p.explained = in.readShort();
    }
    return p;
  }
}
