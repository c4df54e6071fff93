package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.Severity;
import io.isotherm.model.Placement;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.Placements;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import io.isotherm.score.Raised;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ResultLogIT {
  private static Incident incident(String id, int revision) {
    return Incident.newBuilder()
        .setId(id)
        .setRevision(revision)
        .setEvent(revision == 1 ? IncidentEvent.OPENED : IncidentEvent.UPDATED)
        .setKind(IncidentKind.CHIP_HOT)
        .setSeverity(Severity.WARNING)
        .setPod("pod-00")
        .setSubject("pod-00/cab-001/board-0/chip-1")
        .setFirstSeenMs(0L)
        .setOpenedMs(1_000L)
        .setEventMs(2_000L)
        .setChipsAffected(1)
        .setSummary("hot")
        .setNextStep("look")
        .setEvidence(List.of())
        .setChildren(List.of())
        .setChildrenTotal(0)
        .setJobs(List.of())
        .build();
  }

  private static void send(
      KafkaProducer<byte[], byte[]> producer,
      Topic<?, ?> topic,
      String key,
      byte @Nullable [] value)
      throws Exception {
    producer
        .send(new ProducerRecord<>(topic.name(), 0, key.getBytes(StandardCharsets.UTF_8), value))
        .get();
  }

  private static byte[] bytes(Incident value) {
    return Topics.INCIDENTS
        .valueSerde(SchemaHistory.bundled())
        .serializer()
        .serialize(Topics.INCIDENTS.name(), value);
  }

  private static List<String> ids(List<Incident> incidents) {
    return incidents.stream().map(Incident::getId).toList();
  }

  private static void awaitOpen(ResultLog log, String... ids) {
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              assertThat(log.failure()).isNull();
              assertThat(ids(log.openIncidents())).containsExactly(ids);
            });
  }

  @Test
  void anIncidentThatAnOperatorRemovesIsNoLongerOpenUntilItIsHeardOfAgain() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServer());
      try (Admin admin = Admin.create(client)) {
        NewTopics.create(admin, Topics.ALL.stream().map(Topic::newTopic).toList());
      }
      try (KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
          ResultLog log = new ResultLog(client, SchemaHistory.bundled())) {
        send(producer, Topics.INCIDENTS, "a", bytes(incident("a", 1)));
        send(producer, Topics.INCIDENTS, "b", bytes(incident("b", 1)));
        awaitOpen(log, "a", "b");
        String events = log.incidentsSha256();

        send(producer, Topics.INCIDENTS, "a", null);
        send(producer, Topics.INCIDENTS, "never-heard-of", null);
        send(producer, Topics.POD_HEALTH, "pod-00", null);
        send(producer, Topics.FAULTS, "fault", null);
        awaitOpen(log, "b");
        assertThat(log.raised()).extracting(Raised::id).containsExactly("a", "b");
        assertThat(log.incidentsSha256()).isEqualTo(events);

        send(producer, Topics.INCIDENTS, "a", bytes(incident("a", 2)));
        awaitOpen(log, "a", "b");
      }
    }
  }

  private static Placement maintenance(long fromMs, long untilMs) {
    return new Placement(
        "hand:pod-00",
        fromMs,
        untilMs,
        false,
        List.of(new Placement.Member("pod-00", 0, 1, Placement.MAINTENANCE, 0)));
  }

  @Test
  void maintenanceThatAnybodyAnnouncedIsKnownAlsoWhenItIsOver() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      Map<String, Object> client = Map.of("bootstrap.servers", broker.bootstrapServer());
      try (KafkaProducer<byte[], byte[]> producer =
              new KafkaProducer<>(client, new ByteArraySerializer(), new ByteArraySerializer());
          ResultLog log = new ResultLog(client, SchemaHistory.bundled())) {
        // When: it is announced, ended before its time, announced again, and forgotten
        for (Placement p :
            List.of(
                maintenance(1_000, 90_000),
                maintenance(1_000, 20_000),
                maintenance(50_000, 60_000))) {
          send(
              producer,
              Topics.JOBS,
              p.job(),
              Topics.JOBS
                  .valueSerde(SchemaHistory.bundled())
                  .serializer()
                  .serialize(Topics.JOBS.name(), Placements.publish(p)));
        }
        send(producer, Topics.JOBS, "hand:pod-00", null);
        send(producer, Topics.INCIDENTS, "a", bytes(incident("a", 1)));
        awaitOpen(log, "a");

        // Then
        await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () ->
                    assertThat(log.placements())
                        .containsExactly(maintenance(1_000, 20_000), maintenance(50_000, 60_000)));
      }
    }
  }
}
