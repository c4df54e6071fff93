package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.Histogram;
import io.isotherm.avro.Incident;
import io.isotherm.avro.IncidentEvent;
import io.isotherm.avro.IncidentKind;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import io.isotherm.avro.Severity;
import io.isotherm.export.Exporter;
import io.isotherm.export.HostNames;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topic;
import io.isotherm.schemas.Topics;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

@Execution(ExecutionMode.CONCURRENT)
final class ExporterIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Duration PATIENCE = Duration.ofSeconds(40);

  private static Map<String, Object> client(String brokers) {
    return Map.of("bootstrap.servers", brokers);
  }

  private static void createTopics(String brokers) throws Exception {
    try (Admin admin = Admin.create(client(brokers))) {
      NewTopics.create(admin, Topics.ALL.stream().map(Topic::newTopic).toList());
    }
  }

  private static <V extends SpecificRecord> void send(
      String brokers, Topic<?, V> topic, String key, @Nullable V value) throws Exception {
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            client(brokers), new ByteArraySerializer(), new ByteArraySerializer())) {
      ProducerRecord<byte[], byte[]> entry =
          new ProducerRecord<>(
              topic.name(),
              key.getBytes(StandardCharsets.UTF_8),
              value == null
                  ? null
                  : topic
                      .valueSerde(SchemaHistory.bundled())
                      .serializer()
                      .serialize(topic.name(), value));
      if (topic.equals(Topics.DEAD)) {
        entry.headers().add("isotherm.reason", "UNKNOWN_POD".getBytes(StandardCharsets.UTF_8));
      }
      producer.send(entry).get();
    }
  }

  /** Windows of a pod, one after the other. */
  private static void sendWindows(String brokers, String pod, int count) throws Exception {
    byte[] value =
        Topics.POD_HEALTH
            .valueSerde(SchemaHistory.bundled())
            .serializer()
            .serialize(Topics.POD_HEALTH.name(), window(pod));
    try (KafkaProducer<byte[], byte[]> producer =
        new KafkaProducer<>(
            client(brokers), new ByteArraySerializer(), new ByteArraySerializer())) {
      for (int i = 0; i < count; i++) {
        var unused =
            producer.send(
                new ProducerRecord<>(
                    Topics.POD_HEALTH.name(), pod.getBytes(StandardCharsets.UTF_8), value));
      }
      producer.flush();
    }
  }

  static PodHealth window(String pod) {
    return PodHealth.newBuilder()
        .setPod(pod)
        .setWindowStartMs(0L)
        .setWindowMs(10_000)
        .setChips(16)
        .setHealthy(16)
        .setSuspect(0)
        .setDegraded(0)
        .setFailed(0)
        .setUnknown(0)
        .setBoards(4)
        .setBoardsReporting(4)
        .setChipsReporting(16)
        .setEffectiveComputePermille(1_000)
        .setTemperature(new Histogram(List.of(), List.of(16), 0L))
        .setUtilization(new Histogram(List.of(), List.of(16), 0L))
        .setPowerDeciwatts(0L)
        .setLinks(0)
        .setLinksUp(0)
        .setLinksDown(0)
        .setLinksDegraded(0)
        .setLinksUnknown(0)
        .setLinkTxBytesTotal(0L)
        .setLinkRxBytesTotal(0L)
        .setLinkErrorsTotal(0L)
        .setReportsTotal(0L)
        .setLateTotal(0L)
        .setDuplicatesTotal(0L)
        .setRejectedTotal(0L)
        .setMissedTotal(0L)
        .setWindowsTotal(1L)
        .setWatermarkMs(10_000L)
        .setOpenIncidents(0)
        .setCabinetHealth(List.of())
        .setHotSpots(List.of())
        .setChipStates(ByteBuffer.allocate(16))
        .setChipTemperatures(ByteBuffer.allocate(16))
        .build();
  }

  private static PodTopology topology(String pod) {
    return new PodTopology(
        pod,
        "cluster",
        "test",
        0L,
        2,
        2,
        4,
        0,
        List.of(),
        List.of(0, 0, 0, 0),
        1,
        1,
        new ChipModel("c", "v", 870, 890, 950, true, null, null, null, null, null));
  }

  private static Incident incident(String pod, int revision, IncidentEvent event) {
    return Incident.newBuilder()
        .setId(pod + "-hot")
        .setRevision(revision)
        .setEvent(event)
        .setKind(IncidentKind.CHIP_HOT)
        .setSeverity(Severity.WARNING)
        .setPod(pod)
        .setSubject(pod + "/cab-001/board-0/chip-1")
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

  private static Exporter export(String brokers) throws IOException {
    return Exporter.start(
        client(brokers),
        SchemaHistory.bundled(),
        new InetSocketAddress(0),
        Exporter.DEFAULT_SERIES_BUDGET,
        "test",
        HostNames.NONE);
  }

  private static HttpResponse<String> get(Exporter exporter, String path) {
    try {
      return HTTP.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + exporter.port() + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static List<String> counters(Exporter exporter) {
    return get(exporter, "/metrics")
        .body()
        .lines()
        .filter(line -> line.matches("isotherm_(incidents_total|dead_letters_total|chips).*"))
        .toList();
  }

  private static void awaitMetric(Exporter exporter, String line) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(get(exporter, "/metrics").body().lines()).contains(line));
  }

  @Test
  void anExporterThatStartsAnewSaysTheSameAndAPodThatLeftIsGone() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      String brokers = broker.bootstrapServer();
      createTopics(brokers);
      send(brokers, Topics.PODS, "pod-00", topology("pod-00"));
      send(brokers, Topics.PODS, "pod-01", topology("pod-01"));
      send(brokers, Topics.DEAD, "pod-99", null);
      send(brokers, Topics.INCIDENTS, "a", incident("pod-00", 1, IncidentEvent.OPENED));
      send(brokers, Topics.INCIDENTS, "a", incident("pod-00", 2, IncidentEvent.RESOLVED));
      send(brokers, Topics.INCIDENTS, "b", incident("pod-01", 1, IncidentEvent.OPENED));
      List<String> before;
      try (Exporter exporter = export(brokers)) {
        awaitMetric(exporter, "isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 1.0");
        before = counters(exporter);
        assertThat(before)
            .contains(
                "isotherm_chips{pod=\"pod-01\",state=\"unknown\"} 16.0",
                "isotherm_dead_letters_total{reason=\"unknown_pod\"} 1.0",
                "isotherm_incidents_total{event=\"opened\",kind=\"chip_hot\"} 2.0",
                "isotherm_incidents_total{event=\"resolved\",kind=\"chip_hot\"} 1.0");
        assertThat(get(exporter, "/ready").body()).isEqualTo("no window in health.pods yet\n");
      }
      try (Exporter exporter = export(brokers)) {
        awaitMetric(exporter, "isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 1.0");
        assertThat(counters(exporter)).isEqualTo(before);
        send(brokers, Topics.PODS, "pod-01", null);
        awaitMetric(exporter, "isotherm_incidents{kind=\"chip_hot\",severity=\"warning\"} 0.0");
        assertThat(get(exporter, "/metrics").body()).doesNotContain("pod-01");
      }
    }
  }

  @Test
  void aPodThatStandsStillKeepsItsLastWindowInAnExporterThatStartsAnew() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      String brokers = broker.bootstrapServer();
      createTopics(brokers);
      send(brokers, Topics.PODS, "pod-00", topology("pod-00"));
      send(brokers, Topics.PODS, "pod-01", topology("pod-01"));
      sendWindows(brokers, "pod-00", 1);
      sendWindows(brokers, "pod-01", 1_100);
      try (Exporter exporter = export(brokers)) {
        awaitMetric(exporter, "isotherm_chips{pod=\"pod-01\",state=\"healthy\"} 16.0");
        assertThat(get(exporter, "/metrics").body())
            .contains("isotherm_chips{pod=\"pod-00\",state=\"healthy\"} 16.0")
            .contains("isotherm_watermark_lag_seconds{pod=\"pod-00\"}");
      }
    }
  }

  @Test
  void anExporterThatStartsBeforeTheTopicsTakesThemUp() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      String brokers = broker.bootstrapServer();
      try (Exporter exporter = export(brokers)) {
        await().atMost(PATIENCE).until(() -> get(exporter, "/ready").statusCode() == 503);
        createTopics(brokers);
        send(brokers, Topics.PODS, "pod-00", topology("pod-00"));
        awaitMetric(exporter, "isotherm_chips{pod=\"pod-00\",state=\"unknown\"} 16.0");
      }
    }
  }

  @Test
  void itSaysThatTheBrokerIsGoneAndReadsOnWhenItIsBack(@TempDir Path data) throws Exception {
    EmbeddedBroker broker = EmbeddedBroker.start(0, data);
    String brokers = broker.bootstrapServer();
    int port = Integer.parseInt(brokers.substring(brokers.indexOf(':') + 1));
    createTopics(brokers);
    send(brokers, Topics.PODS, "pod-00", topology("pod-00"));
    try (Exporter exporter = export(brokers)) {
      awaitMetric(exporter, "isotherm_chips{pod=\"pod-00\",state=\"unknown\"} 16.0");
      broker.close();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(get(exporter, "/ready").body())
                      .isEqualTo("cannot reach Kafka at %s%n".formatted(brokers)));
      assertThat(get(exporter, "/ready").statusCode()).isEqualTo(503);
      assertThat(get(exporter, "/live").statusCode()).isEqualTo(200);
      assertThat(get(exporter, "/metrics").body())
          .contains("isotherm_chips{pod=\"pod-00\",state=\"unknown\"} 16.0");
      try (EmbeddedBroker again = EmbeddedBroker.start(port, data)) {
        send(again.bootstrapServer(), Topics.PODS, "pod-01", topology("pod-01"));
        awaitMetric(exporter, "isotherm_chips{pod=\"pod-01\",state=\"unknown\"} 16.0");
        assertThat(get(exporter, "/ready").body()).isEqualTo("no window in health.pods yet\n");
      }
    }
  }

  @Test
  void withoutABrokerItSaysWhatToDo() throws Exception {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("localhost"))) {
      port = socket.getLocalPort();
    }
    String brokers = "localhost:" + port;
    assertThatThrownBy(() -> export(brokers).close())
        .isInstanceOf(IOException.class)
        .hasMessage(
            "cannot use Kafka at %s: no answer within 10 s; start a broker there or give another --bootstrap-server"
                .formatted(brokers));
  }
}
