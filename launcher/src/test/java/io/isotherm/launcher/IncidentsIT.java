package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.avro.Incident;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.IncidentKind;
import io.isotherm.schemas.NewTopics;
import io.isotherm.schemas.SchemaHistory;
import io.isotherm.schemas.Topics;
import io.isotherm.topology.Results;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

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
            0,
            List.of()));
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
  void whatIsFollowedGoesOnThroughAnOutageAndComesOnce(@TempDir Path temp) throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(IncidentTopic.class);
    ListAppender<ILoggingEvent> logged = new ListAppender<>();
    logged.start();
    log.addAppender(logged);
    StopSignal stop = new StopSignal();
    StringWriter out = new StringWriter();
    ExecutorService follower = Executors.newSingleThreadExecutor();
    EmbeddedBroker broker = EmbeddedBroker.start(0, temp.resolve("broker"));
    try {
      // Given: one that is open, one that was resolved today and one that was long ago
      String at = broker.bootstrapServer();
      try (Admin admin = Admin.create(Map.of("bootstrap.servers", at))) {
        NewTopics.create(admin, List.of(Topics.INCIDENTS.newTopic()));
      }
      commit(broker, incident("open", 1, 90, IncidentEvent.Type.OPENED));
      commit(broker, incident("today", 2, 2, IncidentEvent.Type.RESOLVED));
      commit(broker, incident("ended", 2, 50, IncidentEvent.Type.RESOLVED));

      Future<Integer> code =
          follower.submit(
              () ->
                  Main.commandLine(stop)
                      .setOut(new PrintWriter(out, true))
                      .execute("incidents", "--follow", "--bootstrap-server", at));
      await(() -> events(out).size() == 2);

      // When
      commit(broker, incident("new", 1, 0, IncidentEvent.Type.OPENED));
      await(() -> events(out).size() == 3);
      broker.close();
      await(() -> logged.list.size() == 1);
      int port = Integer.parseInt(at.substring(at.indexOf(':') + 1));
      broker = EmbeddedBroker.start(port, temp.resolve("broker"));
      commit(broker, incident("new", 2, 0, IncidentEvent.Type.RESOLVED));
      await(() -> events(out).size() == 4 && logged.list.size() == 2);
      stop.request();

      // Then
      assertThat(code.get(30, TimeUnit.SECONDS)).isEqualTo(Main.DONE);
      assertThat(events(out))
          .containsExactly("opened open", "resolved today", "opened new", "resolved new");
      assertThat(out.toString()).contains("%n    hot%n    look%n".formatted());
      assertThat(logged.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsExactly(
              "cannot reach Kafka at " + at + "; what is found meanwhile comes when it is back",
              "incidents can be read again");
    } finally {
      stop.request();
      follower.shutdown();
      broker.close();
      log.detachAppender(logged);
    }
  }

  private static void commit(EmbeddedBroker broker, Incident incident) {
    try (KafkaProducer<String, byte[]> producer = producer(broker)) {
      producer.beginTransaction();
      send(producer, incident.getId(), incident);
      producer.commitTransaction();
    }
  }

  /** What happened to which incident, in its order. */
  private static List<String> events(StringWriter out) {
    return out.toString()
        .lines()
        .filter(line -> !line.startsWith(" "))
        .map(line -> line.replaceAll("^\\S+ +(\\w+) .* (\\w+)$", "$1 $2"))
        .toList();
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("it did not come within a minute").isLessThan(end);
      Thread.sleep(20);
    }
  }

  @Test
  void followingTakesNoEnd() {
    Ended ended = Ended.isotherm("incidents", "--follow", "--by", "chip");
    assertThat(ended.code()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).contains("--follow: goes on, so it takes neither --to nor --by");
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
