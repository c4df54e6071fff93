package io.isotherm.topology;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.ProductionExceptionHandler.Result;
import org.apache.kafka.streams.errors.internals.DefaultErrorHandlerContext;
import org.apache.kafka.streams.processor.TaskId;
import org.junit.jupiter.api.Test;

final class MissingTopicsTest {
  private final UnknownTopicOrPartitionException missing =
      new UnknownTopicOrPartitionException("This server does not host this topic-partition.");

  private static Result answer(Exception exception) {
    MissingTopics handler = new MissingTopics();
    handler.configure(Map.of());
    ErrorHandlerContext context =
        new DefaultErrorHandlerContext(
            null,
            "telemetry.reports",
            0,
            0,
            new RecordHeaders(),
            Names.INCIDENTS,
            new TaskId(0, 0),
            0,
            null,
            null);
    return handler
        .handleError(context, new ProducerRecord<>("incidents", new byte[0]), exception)
        .result();
  }

  @Test
  void aTopicThatKafkaDoesNotKnowFailsTheThread() {
    assertThat(answer(missing)).isEqualTo(Result.FAIL);
    assertThat(
            answer(
                new TimeoutException(
                    "Topic incidents not present in metadata after 60000 ms.", missing)))
        .isEqualTo(Result.FAIL);
  }

  @Test
  void brokersThatAreAwayAreWaitedFor() {
    assertThat(answer(new TimeoutException("Topic incidents not present in metadata after 60 s.")))
        .isEqualTo(Result.RETRY);
    assertThat(answer(new RecordTooLargeException())).isEqualTo(Result.FAIL);
  }
}
