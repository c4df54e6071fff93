package io.isotherm.catalog;

import io.isotherm.catalog.YamlNode.Entry;
import io.isotherm.catalog.YamlNode.Mapping;
import io.isotherm.catalog.YamlNode.Scalar;
import io.isotherm.catalog.YamlNode.Sequence;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one mapping, notes every mistake with its place, and at the end names the
 * fields that nobody asked for.
 */
final class Fields {
  private final Mapping mapping;
  private final List<Mistake> mistakes;
  private final Set<String> known = new LinkedHashSet<>();

  Fields(Mapping mapping, List<Mistake> mistakes) {
    this.mapping = mapping;
    this.mistakes = mistakes;
  }

  /** What a field holds, or null if the file has no such field. */
  @Nullable YamlNode get(String name) {
    known.add(name);
    Entry e = mapping.entries().get(name);
    return e == null ? null : e.node();
  }

  /** Whether the file has this field. */
  boolean has(String name) {
    return mapping.entries().containsKey(name);
  }

  /** Notes a mistake at a node. */
  void mistake(YamlNode at, String message, @Nullable Object... args) {
    mistakes.add(new Mistake(at.line(), at.column(), message.formatted(args)));
  }

  /** Notes a mistake at a field's value, or at the mapping if the file has no such field. */
  void mistakeAt(String name, String message, @Nullable Object... args) {
    Entry e = mapping.entries().get(name);
    mistake(e == null ? mapping : e.node(), message, args);
  }

  /** A text that must be there. */
  String requiredText(String name) {
    String text = text(name);
    if (text == null && !has(name)) {
      mistake(mapping, "field '%s' is missing", name);
    }
    return text == null ? "" : text;
  }

  /** A text, or null if it is not there or is no text. */
  @Nullable String text(String name) {
    YamlNode node = get(name);
    if (node == null) {
      return null;
    }
    if (node instanceof Scalar s && s.text() != null && !s.text().isBlank()) {
      return s.text();
    }
    mistake(node, "'%s' is %s, expected a text", name, node.kind());
    return null;
  }

  /** A list of texts; empty if it is not there. */
  List<String> texts(String name) {
    YamlNode node = get(name);
    if (node == null) {
      return List.of();
    }
    if (node instanceof Sequence s) {
      return s.items().stream()
          .map(
              i -> {
                if (i instanceof Scalar t && t.text() != null) {
                  return t.text();
                }
                mistake(i, "'%s' holds %s, expected texts", name, i.kind());
                return "";
              })
          .toList();
    }
    mistake(node, "'%s' is %s, expected a list of texts", name, node.kind());
    return List.of();
  }

  /**
   * A value: a plain number, or a mapping of value, low, high, unit, confidence and source.
   *
   * @return null if it is not there or was a mistake
   */
  @Nullable Value value(String name, String unit, double min, double max, boolean whole) {
    YamlNode node = get(name);
    if (node == null) {
      return null;
    }
    if (node instanceof Scalar s) {
      Double n = number(name, s, min, max, whole);
      return n == null
          ? null
          : new Value(n, null, null, unit, Confidence.STATED, "stated in the file");
    }
    if (node instanceof Mapping m) {
      Fields f = new Fields(m, mistakes);
      int before = mistakes.size();
      Value v = f.detailedValue(name, unit, min, max, whole);
      f.finish();
      return mistakes.size() == before ? v : null;
    }
    mistake(node, "'%s' is %s, expected a number", name, node.kind());
    return null;
  }

  /** A value that must be there and be a whole number. */
  @Nullable Value requiredCount(String name, int min, int max) {
    if (!has(name)) {
      known.add(name);
      mistake(mapping, "field '%s' is missing", name);
      return null;
    }
    Value v = value(name, "", min, max, true);
    if (v != null && v.number() == null) {
      mistakeAt(name, "'%s' must have a number", name);
      return null;
    }
    return v;
  }

  private @Nullable Value detailedValue(
      String name, String unit, double min, double max, boolean whole) {
    YamlNode node = get("value");
    if (node == null) {
      mistake(mapping, "'%s' has no field 'value'", name);
    }
    Double number = null;
    if (node instanceof Scalar s && s.text() == null) {
      number = null;
    } else if (node != null) {
      number = number(name, node, min, max, whole);
    }
    Double low = plain("low", min, max, whole);
    Double high = plain("high", min, max, whole);
    String givenUnit = text("unit");
    if (givenUnit != null && !givenUnit.equals(unit)) {
      mistakeAt(
          "unit",
          "unit of '%s' is '%s', expected %s",
          name,
          givenUnit,
          unit.isEmpty() ? "none" : "'" + unit + "'");
    }
    Confidence confidence = confidence(number == null);
    String source = text("source");
    try {
      return new Value(
          number, low, high, unit, confidence, source == null ? "stated in the file" : source);
    } catch (IllegalArgumentException e) {
      mistake(mapping, "'%s': %s", name, e.getMessage());
      return null;
    }
  }

  /** The field 'confidence', which may be left out in a user's file. */
  Confidence confidence(boolean unpublished) {
    String word = text("confidence");
    if (word == null) {
      return unpublished ? Confidence.UNPUBLISHED : Confidence.STATED;
    }
    return Confidence.of(word)
        .orElseGet(
            () -> {
              mistakeAt(
                  "confidence", "confidence is '%s', expected one of %s", word, Confidence.words());
              return unpublished ? Confidence.UNPUBLISHED : Confidence.STATED;
            });
  }

  private @Nullable Double plain(String name, double min, double max, boolean whole) {
    YamlNode node = get(name);
    return node == null ? null : number(name, node, min, max, whole);
  }

  /** A number in its range, or null after noting the mistake. */
  @Nullable Double number(String name, YamlNode node, double min, double max, boolean whole) {
    if (!(node instanceof Scalar s) || s.number() == null) {
      mistake(node, "'%s' is %s, expected a number", name, node.kind());
      return null;
    }
    double n = s.number();
    if (whole && n != Math.rint(n)) {
      mistake(node, "'%s' is %s, expected a whole number", name, s.text());
      return null;
    }
    if (!(n >= min && n <= max)) {
      mistake(
          node,
          "'%s' is %s, must be %s to %s",
          name,
          s.text(),
          Value.format(min),
          Value.format(max));
      return null;
    }
    return n;
  }

  /** Names the fields that nobody asked for. */
  void finish() {
    mapping
        .entries()
        .forEach(
            (name, e) -> {
              if (!known.contains(name)) {
                mistakes.add(
                    new Mistake(
                        e.line(),
                        e.column(),
                        "unknown field '%s'%s".formatted(name, Suggestion.of(name, known))));
              }
            });
  }
}
