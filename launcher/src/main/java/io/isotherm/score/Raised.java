package io.isotherm.score;

import io.isotherm.avro.IncidentKind;
import io.isotherm.core.IncidentEvent;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
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
 * @param explains of an incident of the site, what it explains: a kind and a pod, with a space
 */
public record Raised(
    String id,
    IncidentKind kind,
    String pod,
    String subject,
    long openedMs,
    long namedMs,
    long resolvedMs,
    String summary,
    Set<String> explains) {
  /** Copies what it explains. */
  public Raised {
    explains = Set.copyOf(explains);
  }

  /**
   * What an incident explains.
   *
   * @param findings the findings of its evidence
   * @param children its children
   * @return kinds and pods; none unless it is one of the site
   */
  public static Set<String> explains(
      IncidentKind kind, Collection<String> findings, Collection<String> children) {
    Set<String> explains = new HashSet<>();
    if (kind == IncidentKind.SITE_FAULT) {
      for (String finding : findings) {
        children.forEach(pod -> explains.add(finding.toUpperCase(Locale.ROOT) + " " + pod));
      }
    }
    return explains;
  }

  /** Whether this is of the site and explains another, that was open while it was. */
  boolean explains(Raised other) {
    return explains.contains(other.kind.name() + " " + other.pod)
        && other.openedMs < resolvedMs
        && other.resolvedMs >= openedMs;
  }

  /**
   * An incident after one more of its events.
   *
   * @param before what was known of it; null at its first event
   */
  public static Raised after(@Nullable Raised before, IncidentEvent event) {
    IncidentKind kind = IncidentKind.valueOf(event.kind().name());
    boolean same = before != null && before.kind == kind;
    Set<String> explains =
        new HashSet<>(
            explains(
                kind,
                event.evidence().stream().map(IncidentEvent.Evidence::finding).toList(),
                event.children()));
    if (before != null) {
      explains.addAll(before.explains);
    }
    return new Raised(
        event.id(),
        kind,
        event.pod(),
        event.subject(),
        before == null ? event.openedMs() : before.openedMs,
        before != null && same ? before.namedMs : event.eventMs(),
        event.type() == IncidentEvent.Type.RESOLVED ? event.eventMs() : Long.MAX_VALUE,
        before != null && same ? before.summary : event.summary(),
        explains);
  }
}
