package io.isotherm.recording;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** The different lists of chips, or of ports of chips, that reports have; none of them is empty. */
final class PartLists {
  private final Map<List<Integer>, Integer> indexes = new HashMap<>();
  private final List<int[]> chips = new ArrayList<>();
  private final List<int[]> ports = new ArrayList<>();
  private long bytes;

  /**
   * Index of a list, which is added if it is new.
   *
   * @param likely index of a list that it may be
   * @param port ports of the chips; empty for lists of chips
   * @param count how much of the arrays counts
   */
  int index(int likely, int[] chip, int[] port, int count) {
    int portCount = Math.min(count, port.length);
    if (likely >= 0
        && Arrays.equals(chips.get(likely), 0, chips.get(likely).length, chip, 0, count)
        && Arrays.equals(ports.get(likely), 0, ports.get(likely).length, port, 0, portCount)) {
      return likely;
    }
    List<Integer> key =
        IntStream.concat(Arrays.stream(chip, 0, count), Arrays.stream(port, 0, portCount))
            .boxed()
            .toList();
    Integer known = indexes.putIfAbsent(key, chips.size());
    if (known != null) {
      return known;
    }
    chips.add(Arrays.copyOf(chip, count));
    ports.add(Arrays.copyOf(port, portCount));
    bytes += (long) Integer.BYTES * key.size();
    return chips.size() - 1;
  }

  /** Chips of each list. */
  List<List<Integer>> chips() {
    return boxed(chips);
  }

  /** Ports of each list. */
  List<List<Integer>> ports() {
    return boxed(ports);
  }

  private static List<List<Integer>> boxed(List<int[]> lists) {
    return lists.stream().map(list -> Arrays.stream(list).boxed().toList()).toList();
  }

  long bytes() {
    return bytes;
  }

  void clear() {
    indexes.clear();
    chips.clear();
    ports.clear();
    bytes = 0;
  }
}
