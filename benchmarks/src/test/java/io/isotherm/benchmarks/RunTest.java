package io.isotherm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class RunTest {
  private static final Path ROOT = Path.of(System.getProperty("isotherm.root", ".."));

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path directory;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Path root, String... options) {
    return new CommandLine(new Run())
        .setOut(new PrintWriter(out))
        .setErr(new PrintWriter(err))
        .execute(withRoot(root, options));
  }

  private static String[] withRoot(Path root, String... options) {
    String[] all = new String[options.length + 2];
    System.arraycopy(options, 0, all, 2, options.length);
    all[0] = "--root";
    all[1] = root.toString();
    return all;
  }

  @Test
  void whatFailsTakesNoOtherFigureWithIt() throws IOException {
    // Given a checkout that lacks the cluster of one load
    Path topologies = Files.createDirectories(directory.resolve("benchmarks/topologies"));
    String there = "chips-64.yaml";
    Files.copy(ROOT.resolve("benchmarks/topologies").resolve(there), topologies.resolve(there));
    Path json = directory.resolve("figures.json");

    int exit = run(directory, "--only", "P6", "--chips", "64,8", "--json", json.toString());

    assertThat(exit).isEqualTo(1);
    assertThat(out.toString()).contains("| P6 | live bytes of state a chip | 64 |");
    assertThat(err.toString())
        .contains("P6, 8 chips a report failed: ", "chips-8.yaml", "failed: P6, 8 chips a report");
    JsonNode figures = new ObjectMapper().readTree(json.toFile());
    assertThat(figures.path("findings")).hasSize(1);
    assertThat(figures.path("failed"))
        .singleElement()
        .satisfies(what -> assertThat(what.asText()).isEqualTo("P6, 8 chips a report"));
  }

  @Test
  void whatCannotBeWrittenIsKnownBeforeAnythingIsMeasured() {
    assertThat(run(ROOT, "--only", "P6", "--json", directory + "/none/figures.json")).isEqualTo(2);
    assertThat(err.toString()).contains("--json: there is no directory " + directory + "/none");
    assertThat(run(ROOT, "--only", "P6", "--json", directory.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("--json: " + directory + " cannot be written");
    assertThat(run(ROOT, "--only", "P6", "--chips", "7")).isEqualTo(2);
    assertThat(err.toString()).contains("--chips: 7 is none of 1, 8 and 64");
    assertThat(out.toString()).isEmpty();
  }
}
