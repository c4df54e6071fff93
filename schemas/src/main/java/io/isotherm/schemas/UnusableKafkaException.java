package io.isotherm.schemas;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Map;
import java.util.function.Predicate;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Kafka cannot be used. The message says at which address, why, and what to do: Kafka's own says
 * that a client could not be made, and only the cause behind it what is wrong.
 */
public final class UnusableKafkaException extends KafkaException {
  private static final long serialVersionUID = 1L;

  /**
   * @param clientConfig settings of the client
   * @param waited how long it was waited for an answer
   * @param thrown what Kafka threw
   */
  public UnusableKafkaException(Map<String, ?> clientConfig, Duration waited, Throwable thrown) {
    super(
        "cannot use Kafka at %s: %s; %s"
            .formatted(
                clientConfig.get(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG),
                why(thrown, waited),
                advice(thrown)),
        thrown);
  }

  private static String why(Throwable thrown, Duration waited) {
    if (has(thrown, UnusableKafkaException::isTimeout)) {
      return "no answer within %d s".formatted(waited.toSeconds());
    }
    Throwable above = thrown;
    Throwable root = thrown;
    while (root.getCause() != null) {
      above = root;
      root = root.getCause();
    }
    // The message of one of a file is its path.
    return isOfFile(root) && root instanceof IOException e
        ? "%s (%s)".formatted(above.getMessage(), FileFailure.reason(e))
        : root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }

  private static String advice(Throwable thrown) {
    if (has(thrown, e -> e instanceof AuthorizationException)) {
      return "give this user the right, or another user with --command-config";
    }
    return has(thrown, UnusableKafkaException::isOfSettings)
        ? "correct the client settings that --command-config gives"
        : "start a broker there or give another --bootstrap-server";
  }

  private static boolean isTimeout(Throwable e) {
    return e instanceof TimeoutException || e instanceof java.util.concurrent.TimeoutException;
  }

  private static boolean isOfFile(Throwable e) {
    return e instanceof FileSystemException || e instanceof FileNotFoundException;
  }

  private static boolean isOfSettings(Throwable e) {
    @Nullable String message = e.getMessage();
    return isOfFile(e)
        || e instanceof GeneralSecurityException
        || e instanceof AuthenticationException
        || e instanceof IllegalArgumentException
        || (e instanceof ConfigException
            && (message == null
                || !message.contains(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG)));
  }

  private static boolean has(Throwable thrown, Predicate<Throwable> what) {
    for (@Nullable Throwable t = thrown; t != null; t = t.getCause()) {
      if (what.test(t)) {
        return true;
      }
    }
    return false;
  }
}
