package io.isotherm.launcher;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.backtest.EventJson;
import io.isotherm.backtest.Texts;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.export.HostNames;
import io.isotherm.model.Placement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Incidents of a range of time, singly or gathered by what they have in common. */
final class IncidentHistory {
  /** What incidents are gathered by. */
  enum By {
    /** Those of a pod, and of what is in it. */
    POD,
    /** Those of a cabinet, and of what is in it. */
    CABINET,
    /** Those of a board, and of what is on it. */
    BOARD,
    /** Those of a chip, and of its ports. */
    CHIP,
    /** Those of one kind, wherever they are. */
    KIND
  }

  /**
   * Which incidents.
   *
   * @param fromMs those that were open at this event time or later
   * @param toMs and were opened before this one
   * @param under only those of this part and of what is in it, as subjects name it, or those that
   *     hit the work of this job; null for all
   * @param kinds only those of these kinds; empty for all
   * @param open only those that nothing has resolved yet
   */
  record Wanted(
      long fromMs, long toMs, @Nullable String under, Set<IncidentKind> kinds, boolean open) {
    /** A number without zeros before it, one with three digits at least, and one with two. */
    private static final String N = "(0|[1-9]\\d*)";

    private static final String NNN = "(\\d{3}|[1-9]\\d{3,})";
    private static final String NN = "(\\d{2}|[1-9]\\d{2,})";

    /** A pod or the site, a part of a pod, or a job. */
    private static final Pattern SUBJECT =
        Pattern.compile(
            "[^/]+"
                + ("(/(loop|feed)-" + NNN)
                + ("|/(plane|rail)-" + N + "(/switch-" + NN + ")?")
                + ("|/cab-" + NNN + "(/switch-" + N)
                + ("|/board-" + N + "(/switch-" + N)
                + ("|/chip-" + N + "(/port-" + N + ")?)?)?)?")
                + "|job/.+");

    /**
     * @throws IllegalArgumentException if no part can be called so
     */
    Wanted {
      // Nothing would be found there, which would look like an all-clear.
      if (under != null && !SUBJECT.matcher(under).matches()) {
        throw new IllegalArgumentException(
            "'%s' is no part; write for instance pod-07, pod-07/cab-017, pod-07/cab-017/board-5/chip-2, pod-07/rail-0/switch-03 or job/NAME"
                .formatted(under));
      }
    }

    boolean has(IncidentEvent e) {
      return e.openedMs() < toMs
          && (isOpen(e) || e.eventMs() >= fromMs)
          && (!open || isOpen(e))
          && (under == null || isUnder(e, under))
          && (kinds.isEmpty() || kinds.contains(e.kind()));
    }
  }

  /** Whether an incident is of a part, or of what is in it, or hits the work of a job. */
  private static boolean isUnder(IncidentEvent e, String path) {
    return e.subject().equals(path)
        || e.subject().startsWith(path + "/")
        || (path.startsWith(Placement.PATH) && e.children().contains(path))
        || e.jobs().stream().anyMatch(j -> path.equals(Placement.PATH + j.job()));
  }

  /**
   * Incidents that have something in common.
   *
   * @param of what they have in common: a path, or a kind
   * @param incidents at least one, in the order of their opening
   */
  private record Group(String of, List<IncidentEvent> incidents) {
    IncidentEvent last() {
      return incidents.get(incidents.size() - 1);
    }

    long open() {
      return incidents.stream().filter(IncidentHistory::isOpen).count();
    }

    /** Time for which one was open, the sum of all. */
    long lastedMs(long nowMs) {
      return incidents.stream().mapToLong(e -> IncidentHistory.lastedMs(e, nowMs)).sum();
    }

    /** How many of each kind. */
    Map<String, Long> kinds() {
      return incidents.stream()
          .collect(
              Collectors.groupingBy(
                  e -> EventJson.word(e.kind()), TreeMap::new, Collectors.counting()));
    }
  }

  private final List<IncidentEvent> incidents;
  private final HostNames hosts;
  private final long nowMs;

  /**
   * @param all the newest event of each incident
   * @param hosts which hosts boards are; they are told where it knows one
   * @param nowMs until when those count that are open, milliseconds since 1970-01-01 UTC
   */
  IncidentHistory(Collection<IncidentEvent> all, Wanted wanted, HostNames hosts, long nowMs) {
    incidents =
        all.stream()
            .filter(wanted::has)
            .sorted(
                Comparator.comparingLong(IncidentEvent::openedMs).thenComparing(IncidentEvent::id))
            .toList();
    this.hosts = hosts;
    this.nowMs = nowMs;
  }

  private static boolean isOpen(IncidentEvent e) {
    return e.type() != IncidentEvent.Type.RESOLVED;
  }

  private static long lastedMs(IncidentEvent e, long nowMs) {
    return Math.max(0, (isOpen(e) ? nowMs : e.eventMs()) - e.openedMs());
  }

  /** The newest event of each, in the order of their opening. */
  List<IncidentEvent> events() {
    return incidents;
  }

  /** A table, and how many there are. */
  String table(@Nullable By by) {
    StringBuilder out = new StringBuilder();
    Texts.table(by == null ? rows() : rows(by), out);
    long open = incidents.stream().filter(IncidentHistory::isOpen).count();
    out.append(
        "%sIncidents: %d, %d of them open"
            .formatted(out.isEmpty() ? "" : "\n", incidents.size(), open));
    if (by != null) {
      long elsewhere = incidents.stream().filter(e -> of(e, by) == null).count();
      if (elsewhere > 0) {
        out.append("; of no %s and not in the table: %d".formatted(EventJson.word(by), elsewhere));
      }
    }
    return out.append('\n').toString();
  }

  private List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    if (!incidents.isEmpty()) {
      rows.add(List.of("OPENED", "LASTED", "SEVERITY", "KIND", "SUBJECT", "CHIPS", "ID"));
    }
    for (IncidentEvent e : incidents) {
      rows.add(
          List.of(
              time(e.openedMs()),
              isOpen(e) ? "open" : span(lastedMs(e, nowMs)),
              EventJson.word(e.severity()),
              EventJson.word(e.kind()),
              placed(e.subject()),
              Integer.toString(e.chipsAffected()),
              e.id()));
    }
    return rows;
  }

  private List<List<String>> rows(By by) {
    List<List<String>> rows = new ArrayList<>();
    List<Group> groups = groups(by);
    if (!groups.isEmpty()) {
      rows.add(List.of(by.name(), "INCIDENTS", "OPEN", "LASTED", "LAST OPENED", "KINDS"));
    }
    for (Group g : groups) {
      rows.add(
          List.of(
              by == By.KIND ? g.of : placed(g.of),
              Integer.toString(g.incidents.size()),
              Long.toString(g.open()),
              span(g.lastedMs(nowMs)),
              time(g.last().openedMs()),
              by == By.KIND
                  ? ""
                  : g.kinds().entrySet().stream()
                      .map(k -> k.getValue() + " " + k.getKey())
                      .collect(Collectors.joining(", "))));
    }
    return rows;
  }

  /** A line of JSON for each incident, or for each group. */
  String jsonLines(@Nullable By by) {
    StringBuilder out = new StringBuilder();
    if (by == null) {
      for (IncidentEvent e : incidents) {
        out.append(jsonLine(e, hosts));
      }
      return out.toString();
    }
    for (Group g : groups(by)) {
      ObjectNode node = JsonNodeFactory.instance.objectNode();
      node.put(EventJson.word(by), g.of);
      hosts.of(g.of).ifPresent(host -> node.put("host", host));
      node.put("incidents", g.incidents.size());
      node.put("open", g.open());
      node.put("lasted_ms", g.lastedMs(nowMs));
      node.put("last_opened_ms", g.last().openedMs());
      ObjectNode kinds = node.putObject("kinds");
      g.kinds().forEach(kinds::put);
      ArrayNode ids = node.putArray("ids");
      g.incidents.forEach(e -> ids.add(e.id()));
      out.append(node).append('\n');
    }
    return out.toString();
  }

  /** An event as a line of JSON. */
  static String jsonLine(IncidentEvent e, HostNames hosts) {
    ObjectNode node = EventJson.of(e);
    hosts.of(e.subject()).ifPresent(host -> node.put("host", host));
    if (isOpen(e)) {
      node.putNull("resolved_ms");
    } else {
      node.put("resolved_ms", e.eventMs());
    }
    return node + "\n";
  }

  /** An event as a line of text, with what is wrong and what to do below it. */
  static String lines(IncidentEvent e, HostNames hosts) {
    return "%s %-8s %-8s %-20s %s  %s%n    %s%n%s"
        .formatted(
            time(e.eventMs()),
            EventJson.word(e.type()),
            EventJson.word(e.severity()),
            EventJson.word(e.kind()),
            placed(e.subject(), hosts),
            e.id(),
            e.summary(),
            isOpen(e) ? "    %s%n".formatted(e.nextStep()) : "");
  }

  /** The groups with the most incidents first. */
  private List<Group> groups(By by) {
    Map<String, List<IncidentEvent>> groups = new TreeMap<>();
    for (IncidentEvent e : incidents) {
      String of = of(e, by);
      if (of != null) {
        groups.computeIfAbsent(of, o -> new ArrayList<>()).add(e);
      }
    }
    return groups.entrySet().stream()
        .map(g -> new Group(g.getKey(), g.getValue()))
        .sorted(
            Comparator.comparingInt((Group g) -> g.incidents.size())
                .reversed()
                .thenComparing(Group::of))
        .toList();
  }

  /** The group that an incident belongs to; null if it is of something larger, or elsewhere. */
  private static @Nullable String of(IncidentEvent e, By by) {
    String[] path = e.subject().split("/", -1);
    return switch (by) {
      case KIND -> EventJson.word(e.kind());
      case POD -> e.pod().isEmpty() ? null : e.pod();
      case CABINET -> upTo(path, 1, "cab-");
      case BOARD -> upTo(path, 2, "board-");
      case CHIP -> upTo(path, 3, "chip-");
    };
  }

  private static @Nullable String upTo(String[] path, int level, String prefix) {
    return path.length > level && path[level].startsWith(prefix)
        ? String.join("/", List.of(path).subList(0, level + 1))
        : null;
  }

  /** A path, and the host that it is on. */
  private String placed(String path) {
    return placed(path, hosts);
  }

  private static String placed(String path, HostNames hosts) {
    return hosts.of(path).map(host -> path + " (" + host + ")").orElse(path);
  }

  /** An instant, as tables have it: UTC, to the second. */
  static String time(long ms) {
    return Instant.ofEpochMilli(ms).truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** The two largest units of a span of time, as options write them. */
  static String span(long ms) {
    Duration d = Duration.ofMillis(ms);
    if (d.toDays() > 0) {
      return String.format(Locale.ROOT, "%dd%dh", d.toDays(), d.toHoursPart());
    }
    if (d.toHours() > 0) {
      return String.format(Locale.ROOT, "%dh%dm", d.toHours(), d.toMinutesPart());
    }
    if (d.toMinutes() > 0) {
      return String.format(Locale.ROOT, "%dm%ds", d.toMinutes(), d.toSecondsPart());
    }
    return d.toSeconds() + "s";
  }
}
