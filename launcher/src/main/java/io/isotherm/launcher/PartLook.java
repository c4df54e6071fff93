package io.isotherm.launcher;

import io.isotherm.avro.PodHealth;
import io.isotherm.core.ChipState;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.SiteFindings;
import io.isotherm.export.HostNames;
import io.isotherm.jobs.ByHand;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import java.nio.ByteBuffer;
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
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a part.
 *
 * @param nowMs when it was looked at, milliseconds since 1970-01-01 UTC
 * @param hosts which hosts boards are
 * @param health its pod in the newest window; null if it was not judged
 * @param work jobs and maintenance that it is in
 * @param open open incidents of it, of what is in it and of what it depends on, the worst first
 * @param readings of a board or chip: what its board reported, within {@code searched}; null for
 *     others
 * @param searched how far back reports were looked for
 */
record PartLook(
    Part part,
    long nowMs,
    HostNames hosts,
    @Nullable PodHealth health,
    List<Work> work,
    List<IncidentEvent> open,
    @Nullable BoardReadings readings,
    Duration searched) {

  /**
   * How much later than now a placement may begin: what was announced just now holds in a moment.
   */
  private static final long SOON_MS = 10_000;

  /** Incidents by what they call for, and then the oldest first. */
  static final Comparator<IncidentEvent> WORST_FIRST =
      Comparator.comparing(IncidentEvent::severity)
          .thenComparingLong(IncidentEvent::openedMs)
          .thenComparing(IncidentEvent::id);

  /** Parts by how many of their chips are lost, and then by what else is wrong. */
  static final Comparator<Child> WORST_PART_FIRST =
      Comparator.comparingInt((Child c) -> -c.in(ChipState.FAILED) - c.in(ChipState.UNKNOWN))
          .thenComparingInt(c -> -c.in(ChipState.DEGRADED))
          .thenComparingLong(c -> -c.open())
          .thenComparingInt(c -> -c.in(ChipState.SUSPECT))
          .thenComparingInt(c -> -c.hottest());

  /** Instead of a temperature in {@code PodHealth}: none was reported. */
  private static final int NO_TEMPERATURE = 255;

  /**
   * A job that boards of the part work in, or maintenance of them.
   *
   * @param stage the first stage that they are
   * @param stages how many stages they are
   * @param boards how many they are
   * @param reason what it is for, if somebody has said it
   */
  record Work(
      String job,
      boolean byHand,
      String role,
      int stage,
      int stages,
      long fromMs,
      long untilMs,
      int boards,
      @Nullable String reason) {
    boolean maintenance() {
      return role.equals(Placement.MAINTENANCE);
    }
  }

  /**
   * What is known of a part of this one.
   *
   * @param states how many chips are in each state
   * @param hottest degrees Celsius; -1 if none was reported
   * @param open open incidents of it and of what is in it
   */
  record Child(Part part, Map<ChipState, Integer> states, int hottest, long open) {
    int in(ChipState state) {
      return states.getOrDefault(state, 0);
    }
  }

  /** What of all placements concerns a part. */
  static List<Work> work(
      Part part,
      Collection<Placement> placements,
      Function<String, Optional<String>> reasons,
      long nowMs) {
    List<Work> work = new ArrayList<>();
    for (Placement p : placements) {
      if (p.fromMs() > nowMs + SOON_MS || p.untilMs() <= nowMs) {
        continue;
      }
      Map<String, List<Placement.Member>> byRole =
          p.members().stream()
              .filter(m -> common(part, m) > 0)
              .collect(
                  Collectors.groupingBy(Placement.Member::role, TreeMap::new, Collectors.toList()));
      byRole.forEach(
          (role, members) -> {
            int[] stages =
                members.stream().mapToInt(Placement.Member::stage).distinct().sorted().toArray();
            work.add(
                new Work(
                    p.job(),
                    ByHand.is(p.job()),
                    role,
                    stages[0],
                    stages.length,
                    p.fromMs(),
                    p.untilMs(),
                    members.stream().mapToInt(m -> common(part, m)).sum(),
                    reasons.apply(p.job()).orElse(null)));
          });
    }
    return List.copyOf(work);
  }

  /** How many boards a part and a member have in common. */
  private static int common(Part part, Placement.Member m) {
    long from = Math.max(part.firstBoard(), m.firstBoard());
    long to =
        Math.min((long) part.firstBoard() + part.boards(), (long) m.firstBoard() + m.boards());
    return m.pod().equals(part.pod().pod()) ? (int) Math.max(0, to - from) : 0;
  }

  /**
   * What of all incidents is open and concerns a part, the worst first: those of it, of what is in
   * it and of what it depends on, and those that explain something of these.
   */
  static List<IncidentEvent> open(Part part, List<Work> work, Collection<IncidentEvent> incidents) {
    String path = part.path();
    Set<String> above = above(part);
    work.forEach(w -> above.add(Placement.PATH + w.job()));
    return incidents.stream()
        .filter(e -> e.type() != IncidentEvent.Type.RESOLVED)
        .filter(
            e ->
                Stream.concat(Stream.of(e.subject()), e.children().stream())
                    .anyMatch(s -> isIn(s, path) || above.contains(s)))
        .sorted(WORST_FIRST)
        .toList();
  }

  /** What a part depends on: what it is in, what supplies it, and what its links lead to. */
  static Set<String> above(Part part) {
    String path = part.path();
    PodLayout pod = part.pod();
    Set<String> above = new HashSet<>(Set.of(SiteFindings.SITE));
    for (int i = path.lastIndexOf('/'); i > 0; i = path.lastIndexOf('/', i - 1)) {
      above.add(path.substring(0, i));
    }
    if (part.level() != Part.Level.POD) {
      int cabinet = pod.cabinetOfBoard(part.firstBoard());
      above.add(pod.coolingLoopPath(pod.coolingLoopOfCabinet(cabinet)));
      above.add(pod.powerFeedPath(pod.powerFeedOfCabinet(cabinet)));
      above.addAll(farEnds(part));
    }
    return above;
  }

  /** What the links of a part lead to: switches with their planes, and the ports of other chips. */
  private static Set<String> farEnds(Part part) {
    PodLayout pod = part.pod();
    int firstChip =
        part.level() == Part.Level.CHIP ? part.number() : pod.chipIndex(part.firstBoard(), 0);
    int chips = part.level() == Part.Level.CHIP ? 1 : part.boards() * pod.chipsPerBoard();
    Set<String> ends = new HashSet<>();
    Set<Integer> switches = new HashSet<>();
    for (int p = pod.portIndex(firstChip, 0); p < pod.portIndex(firstChip + chips, 0); p++) {
      if (pod.peerPort(p) != PodLayout.NO_PORT) {
        // An incident of a link names the lower of its two ports.
        ends.add(pod.portPath(pod.peerPort(p)));
        continue;
      }
      if (!switches.add(pod.switchOfPort(p))) {
        continue;
      }
      ends.add(pod.switchPath(p));
      if (pod.planeOfPort(p) != PodLayout.NO_PLANE) {
        ends.add(pod.planePath(pod.planeOfPort(p)));
      }
    }
    return ends;
  }

  static boolean isIn(String subject, String path) {
    return subject.equals(path) || subject.startsWith(path + "/");
  }

  /** The state of a chip; null if it was not judged. */
  @Nullable ChipState state(int chip) {
    ByteBuffer states = health == null ? null : health.getChipStates();
    int code =
        states == null || chip >= states.remaining() ? -1 : states.get(states.position() + chip);
    for (ChipState state : ChipState.values()) {
      if (state.code() == code) {
        return state;
      }
    }
    return null;
  }

  private int temperature(int chip) {
    ByteBuffer all = health == null ? null : health.getChipTemperatures();
    int degrees =
        all == null || chip >= all.remaining()
            ? NO_TEMPERATURE
            : Byte.toUnsignedInt(all.get(all.position() + chip));
    return degrees == NO_TEMPERATURE ? -1 : degrees;
  }

  /** What is known of the part by its chips. */
  Child whole() {
    return child(part);
  }

  /** What is known of a part of this one by its chips. */
  Child child(Part of) {
    PodLayout pod = of.pod();
    boolean single = of.level() == Part.Level.CHIP;
    int first = single ? of.number() : pod.chipIndex(of.firstBoard(), 0);
    int chips = single ? 1 : of.boards() * pod.chipsPerBoard();
    Map<ChipState, Integer> states = new EnumMap<>(ChipState.class);
    int hottest = -1;
    for (int chip = first; chip < first + chips; chip++) {
      ChipState state = state(chip);
      if (state != null) {
        states.merge(state, 1, Integer::sum);
      }
      hottest = Math.max(hottest, temperature(chip));
    }
    return new Child(
        of, states, hottest, open.stream().filter(e -> isIn(e.subject(), of.path())).count());
  }

  /** The cabinets of a pod, or the boards of a cabinet, the worst first; none of others. */
  List<Child> children() {
    List<Child> children = new ArrayList<>();
    PodLayout pod = part.pod();
    if (part.level() == Part.Level.POD) {
      for (int c = 0; c < pod.cabinets(); c++) {
        children.add(child(new Part(pod, Part.Level.CABINET, c)));
      }
    } else if (part.level() == Part.Level.CABINET) {
      for (int b = part.firstBoard(); b < part.firstBoard() + part.boards(); b++) {
        children.add(child(new Part(pod, Part.Level.BOARD, b)));
      }
    }
    children.sort(WORST_PART_FIRST);
    return children;
  }
}
