package io.isotherm.producers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.isotherm.emulator.ScenarioException;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;

class HeldReportsTest {
  private static ProducerRecord<byte[], byte[]> report(int bytes) {
    return new ProducerRecord<>("reports", new byte[bytes]);
  }

  @Test
  void whatIsDueFirstIsTakenFirstAndNothingBeforeItsTime() {
    HeldReports held = new HeldReports("noisy", 1_000);
    ProducerRecord<byte[], byte[]> second = report(2);
    ProducerRecord<byte[], byte[]> first = report(1);
    held.add(200, second);
    held.add(100, first);

    assertThat(held.take(99)).isNull();
    assertThat(held.take(250)).isSameAs(first);
    assertThat(held.take(250)).isSameAs(second);
    assertThat(held.take(Long.MAX_VALUE)).isNull();
  }

  @Test
  void moreThanFitsIsNamedWithWhatToLower() {
    HeldReports held = new HeldReports("noisy", 1_000);
    for (int i = 0; i < 10; i++) {
      held.add(i, report(600));
      assertThat(held.take(i)).isNotNull();
    }
    held.add(10, report(600));

    assertThatThrownBy(() -> held.add(11, report(600)))
        .isInstanceOf(ScenarioException.class)
        .hasMessage(
            "scenario 'noisy': more than 1,000 bytes of reports are on their way;"
                + " lower noise.late, noise.late_by or ordinary.lag.by");
  }
}
