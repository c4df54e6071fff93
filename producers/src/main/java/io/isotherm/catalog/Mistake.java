package io.isotherm.catalog;

/**
 * A mistake in a file.
 *
 * @param line line in the file, from 1
 * @param column column in the line, from 1
 * @param message what is wrong and what was expected
 */
public record Mistake(int line, int column, String message) {
  @Override
  public String toString() {
    return line + ":" + column + ": " + message;
  }
}
