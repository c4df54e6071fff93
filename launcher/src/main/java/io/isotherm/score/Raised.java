package io.isotherm.score;

import io.isotherm.avro.IncidentKind;
import io.isotherm.core.IncidentEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An incident, as the monitors told it. One that was resolved may be opened again, with the same
 * identity: a link that falls again is one story to read.
 *
 * @param id its identity
 * @param kind root cause, as the newest event says: what is known of a link may grow
 * @param pod name of the pod
 * @param subject path of the part
 * @param openedMs event time of its first opening, in milliseconds since 1970-01-01 UTC
 * @param namedMs event time from which it is of this kind; that of its opening if the kind never
 *     changed
 * @param resolvedMs event time of its end; {@link Long#MAX_VALUE} while it is open
 * @param summary what is wrong, in one sentence
 * @param explains of an incident of the site, what it explains: a kind and a pod, with a space
 * @param reopenedMs event times at which it was opened again after it was resolved, in their order
 * @param pausedMs event times of its ends before those, as many
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
    Set<String> explains,
    List<Long> reopenedMs,
    List<Long> pausedMs) {
  /** Copies what it explains and when it was opened again. */
  public Raised {
    explains = Set.copyOf(explains);
    reopenedMs = List.copyOf(reopenedMs);
    pausedMs = List.copyOf(pausedMs);
  }

  /** Each of its openings as an incident of its own, the first one first. */
  List<Raised> openings() {
    if (reopenedMs.isEmpty()) {
      return List.of(this);
    }
    List<Raised> openings = new ArrayList<>();
    for (int i = 0; i <= reopenedMs.size(); i++) {
      openings.add(
          opening(
              i == 0 ? openedMs : reopenedMs.get(i - 1),
              i == reopenedMs.size() ? resolvedMs : pausedMs.get(i)));
    }
    return openings;
  }

  private Raised opening(long ms, long untilMs) {
    return new Raised(
        id,
        kind,
        pod,
        subject,
        ms,
        Math.max(namedMs, ms),
        untilMs,
        summary,
        explains,
        /* reopenedMs= */ List.of(),
        /* pausedMs= */ List.of());
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

  /** Whether this explains the kind of another in its pod; in any, if it is of several. */
  private boolean explainsKindOf(Raised other) {
    String kindOf = other.kind.name() + " ";
    return other.pod.isEmpty()
        ? explains.stream().anyMatch(e -> e.startsWith(kindOf))
        : explains.contains(kindOf + other.pod);
  }

  /** Whether this is of the site and explains another, that was open while it was. */
  boolean explains(Raised other) {
    return explainsKindOf(other) && other.openedMs < resolvedMs && other.resolvedMs >= openedMs;
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
    List<Long> reopened = new ArrayList<>();
    List<Long> paused = new ArrayList<>();
    if (before != null) {
      reopened.addAll(before.reopenedMs);
      paused.addAll(before.pausedMs);
      if (event.type() == IncidentEvent.Type.OPENED && before.resolvedMs != Long.MAX_VALUE) {
        reopened.add(event.eventMs());
        paused.add(before.resolvedMs);
      }
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
        explains,
        reopened,
        paused);
  }
}
