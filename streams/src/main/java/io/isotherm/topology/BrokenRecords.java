package io.isotherm.topology;

import io.isotherm.schemas.UndecodableException;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.streams.errors.DeserializationExceptionHandler;
import org.apache.kafka.streams.errors.ErrorHandlerContext;
import org.apache.kafka.streams.errors.LogAndContinueExceptionHandler;

/**
 * Says to Kafka Streams what becomes of a record that it cannot decode: a broken one is logged and
 * passed over. Any other failure, such as a schema registry that cannot be asked, says nothing of
 * the record, which may be good: it fails the thread, and the record is read again.
 *
 * <p>Only {@code health.pods} is decoded by Kafka Streams; a broken record there is a stranger's.
 * Public because Kafka instantiates it.
 */
public final class BrokenRecords implements DeserializationExceptionHandler {
  private final DeserializationExceptionHandler passOver = new LogAndContinueExceptionHandler();

  @Override
  public Response handleError(
      ErrorHandlerContext context, ConsumerRecord<byte[], byte[]> record, Exception exception) {
    return exception instanceof UndecodableException
        ? passOver.handleError(context, record, exception)
        : Response.fail();
  }

  @Override
  public void configure(Map<String, ?> configs) {
    passOver.configure(configs);
  }
}
