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
  LINK_DEGRADED(11),
  /** The chip computes more slowly than its peers in the same job while it is as busy as they. */
  CHIP_SLOW(12),
  /** The chip's memory corrects far more errors than it did, and than its peers. */
  HBM_CORRECTABLE(13),
  /** The chip's memory had errors that could not be corrected. */
  HBM_UNCORRECTABLE(14),
  /** Many links of one chip are sick: the chip's side of them. */
  CHIP_LINKS(15),
  /** The link goes down and comes up again and again. */
  LINK_FLAP(16),
  /** The link is up at less than its nominal speed. */
  LINK_NARROW(17),
  /** Many links of one switch are sick. */
  SWITCH_FAULT(18),
  /** Links of most switches of one plane, rail, board or cabinet are sick. */
  PLANE_FAULT(19),
  /** Data waits for a part of the fabric that is full, without errors. */
  CONGESTION(20),
  /** Clock and power fall in all chips of a power feed. */
  POWER_SAG(21),
  /** The job stands still: no steps, no traffic, its chips stuck. */
  JOB_HANG(22),
  /** The job's chips fell idle together although the job should run. */
  JOB_CRASHED(23),
  /** All members of the job are slower than they were, with no symptom of hardware. */
  JOB_SLOW(24),
  /** The board's host started anew. */
  HOST_RESTART(25),
  /** More than a tenth of everything is affected: the site or the pipeline, not the parts. */
  SITE_FAULT(26);

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
