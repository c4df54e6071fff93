package io.isotherm.catalog;

import org.jspecify.annotations.Nullable;

/**
 * What the command line changes of a preset; null keeps what the preset says.
 *
 * <p>The chip changes the numbers of the chip but not the wiring; the wiring must fit the chip.
 *
 * @param chip name of a chip
 * @param pods number of pods, 1 to {@value #MAX_PODS}
 * @param cabinets compute cabinets in each pod, 1 to {@value #MAX_CABINETS}
 */
public record Overrides(@Nullable String chip, @Nullable Integer pods, @Nullable Integer cabinets) {
  static final int MAX_PODS = 10_000;
  static final int MAX_CABINETS = 100_000;

  /** Changes nothing. */
  public static final Overrides NONE = new Overrides(null, null, null);

  /**
   * @throws CatalogException if a number is out of its range
   */
  public Overrides {
    check("pods", pods, MAX_PODS);
    check("cabinets", cabinets, MAX_CABINETS);
  }

  private static void check(String name, @Nullable Integer n, int max) {
    if (n != null && (n < 1 || n > max)) {
      throw new CatalogException("--%s is %d, must be 1 to %d".formatted(name, n, max));
    }
  }
}
