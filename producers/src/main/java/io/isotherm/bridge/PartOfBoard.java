package io.isotherm.bridge;

import java.util.Comparator;

/**
 * A chip of a board, or a port of one; in the order of chips, each before its ports.
 *
 * @param chip position on the board, from 0
 * @param port port of the chip, from 0, or {@link #NO_PORT}
 */
record PartOfBoard(int chip, int port) implements Comparable<PartOfBoard> {
  /** The chip itself. */
  static final int NO_PORT = -1;

  private static final Comparator<PartOfBoard> ORDER =
      Comparator.comparingInt(PartOfBoard::chip).thenComparingInt(PartOfBoard::port);

  boolean isLink() {
    return port != NO_PORT;
  }

  @Override
  public int compareTo(PartOfBoard other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return isLink() ? "chip-%d/port-%d".formatted(chip, port) : "chip-%d".formatted(chip);
  }
}
