package io.isotherm.core;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.Arrays;

/** How fast a training job is and was, by the tensor activity of its busy chips. */
final class JobPace {
  /** Windows of work that count: two minutes bridge a checkpoint. */
  static final int WINDOWS = 12;

  /** Lowest of them, sorted, that do not count: a dip of forty seconds makes no job slow. */
  private static final int LOWEST = 5;

  /** Middle ones, sorted, whose mean counts. */
  private static final int MIDDLE = 3;

  /** Windows with the largest lags that do not count. */
  private static final int FURTHEST = WINDOWS / 4;

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

  /** Mean distance of {@link #recent} from {@link #own}, as fine as that. */
  private int deviation;

  /** How far the last member was behind while the job kept its pace, as fine as {@link #own}. */
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

  /**
   * What the job does of late: the mean of the three windows in the middle of the last ones,
   * sorted, in ten thousandths; 0 while there are too few. Windows with part of a checkpoint do not
   * count, and those in which two steps end and those in which three do even out, of which a median
   * is now the one kind and now the other.
   */
  int recent() {
    if (seen < WINDOWS) {
      return 0;
    }
    short[] sorted = last.clone();
    Arrays.sort(sorted);
    int sum = 0;
    for (int i = LOWEST; i < LOWEST + MIDDLE; i++) {
      sum += sorted[i];
    }
    return sum / MIDDLE;
  }

  /** How far the job is below what it did before, in thousandths; 0 if not known. */
  int below() {
    int before = own();
    return seen < WINDOWS || before == 0 ? 0 : 1_000 * (before - recent()) / before;
  }

  /**
   * Notes whether the job keeps its pace, and if so follows it: the pace within half an hour, how
   * far it usually is off it, and, while it has lost less than half of what makes it slow, within
   * ten minutes how far the last member always is behind: a member that holds the job up is no
   * usual one.
   *
   * @param limit how far below its own pace a job is slow, in thousandths
   */
  void keep(int limit) {
    int below = below();
    kept = below < limit;
    if (kept) {
      follow();
    }
    if (below < limit / 2) {
      followLag();
    }
  }

  /** Whether the job was at its pace, or had none yet, in the window taken last. */
  boolean kept() {
    return kept;
  }

  private void follow() {
    int recent = recent();
    if (recent == 0) {
      return;
    }
    if (own == 0) {
      own = recent * PARTS;
      return;
    }
    int off = recent * PARTS - own;
    // A job that was slow when it was first seen is soon known as what it can do.
    own += off / (off > own / 8 ? 8 : 64);
    deviation += (Math.abs(off) - deviation) / 64;
  }

  /**
   * Follows what the last member is behind in all but {@link #FURTHEST} of the windows, or more.
   */
  private void followLag() {
    short[] sorted = lags.clone();
    Arrays.sort(sorted);
    int lag = sorted[WINDOWS - 1 - FURTHEST];
    if (own == 0 || lag >= SlowFindings.FULL_PACE) {
      return;
    }
    if (usualLag == UNKNOWN) {
      usualLag = lag * PARTS;
    } else {
      usualLag += (lag * PARTS - usualLag) / 16;
    }
  }

  /** How far {@link #recent} is usually off {@link #own()}, in thousandths of it. */
  int deviation() {
    return own == 0 ? 0 : (int) (1_000L * deviation / own);
  }

  /** What the job did before, in ten thousandths; 0 while that is not known. */
  int own() {
    return own / PARTS;
  }

  /**
   * Whether a part was at fault in the last windows, or the job waited for a member: one was nearly
   * as far behind its peers as the job is behind itself, and a quarter of that further than the
   * last one always is. What the job's pace has in it anyhow, and what is noise, makes it no
   * slower.
   */
  boolean heldUp() {
    int lag = worstLag();
    boolean cut = lag >= FAR_BEHIND && lag <= SlowFindings.MOST;
    boolean further = cut || (lag - usualLag / PARTS) * 4 >= below();
    return explained != 0 || lag >= SlowFindings.FULL_PACE || (lag * 10 >= below() * 7 && further);
  }

  /** How far a member was behind at most in the last windows. */
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
