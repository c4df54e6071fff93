package io.isotherm.backtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.ClusterRun;
import io.isotherm.core.ClusterWindow;
import io.isotherm.core.DetectorSettings;
import io.isotherm.core.IncidentEvent;
import io.isotherm.core.PodWindow;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory of a back-test does not grow with the length of the recording. */
final class BacktestMemoryTest {
  private static final int SECONDS = 2_400;

  /** What the collector leaves to chance, against tens of megabytes that are read in between. */
  private static final long SLACK_BYTES = 1 << 20;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path temp;

  private static final class Nothing implements ClusterRun.Output {
    @Override
    public void window(PodWindow window) {}

    @Override
    public void cluster(ClusterWindow window) {}

    @Override
    public void incident(IncidentEvent event) {}
  }

  private static long used() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  @Test
  void memoryDoesNotGrowWithTheLengthOfTheRecording() throws Exception {
    Path recording = temp.resolve("recording");
    RecordedFleet.record(recording, SECONDS);
    // In whole blocks both times: the last one of a file is smaller.
    long[] at = {SECONDS / 5 * 1_000L, SECONDS / 5 * 4_000L};
    long[] live = new long[at.length];
    Backtest.run(
        RecordedCluster.open(recording),
        Long.MIN_VALUE,
        Long.MAX_VALUE,
        1,
        List.of(new Backtest.Variant(DetectorSettings.DEFAULT, new Nothing())),
        (timeMs, reports) -> {
          for (int i = 0; i < at.length; i++) {
            if (live[i] == 0 && timeMs >= RecordedFleet.START_MS + at[i]) {
              live[i] = used();
            }
          }
        },
        () -> false);

    assertThat(live[0]).isPositive();
    assertThat(live[1]).isLessThanOrEqualTo(live[0] + SLACK_BYTES);
  }
}
