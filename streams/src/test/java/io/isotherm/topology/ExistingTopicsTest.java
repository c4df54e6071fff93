package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.lang.reflect.Proxy;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.DescribeConfigsResult;
import org.apache.kafka.clients.admin.DescribeTopicsResult;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartitionInfo;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.internals.KafkaFutureImpl;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

final class ExistingTopicsTest {
  private static final Logger LOGGER = (Logger) LoggerFactory.getLogger(ExistingTopics.class);

  private static final Node ONE = new Node(1, "one", 9092);
  private static final Node OTHER = new Node(2, "other", 9092);

  private final ListAppender<ILoggingEvent> logged = new ListAppender<>();

  @BeforeEach
  void listen() {
    logged.start();
    LOGGER.addAppender(logged);
  }

  @AfterEach
  void end() {
    LOGGER.detachAppender(logged);
  }

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

  @Test
  void topicsOfOneReplicaAmongSeveralBrokersAreNamedInOneLine() throws Exception {
    String state = "monitor-test-pod-pages-changelog";
    ExistingTopics existing =
        existing(Map.of("telemetry.reports", 8, "incidents", 1, state, 8), Set.of("incidents"));
    List<Topic<?, ?>> topics = List.of(Topics.REPORTS, Topics.INCIDENTS, Topics.JOBS);

    existing.checkReplicas(topics, "monitor-test", 1);
    assertThat(logged()).isEmpty();

    existing.checkReplicas(topics, "monitor-test", 3);
    assertThat(logged())
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith(
            "one replica each, although there are 3 brokers, have telemetry.reports, %s: "
                .formatted(state))
        .contains("controllers and brokers default.replication.factor=3");
  }

  @Test
  void topicsAsAMonitorMakesThemAreAsTheyMustBe() throws Exception {
    for (Topic<?, ?> topic : Topics.ALL) {
      check(topic, Map.of());
    }
    assertThat(logged()).isEmpty();
  }

  @Test
  void whatAnOperatorKeepsForLongerOrOfReportsForLessIsHisBusiness() throws Exception {
    check(Topics.INCIDENTS, Map.of("retention.ms", "-1"));
    check(Topics.POD_HEALTH, Map.of("retention.ms", "604800000"));
    check(Topics.POD_HEALTH, Map.of("retention.bytes", "-1"));
    check(Topics.INCIDENTS, Map.of("retention.bytes", "1073741824"));
    check(Topics.REPORTS, Map.of("retention.ms", "21600000", "retention.bytes", "1"));
    // A broker that does not know a setting.
    existing(Topics.INCIDENTS, Map.of("cleanup.policy", "delete"))
        .checkSettings(List.of(Topics.INCIDENTS), "broker:9092");

    assertThat(logged()).isEmpty();
  }

  @Test
  void settingsThatLoseRecordsAreNamedInOneLineATopic() throws Exception {
    Map<String, String> brokers =
        Map.of("retention.ms", "604800000", "message.timestamp.after.max.ms", "3600000");

    check(Topics.INCIDENTS, brokers);
    check(Topics.DEAD, Map.of("max.message.bytes", "1048588"));
    check(Topics.REPORTS, Map.of("cleanup.policy", "compact,delete"));

    String why = ", by which records are refused or deleted too soon: alter it: ";
    String alter = "kafka-configs.sh --bootstrap-server broker:9092 --alter --topic ";
    assertThat(logged())
        .containsExactly(
            "topic incidents has message.timestamp.after.max.ms=3600000, retention.ms=604800000"
                + why
                + alter
                + "incidents --add-config message.timestamp.after.max.ms=9223372036854775807,"
                + "retention.ms=7776000000",
            "topic telemetry.dead has max.message.bytes=1048588"
                + why
                + alter
                + "telemetry.dead --add-config max.message.bytes=2097152",
            "topic telemetry.reports has cleanup.policy=compact,delete"
                + why
                + alter
                + "telemetry.reports --add-config cleanup.policy=delete");
  }

  @ParameterizedTest
  @ValueSource(strings = {"delete", "compact,delete"})
  void aTopologyThatIsDeletedInTimeIsRefused(String policy) {
    assertThatThrownBy(() -> check(Topics.PODS, Map.of("cleanup.policy", policy)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage(
            "topic topology.pods has cleanup.policy=%s, by which what it says is deleted in time:"
                    .formatted(policy)
                + " alter it, by which nothing is lost, and start the monitor again:"
                + " kafka-configs.sh --bootstrap-server broker:9092 --alter --topic topology.pods"
                + " --add-config cleanup.policy=compact");
  }

  @Test
  void whoMayNotAskForSettingsGoesOn() throws Exception {
    KafkaFutureImpl<Config> refused = new KafkaFutureImpl<>();
    refused.completeExceptionally(new TopicAuthorizationException(Topics.PODS.name()));

    existing(Topics.PODS, refused).checkSettings(List.of(Topics.PODS), "broker:9092");

    assertThat(logged()).isEmpty();
  }

  /** Checks a topic that is as a monitor makes it but for some settings. */
  private static void check(Topic<?, ?> topic, Map<String, String> otherwise) throws Exception {
    Map<String, String> settings = new HashMap<>(topic.config());
    settings.putAll(otherwise);
    existing(topic, settings).checkSettings(List.of(topic), "broker:9092");
  }

  private List<String> logged() {
    return logged.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private static ExistingTopics existing(Topic<?, ?> topic, Map<String, String> settings) {
    Config config =
        new Config(
            settings.entrySet().stream()
                .map(s -> new ConfigEntry(s.getKey(), s.getValue()))
                .toList());
    return existing(topic, KafkaFuture.completedFuture(config));
  }

  private static ExistingTopics existing(Topic<?, ?> topic, KafkaFuture<Config> config) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, topic.name());
    return new ExistingTopics(answering(new Configured(Map.of(resource, config))));
  }

  /** An admin that has one answer to all that it is asked. */
  private static Admin answering(Object answer) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, args) -> answer);
  }

  private static final class Configured extends DescribeConfigsResult {
    Configured(Map<ConfigResource, KafkaFuture<Config>> topics) {
      super(topics);
    }
  }

  private static ExistingTopics existing(Map<String, Integer> partitions) {
    return existing(partitions, Set.of());
  }

  private static ExistingTopics existing(Map<String, Integer> partitions, Set<String> replicated) {
    return new ExistingTopics(describing(partitions, replicated));
  }

  /**
   * An admin that may see topics with so many partitions, and no others; some have two replicas,
   * the others one.
   */
  private static Admin describing(Map<String, Integer> partitions, Set<String> replicated) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, args) -> {
              Map<String, KafkaFuture<TopicDescription>> topics = new HashMap<>();
              for (Object name : (Collection<?>) args[0]) {
                topics.put(
                    (String) name,
                    described(
                        (String) name,
                        partitions,
                        replicated.contains(name) ? List.of(ONE, OTHER) : List.of(ONE)));
              }
              return new Described(topics);
            });
  }

  private static KafkaFuture<TopicDescription> described(
      String topic, Map<String, Integer> partitions, List<Node> replicas) {
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
                  .mapToObj(p -> new TopicPartitionInfo(p, null, replicas, List.of()))
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
