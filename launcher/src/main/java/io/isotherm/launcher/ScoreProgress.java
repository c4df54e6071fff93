package io.isotherm.launcher;

import io.isotherm.score.ScoreSettings;
import io.isotherm.score.Scoring;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/** Tells every few seconds how far a score is and how fast it goes. Thread-safe. */
final class ScoreProgress implements Scoring.Progress {
  private static final long EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  private final PrintWriter err;
  private final double wholeMs;
  private final long startNanos = System.nanoTime();
  private long toldNanos = startNanos;
  private double passedMs;
  private long reports;

  ScoreProgress(PrintWriter err, ScoreSettings settings) {
    this.err = err;
    this.wholeMs = (double) settings.durationMs() * settings.seeds();
    err.printf(
        Locale.ROOT,
        "scoring %,d chips of %s, scenario %s, %d seeds from %d, %.2f h each%n",
        settings.plan().chips(),
        settings.plan().preset(),
        settings.scenario().name(),
        settings.seeds(),
        settings.firstSeed(),
        settings.durationMs() / 3_600_000.0);
    err.flush();
  }

  @Override
  public synchronized void advanced(long seed, long eventMs, long delivered) {
    passedMs += eventMs;
    reports += delivered;
    long now = System.nanoTime();
    if (now - toldNanos >= EVERY_NANOS) {
      toldNanos = now;
      tell(now);
    }
  }

  synchronized void done() {
    tell(System.nanoTime());
  }

  private void tell(long now) {
    double seconds = Math.max(1e-3, (now - startNanos) / 1e9);
    err.printf(
        Locale.ROOT,
        "%3.0f %%  %.0f s  %,.0f reports/s  %.0f times real time%n",
        100 * passedMs / wholeMs,
        seconds,
        reports / seconds,
        passedMs / 1_000 / seconds);
    err.flush();
  }
}
