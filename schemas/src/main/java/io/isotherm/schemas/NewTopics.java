package io.isotherm.schemas;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.function.Predicate;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * Creates topics so that they can be written to at once.
 *
 * <p>Kafka answers the creation of a topic before its partitions take records. A producer that
 * writes at once has its first batch of a partition turned away; if a later one, already under way,
 * is taken, the first one comes out of order for ever, and its records are lost when its time is
 * over. Brokers before Kafka 4.5 do so (<a
 * href="https://issues.apache.org/jira/browse/KAFKA-15591">KAFKA-15591</a>).
 */
public final class NewTopics {
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  private NewTopics() {}

  /**
   * Creates the topics that are not there, and returns when every partition of those takes records.
   * A topic that is there is left as it is, and not waited for.
   *
   * @return names of the topics that it created
   * @throws ExecutionException if the cluster refuses, does not answer within the admin's time, or
   *     has no leader for a partition within 30 s; its cause says why
   */
  public static Set<String> create(Admin admin, Collection<NewTopic> topics)
      throws ExecutionException, InterruptedException {
    return create(admin, topics, topic -> true);
  }

  /**
   * As {@link #create(Admin, Collection)}, but that a user may not create a topic that is not
   * needed is no failure.
   *
   * @param isNeeded whether the one of a name is
   */
  public static Set<String> create(
      Admin admin, Collection<NewTopic> topics, Predicate<String> isNeeded)
      throws ExecutionException, InterruptedException {
    List<NewTopic> missing = missing(admin, topics);
    if (missing.isEmpty()) {
      return Set.of();
    }
    CreateTopicsResult result = admin.createTopics(missing);
    Set<String> created = new TreeSet<>();
    for (Map.Entry<String, KafkaFuture<Void>> topic : result.values().entrySet()) {
      try {
        topic.getValue().get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof TopicExistsException) {
          continue;
        }
        if (!(e.getCause() instanceof TopicAuthorizationException)) {
          throw e;
        }
        if (!isNeeded.test(topic.getKey())) {
          continue;
        }
        throw new ExecutionException(
            new TopicAuthorizationException(
                "topic %s is not there, or not for this user to see, who may not create it"
                    .formatted(topic.getKey()),
                Set.of(topic.getKey())));
      }
      created.add(topic.getKey());
    }
    if (!created.isEmpty()) {
      awaitLeaders(admin, created);
    }
    return created;
  }

  /**
   * The topics that are not there. Kafka asks for the right to create a topic before it looks
   * whether there is one, and who finds all topics made by another need not have it.
   */
  private static List<NewTopic> missing(Admin admin, Collection<NewTopic> topics)
      throws ExecutionException, InterruptedException {
    Map<String, KafkaFuture<TopicDescription>> described =
        admin.describeTopics(topics.stream().map(NewTopic::name).toList()).topicNameValues();
    Set<String> there = new HashSet<>();
    for (Map.Entry<String, KafkaFuture<TopicDescription>> topic : described.entrySet()) {
      try {
        topic.getValue().get();
        there.add(topic.getKey());
      } catch (ExecutionException e) {
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException
            || e.getCause() instanceof TopicAuthorizationException)) {
          throw e;
        }
      }
    }
    return topics.stream().filter(topic -> !there.contains(topic.name())).toList();
  }

  /** Only a leader that takes records says its offsets, and the admin asks until one does. */
  private static void awaitLeaders(Admin admin, Set<String> topics)
      throws ExecutionException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        admin.listOffsets(partitions(admin, topics)).all().get();
        return;
      } catch (ExecutionException e) {
        // The broker that was asked does not know a topic yet; the admin does not ask again.
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() > deadline) {
          throw e;
        }
      }
      Thread.sleep(POLL.toMillis());
    }
  }

  /**
   * The partitions of topics. The answer to their creation has them, too, but only for who may read
   * the settings of topics.
   */
  private static Map<TopicPartition, OffsetSpec> partitions(Admin admin, Set<String> topics)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> partitions = new HashMap<>();
    for (TopicDescription topic : admin.describeTopics(topics).allTopicNames().get().values()) {
      topic
          .partitions()
          .forEach(
              p ->
                  partitions.put(
                      new TopicPartition(topic.name(), p.partition()), OffsetSpec.latest()));
    }
    return partitions;
  }
}
