package io.isotherm.core;

/** Root cause of an incident. */
public enum IncidentKind {
  /** No agent of the pod reports. */
  POD_SILENT(1),
  /** No agent of the cabinet reports, those of other cabinets do. */
  CABINET_SILENT(2),
  /** The board's agent is silent. */
  BOARD_SILENT(3),
  /** The board's agent reports, but with a clock so wrong that its reports cannot be used. */
  BOARD_CLOCK(4),
  /** The chip is missing from its board's reports. */
  CHIP_SILENT(5),
  /** The chip is broken by its exporter's own word. */
  CHIP_FATAL(6),
  /** The chip is too hot, its neighbours are not. */
  CHIP_HOT(7),
  /** The chips of a cabinet are hot together. */
  CABINET_HOT(8),
  /** The cabinets of a cooling loop are hot together. */
  COOLING_LOOP_HOT(9),
  /** The link carries no traffic although both ends live. */
  LINK_DOWN(10),
  /** The link is up with too many errors. */
  LINK_DEGRADED(11);

  private final int code;

  IncidentKind(int code) {
    this.code = code;
  }

  /** Stable number of this kind in stored state; never given to another kind. */
  int code() {
    return code;
  }

  /**
   * The kind with this code.
   *
   * @throws IllegalArgumentException if there is none
   */
  static IncidentKind of(int code) {
    for (IncidentKind kind : values()) {
      if (kind.code == code) {
        return kind;
      }
    }
    throw new IllegalArgumentException("no incident kind has the code " + code);
  }
}
