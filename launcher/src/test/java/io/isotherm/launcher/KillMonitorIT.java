package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.isotherm.avro.DeadLetter;
import io.isotherm.avro.Incident;
import io.isotherm.avro.PodHealth;
import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same reports, to a monitor of one thread that runs undisturbed and to one of two threads that
 * is killed half way: the same results. It fails if Kafka Streams no longer asks the state for its
 * pages before a commit.
 */
final class KillMonitorIT {
  private static final String APPLICATION = "kill-test";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int SECONDS = 180;
  private static final int KILLED_AT = 97;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private record Results(List<PodHealth> health, List<Incident> incidents, List<String> dead) {}

  @Test
  void aKilledMonitorGivesTheResultsOfAnUndisturbedOne() throws Exception {
    // Given: an odd time, so that windows do not begin with the run
    long startMs = (System.currentTimeMillis() - 600_000) / 10_000 * 10_000 + 3_000;
    ClusterPlan plan = Catalog.bundled().plan("atlas-960", new Overrides(null, 1, 12));
    List<List<ProducerRecord<byte[], byte[]>>> input = MonitorRuns.input(plan, startMs, SECONDS);
    List<ProducerRecord<byte[], byte[]>> first = new ArrayList<>();
    List<ProducerRecord<byte[], byte[]>> second = new ArrayList<>();
    for (int i = 0; i < input.size(); i++) {
      (i < KILLED_AT ? first : second).addAll(input.get(i));
    }
    long lastWindow = (startMs + SECONDS * 1_000L) / 10_000 * 10_000 - 10_000;

    // When
    Results undisturbed;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, first);
      MonitorRuns.write(broker, second);
      undisturbed = judge(broker, "undisturbed", 1, lastWindow);
    }
    Results killed;
    int windowsBefore;
    try (EmbeddedBroker broker = EmbeddedBroker.start(0, null)) {
      MonitorRuns.createTopics(broker);
      MonitorRuns.write(broker, first);
      Process monitor = MonitorRuns.monitor(broker, APPLICATION, dir, "killed", 2);
      try {
        await()
            .atMost(PATIENCE)
            .until(
                () ->
                    MonitorRuns.read(broker, Topics.POD_HEALTH).size() >= 5 || !monitor.isAlive());
        assertThat(monitor.isAlive())
            .as("the monitor lives: %s", MonitorRuns.log(dir, "killed"))
            .isTrue();
      } finally {
        monitor.destroyForcibly().waitFor();
      }
      windowsBefore = MonitorRuns.read(broker, Topics.POD_HEALTH).size();
      // What is judged again begins here, so the state before it can only come from the pages.
      assertThat(MonitorRuns.committed(broker, APPLICATION)).isGreaterThan(0);
      MonitorRuns.write(broker, second);
      killed = judge(broker, "restarted", 2, lastWindow);
    }

    // Then
    assertThat(windowsBefore).isLessThan(killed.health.size());
    assertThat(undisturbed.incidents).isNotEmpty();
    assertThat(killed.health).isEqualTo(undisturbed.health);
    assertThat(killed.incidents).isEqualTo(undisturbed.incidents);
    assertThat(killed.dead).hasSize(1).isEqualTo(undisturbed.dead);
    assertThat(killed.health)
        .extracting(PodHealth::getWindowsTotal)
        .as("windows are numbered on, none twice, none left out")
        .isEqualTo(
            java.util.stream.LongStream.rangeClosed(1, killed.health.size()).boxed().toList());
  }

  /** Runs a monitor until the last window is out, and gives all results. */
  private Results judge(EmbeddedBroker broker, String name, int threads, long lastWindowMs)
      throws Exception {
    Process monitor = MonitorRuns.monitor(broker, APPLICATION, dir, name, threads);
    try {
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  !monitor.isAlive()
                      || MonitorRuns.read(broker, Topics.POD_HEALTH).stream()
                          .anyMatch(h -> h.getWindowStartMs() >= lastWindowMs));
      assertThat(monitor.isAlive())
          .as("the monitor lives: %s", MonitorRuns.log(dir, name))
          .isTrue();
    } finally {
      MonitorRuns.end(monitor);
    }
    // If the killed monitor had written the dead letter and not committed it, what comes behind
    // is read only when the broker has ended its transaction, after 20 s.
    await().atMost(PATIENCE).until(() -> !MonitorRuns.read(broker, Topics.DEAD).isEmpty());
    return new Results(
        MonitorRuns.read(broker, Topics.POD_HEALTH),
        MonitorRuns.read(broker, Topics.INCIDENTS),
        MonitorRuns.read(broker, Topics.DEAD).stream().map(KillMonitorIT::describe).toList());
  }

  private static String describe(DeadLetter letter) {
    return letter.getReason() + " " + letter.getDetail();
  }
}
