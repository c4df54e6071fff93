package io.isotherm.core;

/** What a {@link PodMonitor} did with a report. */
public enum Outcome {
  /** The report counts. */
  ACCEPTED,
  /** A heartbeat of the clock; it counts. */
  TICK,
  /** Its sequence number was seen before, or it is of an agent that has restarted since. */
  DUPLICATE,
  /** Its window is closed. The agent is known to live; the readings change nothing. */
  LATE,
  /** Some readings are impossible and were taken as absent; the others count. Keep the record. */
  ACCEPTED_IN_PART,
  /** A cabinet, board, chip or port that the topology does not have. Keep the record. */
  UNKNOWN_PART,
  /** The record contradicts itself: a chip twice, a negative sequence. Keep the record. */
  IMPOSSIBLE,
  /** A timestamp too far behind the pod's time. Keep the record. */
  TIME_TOO_OLD,
  /** A timestamp too far ahead of the pod's time. Keep the record. */
  TIME_TOO_NEW
}
