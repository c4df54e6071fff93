package io.isotherm.launcher.rules;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of the checkout that are read from where they stand, never from a copy. */
final class Checkout {
  static final Path ROOT =
      Path.of(System.getProperty("isotherm.root", "..")).toAbsolutePath().normalize();
  static final Path PROMETHEUS = ROOT.resolve("prometheus");
  static final Path ALERTS = PROMETHEUS.resolve("rules/alerts.yml");
  static final Path RECORDING = PROMETHEUS.resolve("rules/recording.yml");
  static final Path GRAFANA = ROOT.resolve("grafana");
  static final Path RUNBOOK = ROOT.resolve("docs/runbook.md");
  static final Path METRICS = ROOT.resolve("docs/metrics.md");

  private Checkout() {}

  /** Files below a directory whose name ends so, in order. */
  static List<Path> files(Path directory, String suffix) {
    try (Stream<Path> all = Files.walk(directory)) {
      return all.filter(file -> file.getFileName().toString().endsWith(suffix)).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
