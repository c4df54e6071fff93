package io.isotherm.launcher;

import io.isotherm.backtest.Backtest;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/** Tells every few seconds to which event time a back-test has come. */
final class BacktestProgress implements Backtest.Progress {
  private static final long EVERY_NANOS = Duration.ofSeconds(5).toNanos();

  private final PrintWriter err;
  private final long startNanos = System.nanoTime();
  private long toldNanos = startNanos;
  private long eventMs;
  private long reports;

  BacktestProgress(PrintWriter err) {
    this.err = err;
  }

  @Override
  public void at(long atMs, long read) {
    eventMs = atMs;
    reports = read;
    long now = System.nanoTime();
    if (now - toldNanos >= EVERY_NANOS) {
      toldNanos = now;
      tell(now);
    }
  }

  void done() {
    tell(System.nanoTime());
  }

  private void tell(long now) {
    double seconds = Math.max(1e-3, (now - startNanos) / 1e9);
    err.printf(
        Locale.ROOT,
        "at %s  %.0f s  %,.0f reports/s%n",
        Instant.ofEpochMilli(eventMs),
        seconds,
        reports / seconds);
    err.flush();
  }
}
