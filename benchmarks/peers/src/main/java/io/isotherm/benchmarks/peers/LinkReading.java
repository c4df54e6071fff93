package io.isotherm.benchmarks.peers;

import io.isotherm.model.Report;
import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** What one port said at one instant, on its way between Flink's tasks; as {@link ChipReading}. */
public final class LinkReading implements CopyableValue<LinkReading> {
  /** Length of what is written behind the name. */
  private static final int BYTES = 4 * Long.BYTES;

  private static final int CABINET_SHIFT = 48;
  private static final int BOARD_SHIFT = 32;
  private static final int CHIP_SHIFT = 16;
  private static final int PORT_SHIFT = 8;

  private PodName pod = PodName.NONE;

  /** Cabinet, board, chip and port, and the state in the lowest byte. */
  private long placeAndState;

  long txBytes;
  long rxBytes;

  /** Checksum errors and retries. */
  long errors;

  String pod() {
    return pod.name;
  }

  PodName podName() {
    return pod;
  }

  /** Where the port's chip is, as a number within the pod. */
  long chipPlace() {
    return placeAndState >>> CHIP_SHIFT;
  }

  /** Number of the port. */
  int port() {
    return (int) (placeAndState >>> PORT_SHIFT) & 0xff;
  }

  /** As {@link Report#linkState}. */
  int state() {
    return (byte) placeAndState;
  }

  /** Takes over one of a report's links. */
  void take(PodName newPod, Report r, int link) {
    pod = newPod;
    placeAndState =
        (long) r.cabinet << CABINET_SHIFT
            | (long) r.board << BOARD_SHIFT
            | (long) r.linkChip[link] << CHIP_SHIFT
            | (long) r.linkPort[link] << PORT_SHIFT
            | (r.linkState[link] & 0xff);
    txBytes = Math.max(0, r.txBytes[link]);
    rxBytes = Math.max(0, r.rxBytes[link]);
    errors = Math.max(0, r.crcErrors[link]) + Math.max(0, r.retries[link]);
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    pod.write(out);
    out.writeLong(placeAndState);
    out.writeLong(txBytes);
    out.writeLong(rxBytes);
    out.writeLong(errors);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = PodName.read(in);
    placeAndState = in.readLong();
    txBytes = in.readLong();
    rxBytes = in.readLong();
    errors = in.readLong();
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(LinkReading target) {
    target.pod = pod;
    target.placeAndState = placeAndState;
    target.txBytes = txBytes;
    target.rxBytes = rxBytes;
    target.errors = errors;
  }

  @Override
  public LinkReading copy() {
    LinkReading copy = new LinkReading();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    PodName.pass(source, target, BYTES);
  }
}
