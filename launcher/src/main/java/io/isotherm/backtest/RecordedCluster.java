package io.isotherm.backtest;

import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.core.ClusterRun;
import io.isotherm.model.JobSchedule;
import io.isotherm.model.Placement;
import io.isotherm.recording.Recording;
import io.isotherm.recording.RecordingException;
import io.isotherm.recording.Side;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.Topologies;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a recording says of the cluster besides its reports.
 *
 * @param recording the recording
 * @param topology every version of every pod, in the order of publication, but none whose numbers
 *     contradict each other
 * @param jobs every word on the jobs, in the order of publication, but none that makes no sense
 * @param truth what was broken, if somebody knew; the newest word on each fault
 */
public record RecordedCluster(
    Recording recording,
    List<PodTopology> topology,
    List<JobPlacement> jobs,
    List<InjectedFault> truth) {
  private static final Logger log = LoggerFactory.getLogger(RecordedCluster.class);

  /**
   * Reads everything but the reports.
   *
   * @throws io.isotherm.recording.RecordingException if it is not there, is none, or one of its
   *     files cannot be read
   */
  public static RecordedCluster open(Path directory) {
    return of(Recording.open(directory));
  }

  /**
   * Reads everything but the reports.
   *
   * @throws io.isotherm.recording.RecordingException if a file cannot be read, unless what is
   *     damaged is left out; or if no pod is left
   */
  public static RecordedCluster of(Recording recording) {
    List<PodTopology> topology = usable(recording, Side.TOPOLOGY, Topologies::layout);
    if (topology.isEmpty()) {
      throw new RecordingException(
          recording.directory() + " names no pod, so its reports cannot be judged");
    }
    List<JobPlacement> jobs = usable(recording, Side.JOBS, Placements::placement);
    return new RecordedCluster(recording, topology, jobs, faults(recording));
  }

  /**
   * The newest that was recorded of each fault. Its id is one in its run only: the first fault of
   * every run is called alike.
   *
   * @throws io.isotherm.recording.RecordingException if the file of faults cannot be read
   */
  public static List<InjectedFault> faults(Recording recording) {
    Map<List<Object>, InjectedFault> newest = new LinkedHashMap<>();
    for (InjectedFault f : recording.side(Side.TRUTH)) {
      newest.put(
          List.of(
              f.getScenario(), f.getSeed(), f.getId(), f.getPod(), f.getSubject(), f.getStartMs()),
          f);
    }
    return List.copyOf(newest.values());
  }

  /** Without the records that a monitor does not use either; each is logged. */
  private static <V extends SpecificRecord> List<V> usable(
      Recording recording, Side<V> side, Function<V, ?> used) {
    List<V> usable = new ArrayList<>();
    for (V record : recording.side(side)) {
      try {
        var unused = used.apply(record);
        usable.add(record);
      } catch (IllegalArgumentException e) {
        log.warn("{}: a record is not used: {}", side.file(), e.getMessage());
      }
    }
    return usable;
  }

  /** Where the recording is. */
  public Path directory() {
    return recording.directory();
  }

  /** Name of the cluster. */
  public String cluster() {
    return topology.get(topology.size() - 1).getCluster();
  }

  /**
   * Every version of every pod that a later record did not take back; one that only repeats the
   * parts of the one before is left out.
   */
  public List<ClusterRun.Version> versions() {
    Map<String, TreeMap<Long, PodTopology>> byPod = new TreeMap<>();
    for (PodTopology t : topology) {
      TreeMap<Long, PodTopology> ofPod = byPod.computeIfAbsent(t.getPod(), p -> new TreeMap<>());
      ofPod.tailMap(t.getEffectiveFromMs(), true).clear();
      ofPod.put(t.getEffectiveFromMs(), t);
    }
    List<ClusterRun.Version> versions = new ArrayList<>();
    for (TreeMap<Long, PodTopology> ofPod : byPod.values()) {
      PodTopology before = null;
      for (PodTopology t : ofPod.values()) {
        if (before == null || !Topologies.sameParts(before, t)) {
          versions.add(new ClusterRun.Version(Topologies.layout(t), t.getEffectiveFromMs()));
        }
        before = t;
      }
    }
    return versions;
  }

  /** The version of each pod that was published last, by name. */
  public SortedMap<String, PodTopology> pods() {
    SortedMap<String, PodTopology> pods = new TreeMap<>();
    for (PodTopology t : topology) {
      pods.put(t.getPod(), t);
    }
    return pods;
  }

  /** The jobs over time, all of them: a window of any time of the recording may be judged. */
  public List<Placement> placements() {
    JobSchedule schedule = new JobSchedule(Integer.MAX_VALUE);
    jobs.forEach(published -> schedule.enter(Placements.placement(published)));
    return schedule.placements();
  }
}
