package io.isotherm.recording;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/** Reads what {@link PlanesWriter} wrote. */
final class PlanesReader {
  private static final byte[] NOTHING = {};

  private final String what;
  private final byte[][] planes;
  private final int[] at;
  private final int[] end;

  // The first plane, which is asked for every number.
  private final byte[] first;
  private final int endFirst;
  private int atFirst;

  /**
   * @param what names it in a failure
   * @param planes an Avro array of bytes, whose arrays it goes on to read
   */
  PlanesReader(String what, Object planes) {
    this.what = what;
    List<?> all = (List<?>) planes;
    int count = all.size();
    this.planes = new byte[count][];
    at = new int[count];
    end = new int[count];
    for (int p = 0; p < count; p++) {
      ByteBuffer plane = (ByteBuffer) all.get(p);
      this.planes[p] = plane.array();
      at[p] = plane.arrayOffset() + plane.position();
      end[p] = at[p] + plane.remaining();
    }
    first = count == 0 ? NOTHING : this.planes[0];
    atFirst = count == 0 ? 0 : at[0];
    endFirst = count == 0 ? 0 : end[0];
  }

  long next() throws IOException {
    if (atFirst == endFirst) {
      throw new IOException(what + " has no more numbers");
    }
    int b = first[atFirst++];
    return b >= 0 ? b : longer(b & 0x7f);
  }

  private long longer(long low) throws IOException {
    long n = low;
    for (int p = 1; p < planes.length && p < PlanesWriter.MOST_PLANES; p++) {
      if (at[p] == end[p]) {
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
    boolean left = atFirst != endFirst;
    for (int p = 1; p < planes.length; p++) {
      left |= at[p] != end[p];
    }
    if (left) {
      throw new IOException(what + " has bytes left over");
    }
  }
}
