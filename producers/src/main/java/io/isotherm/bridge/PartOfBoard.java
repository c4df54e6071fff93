package io.isotherm.bridge;

/**
 * A chip of a board, or a port of one; in the order of chips, each before its ports.
 *
 * @param chip position on the board, from 0
 * @param port port of the chip, from 0, or {@link #NO_PORT}
 */
record PartOfBoard(int chip, int port) implements Comparable<PartOfBoard> {
  /** The chip itself. */
  static final int NO_PORT = -1;

  boolean isLink() {
    return port != NO_PORT;
  }

  @Override
  public int compareTo(PartOfBoard other) {
    return chip != other.chip
        ? Integer.compare(chip, other.chip)
        : Integer.compare(port, other.port);
  }

  @Override
  public String toString() {
    return isLink() ? "chip-%d/port-%d".formatted(chip, port) : "chip-%d".formatted(chip);
  }
}
