package io.isotherm.emulator;

/** Numbers of a pod's {@link Draw#stream streams} of random numbers; one for each use. */
final class Streams {
  static final int RESISTANCE = 1;
  static final int POWER = 2;
  static final int COOLANT = 3;
  static final int SKEW = 4;
  static final int MEMORY = 5;
  static final int ECC = 6;
  static final int CRC = 7;
  static final int TRAFFIC = 8;
  static final int READING = 9;
  static final int BLANK = 10;

  /** The first of four, 16 apart. */
  static final int DELIVERY = 11;

  static final int IMBALANCE = 12;

  private Streams() {}
}
