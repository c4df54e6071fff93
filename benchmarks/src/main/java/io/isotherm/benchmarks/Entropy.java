package io.isotherm.benchmarks;

import java.util.Arrays;

/**
 * Order-0 entropy of values: what an ideal code that knows how often each value comes, and nothing
 * else, needs for them. An open hash table of counts, because there are millions of values.
 */
final class Entropy {
  private long[] values = new long[1 << 10];
  private int[] counts = new int[1 << 10];
  private int distinct;
  private long total;

  void add(long value) {
    if (distinct * 2 > values.length) {
      grow();
    }
    int at = find(value);
    if (counts[at] == 0) {
      values[at] = value;
      distinct++;
    }
    counts[at]++;
    total++;
  }

  private int find(long value) {
    int mask = values.length - 1;
    // Spreads values that differ in few bits, as deltas do.
    long mixed = value * 0x9E3779B97F4A7C15L;
    int at = (int) (mixed >>> 32) & mask;
    while (counts[at] != 0 && values[at] != value) {
      at = (at + 1) & mask;
    }
    return at;
  }

  private void grow() {
    long[] oldValues = values;
    int[] oldCounts = counts;
    values = Arrays.copyOf(oldValues, oldValues.length * 2);
    counts = new int[values.length];
    for (int i = 0; i < oldCounts.length; i++) {
      if (oldCounts[i] != 0) {
        int at = find(oldValues[i]);
        values[at] = oldValues[i];
        counts[at] = oldCounts[i];
      }
    }
  }

  /** Number of values. */
  long total() {
    return total;
  }

  /** Bits for all values together; 0 if there are none. */
  double bits() {
    double sum = 0;
    for (int count : counts) {
      if (count != 0) {
        sum -= count * Math.log((double) count / total);
      }
    }
    return sum / Math.log(2);
  }
}
