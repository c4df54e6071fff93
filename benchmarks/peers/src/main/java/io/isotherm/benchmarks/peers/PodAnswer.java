package io.isotherm.benchmarks.peers;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** The chips or the links of a pod's window on their way to the topic of answers. */
public final class PodAnswer implements CopyableValue<PodAnswer> {
  private String pod = "";
  private byte[] value = {};

  /** For Flink, which reads into it. */
  public PodAnswer() {}

  PodAnswer(String pod, long windowStartMs, PodTotals totals) {
    this.pod = pod;
    value = AnswerTopic.value(windowStartMs, totals);
  }

  PodAnswer(String pod, long windowStartMs, LinkTotals totals) {
    this.pod = pod;
    value = AnswerTopic.value(windowStartMs, totals);
  }

  String pod() {
    return pod;
  }

  byte[] value() {
    return value;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeUTF(pod);
    out.writeInt(value.length);
    out.write(value);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = in.readUTF();
    value = new byte[in.readInt()];
    in.readFully(value);
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(PodAnswer target) {
    target.pod = pod;
    target.value = value;
  }

  @Override
  public PodAnswer copy() {
    PodAnswer copy = new PodAnswer();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    PodAnswer passing = new PodAnswer();
    passing.read(source);
    passing.write(target);
  }
}
