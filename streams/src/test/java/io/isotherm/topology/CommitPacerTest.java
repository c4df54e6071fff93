package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.SchemaHistory;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.streams.processor.api.MockProcessorContext;
import org.apache.kafka.streams.processor.api.MockProcessorContext.CapturedPunctuator;
import org.apache.kafka.streams.processor.api.Processor;
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

  /** What the pacer of before still wants nobody takes back: it would ask every 50 ms for ever. */
  @Test
  void aTaskThatIsRevivedIsAskedByItsNewPacerOnly() {
    MockProcessorContext<Object, SpecificRecord> pods = new MockProcessorContext<>();
    pods.addStateStore(PagedStore.builder(Names.POD_PAGES).build());
    aTaskIsRevived(
        new PodMonitorProcessor(
            SchemaHistory.bundled(), new TopologyBook(), DetectorSettings.DEFAULT),
        pods);
    MockProcessorContext<String, SpecificRecord> cluster = new MockProcessorContext<>();
    cluster.addStateStore(PagedStore.builder(Names.CLUSTER_STATE).build());
    aTaskIsRevived(
        new ClusterMonitorProcessor(new TopologyBook(), DetectorSettings.DEFAULT), cluster);
  }

  private static <K, V> void aTaskIsRevived(
      Processor<?, ?, K, V> processor, MockProcessorContext<K, V> context) {
    processor.init(context);
    processor.init(context);
    assertThat(context.scheduledPunctuators())
        .extracting(CapturedPunctuator::cancelled)
        .containsExactly(true, false);

    processor.close();
    assertThat(context.scheduledPunctuators()).allMatch(CapturedPunctuator::cancelled);
  }
}
