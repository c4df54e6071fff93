package io.isotherm.benchmarks.peers;

import static io.isotherm.model.Report.ABSENT;

import io.isotherm.benchmarks.Answer;
import java.nio.ByteBuffer;

/** The chips of one cabinet in one window. */
final class CabinetTotals {
  /** Length of {@link #write} in bytes. */
  static final int BYTES =
      4 * Integer.BYTES
          + 4 * Long.BYTES
          + (Answer.TEMPERATURE_BUCKETS + Answer.UTILIZATION_BUCKETS) * Integer.BYTES;

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

  /** Adds a chip's means, as the arguments of {@link ChipMeans}. */
  void add(int board, int temperature, int power, int utilization) {
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

  void write(ByteBuffer to) {
    to.putInt(cabinet).putInt(chips).putInt(measured).putInt(maxTemperature);
    to.putLong(boards).putLong(temperatureSum).putLong(power).putLong(utilizationSum);
    for (int count : temperatures) {
      to.putInt(count);
    }
    for (int count : utilizations) {
      to.putInt(count);
    }
  }

  static CabinetTotals read(ByteBuffer from) {
    CabinetTotals t = new CabinetTotals();
    t.cabinet = from.getInt();
    t.chips = from.getInt();
    t.measured = from.getInt();
    t.maxTemperature = from.getInt();
    t.boards = from.getLong();
    t.temperatureSum = from.getLong();
    t.power = from.getLong();
    t.utilizationSum = from.getLong();
    for (int i = 0; i < t.temperatures.length; i++) {
      t.temperatures[i] = from.getInt();
    }
    for (int i = 0; i < t.utilizations.length; i++) {
      t.utilizations[i] = from.getInt();
    }
    return t;
  }
}
