package io.isotherm.benchmarks.peers;

import io.isotherm.model.Report;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** What the answer needs of a whole report, on its way between Flink's tasks. */
public final class BoardReading implements CopyableValue<BoardReading> {
  private String pod = "";
  private byte[] podBytes = {};
  private byte[] readBytes = {};
  long timeMs;
  int cabinet;
  int board;
  int chips;
  int[] chip = new int[8];

  /** In tenths of a degree Celsius, or {@link io.isotherm.model.Report#ABSENT}, as the others. */
  int[] temperature = new int[8];

  /** In tenths of a watt. */
  int[] power = new int[8];

  /** In thousandths. */
  int[] utilization = new int[8];

  String pod() {
    return pod;
  }

  /** Takes over a report. */
  @SuppressWarnings("ReferenceEquality") // the decoder gives the same object for the same pod
  void take(Report r) {
    if (pod != r.pod) {
      pod = r.pod;
      podBytes = pod.getBytes(StandardCharsets.UTF_8);
    }
    timeMs = r.timeMs;
    cabinet = r.cabinet;
    board = r.board;
    room(r.chipCount);
    System.arraycopy(r.chip, 0, chip, 0, chips);
    System.arraycopy(r.temperature, 0, temperature, 0, chips);
    System.arraycopy(r.power, 0, power, 0, chips);
    System.arraycopy(r.utilization, 0, utilization, 0, chips);
  }

  private void room(int count) {
    chips = count;
    if (chip.length < count) {
      chip = new int[count];
      temperature = new int[count];
      power = new int[count];
      utilization = new int[count];
    }
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeByte(podBytes.length);
    out.write(podBytes);
    out.writeLong(timeMs);
    out.writeShort(cabinet);
    out.writeShort(board);
    out.writeShort(chips);
    for (int i = 0; i < chips; i++) {
      out.writeShort(chip[i]);
      out.writeInt(temperature[i]);
      out.writeInt(power[i]);
      out.writeInt(utilization[i]);
    }
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
    timeMs = in.readLong();
    cabinet = in.readUnsignedShort();
    board = in.readUnsignedShort();
    room(in.readUnsignedShort());
    for (int i = 0; i < chips; i++) {
      chip[i] = in.readUnsignedShort();
      temperature[i] = in.readInt();
      power[i] = in.readInt();
      utilization[i] = in.readInt();
    }
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(BoardReading target) {
    target.pod = pod;
    target.podBytes = podBytes;
    target.timeMs = timeMs;
    target.cabinet = cabinet;
    target.board = board;
    target.chips = chips;
    target.chip = chip.clone();
    target.temperature = temperature.clone();
    target.power = power.clone();
    target.utilization = utilization.clone();
  }

  @Override
  public BoardReading copy() {
    BoardReading copy = new BoardReading();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    BoardReading passing = new BoardReading();
    passing.read(source);
    passing.write(target);
  }
}
