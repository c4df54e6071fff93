package io.isotherm.topology;

import io.isotherm.core.DetectorSettings;
import java.nio.file.Path;
import java.util.Map;

/**
 * What one monitor process is told.
 *
 * @param clientConfig Kafka client settings, {@code bootstrap.servers} among them
 * @param applicationId group of the processes that share the work; it names their state
 * @param threads stream threads, at least 1
 * @param stateDir directory for what Kafka Streams keeps on disk, which is little
 * @param detectors windows and thresholds
 * @param ticks whether this process writes ticks; not wanted where recorded reports are judged
 */
public record MonitorSettings(
    Map<String, Object> clientConfig,
    String applicationId,
    int threads,
    Path stateDir,
    DetectorSettings detectors,
    boolean ticks) {
  /** The group that every monitor belongs to unless told otherwise. */
  public static final String DEFAULT_APPLICATION_ID = "isotherm-monitor-v1";

  /** Copies the client settings. */
  public MonitorSettings {
    clientConfig = Map.copyOf(clientConfig);
    if (threads < 1) {
      throw new IllegalArgumentException("threads is " + threads + ", must be at least 1");
    }
  }
}
