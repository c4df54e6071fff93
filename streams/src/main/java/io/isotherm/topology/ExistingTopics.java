package io.isotherm.topology;

import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks at topics that are there when a monitor starts: an operator, or a broker by itself, may
 * have made them otherwise than a monitor does. Who may not ask goes on without an answer.
 */
final class ExistingTopics {
  private static final Logger log = LoggerFactory.getLogger(ExistingTopics.class);

  /** What an exporter that starts anew must still find. */
  private static final List<Topic<?, ?>> RESULTS =
      List.of(Topics.POD_HEALTH, Topics.CLUSTER_HEALTH, Topics.INCIDENTS);

  private final Admin admin;

  ExistingTopics(Admin admin) {
    this.admin = admin;
  }

  /**
   * Looks at how many partitions topics have.
   *
   * @throws IllegalStateException if one has a number that does not work; the message says what to
   *     do
   * @throws ExecutionException if Kafka does not answer
   */
  void checkPartitions(List<Topic<?, ?>> topics) throws ExecutionException, InterruptedException {
    Map<String, KafkaFuture<TopicDescription>> described =
        admin.describeTopics(topics.stream().map(Topic::name).toList()).topicNameValues();
    for (Topic<?, ?> topic : topics) {
      Optional<TopicDescription> description = answer(described.get(topic.name()));
      description
          .flatMap(d -> Topics.unfit(topic, d.partitions().size()))
          .ifPresent(
              why -> {
                throw new IllegalStateException(why);
              });
    }
  }

  /**
   * Looks for settings of topics by which more is refused or deleted than by those that a monitor
   * gives, and logs them. What an operator keeps for longer, or of the reports for a shorter time,
   * is as he wants it.
   *
   * @param brokers where the cluster is reached, for the command that puts a topic right
   * @throws IllegalStateException if what the topology says would be deleted; the message says what
   *     to do
   * @throws ExecutionException if Kafka does not answer
   */
  void checkSettings(List<Topic<?, ?>> topics, String brokers)
      throws ExecutionException, InterruptedException {
    Map<ConfigResource, KafkaFuture<Config>> described =
        admin.describeConfigs(topics.stream().map(ExistingTopics::resource).toList()).values();
    for (Topic<?, ?> topic : topics) {
      Optional<Config> config = answer(described.get(resource(topic)));
      if (config.isPresent()) {
        check(topic, config.get(), brokers);
      }
    }
  }

  private static ConfigResource resource(Topic<?, ?> topic) {
    return new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
  }

  private static void check(Topic<?, ?> topic, Config config, String brokers) {
    List<String> has = new ArrayList<>();
    List<String> wanted = new ArrayList<>();
    boolean topologyIsDeleted = false;
    for (Map.Entry<String, String> ours : new TreeMap<>(topic.config()).entrySet()) {
      ConfigEntry there = config.get(ours.getKey());
      // A broker that is older than a setting has none.
      String theirs = there == null ? null : there.value();
      if (theirs != null && loses(topic, ours.getKey(), theirs, ours.getValue())) {
        has.add(ours.getKey() + "=" + theirs);
        wanted.add(ours.getKey() + "=" + ours.getValue());
        topologyIsDeleted |= ours.getValue().equals(TopicConfig.CLEANUP_POLICY_COMPACT);
      }
    }
    if (has.isEmpty()) {
      return;
    }
    String why = "topic %s has %s".formatted(topic.name(), String.join(", ", has));
    String mend =
        "kafka-configs.sh --bootstrap-server %s --alter --topic %s --add-config %s"
            .formatted(brokers, topic.name(), String.join(",", wanted));
    if (topologyIsDeleted) {
      throw new IllegalStateException(
          "%s, by which what it says is deleted in time: alter it, by which nothing is lost, and start the monitor again: %s"
              .formatted(why, mend));
    }
    log.warn("{}, by which records are refused or deleted too soon: alter it: {}", why, mend);
  }

  /** Whether a setting refuses or deletes what the one that a monitor gives would keep. */
  private static boolean loses(Topic<?, ?> topic, String setting, String theirs, String ours) {
    return switch (setting) {
      case TopicConfig.CLEANUP_POLICY_CONFIG ->
          ours.equals(TopicConfig.CLEANUP_POLICY_COMPACT)
              ? !theirs.equals(ours)
              : theirs.contains(TopicConfig.CLEANUP_POLICY_COMPACT);
      case TopicConfig.RETENTION_MS_CONFIG -> RESULTS.contains(topic) && isLess(theirs, ours);
      case TopicConfig.MAX_MESSAGE_BYTES_CONFIG,
          TopicConfig.MESSAGE_TIMESTAMP_BEFORE_MAX_MS_CONFIG,
          TopicConfig.MESSAGE_TIMESTAMP_AFTER_MAX_MS_CONFIG ->
          isLess(theirs, ours);
      default -> false;
    };
  }

  /** Less than zero is no bound. */
  private static boolean isLess(String theirs, String ours) {
    long bound = Long.parseLong(theirs);
    return bound >= 0 && bound < Long.parseLong(ours);
  }

  /**
   * Looks whether the stored state of the pods, if there is any, is of as many partitions as the
   * reports have now. Kafka Streams ends, too, if not.
   *
   * @throws IllegalStateException if it is not; the message says what to do
   * @throws ExecutionException if Kafka does not answer
   */
  void checkState(String applicationId) throws ExecutionException, InterruptedException {
    String reports = Topics.REPORTS.name();
    String state = Names.changelog(applicationId, Names.POD_PAGES);
    Map<String, KafkaFuture<TopicDescription>> described =
        admin.describeTopics(List.of(reports, state)).topicNameValues();
    int have = answer(described.get(reports)).map(d -> d.partitions().size()).orElse(0);
    int had = answer(described.get(state)).map(d -> d.partitions().size()).orElse(0);
    if (have > 0 && had > 0 && have != had) {
      throw new IllegalStateException(
          "topic %s has %d partitions, but the state of application id %s is of %d: stop all monitors, and start all with another --application-id, whose state begins anew"
              .formatted(reports, have, applicationId, had));
    }
  }

  /**
   * Looks for topics, and those of the stored state, of which each record is on one broker although
   * there are several, and logs them.
   *
   * @param brokers how many there are
   * @throws ExecutionException if Kafka does not answer
   */
  void checkReplicas(List<Topic<?, ?>> topics, String applicationId, int brokers)
      throws ExecutionException, InterruptedException {
    if (brokers < 2) {
      return;
    }
    List<String> names = new ArrayList<>(topics.stream().map(Topic::name).toList());
    names.add(Names.changelog(applicationId, Names.POD_PAGES));
    names.add(Names.changelog(applicationId, Names.CLUSTER_STATE));
    Map<String, KafkaFuture<TopicDescription>> described =
        admin.describeTopics(names).topicNameValues();
    List<String> single = new ArrayList<>();
    for (String name : names) {
      Optional<TopicDescription> description = answer(described.get(name));
      if (description.stream()
          .flatMap(d -> d.partitions().stream())
          .anyMatch(p -> p.replicas().size() == 1)) {
        single.add(name);
      }
    }
    if (!single.isEmpty()) {
      log.warn(
          "one replica each, although there are {} brokers, have {}: without its broker nothing can be read or written there, and what was on it may be lost; give them more with kafka-reassign-partitions.sh, and controllers and brokers default.replication.factor=3 and min.insync.replicas=2 for topics to come",
          brokers,
          String.join(", ", single));
    }
  }

  /** Empty for who may not ask; and a topic can be deleted meanwhile. */
  private static <T> Optional<T> answer(@Nullable KafkaFuture<T> future)
      throws ExecutionException, InterruptedException {
    try {
      return future == null ? Optional.empty() : Optional.of(future.get());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AuthorizationException
          || e.getCause() instanceof UnknownTopicOrPartitionException) {
        return Optional.empty();
      }
      throw e;
    }
  }
}
