package io.isotherm.bridge;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs once that Kafka refuses records, and once that it takes them again.
 *
 * <p>While Kafka is away, records wait, and then many are refused at once. So a round without a
 * refusal is no sign that it is back; only a record that it took is.
 */
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);

  /** Why Kafka did not take a record in this round; null if it refused none. */
  private volatile @Nullable Exception refusal;

  /** Whether it took one. */
  private volatile boolean accepted;

  /** Whether it was said that Kafka refuses records. For the thread that ends rounds. */
  private boolean refusing;

  /** Takes what came of a record: why it was refused, or null. Safe to call from any thread. */
  void took(@Nullable Exception why) {
    if (why == null) {
      accepted = true;
    } else {
      refusal = why;
    }
  }

  /** A round is over. */
  void endOfRound() {
    Exception why = refusal;
    boolean taken = accepted;
    refusal = null;
    accepted = false;
    if (why != null && !refusing) {
      log.error("Kafka does not take records: {}", why.toString());
      refusing = true;
    } else if (why == null && taken && refusing) {
      log.info("Kafka takes records again");
      refusing = false;
    }
  }

  /** Whether Kafka refused records and has taken none since. */
  boolean areOn() {
    return refusing;
  }
}
