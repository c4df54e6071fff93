package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;

import java.nio.ByteBuffer;

/**
 * What one chip said in one window: sums and counts of its readings. An absent one adds nothing.
 */
public final class ChipTotals implements Totals<ChipTotals> {
  /** Length of {@link #write(ByteBuffer)} in bytes. */
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
  @Override
  public void write(ByteBuffer to) {
    to.putInt(temperatureSum).putInt(powerSum).putInt(utilizationSum);
    to.put((byte) temperatures).put((byte) powers).put((byte) utilizations);
  }

  @Override
  public int bytes() {
    return BYTES;
  }

  @Override
  public void fill(ByteBuffer from) {
    temperatureSum = from.getInt();
    powerSum = from.getInt();
    utilizationSum = from.getInt();
    temperatures = from.get() & 0xff;
    powers = from.get() & 0xff;
    utilizations = from.get() & 0xff;
  }

  static ChipTotals read(ByteBuffer from) {
    ChipTotals t = new ChipTotals();
    t.fill(from);
    return t;
  }

  @Override
  public void add(ChipTotals other) {
    temperatureSum += other.temperatureSum;
    powerSum += other.powerSum;
    utilizationSum += other.utilizationSum;
    temperatures += other.temperatures;
    powers += other.powers;
    utilizations += other.utilizations;
  }

  @Override
  public void copyTo(ChipTotals target) {
    Totals.copy(this, target);
  }

  @Override
  public ChipTotals copy() {
    ChipTotals copy = new ChipTotals();
    copyTo(copy);
    return copy;
  }
}
