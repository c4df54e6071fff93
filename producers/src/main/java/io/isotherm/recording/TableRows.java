package io.isotherm.recording;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The rows of a file of comma-separated values with a header, by the names of the columns. */
final class TableRows implements AutoCloseable {
  private static final CsvMapper CSV =
      CsvMapper.builder()
          .enable(CsvParser.Feature.TRIM_SPACES)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build();

  /** What some programs begin a file with, to say that it is UTF-8. */
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path file;
  private final BufferedReader in;
  private final MappingIterator<Map<String, String>> rows;
  private final List<String> columns = new ArrayList<>();

  private TableRows(Path file, BufferedReader in, MappingIterator<Map<String, String>> rows)
      throws IOException {
    this.file = file;
    this.in = in;
    this.rows = rows;
    // It reads the header.
    rows.hasNextValue();
    for (CsvSchema.Column column : (CsvSchema) rows.getParser().getSchema()) {
      columns.add(column.getName());
    }
  }

  /**
   * Opens a table.
   *
   * @throws RecordingException if there is none; the message says so
   */
  static TableRows open(Path file) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new RecordingException("%s: there is no such table".formatted(file));
    }
    // A decoder of its own tells of bytes that are no UTF-8, and does not replace them.
    BufferedReader in =
        new BufferedReader(
            new InputStreamReader(new BriefInput(file), StandardCharsets.UTF_8.newDecoder()));
    try {
      skipMark(in);
      return new TableRows(
          file,
          in,
          CSV.readerForMapOf(String.class)
              .with(CsvSchema.emptySchema().withHeader())
              .readValues(in));
    } catch (RuntimeJsonMappingException | IOException e) {
      in.close();
      throw notATable(file, e);
    }
  }

  private static void skipMark(BufferedReader in) throws IOException {
    in.mark(1);
    if (in.read() != BYTE_ORDER_MARK) {
      in.reset();
    }
  }

  private static RecordingException notATable(Path file, Exception e) {
    // Jackson throws what the decoder throws as it is, or as the cause of its own.
    if (e instanceof CharacterCodingException || e.getCause() instanceof CharacterCodingException) {
      return new RecordingException(
          "%s: it is not UTF-8 text; convert it first, for instance with iconv".formatted(file), e);
    }
    JsonLocation at = e instanceof JacksonException j ? j.getLocation() : null;
    return new RecordingException(
        "%s:%s not comma-separated values: %s"
            .formatted(
                file,
                at == null ? "" : "%d:%d:".formatted(at.getLineNr(), at.getColumnNr()),
                String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
        e);
  }

  /** Names of the columns, in their order. */
  List<String> columns() {
    return columns;
  }

  /** The next row, with an empty text for each value that it is too short for; null at the end. */
  @Nullable Map<String, String> next() {
    try {
      if (!rows.hasNextValue()) {
        return null;
      }
      Map<String, String> row = rows.nextValue();
      if (row.size() < columns.size()) {
        columns.forEach(column -> row.putIfAbsent(column, ""));
      }
      return row;
    } catch (RuntimeJsonMappingException | IOException e) {
      throw notATable(file, e);
    }
  }

  /** File and line of the row that was read last. */
  String where() {
    JsonLocation behind = rows.getCurrentLocation();
    // The last line may have no end.
    int lines = behind.getColumnNr() > 1 ? 0 : 1;
    return "%s:%d".formatted(file, behind.getLineNr() - lines);
  }

  /**
   * Checks that the header has columns.
   *
   * @throws RecordingException if one is missing; the message names it
   */
  void require(List<String> required) {
    for (String column : required) {
      if (!columns.contains(column)) {
        throw new RecordingException(
            "%s: no column '%s'; there are %s".formatted(file, column, String.join(", ", columns)));
      }
    }
  }

  @Override
  public void close() throws IOException {
    rows.close();
    in.close();
  }
}
