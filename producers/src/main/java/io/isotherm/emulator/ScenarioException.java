package io.isotherm.emulator;

/** A scenario that cannot be run; the message is one line for the user. */
public final class ScenarioException extends RuntimeException {
  public ScenarioException(String message) {
    super(message);
  }
}
