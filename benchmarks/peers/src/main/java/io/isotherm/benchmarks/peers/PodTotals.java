package io.isotherm.benchmarks.peers;

import io.isotherm.benchmarks.Answer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** One pod in one window: the sums over its cabinets, and what is told of each of them. */
public final class PodTotals implements Totals<PodTotals> {
  /** What the answer says of a cabinet. */
  private record Cabinet(int cabinet, int maxTemperature, int meanTemperature, long power) {
    static final int BYTES = 3 * Integer.BYTES + Long.BYTES;
  }

  private static final int BYTES =
      3 * Integer.BYTES
          + 3 * Long.BYTES
          + (Answer.TEMPERATURE_BUCKETS + Answer.UTILIZATION_BUCKETS) * Integer.BYTES
          + Hottest.BYTES;

  private int boards;
  private int chips;
  private long power;
  private long temperatureSum;
  private long utilizationSum;
  private final int[] temperatures = new int[Answer.TEMPERATURE_BUCKETS];
  private final int[] utilizations = new int[Answer.UTILIZATION_BUCKETS];
  private final Hottest hottest = new Hottest();
  private final List<Cabinet> cabinets = new ArrayList<>();

  /** Adds a cabinet, which is not among them yet. */
  void add(CabinetTotals c) {
    boards += Long.bitCount(c.boards);
    chips += c.chips;
    power += c.power;
    temperatureSum += c.temperatureSum;
    utilizationSum += c.utilizationSum;
    for (int i = 0; i < temperatures.length; i++) {
      temperatures[i] += c.temperatures[i];
    }
    for (int i = 0; i < utilizations.length; i++) {
      utilizations[i] += c.utilizations[i];
    }
    hottest.add(c.hottest);
    cabinets.add(new Cabinet(c.cabinet, c.maxTemperature, c.meanTemperature(), c.power));
  }

  /** Writes the lines of the answer. */
  void tell(String pod, long windowStartMs, Answer answer) {
    answer.pod(
        pod,
        windowStartMs,
        boards,
        chips,
        power,
        temperatures,
        temperatureSum,
        utilizations,
        utilizationSum);
    hottest.tell(pod, windowStartMs, answer);
    for (Cabinet c : cabinets) {
      answer.cabinet(pod, windowStartMs, c.cabinet, c.maxTemperature, c.meanTemperature, c.power);
    }
  }

  @Override
  public int bytes() {
    return BYTES + cabinets.size() * Cabinet.BYTES;
  }

  @Override
  public void write(ByteBuffer to) {
    to.putInt(boards).putInt(chips);
    to.putLong(power).putLong(temperatureSum).putLong(utilizationSum);
    for (int count : temperatures) {
      to.putInt(count);
    }
    for (int count : utilizations) {
      to.putInt(count);
    }
    hottest.write(to);
    to.putInt(cabinets.size());
    for (Cabinet c : cabinets) {
      to.putInt(c.cabinet).putInt(c.maxTemperature).putInt(c.meanTemperature).putLong(c.power);
    }
  }

  @Override
  public void fill(ByteBuffer from) {
    cabinets.clear();
    boards = from.getInt();
    chips = from.getInt();
    power = from.getLong();
    temperatureSum = from.getLong();
    utilizationSum = from.getLong();
    for (int i = 0; i < temperatures.length; i++) {
      temperatures[i] = from.getInt();
    }
    for (int i = 0; i < utilizations.length; i++) {
      utilizations[i] = from.getInt();
    }
    hottest.fill(from);
    int n = from.getInt();
    for (int i = 0; i < n; i++) {
      cabinets.add(new Cabinet(from.getInt(), from.getInt(), from.getInt(), from.getLong()));
    }
  }

  static PodTotals read(ByteBuffer from) {
    PodTotals t = new PodTotals();
    t.fill(from);
    return t;
  }

  /** Adds what another one of the same pod, with other cabinets, holds. */
  @Override
  public void add(PodTotals other) {
    boards += other.boards;
    chips += other.chips;
    power += other.power;
    temperatureSum += other.temperatureSum;
    utilizationSum += other.utilizationSum;
    for (int i = 0; i < temperatures.length; i++) {
      temperatures[i] += other.temperatures[i];
    }
    for (int i = 0; i < utilizations.length; i++) {
      utilizations[i] += other.utilizations[i];
    }
    hottest.add(other.hottest);
    cabinets.addAll(other.cabinets);
  }

  @Override
  public void copyTo(PodTotals target) {
    Totals.copy(this, target);
  }

  @Override
  public PodTotals copy() {
    PodTotals copy = new PodTotals();
    copyTo(copy);
    return copy;
  }
}
