package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TopicsTest {
  /** What anybody may fill with whole reports must not fill the disk. */
  @Test
  void topicsOfWholeReportsAreBoundInBytes() {
    for (Topic<?, ?> topic : List.of(Topics.REPORTS, Topics.DEAD)) {
      assertThat(topic.newTopic().configs()).as(topic.name()).containsKey("retention.bytes");
    }
    assertThat(Topics.DEAD.newTopic().configs()).containsEntry("retention.bytes", "17179869184");
  }
}
