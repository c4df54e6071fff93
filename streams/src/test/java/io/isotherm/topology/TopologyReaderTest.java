package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.streams.processor.api.Record;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class TopologyReaderTest {
  private final List<String> book = new ArrayList<>();
  private int failuresLeft;
  private final TopologyReader<String> reader =
      new TopologyReader<>(
          "topology.pods",
          this::read,
          (key, value) ->
              value.startsWith(new String(key, StandardCharsets.UTF_8))
                  ? Optional.empty()
                  : Optional.of("its key is another"),
          book::add,
          key -> book.add("-" + key),
          Duration.ZERO);

  private String read(String topic, byte[] value) {
    if (failuresLeft > 0) {
      failuresLeft--;
      throw new KafkaException("schema registry http://nowhere cannot be reached");
    }
    return new String(value, StandardCharsets.UTF_8);
  }

  private void process(String value) {
    process("pod-00".getBytes(StandardCharsets.UTF_8), value);
  }

  private void process(byte @Nullable [] key, String value) {
    reader.process(new Record<>(key, value.getBytes(StandardCharsets.UTF_8), /* timestamp= */ 0));
  }

  /** A topic that somebody made without compaction takes such records. */
  @Test
  void aRecordWithoutAKeyIsLeftOut() {
    process(null, "pod-00, astray");
    process("pod-00, a version");

    assertThat(book).containsExactly("pod-00, a version");
  }

  /** It would replace what is said of another pod, and could not be removed by its name. */
  @Test
  void aRecordUnderTheKeyOfAnotherIsLeftOut() {
    process("pod-01, under the key of pod-00");
    process("pod-00, a version");

    assertThat(book).containsExactly("pod-00, a version");
  }

  @Test
  void waitsForARegistryThatIsAwayForAMoment() {
    failuresLeft = TopologyReader.MOST_TRIES - 1;

    process("pod-00, a version");

    assertThat(book).containsExactly("pod-00, a version");
  }

  @Test
  void failsWithTheRecordsNameIfTheRegistryStaysAway() {
    failuresLeft = TopologyReader.MOST_TRIES;

    assertThatThrownBy(() -> process("pod-00, a version"))
        .isInstanceOf(KafkaException.class)
        .hasMessage(
            "topology.pods: record with key pod-00 cannot be read: "
                + "schema registry http://nowhere cannot be reached");
    assertThat(book).isEmpty();
  }
}
