package io.isotherm.score;

import io.isotherm.avro.FaultKind;
import io.isotherm.avro.InjectedFault;
import io.isotherm.emulator.Fault;

/**
 * A fault, as the truth says.
 *
 * @param id identity in its run
 * @param kind what was broken
 * @param pod name of the pod
 * @param subject path of the part
 * @param startMs event time of the start, in milliseconds since 1970-01-01 UTC
 * @param endMs event time of the end; {@link Long#MAX_VALUE} if it never ends
 * @param magnitude how bad it is, in the kind's unit; 0 if the kind has no degree
 */
public record Broken(
    String id,
    FaultKind kind,
    String pod,
    String subject,
    long startMs,
    long endMs,
    double magnitude) {
  /** A fault of the emulator. */
  public static Broken of(Fault f) {
    return new Broken(
        f.id(),
        FaultKind.valueOf(f.kind().name()),
        f.pod(),
        f.subject(),
        f.startMs(),
        f.endMs(),
        f.magnitude());
  }

  /** A fault as it was published. */
  public static Broken of(InjectedFault f) {
    Long end = f.getEndMs();
    Double magnitude = f.getMagnitude();
    return new Broken(
        f.getId(),
        f.getKind(),
        f.getPod(),
        f.getSubject(),
        f.getStartMs(),
        end == null ? Long.MAX_VALUE : end,
        magnitude == null ? 0 : magnitude);
  }
}
