package io.isotherm.bridge;

import io.isotherm.readings.ReadingField;
import java.util.EnumSet;
import java.util.Set;

/**
 * The readings of a board of which there is a value.
 *
 * @param all those of any chip or port; {@link ReadingField#HEALTH} only if it can be fatal
 * @param ofOwnPorts those of ports of the chips themselves, not of network cards beside them
 */
public record GivenReadings(Set<ReadingField> all, Set<ReadingField> ofOwnPorts) {
  public GivenReadings {
    all = Set.copyOf(all);
    ofOwnPorts = Set.copyOf(ofOwnPorts);
  }

  /** These and what another exporter of the board gives. */
  public GivenReadings and(GivenReadings other) {
    return new GivenReadings(union(all, other.all), union(ofOwnPorts, other.ofOwnPorts));
  }

  private static Set<ReadingField> union(Set<ReadingField> some, Set<ReadingField> others) {
    Set<ReadingField> union = EnumSet.noneOf(ReadingField.class);
    union.addAll(some);
    union.addAll(others);
    return union;
  }
}
