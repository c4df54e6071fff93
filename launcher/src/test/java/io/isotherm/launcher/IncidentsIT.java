package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.Incident;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.Results;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** {@code isotherm incidents} of a real topic. */
final class IncidentsIT {
  private static final long HOUR = 3_600_000;

  private final long now = System.currentTimeMillis();

  private Incident incident(String id, int revision, long hoursAgo, IncidentEvent.Type type) {
    return Results.incident(
        new IncidentEvent(
            id,
            revision,
            type,
            IncidentKind.CHIP_HOT,
            IncidentEvent.Severity.WARNING,
            "pod-00",
            "pod-00/cab-001/board-0/chip-1",
            now - 100 * HOUR,
            now - 100 * HOUR,
            now - hoursAgo * HOUR,
            1,
            "hot",
            "look",
            List.of(),
            List.of(),
            0));
  }

  private static KafkaProducer<String, byte[]> producer(EmbeddedBroker broker) {
    KafkaProducer<String, byte[]> producer =
        new KafkaProducer<>(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                broker.bootstrapServer(),
                ProducerConfig.TRANSACTIONAL_ID_CONFIG,
                "test"),
            new StringSerializer(),
            new ByteArraySerializer());
    producer.initTransactions();
    return producer;
  }

  private static int freePort() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return free.getLocalPort();
    }
  }

  private static void send(
      KafkaProducer<String, byte[]> producer, String id, @Nullable Incident incident) {
    byte[] value =
        incident == null
            ? null
            : Topics.INCIDENTS
                .valueSerde(SchemaHistory.bundled())
                .serializer()
                .serialize(Topics.INCIDENTS.name(), incident);
    var unused = producer.send(new ProducerRecord<>(Topics.INCIDENTS.name(), 0, id, value));
  }

  private static String ids(Ended ended) {
    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.DONE);
    return ended
        .out()
        .lines()
        .map(line -> line.replaceAll(".*\"id\":\"(\\w+)\".*", "$1"))
        .sorted()
        .collect(Collectors.joining(" "));
  }

  @Test
  void theNewestOfEachCountsAsFarAsItIsCommittedAndNotRemoved() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      String at = broker.bootstrapServer();
      Ended none = Ended.isotherm("incidents", "--bootstrap-server", at);
      assertThat(none.code()).isEqualTo(Main.FAILED);
      assertThat(none.err())
          .isEqualTo(
              "isotherm incidents: there is no topic incidents at %s, or none that this user may read: a monitor makes it when it starts%n"
                  .formatted(at));
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", at))) {
        NewTopics.create(admin, List.of(Topics.INCIDENTS.newTopic()));
      }
      assertThat(Ended.isotherm("incidents", "--bootstrap-server", at).out())
          .isEqualTo("Incidents: 0, 0 of them open\n");

      try (KafkaProducer<String, byte[]> producer = producer(broker)) {
        producer.beginTransaction();
        send(producer, "open", incident("open", 1, 100, IncidentEvent.Type.OPENED));
        send(producer, "ended", incident("ended", 1, 100, IncidentEvent.Type.OPENED));
        send(producer, "ended", incident("ended", 2, 50, IncidentEvent.Type.RESOLVED));
        send(producer, "removed", incident("removed", 1, 100, IncidentEvent.Type.OPENED));
        send(producer, "removed", null);
        producer.commitTransaction();
        producer.beginTransaction();
        send(producer, "open", incident("open", 2, 1, IncidentEvent.Type.RESOLVED));
        send(producer, "aborted", incident("aborted", 1, 100, IncidentEvent.Type.OPENED));
        producer.flush();
        producer.abortTransaction();
      }
      assertThat(ids(Ended.isotherm("incidents", "--bootstrap-server", at, "-o", "jsonl")))
          .isEqualTo("open");
      int port = freePort();
      Ended noRegistry =
          Ended.isotherm(
              "incidents",
              "--bootstrap-server",
              at,
              "--schema-registry",
              "http://localhost:" + port);
      assertThat(noRegistry.code()).isEqualTo(Main.FAILED);
      assertThat(noRegistry.err())
          .contains("isotherm incidents: schema registry http://localhost:" + port)
          .doesNotContain("cannot use Kafka");
      assertThat(
              ids(
                  Ended.isotherm(
                      "incidents", "--bootstrap-server", at, "-o", "jsonl", "--last", "90d")))
          .isEqualTo("ended open");
      assertThat(
              Ended.isotherm("incidents", "--bootstrap-server", at, "--last", "51h", "--by", "chip")
                  .out())
          .contains("pod-00/cab-001/board-0/chip-1  2 ", "Incidents: 2, 1 of them open");
    }
  }

  @Test
  void aRangeThatEndsBeforeItBeginsIsWrongUsage() {
    Ended ended =
        Ended.isotherm(
            "incidents", "--from", "2026-11-24T02:30:00Z", "--to", "2026-11-24T02:00:00Z");
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err())
        .contains("--to: 2026-11-24T02:00:00Z is not after the begin, 2026-11-24T02:30:00Z");
  }
}
