package io.isotherm.score;

import io.isotherm.avro.IncidentKind;
import io.isotherm.core.IncidentEvent;
import org.jspecify.annotations.Nullable;

/**
 * An incident, as the monitors told it.
 *
 * @param id its identity
 * @param kind root cause, as the newest event says: what is known of a link may grow
 * @param pod name of the pod
 * @param subject path of the part
 * @param openedMs event time of its opening, in milliseconds since 1970-01-01 UTC
 * @param namedMs event time from which it is of this kind; that of its opening if the kind never
 *     changed
 * @param resolvedMs event time of its end; {@link Long#MAX_VALUE} while it is open
 * @param summary what is wrong, in one sentence
 */
public record Raised(
    String id,
    IncidentKind kind,
    String pod,
    String subject,
    long openedMs,
    long namedMs,
    long resolvedMs,
    String summary) {
  /**
   * An incident after one more of its events.
   *
   * @param before what was known of it; null at its first event
   */
  public static Raised after(@Nullable Raised before, IncidentEvent event) {
    IncidentKind kind = IncidentKind.valueOf(event.kind().name());
    boolean same = before != null && before.kind == kind;
    return new Raised(
        event.id(),
        kind,
        event.pod(),
        event.subject(),
        before == null ? event.openedMs() : before.openedMs,
        before != null && same ? before.namedMs : event.eventMs(),
        event.type() == IncidentEvent.Type.RESOLVED ? event.eventMs() : Long.MAX_VALUE,
        before != null && same ? before.summary : event.summary());
  }
}
