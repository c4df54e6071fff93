package io.isotherm.readings;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Texts of YAML, or of JSON, which is YAML too: one document each, whose keys stand once. Where a
 * list is asked for, one value is one.
 */
public final class YamlText {
  /** Characters of a text: the targets of a million chips are 11 million, and SnakeYAML takes 3. */
  private static final int LONGEST = 256 << 20;

  private static final ObjectMapper YAML =
      new ObjectMapper(factory())
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.ACCEPT_SINGLE_VALUE_AS_ARRAY);

  /** What Jackson is asked to do. */
  private interface Parse<T> {
    @Nullable T run(JsonParser parser) throws IOException;
  }

  private YamlText() {}

  /** What makes parsers of texts as long as the files of a large cluster. */
  public static YAMLFactory factory() {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(LONGEST);
    // Unlike a factory's constructor, its builder makes an empty text of a key without a value.
    return YAMLFactory.builder()
        .enable(YAMLParser.Feature.EMPTY_STRING_AS_NULL)
        .loaderOptions(options)
        .build();
  }

  /**
   * Reads a text.
   *
   * @param file the file's name, for messages
   * @throws UnusableYamlException if it is not what is needed; the message says where and why
   */
  public static <T> T read(String file, String text, Class<T> type) {
    return read(file, text, parser -> YAML.readValue(parser, type));
  }

  /** As {@link #read}, a list. */
  public static <T> List<T> readList(String file, String text, Class<T> type) {
    JavaType list = YAML.getTypeFactory().constructCollectionType(List.class, type);
    return read(file, text, parser -> YAML.readValue(parser, list));
  }

  private static <T> T read(String file, String text, Parse<T> parse) {
    @Nullable T value;
    try (JsonParser parser = YAML.createParser(text)) {
      value = parse.run(parser);
      if (parser.nextToken() != null) {
        JsonLocation at = parser.currentTokenLocation();
        throw new UnusableYamlException(
            "%s:%d:%d: a second document; expected only one"
                .formatted(file, at.getLineNr(), at.getColumnNr()));
      }
    } catch (UnrecognizedPropertyException e) {
      // Jackson's place of it is where the text ends.
      throw new UnusableYamlException(
          "%s: unknown field '%s'; there are %s"
              .formatted(
                  file,
                  e.getPropertyName(),
                  e.getKnownPropertyIds().stream()
                      .map(String::valueOf)
                      .sorted()
                      .collect(Collectors.joining(", "))),
          e);
    } catch (JacksonException e) {
      JsonLocation at = e.getLocation();
      throw new UnusableYamlException(
          "%s:%s %s"
              .formatted(
                  file,
                  at == null ? "" : "%d:%d:".formatted(at.getLineNr(), at.getColumnNr()),
                  e.getOriginalMessage().lines().findFirst().orElse("not what is needed")),
          e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (value == null) {
      throw new UnusableYamlException("%s: empty".formatted(file));
    }
    return value;
  }
}
