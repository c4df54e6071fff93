package io.isotherm.backtest;

import static java.util.stream.Collectors.joining;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.core.IncidentEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the second of two back-tests tells otherwise than the first.
 *
 * <p>Incidents with the same id are the same. Of the others, those of the same kind and subject
 * belong together in the order of their opening, one to one. What is left is in one of the two
 * alone.
 *
 * @param same number of incidents that are equal in every event
 * @param changes the others, in the order of their opening
 */
record IncidentDiff(int same, List<Change> changes) {
  /** How an incident differs. */
  enum Sort {
    /** It is in the second alone. */
    APPEARS,
    /** It is in the first alone. */
    VANISHES,
    /** It is in both, of the same kind and subject, and opens at another time. */
    MOVES,
    /** It is in both and opens at the same time, and something else of it differs. */
    CHANGES
  }

  /**
   * An incident that differs.
   *
   * @param before in the first; null if it is not there
   * @param after in the second; null if it is not there
   * @param why what can be said of the reason, one sentence each
   */
  record Change(
      Sort sort, @Nullable IncidentLife before, @Nullable IncidentLife after, List<String> why) {
    /** The incident in the second, or in the first if it is there alone. */
    IncidentLife any() {
      if (after != null) {
        return after;
      }
      if (before == null) {
        throw new AssertionError("a change of nothing");
      }
      return before;
    }
  }

  private record Key(String kind, String subject) {
    static Key of(IncidentLife life) {
      return new Key(life.first().kind().name(), life.first().subject());
    }
  }

  /** Incidents from their events, in the order of their opening. */
  static List<IncidentLife> lives(Collection<IncidentEvent> events) {
    Map<String, List<IncidentEvent>> byId = new LinkedHashMap<>();
    for (IncidentEvent e : events) {
      byId.computeIfAbsent(e.id(), id -> new ArrayList<>()).add(e);
    }
    List<IncidentLife> lives = new ArrayList<>();
    for (List<IncidentEvent> one : byId.values()) {
      one.sort(Comparator.comparingInt(IncidentEvent::revision));
      lives.add(new IncidentLife(one));
    }
    lives.sort(order());
    return lives;
  }

  private static Comparator<IncidentLife> order() {
    return Comparator.<IncidentLife>comparingLong(l -> l.first().openedMs())
        .thenComparing(l -> l.first().pod())
        .thenComparing(l -> l.first().kind().name())
        .thenComparing(l -> l.first().subject())
        .thenComparing(l -> l.first().id());
  }

  static IncidentDiff of(List<IncidentLife> first, List<IncidentLife> second) {
    Map<String, IncidentLife> secondById = new TreeMap<>();
    second.forEach(l -> secondById.put(l.first().id(), l));
    List<Change> changes = new ArrayList<>();
    Map<Key, List<IncidentLife>> leftOfFirst = new LinkedHashMap<>();
    int same = 0;
    for (IncidentLife before : first) {
      IncidentLife after = secondById.remove(before.first().id());
      if (after == null) {
        leftOfFirst.computeIfAbsent(Key.of(before), k -> new ArrayList<>()).add(before);
      } else if (after.equals(before)) {
        same++;
      } else {
        changes.add(changed(before, after));
      }
    }
    for (IncidentLife after : second) {
      if (!secondById.containsKey(after.first().id())) {
        continue;
      }
      List<IncidentLife> candidates = leftOfFirst.getOrDefault(Key.of(after), List.of());
      if (candidates.isEmpty()) {
        changes.add(new Change(Sort.APPEARS, null, after, whyAlone(after, first)));
      } else {
        changes.add(changed(candidates.remove(0), after));
      }
    }
    for (List<IncidentLife> gone : leftOfFirst.values()) {
      gone.forEach(
          before -> changes.add(new Change(Sort.VANISHES, before, null, whyAlone(before, second))));
    }
    changes.sort(Comparator.comparing(Change::any, order()).thenComparing(Change::sort));
    return new IncidentDiff(same, List.copyOf(changes));
  }

  private static Change changed(IncidentLife before, IncidentLife after) {
    IncidentEvent b = before.first();
    IncidentEvent a = after.first();
    List<String> why = new ArrayList<>();
    boolean moved = b.openedMs() != a.openedMs();
    if (moved) {
      why.add(String.format(Locale.ROOT, "opens %+.0f s", (a.openedMs() - b.openedMs()) / 1000.0));
    }
    if (before.resolvedMs() != after.resolvedMs()) {
      why.add("ends %s instead of %s".formatted(end(after), end(before)));
    }
    if (before.last().severity() != after.last().severity()) {
      why.add(
          "is %s instead of %s"
              .formatted(
                  EventJson.word(after.last().severity()),
                  EventJson.word(before.last().severity())));
    }
    if (before.last().kind() != after.last().kind()) {
      why.add(
          "is named %s instead of %s"
              .formatted(
                  EventJson.word(after.last().kind()), EventJson.word(before.last().kind())));
    }
    if (before.last().chipsAffected() != after.last().chipsAffected()) {
      why.add(
          "affects %d chips instead of %d"
              .formatted(after.last().chipsAffected(), before.last().chipsAffected()));
    }
    why.addAll(evidence(b, a));
    if (!work(b).equals(work(a))) {
      why.add("hits the work of %s instead of %s".formatted(work(a), work(b)));
    }
    if (!before.last().children().equals(after.last().children())
        || before.last().childrenTotal() != after.last().childrenTotal()) {
      why.add(
          "explains %d parts instead of %d"
              .formatted(after.last().childrenTotal(), before.last().childrenTotal()));
    }
    if (before.events().size() != after.events().size()) {
      why.add(
          "has %d events instead of %d".formatted(after.events().size(), before.events().size()));
    }
    if (why.isEmpty()) {
      why.add("is told in other words or with other evidence later on");
    }
    return new Change(moved ? Sort.MOVES : Sort.CHANGES, before, after, List.copyOf(why));
  }

  /** Names of the jobs whose work an incident hits. */
  private static String work(IncidentEvent e) {
    return e.jobs().isEmpty()
        ? "no job"
        : e.jobs().stream().map(IncidentEvent.AffectedJob::job).sorted().collect(joining(", "));
  }

  /** Findings of the openings whose values or expectations differ. */
  private static List<String> evidence(IncidentEvent before, IncidentEvent after) {
    Map<String, IncidentEvent.Evidence> was = new TreeMap<>();
    before.evidence().forEach(e -> was.putIfAbsent(e.finding() + " of " + e.subject(), e));
    List<String> why = new ArrayList<>();
    Set<String> seen = new TreeSet<>();
    for (IncidentEvent.Evidence now : after.evidence()) {
      String name = now.finding() + " of " + now.subject();
      if (!seen.add(name)) {
        continue;
      }
      IncidentEvent.Evidence then = was.get(name);
      if (then == null) {
        why.add("now rests on " + told(now));
      } else if (then.expected() != now.expected()) {
        why.add(
            "%s is held against %d instead of %d %s (seen: %d, before %d)"
                .formatted(
                    name, now.expected(), then.expected(), now.unit(), now.value(), then.value()));
      } else if (then.value() != now.value()) {
        why.add(
            "%s was %d instead of %d %s against %d"
                .formatted(name, now.value(), then.value(), now.unit(), now.expected()));
      }
    }
    was.forEach(
        (name, then) -> {
          if (!seen.contains(name)) {
            why.add("no longer rests on " + told(then));
          }
        });
    return why;
  }

  /** Why an incident is in one back-test alone, as far as the other one's incidents tell. */
  private static List<String> whyAlone(IncidentLife alone, List<IncidentLife> others) {
    List<String> why = new ArrayList<>();
    IncidentEvent opened = alone.first();
    opened.evidence().stream().limit(3).forEach(e -> why.add("rests on " + told(e)));
    for (IncidentLife other : others) {
      boolean together =
          other.first().openedMs() <= alone.resolvedMs() && opened.openedMs() <= other.resolvedMs();
      if (together
          && other.events().stream().anyMatch(e -> e.children().contains(opened.subject()))) {
        why.add(
            "the other back-test explains it by %s at %s (%s)"
                .formatted(
                    EventJson.word(other.last().kind()),
                    other.last().subject(),
                    other.first().id()));
      } else if (together && other.first().subject().equals(opened.subject())) {
        why.add(
            "the other back-test calls it %s (%s)"
                .formatted(EventJson.word(other.last().kind()), other.first().id()));
      }
    }
    return List.copyOf(why);
  }

  private static String told(IncidentEvent.Evidence e) {
    return "%s of %s: %d against %d %s in the window of %s"
        .formatted(
            e.finding(),
            e.subject(),
            e.value(),
            e.expected(),
            e.unit(),
            BacktestResult.time(e.windowStartMs()));
  }

  private static String end(IncidentLife life) {
    return life.resolved() ? "at " + BacktestResult.time(life.resolvedMs()) : "never";
  }

  boolean equal() {
    return changes.isEmpty();
  }

  String table() {
    StringBuilder out = new StringBuilder();
    for (Change c : changes) {
      IncidentEvent e = c.any().first();
      out.append(
          "%-8s  %s  %s  %s  %s%n"
              .formatted(
                  EventJson.word(c.sort()),
                  BacktestResult.time(e.openedMs()),
                  EventJson.word(e.kind()),
                  e.subject(),
                  e.id()));
      c.why().forEach(w -> out.append("          ").append(w).append('\n'));
    }
    out.append(
        "%d incidents are the same; %d appear, %d vanish, %d move, %d change%n"
            .formatted(
                same,
                count(Sort.APPEARS),
                count(Sort.VANISHES),
                count(Sort.MOVES),
                count(Sort.CHANGES)));
    return out.toString();
  }

  ObjectNode json() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("equal", equal());
    root.put("same", same);
    for (Sort sort : Sort.values()) {
      ArrayNode all = root.putArray(EventJson.word(sort));
      for (Change c : changes) {
        if (c.sort() == sort) {
          ObjectNode one = all.addObject();
          one.put("kind", EventJson.word(c.any().first().kind()));
          one.put("subject", c.any().first().subject());
          side(one, "a", c.before());
          side(one, "b", c.after());
          ArrayNode why = one.putArray("why");
          c.why().forEach(why::add);
        }
      }
    }
    return root;
  }

  private static void side(ObjectNode one, String name, @Nullable IncidentLife life) {
    if (life != null) {
      ObjectNode of = one.putObject(name);
      of.put("id", life.first().id());
      of.put("severity", EventJson.word(life.last().severity()));
      of.put("opened", BacktestResult.time(life.first().openedMs()));
      of.put("resolved", life.resolved() ? BacktestResult.time(life.resolvedMs()) : null);
    }
  }

  private long count(Sort sort) {
    return changes.stream().filter(c -> c.sort() == sort).count();
  }
}
