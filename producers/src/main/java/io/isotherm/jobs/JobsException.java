package io.isotherm.jobs;

/** A list of jobs cannot be used. The message says which, where and why. */
public final class JobsException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  JobsException(String message) {
    super(message);
  }

  JobsException(String message, Throwable cause) {
    super(message, cause);
  }
}
