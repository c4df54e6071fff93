package io.isotherm.core;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a reading of peers is in the middle, and how far it usually is from that.
 *
 * @param median lower median
 * @param mad lower median of the distances from it
 */
record ObviousPeers(int median, int mad) {
  /** Peers of which there must be as many to say something. */
  private static final int FEWEST = 8;

  /** The peers that have these values; null if they are fewer than 8. */
  static @Nullable ObviousPeers of(Collection<Integer> values) {
    if (values.size() < FEWEST) {
      return null;
    }
    int median = median(values);
    List<Integer> distances = values.stream().map(v -> Math.abs(v - median)).toList();
    return new ObviousPeers(median, median(distances));
  }

  /** Lower median. */
  static int median(Collection<Integer> values) {
    return values.stream().sorted().toList().get((values.size() - 1) / 2);
  }
}
