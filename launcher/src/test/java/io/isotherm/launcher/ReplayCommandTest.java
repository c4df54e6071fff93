package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.backtest.RecordedFleet;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ReplayCommandTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "telemetry.dead",
        "topology.pods",
        "topology.jobs",
        "health.pods",
        "health.cluster",
        "incidents",
        "truth.faults",
        "replay.markers",
        "a topic",
        "..",
        ""
      })
  void refusesATopicThatIsNotForReports(String topic) throws Exception {
    Path recording = dir.resolve("recording");
    RecordedFleet.record(recording, 2);

    // No broker is there to be asked.
    Ended ended =
        Ended.isotherm(
            "replay", recording.toString(), "--topic", topic, "--bootstrap-server", "localhost:1");

    assertThat(ended.code()).as(ended.err()).isEqualTo(Main.USAGE);
    assertThat(ended.err()).startsWith("isotherm replay: --topic is ").contains(topic);
  }
}
