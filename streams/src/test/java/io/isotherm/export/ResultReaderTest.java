package io.isotherm.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.schemas.SchemaHistory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.MockConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.junit.jupiter.api.Test;

final class ResultReaderTest {
  @Test
  void aReaderThatLacksMemoryHasFailed() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    MockConsumer<byte[], byte[]> consumer =
        new MockConsumer<>("none") {
          @Override
          public synchronized Map<String, List<PartitionInfo>> listTopics(Duration timeout) {
            throw new OutOfMemoryError("Java heap space");
          }

          @Override
          public synchronized void close() {
            super.close();
            closed.countDown();
          }
        };
    try (ResultReader reader =
        new ResultReader(
            consumer, "localhost:1", SchemaHistory.bundled(), InstantSource.system())) {
      reader.start();

      assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(reader.failure()).hasValue("the result reader failed: Java heap space");
    }
  }
}
