package io.isotherm.core;

import java.util.Arrays;

/**
 * Exact median and median absolute deviation of the temperatures of groups of peers, by counting in
 * bins of a tenth of a degree: the result does not depend on the order of the chips.
 */
final class PeerStatistics {
  /** Lowest plausible temperature, in tenths of a degree Celsius. */
  static final int LOWEST = -400;

  /** Highest plausible temperature, in tenths of a degree Celsius. */
  static final int HIGHEST = 2_000;

  /** Peers below which a group says nothing. */
  static final int FEWEST = 8;

  private static final int BINS = HIGHEST - LOWEST + 1;

  private int[][] counts = new int[0][];
  private int[] size = new int[0];
  private int[] median = new int[0];
  private int[] mad = new int[0];

  /** Empties the groups and makes room for this many. */
  void reset(int groups) {
    for (int g = 0; g < counts.length; g++) {
      if (size[g] > 0) {
        Arrays.fill(counts[g], 0);
        size[g] = 0;
      }
    }
    if (counts.length < groups) {
      counts = Arrays.copyOf(counts, groups);
      size = new int[groups];
      median = new int[groups];
      mad = new int[groups];
    }
  }

  void add(int group, int temperature) {
    if (counts[group] == null) {
      counts[group] = new int[BINS];
    }
    counts[group][temperature - LOWEST]++;
    size[group]++;
  }

  /** Computes the statistics of every group. */
  void close() {
    for (int g = 0; g < counts.length; g++) {
      if (size[g] >= FEWEST) {
        int[] bins = counts[g];
        int middle = (size[g] + 1) / 2;
        int at = 0;
        for (int below = bins[0]; below < middle; below += bins[at]) {
          at++;
        }
        median[g] = at + LOWEST;
        int distance = 0;
        for (int within = bins[at]; within < middle; ) {
          distance++;
          within += at - distance >= 0 ? bins[at - distance] : 0;
          within += at + distance < BINS ? bins[at + distance] : 0;
        }
        mad[g] = distance;
      }
    }
  }

  /** Whether the group has enough members to say something. */
  boolean known(int group) {
    return size[group] >= FEWEST;
  }

  /** Lower median of a known group, in tenths of a degree Celsius. */
  int median(int group) {
    return median[group];
  }

  /** Median absolute deviation of a known group, in tenths of a degree Celsius. */
  int mad(int group) {
    return mad[group];
  }
}
