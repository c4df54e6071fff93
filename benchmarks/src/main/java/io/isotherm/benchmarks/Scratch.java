package io.isotherm.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The directories that this process works in, gigabytes among them. Who makes one deletes it;
 * {@link #end} deletes what is there when the process is ended early.
 */
final class Scratch {
  /** How long the processes that were started may take to end. */
  private static final int PATIENCE_SECONDS = 20;

  private static final int PAUSE_MS = 50;

  /** Tries to delete what others may still write into. */
  private static final int MOST_TRIES = 20;

  private static final Set<Path> DIRECTORIES = ConcurrentHashMap.newKeySet();

  private static volatile boolean ended;

  private Scratch() {}

  /**
   * Makes a directory of its own.
   *
   * @param what what it is for, as a part of its name
   * @throws IOException if there cannot be one, or the process is being ended
   */
  static Path create(String what) throws IOException {
    if (ended) {
      throw new IOException("this process is being ended");
    }
    Path directory = Files.createTempDirectory("isotherm-" + what + "-");
    DIRECTORIES.add(directory);
    return directory;
  }

  /** Deletes a directory and what is in it. */
  static void delete(Path directory) {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
      DIRECTORIES.remove(directory);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot delete " + directory, e);
    }
  }

  /** Whether the process is being ended, so that nothing new should begin. */
  static boolean ended() {
    return ended;
  }

  /** For the end of the process: ends those that it started, and deletes what they worked in. */
  static void end() {
    ended = true;
    endChildren();
    for (int tries = 1; !deleteAll(); tries++) {
      if (tries == MOST_TRIES) {
        System.err.println("these could not be deleted: " + DIRECTORIES);
        return;
      }
      pause();
    }
  }

  private static void endChildren() {
    Set<ProcessHandle> told = new HashSet<>();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    // Again and again, as one may just have been started by whoever does not know yet.
    for (List<ProcessHandle> all = children(); !all.isEmpty(); all = children()) {
      boolean late = System.nanoTime() > deadline;
      for (ProcessHandle child : all) {
        if (late) {
          child.destroyForcibly();
        } else if (told.add(child)) {
          child.destroy();
        }
      }
      if (late) {
        return;
      }
      pause();
    }
  }

  private static List<ProcessHandle> children() {
    return ProcessHandle.current().descendants().filter(ProcessHandle::isAlive).toList();
  }

  /**
   * Deletes all directories; whether none is left. What is being written may fail the first try.
   */
  private static boolean deleteAll() {
    for (Path directory : List.copyOf(DIRECTORIES)) {
      try {
        if (Files.exists(directory)) {
          delete(directory);
        } else {
          DIRECTORIES.remove(directory);
        }
      } catch (UncheckedIOException e) {
        // The next try may do.
      }
    }
    return DIRECTORIES.isEmpty();
  }

  private static void pause() {
    try {
      Thread.sleep(PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
