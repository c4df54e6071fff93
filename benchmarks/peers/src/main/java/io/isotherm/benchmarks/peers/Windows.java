package io.isotherm.benchmarks.peers;

/** The monitor's windows, in milliseconds of event time. */
final class Windows {
  static final long SIZE_MS = 10_000;

  /** How long a window waits for late reports. */
  static final long GRACE_MS = 5_000;

  private Windows() {}
}
