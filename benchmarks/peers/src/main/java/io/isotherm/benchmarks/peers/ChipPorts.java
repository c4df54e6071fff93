package io.isotherm.benchmarks.peers;

import java.io.IOException;
import java.util.Arrays;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/** The ports of one chip, by their number. */
public final class ChipPorts implements CopyableValue<ChipPorts> {
  private PortState[] ports = {};

  PortState port(int number) {
    if (number >= ports.length) {
      room(number + 1);
    }
    return ports[number];
  }

  private void room(int count) {
    int before = ports.length;
    ports = Arrays.copyOf(ports, count);
    for (int p = before; p < count; p++) {
      ports[p] = new PortState();
    }
  }

  @Override
  public void write(DataOutputView out) throws IOException {
    out.writeShort(ports.length);
    for (PortState port : ports) {
      port.write(out);
    }
  }

  @Override
  public void read(DataInputView in) throws IOException {
    ports = new PortState[0];
    room(in.readUnsignedShort());
    for (PortState port : ports) {
      port.read(in);
    }
  }

  @Override
  public int getBinaryLength() {
    return -1;
  }

  @Override
  public void copyTo(ChipPorts target) {
    target.ports = new PortState[0];
    target.room(ports.length);
    for (int p = 0; p < ports.length; p++) {
      ports[p].copyTo(target.ports[p]);
    }
  }

  @Override
  public ChipPorts copy() {
    ChipPorts copy = new ChipPorts();
    copyTo(copy);
    return copy;
  }

  @Override
  public void copy(DataInputView source, DataOutputView target) throws IOException {
    int count = source.readUnsignedShort();
    target.writeShort(count);
    target.write(source, count * PortState.BYTES);
  }
}
