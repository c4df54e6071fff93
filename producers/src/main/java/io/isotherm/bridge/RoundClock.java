package io.isotherm.bridge;

/**
 * Numbers the rounds of a bridge by the clock: round {@code n} begins {@code n} intervals after
 * 1970.
 *
 * <p>So a bridge that restarts goes on counting where it was, and no host looks as if it had
 * restarted; and of two bridges that ask the same exporters at the same interval one report of each
 * round counts, because the other has its number. The agent's start stands for the interval: with
 * another one numbers begin anew. If the clock is put back by more than two rounds the start is a
 * millisecond later, since the numbers that come now have been used.
 */
final class RoundClock {
  private final long intervalMs;
  private long last = Long.MIN_VALUE;
  private long putBack;

  /**
   * A round.
   *
   * @param number its number
   * @param agentStartMs what reports of it say of their agent's start, beside {@link
   *     BridgedBoard#agentMs}
   * @param inMs how long it is until it begins, in milliseconds
   */
  record Round(long number, long agentStartMs, long inMs) {}

  RoundClock(long intervalMs) {
    this.intervalMs = intervalMs;
  }

  /** The next round at a time of the clock, in milliseconds since 1970-01-01 UTC. */
  Round next(long nowMs) {
    long number = Math.floorDiv(nowMs, intervalMs) + 1;
    if (number <= last) {
      // A wait may end a little early, and clocks are put right by parts of a second.
      if (number >= last - 1) {
        number = last + 1;
      } else {
        putBack++;
      }
    }
    last = number;
    return new Round(number, intervalMs + putBack, number * intervalMs - nowMs);
  }
}
