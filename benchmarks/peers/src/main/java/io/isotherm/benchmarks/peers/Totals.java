package io.isotherm.benchmarks.peers;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.apache.flink.types.CopyableValue;

/**
 * Sums over a window that are written as plain bytes: by serdes for Kafka Streams, and for Flink by
 * themselves.
 */
interface Totals<T> extends CopyableValue<T> {
  /** Adds what another one holds. */
  void add(T other);

  /** Length of what {@link #write(ByteBuffer)} writes. */
  int bytes();

  void write(ByteBuffer to);

  /** Replaces what it holds by what was written. */
  void fill(ByteBuffer from);

  @Override
  default void write(DataOutputView out) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(bytes());
    write(b);
    out.writeInt(b.capacity());
    out.write(b.array());
  }

  @Override
  default void read(DataInputView in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    fill(ByteBuffer.wrap(bytes));
  }

  @Override
  default int getBinaryLength() {
    return -1;
  }

  /** Copies what would be written to another of the same kind. */
  static void copy(Totals<?> from, Totals<?> to) {
    ByteBuffer b = ByteBuffer.allocate(from.bytes());
    from.write(b);
    b.flip();
    to.fill(b);
  }

  @Override
  default void copy(DataInputView source, DataOutputView target) throws IOException {
    int length = source.readInt();
    target.writeInt(length);
    target.write(source, length);
  }
}
