package io.isotherm.launcher;

import io.isotherm.recording.TableImport;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm import}: turns what others recorded into recordings. */
@Command(
    name = "import",
    description = "Turns what others recorded into a recording.",
    subcommands = ImportCommand.Csv.class)
final class ImportCommand implements Runnable {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  /** {@code isotherm import csv}. */
  @Command(
      name = "csv",
      description = {
        "Turns tables of comma-separated values, wide or long, into a recording.",
        "A mapping says which column is what; docs/import.md has an example."
      })
  static final class Csv implements Callable<Integer> {
    @ParentCommand
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private ImportCommand parent;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Parameters(paramLabel = "TABLE", arity = "1..*", description = "Files, in any order.")
    private List<Path> tables = List.of();

    @Option(
        names = "--mapping",
        paramLabel = "FILE",
        required = true,
        description = "What the columns are (YAML).")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path mapping;

    @Option(
        names = "--into",
        paramLabel = "DIR",
        required = true,
        description = "New directory for the recording.")
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private Path into;

    @Override
    public Integer call() throws IOException {
      TableImport.Imported imported =
          TableImport.run(mapping, tables, into, parent.main.stop()::requested);
      PrintWriter out = spec.commandLine().getOut();
      imported
          .counts()
          .forEach(
              (what, n) -> {
                String example = imported.examples().get(what);
                out.printf(
                    Locale.ROOT,
                    "%,12d %s%s%n",
                    n,
                    what,
                    example == null ? "" : " (first: " + example + ")");
              });
      out.flush();
      return Main.DONE;
    }
  }
}
