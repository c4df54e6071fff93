package io.isotherm.emulator;

/**
 * Random numbers that are a function of where they are used.
 *
 * <p>A sequential generator would make every number depend on how many were drawn before it; here
 * chip 7 at step 9 gets the same number whatever else was asked, so nothing has to be stored.
 */
final class Draw {
  private Draw() {}

  /** 64 well-mixed bits of a seed and two coordinates (the finalizer of SplitMix64, twice). */
  static long bits(long seed, long a, long b) {
    return bits(stream(seed, a), b);
  }

  /** The part of {@link #bits(long, long, long)} that does not depend on the last coordinate. */
  static long stream(long seed, long a) {
    return mix(seed ^ a * 0x9E3779B97F4A7C15L);
  }

  /** The same bits, of a stream made before. */
  static long bits(long stream, long b) {
    return mix(stream + b * 0xD1B54A32D192ED03L);
  }

  private static long mix(long z) {
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** A whole number of 0 to {@code n}, exclusive, from 32 of the bits; {@code n} up to 2^31. */
  static int below(int n, long bits) {
    return (int) (((bits >>> 32) * n) >>> 32);
  }

  /** A whole number of {@code -limit} to {@code limit}, bell-shaped, from all the bits. */
  static int bell(int limit, long bits) {
    int sum =
        (int) (bits & 0xFFFF)
            + (int) (bits >>> 16 & 0xFFFF)
            + (int) (bits >>> 32 & 0xFFFF)
            + (int) (bits >>> 48);
    return (int) ((long) (sum - 2 * 0xFFFF) * limit / (2 * 0xFFFF));
  }

  /**
   * What {@link #happens} takes for a probability.
   *
   * @param probability 0 to 1
   */
  static long threshold(double probability) {
    return (long) (probability * (1L << 53));
  }

  /** True with the probability that the threshold was made from. */
  static boolean happens(long threshold, long bits) {
    return bits >>> 11 < threshold;
  }
}
