package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.isotherm.backtest.RecordedFleet;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A file that cannot be used is named, with the reason, in one line. */
final class UnusableFileTest {
  private static final String NO_TEXT = "it is not UTF-8 text";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  @BeforeEach
  void writeFiles() throws IOException {
    Files.write(dir.resolve("latin1"), "caf\u00e9: 1, x\n".getBytes(StandardCharsets.ISO_8859_1));
    Files.write(dir.resolve("bytes"), new byte[] {(byte) 0xf8, 0, (byte) 0x80, 3});
    Files.createDirectory(dir.resolve("directory"));
    Files.writeString(dir.resolve("file"), "");
  }

  /** Runs a command; words that begin with a slash are files of the directory. */
  private String failure(int code, String command) {
    String[] arguments =
        Arrays.stream(command.split(" "))
            .map(word -> word.startsWith("/") ? dir + word : word)
            .toArray(String[]::new);
    Ended ended = Ended.isotherm(arguments);
    assertThat(ended.code()).as(ended.err()).isEqualTo(code);
    return ended.err().lines().findFirst().orElse("");
  }

  @ParameterizedTest
  @CsvSource({
    "/nope/x, there is no such file or directory",
    "/file/x, Not a directory",
    "/directory, Is a directory",
  })
  void oneThatCannotBeWritten(String out, String why) throws IOException {
    RecordedFleet.record(dir.resolve("recording"), 2);
    assertThat(failure(Main.FAILED, "backtest /recording --out " + out))
        .isEqualTo("isotherm backtest: %s%s: %s".formatted(dir, out, why));
  }

  @Test
  void oneToCompareThatIsNoText() {
    assertThat(failure(Main.FAILED, "diff /bytes /bytes"))
        .isEqualTo(
            "isotherm diff: %s/bytes: %s; expected what 'isotherm backtest -o jsonl' writes"
                .formatted(dir, NO_TEXT));
  }

  @Test
  void aTableThatIsNoText() throws IOException {
    Files.writeString(
        dir.resolve("mapping"),
        """
        preset: hgx-h100
        time: {column: at}
        board: where
        chip: chip
        fields:
          temperature: {column: temp}
        """);
    assertThat(failure(Main.FAILED, "import csv /latin1 --mapping /mapping --into /into"))
        .startsWith("isotherm import csv: %s/latin1: %s".formatted(dir, NO_TEXT));
    assertThat(failure(Main.FAILED, "import csv /file --mapping /latin1 --into /into"))
        .isEqualTo("isotherm import csv: %s/latin1: cannot be read: %s".formatted(dir, NO_TEXT));
  }

  @ParameterizedTest
  @CsvSource({
    "score --scenario /latin1, cannot read /latin1: it is not UTF-8 text",
    "score --require /latin1, cannot read /latin1: it is not UTF-8 text",
    "topology validate /directory, cannot read /directory: it is a directory",
    "monitor --detectors /latin1, --detectors: cannot read /latin1: it is not UTF-8 text",
    "monitor --detectors /directory, --detectors: cannot read /directory: it is a directory",
    "monitor --detectors /nope, --detectors: cannot read /nope: there is no such file or directory",
    "monitor --command-config /nope, as a properties file: there is no such file or directory",
    "monitor --command-config /latin1, as a properties file: it is not UTF-8 text",
  })
  void oneThatAnOptionNames(String command, String said) {
    assertThat(failure(Main.USAGE, command)).endsWith(said.replace(" /", " " + dir + "/"));
  }
}
