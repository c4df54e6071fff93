package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;

/**
 * What it cost a process to read a changelog, from before its first record on.
 *
 * @param records records read
 * @param startSeconds age of the process before the first record
 * @param wallSeconds time from then on
 * @param cpuSeconds CPU time of all threads of the process from then on
 */
record ReadCost(long records, double startSeconds, double wallSeconds, double cpuSeconds) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Writes it to a file. */
  void write(Path file) throws IOException {
    JSON.writeValue(file.toFile(), this);
  }

  /** Reads what {@link #write} wrote. */
  static ReadCost read(Path file) throws IOException {
    return JSON.readValue(file.toFile(), ReadCost.class);
  }
}
