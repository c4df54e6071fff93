package io.isotherm.recording;

import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Waits until the instant of an event time has come, at a multiple of the speed of time.
 *
 * <p>Every instant is reckoned from the beginning, so that no error adds up. What held the replay
 * up for longer than {@link #HELD_UP_NANOS} at once, be it a pause, a process that was stopped, or
 * a broker that took nothing, moves everything after it: it is never made up for in a rush.
 */
final class Pacer {
  /** As fast as it goes. */
  static final double MAX = Double.POSITIVE_INFINITY;

  /** A shorter delay is made up for. */
  static final long HELD_UP_NANOS = 1_000_000_000;

  /** An end that is asked for is seen within this time. */
  private static final long LONGEST_SLEEP_NANOS = 100_000_000;

  /** Fine enough for reports of a second's interval, and spares the processor. */
  private static final long SHORTEST_SLEEP_NANOS = 5_000_000;

  private static final double NANOS_PER_MS = 1e6;

  /** Sleeps for a time in nanoseconds. */
  interface Sleeper {
    void sleep(long nanos) throws InterruptedException;
  }

  private final double speed;
  private final LongSupplier nanoClock;
  private final Sleeper sleeper;
  private final BooleanSupplier stopped;
  private boolean begun;
  private long beginMs;
  private long newestMs;
  private long beginNanos;
  private long lastNanos;
  private long heldUpNanos;

  /**
   * @param speed seconds of event time in a second, above 0; {@link #MAX} for no waiting
   * @param nanoClock a clock in nanoseconds that never goes back
   * @param stopped ends a wait
   */
  Pacer(double speed, LongSupplier nanoClock, Sleeper sleeper, BooleanSupplier stopped) {
    this.speed = speed;
    this.nanoClock = nanoClock;
    this.sleeper = sleeper;
    this.stopped = stopped;
  }

  /**
   * Waits for an event time; the first one that is asked for is due at once.
   *
   * @return false if it was stopped
   */
  boolean await(long eventMs) throws InterruptedException {
    if (!begun) {
      begun = true;
      beginMs = eventMs;
      newestMs = eventMs;
      beginNanos = nanoClock.getAsLong();
      lastNanos = beginNanos;
    }
    while (!stopped.getAsBoolean()) {
      long now = nanoClock.getAsLong();
      long since = now - lastNanos;
      lastNanos = now;
      if (since > HELD_UP_NANOS) {
        beginNanos += since;
        heldUpNanos += since;
      }
      long left =
          speed == MAX ? 0 : beginNanos + (long) ((eventMs - beginMs) * NANOS_PER_MS / speed) - now;
      if (left <= 0) {
        newestMs = Math.max(newestMs, eventMs);
        return true;
      }
      sleeper.sleep(Math.min(LONGEST_SLEEP_NANOS, Math.max(SHORTEST_SLEEP_NANOS, left)));
    }
    return false;
  }

  /** Wall time from the first event time to the newest that has come, without what held it up. */
  long paceNanos() {
    return lastNanos - beginNanos;
  }

  /** Event time from the first one to the newest that has come, in milliseconds. */
  long eventMs() {
    return newestMs - beginMs;
  }

  /** For how long it was held up, in nanoseconds. */
  long heldUpNanos() {
    return heldUpNanos;
  }
}
