package io.isotherm.recording;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.isotherm.readings.ReadingField;
import io.isotherm.readings.ReadingParser;
import io.isotherm.readings.UnusableYamlException;
import io.isotherm.readings.YamlText;
import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says how the columns of a table are readings of a cluster. Read from YAML.
 *
 * @param preset name of the preset whose pods have the boards of the table
 * @param pods number of pods; null keeps what the preset says
 * @param cabinets cabinets of a pod; null keeps what the preset says
 * @param time the column of the event time
 * @param board the column that names the board: by its path, or by a name of the inventory
 * @param chip the column of the chip: its number on the board from 0, or a name of the inventory
 * @param port the column of the port, for rows that are of a link: its number on the chip from 0,
 *     or a name of {@code ports}; null if no table has links
 * @param ports numbers of ports by the names that the tables have; null if they have numbers
 * @param inventory a table with the columns {@code board}, {@code path} and, if chips have names,
 *     {@code chip}; beside the mapping; null if the table has paths and numbers
 * @param intervalSeconds rows of a board within so many seconds are one report, 1 to 3,600
 * @param disorderSeconds how far a row may be behind the newest one, 0 to 86,400 seconds
 * @param sentinels texts that stand for no reading, beside an empty one and {@code NaN}
 * @param metrics for a long table, the columns of the metric's name and of its value; null for a
 *     wide table
 * @param fields what becomes which reading
 */
public record TableMapping(
    String preset,
    @Nullable Integer pods,
    @Nullable Integer cabinets,
    Time time,
    String board,
    String chip,
    @Nullable String port,
    @Nullable Map<String, Integer> ports,
    @Nullable String inventory,
    @JsonProperty("interval_seconds") @Nullable Integer intervalSeconds,
    @JsonProperty("disorder_seconds") @Nullable Integer disorderSeconds,
    @Nullable List<String> sentinels,
    @Nullable Metrics metrics,
    Map<String, Source> fields) {

  /**
   * The column of the event time.
   *
   * @param column its name
   * @param unit {@code iso} for RFC 3339, or {@code s} or {@code ms} since 1970-01-01 UTC
   */
  public record Time(String column, @Nullable String unit) {}

  /**
   * The columns of a long table.
   *
   * @param name column of the metric's name
   * @param value column of its value
   */
  public record Metrics(String name, String value) {}

  /**
   * Where a reading comes from.
   *
   * @param column name of the column, or of the metric in a long table
   * @param unit its unit; null for the reading's own
   * @param values for a state, its words by the texts of the table, in any case; the words
   *     themselves are always understood
   * @param bits for a set, its words by the bits of the table's mask, decimal or {@code 0x...};
   *     null if the mask is the reading's own
   */
  public record Source(
      String column,
      @Nullable String unit,
      @Nullable Map<String, String> values,
      @Nullable Map<String, String> bits) {

    /**
     * What makes values of a reading from the column's texts.
     *
     * @throws IllegalArgumentException if the reading takes no such unit, values or bits
     */
    ReadingParser parser(ReadingField field) {
      return new ReadingParser(field, unit, values, bits);
    }
  }

  /**
   * Reads a mapping.
   *
   * @throws RecordingException if it cannot be read or has a mistake; the message says where
   */
  public static TableMapping read(Path file) {
    TableMapping mapping;
    try {
      mapping = YamlText.read(file.toString(), Files.readString(file), TableMapping.class);
    } catch (NoSuchFileException e) {
      throw new RecordingException("%s: there is no such mapping".formatted(file), e);
    } catch (UnusableYamlException e) {
      throw new RecordingException(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new RecordingException(
          "%s: cannot be read: %s".formatted(file, FileFailure.reason(e)), e);
    }
    mapping.check(file);
    return mapping;
  }

  @SuppressWarnings("NullAway") // Jackson leaves null what the file leaves out.
  private void check(Path file) {
    Map<String, Object> required = new LinkedHashMap<>();
    required.put("preset", preset);
    required.put("time", time);
    required.put("board", board);
    required.put("chip", chip);
    required.put("fields", fields);
    required.forEach(
        (name, value) -> {
          if (value == null) {
            throw new RecordingException("%s: '%s' is missing".formatted(file, name));
          }
        });
    if (time.column == null) {
      throw new RecordingException("%s: 'time' has no 'column'".formatted(file));
    }
    if (!List.of("iso", "s", "ms").contains(timeUnit())) {
      throw new RecordingException(
          "%s: unit of 'time' is '%s', must be iso, s or ms".formatted(file, time.unit));
    }
    within(file, "interval_seconds", intervalSeconds, 1, 3_600);
    within(file, "disorder_seconds", disorderSeconds, 0, 86_400);
    if (metrics != null && (metrics.name == null || metrics.value == null)) {
      throw new RecordingException("%s: 'metrics' needs 'name' and 'value'".formatted(file));
    }
    fields.forEach(
        (name, source) -> {
          ReadingField field = ReadingField.of(name);
          if (field == null) {
            throw new RecordingException(
                "%s: no reading '%s'; there are %s"
                    .formatted(file, name, String.join(", ", ReadingField.names())));
          }
          if (source == null || source.column == null) {
            throw new RecordingException("%s: '%s' has no 'column'".formatted(file, name));
          }
          try {
            var unused = source.parser(field);
          } catch (IllegalArgumentException e) {
            throw new RecordingException("%s: %s".formatted(file, e.getMessage()), e);
          }
          if (field.ofLink() && port == null) {
            throw new RecordingException(
                "%s: '%s' is of a link, but there is no 'port'".formatted(file, name));
          }
        });
    if (ports != null && port == null) {
      throw new RecordingException("%s: there are 'ports', but no 'port'".formatted(file));
    }
  }

  private static void within(Path file, String name, @Nullable Integer n, int least, int most) {
    if (n != null && (n < least || n > most)) {
      throw new RecordingException(
          "%s: '%s' is %d, must be %d to %d".formatted(file, name, n, least, most));
    }
  }

  String timeUnit() {
    return time.unit == null ? "iso" : time.unit;
  }

  long intervalMs() {
    return 1_000L * (intervalSeconds == null ? 10 : intervalSeconds);
  }

  long disorderMs() {
    return 1_000L * (disorderSeconds == null ? 60 : disorderSeconds);
  }
}
