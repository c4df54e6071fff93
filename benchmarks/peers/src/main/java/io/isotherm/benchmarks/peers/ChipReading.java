package io.isotherm.benchmarks.peers;

import java.io.IOException;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * What one chip said at one instant, or its means over a window, on its way between Flink's tasks.
 *
 * <p>Written by hand into Flink's buffers.
 */
public final class ChipReading implements CopyableValue<ChipReading> {
  /** Length of what is written behind the name. */
  private static final int BYTES = 3 * Short.BYTES + 3 * Integer.BYTES;

  private PodName pod = PodName.NONE;
  int cabinet;
  int board;
  int chip;

  /** In tenths of a degree Celsius, or {@link io.isotherm.model.Report#ABSENT}, as the others. */
  int temperature;

  /** In tenths of a watt. */
  int power;

  /** In thousandths. */
  int utilization;

  String pod() {
    return pod.name;
  }

  /** Says where the chip is. */
  void at(PodName newPod, int newCabinet, int newBoard, int newChip) {
    pod = newPod;
    cabinet = newCabinet;
    board = newBoard;
    chip = newChip;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    pod.write(out);
    out.writeShort(cabinet);
    out.writeShort(board);
    out.writeShort(chip);
    out.writeInt(temperature);
    out.writeInt(power);
    out.writeInt(utilization);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    pod = PodName.read(in);
    cabinet = in.readUnsignedShort();
    board = in.readUnsignedShort();
    chip = in.readUnsignedShort();
    temperature = in.readInt();
    power = in.readInt();
    utilization = in.readInt();
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(ChipReading target) {
    target.pod = pod;
    target.cabinet = cabinet;
    target.board = board;
    target.chip = chip;
    target.temperature = temperature;
    target.power = power;
    target.utilization = utilization;
  }

  @Override
  public ChipReading copy() {
    ChipReading copy = new ChipReading();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    PodName.pass(source, target, BYTES);
  }
}
