package io.isotherm.score;

/**
 * What came of one seed.
 *
 * @param seed the seed
 * @param startMs event time of the start, in milliseconds since 1970-01-01 UTC
 * @param durationMs event time that was watched
 * @param pods pods that were watched
 * @param reports reports that were delivered
 * @param matching what was found against what was broken
 */
public record SeedRun(
    long seed, long startMs, long durationMs, int pods, long reports, Matching matching) {
  /** Event time of the end, in milliseconds since 1970-01-01 UTC. */
  long endMs() {
    return startMs + durationMs;
  }
}
