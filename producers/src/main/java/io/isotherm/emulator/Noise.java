package io.isotherm.emulator;

/**
 * How the agents and the way to the broker fall short of perfection.
 *
 * @param skewMs most that a board's clock is off, either way, in milliseconds, 0 to 2000
 * @param late share of reports that are delivered late, 0 to 1
 * @param lateByMs most that a late report is late by, in milliseconds; at least 1 if any are late
 * @param duplicate share of reports that are delivered twice, 0 to 1
 * @param missing share of reports that are never delivered, 0 to 1
 * @param blank share of chip samples of which one reading is absent, 0 to 1
 */
public record Noise(
    int skewMs, double late, int lateByMs, double duplicate, double missing, double blank) {
  /** Perfect clocks and a perfect network. */
  public static final Noise NONE = new Noise(0, 0, 0, 0, 0, 0);

  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  public Noise {
    if (skewMs < 0 || skewMs > 2000) {
      throw new IllegalArgumentException("skew of %d ms is not in 0 to 2000".formatted(skewMs));
    }
    share("late", late);
    share("duplicate", duplicate);
    share("missing", missing);
    share("blank", blank);
    if (lateByMs < 0 || (late > 0 && lateByMs == 0)) {
      throw new IllegalArgumentException("late reports must be late by at least 1 ms");
    }
  }

  private static void share(String name, double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "share of %s reports is %s, must be 0 to 1".formatted(name, share));
    }
  }
}
