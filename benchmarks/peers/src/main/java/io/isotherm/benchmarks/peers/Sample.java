package io.isotherm.benchmarks.peers;

import java.nio.ByteBuffer;

/**
 * What the answer needs of one chip at one instant. Units are those of the schema {@code
 * BoardReport}; an absent reading is {@link io.isotherm.model.Report#ABSENT}.
 */
record Sample(int temperature, int power, int utilization) {
  /** Length of {@link #write} in bytes. */
  static final int BYTES = 3 * Integer.BYTES;

  void write(ByteBuffer to) {
    to.putInt(temperature).putInt(power).putInt(utilization);
  }

  static Sample read(ByteBuffer from) {
    return new Sample(from.getInt(), from.getInt(), from.getInt());
  }
}
