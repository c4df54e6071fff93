package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.schemas.SchemaHistory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.kafka.clients.producer.MockProducer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.Test;

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
}
