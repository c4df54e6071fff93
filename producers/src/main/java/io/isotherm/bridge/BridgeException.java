package io.isotherm.bridge;

/** A file of a bridge cannot be used. The message says which, where and why. */
public final class BridgeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  BridgeException(String message) {
    super(message);
  }

  BridgeException(String message, Throwable cause) {
    super(message, cause);
  }
}
