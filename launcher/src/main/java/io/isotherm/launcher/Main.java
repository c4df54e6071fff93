package io.isotherm.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.isotherm.schemas.FileFailure;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.Locale;
import org.apache.kafka.common.utils.Exit;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The {@code isotherm} command.
 *
 * <p>A subcommand is a class of this package that implements {@code Callable<Integer>}; it is added
 * to the list of subcommands below. Results go to {@code spec.commandLine().getOut()}, everything
 * else to standard error. A subcommand returns {@link #DONE}; it throws a {@link
 * ParameterException} for wrong usage, and any other exception, whose message is then all that the
 * user reads, for a failure. A subcommand that runs until Ctrl-C waits for {@link #stop()}.
 */
@Command(
    name = "isotherm",
    description = "Watches AI superclusters: telemetry of chips and links in, incidents out.",
    subcommands = {
      DemoCommand.class,
      BrokerCommand.class,
      EmulateCommand.class,
      BridgeCommand.class,
      JobsCommand.class,
      MonitorCommand.class,
      ExportCommand.class,
      IncidentsCommand.class,
      LookCommand.class,
      MaintenanceCommand.class,
      TopologyCommand.class,
      ScoreCommand.class,
      RecordCommand.class,
      RecordingCommand.class,
      ImportCommand.class,
      ReplayCommand.class,
      BacktestCommand.class,
      DiffCommand.class,
      ExplainCommand.class,
      HelpCommand.class,
    },
    versionProvider = Main.Version.class,
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true,
    sortOptions = false,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:failed", "2:wrong usage"},
    footer = {
      "",
      "Results go to standard output, logs and progress to standard error.",
    })
public final class Main implements Runnable {
  /** The logger of all that is Isotherm's. */
  static final String LOGGER = "io.isotherm";

  /** Exit code: done. */
  static final int DONE = 0;

  /** Exit code: failed. */
  static final int FAILED = 1;

  /** Exit code: wrong usage. */
  static final int USAGE = 2;

  /** Made beforehand: when it is said there may be no memory to make it. */
  private static final String OUT_OF_MEMORY =
      String.format(
          Locale.ROOT,
          "out of memory with a heap of %,d MiB; give it more, as in ISOTHERM_JVM=-Xmx%dm",
          Runtime.getRuntime().maxMemory() >> 20,
          Runtime.getRuntime().maxMemory() >> 19);

  private final StopSignal stop;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  private boolean verbose;

  Main(StopSignal stop) {
    this.stop = stop;
  }

  /** Runs the command and ends the process with its exit code. */
  public static void main(String[] args) {
    // Files, metrics and pages are read by programs, and their numbers are the same everywhere.
    Locale.setDefault(Locale.ROOT);
    StopSignal stop = StopSignal.ofProcess();
    // Kafka ends the process by itself where it cannot go on.
    Exit.setExitProcedure((status, message) -> stop.fail(status));
    int code = FAILED;
    try {
      code = commandLine(stop).execute(args);
    } catch (OutOfMemoryError e) {
      System.err.print("isotherm: ");
      System.err.println(OUT_OF_MEMORY);
    }
    stop.exit(code);
  }

  /** The command with all its subcommands, wired and ready to execute. */
  static CommandLine commandLine(StopSignal stop) {
    return new CommandLine(new Main(stop))
        .registerConverter(Duration.class, new DurationConverter())
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionStrategy(Main::run)
        .setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
  }

  @Option(
      names = {"-v", "--verbose"},
      scope = ScopeType.INHERIT,
      description = "Log more, and show the whole stack of a failure.")
  void setVerbose(boolean verbose) {
    this.verbose = verbose;
    if (verbose) {
      level(Level.DEBUG);
    }
  }

  /** Logs only what goes wrong, unless the user wants more: the screen is drawn over itself. */
  void yieldScreen() {
    if (!verbose) {
      level(Level.WARN);
    }
  }

  private static void level(Level level) {
    if (LoggerFactory.getLogger(LOGGER) instanceof Logger logger) {
      logger.setLevel(level);
    }
  }

  /** Asks a running command to end. */
  StopSignal stop() {
    return stop;
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "Missing command");
  }

  private static int wrongUsage(ParameterException e, String[] args) {
    CommandLine command = e.getCommandLine();
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    err.println(name + ": " + oneLine(e));
    UnmatchedArgumentException.printSuggestions(e, err);
    err.println("Try '" + name + " --help' for what it takes.");
    err.flush();
    return USAGE;
  }

  /**
   * Runs the command; that it runs out of memory, that a library cannot be loaded, or that its
   * result cannot be written, is a failure like any other. Who reads it and has seen enough is told
   * nothing.
   */
  private static int run(ParseResult parsed) {
    CommandLine command = parsed.asCommandLineList().get(parsed.asCommandLineList().size() - 1);
    try {
      int code = new RunLast().execute(parsed);
      // A stream that prints keeps to itself that it could not.
      if (command.getOut().checkError() || System.out.checkError()) {
        if (hasReaderGone()) {
          return FAILED;
        }
        throw new ExecutionException(command, "cannot write to standard output");
      }
      return code;
    } catch (OutOfMemoryError | LinkageError e) {
      throw new ExecutionException(command, "failed", e);
    }
  }

  /** Whether standard output is a pipe whose reader has seen enough, as {@code head} has. */
  private static boolean hasReaderGone() {
    try {
      new FileOutputStream(FileDescriptor.out).write('\n');
      return false;
    } catch (IOException e) {
      return "Broken pipe".equals(e.getMessage());
    }
  }

  private static int failed(Exception e, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    err.println(command.getCommandSpec().qualifiedName() + ": " + oneLine(e));
    if (command.getCommandSpec().root().userObject() instanceof Main main && main.verbose) {
      e.printStackTrace(err);
    }
    err.flush();
    return FAILED;
  }

  private static String oneLine(Exception e) {
    for (@Nullable Throwable t = e; t != null; t = t.getCause()) {
      if (t instanceof OutOfMemoryError) {
        return OUT_OF_MEMORY;
      }
      if (t instanceof LinkageError) {
        // Kafka and Avro unpack native libraries into a directory for temporary files.
        return "a library cannot be loaded (%s); if it is a native one make room in %s, or name another directory, as in ISOTHERM_JVM=-Djava.io.tmpdir=DIR"
            .formatted(t.getMessage(), System.getProperty("java.io.tmpdir"));
      }
    }
    Exception told = e instanceof UncheckedIOException u ? u.getCause() : e;
    if (told instanceof FileSystemException f && f.getFile() != null) {
      return f.getFile() + ": " + FileFailure.reason(f);
    }
    if (told instanceof CharacterCodingException text) {
      return FileFailure.reason(text);
    }
    @Nullable String message = e.getMessage();
    return message == null || message.isBlank()
        ? e.getClass().getSimpleName() + " (use -v to see where)"
        : message.strip().replaceAll("\\s*\\R\\s*", "; ");
  }

  /** Says the version that was built, from the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      return new String[] {
        "isotherm " + current(),
        "Java %s (%s)"
            .formatted(System.getProperty("java.version"), System.getProperty("java.vendor"))
      };
    }

    /** The version alone; {@code development} when the classes are not in a jar. */
    static String current() {
      @Nullable String version = Main.class.getPackage().getImplementationVersion();
      return version == null ? "development" : version;
    }
  }
}
