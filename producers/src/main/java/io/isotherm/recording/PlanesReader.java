package io.isotherm.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Reads what {@link PlanesWriter} wrote. */
final class PlanesReader {
  private static final byte[] NOTHING = {};

  private final String what;
  private final byte[] first;
  private final byte[][] planes;
  private final int[] at;
  private int atFirst;

  /**
   * @param what names it in a failure
   * @param planes an Avro array of bytes
   */
  PlanesReader(String what, Object planes) {
    this.what = what;
    List<?> all = (List<?>) planes;
    this.planes = new byte[all.size()][];
    for (int p = 0; p < all.size(); p++) {
      this.planes[p] = array((ByteBuffer) all.get(p));
    }
    first = this.planes.length == 0 ? NOTHING : this.planes[0];
    at = new int[this.planes.length];
  }

  private static byte[] array(ByteBuffer plane) {
    if (plane.hasArray() && plane.arrayOffset() == 0 && plane.array().length == plane.remaining()) {
      return plane.array();
    }
    byte[] copy = new byte[plane.remaining()];
    plane.duplicate().get(copy);
    return copy;
  }

  long next() throws IOException {
    if (atFirst == first.length) {
      throw new IOException(what + " has no more numbers");
    }
    int b = first[atFirst++];
    return b >= 0 ? b : longer(b & 0x7f);
  }

  private long longer(long low) throws IOException {
    long n = low;
    for (int p = 1; p < planes.length && p < PlanesWriter.MOST_PLANES; p++) {
      if (at[p] == planes[p].length) {
        break;
      }
      int b = planes[p][at[p]++];
      n |= (b & 0x7fL) << (7 * p);
      if (b >= 0) {
        return n;
      }
    }
    throw new IOException(what + " has a number without an end");
  }

  /**
   * @throws IOException if numbers are left
   */
  void expectEnd() throws IOException {
    boolean left = atFirst != first.length;
    for (int p = 1; p < planes.length; p++) {
      left |= at[p] != planes[p].length;
    }
    if (left) {
      throw new IOException(what + " has bytes left over");
    }
  }
}
