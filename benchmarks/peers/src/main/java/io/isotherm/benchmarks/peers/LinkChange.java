package io.isotherm.benchmarks.peers;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** What a reading of a port adds to its pod's window, on its way there; as {@link ChipReading}. */
public final class LinkChange implements CopyableValue<LinkChange> {
  /** Length of what is written behind the name. */
  private static final int BYTES = 3 + 3 * Long.BYTES;

  private PodName pod = PodName.NONE;
  private final LinkTotals totals = new LinkTotals();

  String pod() {
    return pod.name;
  }

  /** Says which pod the port belongs to. */
  void of(PodName newPod) {
    pod = newPod;
  }

  /** One port, so that counts of ports are -1, 0 or 1. */
  LinkTotals totals() {
    return totals;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    pod.write(out);
    out.writeByte(totals.up);
    out.writeByte(totals.down);
    out.writeByte(totals.degraded);
    out.writeLong(totals.txBytes);
    out.writeLong(totals.rxBytes);
    out.writeLong(totals.errors);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = PodName.read(in);
    totals.up = in.readByte();
    totals.down = in.readByte();
    totals.degraded = in.readByte();
    totals.txBytes = in.readLong();
    totals.rxBytes = in.readLong();
    totals.errors = in.readLong();
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(LinkChange target) {
    target.pod = pod;
    totals.copyTo(target.totals);
  }

  @Override
  public LinkChange copy() {
    LinkChange copy = new LinkChange();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    PodName.pass(source, target, BYTES);
  }
}
