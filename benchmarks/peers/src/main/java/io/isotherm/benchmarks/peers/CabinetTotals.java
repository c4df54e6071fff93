package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;

import io.isotherm.benchmarks.Answer;
import java.nio.ByteBuffer;

/** The chips of one cabinet in one window. */
public final class CabinetTotals implements Totals<CabinetTotals> {
  /** Length of {@link #write(ByteBuffer)} in bytes. */
  static final int BYTES =
      4 * Integer.BYTES
          + 4 * Long.BYTES
          + (Answer.TEMPERATURE_BUCKETS + Answer.UTILIZATION_BUCKETS) * Integer.BYTES
          + Hottest.BYTES;

  int cabinet;

  /** Bit b is set if board b reported; a cabinet has 64 boards at most here. */
  long boards;

  int chips;

  /** Chips that reported a temperature. */
  int measured;

  int maxTemperature = ABSENT;
  long temperatureSum;
  long power;
  long utilizationSum;
  final int[] temperatures = new int[Answer.TEMPERATURE_BUCKETS];
  final int[] utilizations = new int[Answer.UTILIZATION_BUCKETS];
  final Hottest hottest = new Hottest();

  /** Adds a chip's means, as the arguments of {@link ChipMeans}. */
  void add(int board, int chip, int temperature, int power, int utilization) {
    if (board >= Long.SIZE) {
      throw new IllegalArgumentException("board " + board + ", but 63 is the highest");
    }
    boards |= 1L << board;
    chips++;
    if (temperature != ABSENT) {
      measured++;
      temperatureSum += temperature;
      maxTemperature = Math.max(maxTemperature, temperature);
      temperatures[Answer.temperatureBucket(temperature)]++;
      hottest.add(temperature, cabinet, board, chip);
    }
    if (power != ABSENT) {
      this.power += power;
    }
    if (utilization != ABSENT) {
      utilizationSum += utilization;
      utilizations[Answer.utilizationBucket(utilization)]++;
    }
  }

  int meanTemperature() {
    return measured == 0 ? ABSENT : (int) Math.floorDiv(temperatureSum, (long) measured);
  }

  @Override
  public void write(ByteBuffer to) {
    to.putInt(cabinet).putInt(chips).putInt(measured).putInt(maxTemperature);
    to.putLong(boards).putLong(temperatureSum).putLong(power).putLong(utilizationSum);
    for (int count : temperatures) {
      to.putInt(count);
    }
    for (int count : utilizations) {
      to.putInt(count);
    }
    hottest.write(to);
  }

  @Override
  public int bytes() {
    return BYTES;
  }

  @Override
  public void fill(ByteBuffer from) {
    cabinet = from.getInt();
    chips = from.getInt();
    measured = from.getInt();
    maxTemperature = from.getInt();
    boards = from.getLong();
    temperatureSum = from.getLong();
    power = from.getLong();
    utilizationSum = from.getLong();
    for (int i = 0; i < temperatures.length; i++) {
      temperatures[i] = from.getInt();
    }
    for (int i = 0; i < utilizations.length; i++) {
      utilizations[i] = from.getInt();
    }
    hottest.fill(from);
  }

  static CabinetTotals read(ByteBuffer from) {
    CabinetTotals t = new CabinetTotals();
    t.fill(from);
    return t;
  }

  /** Adds what another one of the same cabinet holds. */
  @Override
  public void add(CabinetTotals other) {
    boards |= other.boards;
    chips += other.chips;
    measured += other.measured;
    maxTemperature = Math.max(maxTemperature, other.maxTemperature);
    temperatureSum += other.temperatureSum;
    power += other.power;
    utilizationSum += other.utilizationSum;
    for (int i = 0; i < temperatures.length; i++) {
      temperatures[i] += other.temperatures[i];
    }
    for (int i = 0; i < utilizations.length; i++) {
      utilizations[i] += other.utilizations[i];
    }
    hottest.add(other.hottest);
  }

  @Override
  public void copyTo(CabinetTotals target) {
    Totals.copy(this, target);
  }

  @Override
  public CabinetTotals copy() {
    CabinetTotals copy = new CabinetTotals();
    copyTo(copy);
    return copy;
  }
}
