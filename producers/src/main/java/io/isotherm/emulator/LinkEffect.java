package io.isotherm.emulator;

/**
 * What faults have done to one port. Exists only for ports that a fault has touched; everything
 * else of a port's counters is arithmetic.
 */
final class LinkEffect {
  /** Number of the port in its pod. */
  final int port;

  /** Share of the traffic that a bad link loses to retransmissions, in thousandths. */
  private static final int DEGRADED_LOSS = 300;

  private static final int WHOLE = 1000;

  private boolean down;
  private boolean wasDown;
  private long errorsPerSecondMilli;

  /** Share of the lanes that carry something, in thousandths. */
  private int width = WHOLE;

  private long congestedPermille;

  private long lostMicros;
  private long congestedMicros;
  private long milliErrors;
  private long recoveries;

  LinkEffect(int port) {
    this.port = port;
  }

  /** Forgets what strikes the port; the faults of the next step say it again. */
  void clear() {
    wasDown = down;
    down = false;
    errorsPerSecondMilli = 0;
    congestedPermille = 0;
    width = WHOLE;
  }

  void narrow(long permille) {
    width = (int) Math.min(width, permille);
  }

  /** Share of the lanes that carry something, in thousandths. */
  int width() {
    return width;
  }

  void congest(long permille) {
    congestedPermille = Math.max(congestedPermille, permille);
  }

  void takeDown() {
    down = true;
  }

  void corrupt(long milliErrorsPerSecond) {
    errorsPerSecondMilli += milliErrorsPerSecond;
  }

  /**
   * Lets time pass.
   *
   * @param elapsedMs time since the last step
   * @param busyMicros time of it at which the link would have been busy
   */
  void pass(long elapsedMs, long busyMicros) {
    congestedMicros += congestedPermille * elapsedMs;
    if (down) {
      lostMicros += busyMicros;
    } else {
      if (wasDown) {
        recoveries++;
      }
      long narrow = busyMicros * (WHOLE - width) / WHOLE;
      lostMicros += narrow;
      if (errorsPerSecondMilli > 0) {
        // Only what the lanes carry is sent again.
        lostMicros += (busyMicros - narrow) * DEGRADED_LOSS / 1000;
        milliErrors += errorsPerSecondMilli * elapsedMs / 1000;
      }
    }
  }

  /** The agent or the driver has started anew, and so have the counters. */
  void reset() {
    lostMicros = 0;
    congestedMicros = 0;
    milliErrors = 0;
    recoveries = 0;
  }

  boolean down() {
    return down;
  }

  long lostMicros() {
    return lostMicros;
  }

  /** Time in which data waited although the link is well. */
  long congestedMicros() {
    return congestedMicros;
  }

  long errors() {
    return milliErrors / 1000;
  }

  long recoveries() {
    return recoveries;
  }
}
