package io.isotherm.jobs;

import io.isotherm.schemas.FileFailure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Where a list of running jobs is read: a file, or what a command prints. */
public final class JobList {
  /** What Slurm prints of running jobs; names come last, because they may have anything in them. */
  public static final String SQUEUE = "squeue --all --states=RUNNING --format='%i|%N|%j'";

  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final @Nullable Path file;
  private final String command;
  private final Duration patience;
  private volatile @Nullable Process running;
  private volatile boolean stopped;

  private JobList(@Nullable Path file, String command, Duration patience) {
    this.file = file;
    this.command = command;
    this.patience = patience;
  }

  /** A list in a file. */
  public static JobList ofFile(Path file) {
    return new JobList(file, "", PATIENCE);
  }

  /** A list that a command of the shell prints. */
  public static JobList ofCommand(String command) {
    return ofCommand(command, PATIENCE);
  }

  /** A list that a command of the shell prints, which may take so long. */
  static JobList ofCommand(String command, Duration patience) {
    return new JobList(null, command, patience);
  }

  /** What it is called in messages. */
  String where() {
    return file == null ? "output of \"%s\"".formatted(command) : file.toString();
  }

  /**
   * Reads the list as it is now.
   *
   * @throws JobsException if that cannot be done; the message says why
   */
  String read() throws InterruptedException {
    Path from = file;
    if (from == null) {
      return printed();
    }
    try {
      return text(from);
    } catch (IOException e) {
      throw new JobsException("%s: cannot be read: %s".formatted(from, FileFailure.reason(e)), e);
    }
  }

  private String printed() throws InterruptedException {
    Path out = null;
    Path err = null;
    try {
      // Into files: a process that prints into a pipe that nobody reads in time does not end.
      out = Files.createTempFile("isotherm-jobs", ".out");
      err = Files.createTempFile("isotherm-jobs", ".err");
      Process process =
          new ProcessBuilder("sh", "-c", command)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile())
              .start();
      running = process;
      if (stopped) {
        end(process);
      }
      if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        end(process);
        throw new JobsException(
            "\"%s\" did not end within %d s".formatted(command, patience.toSeconds()));
      }
      if (process.exitValue() != 0) {
        Optional<String> says = text(err).lines().filter(l -> !l.isBlank()).findFirst();
        throw new JobsException(
            "\"%s\" failed with exit code %d: %s"
                .formatted(command, process.exitValue(), says.orElse("it says no more")));
      }
      return text(out);
    } catch (IOException e) {
      throw new JobsException(
          "\"%s\" cannot be run: %s".formatted(command, FileFailure.reason(e)), e);
    } finally {
      delete(out);
      delete(err);
    }
  }

  private static void end(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  /** Ends the command that is running, and each that is begun from now on. */
  void stop() {
    stopped = true;
    Process process = running;
    if (process != null) {
      end(process);
    }
  }

  /**
   * A file's text; bytes that are no UTF-8, as names of jobs may have, become another character.
   */
  private static String text(Path file) throws IOException {
    return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
  }

  private static void delete(@Nullable Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      // The system clears its directory of temporary files itself.
    }
  }
}
