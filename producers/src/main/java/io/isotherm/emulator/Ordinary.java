package io.isotherm.emulator;

import org.jspecify.annotations.Nullable;

/**
 * What happens in every cluster and is no fault.
 *
 * @param imbalancePermille most that a board's share of a training step's data is lighter than the
 *     heaviest, in thousandths, 0 to 500; who has the light share changes all the time
 * @param imbalanceMs how long a share stays as it is, in milliseconds
 * @param upkeep announced maintenance, or null
 * @param lag a collector that lags, or null
 */
public record Ordinary(
    int imbalancePermille, int imbalanceMs, @Nullable Upkeep upkeep, @Nullable Lag lag) {
  /** None of it. */
  public static final Ordinary NONE = new Ordinary(0, 20_000, null, null);

  /**
   * Maintenance of one board after the other, which is announced from the beginning. The board is
   * idle while it is drained, and silent for half of the maintenance.
   *
   * @param everyMs time from one to the next, in milliseconds
   * @param lengthMs how long it takes
   * @param drainMs for how long the board is drained before
   */
  public record Upkeep(long everyMs, long lengthMs, long drainMs) {
    /**
     * @throws IllegalArgumentException if one does not end before the next begins
     */
    public Upkeep {
      check(lengthMs + drainMs < everyMs, "maintenance must end before the next begins");
    }
  }

  /**
   * A collector that falls behind with all reports of a pod, and catches up; one pod after the
   * other.
   *
   * @param everyMs time from one to the next, in milliseconds
   * @param lengthMs how long it takes to fall behind and to catch up
   * @param byMs how far it falls behind
   */
  public record Lag(long everyMs, long lengthMs, long byMs) {
    /**
     * @throws IllegalArgumentException if it falls behind faster than time passes
     */
    public Lag {
      check(lengthMs < everyMs, "a collector must catch up before it lags again");
      check(byMs * 4 <= lengthMs, "a collector must lag by a quarter of 'for' at most");
    }

    /**
     * Milliseconds that a pod's collector is behind at a time after the start of the run.
     *
     * @param pod its place among the pods
     * @param pods number of pods
     */
    int at(long sinceStartMs, int pod, int pods) {
      long in = sinceStartMs % everyMs;
      if (sinceStartMs < everyMs || in >= lengthMs || sinceStartMs / everyMs % pods != pod) {
        return 0;
      }
      return (int) (byMs * Math.min(in, lengthMs - in) * 2 / lengthMs);
    }
  }

  /** Checks the share. */
  public Ordinary {
    check(imbalancePermille >= 0 && imbalancePermille <= 500, "imbalance must be 0 to 0.5");
  }

  private static void check(boolean ok, String message) {
    if (!ok) {
      throw new IllegalArgumentException(message);
    }
  }
}
