package io.isotherm.bridge;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.isotherm.readings.ReadingField;
import io.isotherm.readings.ReadingParser;
import io.isotherm.readings.UnusableYamlException;
import io.isotherm.readings.YamlText;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Says how the samples of an exporter are readings of a board. Read from YAML.
 *
 * @param chip the label whose value says which chip of the board a sample is of
 * @param chips numbers of chips by the values of that label, of which others are passed over; null
 *     if it has the number
 * @param port the labels whose values, with {@code /} between them, say which port of the chip a
 *     sample is of; null if no reading is of a link, or the names of the metrics say it
 * @param ports numbers of ports by those values, of which others are passed over; null if there is
 *     one label, or the name of the metric, and it has the number
 * @param sentinels values that stand for no reading, beside {@code NaN}
 * @param staleSeconds how old a sample with a time of its own may be, 1 to 86,400; null for {@value
 *     #STALE_SECONDS}
 * @param readings what becomes which reading; of several sources the first that the exporter gives
 */
public record ExporterMapping(
    String chip,
    @Nullable Map<String, Integer> chips,
    @Nullable List<String> port,
    @Nullable Map<String, Integer> ports,
    @Nullable List<String> sentinels,
    @JsonProperty("stale_seconds") @Nullable Integer staleSeconds,
    Map<String, List<Source>> readings) {

  /** The mappings that are bundled. */
  public static final List<String> BUNDLED = List.of("dcgm", "mlu", "node", "npu");

  /** Three times what the slowest of the known exporters lets pass between two readings. */
  private static final int STALE_SECONDS = 180;

  /** Stands in the name of a metric for the number of a port. */
  static final String PORT = "{port}";

  /**
   * Where a reading comes from.
   *
   * @param metric names of the metrics whose values are added up, nearly always one; {@code {port}}
   *     in a name stands for a number that says the port
   * @param unit its unit; null for the reading's own
   * @param values for a state, its words by the exporter's values; the words themselves are always
   *     understood
   * @param bits for a set, its words by the bits of the exporter's mask
   * @param sentinels values that stand for no reading here
   * @param without labels that a sample must not have: those that have one are of a part of a chip
   */
  public record Source(
      List<String> metric,
      @Nullable String unit,
      @Nullable Map<String, String> values,
      @Nullable Map<String, String> bits,
      @Nullable List<String> sentinels,
      @Nullable List<String> without) {}

  /**
   * Reads a mapping.
   *
   * @param name one of {@link #BUNDLED}, or a file
   * @param beside the file that names it, beside which a file lies
   * @throws BridgeException if there is none, or it has a mistake; the message says where
   */
  static ExporterMapping read(String name, Path beside) {
    if (BUNDLED.contains(name)) {
      return parse("exporter " + name, bundled(name));
    }
    Path file;
    try {
      file = beside.resolveSibling(name);
    } catch (InvalidPathException e) {
      throw new BridgeException("%s: exporter: %s".formatted(beside, e.getMessage()), e);
    }
    if (!Files.exists(file)) {
      throw new BridgeException(
          "%s: no exporter '%s': there are %s, and there is no file %s"
              .formatted(beside, name, String.join(", ", BUNDLED), file));
    }
    try {
      return parse(file.toString(), Files.readString(file));
    } catch (IOException e) {
      throw new BridgeException("%s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
    }
  }

  private static String bundled(String name) {
    try (InputStream in =
        ExporterMapping.class.getResourceAsStream("exporters/" + name + ".yaml")) {
      if (in == null) {
        throw new IllegalStateException("no bundled mapping " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static ExporterMapping parse(String file, String text) {
    try {
      ExporterMapping mapping = YamlText.read(file, text, ExporterMapping.class);
      mapping.check();
      return mapping;
    } catch (UnusableYamlException e) {
      throw new BridgeException(String.valueOf(e.getMessage()), e);
    } catch (IllegalArgumentException e) {
      throw new BridgeException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  @SuppressWarnings("NullAway") // Jackson leaves null what the file leaves out.
  private void check() {
    require("chip", chip);
    require("readings", readings);
    if (staleSeconds != null && (staleSeconds < 1 || staleSeconds > 86_400)) {
      throw new IllegalArgumentException(
          "'stale_seconds' is %d, must be 1 to 86400".formatted(staleSeconds));
    }
    if ((sentinels != null && !isGiven(sentinels)) || (port != null && !isGiven(port))) {
      throw new IllegalArgumentException("an empty text in 'sentinels' or 'port'");
    }
    if (port != null && port.size() > 1 && ports == null) {
      throw new IllegalArgumentException("several labels of 'port' need 'ports'");
    }
    readings.forEach(this::check);
  }

  @SuppressWarnings("NullAway") // Jackson leaves null what the file leaves out.
  private void check(String name, List<Source> sources) {
    ReadingField field = ReadingField.of(name);
    if (field == null) {
      throw new IllegalArgumentException(
          "no reading '%s'; there are %s".formatted(name, String.join(", ", ReadingField.names())));
    }
    require(name, sources);
    for (Source source : sources) {
      if (source == null || !isGiven(source.metric) || source.metric.isEmpty()) {
        throw new IllegalArgumentException("'%s' has no 'metric'".formatted(name));
      }
      for (@Nullable List<String> texts : Arrays.asList(source.sentinels, source.without)) {
        if (texts != null && !isGiven(texts)) {
          throw new IllegalArgumentException("an empty text in '%s'".formatted(name));
        }
      }
      var unused = new ReadingParser(field, source.unit, source.values, source.bits);
      if (source.metric.size() > 1 && field.units().isEmpty()) {
        throw new IllegalArgumentException(
            "'%s' is a state, and states cannot be added up".formatted(name));
      }
      for (String metric : source.metric) {
        boolean named = metric.contains(PORT);
        if (field.ofLink() && !named && port == null) {
          throw new IllegalArgumentException(
              "'%s' is of a link, but there is no 'port', and no {port} in '%s'"
                  .formatted(name, metric));
        }
        if (!field.ofLink() && named) {
          throw new IllegalArgumentException(
              "'%s' is of a chip, but there is {port} in '%s'".formatted(name, metric));
        }
      }
    }
  }

  /** Whether a list is there, and all in it. */
  private static boolean isGiven(@Nullable List<String> texts) {
    return texts != null && texts.stream().allMatch(Objects::nonNull);
  }

  private static void require(String name, @Nullable Object value) {
    if (value == null) {
      throw new IllegalArgumentException("'%s' is missing".formatted(name));
    }
  }

  /** How old a sample with a time of its own may be, in milliseconds. */
  long staleMs() {
    return 1_000L * (staleSeconds == null ? STALE_SECONDS : staleSeconds);
  }
}
