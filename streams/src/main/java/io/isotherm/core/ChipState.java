package io.isotherm.core;

/** State of a chip in one window. The ordinal is the code in {@code PodHealth.chip_states}. */
public enum ChipState {
  /** Reports, and shows no finding. */
  HEALTHY,
  /** Shows a finding that has not yet lasted long enough. */
  SUSPECT,
  /** Shows a lasting finding, and still works. */
  DEGRADED,
  /** Lost although its board reports, or fatal by its exporter's own word. */
  FAILED,
  /** Nothing is known of it: its agent is silent. Never counted as healthy. */
  UNKNOWN
}
