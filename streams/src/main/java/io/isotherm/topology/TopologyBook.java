package io.isotherm.topology;

import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.core.ClusterMonitor;
import io.isotherm.model.JobSchedule;
import io.isotherm.model.Placement;
import io.isotherm.model.PodLayout;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.Topologies;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What the topology topics say: every version of every pod that was read, and the jobs. And where
 * pods were heard, and which of them this process judges.
 *
 * <p>One book serves all threads of a process. The thread that reads the global stores writes it;
 * the monitors look at {@link #page} and notice a change by its identity. A version names the event
 * time from which it holds and is published ahead of it, so it does not matter when exactly a
 * monitor notices.
 */
public final class TopologyBook {
  /** One version of a pod. */
  record Version(PodTopology topology, PodLayout layout) {
    long fromMs() {
      return topology.getEffectiveFromMs();
    }

    /** Whether the other version describes the same parts in the same places. */
    boolean sameParts(Version other) {
      return Topologies.sameParts(topology, other.topology);
    }
  }

  /**
   * The book at one moment. Immutable.
   *
   * @param pods versions of each pod by the event time from which they hold
   * @param placements where jobs run, in the order of their beginning and name
   */
  record Page(SortedMap<String, NavigableMap<Long, Version>> pods, List<Placement> placements) {
    /** The oldest version of a pod, null if the pod is not known. */
    @Nullable Version first(String pod) {
      NavigableMap<Long, Version> versions = pods.get(pod);
      return versions == null ? null : versions.firstEntry().getValue();
    }

    /** The version that was published last, null if the pod is not known. */
    @Nullable Version newest(String pod) {
      NavigableMap<Long, Version> versions = pods.get(pod);
      return versions == null ? null : versions.lastEntry().getValue();
    }

    /** The version that follows, null if none does. */
    @Nullable Version after(Version version) {
      NavigableMap<Long, Version> versions = pods.get(version.layout.pod());
      Map.Entry<Long, Version> next =
          versions == null ? null : versions.higherEntry(version.fromMs());
      return next == null ? null : next.getValue();
    }

    /** Pods of a cluster, by the newest version, with the chips of every version. */
    SortedMap<String, ClusterMonitor.Pod> podsOf(String cluster) {
      SortedMap<String, ClusterMonitor.Pod> found = new TreeMap<>();
      pods.forEach(
          (pod, versions) -> {
            Version newest = versions.lastEntry().getValue();
            if (newest.topology.getCluster().equals(cluster)) {
              TreeMap<Long, Integer> chipsFrom = new TreeMap<>();
              versions.forEach((fromMs, v) -> chipsFrom.put(fromMs, v.layout.chips()));
              found.put(pod, new ClusterMonitor.Pod(chipsFrom));
            }
          });
      return found;
    }

    /** Names of the clusters that pods belong to, by the newest version. There should be one. */
    SortedSet<String> clusters() {
      TreeSet<String> names = new TreeSet<>();
      pods.values().forEach(v -> names.add(v.lastEntry().getValue().topology.getCluster()));
      return names;
    }

    /** Name of the cluster that a pod belongs to, null if the pod is not known. */
    @Nullable String clusterOf(String pod) {
      NavigableMap<Long, Version> versions = pods.get(pod);
      return versions == null ? null : versions.lastEntry().getValue().topology.getCluster();
    }
  }

  /**
   * Placements that are kept of a job: the one that holds in the windows that are open, what was
   * announced after it, and for pods that lag behind what held before. A job that is placed anew
   * every few minutes for months would else fill the memory.
   */
  private static final int MOST_OF_JOB = 64;

  private final TreeMap<String, NavigableMap<Long, Version>> pods = new TreeMap<>();
  private final JobSchedule jobs = new JobSchedule(MOST_OF_JOB);

  private final Map<String, Set<Integer>> heardIn = new ConcurrentHashMap<>();
  private final Set<String> judged = ConcurrentHashMap.newKeySet();

  /** Null if something was entered since it was written. */
  private volatile @Nullable Page page;

  /**
   * What stands in the book now. The page is written when it is first looked at after a change, so
   * that a topic of many jobs is not copied for each of them while it is read.
   */
  Page page() {
    Page written = page;
    return written != null ? written : write();
  }

  /**
   * Takes the newest word on a pod: what was announced before for the same time or a later one is
   * taken back, and what holds before goes on until then.
   *
   * @throws IllegalArgumentException if its numbers contradict each other
   */
  synchronized void pod(PodTopology topology) {
    Version version = version(topology);
    NavigableMap<Long, Version> versions =
        pods.computeIfAbsent(topology.getPod(), pod -> new TreeMap<>());
    versions.tailMap(version.fromMs(), true).clear();
    versions.put(version.fromMs(), version);
    page = null;
  }

  /** Forgets a pod. A monitor that judges it goes on until its process ends. */
  synchronized void removePod(String pod) {
    pods.remove(pod);
    page = null;
  }

  /** Takes the newest word on a job; what was said before goes on until the time that it names. */
  synchronized void job(JobPlacement placement) {
    jobs.enter(Placements.placement(placement));
    page = null;
  }

  /** Forgets a job. */
  synchronized void removeJob(String job) {
    jobs.remove(job);
    page = null;
  }

  /** Notes that this process judges a pod. */
  void judged(String pod) {
    judged.add(pod);
  }

  /**
   * Names of the pods that go on at a time: those of which a version holds, and those that this
   * process judges. After a restart only a version that holds from later may be known of these.
   */
  List<String> podsAt(long timeMs) {
    List<String> found = new ArrayList<>();
    page()
        .pods()
        .forEach(
            (pod, versions) -> {
              if (versions.firstKey() <= timeMs || judged.contains(pod)) {
                found.add(pod);
              }
            });
    return found;
  }

  /** Notes that reports of a pod come in a partition of the reports that this process reads. */
  void heard(String pod, int partition) {
    heardIn.computeIfAbsent(pod, name -> ConcurrentHashMap.newKeySet()).add(partition);
  }

  /** The partitions in which reports of a pod came to this process. */
  Set<Integer> heardIn(String pod) {
    return heardIn.getOrDefault(pod, Set.of());
  }

  static Version version(PodTopology topology) {
    return new Version(topology, Topologies.layout(topology));
  }

  private synchronized Page write() {
    Page written = page;
    if (written != null) {
      return written;
    }
    TreeMap<String, NavigableMap<Long, Version>> copy = new TreeMap<>();
    pods.forEach((pod, versions) -> copy.put(pod, new TreeMap<>(versions)));
    written = new Page(copy, jobs.placements());
    page = written;
    return written;
  }
}
