package io.isotherm.emulator;

/**
 * A fault that began or ended.
 *
 * @param fault the fault
 * @param ended false at its start, true at its end
 */
public record TruthEvent(Fault fault, boolean ended) {
  /** Event time of the start or the end, in milliseconds since 1970-01-01 UTC. */
  public long timeMs() {
    return ended ? fault.endMs() : fault.startMs();
  }
}
