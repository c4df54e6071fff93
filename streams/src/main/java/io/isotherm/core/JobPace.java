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

  private final long fromMs;
  private final short[] last = new short[WINDOWS];
  private final short[] lags = new short[WINDOWS];

  /** Windows taken; from {@link #WINDOWS} on it goes round. */
  private int seen;

  private int own;

  /** Mean distance of the medians from {@link #own}, as fine as that. */
  private int deviation;

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
   * @return the median of the last windows; 0 while there are too few
   */
  int take(int tensor, int lag) {
    last[seen % WINDOWS] = (short) tensor;
    lags[seen % WINDOWS] = (short) lag;
    seen = seen == 2 * WINDOWS - 1 ? WINDOWS : seen + 1;
    if (seen < WINDOWS) {
      return 0;
    }
    short[] sorted = last.clone();
    Arrays.sort(sorted);
    return sorted[WINDOWS / 2];
  }

  /** Follows the job's pace within half an hour, and how far a median is usually off it. */
  void follow(int median) {
    if (own == 0) {
      own = median * PARTS;
      return;
    }
    int off = median * PARTS - own;
    // A job that was slow when it was first seen is soon known as what it can do.
    own += off / (off > own / 8 ? 8 : 64);
    deviation += (Math.abs(off) - deviation) / 64;
  }

  /** How far a median is usually off {@link #own()}, in thousandths of it. */
  int deviation() {
    return own == 0 ? 0 : (int) (1_000L * deviation / own);
  }

  /** What the job did before, in ten thousandths; 0 while that is not known. */
  int own() {
    return own / PARTS;
  }

  /** How far a member was behind at most in the windows that the median rests on. */
  int worstLag() {
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
  }

  static JobPace read(DataInputStream in) throws IOException {
    JobPace p = new JobPace(in.readLong());
    for (int i = 0; i < WINDOWS; i++) {
      p.last[i] = in.readShort();
      p.lags[i] = in.readShort();
    }
    p.seen = in.readByte();
    p.own = in.readInt();
    p.deviation = in.readInt();
    return p;
  }
}
