package io.isotherm.core;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Exact median and median absolute deviation of a reading of groups of peers, by counting in bins
 * of one unit: the result does not depend on the order of the chips.
 */
final class PeerStatistics {
  /** Lowest plausible temperature, in tenths of a degree Celsius. */
  static final int LOWEST = -400;

  /** Highest plausible temperature, in tenths of a degree Celsius. */
  static final int HIGHEST = 2_000;

  /** Peers below which a group says nothing. */
  static final int FEWEST = 8;

  private final int lowest;
  private final int bins;

  /** Per group, how often each value was seen; only until {@link #close}. */
  private int[] @Nullable [] counts = new int[0][];

  private int[] size = new int[0];
  private int[] median = new int[0];
  private int[] mad = new int[0];

  /** Statistics of temperatures, in tenths of a degree Celsius. */
  PeerStatistics() {
    this(LOWEST, HIGHEST);
  }

  /** Statistics of a reading from {@code lowest} to {@code highest}, both inclusive. */
  PeerStatistics(int lowest, int highest) {
    this.lowest = lowest;
    bins = highest - lowest + 1;
  }

  /** Empties the groups and makes room for this many. */
  void reset(int groups) {
    Arrays.fill(size, 0);
    if (counts.length < groups) {
      counts = Arrays.copyOf(counts, groups);
      size = new int[groups];
      median = new int[groups];
      mad = new int[groups];
    }
  }

  void add(int group, int value) {
    int[] count = counts[group];
    if (count == null) {
      count = new int[bins];
      counts[group] = count;
    }
    count[value - lowest]++;
    size[group]++;
  }

  /** Computes the statistics of every group, and lets go of what they were computed from. */
  void close() {
    for (int g = 0; g < counts.length; g++) {
      int[] count = counts[g];
      if (count != null && size[g] >= FEWEST) {
        int middle = (size[g] + 1) / 2;
        int at = 0;
        for (int below = count[0]; below < middle; below += count[at]) {
          at++;
        }
        median[g] = at + lowest;
        int distance = 0;
        for (int within = count[at]; within < middle; ) {
          distance++;
          within += at - distance >= 0 ? count[at - distance] : 0;
          within += at + distance < bins ? count[at + distance] : 0;
        }
        mad[g] = distance;
      }
    }
    Arrays.fill(counts, null);
  }

  /** Whether the group has enough members to say something. */
  boolean known(int group) {
    return size[group] >= FEWEST;
  }

  /** Members of a group. */
  int size(int group) {
    return size[group];
  }

  /** Lower median of a known group. */
  int median(int group) {
    return median[group];
  }

  /** Median absolute deviation of a known group. */
  int mad(int group) {
    return mad[group];
  }
}
