package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.isotherm.schemas.SchemaHistory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.Callback;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.NotEnoughReplicasException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

final class TickerTest {
  private static final long NOW = 1_800_000_000_000L;

  private final TopologyBook book = new TopologyBook();
  private final MockProducer<byte[], byte[]> producer =
      new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer());

  private List<String> ticked() {
    List<String> pods =
        producer.history().stream()
            .map(sent -> new String(sent.key(), StandardCharsets.UTF_8))
            .toList();
    producer.clear();
    return pods;
  }

  @Test
  void aPodThatIsOnlyAnnouncedGetsNoTick() {
    book.pod(TopologyBookTest.pod("pod-00", NOW - 1));
    book.pod(TopologyBookTest.pod("pod-01", NOW + 60_000));

    try (Ticker ticker = new Ticker(producer, SchemaHistory.bundled(), book)) {
      ticker.tickAll(NOW);
      assertThat(ticked()).containsExactly("pod-00");

      ticker.tickAll(NOW + 60_000);
      assertThat(ticked()).containsExactly("pod-00", "pod-01");
    }
  }

  /** After a restart nothing else may be known of a pod that has been judged all along. */
  @Test
  void aPodThatIsJudgedGetsTicksAlsoIfOnlyALaterVersionOfItIsKnown() {
    book.judged("pod-00");
    book.judged("pod-02");
    book.pod(TopologyBookTest.pod("pod-00", NOW + 60_000));
    book.pod(TopologyBookTest.pod("pod-01", NOW + 60_000));

    try (Ticker ticker = new Ticker(producer, SchemaHistory.bundled(), book)) {
      ticker.tickAll(NOW);
      assertThat(ticked()).containsExactly("pod-00");

      book.removePod("pod-00");
      ticker.tickAll(NOW + 5_000);
      assertThat(ticked()).isEmpty();
    }
  }

  @Test
  void saysThatThereAreNoMoreTicksWhenMemoryIsUsedUp() {
    book.pod(TopologyBookTest.pod("pod-00", NOW));
    MockProducer<byte[], byte[]> full =
        new MockProducer<>(true, null, new ByteArraySerializer(), new ByteArraySerializer()) {
          @Override
          public synchronized Future<RecordMetadata> send(
              ProducerRecord<byte[], byte[]> tick, Callback sent) {
            throw new OutOfMemoryError("Java heap space");
          }
        };

    try (Ticker ticker = new Ticker(full, SchemaHistory.bundled(), book)) {
      assertThat(ticker.failure()).isNull();

      assertThatThrownBy(() -> ticker.tickAll(NOW)).isInstanceOf(OutOfMemoryError.class);

      assertThat(ticker.failure()).contains("no more ticks").contains("Java heap space");
    }
  }

  @Test
  void aPodWhoseReportsComeElsewhereThanItsTicksIsToldOfOnce() {
    Logger logger = (Logger) LoggerFactory.getLogger(Ticker.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    for (String pod : List.of("pod-00", "pod-01", "pod-02")) {
      book.pod(TopologyBookTest.pod(pod, NOW));
    }

    // The producer has one partition, 0. The agents of the last pod are of both kinds.
    book.heard("pod-00", 0);
    book.heard("pod-01", 3);
    book.heard("pod-02", 0);
    book.heard("pod-02", 5);
    try (Ticker ticker = new Ticker(producer, SchemaHistory.bundled(), book)) {
      ticker.tickAll(NOW);
      ticker.tickAll(NOW + 5_000);
    } finally {
      logger.detachAppender(said);
    }

    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .satisfiesExactly(
            first ->
                assertThat(first)
                    .startsWith("reports of pod-01 come in partition 3 of telemetry.reports")
                    .contains("its ticks go to 0")
                    .contains("partitioner=murmur2_random"),
            second -> assertThat(second).startsWith("reports of pod-02 come in partition 5"));
  }

  @Test
  void ticksThatKafkaDoesNotTakeAreOneLineInTheLog() {
    Logger logger = (Logger) LoggerFactory.getLogger(Ticker.class);
    ListAppender<ILoggingEvent> said = new ListAppender<>();
    said.start();
    logger.addAppender(said);
    book.pod(TopologyBookTest.pod("pod-00", NOW));
    book.pod(TopologyBookTest.pod("pod-01", NOW));
    MockProducer<byte[], byte[]> away =
        new MockProducer<>(false, null, new ByteArraySerializer(), new ByteArraySerializer());

    try (Ticker ticker = new Ticker(away, SchemaHistory.bundled(), book)) {
      for (int round = 0; round < 4; round++) {
        ticker.tickAll(NOW + round * 5_000L);
        away.errorNext(new TimeoutException("expired"));
        away.errorNext(new NotEnoughReplicasException("one of two"));
      }
    } finally {
      logger.detachAppender(said);
    }

    assertThat(said.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .singleElement()
        .asString()
        .startsWith("Kafka does not take ticks: ")
        .contains("NotEnoughReplicasException: one of two");
  }

  @Test
  void holdsNoTickBackForLongerThanTheNextOneTakes() {
    Map<String, Object> config =
        Ticker.config(
            Map.of(
                ProducerConfig.BOOTSTRAP_SERVERS_CONFIG,
                "localhost:1",
                ProducerConfig.LINGER_MS_CONFIG,
                500));

    assertThat(config)
        .containsEntry(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, (int) Ticker.INTERVAL.toMillis())
        .containsEntry(ProducerConfig.LINGER_MS_CONFIG, 0);
    // Kafka refuses timeouts that contradict each other.
    new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer()).close();
  }
}
