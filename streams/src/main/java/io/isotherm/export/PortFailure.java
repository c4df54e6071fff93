package io.isotherm.export;

import java.io.IOException;
import java.net.BindException;

/** Why a port cannot be opened, and what to do about it, in a sentence. */
public final class PortFailure {
  /** How the system's words begin when another process listens there. */
  private static final String TAKEN = "Address already in use";

  private PortFailure() {}

  /**
   * The failure with the sentence as its message.
   *
   * @param why what opening the port failed with, or one with that as its cause
   * @param option the option that gives the port
   */
  public static BindException of(int port, IOException why, String option) {
    String reason = reason(why.getCause() instanceof IOException cause ? cause : why);
    BindException failure =
        new BindException(
            reason.startsWith(TAKEN)
                ? "port %d is in use: stop the process that listens there, or choose another with %s"
                    .formatted(port, option)
                : "port %d cannot be used: %s; choose another with %s"
                    .formatted(port, reason, option));
    failure.initCause(why);
    return failure;
  }

  private static String reason(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
