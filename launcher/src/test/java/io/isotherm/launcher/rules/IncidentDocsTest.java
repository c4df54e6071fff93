package io.isotherm.launcher.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.core.IncidentKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whoever is told of an incident finds what to do, and by what it was found. */
final class IncidentDocsTest {
  private static final Path DOCS =
      Path.of(System.getProperty("isotherm.root", "..")).resolve("docs");

  @ParameterizedTest
  @EnumSource(IncidentKind.class)
  void everyKindHasItsHeadingInTheRunbookAndItsDetector(IncidentKind kind) throws IOException {
    String name = kind.name().toLowerCase(Locale.ROOT);

    assertThat(Files.readAllLines(DOCS.resolve("runbook.md"))).contains("### " + name);
    assertThat(Files.readString(DOCS.resolve("detectors.md"))).contains("`" + name + "`");
  }
}
