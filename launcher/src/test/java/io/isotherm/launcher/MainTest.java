package io.isotherm.launcher;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

final class MainTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  private Path dir;

  private final CommandLine command = Main.commandLine(new StopSignal());
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... args) {
    return command
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }

  @Test
  void helpGoesToStandardOutput() {
    assertThat(run("--help")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("Usage: isotherm", "broker", "monitor", "wrong usage");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void versionIsSaid() {
    assertThat(run("--version")).isEqualTo(Main.DONE);
    assertThat(out.toString()).startsWith("isotherm ");
  }

  /** Arabic has digits of its own, which no path and no metric has. */
  @Test
  void numbersAreWrittenTheSameInEveryLanguage() throws Exception {
    ProcessBuilder program = ProgramProcess.of(128, List.of("emulate", "--metrics-port", "70000"));
    program.environment().put("JDK_JAVA_OPTIONS", "-Duser.language=ar -Duser.country=EG");
    Process process = program.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(process.waitFor()).isEqualTo(Main.USAGE);
    assertThat(said).contains("isotherm emulate: --metrics-port: 70000 is not between 0 and 65535");
  }

  static Stream<String> subcommands() {
    return Main.commandLine(new StopSignal()).getSubcommands().keySet().stream();
  }

  private static Stream<CommandSpec> andBelow(CommandSpec of) {
    return Stream.concat(
        Stream.of(of),
        of.subcommands().values().stream().flatMap(c -> andBelow(c.getCommandSpec())));
  }

  /** Lists of commands show the first line of each, and lines are cut by the terminal's width. */
  @Test
  void everyLineOfADescriptionIsWholeSentences() {
    assertThat(andBelow(Main.commandLine(new StopSignal()).getCommandSpec()))
        .filteredOn(spec -> !spec.name().equals("help"))
        .allSatisfy(
            spec -> {
              assertThat(spec.usageMessage().description())
                  .as(spec.qualifiedName())
                  .allMatch(line -> line.matches("[A-Z].*\\."));
              assertThat(spec.options())
                  .filteredOn(o -> o.description().length > 1)
                  .allSatisfy(
                      o ->
                          assertThat(o.description())
                              .as(spec.qualifiedName() + " " + o.longestName())
                              .allMatch(line -> line.endsWith(".")));
            });
  }

  @ParameterizedTest
  @MethodSource("subcommands")
  void everySubcommandHasHelpInWhichEveryOptionIsDescribed(String name) {
    assertThat(run(name, "--help")).isEqualTo(Main.DONE);
    assertThat(out.toString()).contains("isotherm " + name);
    var spec = Objects.requireNonNull(command.getSubcommands().get(name)).getCommandSpec();
    assertThat(spec.usageMessage().description()).isNotEmpty();
    assertThat(spec.options())
        .allSatisfy(o -> assertThat(o.description()).as(o.longestName()).isNotEmpty());
  }

  /** Fails as it is told to. */
  @Command(name = "failing", description = "Fails.")
  private record Failing(Throwable why) implements Callable<Integer> {
    @Override
    public Integer call() throws Exception {
      if (why instanceof Error error) {
        throw error;
      }
      throw (Exception) why;
    }
  }

  static Stream<Throwable> outOfMemory() {
    return Stream.of(
        new OutOfMemoryError("Java heap space"),
        new IllegalStateException(new OutOfMemoryError("Java heap space")));
  }

  @ParameterizedTest
  @MethodSource("outOfMemory")
  void whatToDoIsSaidWhenMemoryIsUp(Throwable why) {
    command.addSubcommand(new Failing(why));

    assertThat(run("failing")).isEqualTo(Main.FAILED);
    assertThat(err.toString().lines())
        .singleElement(InstanceOfAssertFactories.STRING)
        .matches(
            "isotherm failing: out of memory with a heap of [0-9,]+ MiB;"
                + " give it more, as in ISOTHERM_JVM=-Xmx[0-9]+m");
  }

  @Test
  void whatToDoIsSaidWhenALibraryCannotBeUnpacked() {
    command.addSubcommand(
        new Failing(new ExceptionInInitializerError("Cannot unpack libzstd: No space left")));

    assertThat(run("failing")).isEqualTo(Main.FAILED);
    assertThat(err.toString().lines())
        .containsExactly(
            "isotherm failing: a library cannot be loaded (Cannot unpack libzstd: No space left);"
                + " if it is a native one make room in %s, or name another directory, as in ISOTHERM_JVM=-Djava.io.tmpdir=DIR"
                    .formatted(System.getProperty("java.io.tmpdir")));
  }

  /** Where nothing more fits. */
  private static final class Full extends Writer {
    @Override
    public void write(char[] text, int from, int length) throws IOException {
      throw new IOException("No space left on device");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }

  @Test
  void aResultThatCannotBeWrittenIsAFailure() {
    int code =
        command
            .setOut(new PrintWriter(new Full(), true))
            .setErr(new PrintWriter(err, true))
            .execute("broker", "--help");

    assertThat(code).isEqualTo(Main.FAILED);
    assertThat(err.toString().lines())
        .containsExactly("isotherm broker: cannot write to standard output");
  }

  @Test
  void aProcessWhoseOutputIsFullFails() throws Exception {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full), "there is no " + full);
    Path said = dir.resolve("said");
    Process process =
        ProgramProcess.of(64, List.of("--version"))
            .redirectErrorStream(false)
            .redirectOutput(full.toFile())
            .redirectError(said.toFile())
            .start();

    assertThat(process.waitFor()).isEqualTo(Main.FAILED);
    assertThat(said).content().contains("isotherm: cannot write to standard output");
  }

  @Test
  void aProcessWhoseReaderHasSeenEnoughSaysNothing() throws Exception {
    Path said = dir.resolve("said");
    Process process =
        ProgramProcess.of(64, List.of("--version"))
            .redirectErrorStream(false)
            .redirectError(said.toFile())
            .start();
    process.getInputStream().close();

    assertThat(process.waitFor()).isEqualTo(Main.FAILED);
    assertThat(said).isEmptyFile();
  }

  @Test
  void missingCommandIsWrongUsage() {
    assertThat(run()).isEqualTo(Main.USAGE);
    assertThat(err.toString().lines())
        .containsExactly("isotherm: Missing command", "Try 'isotherm --help' for what it takes.");
  }

  @Test
  void unknownOptionIsWrongUsage() {
    assertThat(run("broker", "--prot", "1")).isEqualTo(Main.USAGE);
    assertThat(err.toString()).startsWith("isotherm broker: Unknown options: '--prot'");
    assertThat(err.toString().lines().toList().get(err.toString().lines().toList().size() - 1))
        .isEqualTo("Try 'isotherm broker --help' for what it takes.");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void aPortThatCannotBeIsWrongUsage() {
    assertThat(run("broker", "--port", "99999")).isEqualTo(Main.USAGE);
    assertThat(err.toString())
        .startsWith("isotherm broker: --port: 99999 is not between 0 and 65535");
  }

  @Test
  void wrongValueIsWrongUsage() {
    assertThat(run("broker", "--port", "many")).isEqualTo(Main.USAGE);
    assertThat(err.toString()).contains("--port", "many").doesNotContain("\tat ");
  }
}
