package io.isotherm.core;

/** Root cause of an incident. */
public enum IncidentKind {
  /** No agent of the pod reports. */
  POD_SILENT,
  /** No agent of the cabinet reports, those of other cabinets do. */
  CABINET_SILENT,
  /** The board's agent is silent. */
  BOARD_SILENT,
  /** The board's agent reports, but with a clock so wrong that its reports cannot be used. */
  BOARD_CLOCK,
  /** The chip is missing from its board's reports. */
  CHIP_SILENT,
  /** The chip is broken by its exporter's own word. */
  CHIP_FATAL,
  /** The chip is too hot, its neighbours are not. */
  CHIP_HOT,
  /** The chips of a cabinet are hot together. */
  CABINET_HOT,
  /** The cabinets of a cooling loop are hot together. */
  COOLING_LOOP_HOT,
  /** The link carries no traffic although both ends live. */
  LINK_DOWN,
  /** The link is up with too many errors. */
  LINK_DEGRADED
}
