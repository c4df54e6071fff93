package io.isotherm.recording;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Unsigned numbers of 64 bits as varints whose first bytes lie together, then their second bytes,
 * and so on: bytes that are alike compress better side by side.
 */
final class PlanesWriter {
  /** Bytes of the longest varint. */
  static final int MOST_PLANES = 10;

  private static final int FIRST_LENGTH = 1024;

  private final byte[][] planes = new byte[MOST_PLANES][0];
  private final int[] lengths = new int[MOST_PLANES];

  void put(long number) {
    if (number >>> 7 == 0) {
      put(0, (byte) number);
    } else {
      putLonger(number);
    }
  }

  private void putLonger(long number) {
    long n = number;
    int plane = 0;
    while (n >>> 7 != 0) {
      put(plane++, (byte) (n | 0x80));
      n >>>= 7;
    }
    put(plane, (byte) n);
  }

  private void put(int plane, byte b) {
    byte[] bytes = planes[plane];
    int at = lengths[plane];
    if (at == bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(FIRST_LENGTH, 2 * at));
      planes[plane] = bytes;
    }
    bytes[at] = b;
    lengths[plane] = at + 1;
  }

  long bytes() {
    long sum = 0;
    for (int length : lengths) {
      sum += length;
    }
    return sum;
  }

  /** The planes that have bytes, until something is put; it is empty then. */
  List<ByteBuffer> take() {
    List<ByteBuffer> all = new ArrayList<>();
    for (int p = 0; p < MOST_PLANES && lengths[p] > 0; p++) {
      all.add(ByteBuffer.wrap(planes[p], 0, lengths[p]));
    }
    Arrays.fill(lengths, 0);
    return all;
  }
}
