package io.isotherm.score;

import com.fasterxml.jackson.databind.JsonNode;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Bars that a score must reach. One a line, such as {@code groups.hard.recall >= 0.99}: a path in
 * the score's JSON, {@code >=} or {@code <=}, and a number; {@code #} begins a comment.
 */
public final class Requirements {
  /** Names of the bundled ones. */
  static final Set<String> BUNDLED = Set.of("standard", "healthy");

  private static final Pattern LINE =
      Pattern.compile("(?<path>[a-z0-9_.]+)\\s*(?<op>[<>]=)\\s*(?<bar>-?\\d+(?:\\.\\d+)?)");

  private static final Pattern PATH =
      Pattern.compile(
          "(overall|groups\\.(hard|slow)|by_kind\\.[a-z_]+)\\."
              + "(faults|found|incidents|false_incidents|precision|recall|f1|subject_accuracy"
              + "|kind_accuracy|incidents_per_fault|false_incidents_per_day"
              + "|(delay|named)_seconds\\.p(50|95))");

  private record Bar(String path, boolean least, double value, String place) {}

  private final List<Bar> bars;

  private Requirements(List<Bar> bars) {
    this.bars = List.copyOf(bars);
  }

  /**
   * Reads a file, or the bundled bars of a name.
   *
   * @throws IllegalArgumentException if it cannot be read or a line is wrong; the message is one
   *     line with file, line and what is expected
   */
  public static Requirements load(String nameOrFile) {
    Path file = Path.of(nameOrFile);
    if (BUNDLED.contains(nameOrFile) && !Files.exists(file)) {
      String resource = nameOrFile + ".require";
      try (InputStream in = Requirements.class.getResourceAsStream(resource)) {
        if (in == null) {
          throw new IllegalStateException("the jar lacks " + resource);
        }
        return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), nameOrFile);
      } catch (IOException e) {
        throw new IllegalStateException("the jar cannot be read", e);
      }
    }
    try {
      return parse(Files.readString(file, StandardCharsets.UTF_8), nameOrFile);
    } catch (NoSuchFileException e) {
      throw new IllegalArgumentException(
          "cannot read %s; give a file, or one of %s"
              .formatted(nameOrFile, String.join(", ", BUNDLED.stream().sorted().toList())),
          e);
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "cannot read %s: %s".formatted(nameOrFile, FileFailure.reason(e)), e);
    }
  }

  static Requirements parse(String text, String name) {
    List<Bar> bars = new ArrayList<>();
    int number = 0;
    for (String line : text.split("\n", -1)) {
      number++;
      String bar = line.replaceFirst("#.*", "").strip();
      if (bar.isEmpty()) {
        continue;
      }
      Matcher m = LINE.matcher(bar);
      if (!m.matches()) {
        throw new IllegalArgumentException(
            "%s:%d: '%s' is no bar; expected a line such as 'groups.hard.recall >= 0.99'"
                .formatted(name, number, bar));
      }
      String path = m.group("path");
      if (!PATH.matcher(path).matches() || unknownKind(path)) {
        throw new IllegalArgumentException(
            ("%s:%d: there is no '%s'; expected overall, groups.hard, groups.slow or by_kind.<kind>,"
                    + " and a measure such as .precision or .delay_seconds.p50")
                .formatted(name, number, path));
      }
      bars.add(
          new Bar(
              path,
              m.group("op").equals(">="),
              Double.parseDouble(m.group("bar")),
              name + ":" + number));
    }
    return new Requirements(bars);
  }

  private static boolean unknownKind(String path) {
    if (!path.startsWith("by_kind.")) {
      return false;
    }
    String kind = path.split("\\.", -1)[1].toUpperCase(Locale.ROOT);
    try {
      return Expectation.of(io.isotherm.avro.FaultKind.valueOf(kind)).group()
          == Expectation.Group.CONTROL;
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  /**
   * The bars that a score misses, each in one line. A bar on what was not measured is missed.
   *
   * @param score the score's JSON
   */
  public List<String> missedBy(JsonNode score) {
    List<String> missed = new ArrayList<>();
    for (Bar bar : bars) {
      @Nullable JsonNode at = score;
      for (String part : bar.path().split("\\.", -1)) {
        at = at == null ? null : at.get(part);
      }
      String wanted = (bar.least() ? "at least " : "at most ") + plain(bar.value());
      if (at == null || !at.isNumber()) {
        missed.add(
            "%s: %s was not measured, must be %s".formatted(bar.place(), bar.path(), wanted));
      } else if (bar.least() ? at.asDouble() < bar.value() : at.asDouble() > bar.value()) {
        missed.add(
            "%s: %s is %s, must be %s"
                .formatted(bar.place(), bar.path(), plain(at.asDouble()), wanted));
      }
    }
    return missed;
  }

  private static String plain(double value) {
    return String.format(Locale.ROOT, "%.4f", value).replaceFirst("\\.?0+$", "");
  }
}
