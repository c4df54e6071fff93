package io.isotherm.recording;

import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import java.io.IOException;
import java.io.Reader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
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

  private final Path file;
  private final Reader in;
  private final MappingIterator<Map<String, String>> rows;

  private TableRows(Path file, Reader in, MappingIterator<Map<String, String>> rows) {
    this.file = file;
    this.in = in;
    this.rows = rows;
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
    Reader in = Files.newBufferedReader(file);
    try {
      return new TableRows(
          file,
          in,
          CSV.readerForMapOf(String.class)
              .with(CsvSchema.emptySchema().withHeader())
              .readValues(in));
    } catch (IOException e) {
      in.close();
      throw notATable(file, e);
    }
  }

  private static RecordingException notATable(Path file, Exception e) {
    // Jackson throws what the decoder throws as it is, or as the cause of its own.
    if (e instanceof CharacterCodingException || e.getCause() instanceof CharacterCodingException) {
      return new RecordingException(
          "%s: it is not UTF-8 text; convert it first, for instance with iconv".formatted(file), e);
    }
    return new RecordingException(
        "%s: not comma-separated values: %s"
            .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
        e);
  }

  /** The next row; null behind the last. */
  @Nullable Map<String, String> next() {
    try {
      return rows.hasNextValue() ? rows.nextValue() : null;
    } catch (RuntimeJsonMappingException | IOException e) {
      throw notATable(file, e);
    }
  }

  /** File and line of the row that was read last. */
  String where() {
    return "%s:%d".formatted(file, rows.getCurrentLocation().getLineNr() - 1);
  }

  /**
   * Checks that a row has columns.
   *
   * @throws RecordingException if one is missing; the message names it
   */
  void require(Map<String, String> row, List<String> columns) {
    for (String column : columns) {
      if (!row.containsKey(column)) {
        throw new RecordingException(
            "%s: no column '%s'; there are %s"
                .formatted(file, column, String.join(", ", row.keySet())));
      }
    }
  }

  @Override
  public void close() throws IOException {
    rows.close();
    in.close();
  }
}
