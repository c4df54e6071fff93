package io.isotherm.topology;

import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.Topic;
import java.util.Map;

/**
 * What one monitor process is told.
 *
 * @param clientConfig Kafka client settings, {@code bootstrap.servers} among them
 * @param applicationId group of the processes that share the work; it names their state
 * @param threads stream threads, at least 1
 * @param detectors windows and thresholds
 * @param ticks whether this process writes ticks; not wanted where recorded reports are judged
 */
public record MonitorSettings(
    Map<String, Object> clientConfig,
    String applicationId,
    int threads,
    DetectorSettings detectors,
    boolean ticks) {
  /** The group that every monitor belongs to unless told otherwise. */
  public static final String DEFAULT_APPLICATION_ID = "isotherm-monitor-v1";

  /** What Kafka Streams puts behind the id in the longest name of a topic of its own. */
  private static final String LONGEST_ENDING = Names.changelog("", Names.CLUSTER_STATE);

  /** Most characters of an application id. */
  public static final int MOST_ID_LENGTH = Topic.MOST_NAME_LENGTH - LONGEST_ENDING.length();

  /** Copies the client settings. */
  public MonitorSettings {
    clientConfig = Map.copyOf(clientConfig);
    if (!isApplicationId(applicationId)) {
      throw new IllegalArgumentException("'%s' is no application id".formatted(applicationId));
    }
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", must be at least 1");
    }
  }

  /** Whether the id can name a group, and with an ending the topics of the state. */
  public static boolean isApplicationId(String id) {
    return Topic.isName(id) && id.length() <= MOST_ID_LENGTH;
  }
}
