package io.isotherm.core;

/**
 * Windows and thresholds of the monitors. Immutable.
 *
 * @param windowMs length of a window in milliseconds
 * @param graceMs how long a window waits for live boards that are behind, in event time
 *     milliseconds
 */
public record DetectorSettings(int windowMs, int graceMs) {
  /** The settings that everything uses unless told otherwise. */
  public static final DetectorSettings DEFAULT = new DetectorSettings(10_000, 5_000);
}
