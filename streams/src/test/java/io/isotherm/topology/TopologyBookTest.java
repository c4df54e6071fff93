package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.ChipModel;
import io.isotherm.avro.PodTopology;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TopologyBookTest {
  private final TopologyBook book = new TopologyBook();

  static PodTopology pod(String name, long fromMs) {
    return new PodTopology(
        name,
        "test",
        "test",
        fromMs,
        1,
        2,
        2,
        0,
        List.of(),
        List.of(0, 0),
        1,
        1,
        new ChipModel("chip", "vendor", 870, 890, 950, true, null, null, null, null, null));
  }

  @Test
  void aPodIsThereFromItsFirstVersionOn() {
    book.pod(pod("pod-00", 2_000));
    book.pod(pod("pod-00", 1_000));
    book.pod(pod("pod-01", 1_500));

    assertThat(book.page().podsAt(999)).isEmpty();
    assertThat(book.page().podsAt(1_000)).containsExactly("pod-00");
    assertThat(book.page().podsAt(5_000)).containsExactly("pod-00", "pod-01");
  }
}
