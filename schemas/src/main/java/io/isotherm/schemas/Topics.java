package io.isotherm.schemas;

import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_COMPACT;
import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.CLEANUP_POLICY_DELETE;
import static org.apache.kafka.common.config.TopicConfig.MAX_MESSAGE_BYTES_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.MESSAGE_TIMESTAMP_TYPE_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_BYTES_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.RETENTION_MS_CONFIG;
import static org.apache.kafka.common.config.TopicConfig.SEGMENT_MS_CONFIG;

import io.isotherm.avro.BoardReport;
import io.isotherm.avro.ClusterHealth;
import io.isotherm.avro.DeadLetter;
import io.isotherm.avro.Incident;
import io.isotherm.avro.InjectedFault;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.ReplayMarker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.jspecify.annotations.Nullable;

/**
 * Every topic of Isotherm.
 *
 * <p>Timestamps of records are event times, and brokers accept any: the monitor judges time and
 * keeps what it cannot use, whereas a broker would only refuse it. So a record with an old event
 * time can be deleted soon after it was written; replays need topics with a longer retention.
 */
public final class Topics {
  private static final String ANY = Long.toString(Long.MAX_VALUE);

  /**
   * Bound of one partition of reports. A record from the far future keeps its segment, and Kafka
   * deletes no segment behind one that it keeps; only this bound then frees the disk. The results
   * have bounds for the same reason: the time of a pod's windows and incidents is the pod's own.
   */
  private static final long REPORT_BYTES = 128L << 30;

  /** A day of a million chips is 17 GB before compression. */
  private static final long POD_HEALTH_BYTES = 32L << 30;

  private static final long CLUSTER_HEALTH_BYTES = 4L << 30;

  private static final long INCIDENT_BYTES = 16L << 30;

  /** A dead letter holds a whole record, which may itself be as long as a broker allows (1 MiB). */
  private static final int DEAD_LETTER_BYTES = 2 << 20;

  /**
   * Bound of the dead letters. A pod that the topology does not have makes one of every report, and
   * who reads the topic from its beginning waits for all of them.
   */
  private static final long DEAD_BYTES = 16L << 30;

  /** What agents see: key the pod's name, one day. */
  public static final Topic<String, BoardReport> REPORTS =
      new Topic<>(
          "telemetry.reports",
          Serdes.String(),
          BoardReport.class,
          8,
          eventTime(
              Duration.ofDays(1),
              Map.of(
                  RETENTION_BYTES_CONFIG,
                  Long.toString(REPORT_BYTES),
                  SEGMENT_MS_CONFIG,
                  ms(Duration.ofHours(1)))));

  /** Header of a record of {@link #DEAD}: the name of its reason. */
  public static final String REASON_HEADER = "isotherm.reason";

  /** Header of a record of {@link #DEAD}: what was wrong, in a sentence. */
  public static final String DETAIL_HEADER = "isotherm.detail";

  /**
   * Records that could not be judged: key as it was, one week or 16 GiB. It keeps the time of its
   * arrival, because the event time may be what is wrong, and would have it deleted at once.
   */
  public static final Topic<byte[], DeadLetter> DEAD =
      new Topic<>(
          "telemetry.dead",
          Serdes.ByteArray(),
          DeadLetter.class,
          1,
          Map.of(
              CLEANUP_POLICY_CONFIG,
              CLEANUP_POLICY_DELETE,
              RETENTION_MS_CONFIG,
              ms(Duration.ofDays(7)),
              RETENTION_BYTES_CONFIG,
              Long.toString(DEAD_BYTES),
              MESSAGE_TIMESTAMP_TYPE_CONFIG,
              "LogAppendTime",
              MAX_MESSAGE_BYTES_CONFIG,
              Integer.toString(DEAD_LETTER_BYTES)));

  /** What pods are made of: key the pod's name, the newest for ever. */
  public static final Topic<String, PodTopology> PODS =
      new Topic<>("topology.pods", Serdes.String(), PodTopology.class, 1, compacted());

  /** Where jobs run: key the job's name, the newest for ever. */
  public static final Topic<String, JobPlacement> JOBS =
      new Topic<>("topology.jobs", Serdes.String(), JobPlacement.class, 1, compacted());

  /** Pods window by window: key the pod's name, one day or 32 GiB. */
  public static final Topic<String, PodHealth> POD_HEALTH =
      new Topic<>(
          "health.pods",
          Serdes.String(),
          PodHealth.class,
          1,
          eventTime(
              Duration.ofDays(1), Map.of(RETENTION_BYTES_CONFIG, Long.toString(POD_HEALTH_BYTES))));

  /** The cluster window by window: key the cluster's name, one week or 4 GiB. */
  public static final Topic<String, ClusterHealth> CLUSTER_HEALTH =
      new Topic<>(
          "health.cluster",
          Serdes.String(),
          ClusterHealth.class,
          1,
          eventTime(
              Duration.ofDays(7),
              Map.of(RETENTION_BYTES_CONFIG, Long.toString(CLUSTER_HEALTH_BYTES))));

  /** The lives of incidents: key the incident's id, 90 days or 16 GiB. */
  public static final Topic<String, Incident> INCIDENTS =
      new Topic<>(
          "incidents",
          Serdes.String(),
          Incident.class,
          1,
          eventTime(
              Duration.ofDays(90), Map.of(RETENTION_BYTES_CONFIG, Long.toString(INCIDENT_BYTES))));

  /** What the emulator really broke: key the fault's id, 90 days. */
  public static final Topic<String, InjectedFault> FAULTS =
      new Topic<>(
          "truth.faults",
          Serdes.String(),
          InjectedFault.class,
          1,
          eventTime(Duration.ofDays(90), Map.of()));

  /**
   * What happened to replays: key the topic that is replayed into, one week. It keeps the time of
   * its arrival, because a replay happens when it is made, whatever the times of its reports.
   */
  public static final Topic<String, ReplayMarker> REPLAYS =
      new Topic<>(
          "replay.markers",
          Serdes.String(),
          ReplayMarker.class,
          1,
          Map.of(
              CLEANUP_POLICY_CONFIG,
              CLEANUP_POLICY_DELETE,
              RETENTION_MS_CONFIG,
              ms(Duration.ofDays(7)),
              MESSAGE_TIMESTAMP_TYPE_CONFIG,
              "LogAppendTime"));

  /** All topics, in the order of the way of the data. */
  public static final List<Topic<?, ?>> ALL =
      List.of(REPORTS, DEAD, PODS, JOBS, POD_HEALTH, CLUSTER_HEALTH, INCIDENTS, FAULTS, REPLAYS);

  private Topics() {}

  /**
   * What is wrong with the number of partitions that a topic has, in one line; empty if nothing is.
   * Reports may have any number. Of the others the first is read, and their order is one order: a
   * broker that makes topics by itself may have given them more.
   *
   * @param topic one of these
   * @param partitions how many it has; fewer than it must have is a topic that is being made
   */
  public static Optional<String> unfit(Topic<?, ?> topic, int partitions) {
    return topic.equals(REPORTS) || partitions <= topic.partitions()
        ? Optional.empty()
        : Optional.of(
            "topic %s has %d partitions and must have %d: delete it, and start a monitor, which makes it anew"
                .formatted(topic.name(), partitions, topic.partitions()));
  }

  /**
   * What is wrong with the key of a record of {@link #PODS} or {@link #JOBS}: it must be the name
   * of what the value is of, or a tombstone could not remove it. Whoever reads them leaves such a
   * record out, so that all know the same.
   *
   * @param key the record's key
   * @param value its value
   * @return empty if nothing is, and always for values of other topics
   */
  public static Optional<String> wrongKey(byte @Nullable [] key, SpecificRecord value) {
    String wanted;
    if (value instanceof PodTopology pod) {
      wanted = pod.getPod();
    } else if (value instanceof JobPlacement placement) {
      wanted = placement.getJob();
    } else {
      return Optional.empty();
    }
    String is = key == null ? "null" : new String(key, StandardCharsets.UTF_8);
    return is.equals(wanted)
        ? Optional.empty()
        : Optional.of("its key is %s, must be %s".formatted(is, wanted));
  }

  private static Map<String, String> eventTime(Duration retention, Map<String, String> more) {
    Map<String, String> config = new HashMap<>(anyTime());
    config.put(CLEANUP_POLICY_CONFIG, CLEANUP_POLICY_DELETE);
    config.put(RETENTION_MS_CONFIG, ms(retention));
    config.putAll(more);
    return config;
  }

  private static Map<String, String> compacted() {
    Map<String, String> config = new HashMap<>(anyTime());
    config.put(CLEANUP_POLICY_CONFIG, CLEANUP_POLICY_COMPACT);
    return config;
  }

  /** Without these a broker refuses what lies more than an hour ahead. */
  private static Map<String, String> anyTime() {
    return Map.of(
        MESSAGE_TIMESTAMP_TYPE_CONFIG, "CreateTime",
        MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG, ANY,
        MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG, ANY);
  }

  private static String ms(Duration duration) {
    return Long.toString(duration.toMillis());
  }
}
