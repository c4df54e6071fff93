package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.schemas.NewTopics;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.CreateTopicsResult;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

/** {@link NewTopics} with a real broker. */
final class NewTopicsIT {
  private static final int ROUNDS = 5;
  private static final int PARTITIONS = 24;

  /**
   * Without the wait for leaders a record was lost in 20 of 20 rounds on a machine of two cores.
   */
  @Test
  void newTopicsTakeWhatIsWrittenAtOnce() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      for (int round = 0; round < ROUNDS; round++) {
        NewTopic topic = new NewTopic("topic-" + round, PARTITIONS, (short) 1);

        assertThat(NewTopics.create(admin, List.of(topic))).containsExactly(topic.name());

        writeInSmallBatches(broker, topic.name());
      }
    }
  }

  private static void writeInSmallBatches(EmbeddedBroker broker, String topic) throws Exception {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            broker.bootstrapServer(),
            "batch.size",
            100,
            "linger.ms",
            0,
            "request.timeout.ms",
            5_000,
            "delivery.timeout.ms",
            10_000);
    try (var producer =
        new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 20 * PARTITIONS; i++) {
        sent.add(producer.send(new ProducerRecord<>(topic, i % PARTITIONS, null, new byte[80])));
      }
      producer.flush();
      for (Future<RecordMetadata> one : sent) {
        one.get();
      }
    }
  }

  /** A broker says how many partitions a new topic has only to who may read its settings. */
  @Test
  void whoMayNotReadTheSettingsOfTopicsMayCreateThem() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopic topic = new NewTopic("topic", PARTITIONS, (short) 1);

      assertThat(NewTopics.create(withoutSettings(admin), List.of(topic))).containsExactly("topic");

      writeInSmallBatches(broker, "topic");
    }
  }

  /** The admin of a user without the right {@code DescribeConfigs}. */
  private static Admin withoutSettings(Admin admin) {
    return (Admin)
        Proxy.newProxyInstance(
            Admin.class.getClassLoader(),
            new Class<?>[] {Admin.class},
            (proxy, method, args) -> {
              Object result = method.invoke(admin, args);
              return result instanceof CreateTopicsResult created
                  ? new WithoutSettings(created)
                  : result;
            });
  }

  private static final class WithoutSettings extends CreateTopicsResult {
    WithoutSettings(CreateTopicsResult created) {
      super(
          created.values().entrySet().stream()
              .collect(
                  Collectors.toMap(
                      Map.Entry::getKey,
                      topic ->
                          topic
                              .getValue()
                              .thenApply(
                                  none ->
                                      new TopicMetadataAndConfig(
                                          new TopicAuthorizationException(topic.getKey()))))));
    }
  }

  @Test
  void whatIsThereIsLeftAsItIsAndTheRestIsCreated() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null);
        Admin admin = Admin.create(Map.of("bootstrap.servers", broker.bootstrapServer()))) {
      NewTopics.create(admin, List.of(new NewTopic("there", 2, (short) 1)));

      assertThat(
              NewTopics.create(
                  admin,
                  List.of(
                      new NewTopic("there", 3, (short) 1), new NewTopic("missing", 1, (short) 1))))
          .containsExactly("missing");

      assertThat(admin.describeTopics(List.of("there")).allTopicNames().get())
          .hasEntrySatisfying("there", topic -> assertThat(topic.partitions()).hasSize(2));
    }
  }
}
