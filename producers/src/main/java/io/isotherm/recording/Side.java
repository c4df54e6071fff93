package io.isotherm.recording;

import io.isotherm.avro.Incident;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.util.List;
import org.apache.avro.specific.SpecificRecord;

/**
 * A kind of records that a recording keeps beside the reports, in a file of its own.
 *
 * @param file name of the file
 * @param topic where the records come from
 * @param <V> type of the records
 */
public record Side<V extends SpecificRecord>(String file, Topic<?, V> topic) {
  /** What the pods are made of. */
  public static final Side<PodTopology> TOPOLOGY = new Side<>("topology.avro", Topics.PODS);

  /** Where the jobs ran. */
  public static final Side<JobPlacement> JOBS = new Side<>("jobs.avro", Topics.JOBS);

  /** What was really broken, where that is known. */
  public static final Side<InjectedFault> TRUTH = new Side<>("truth.avro", Topics.FAULTS);

  /** What the monitor found at the time. */
  public static final Side<Incident> INCIDENTS = new Side<>("incidents.avro", Topics.INCIDENTS);

  /** All of them. */
  public static final List<Side<?>> ALL = List.of(TOPOLOGY, JOBS, TRUTH, INCIDENTS);
}
