package io.isotherm.recording;

/** Work that was asked to end before it had a result. What it had written is taken away. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** There is no more to say of it. */
  public StoppedException() {
    super("stopped; there is no result");
  }
}
