package io.isotherm.recording;

/**
 * From what a value of a packed column is predicted. Only what is known when it is read again may
 * be used, and only arithmetic that is the same everywhere. Sums and differences of 64 bits wrap.
 */
enum Prediction {
  /** The value in the row before. */
  LAST,

  /** The value in the row before, and the change that led to it. */
  TREND,

  /** The value in the row before, and the change of the chip or link before in the same report. */
  NEIGHBOUR,

  /**
   * The value in the row before, and the change of the chip or link before in the same report times
   * the ratio of their values in the row before: for counters that grow by the same cause, each by
   * its own share.
   */
  SHARE;

  /** A larger product is no prediction; it is far from what a long can hold. */
  private static final double MOST = 0x1p62;

  private static final Prediction[] ALL = values();

  /** How many there are. */
  static final int COUNT = ALL.length;

  static Prediction at(int index) {
    return ALL[index];
  }

  /**
   * Predicts a value. What is missing of the arguments makes the prediction {@link #LAST}.
   *
   * @param absent stands for a value that is missing
   * @param last value in the row before; not missing
   * @param beforeLast value in the row before that
   * @param neighbour value of the chip or link before in this report
   * @param neighbourLast that one's value in its row before
   */
  long predict(long absent, long last, long beforeLast, long neighbour, long neighbourLast) {
    return switch (this) {
      case LAST -> last;
      case TREND -> byTrend(absent, last, beforeLast);
      case NEIGHBOUR -> byNeighbour(absent, last, neighbour, neighbourLast);
      case SHARE -> byShare(absent, last, neighbour, neighbourLast);
    };
  }

  /** See {@link #TREND} and {@link #predict}. */
  static long byTrend(long absent, long last, long beforeLast) {
    return beforeLast == absent ? last : last + (last - beforeLast);
  }

  /** See {@link #NEIGHBOUR} and {@link #predict}. */
  static long byNeighbour(long absent, long last, long neighbour, long neighbourLast) {
    return neighbour == absent || neighbourLast == absent
        ? last
        : last + (neighbour - neighbourLast);
  }

  /** See {@link #SHARE} and {@link #predict}. */
  static long byShare(long absent, long last, long neighbour, long neighbourLast) {
    return neighbour == absent || neighbourLast == absent || neighbourLast == 0
        ? last
        : last + share(neighbour - neighbourLast, last, neighbourLast);
  }

  /**
   * What a value is expected to change by.
   *
   * @param change of its neighbour
   * @param value before
   * @param of the neighbour's value before; not 0
   */
  static long share(long change, long value, long of) {
    double share = (double) change * value / of;
    return Math.abs(share) < MOST ? (long) Math.rint(share) : 0;
  }
}
