package io.isotherm.producers;

import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.schemas.UnusableKafkaException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;

/** The topics of a cluster, made by who publishes first. */
public final class ClusterTopics {
  /** How long Kafka may take to answer at all before it counts as away. */
  private static final int REACH_MS = 10_000;

  private ClusterTopics() {}

  /**
   * Creates the topics that are missing: those that are used, and of the others what this user may.
   *
   * @param clientConfig settings for Kafka's clients, bootstrap servers among them
   * @param used what whoever asks reads or writes
   * @throws KafkaException if Kafka cannot be reached or refuses; the message says what to do
   */
  public static void create(Map<String, Object> clientConfig, List<Topic<?, ?>> used)
      throws InterruptedException {
    Map<String, Object> config = new HashMap<>(clientConfig);
    config.putIfAbsent(AdminClientConfig.REQUEST_TIMEOUT_MS_CONFIG, REACH_MS);
    try (Admin admin = admin(config)) {
      reach(admin, config);
      for (Topic<?, ?> topic : Topics.ALL) {
        try {
          NewTopics.create(admin, List.of(topic.newTopic()), name -> used.contains(topic));
        } catch (ExecutionException e) {
          if (e.getCause() instanceof AuthorizationException) {
            throw new UnusableKafkaException(config, Duration.ofMillis(REACH_MS), e);
          }
          throw new KafkaException(
              "cannot create topic %s: %s".formatted(topic.name(), e.getCause()), e);
        }
      }
    }
  }

  private static Admin admin(Map<String, Object> config) {
    try {
      return Admin.create(config);
    } catch (KafkaException e) {
      throw new UnusableKafkaException(config, Duration.ofMillis(REACH_MS), e);
    }
  }

  private static void reach(Admin admin, Map<String, Object> config) throws InterruptedException {
    try {
      var unused =
          admin
              .describeCluster(new DescribeClusterOptions().timeoutMs(REACH_MS))
              .nodes()
              .get(REACH_MS + 1_000, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | java.util.concurrent.TimeoutException e) {
      Throwable cause = e instanceof ExecutionException && e.getCause() != null ? e.getCause() : e;
      if (!(cause instanceof TimeoutException
          || cause instanceof java.util.concurrent.TimeoutException)) {
        throw new UnusableKafkaException(config, Duration.ofMillis(REACH_MS), e);
      }
      throw new KafkaException(
          "cannot reach Kafka at %s (no answer within %d s): start a broker there, or name another with --bootstrap-server"
              .formatted(config.get(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG), REACH_MS / 1000),
          e);
    }
  }
}
