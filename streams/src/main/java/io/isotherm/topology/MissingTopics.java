package io.isotherm.topology;

import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.kafka.streams.errors.DefaultProductionExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.StreamsException;
import org.jspecify.annotations.Nullable;

/**
 * Says to Kafka Streams what becomes of a record that cannot be written: where its topic is missing
 * the thread fails. Kafka's client has waited for the topic by then, a minute unless told
 * otherwise; Kafka Streams by itself would begin the task anew and wait again, without end and
 * without a result. Brokers that do not answer say of no topic that it is missing.
 *
 * <p>Public because Kafka instantiates it.
 */
public final class MissingTopics extends DefaultProductionExceptionHandler {
  @Override
  public Response handleError(
      ErrorHandlerContext context, ProducerRecord<byte[], byte[]> record, Exception exception) {
    return areWhy(exception) ? Response.fail() : super.handleError(context, record, exception);
  }

  /** Whether something failed because a topic is missing. */
  static boolean areWhy(Throwable thrown) {
    for (@Nullable Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof UnknownTopicOrPartitionException) {
        return true;
      }
    }
    return false;
  }

  /** What is missing and what to do, for what failed because of it. */
  static String told(Throwable thrown) {
    // A broker says only that there is no such topic; who was told so says which one.
    Throwable teller = thrown;
    for (Throwable t = thrown;
        t.getCause() != null && !(t instanceof UnknownTopicOrPartitionException);
        t = t.getCause()) {
      teller = t;
    }
    String told = String.valueOf(teller.getMessage()).lines().findFirst().orElse("");
    return "a topic is missing: %s; start the monitor again, which makes missing topics"
        .formatted(teller instanceof StreamsException ? told.replaceFirst(" due to:$", "") : told);
  }
}
