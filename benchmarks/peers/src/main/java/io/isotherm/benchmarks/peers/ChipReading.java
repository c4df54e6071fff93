package io.isotherm.benchmarks.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * What one chip said at one instant, or its means over a window, on its way between Flink's tasks.
 *
 * <p>Written by hand into Flink's buffers. An object is read into again and again, and its pod is
 * mostly the one it was before, so the name is kept and not made anew.
 */
public final class ChipReading implements CopyableValue<ChipReading> {
  private static final int BYTES = 1 + 3 * Short.BYTES + 3 * Integer.BYTES;

  private String pod = "";
  private byte[] podBytes = {};
  private byte[] readBytes = {};
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
    return pod;
  }

  /** Says where the chip is. */
  @SuppressWarnings("ReferenceEquality") // the decoder gives the same object for the same pod
  void at(String newPod, int newCabinet, int newBoard, int newChip) {
    if (pod != newPod) {
      pod = newPod;
      podBytes = newPod.getBytes(StandardCharsets.UTF_8);
    }
    cabinet = newCabinet;
    board = newBoard;
    chip = newChip;
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeByte(podBytes.length);
    out.write(podBytes);
    out.writeShort(cabinet);
    out.writeShort(board);
    out.writeShort(chip);
    out.writeInt(temperature);
    out.writeInt(power);
    out.writeInt(utilization);
  }

  @Override
  public void read(DataInputView in) throws IOException {
    int length = in.readUnsignedByte();
    if (readBytes.length != length) {
      readBytes = new byte[length];
    }
    in.readFully(readBytes);
    if (!Arrays.equals(readBytes, podBytes)) {
      podBytes = readBytes.clone();
      pod = new String(podBytes, StandardCharsets.UTF_8);
    }
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
    target.podBytes = podBytes;
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
    int length = source.readUnsignedByte();
    target.writeByte(length);
    target.write(source, length + BYTES - 1);
  }
}
