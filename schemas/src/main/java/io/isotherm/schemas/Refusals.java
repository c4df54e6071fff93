package io.isotherm.schemas;

import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;

/**
 * Logs once that Kafka refuses records, and once that it takes them again.
 *
 * <p>While Kafka is away, records wait, and then many are refused at once. So a round without a
 * refusal is no sign that it is back; only a record that it took is. And while one broker of
 * several is away, others take records all the time: it is back when they do and none was refused
 * for as long as one may wait.
 */
public final class Refusals {
  private final Logger log;
  private final String what;
  private final String meanwhile;
  private final long patienceNanos;

  /** Why Kafka did not take a record in this round; null if it refused none. */
  private volatile @Nullable Exception refusal;

  /** Whether it took one. */
  private volatile boolean accepted;

  /** Whether it was said that Kafka refuses records. For the thread that ends rounds. */
  private boolean refusing;

  /** When the newest round with a refusal ended. */
  private long refusedNanos;

  /**
   * @param log where it is said
   * @param what the records, in the plural, as they are called in the log
   * @param meanwhile what follows while it takes none, a clause
   * @param patience how long a record waits for Kafka before it is refused
   */
  public Refusals(Logger log, String what, String meanwhile, Duration patience) {
    this.log = log;
    this.what = what;
    this.meanwhile = meanwhile;
    patienceNanos = patience.toNanos();
  }

  /** Takes what came of a record: why it was refused, or null. Safe to call from any thread. */
  public void took(@Nullable Exception why) {
    if (why == null) {
      accepted = true;
    } else {
      refusal = why;
    }
  }

  /**
   * A round is over.
   *
   * @param nanos now, by {@link System#nanoTime}
   */
  public void endOfRound(long nanos) {
    Exception why = refusal;
    boolean taken = accepted;
    refusal = null;
    accepted = false;
    if (why != null) {
      refusedNanos = nanos;
      if (!refusing) {
        log.error("Kafka does not take {}: {}; {}", what, why.toString(), meanwhile);
        refusing = true;
      }
    } else if (taken && refusing && nanos - refusedNanos > patienceNanos) {
      log.info("Kafka takes {} again", what);
      refusing = false;
    }
  }

  /** Whether Kafka refused records and has not taken all since. */
  boolean areOn() {
    return refusing;
  }
}
