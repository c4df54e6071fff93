package io.isotherm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PeerStatisticsTest {
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void medianAndMadEqualThoseOfSortedValues(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    PeerStatistics peers = new PeerStatistics();
    for (int round = 0; round < 20; round++) {
      int groups = random.nextInt(1, 6);
      peers.reset(groups);
      int[][] values = new int[groups][];
      for (int g = 0; g < groups; g++) {
        int spread = random.nextInt(1, 2_400);
        values[g] = random.ints(random.nextInt(8, 300), 0, spread).map(v -> v - 400).toArray();
        for (int v : values[g]) {
          peers.add(g, v);
        }
      }
      peers.close();
      for (int g = 0; g < groups; g++) {
        int[] sorted = values[g].clone();
        Arrays.sort(sorted);
        int median = sorted[(sorted.length - 1) / 2];
        int[] distances = Arrays.stream(sorted).map(v -> Math.abs(v - median)).sorted().toArray();
        assertThat(peers.known(g)).isTrue();
        assertThat(peers.median(g)).isEqualTo(median);
        assertThat(peers.mad(g)).isEqualTo(distances[(distances.length - 1) / 2]);
      }
    }
  }

  @Test
  void fewPeersSayNothing() {
    PeerStatistics peers = new PeerStatistics();
    peers.reset(1);
    for (int i = 0; i < PeerStatistics.FEWEST - 1; i++) {
      peers.add(0, 500);
    }
    peers.close();
    assertThat(peers.known(0)).isFalse();
  }
}
