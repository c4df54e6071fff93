package io.isotherm.core;

import io.isotherm.core.PodWindow.StateCounts;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Folds the windows of all pods into one window of the cluster, once every pod has closed it, and
 * what happens to many pods at once into one incident of the site.
 *
 * <p>A pod belongs to the windows that end at or after the time from which the topology names it;
 * of earlier ones nobody waits for it. In a window in which it belongs to the cluster and has said
 * nothing yet its chips count as unknown. The order in which the pods' windows arrive does not
 * matter; each pod's own must come in order, and a window that comes again changes nothing.
 */
public final class ClusterMonitor {
  private static final byte VERSION = 2;

  /** Windows that wait for a slow pod before the cluster goes on without it. */
  private static final int MAX_WAITING = 1_000;

  /**
   * What the topology says of a pod.
   *
   * @param chips number of its chips
   * @param fromMs event time from which it belongs to the cluster, in milliseconds since 1970-01-01
   *     UTC
   */
  public record Pod(int chips, long fromMs) {}

  /** Takes what a cluster's monitor has to say. */
  public interface Output {
    /** All pods have closed a window. */
    void cluster(ClusterWindow window);

    /** Something happened to an incident of the site; before the window in which it did. */
    void incident(IncidentEvent event);
  }

  private final String cluster;
  private final SiteFindings site;

  /** The pods that the topology names. */
  private final TreeMap<String, Pod> pods = new TreeMap<>();

  /** Start of the newest window of each pod. */
  private final TreeMap<String, Long> newest = new TreeMap<>();

  /** What is known of the windows that are not yet closed, by their start. */
  private final TreeMap<Long, Sums> waiting = new TreeMap<>();

  private long closedBeforeMs = Long.MIN_VALUE;

  private static final class Sums {
    int windowMs;
    int pods;
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
  }

  /**
   * @param cluster name of the cluster
   * @param settings windows and thresholds
   */
  public ClusterMonitor(String cluster, DetectorSettings settings) {
    this.cluster = cluster;
    this.site = new SiteFindings(settings);
  }

  /** Replaces what is known of the pods, by their names. */
  public void pods(Map<String, Pod> newPods) {
    pods.clear();
    pods.putAll(newPods);
    newest.keySet().retainAll(pods.keySet());
  }

  /** Takes the next window of a pod; one of a pod that the topology does not name is ignored. */
  public void accept(PodWindow w, Output output) {
    Long before = newest.get(w.pod());
    if (!pods.containsKey(w.pod())
        || w.windowStartMs() < closedBeforeMs
        || (before != null && w.windowStartMs() <= before)) {
      return;
    }
    newest.put(w.pod(), w.windowStartMs());
    Sums s = waiting.computeIfAbsent(w.windowStartMs(), k -> new Sums());
    s.windowMs = w.windowMs();
    s.pods++;
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
    closeRipe(output);
  }

  private void closeRipe(Output output) {
    while (!waiting.isEmpty()) {
      Map.Entry<Long, Sums> first = waiting.firstEntry();
      long start = first.getKey();
      Sums s = first.getValue();
      boolean ripe = true;
      int allPods = 0;
      int allChips = 0;
      for (Map.Entry<String, Pod> e : pods.entrySet()) {
        Long spoke = newest.get(e.getKey());
        if (e.getValue().fromMs() <= start + s.windowMs) {
          allPods++;
          allChips += e.getValue().chips();
          ripe &= spoke != null && spoke >= start;
        } else {
          // Only a later version of it is known any more; that it goes on is known from itself.
          ripe &= spoke == null || spoke >= start;
        }
      }
      if (!ripe && waiting.size() <= MAX_WAITING) {
        return;
      }
      waiting.remove(start);
      closedBeforeMs = start + 1;
      // A pod that spoke before the topology named it counts as well.
      allPods = Math.max(allPods, s.pods);
      allChips = Math.max(allChips, s.chips);
      site.judge(start, s.open, allPods, allChips, output::incident);
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
              s.openIncidents + site.open()));
    }
  }

  /** The state, to go on from after a restart; the pods are not part of it. */
  public byte[] write() {
    return IncidentLedger.bytes(
        out -> {
          out.writeByte(VERSION);
          out.writeLong(closedBeforeMs);
          out.writeInt(newest.size());
          for (Map.Entry<String, Long> e : newest.entrySet()) {
            out.writeUTF(e.getKey());
            out.writeLong(e.getValue());
          }
          out.writeInt(waiting.size());
          for (Map.Entry<Long, Sums> e : waiting.entrySet()) {
            Sums s = e.getValue();
            out.writeLong(e.getKey());
            out.writeInt(s.windowMs);
            out.writeInt(s.pods);
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
          }
          site.write(out);
        });
  }

  /**
   * Goes on from a state that {@link #write} gave.
   *
   * @throws IllegalArgumentException if it was not written by this version
   */
  public void read(byte[] state) {
    try (DataInputStream in = IncidentLedger.input(ByteBuffer.wrap(state))) {
      if (in.readByte() != VERSION) {
        throw new IllegalArgumentException("stored state of the cluster is of another version");
      }
      closedBeforeMs = in.readLong();
      newest.clear();
      for (int n = in.readInt(); n > 0; n--) {
        String pod = in.readUTF();
        newest.put(pod, in.readLong());
      }
      waiting.clear();
      for (int n = in.readInt(); n > 0; n--) {
        long start = in.readLong();
        Sums s = new Sums();
        s.windowMs = in.readInt();
        s.pods = in.readInt();
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
        waiting.put(start, s);
      }
      site.read(in);
    } catch (IOException e) {
      throw new IllegalArgumentException("stored state of the cluster is cut short", e);
    }
  }
}
