package io.isotherm.recording;

import java.io.IOException;
import org.apache.avro.generic.GenericRecord;

/** Reads what {@link ChoiceWriter} wrote. */
final class ChoiceReader {
  private final String what;
  private final PlanesReader codes;
  private final PlanesReader runs;

  /** Zeros that follow; never less than none, unless the bytes are wrong. */
  private long zeros;

  /**
   * @param what names it in a failure
   * @param from a record with {@code codes} and {@code runs}
   */
  ChoiceReader(String what, GenericRecord from) {
    this.what = what;
    codes = new PlanesReader(what + ".codes", from.get("codes"));
    runs = new PlanesReader(what + ".runs", from.get("runs"));
  }

  long next() throws IOException {
    if (zeros > 0) {
      zeros--;
      return 0;
    }
    long code = codes.next();
    if (code == 0) {
      zeros = runs.next();
    }
    return code;
  }

  /** Takes the zeros that follow for sure, up to so many; how many it took. */
  int zeros(int most) {
    int taken = (int) Math.max(0, Math.min(zeros, most));
    zeros -= taken;
    return taken;
  }

  /** Takes so many zeros if as many follow for sure. */
  boolean skipZeros(int count) {
    if (zeros < count) {
      return false;
    }
    zeros -= count;
    return true;
  }

  /**
   * @throws IOException if numbers are left
   */
  void expectEnd() throws IOException {
    codes.expectEnd();
    runs.expectEnd();
    if (zeros != 0) {
      throw new IOException(what + " goes on behind the last report");
    }
  }
}
