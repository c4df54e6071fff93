package io.isotherm.launcher;

import io.isotherm.avro.PodHealth;
import io.isotherm.core.ChipState;
import io.isotherm.core.IncidentEvent;
import io.isotherm.export.HostNames;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a job: of the boards that it works on, wherever they are.
 *
 * @param nowMs when it was looked at, milliseconds since 1970-01-01 UTC
 * @param reason what it is for, if somebody has said it
 * @param pods its pods by name, each as it was judged last, with the open incidents of all of it
 * @param missing its pods that nobody has published
 * @param open open incidents of it, of its boards and of what they depend on, the worst first
 */
record JobLook(
    Placement job,
    long nowMs,
    HostNames hosts,
    Optional<String> reason,
    SortedMap<String, PartLook> pods,
    List<String> missing,
    List<IncidentEvent> open) {

  /** The path by which a job is known. */
  static String path(Placement job) {
    return Placement.PATH + job.job();
  }

  /**
   * What is known of a board of the job.
   *
   * @param stage its stage, from 0
   */
  record Board(String role, int stage, PartLook.Child known) {}

  /**
   * @param layouts of the pods, by their names; null if there is none
   * @param health of the pods that were judged, by their names
   * @param incidents the newest event of each
   */
  static JobLook of(
      Placement job,
      long nowMs,
      HostNames hosts,
      Optional<String> reason,
      Function<String, @Nullable PodLayout> layouts,
      Map<String, PodHealth> health,
      Collection<IncidentEvent> incidents) {
    SortedMap<String, PodLayout> pods = new TreeMap<>();
    List<String> missing = new ArrayList<>();
    for (String name : podsOf(job)) {
      PodLayout layout = layouts.apply(name);
      if (layout == null) {
        missing.add(name);
      } else {
        pods.put(name, layout);
      }
    }
    List<IncidentEvent> open =
        incidents.stream()
            .filter(concerns(job, pods))
            .filter(e -> e.type() != IncidentEvent.Type.RESOLVED)
            .sorted(PartLook.WORST_FIRST)
            .toList();
    SortedMap<String, PartLook> looks = new TreeMap<>();
    pods.forEach(
        (name, layout) ->
            looks.put(
                name,
                new PartLook(
                    new Part(layout, Part.Level.POD, 0),
                    nowMs,
                    hosts,
                    health.get(name),
                    List.of(),
                    open,
                    null,
                    Duration.ZERO)));
    return new JobLook(job, nowMs, hosts, reason, looks, List.copyOf(missing), open);
  }

  /** The pods in which a job works, in order. */
  static List<String> podsOf(Placement job) {
    return job.members().stream().map(Placement.Member::pod).distinct().sorted().toList();
  }

  /** Whether an incident is of a job, of a board of it, or of what such a board depends on. */
  private static Predicate<IncidentEvent> concerns(
      Placement job, SortedMap<String, PodLayout> pods) {
    Set<String> above = new HashSet<>(Set.of(path(job)));
    Set<String> boards = new HashSet<>();
    eachBoard(
        job,
        pods,
        (member, part) -> {
          boards.add(part.path());
          above.addAll(PartLook.above(part));
        });
    return e ->
        Stream.concat(Stream.of(e.subject()), e.children().stream())
                .anyMatch(s -> above.contains(s) || isOn(boards, s))
            || e.jobs().stream().anyMatch(j -> j.job().equals(job.job()) && j.boards() > 0);
  }

  private static boolean isOn(Set<String> boards, String subject) {
    for (int end = subject.length(); end > 0; end = subject.lastIndexOf('/', end - 1)) {
      if (boards.contains(subject.substring(0, end))) {
        return true;
      }
    }
    return false;
  }

  private interface EachBoard {
    void take(Placement.Member member, Part board);
  }

  /** The boards of a job in pods that are known; a placement may name more than a pod has. */
  private static void eachBoard(Placement job, SortedMap<String, PodLayout> pods, EachBoard each) {
    for (Placement.Member m : job.members()) {
      PodLayout pod = pods.get(m.pod());
      if (pod != null) {
        long end = Math.min(pod.boards(), (long) m.firstBoard() + m.boards());
        for (int b = Math.max(0, m.firstBoard()); b < end; b++) {
          each.take(m, new Part(pod, Part.Level.BOARD, b));
        }
      }
    }
  }

  /** Its boards, the worst first. */
  List<Board> boards() {
    SortedMap<String, PodLayout> layouts = new TreeMap<>();
    pods.forEach((name, look) -> layouts.put(name, look.part().pod()));
    List<Board> boards = new ArrayList<>();
    eachBoard(
        job,
        layouts,
        (m, part) -> {
          PartLook pod = pods.get(m.pod());
          if (pod != null) {
            boards.add(new Board(m.role(), m.stage(), pod.child(part)));
          }
        });
    boards.sort((a, b) -> PartLook.WORST_PART_FIRST.compare(a.known(), b.known()));
    return boards;
  }

  /** Number of its incidents that are of a part or of what is in it. */
  long open(Part part) {
    return open.stream().filter(e -> PartLook.isIn(e.subject(), part.path())).count();
  }

  /** How many chips of some boards are in each state. */
  static Map<ChipState, Integer> states(Collection<Board> boards) {
    Map<ChipState, Integer> states = new EnumMap<>(ChipState.class);
    boards.forEach(b -> b.known().states().forEach((s, n) -> states.merge(s, n, Integer::sum)));
    return states;
  }

  /** What the boards of one pod, role and stage are together. */
  record Team(String pod, String role, int stage, List<Board> boards) {}

  /** Its boards by pod, role and stage, in this order. */
  static List<Team> teams(Collection<Board> boards) {
    Comparator<Team> order =
        Comparator.comparing(Team::pod).thenComparing(Team::role).thenComparingInt(Team::stage);
    Map<Team, List<Board>> teams = new TreeMap<>(order);
    for (Board b : boards) {
      teams
          .computeIfAbsent(
              new Team(b.known().part().pod().pod(), b.role(), b.stage(), List.of()),
              unknown -> new ArrayList<>())
          .add(b);
    }
    List<Team> all = new ArrayList<>();
    teams.forEach((t, of) -> all.add(new Team(t.pod(), t.role(), t.stage(), List.copyOf(of))));
    return all;
  }

  /** The newest window of the pod that is furthest behind; null if a pod of it was not judged. */
  @Nullable PodHealth oldest() {
    PodHealth oldest = null;
    for (PartLook pod : pods.values()) {
      PodHealth health = pod.health();
      if (health == null) {
        return null;
      }
      if (oldest == null || health.getWindowStartMs() < oldest.getWindowStartMs()) {
        oldest = health;
      }
    }
    return oldest;
  }
}
