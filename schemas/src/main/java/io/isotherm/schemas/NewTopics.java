package io.isotherm.schemas;

import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
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
    CreateTopicsResult result = admin.createTopics(topics);
    Set<String> created = new TreeSet<>();
    for (Map.Entry<String, KafkaFuture<Void>> topic : result.values().entrySet()) {
      try {
        topic.getValue().get();
      } catch (ExecutionException e) {
        if (e.getCause() instanceof TopicExistsException) {
          continue;
        }
        throw e;
      }
      created.add(topic.getKey());
    }
    if (!created.isEmpty()) {
      awaitLeaders(admin, created);
    }
    return created;
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
