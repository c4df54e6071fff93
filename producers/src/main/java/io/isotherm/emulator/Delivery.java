package io.isotherm.emulator;

/** How the network treats the reports of a pod: some it loses, repeats or holds up. */
final class Delivery {
  private final long[] streams = new long[4];
  private final long lateThreshold;
  private final long duplicateThreshold;
  private final long missingThreshold;
  private final int lateByMs;

  Delivery(long seed, Noise noise) {
    for (int what = 0; what < streams.length; what++) {
      streams[what] = Draw.stream(seed, Streams.DELIVERY + 16L * what);
    }
    lateThreshold = Draw.threshold(noise.late());
    duplicateThreshold = Draw.threshold(noise.duplicate());
    missingThreshold = Draw.threshold(noise.missing());
    lateByMs = noise.lateByMs();
  }

  /** Whether the report that a board makes at a step is lost on its way. */
  boolean missing(int board, long step) {
    return Draw.happens(missingThreshold, bits(0, board, step));
  }

  /** Whether it is delivered twice. */
  boolean duplicate(int board, long step) {
    return Draw.happens(duplicateThreshold, bits(1, board, step));
  }

  /** By how many milliseconds it is delivered late; mostly 0. */
  int lateMs(int board, long step) {
    return Draw.happens(lateThreshold, bits(2, board, step))
        ? 1 + Draw.below(lateByMs, bits(3, board, step))
        : 0;
  }

  private long bits(int what, int board, long step) {
    return Draw.bits(streams[what], ((long) board << 40) | step);
  }
}
