package io.isotherm.score;

import io.isotherm.avro.IncidentKind;
import io.isotherm.core.IncidentEvent;

/**
 * An incident, as the monitors told it.
 *
 * @param id its identity
 * @param kind root cause
 * @param pod name of the pod
 * @param subject path of the part
 * @param openedMs event time of its opening, in milliseconds since 1970-01-01 UTC
 * @param resolvedMs event time of its end; {@link Long#MAX_VALUE} while it is open
 * @param summary what is wrong, in one sentence
 */
public record Raised(
    String id,
    IncidentKind kind,
    String pod,
    String subject,
    long openedMs,
    long resolvedMs,
    String summary) {
  /**
   * An incident as its first event told it: the cause may become clearer while it lasts, but what
   * was said at first is what the operator acts on.
   *
   * @param resolvedMs event time of its end; {@link Long#MAX_VALUE} while it is open
   */
  public static Raised of(IncidentEvent opened, long resolvedMs) {
    return new Raised(
        opened.id(),
        IncidentKind.valueOf(opened.kind().name()),
        opened.pod(),
        opened.subject(),
        opened.openedMs(),
        resolvedMs,
        opened.summary());
  }
}
