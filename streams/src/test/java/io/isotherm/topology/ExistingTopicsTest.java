package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.junit.jupiter.api.Test;

final class ExistingTopicsTest {
  @Test
  void aTopicWithMorePartitionsThanAreReadIsNamed() {
    List<Topic<?, ?>> topics = List.of(Topics.REPORTS, Topics.INCIDENTS);

    assertThatThrownBy(
            () ->
                existing(Map.of("telemetry.reports", 128, "incidents", 6)).checkPartitions(topics))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "topic incidents has 6 partitions and must have 1: delete it, and start a monitor, which"
                + " makes it anew");
    assertThatCode(
            () ->
                existing(Map.of("telemetry.reports", 128, "incidents", 1)).checkPartitions(topics))
        .doesNotThrowAnyException();
  }

  @Test
  void whoMayNotAskForPartitionsGoesOn() {
    assertThatCode(() -> existing(Map.of()).checkPartitions(List.of(Topics.INCIDENTS)))
        .doesNotThrowAnyException();
  }

  @Test
  void partitionsThatWereAddedToTheReportsAreNamed() throws Exception {
    String state = "monitor-test-pod-pages-changelog";

    assertThatThrownBy(
            () -> existing(Map.of("telemetry.reports", 128, state, 8)).checkState("monitor-test"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "topic telemetry.reports has 128 partitions, but the state of application id"
                + " monitor-test is of 8: stop all monitors, and start all with another"
                + " --application-id, whose state begins anew");
    existing(Map.of("telemetry.reports", 8, state, 8)).checkState("monitor-test");
    existing(Map.of("telemetry.reports", 8)).checkState("monitor-test");
    existing(Map.of(state, 8)).checkState("monitor-test");
  }

  private static ExistingTopics existing(Map<String, Integer> partitions) {
    return new ExistingTopics(describing(partitions));
  }

  /** An admin that may see topics with so many partitions, and no others. */
  private static Admin describing(Map<String, Integer> partitions) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, args) -> {
              Map<String, KafkaFuture<TopicDescription>> topics = new HashMap<>();
              for (Object name : (Collection<?>) args[0]) {
                topics.put((String) name, described((String) name, partitions));
              }
              return new Described(topics);
            });
  }

  private static KafkaFuture<TopicDescription> described(
      String topic, Map<String, Integer> partitions) {
    KafkaFutureImpl<TopicDescription> description = new KafkaFutureImpl<>();
    Integer count = partitions.get(topic);
    if (count == null) {
      description.completeExceptionally(new TopicAuthorizationException(topic));
    } else {
      description.complete(
          new TopicDescription(
              topic,
              /* internal= */ false,
              IntStream.range(0, count)
                  .mapToObj(p -> new TopicPartitionInfo(p, null, List.of(), List.of()))
                  .toList()));
    }
    return description;
  }

  private static final class Described extends DescribeTopicsResult {
    Described(Map<String, KafkaFuture<TopicDescription>> topics) {
      super(/* topicIdFutures= */ null, topics);
    }
  }
}
