package io.isotherm.schemas;

import org.apache.kafka.common.errors.SerializationException;

/**
 * The bytes of a record's value cannot be read.
 *
 * <p>The message is one line that says what is wrong and at which byte of the value, counted from 0
 * with the framing included. It carries no stack trace, so that a flood of broken records stays
 * cheap.
 */
public final class UndecodableException extends SerializationException {
  UndecodableException(String message) {
    super(message);
  }

  /**
   * The same failure, seen from one level further out: {@code outer} is a field's or topic's name.
   */
  UndecodableException within(String outer) {
    return new UndecodableException(outer + getMessage());
  }
}
