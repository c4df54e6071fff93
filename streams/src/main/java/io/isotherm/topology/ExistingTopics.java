package io.isotherm.topology;

import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.jspecify.annotations.Nullable;

/**
 * Looks at topics that are there when a monitor starts: an operator, or a broker by itself, may
 * have made them otherwise than a monitor does. Who may not ask goes on without an answer.
 */
final class ExistingTopics {
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
