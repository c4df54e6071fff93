package io.isotherm.benchmarks.peers;

import io.isotherm.model.Report;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.jspecify.annotations.Nullable;

/**
 * A report as it came from Kafka, decoded where somebody looks into it. Between Flink's tasks it
 * travels as the bytes that it came in, which is cheaper than to write and read its columns.
 */
public final class RawReport implements CopyableValue<RawReport> {
  private PodName pod = PodName.NONE;
  private byte[] bytes = {};
  private @Nullable Report report;

  String pod() {
    return pod.name;
  }

  PodName podName() {
    return pod;
  }

  /** Takes over a record, whose key is the pod. */
  void take(ConsumerRecord<byte[], byte[]> record) {
    pod = PodName.of(record.key());
    bytes = record.value();
    report = null;
  }

  /** The report, which is decoded the first time only. */
  Report report(Intake intake) {
    if (report == null) {
      report = intake.read(bytes);
    }
    return report;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    pod.write(out);
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = PodName.read(in);
    bytes = new byte[in.readInt()];
    in.readFully(bytes);
    report = null;
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(RawReport target) {
    target.pod = pod;
    target.bytes = bytes;
    target.report = null;
  }

  @Override
  public RawReport copy() {
    RawReport copy = new RawReport();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    PodName.pass(source, target, 0);
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }
}
