package io.isotherm.model;

import java.util.List;

/**
 * Where a job runs, from one event time to another.
 *
 * @param job name of the job
 * @param fromMs event time from which this holds, inclusive, in milliseconds since 1970-01-01 UTC
 * @param untilMs event time until which this holds, exclusive; {@link Long#MAX_VALUE} while the end
 *     is not known
 * @param synchronous true if every step waits for the slowest member
 * @param members the boards of the job
 */
public record Placement(
    String job, long fromMs, long untilMs, boolean synchronous, List<Member> members) {

  /** Begins the path of a job, {@code job/NAME}, by which incidents and faults name it. */
  public static final String PATH = "job/";

  /** Role of boards on which somebody works; it takes no board away from its job. */
  public static final String MAINTENANCE = "maintenance";

  /**
   * Consecutive boards of a pod with the same role in a job.
   *
   * @param pod name of the pod
   * @param firstBoard first board, counted through the pod
   * @param boards number of boards
   * @param role role of these boards
   * @param stage pipeline stage, from 0
   */
  public record Member(String pod, int firstBoard, int boards, String role, int stage) {}

  /** Copies the members. */
  public Placement {
    members = List.copyOf(members);
  }
}
