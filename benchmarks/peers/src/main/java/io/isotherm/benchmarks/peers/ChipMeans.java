package io.isotherm.benchmarks.peers;

import java.nio.ByteBuffer;

/**
 * A chip's window on its way to its cabinet.
 *
 * @param board the chip's board in the cabinet
 * @param chip its position on the board
 * @param temperature mean in tenths of a degree Celsius, or {@link
 *     io.isotherm.model.Report#ABSENT}, as the others
 * @param power mean in tenths of a watt
 * @param utilization mean in thousandths
 */
record ChipMeans(int board, int chip, int temperature, int power, int utilization) {
  /** Length of {@link #write} in bytes. */
  static final int BYTES = 2 * Short.BYTES + 3 * Integer.BYTES;

  void write(ByteBuffer to) {
    to.putShort((short) board).putShort((short) chip);
    to.putInt(temperature).putInt(power).putInt(utilization);
  }

  static ChipMeans read(ByteBuffer from) {
    return new ChipMeans(
        from.getShort(), from.getShort(), from.getInt(), from.getInt(), from.getInt());
  }
}
