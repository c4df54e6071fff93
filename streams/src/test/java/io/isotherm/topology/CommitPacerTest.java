package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.junit.jupiter.api.Test;

final class CommitPacerTest {
  private final MockProcessorContext<Void, Void> context = new MockProcessorContext<>();
  private final CommitPacer pacer = CommitPacer.of(context, 10_000);

  @Test
  void oneCommitServesAllWishesOfAMoment() {
    at(10_000);
    pacer.want();
    at(10_950);
    pacer.want();
    assertThat(context.committed()).isFalse();
    at(11_000);
    assertThat(context.committed()).isTrue();
  }

  @Test
  void commitsKeepTheirDistance() {
    at(10_000);
    pacer.committing();
    pacer.want();
    at(11_950);
    assertThat(context.committed()).isFalse();
    at(12_000);
    assertThat(context.committed()).isTrue();
  }

  @Test
  void aCommitThatSomebodyElseAskedForServesTheWishToo() {
    at(10_000);
    pacer.want();
    pacer.committing();
    at(20_000);
    assertThat(context.committed()).isFalse();
  }

  private void at(long ms) {
    context.setCurrentSystemTimeMs(ms);
    context.scheduledPunctuators().forEach(check -> check.getPunctuator().punctuate(ms));
  }
}
