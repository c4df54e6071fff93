package io.isotherm.backtest;

import io.isotherm.core.IncidentEvent;
import java.util.List;

/**
 * An incident from its opening on.
 *
 * @param events its events in the order of their revisions, at least one
 */
record IncidentLife(List<IncidentEvent> events) {
  /** Copies the list. */
  IncidentLife {
    events = List.copyOf(events);
  }

  IncidentEvent first() {
    return events.get(0);
  }

  IncidentEvent last() {
    return events.get(events.size() - 1);
  }

  boolean resolved() {
    return last().type() == IncidentEvent.Type.RESOLVED;
  }

  /** Event time of its end; {@link Long#MAX_VALUE} while it is open. */
  long resolvedMs() {
    return resolved() ? last().eventMs() : Long.MAX_VALUE;
  }
}
