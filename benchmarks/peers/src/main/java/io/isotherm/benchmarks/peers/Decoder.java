package io.isotherm.benchmarks.peers;

import io.isotherm.model.Report;
import org.apache.kafka.common.utils.Bytes;
import org.apache.kafka.streams.processor.api.ContextualFixedKeyProcessor;
import org.apache.kafka.streams.processor.api.FixedKeyRecord;

/** Decodes reports, all into the same object: what follows is done before the next one comes. */
final class Decoder extends ContextualFixedKeyProcessor<Bytes, byte[], Report> {
  private final Intake intake = new Intake();

  @Override
  public void process(FixedKeyRecord<Bytes, byte[]> record) {
    context().forward(record.withValue(intake.read(record.value())));
  }
}
