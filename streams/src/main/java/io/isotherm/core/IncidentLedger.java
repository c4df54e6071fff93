package io.isotherm.core;

import io.isotherm.core.IncidentEvent.AffectedJob;
import io.isotherm.core.IncidentEvent.Evidence;
import io.isotherm.core.IncidentEvent.Severity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The incidents of a pod, of the site or of jobs over several pods, and their lives: what must last
 * before it opens, and what must be gone for a while before it is resolved.
 *
 * <p>An incident's id is a digest of its kind, subject and first window, so the same input gives
 * the same ids wherever and however often it is read.
 *
 * <p>One fault is one incident. A link that is degraded or narrow may go down, come back degraded
 * or narrow, or flap at its third fall; and a job that hangs may be killed, and has crashed. The
 * incident then changes its kind and keeps its id, once the new kind has lasted as long as opens an
 * incident, or the old one would be resolved. Where a job stopped before the links were read that
 * it stopped for, its incident becomes theirs, with their subject. A link that is sick again within
 * {@code flapWithinMinutes} after its incident was resolved opens the same incident again, and so
 * does a chip that is slow again: the operator has one story to read, not one for each fall.
 *
 * <p>What is open is told again once in {@link #TOLD_AGAIN_MS}, so that the topic of incidents,
 * which forgets after a time, never forgets one that is open.
 */
final class IncidentLedger {
  /**
   * Time after which an open incident is told again, at the same moments of event time for all: a
   * week, far below the 90 days for which the topic keeps it.
   */
  static final long TOLD_AGAIN_MS = Duration.ofDays(7).toMillis();

  /** What can be wrong with a link. */
  private static final List<IncidentKind> OF_LINKS =
      List.of(
          IncidentKind.LINK_DOWN,
          IncidentKind.LINK_DEGRADED,
          IncidentKind.LINK_NARROW,
          IncidentKind.LINK_FLAP);

  /**
   * The finding under which a job is stored among the evidence, where it was once: so the version
   * before can read the state, too.
   */
  private static final String JOB = "job";

  /** What readings of links alone can show, which are taken more rarely than those of chips. */
  private static final List<IncidentKind> OF_LINK_READINGS =
      List.of(
          IncidentKind.LINK_DOWN,
          IncidentKind.LINK_FLAP,
          IncidentKind.CHIP_LINKS,
          IncidentKind.SWITCH_FAULT,
          IncidentKind.PLANE_FAULT);

  /** How a job that something has stopped is told. */
  private static final List<IncidentKind> STOPPED =
      List.of(IncidentKind.JOB_CRASHED, IncidentKind.JOB_HANG);

  /**
   * Event time for which links may be unread, in milliseconds, or two windows: bridges read them
   * once a minute.
   */
  private static final long LINKS_READ_WITHIN_MS = 90_000;

  private final String pod;
  private final DetectorSettings settings;
  private final TreeMap<Long, Entry> entries = new TreeMap<>();

  /** Incidents that were resolved of late and may return, by {@link #storyKey}. Few. */
  private final TreeMap<Long, Resolved> resolved = new TreeMap<>();

  /** What is kept of a resolved incident, to open it again. */
  private record Resolved(
      String id, long firstSeenMs, long openedMs, int revision, long resolvedMs) {}

  IncidentLedger(String pod, DetectorSettings settings) {
    this.pod = pod;
    this.settings = settings;
  }

  private static final class Entry {
    IncidentKind kind;
    String path;
    long firstSeenMs;
    int present;

    /** Windows since it was found last, but for those of {@link #paused}. */
    int absent;

    /** Windows since then in which its job paused. */
    int paused;

    /** Null while the finding has not lasted long enough. */
    @Nullable String id;

    long openedMs;
    int revision;

    /** Of its newest event; not kept, as it is compared within one window only. */
    long toldMs;

    boolean critical;
    int chipsAffected;
    int childrenTotal;
    int childrenTold;
    List<String> children = List.of();
    List<Evidence> evidence = List.of();
    List<AffectedJob> jobs = List.of();

    Entry(IncidentKind kind, String path, long firstSeenMs) {
      this.kind = kind;
      this.path = path;
      this.firstSeenMs = firstSeenMs;
    }
  }

  /** Whether the incident of this kind and subject is open. */
  boolean isOpen(IncidentKind kind, long subject) {
    if (entries.isEmpty()) {
      return false;
    }
    return isOpen(Candidate.key(kind, subject));
  }

  /** Whether the incident of this {@link Candidate#key()} is open. */
  boolean isOpen(long key) {
    Entry e = entries.get(key);
    return e != null && e.id != null;
  }

  /**
   * Start of the first window in a row that says something for an incident, up to one that begins
   * at {@code windowStartMs}.
   */
  long firstSeenMs(Candidate c, long windowStartMs) {
    Entry e = entries.get(c.key());
    return e != null ? e.firstSeenMs : firstSeenNow(c, windowStartMs);
  }

  private long firstSeenNow(Candidate c, long windowStartMs) {
    return windowStartMs - (long) c.windowsBefore * settings.windowMs();
  }

  /**
   * Whether an incident is open and was so at a time already.
   *
   * @param ms event time in milliseconds
   */
  boolean isOpenSince(IncidentKind kind, int subject, long ms) {
    Entry e = entries.get(Candidate.key(kind, subject));
    return e != null && e.id != null && e.openedMs <= ms;
  }

  /** Names of the findings that an incident rests on; none if it is not open. */
  Set<String> findings(IncidentKind kind, int subject) {
    Entry e = entries.get(Candidate.key(kind, subject));
    Set<String> findings = new TreeSet<>();
    if (e != null && e.id != null) {
      e.evidence.forEach(v -> findings.add(v.finding()));
    }
    return findings;
  }

  /** Adds to what an open incident rests on. */
  void note(IncidentKind kind, int subject, Evidence more) {
    Entry e = entries.get(Candidate.key(kind, subject));
    if (e != null && e.evidence.size() < Candidate.MAX_EVIDENCE) {
      List<Evidence> evidence = new ArrayList<>(e.evidence);
      evidence.add(more);
      e.evidence = List.copyOf(evidence);
    }
  }

  /** Number of open incidents. */
  int open() {
    int n = 0;
    for (Entry e : entries.values()) {
      if (e.id != null) {
        n++;
      }
    }
    return n;
  }

  /** What is open, by kind. */
  List<PodWindow.OpenKind> openKinds() {
    TreeMap<IncidentKind, PodWindow.OpenKind> kinds = new TreeMap<>();
    for (Entry e : entries.values()) {
      if (e.id != null) {
        kinds.merge(
            e.kind,
            new PodWindow.OpenKind(e.kind, 1, e.chipsAffected),
            (a, b) ->
                new PodWindow.OpenKind(
                    a.kind(), a.incidents() + b.incidents(), a.chips() + b.chips()));
      }
    }
    return List.copyOf(kinds.values());
  }

  /**
   * Takes what a window says.
   *
   * @param windowStartMs start of the window
   * @param candidates what the window says, by {@link Candidate#key()}
   */
  void update(
      long windowStartMs, SortedMap<Long, Candidate> candidates, Consumer<IncidentEvent> output) {
    update(windowStartMs, candidates, Set.of(), Set.of(), output);
  }

  /**
   * Takes what a window says.
   *
   * @param windowStartMs start of the window
   * @param candidates what the window says, by {@link Candidate#key()}
   * @param unknown keys of which the window says nothing at all: they stay as they are
   * @param pausing keys of which it says nothing as their jobs pause: what is open stays so for as
   *     long as a checkpoint may take
   */
  void update(
      long windowStartMs,
      SortedMap<Long, Candidate> candidates,
      Set<Long> unknown,
      Set<Long> pausing,
      Consumer<IncidentEvent> output) {
    long windowEndMs = windowStartMs + settings.windowMs();
    resolved.values().removeIf(r -> windowEndMs - r.resolvedMs() > reopenMs());
    for (Candidate c : candidates.values()) {
      if (!c.covered) {
        Entry e = entries.computeIfAbsent(c.key(), key -> begun(c, windowStartMs));
        if (e.id == null) {
          goOnWithEarlier(c, e.present + 1);
          goOnWithStoppedJob(c, candidates, e);
        }
      }
    }
    for (Iterator<Map.Entry<Long, Entry>> i = entries.entrySet().iterator(); i.hasNext(); ) {
      Map.Entry<Long, Entry> next = i.next();
      if (unknown.contains(next.getKey())) {
        continue;
      }
      Entry e = next.getValue();
      Candidate c = candidates.get(next.getKey());
      if (c == null || (c.covered && e.id == null)) {
        e.present = 0;
        if (e.id == null) {
          i.remove();
        } else if (goesWithout(e, pausing.contains(next.getKey()))) {
          output.accept(event(e, IncidentEvent.Type.RESOLVED, windowEndMs));
          remember(e, next.getKey(), windowEndMs);
          i.remove();
        }
        continue;
      }
      boolean renamed = e.kind != c.kind;
      if (isUpAgain(e.kind, c.kind)) {
        e.critical = false;
        e.childrenTotal = 0;
        e.children = List.of();
      }
      e.kind = c.kind;
      e.present++;
      e.absent = 0;
      e.paused = 0;
      boolean worse = c.critical && !e.critical;
      boolean changed = c.chipsAffected != e.chipsAffected || worse;
      e.critical |= c.critical;
      e.chipsAffected = c.chipsAffected;
      boolean stops = stopsAnother(c, e);
      if (stops || c.childrenTotal >= e.childrenTotal) {
        e.childrenTotal = Math.max(e.childrenTotal, c.childrenTotal);
        e.children = List.copyOf(c.children);
      }
      boolean named = !ErrorCodes.keep(e.evidence, c);
      e.evidence = List.copyOf(c.evidence);
      boolean hitsAnother = !names(e.jobs).containsAll(names(c.jobs));
      e.jobs = everHit(c.jobs, e.jobs);
      // Children come and go one by one; only a job or a substantial growth is worth telling.
      boolean grown = e.childrenTotal > e.childrenTold + e.childrenTold / 2;
      if (e.id == null) {
        if (e.present >= settings.openAfter(e.kind)) {
          open(e, next.getKey(), windowEndMs);
          output.accept(event(e, IncidentEvent.Type.OPENED, windowEndMs));
        }
      } else if (changed || grown || stops || renamed || named || hitsAnother) {
        output.accept(event(e, IncidentEvent.Type.UPDATED, windowEndMs));
      }
    }
    if (Math.floorDiv(windowStartMs, TOLD_AGAIN_MS) != Math.floorDiv(windowEndMs, TOLD_AGAIN_MS)) {
      tellAgain(windowEndMs, output);
    }
  }

  /** Whether a job stands still for it of which that was not said before. */
  private static boolean stopsAnother(Candidate c, Entry e) {
    for (String child : c.children) {
      if (!JobCourses.isPath(child)) {
        return false;
      }
      if (!e.children.contains(child)) {
        return true;
      }
    }
    return false;
  }

  /** The jobs that work there now, and then those that did while it was open, without a board. */
  private static List<AffectedJob> everHit(List<AffectedJob> now, List<AffectedJob> before) {
    if (now.equals(before)) {
      return before;
    }
    Set<String> here = names(now);
    Stream<AffectedJob> gone =
        before.stream()
            .filter(j -> !here.contains(j.job()))
            .map(j -> new AffectedJob(j.job(), 0, j.boardsInPod()));
    return Stream.concat(now.stream(), gone).limit(AffectedJobs.MAX_JOBS).toList();
  }

  private static Set<String> names(List<AffectedJob> jobs) {
    return jobs.stream().map(AffectedJob::job).collect(Collectors.toSet());
  }

  /** Tells all that is open, but for what this window has told. */
  private void tellAgain(long windowEndMs, Consumer<IncidentEvent> output) {
    for (Entry e : entries.values()) {
      if (e.id != null && e.toldMs != windowEndMs) {
        output.accept(event(e, IncidentEvent.Type.UPDATED, windowEndMs));
      }
    }
  }

  /** Counts a window without the finding, and says whether the incident is resolved with it. */
  private boolean goesWithout(Entry e, boolean pausing) {
    if (pausing) {
      // A pause that is longer than a checkpoint, with the windows in which it begins and ends.
      return ++e.paused >= settings.openAfter(IncidentKind.JOB_HANG) + 2;
    }
    return ++e.absent >= settings.closeAfter(e.kind);
  }

  /**
   * Resolves all that is open and forgets the rest: nobody will say of these parts that they are
   * well.
   *
   * @param eventMs event time at which the parts ended
   */
  void end(long eventMs, Consumer<IncidentEvent> output) {
    for (Entry e : entries.values()) {
      if (e.id != null) {
        output.accept(
            event(
                e, IncidentEvent.Type.RESOLVED, eventMs, "Resolved, as the pod's parts changed: "));
      }
    }
    entries.clear();
    resolved.clear();
  }

  private Entry begun(Candidate c, long windowStartMs) {
    Entry e = new Entry(c.kind, c.path, firstSeenNow(c, windowStartMs));
    e.present = c.windowsBefore;
    return e;
  }

  /**
   * Lets a candidate go on with the open incident of the same fault by another kind. It must have
   * lasted, as one window may be wrong: a job that hangs looks as if it had crashed when its memory
   * is not told. But what is still there is not told to be resolved.
   *
   * @param present windows in a row with the candidate
   */
  private void goOnWithEarlier(Candidate c, int present) {
    for (IncidentKind kind : earlier(c.kind)) {
      long key = Candidate.key(kind, Candidate.subjectOf(c.key()));
      Entry before = kind == c.kind ? null : entries.get(key);
      if (before != null
          && before.id != null
          && (present >= settings.openAfter(c.kind)
              || before.absent + 1 >= settings.closeAfter(kind))) {
        entries.remove(key);
        entries.put(c.key(), before);
        return;
      }
    }
  }

  /**
   * Lets a candidate that is known from readings of links go on with the open incident of a job
   * that stands still for it, and stopped no longer before than links may be unread: that was its
   * first sign. Of several jobs the one that stopped first.
   *
   * @param begun what is known of the candidate, which is not told yet
   */
  private void goOnWithStoppedJob(Candidate c, SortedMap<Long, Candidate> candidates, Entry begun) {
    if (!OF_LINK_READINGS.contains(c.kind)
        || entries.get(c.key()) != begun
        || begun.present + 1 < settings.openAfter(c.kind)
        || (returns(c.kind) && resolved.containsKey(storyKey(c.kind, c.key())))) {
      return;
    }
    long withinMs = Math.max(LINKS_READ_WITHIN_MS, 2L * settings.windowMs());
    Entry first = null;
    long firstKey = 0;
    for (String child : c.children) {
      for (IncidentKind kind : JobCourses.isPath(child) ? STOPPED : List.<IncidentKind>of()) {
        long key = Candidate.key(kind, JobCourses.numberOf(child));
        Entry job = entries.get(key);
        if (job != null
            && job.id != null
            && job.firstSeenMs <= begun.firstSeenMs
            && begun.firstSeenMs - job.firstSeenMs <= withinMs
            && (first == null || isBefore(job, first))) {
          first = job;
          firstKey = key;
        }
      }
    }
    if (first != null) {
      entries.remove(firstKey);
      first.path = c.path;
      entries.put(c.key(), first);
      Candidate job = candidates.get(firstKey);
      if (job != null) {
        job.covered = true;
      }
    }
  }

  /** Of two jobs that stopped in the same window the first by name. */
  private static boolean isBefore(Entry job, Entry other) {
    return job.firstSeenMs == other.firstSeenMs
        ? job.path.compareTo(other.path) < 0
        : job.firstSeenMs < other.firstSeenMs;
  }

  /** Kinds as which the fault that now is of this kind may have been told. */
  private static List<IncidentKind> earlier(IncidentKind kind) {
    return switch (kind) {
      case JOB_CRASHED -> List.of(IncidentKind.JOB_HANG);
      case LINK_DOWN, LINK_DEGRADED, LINK_NARROW, LINK_FLAP -> OF_LINKS;
      case POD_SILENT,
          CABINET_SILENT,
          BOARD_SILENT,
          BOARD_CLOCK,
          CHIP_SILENT,
          CHIP_FATAL,
          CHIP_HOT,
          CABINET_HOT,
          COOLING_LOOP_HOT,
          CHIP_SLOW,
          HBM_CORRECTABLE,
          HBM_UNCORRECTABLE,
          CHIP_LINKS,
          SWITCH_FAULT,
          PLANE_FAULT,
          CONGESTION,
          POWER_SAG,
          JOB_HANG,
          JOB_SLOW,
          HOST_RESTART,
          SITE_FAULT ->
          List.of();
    };
  }

  /** Whether a link that was down is only sick now: what it stopped, it stops no longer. */
  private static boolean isUpAgain(IncidentKind before, IncidentKind now) {
    return (before == IncidentKind.LINK_DOWN || before == IncidentKind.LINK_FLAP)
        && (now == IncidentKind.LINK_DEGRADED || now == IncidentKind.LINK_NARROW);
  }

  /** Gives an incident its id: that of the one it continues, or a new one. */
  private void open(Entry e, long key, long windowEndMs) {
    Resolved before = returns(e.kind) ? resolved.remove(storyKey(e.kind, key)) : null;
    if (before == null) {
      e.id = id(e.kind, e.path, e.firstSeenMs);
      e.openedMs = windowEndMs;
    } else {
      e.id = before.id();
      e.firstSeenMs = before.firstSeenMs();
      e.openedMs = before.openedMs();
      e.revision = before.revision();
    }
  }

  private void remember(Entry e, long key, long windowEndMs) {
    String id = e.id;
    if (id != null && returns(e.kind)) {
      resolved.put(
          storyKey(e.kind, key),
          new Resolved(id, e.firstSeenMs, e.openedMs, e.revision, windowEndMs));
    }
  }

  /** Whether what was resolved of late and begins again is the same incident. */
  private static boolean returns(IncidentKind kind) {
    return OF_LINKS.contains(kind) || kind == IncidentKind.CHIP_SLOW;
  }

  /**
   * Key of the story that an incident belongs to: of a link, whatever is wrong, that it is down.
   */
  private static long storyKey(IncidentKind kind, long key) {
    return OF_LINKS.contains(kind)
        ? Candidate.key(IncidentKind.LINK_DOWN, Candidate.subjectOf(key))
        : key;
  }

  private long reopenMs() {
    return 60_000L * settings.flapWithinMinutes();
  }

  private IncidentEvent event(Entry e, IncidentEvent.Type type, long eventMs) {
    return event(e, type, eventMs, type == IncidentEvent.Type.RESOLVED ? "Resolved: " : "");
  }

  private IncidentEvent event(Entry e, IncidentEvent.Type type, long eventMs, String before) {
    e.revision++;
    e.toldMs = eventMs;
    e.childrenTold = e.childrenTotal;
    return new IncidentEvent(
        e.id == null ? "" : e.id,
        e.revision,
        type,
        e.kind,
        e.critical ? Severity.CRITICAL : Severity.WARNING,
        pod,
        e.path,
        e.firstSeenMs,
        e.openedMs,
        eventMs,
        e.chipsAffected,
        before + Advice.summary(e.kind, e.path, e.chipsAffected, e.evidence, e.jobs),
        Advice.nextStep(e.kind),
        e.evidence,
        e.children,
        e.childrenTotal,
        e.jobs);
  }

  private static String id(IncidentKind kind, String path, long firstSeenMs) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256")
              .digest((kind + "|" + path + "|" + firstSeenMs).getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }

  void write(DataOutputStream out) throws IOException {
    out.writeInt(entries.size());
    for (Map.Entry<Long, Entry> next : entries.entrySet()) {
      Entry e = next.getValue();
      out.writeLong(next.getKey());
      out.writeUTF(e.path);
      out.writeLong(e.firstSeenMs);
      out.writeInt(e.present);
      // Together the int that the second of them was before pauses were counted.
      out.writeShort(e.paused);
      out.writeShort(e.absent);
      out.writeUTF(e.id == null ? "" : e.id);
      out.writeLong(e.openedMs);
      out.writeInt(e.revision);
      out.writeBoolean(e.critical);
      out.writeInt(e.chipsAffected);
      out.writeInt(e.childrenTotal);
      out.writeInt(e.childrenTold);
      out.writeInt(e.children.size());
      for (String child : e.children) {
        out.writeUTF(child);
      }
      out.writeInt(e.evidence.size() + e.jobs.size());
      for (Evidence v : e.evidence) {
        write(v, out);
      }
      for (AffectedJob j : e.jobs) {
        write(new Evidence(JOB, JobCourses.path(j.job()), 0, j.boards(), j.boardsInPod(), ""), out);
      }
    }
    writeResolved(out);
  }

  private static void write(Evidence v, DataOutputStream out) throws IOException {
    out.writeUTF(v.finding());
    out.writeUTF(v.subject());
    out.writeLong(v.windowStartMs());
    out.writeLong(v.value());
    out.writeLong(v.expected());
    out.writeUTF(v.unit());
  }

  private static Evidence readEvidence(DataInputStream in) throws IOException {
    return new Evidence(
        in.readUTF(), in.readUTF(), in.readLong(), in.readLong(), in.readLong(), in.readUTF());
  }

  private void writeResolved(DataOutputStream out) throws IOException {
    out.writeInt(resolved.size());
    for (Map.Entry<Long, Resolved> next : resolved.entrySet()) {
      Resolved r = next.getValue();
      out.writeLong(next.getKey());
      out.writeUTF(r.id());
      out.writeLong(r.firstSeenMs());
      out.writeLong(r.openedMs());
      out.writeInt(r.revision());
      out.writeLong(r.resolvedMs());
    }
  }

  private void readResolved(DataInputStream in) throws IOException {
    resolved.clear();
    for (int n = in.readInt(); n > 0; n--) {
      resolved.put(
          Candidate.keyOf(in.readLong()),
          new Resolved(in.readUTF(), in.readLong(), in.readLong(), in.readInt(), in.readLong()));
    }
  }

  void read(DataInputStream in) throws IOException {
    entries.clear();
    for (int n = in.readInt(); n > 0; n--) {
      long key = Candidate.keyOf(in.readLong());
      Entry e = new Entry(Candidate.kindOf(key), in.readUTF(), in.readLong());
      if (JobCourses.isPath(e.path)) {
        key = Candidate.key(e.kind, JobCourses.numberOf(e.path));
      }
      e.present = in.readInt();
      e.paused = in.readShort();
      e.absent = in.readShort();
      String id = in.readUTF();
      e.id = id.isEmpty() ? null : id;
      e.openedMs = in.readLong();
      e.revision = in.readInt();
      e.critical = in.readBoolean();
      e.chipsAffected = in.readInt();
      e.childrenTotal = in.readInt();
      e.childrenTold = in.readInt();
      List<String> children = new ArrayList<>();
      for (int c = in.readInt(); c > 0; c--) {
        children.add(in.readUTF());
      }
      e.children = List.copyOf(children);
      List<Evidence> evidence = new ArrayList<>();
      List<AffectedJob> jobs = new ArrayList<>();
      for (int told = in.readInt(); told > 0; told--) {
        Evidence v = readEvidence(in);
        if (v.finding().equals(JOB)) {
          jobs.add(
              new AffectedJob(JobCourses.job(v.subject()), (int) v.value(), (int) v.expected()));
        } else {
          evidence.add(v);
        }
      }
      e.evidence = List.copyOf(evidence);
      e.jobs = List.copyOf(jobs);
      entries.put(key, e);
    }
    readResolved(in);
  }

  /** A page that {@code write} fills and {@code read} takes. */
  interface Page {
    void write(DataOutputStream out) throws IOException;
  }

  static byte[] bytes(Page page) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(512);
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      page.write(out);
    } catch (IOException e) {
      throw new AssertionError("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  static DataInputStream input(ByteBuffer bytes) {
    byte[] copy = new byte[bytes.remaining()];
    bytes.get(copy);
    return new DataInputStream(new ByteArrayInputStream(copy));
  }
}
