package io.isotherm.producers;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.MetadataRecoveryStrategy;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * How reports are sent: what the emulator, the replayer and the benchmarks set on their producer
 * unless the user says otherwise. {@code docs/rationale.md} has the reasons.
 */
public final class ReportProducerConfig {
  /** How long a record may be on its way before it is refused, unless the user says otherwise. */
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  /** How long a record may wait for room or for the topic's leader: Kafka is gone after that. */
  private static final int BLOCK_MS = 5_000;

  /** How long a topic is known to which nothing is sent: longer than faults and pods are apart. */
  private static final Duration REMEMBERED = Duration.ofDays(7);

  private ReportProducerConfig() {}

  /**
   * The producer's properties where reports are of now, so that none may wait for long.
   *
   * @param clientConfig the user's own, which come first
   */
  public static Map<String, Object> live(Map<String, Object> clientConfig) {
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.putIfAbsent(ProducerConfig.MAX_BLOCK_MS_CONFIG, BLOCK_MS);
    // What is forgotten of a topic is asked for again, and all that is sent waits for the answer:
    // of one to which nothing is sent, and, where all brokers are away for a moment, of every one.
    config.putIfAbsent(ProducerConfig.METADATA_MAX_IDLE_CONFIG, REMEMBERED.toMillis());
    config.putIfAbsent(
        CommonClientConfigs.METADATA_RECOVERY_STRATEGY_CONFIG, MetadataRecoveryStrategy.NONE.name);
    return with(config);
  }

  /**
   * The producer's properties.
   *
   * @param clientConfig the user's own, which come first
   */
  public static Map<String, Object> with(Map<String, Object> clientConfig) {
    Map<String, Object> config = new HashMap<>();
    config.put(ProducerConfig.LINGER_MS_CONFIG, 50);
    config.put(ProducerConfig.BATCH_SIZE_CONFIG, 512 << 10);
    config.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    config.put(ProducerConfig.ACKS_CONFIG, "all");
    config.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
    // A run that is ended must not wait two minutes for a broker that is gone.
    config.put(ProducerConfig.REQUEST_TIMEOUT_MS_CONFIG, 10_000);
    config.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) PATIENCE.toMillis());
    config.putAll(clientConfig);
    return config;
  }
}
