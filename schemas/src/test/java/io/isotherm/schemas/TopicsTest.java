package io.isotherm.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.avro.Incident;
import io.isotherm.avro.JobPlacement;
import io.isotherm.avro.PodTopology;
import java.nio.charset.StandardCharsets;
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

  /** A pod whose clocks are far ahead makes results that Kafka would keep until then. */
  @Test
  void resultsAreBoundInBytes() {
    assertThat(Topics.POD_HEALTH.newTopic().configs())
        .containsEntry("retention.bytes", "34359738368");
    assertThat(Topics.CLUSTER_HEALTH.newTopic().configs())
        .containsEntry("retention.bytes", "4294967296");
    assertThat(Topics.INCIDENTS.newTopic().configs())
        .containsEntry("retention.bytes", "17179869184");
  }

  @Test
  void theKeyOfATopologyOrJobIsItsName() {
    JobPlacement job = new JobPlacement();
    job.setJob("train");

    assertThat(Topics.wrongKey("train".getBytes(StandardCharsets.UTF_8), job)).isEmpty();
    assertThat(Topics.wrongKey("serve".getBytes(StandardCharsets.UTF_8), job))
        .contains("its key is serve, must be train");
    assertThat(Topics.wrongKey(null, job)).contains("its key is null, must be train");

    PodTopology pod = new PodTopology();
    pod.setPod("pod-00");
    assertThat(Topics.wrongKey("pod-01".getBytes(StandardCharsets.UTF_8), pod))
        .contains("its key is pod-01, must be pod-00");
    assertThat(Topics.wrongKey(null, new Incident())).isEmpty();
  }
}
