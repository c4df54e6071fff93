package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.DetectorSettings;
import io.isotherm.schemas.SchemaHistory;
import java.util.Map;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.streams.KafkaStreams.State;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.apache.kafka.streams.processor.TaskId;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MonitorAppTest {
  private MonitorSettings settings() {
    return settings(1);
  }

  private MonitorSettings settings(int threads) {
    return new MonitorSettings(
        Map.of("bootstrap.servers", "localhost:1"),
        "monitor-test",
        threads,
        DetectorSettings.DEFAULT,
        /* ticks= */ false);
  }

  @Test
  void anotherAssignorThanOursIsTheOperatorsToName() {
    String name = StreamsConfig.TASK_ASSIGNOR_CLASS_CONFIG;
    MonitorSettings named =
        new MonitorSettings(
            Map.of(name, "org.example.Assignor"),
            "monitor-test",
            1,
            DetectorSettings.DEFAULT,
            /* ticks= */ false);

    assertThat(MonitorApp.config(settings()).getProperty(name)).endsWith(".StickyTaskAssignor");
    assertThat(MonitorApp.config(named).getProperty(name)).isEqualTo("org.example.Assignor");
  }

  @Test
  void endsWhenKafkaStreamsHasEndedWithAnError() {
    try (MonitorApp monitor = new MonitorApp(settings(), SchemaHistory.bundled())) {
      monitor.changed(State.RUNNING, State.REBALANCING);
      assertThat(monitor.failure()).isNull();

      monitor.changed(State.ERROR, State.PENDING_ERROR);

      assertThat(monitor.failure()).contains("start the monitor again");
    }
  }

  @Test
  void saysWhyTheTopologyCannotBeRead() throws InterruptedException {
    try (MonitorApp monitor = new MonitorApp(settings(), SchemaHistory.bundled())) {
      Throwable thrown =
          new StreamsException(new KafkaException("schema registry http://nowhere is away"));
      Thread reader = new Thread(() -> monitor.failed(thrown), "monitor-GlobalStreamThread");
      reader.start();
      reader.join();
      monitor.changed(State.ERROR, State.PENDING_ERROR);

      assertThat(monitor.failure())
          .isEqualTo(
              "the topology cannot be read: schema registry http://nowhere is away; "
                  + "start the monitor again, which reads topology.pods and topology.jobs anew");
    }
  }

  @Test
  void endsWhenKafkaDoesNotTakeTheNameOfATopic() {
    try (MonitorApp monitor = new MonitorApp(settings(), SchemaHistory.bundled())) {
      Throwable thrown =
          new StreamsException("cannot create topics", new InvalidTopicException("a b is illegal"));

      assertThat(monitor.failed(thrown)).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);

      assertThat(monitor.failure()).contains("a b is illegal");
    }
  }

  @Test
  void endsWhenATopicForResultsIsMissing() {
    UnknownTopicOrPartitionException missing =
        new UnknownTopicOrPartitionException("This server does not host this topic-partition.");
    String sending = "Error encountered sending record to topic incidents for task 0_1";
    String doing = "; start the monitor again, which makes missing topics";

    assertThat(
            ended(
                new StreamsException(
                    sending + " due to:\nTimeoutException",
                    new TimeoutException("Topic incidents not present in metadata", missing))))
        .isEqualTo("a topic is missing: Topic incidents not present in metadata" + doing);
    assertThat(ended(new StreamsException(sending + " due to:\nmore", missing)))
        .isEqualTo("a topic is missing: " + sending + doing);
  }

  /** What a monitor says that ends because a thread has failed. */
  private @Nullable String ended(Throwable thrown) {
    try (MonitorApp monitor = new MonitorApp(settings(), SchemaHistory.bundled())) {
      assertThat(monitor.failed(thrown)).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
      return monitor.failure();
    }
  }

  @Test
  void aThreadThatBrokersDidNotAnswerIsReplaced() {
    try (MonitorApp monitor = new MonitorApp(settings(), SchemaHistory.bundled())) {
      Throwable thrown =
          new StreamsException("cannot send", new TimeoutException("no answer within 60 s"));

      assertThat(monitor.failed(thrown)).isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
      assertThat(monitor.failure()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void endsWhenAThreadStaysAwayForLongerThanAReplacementTakes(int threads) {
    long away = MonitorApp.REPLACING.toNanos();
    try (MonitorApp monitor = new MonitorApp(settings(threads), SchemaHistory.bundled())) {
      monitor.look(threads - 1, 0);
      monitor.look(threads, away - 1);
      monitor.look(threads - 1, away);
      monitor.look(threads - 1, 2 * away - 1);
      assertThat(monitor.failure()).isNull();

      monitor.look(threads - 1, 2 * away);

      assertThat(monitor.failure())
          .startsWith("%d of %d stream threads are left".formatted(threads - 1, threads));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 8})
  void eachThreadMayFailFiveTimes(int threads) {
    try (MonitorApp monitor = new MonitorApp(settings(threads), SchemaHistory.bundled())) {
      Throwable common = new StreamsException(new KafkaException("the registry is away"));
      for (int i = 0; i < 5 * threads; i++) {
        assertThat(monitor.failed(common)).isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
      }

      assertThat(monitor.failed(common)).isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
      assertThat(monitor.failure()).contains("the registry is away");
    }
  }

  @Test
  void oneTaskMayFailFiveTimesHoweverManyThreadsThereAre() {
    try (MonitorApp monitor = new MonitorApp(settings(8), SchemaHistory.bundled())) {
      for (int i = 0; i < 5; i++) {
        for (int partition = 0; partition < 3; partition++) {
          assertThat(monitor.failed(inTask(partition)))
              .isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
        }
      }

      assertThat(monitor.failed(inTask(1)))
          .isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
      assertThat(monitor.failure()).contains("of task 1");
    }
  }

  private static Throwable inTask(int partition) {
    return new StreamsException(
        new NullPointerException("of task " + partition), new TaskId(0, partition));
  }
}
