package io.isotherm.benchmarks.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** A cabinet's window on its way to its pod. */
public final class CabinetWindow implements CopyableValue<CabinetWindow> {
  private String pod = "";
  private CabinetTotals totals = new CabinetTotals();

  /** For Flink, which reads into it. */
  public CabinetWindow() {}

  CabinetWindow(String pod, CabinetTotals totals) {
    this.pod = pod;
    this.totals = totals;
  }

  String pod() {
    return pod;
  }

  CabinetTotals totals() {
    return totals;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeUTF(pod);
    ByteBuffer b = ByteBuffer.allocate(CabinetTotals.BYTES);
    totals.write(b);
    out.write(b.array());
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = in.readUTF();
    byte[] bytes = new byte[CabinetTotals.BYTES];
    in.readFully(bytes);
    totals = CabinetTotals.read(ByteBuffer.wrap(bytes));
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(CabinetWindow target) {
    target.pod = pod;
    target.totals = totals;
  }

  @Override
  public CabinetWindow copy() {
    return new CabinetWindow(pod, totals);
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    CabinetWindow passing = new CabinetWindow();
    passing.read(source);
    passing.write(target);
  }
}
