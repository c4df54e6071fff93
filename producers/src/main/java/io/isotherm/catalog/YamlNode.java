package io.isotherm.catalog;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.isotherm.readings.YamlText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A piece of a YAML document that knows its line and column.
 *
 * <p>Jackson's tree forgets where its nodes stood, so the tree is built here from the parser's
 * tokens.
 */
public sealed interface YamlNode {
  int line();

  int column();

  /** What this is, for messages. */
  String kind();

  /** A field's name with its place, and what it holds. */
  record Entry(int line, int column, YamlNode node) {}

  /** Named fields in the order of the file. */
  record Mapping(int line, int column, Map<String, Entry> entries) implements YamlNode {
    @Override
    public String kind() {
      return "a mapping";
    }
  }

  /** A list. */
  record Sequence(int line, int column, List<YamlNode> items) implements YamlNode {
    @Override
    public String kind() {
      return "a list";
    }
  }

  /** A text or number; the text is null for YAML's null, the number for all but numbers. */
  record Scalar(int line, int column, @Nullable String text, @Nullable Double number)
      implements YamlNode {
    @Override
    public String kind() {
      return text == null ? "nothing" : "'" + text + "'";
    }
  }

  /**
   * Reads a document.
   *
   * @param mistakes receives what is wrong; after a syntax error nothing is returned
   */
  static @Nullable YamlNode read(String document, List<Mistake> mistakes) {
    try (YAMLParser parser = YamlText.factory().createParser(document)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        mistakes.add(new Mistake(1, 1, "the file is empty"));
        return null;
      }
      YamlNode root = node(parser, first, mistakes);
      if (parser.nextToken() != null) {
        JsonLocation at = parser.currentTokenLocation();
        mistakes.add(
            new Mistake(at.getLineNr(), at.getColumnNr(), "a second document; expected only one"));
      }
      return root;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      String problem =
          e.getOriginalMessage()
              .lines()
              .map(String::strip)
              .reduce((a, b) -> a + ", " + b)
              .orElse("");
      mistakes.add(
          new Mistake(
              at == null ? 1 : Math.max(1, at.getLineNr()),
              at == null ? 1 : Math.max(1, at.getColumnNr()),
              "not YAML: " + problem));
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static YamlNode node(YAMLParser parser, JsonToken token, List<Mistake> mistakes)
      throws IOException {
    JsonLocation at = parser.currentTokenLocation();
    int line = at.getLineNr();
    int column = at.getColumnNr();
    if (parser.isCurrentAlias()) {
      mistakes.add(new Mistake(line, column, "an alias (*name); write the value itself"));
    }
    switch (token) {
      case START_OBJECT -> {
        Map<String, Entry> entries = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          JsonLocation key = parser.currentTokenLocation();
          String name = parser.currentName();
          YamlNode value = node(parser, parser.nextToken(), mistakes);
          if (entries.containsKey(name)) {
            mistakes.add(
                new Mistake(
                    key.getLineNr(), key.getColumnNr(), "field '%s' stands twice".formatted(name)));
          } else {
            entries.put(name, new Entry(key.getLineNr(), key.getColumnNr(), value));
          }
        }
        return new Mapping(line, column, entries);
      }
      case START_ARRAY -> {
        List<YamlNode> items = new ArrayList<>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          items.add(node(parser, t, mistakes));
        }
        return new Sequence(line, column, items);
      }
      case VALUE_NULL -> {
        return new Scalar(line, column, null, null);
      }
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
        return new Scalar(line, column, parser.getText(), parser.getDoubleValue());
      }
      default -> {
        return new Scalar(line, column, parser.getText(), null);
      }
    }
  }
}
