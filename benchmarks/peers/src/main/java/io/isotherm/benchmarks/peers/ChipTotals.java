package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;

import java.nio.ByteBuffer;

/**
 * What one chip said in one window: sums and counts of its readings. An absent one adds nothing.
 */
final class ChipTotals {
  /** Length of {@link #write} in bytes. */
  static final int BYTES = 3 * Integer.BYTES + 3;

  private int temperatureSum;
  private int powerSum;
  private int utilizationSum;
  private int temperatures;
  private int powers;
  private int utilizations;

  /** Adds a sample; units are those of the schema {@code BoardReport}. */
  void add(int temperature, int power, int utilization) {
    if (temperature != ABSENT) {
      temperatures++;
      temperatureSum += temperature;
    }
    if (power != ABSENT) {
      powers++;
      powerSum += power;
    }
    if (utilization != ABSENT) {
      utilizations++;
      utilizationSum += utilization;
    }
  }

  /** Mean temperature in tenths of a degree Celsius, rounded down, or absent. */
  int temperature() {
    return mean(temperatureSum, temperatures);
  }

  /** Mean power in tenths of a watt, rounded down, or absent. */
  int power() {
    return mean(powerSum, powers);
  }

  /** Mean utilization in thousandths, rounded down, or absent. */
  int utilization() {
    return mean(utilizationSum, utilizations);
  }

  private static int mean(int sum, int count) {
    return count == 0 ? ABSENT : Math.floorDiv(sum, count);
  }

  /** Counts take a byte each: no chip reports more than 255 times in a window. */
  void write(ByteBuffer to) {
    to.putInt(temperatureSum).putInt(powerSum).putInt(utilizationSum);
    to.put((byte) temperatures).put((byte) powers).put((byte) utilizations);
  }

  static ChipTotals read(ByteBuffer from) {
    ChipTotals t = new ChipTotals();
    t.temperatureSum = from.getInt();
    t.powerSum = from.getInt();
    t.utilizationSum = from.getInt();
    t.temperatures = from.get() & 0xff;
    t.powers = from.get() & 0xff;
    t.utilizations = from.get() & 0xff;
    return t;
  }
}
