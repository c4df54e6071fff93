package io.isotherm.benchmarks.peers;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;
import org.jspecify.annotations.Nullable;

/**
 * A pod's name and its bytes. Flink makes a new object of every element that comes from another
 * task, and keys that were made of it stay; so those of one pod are to share one name, which costs
 * no memory of their own and is found equal without a look into it.
 */
final class PodName {
  static final PodName NONE = new PodName("", new byte[0]);

  /** The newest name of each place, by the hash of its bytes: most pods have one for themselves. */
  private static final AtomicReferenceArray<@Nullable PodName> KNOWN =
      new AtomicReferenceArray<>(256);

  final String name;
  final byte[] bytes;

  private PodName(String name, byte[] bytes) {
    this.name = name;
    this.bytes = bytes;
  }

  static PodName of(String name) {
    return of(name.getBytes(StandardCharsets.UTF_8));
  }

  static PodName of(byte[] bytes) {
    int at = Arrays.hashCode(bytes) & KNOWN.length() - 1;
    PodName known = KNOWN.get(at);
    if (known == null || !Arrays.equals(known.bytes, bytes)) {
      known = new PodName(new String(bytes, StandardCharsets.UTF_8), bytes.clone());
      KNOWN.set(at, known);
    }
    return known;
  }

  void write(DataOutputView out) throws IOException {
    out.writeByte(bytes.length);
    out.write(bytes);
  }

  static PodName read(DataInputView in) throws IOException {
    byte[] bytes = new byte[in.readUnsignedByte()];
    in.readFully(bytes);
    return of(bytes);
  }

  /**
   * Passes on a name and what follows it.
   *
   * @param more bytes that follow it
   */
  static void pass(DataInputView source, DataOutputView target, int more) throws IOException {
    int length = source.readUnsignedByte();
    target.writeByte(length);
    target.write(source, length + more);
  }
}
