package io.isotherm.core;

import static io.isotherm.core.IncidentKind.JOB_CRASHED;
import static io.isotherm.core.IncidentKind.JOB_HANG;
import static io.isotherm.core.IncidentKind.LINK_DEGRADED;
import static io.isotherm.core.IncidentKind.LINK_DOWN;
import static io.isotherm.core.IncidentKind.LINK_FLAP;
import static io.isotherm.core.IncidentKind.LINK_NARROW;

import io.isotherm.core.IncidentEvent.AffectedJob;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The lives of incidents in the obvious way: of every part all that windows have said is kept, and
 * whether an incident is open is read from that.
 */
final class ObviousLedger {
  private static final class Story {
    String path;
    IncidentKind kind;

    /** Windows in a row with the finding, until now. */
    int present;

    /** Windows in a row without it. */
    int absent;

    /** Windows without it in which the job paused. */
    int paused;

    boolean open;
    boolean critical;
    int chips;
    int children;
    int childrenTold;

    /** The jobs among the children that were kept. */
    List<String> jobs = List.of();

    long firstSeenMs;
    long openedMs;
    int revision;
    long toldMs;
    @Nullable String code;

    /** Whose work it has hit, by the names of the jobs: boards there and in the pod. */
    final Map<String, String> work = new TreeMap<>();

    /** Whether the newest finding of it said so. */
    boolean besidePeers;

    Story(IncidentKind kind, String path, long firstSeenMs) {
      this.kind = kind;
      this.path = path;
      this.firstSeenMs = firstSeenMs;
    }
  }

  private final DetectorSettings settings;
  private final Map<String, Story> stories = new TreeMap<>();

  /** Stories that are over, by key, with the time at which they were. */
  private final Map<String, Story> over = new HashMap<>();

  private final Map<String, Long> overMs = new HashMap<>();

  /** What happened to incidents, a line each. */
  final List<String> events = new ArrayList<>();

  ObviousLedger(DetectorSettings settings) {
    this.settings = settings;
  }

  boolean isOpen(String key) {
    Story story = stories.get(key);
    return story != null && story.open;
  }

  /** Start of the first window of a story; null if there is none. */
  @Nullable Long firstSeenMs(String key) {
    Story story = stories.get(key);
    return story == null ? null : story.firstSeenMs;
  }

  /** Whether what is open was hot beside its peers when it was found last. */
  boolean isOpenBesidePeers(String key) {
    Story story = stories.get(key);
    return story != null && story.open && story.besidePeers;
  }

  boolean isOpenSince(String key, long ms) {
    Story story = stories.get(key);
    return story != null && story.open && story.openedMs <= ms;
  }

  /** Incidents that are open, and the chips that they affect, by kind. */
  Map<IncidentKind, List<Integer>> open() {
    Map<IncidentKind, List<Integer>> open = new TreeMap<>();
    for (Story s : stories.values()) {
      if (s.open) {
        open.computeIfAbsent(s.kind, k -> new ArrayList<>()).add(s.chips);
      }
    }
    return open;
  }

  /** Takes what a window says. */
  void take(ObviousJudgement window) {
    for (ObviousFinding f : window.findings.values()) {
      String key = ObviousJudgement.key(f.kind, f.path);
      if (f.explained) {
        continue;
      }
      if (!stories.containsKey(key)) {
        long before = (long) f.windowsBefore * settings.windowMs();
        Story story = new Story(f.kind, f.path, window.startMs - before);
        story.present = f.windowsBefore;
        stories.put(key, story);
      }
      if (!isOpen(key)) {
        goOn(f, key);
        if (!isOpen(key)) {
          goOnAfterJob(f, key, window);
        }
      }
    }
    for (Map.Entry<String, Story> entry : List.copyOf(stories.entrySet())) {
      String key = entry.getKey();
      Story story = entry.getValue();
      ObviousFinding found = window.findings.get(key);
      if (found == null || (found.explained && !story.open)) {
        without(key, story, window);
      } else {
        with(story, found, window);
      }
    }
    long week = 7 * 24 * 3_600_000L;
    if (window.startMs / week < window.endMs / week) {
      for (Story story : stories.values()) {
        if (story.open && story.toldMs < window.endMs) {
          tell("UPDATED", story, window.endMs);
        }
      }
    }
  }

  /**
   * A fault that was told as another kind is still that incident, from the window on in which it
   * would open by itself, or the incident would be over.
   */
  private void goOn(ObviousFinding f, String key) {
    int saidSo = 1 + Objects.requireNonNull(stories.get(key)).present;
    for (IncidentKind kind : otherKinds(f.kind)) {
      String told = ObviousJudgement.key(kind, f.path);
      boolean over =
          isOpen(told)
              && Objects.requireNonNull(stories.get(told)).absent + 1 >= settings.closeAfter(kind);
      if (isOpen(told) && (over || saidSo >= settings.openAfter(f.kind))) {
        stories.put(key, stories.remove(told));
        return;
      }
    }
  }

  /**
   * Links may be read a minute and a half after they broke, or two windows. If the job that stands
   * still for them was told before, that was this fault.
   */
  private void goOnAfterJob(ObviousFinding f, String key, ObviousJudgement window) {
    Story begun = Objects.requireNonNull(stories.get(key));
    boolean byLinks =
        Set.of(
                LINK_DOWN,
                LINK_FLAP,
                IncidentKind.CHIP_LINKS,
                IncidentKind.SWITCH_FAULT,
                IncidentKind.PLANE_FAULT)
            .contains(f.kind);
    long overMsAgo =
        window.endMs - overMs.getOrDefault(storyOf(f.kind, f.path), Long.MIN_VALUE / 2);
    boolean returns = returns(f.kind) && overMsAgo <= settings.flapWithinMinutes() * 60_000L;
    if (!byLinks || returns || begun.present + 1 < settings.openAfter(f.kind)) {
      return;
    }
    long most = Math.max(90_000, 2L * settings.windowMs());
    Optional<String> job =
        f.children.stream()
            .filter(c -> c.startsWith("job/"))
            .flatMap(c -> Stream.of(JOB_CRASHED, JOB_HANG).map(k -> ObviousJudgement.key(k, c)))
            .filter(this::isOpen)
            .filter(k -> begun.firstSeenMs - firstSeen(k) >= 0)
            .filter(k -> begun.firstSeenMs - firstSeen(k) <= most)
            .min(Comparator.comparingLong(this::firstSeen).thenComparing(this::pathOf));
    if (job.isPresent()) {
      Story told = Objects.requireNonNull(stories.remove(job.get()));
      told.path = f.path;
      stories.put(key, told);
      ObviousFinding of = window.findings.get(job.get());
      if (of != null) {
        of.explained = true;
      }
    }
  }

  private String pathOf(String key) {
    return Objects.requireNonNull(stories.get(key)).path;
  }

  private long firstSeen(String key) {
    return Objects.requireNonNull(stories.get(key)).firstSeenMs;
  }

  /** As what else the same fault may have been told. */
  private static List<IncidentKind> otherKinds(IncidentKind kind) {
    return switch (kind) {
      case JOB_CRASHED -> List.of(JOB_HANG);
      case LINK_DOWN -> List.of(LINK_DEGRADED, LINK_NARROW, LINK_FLAP);
      case LINK_DEGRADED -> List.of(LINK_DOWN, LINK_NARROW, LINK_FLAP);
      case LINK_NARROW -> List.of(LINK_DOWN, LINK_DEGRADED, LINK_FLAP);
      case LINK_FLAP -> List.of(LINK_DOWN, LINK_DEGRADED, LINK_NARROW);
      default -> List.of();
    };
  }

  private void without(String key, Story story, ObviousJudgement window) {
    if (!story.open) {
      stories.remove(key);
      return;
    }
    boolean pauses = window.pausing.contains(key);
    story.present = 0;
    story.paused += pauses ? 1 : 0;
    story.absent += pauses ? 0 : 1;
    int longest = settings.openAfter(IncidentKind.JOB_HANG) + 2;
    if (pauses ? story.paused >= longest : story.absent >= settings.closeAfter(story.kind)) {
      tell("RESOLVED", story, window.endMs);
      stories.remove(key);
      over.put(storyOf(story.kind, story.path), story);
      overMs.put(storyOf(story.kind, story.path), window.endMs);
    }
  }

  private void with(Story story, ObviousFinding found, ObviousJudgement window) {
    long endMs = window.endMs;
    Map<String, String> work = window.work(found);
    boolean changed =
        story.kind != found.kind
            || story.chips != found.chips
            || (found.critical && !story.critical)
            || (found.code != null && story.code == null)
            || !story.work.keySet().containsAll(work.keySet());
    story.work.replaceAll((job, boards) -> boards.replaceAll("^\\d+", "0"));
    story.work.putAll(work);
    if (Set.of(LINK_DOWN, LINK_FLAP).contains(story.kind)
        && Set.of(LINK_DEGRADED, LINK_NARROW).contains(found.kind)) {
      // It is up again, so that no job stands still for it.
      story.critical = false;
      story.children = 0;
      story.jobs = List.of();
    }
    story.kind = found.kind;
    story.present++;
    story.absent = 0;
    story.paused = 0;
    story.critical |= found.critical;
    story.chips = found.chips;
    story.code = found.code == null ? story.code : found.code;
    story.besidePeers = found.besidePeers;
    List<String> jobs = found.children.stream().filter(c -> c.startsWith("job/")).toList();
    boolean stops = !story.jobs.containsAll(jobs);
    if (stops || found.children.size() >= story.children) {
      story.jobs = jobs;
    }
    story.children = Math.max(story.children, found.children.size());
    if (!story.open && story.present >= settings.openAfter(story.kind)) {
      open(story, endMs);
      tell("OPENED", story, endMs);
    } else if (story.open
        && (changed || stops || story.children > story.childrenTold + story.childrenTold / 2)) {
      tell("UPDATED", story, endMs);
    }
  }

  /** A link that is sick again soon, or a chip that is slow again, is the same incident. */
  private void open(Story story, long endMs) {
    story.open = true;
    story.openedMs = endMs;
    Story before = over.get(storyOf(story.kind, story.path));
    if (before != null && returns(story.kind)) {
      over.remove(storyOf(story.kind, story.path));
      long since = endMs - overMs.getOrDefault(storyOf(story.kind, story.path), 0L);
      if (since <= settings.flapWithinMinutes() * 60_000L) {
        story.firstSeenMs = before.firstSeenMs;
        story.openedMs = before.openedMs;
        story.revision = before.revision;
      }
    }
  }

  private static boolean returns(IncidentKind kind) {
    return kind.name().startsWith("LINK_") || kind == IncidentKind.CHIP_SLOW;
  }

  private static String storyOf(IncidentKind kind, String path) {
    return returns(kind) && kind != IncidentKind.CHIP_SLOW
        ? "link " + path
        : ObviousJudgement.key(kind, path);
  }

  private void tell(String what, Story s, long endMs) {
    s.revision++;
    s.toldMs = endMs;
    s.childrenTold = s.children;
    events.add(
        line(
            endMs,
            what,
            s.kind,
            s.path,
            s.critical,
            s.chips,
            s.children,
            s.firstSeenMs,
            s.openedMs,
            s.revision,
            s.code,
            s.work));
  }

  /** The line of an event of the monitor that is tested. */
  static String line(IncidentEvent e) {
    return line(
        e.eventMs(),
        e.type().name(),
        e.kind(),
        e.subject(),
        e.severity() == IncidentEvent.Severity.CRITICAL,
        e.chipsAffected(),
        e.childrenTotal(),
        e.firstSeenMs(),
        e.openedMs(),
        e.revision(),
        code(e),
        e.jobs().stream()
            .collect(
                Collectors.toMap(
                    AffectedJob::job,
                    j -> j.boards() + " of " + j.boardsInPod(),
                    (a, b) -> a + " twice",
                    TreeMap::new)));
  }

  private static @Nullable String code(IncidentEvent e) {
    return e.evidence().stream()
        .filter(v -> v.finding().equals("error_code"))
        .map(v -> "%d of %d".formatted(v.value(), v.windowStartMs()))
        .findFirst()
        .orElse(null);
  }

  private static String line(
      long atMs,
      String what,
      IncidentKind kind,
      String path,
      boolean critical,
      int chips,
      int children,
      @Nullable Long firstSeenMs,
      @Nullable Long openedMs,
      int revision,
      @Nullable String code,
      Map<String, String> work) {
    return "%d %s %s %s %s, %d chips, %d children, seen %d, opened %d, revision %d%s%s"
        .formatted(
            atMs,
            what,
            kind,
            path,
            critical ? "critical" : "warning",
            chips,
            children,
            firstSeenMs,
            openedMs,
            revision,
            code == null ? "" : ", code " + code,
            work.isEmpty() ? "" : ", work " + work);
  }
}
