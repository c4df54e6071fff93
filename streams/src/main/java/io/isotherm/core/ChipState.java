package io.isotherm.core;

/** State of a chip in one window. The code is that of {@code PodHealth.chip_states}. */
public enum ChipState {
  /** Reports, and shows no finding. */
  HEALTHY(0),
  /** Shows a finding that has not yet lasted long enough. */
  SUSPECT(1),
  /** Shows a lasting finding, and still works. */
  DEGRADED(2),
  /** Lost although its board reports, or fatal by its exporter's own word. */
  FAILED(3),
  /**
   * Nothing is known of it: its agent is silent, or said nothing of chips. Never counted as
   * healthy.
   */
  UNKNOWN(4);

  /** Number of states; codes are 0 to this, exclusive. */
  static final int COUNT = 5;

  private final int code;

  ChipState(int code) {
    this.code = code;
  }

  /** Code of this state in {@code PodHealth.chip_states}. */
  public int code() {
    return code;
  }
}
