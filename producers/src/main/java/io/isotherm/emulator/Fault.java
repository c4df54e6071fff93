package io.isotherm.emulator;

/**
 * One thing that is broken for a time: the truth that detection is scored against.
 *
 * @param id identity in the run, for instance {@code fault-003}
 * @param kind what is broken
 * @param podIndex number of the pod in the plan
 * @param pod name of the pod
 * @param subject path of the part; of a mesh link the end with the lower port number; of a cooling
 *     loop with one cabinet that cabinet
 * @param target number of the part in its pod: chip, board, cabinet, cooling loop or port
 * @param startMs event time of the start, in milliseconds since 1970-01-01 UTC
 * @param endMs event time of the end; {@link Long#MAX_VALUE} if it never ends
 * @param magnitude how bad it is, in the kind's unit; 0 if the kind has no degree
 * @param oneWay whether a bad link is bad in one direction only
 */
public record Fault(
    String id,
    FaultKind kind,
    int podIndex,
    String pod,
    String subject,
    int target,
    long startMs,
    long endMs,
    double magnitude,
    boolean oneWay) {

  /**
   * @throws IllegalArgumentException if the fault does not end after its start, or the magnitude is
   *     out of the kind's range
   */
  public Fault {
    if (endMs <= startMs) {
      throw new IllegalArgumentException(
          "fault %s ends at %d, not after its start at %d".formatted(id, endMs, startMs));
    }
    if (!(magnitude >= kind.least() && magnitude <= kind.most())) {
      throw new IllegalArgumentException(
          "fault %s: magnitude %s of %s is not in %s to %s"
              .formatted(id, magnitude, kind, kind.least(), kind.most()));
    }
  }
}
