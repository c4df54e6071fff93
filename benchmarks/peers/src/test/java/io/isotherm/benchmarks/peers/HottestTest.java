package io.isotherm.benchmarks.peers;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.benchmarks.Answer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedSet;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HottestTest {
  private record Chip(int temperature, int cabinet, int board, int chip) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void keepsTheHottestAndOfEquallyHotOnesTheFirst(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    Hottest pod = new Hottest();
    List<Chip> all = new ArrayList<>();
    for (int cabinet = 2; cabinet >= 0; cabinet--) {
      Hottest part = new Hottest();
      for (int n = 0; n < 4 * seed; n++) {
        Chip c = new Chip(random.nextInt(-4, 8), cabinet, n % 8, n / 8);
        part.add(c.temperature(), c.cabinet(), c.board(), c.chip());
        all.add(c);
      }
      ByteBuffer bytes = ByteBuffer.allocate(Hottest.BYTES);
      part.write(bytes);
      Hottest read = new Hottest();
      read.fill(bytes.flip());
      pod.add(read);
    }

    assertThat(lines(pod)).isEqualTo(obvious(all));
  }

  private static SortedSet<String> obvious(List<Chip> chips) {
    List<Chip> sorted =
        chips.stream()
            .sorted(
                Comparator.comparing(Chip::temperature)
                    .reversed()
                    .thenComparing(Chip::cabinet)
                    .thenComparing(Chip::board)
                    .thenComparing(Chip::chip))
            .limit(10)
            .toList();
    Answer answer = new Answer();
    for (int i = 0; i < sorted.size(); i++) {
      Chip c = sorted.get(i);
      String path = "p/cab-00%d/board-%d/chip-%d".formatted(c.cabinet(), c.board(), c.chip());
      answer.hotSpot("p", 0, i + 1, path, c.temperature());
    }
    return answer.lines();
  }

  private static SortedSet<String> lines(Hottest hottest) {
    Answer answer = new Answer();
    hottest.tell("p", 0, answer);
    return answer.lines();
  }
}
