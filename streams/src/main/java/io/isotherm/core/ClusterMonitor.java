package io.isotherm.core;

import io.isotherm.core.PodWindow.StateCounts;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Folds the windows of all pods into one window of the cluster, once every pod has closed it, and
 * what happens to many pods at once into one incident of the site; and judges the jobs that are
 * placed in several pods.
 *
 * <p>A pod belongs to the windows that end at or after the time from which the topology names it;
 * of earlier ones nobody waits for it. In a window in which it belongs to the cluster and has said
 * nothing yet its chips count as unknown: those of the version of the pod that holds at the
 * window's end. A pod that has told counts with the chips that it was judged by. The order in which
 * the pods' windows arrive does not matter; each pod's own must come in order, and a window that
 * comes again changes nothing.
 *
 * <p><b>Pods that disagree about time.</b> A pod's own time can be hours wrong and can be put right
 * again, so it may go back: a window that is no newer but has a higher number was closed after all.
 * What time it is says more than half of the pods that speak. Windows ahead of that wait and close
 * nothing; a pod that has gone far back is left behind until it has caught up, its chips unknown;
 * and when more than half have gone back, the cluster goes with them.
 */
public final class ClusterMonitor {
  private static final byte VERSION = 6;

  /** The version before it was known what jobs go on with; it is read, too. */
  private static final byte WITHOUT_OLD_FAULTS = 5;

  /** The version before jobs over several pods were judged here; it is read, too. */
  private static final byte WITHOUT_JOBS = 4;

  /**
   * Windows that wait for a slow pod before the cluster goes on without it, and as many that may
   * lie ahead of the cluster's time.
   */
  private static final int MAX_WAITING = 1_000;

  /** Windows that begin, anywhere, before a pod that says nothing has no say in what time it is. */
  private static final int MAX_UNHEARD = MAX_WAITING / 2;

  /** How far behind the cluster, at least, a pod is that nobody waits for; and two windows. */
  private static final long FAR_BEHIND_MS = 300_000;

  private static final long NEVER = Long.MIN_VALUE;

  /**
   * What the topology says of a pod.
   *
   * @param chipsFrom number of its chips in each version, at least one, by the event time from
   *     which it holds, in milliseconds since 1970-01-01 UTC; from the first one on the pod belongs
   *     to the cluster
   */
  public record Pod(SortedMap<Long, Integer> chipsFrom) {
    /** Copies the versions. */
    public Pod {
      chipsFrom = Collections.unmodifiableSortedMap(new TreeMap<>(chipsFrom));
    }

    /** A pod that never changes. */
    public Pod(int chips, long fromMs) {
      this(new TreeMap<>(Map.of(fromMs, chips)));
    }

    long fromMs() {
      return chipsFrom.firstKey();
    }

    /** Chips of the version that holds at a time, which is no earlier than the first one's. */
    int chipsAt(long timeMs) {
      int chips = 0;
      for (Map.Entry<Long, Integer> version : chipsFrom.entrySet()) {
        if (version.getKey() <= timeMs) {
          chips = version.getValue();
        }
      }
      return chips;
    }
  }

  /** Takes what a cluster's monitor has to say. */
  public interface Output {
    /** All pods have closed a window. */
    void cluster(ClusterWindow window);

    /**
     * Something happened to an incident of the site or of a job over several pods; before the
     * window in which it did.
     */
    void incident(IncidentEvent event);
  }

  private final String cluster;
  private final SiteFindings site;
  private final SpanningJobs jobs;

  /** The pods that the topology names. */
  private final TreeMap<String, Pod> pods = new TreeMap<>();

  /** What each pod said last. */
  private final TreeMap<String, LastWord> lastWords = new TreeMap<>();

  /** What is known of the windows that are not yet closed, by their start. */
  private final TreeMap<Long, Sums> waiting = new TreeMap<>();

  private long closedBeforeMs = NEVER;

  /** Windows of the cluster of which a first pod has told; the clock for who is still heard. */
  private long begun;

  private static final class LastWord {
    /** Start of its window; {@link #NEVER} if it has said nothing. */
    long startMs = NEVER;

    /** The window's number by the pod's own count. */
    long windows;

    /** {@link #begun} at that time. */
    long begun;

    /** Nobody waits for it. */
    boolean leftBehind;
  }

  private static final class Sums {
    int windowMs;
    final TreeSet<String> pods = new TreeSet<>();
    int podsReporting;
    int chips;
    int healthy;
    int suspect;
    int degraded;
    int failed;
    int unknown;
    int chipsReporting;
    long effective;
    long power;
    int links;
    int linksDown;
    int linksDegraded;
    int openIncidents;
    final TreeMap<String, List<PodWindow.OpenKind>> open = new TreeMap<>();
    final TreeMap<String, JobTally> jobs = new TreeMap<>();
  }

  /**
   * @param cluster name of the cluster
   * @param settings windows and thresholds
   */
  public ClusterMonitor(String cluster, DetectorSettings settings) {
    this.cluster = cluster;
    this.site = new SiteFindings(settings);
    this.jobs = new SpanningJobs(settings);
  }

  /** Replaces what is known of the pods, by their names. */
  public void pods(Map<String, Pod> newPods) {
    pods.clear();
    pods.putAll(newPods);
    lastWords.keySet().retainAll(pods.keySet());
  }

  /** Takes the next window of a pod; one of a pod that the topology does not name is ignored. */
  public void accept(PodWindow w, Output output) {
    if (!pods.containsKey(w.pod()) || !hear(w)) {
      return;
    }
    if (w.windowStartMs() < closedBeforeMs && mostAreLeftBehind()) {
      goBackTo(w.windowStartMs());
    }
    if (w.windowStartMs() >= closedBeforeMs) {
      enter(w);
    }
    closeRipe(output);
  }

  /** Notes what the pod said; false if it has said so before. */
  private boolean hear(PodWindow w) {
    LastWord last = lastWord(w.pod());
    boolean back = last.startMs != NEVER && w.windowStartMs() <= last.startMs;
    if (back) {
      if (w.counters().windows() <= last.windows) {
        return false;
      }
      forgetFrom(w.windowStartMs(), w.pod());
    }
    last.startMs = w.windowStartMs();
    last.windows = w.counters().windows();
    last.begun = begun;
    last.leftBehind =
        closedBeforeMs != NEVER
            && closedBeforeMs - w.windowStartMs() > Math.max(FAR_BEHIND_MS, 2L * w.windowMs());
    return true;
  }

  private LastWord lastWord(String pod) {
    return lastWords.computeIfAbsent(pod, name -> new LastWord());
  }

  /** Drops what only this pod has told of times that it has gone back from. */
  private void forgetFrom(long startMs, String pod) {
    waiting.tailMap(startMs).values().removeIf(s -> s.pods.size() == 1 && s.pods.contains(pod));
  }

  /** Whether more than half of the pods that speak were left behind. */
  private boolean mostAreLeftBehind() {
    int heard = 0;
    int behind = 0;
    for (LastWord last : lastWords.values()) {
      if (isHeard(last)) {
        heard++;
        behind += last.leftBehind ? 1 : 0;
      }
    }
    return behind * 2 > heard;
  }

  private void goBackTo(long startMs) {
    waiting.clear();
    closedBeforeMs = startMs;
    for (LastWord last : lastWords.values()) {
      last.leftBehind &= !isHeard(last);
    }
  }

  private boolean isHeard(LastWord last) {
    return last.startMs != NEVER && begun - last.begun <= MAX_UNHEARD;
  }

  /** The newest window that more than half of the pods that speak have closed. */
  private long timeOfMostMs() {
    long[] starts =
        lastWords.values().stream()
            .filter(this::isHeard)
            .mapToLong(p -> p.startMs)
            .sorted()
            .toArray();
    return starts.length == 0 ? NEVER : starts[(starts.length - 1) / 2];
  }

  private void enter(PodWindow w) {
    Sums s = waiting.get(w.windowStartMs());
    if (s == null) {
      s = new Sums();
      waiting.put(w.windowStartMs(), s);
      begun++;
    }
    // A pod that went back may come a second time to a window of which others have told, too.
    if (s.pods.add(w.pod())) {
      add(w, s);
    }
  }

  private static void add(PodWindow w, Sums s) {
    s.windowMs = w.windowMs();
    s.podsReporting += w.chipsReporting() > 0 ? 1 : 0;
    s.chips += w.chips();
    s.healthy += w.states().healthy();
    s.suspect += w.states().suspect();
    s.degraded += w.states().degraded();
    s.failed += w.states().failed();
    s.unknown += w.states().unknown();
    s.chipsReporting += w.chipsReporting();
    s.effective += (long) w.effectiveComputePermille() * w.chips();
    s.power += w.power();
    s.links += w.links().ports();
    s.linksDown += w.links().down();
    s.linksDegraded += w.links().degraded();
    s.openIncidents += w.openIncidents();
    if (!w.openKinds().isEmpty()) {
      s.open.put(w.pod(), w.openKinds());
    }
    SpanningJobs.add(w, s.jobs);
  }

  private void closeRipe(Output output) {
    while (!waiting.isEmpty()) {
      long start = waiting.firstKey();
      Sums s = waiting.firstEntry().getValue();
      List<String> missing = missing(start, s);
      if (!missing.isEmpty() && !tooManyWait()) {
        return;
      }
      missing.forEach(pod -> lastWord(pod).leftBehind = true);
      close(start, s, output);
    }
  }

  /** The pods that a window waits for. */
  private List<String> missing(long start, Sums s) {
    List<String> missing = new ArrayList<>();
    for (Map.Entry<String, Pod> e : pods.entrySet()) {
      LastWord last = lastWords.get(e.getKey());
      boolean spoke = last != null && last.startMs != NEVER;
      // Only a later version of a pod may be known; that it goes on is then known from itself.
      boolean awaited = spoke || e.getValue().fromMs() <= start + s.windowMs;
      boolean there = last != null && (last.leftBehind || last.startMs >= start);
      if (awaited && !there) {
        missing.add(e.getKey());
      }
    }
    return missing;
  }

  /** Whether too many windows wait for slow pods; too many that are ahead are dropped. */
  private boolean tooManyWait() {
    if (waiting.size() <= MAX_WAITING) {
      return false;
    }
    long now = timeOfMostMs();
    for (int ahead = waiting.tailMap(now, false).size(); ahead > MAX_WAITING; ahead--) {
      waiting.pollLastEntry();
    }
    return waiting.headMap(now, true).size() > MAX_WAITING;
  }

  private void close(long start, Sums s, Output output) {
    // A pod that spoke has the chips that it told of, also before the topology names it.
    int allPods = s.pods.size();
    int allChips = s.chips;
    for (Map.Entry<String, Pod> e : pods.entrySet()) {
      if (!s.pods.contains(e.getKey()) && e.getValue().fromMs() <= start + s.windowMs) {
        allPods++;
        allChips += e.getValue().chipsAt(start + s.windowMs);
      }
    }
    waiting.remove(start);
    closedBeforeMs = start + 1;
    long end = start + s.windowMs;
    Set<String> missing = new TreeSet<>(pods.keySet());
    missing.removeAll(s.pods);
    jobs.judge(start, s.jobs, missing, output::incident);
    site.judge(
        start,
        jobs.with(s.open, s.jobs),
        pod -> chipsAt(pod, end),
        allPods,
        allChips,
        output::incident);
    output.cluster(
        new ClusterWindow(
            cluster,
            start,
            s.windowMs,
            allPods,
            s.podsReporting,
            allChips,
            new StateCounts(
                s.healthy, s.suspect, s.degraded, s.failed, s.unknown + allChips - s.chips),
            s.chipsReporting,
            allChips == 0 ? 0 : (int) (s.effective / allChips),
            s.power,
            s.links,
            s.linksDown,
            s.linksDegraded,
            s.openIncidents + jobs.open() + site.open(),
            Stream.concat(jobs.openKinds().stream(), site.openKinds().stream()).toList()));
  }

  /** Chips of a pod by the topology; of one that it has dropped, more than any pod has. */
  private int chipsAt(String name, long timeMs) {
    Pod pod = pods.get(name);
    return pod == null ? Integer.MAX_VALUE : pod.chipsAt(timeMs);
  }

  /** The state, to go on from after a restart; the pods are not part of it. */
  public byte[] write() {
    return IncidentLedger.bytes(
        out -> {
          out.writeByte(VERSION);
          out.writeLong(closedBeforeMs);
          out.writeLong(begun);
          out.writeInt(lastWords.size());
          for (Map.Entry<String, LastWord> e : lastWords.entrySet()) {
            LastWord last = e.getValue();
            out.writeUTF(e.getKey());
            out.writeLong(last.startMs);
            out.writeLong(last.windows);
            out.writeLong(last.begun);
            out.writeBoolean(last.leftBehind);
          }
          out.writeInt(waiting.size());
          for (Map.Entry<Long, Sums> e : waiting.entrySet()) {
            Sums s = e.getValue();
            out.writeLong(e.getKey());
            out.writeInt(s.windowMs);
            out.writeInt(s.pods.size());
            for (String pod : s.pods) {
              out.writeUTF(pod);
            }
            out.writeInt(s.podsReporting);
            out.writeInt(s.chips);
            out.writeInt(s.healthy);
            out.writeInt(s.suspect);
            out.writeInt(s.degraded);
            out.writeInt(s.failed);
            out.writeInt(s.unknown);
            out.writeInt(s.chipsReporting);
            out.writeLong(s.effective);
            out.writeLong(s.power);
            out.writeInt(s.links);
            out.writeInt(s.linksDown);
            out.writeInt(s.linksDegraded);
            out.writeInt(s.openIncidents);
            out.writeInt(s.open.size());
            for (Map.Entry<String, List<PodWindow.OpenKind>> pod : s.open.entrySet()) {
              out.writeUTF(pod.getKey());
              out.writeInt(pod.getValue().size());
              for (PodWindow.OpenKind k : pod.getValue()) {
                out.writeInt(k.kind().code());
                out.writeInt(k.incidents());
                out.writeInt(k.chips());
              }
            }
            out.writeInt(s.jobs.size());
            for (Map.Entry<String, JobTally> job : s.jobs.entrySet()) {
              out.writeUTF(job.getKey());
              job.getValue().write(out);
            }
          }
          site.write(out);
          jobs.write(out);
        });
  }

  /**
   * Goes on from a state that {@link #write} gave.
   *
   * @throws IllegalArgumentException if it was not written by this version or one of the two before
   */
  public void read(byte[] state) {
    try (DataInputStream in = IncidentLedger.input(ByteBuffer.wrap(state))) {
      byte version = in.readByte();
      if (version < WITHOUT_JOBS || version > VERSION) {
        throw new IllegalArgumentException("stored state of the cluster is of another version");
      }
      closedBeforeMs = in.readLong();
      begun = in.readLong();
      lastWords.clear();
      for (int n = in.readInt(); n > 0; n--) {
        LastWord last = new LastWord();
        lastWords.put(in.readUTF(), last);
        last.startMs = in.readLong();
        last.windows = in.readLong();
        last.begun = in.readLong();
        last.leftBehind = in.readBoolean();
      }
      waiting.clear();
      for (int n = in.readInt(); n > 0; n--) {
        long start = in.readLong();
        Sums s = new Sums();
        s.windowMs = in.readInt();
        for (int told = in.readInt(); told > 0; told--) {
          s.pods.add(in.readUTF());
        }
        s.podsReporting = in.readInt();
        s.chips = in.readInt();
        s.healthy = in.readInt();
        s.suspect = in.readInt();
        s.degraded = in.readInt();
        s.failed = in.readInt();
        s.unknown = in.readInt();
        s.chipsReporting = in.readInt();
        s.effective = in.readLong();
        s.power = in.readLong();
        s.links = in.readInt();
        s.linksDown = in.readInt();
        s.linksDegraded = in.readInt();
        s.openIncidents = in.readInt();
        for (int pods = in.readInt(); pods > 0; pods--) {
          String pod = in.readUTF();
          List<PodWindow.OpenKind> kinds = new ArrayList<>();
          for (int k = in.readInt(); k > 0; k--) {
            kinds.add(
                new PodWindow.OpenKind(IncidentKind.of(in.readInt()), in.readInt(), in.readInt()));
          }
          s.open.put(pod, kinds);
        }
        for (int told = version == WITHOUT_JOBS ? 0 : in.readInt(); told > 0; told--) {
          s.jobs.put(in.readUTF(), JobTally.read(in, version == WITHOUT_OLD_FAULTS));
        }
        waiting.put(start, s);
      }
      site.read(in);
      if (version != WITHOUT_JOBS) {
        jobs.read(in, version == WITHOUT_OLD_FAULTS);
      }
    } catch (IOException e) {
      throw new IllegalArgumentException("stored state of the cluster is cut short", e);
    }
  }
}
