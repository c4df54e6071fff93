package io.isotherm.recording;

import io.isotherm.recording.Manifest.ReportFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Packs files of reports that are ended, in threads of its own, each into a file beside it. The
 * plain file stays for whoever counts on it. Files are taken in the order in which they were given.
 * One that cannot be packed is logged and stays plain: what comes from Kafka must not wait for it.
 *
 * <p>Not safe for use by several threads.
 */
final class FilePacker implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FilePacker.class);

  /** Most threads: a million chips that report once a second keep one and a half busy. */
  private static final int MOST_THREADS = 4;

  /**
   * Heap for each thread, in bytes: a recorder with one and files of 124,000 chips with 18 ports
   * each, an eighth of a million, has enough.
   */
  private static final long HEAP_OF_A_THREAD = 1L << 30;

  private final Path directory;
  private final ArrayDeque<Future<@Nullable Packed>> tasks = new ArrayDeque<>();
  private @Nullable IOException failure;
  private volatile boolean givenUp;
  private final ExecutorService threads;

  /** A file in both forms. */
  record Packed(ReportFile plain, ReportFile packed) {}

  /** As many threads as there are memory and processors for; one of several is the recorder's. */
  static int threads() {
    Runtime machine = Runtime.getRuntime();
    // What the JVM tells is a little less than what it was given.
    long most = Math.min(MOST_THREADS, Math.round(1.0 * machine.maxMemory() / HEAP_OF_A_THREAD));
    return (int) Math.max(1, Math.min(most, machine.availableProcessors() - 1));
  }

  FilePacker(Path directory, int threads) {
    this.directory = directory;
    this.threads =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread t = new Thread(task, "recording-packer");
              t.setDaemon(true);
              return t;
            });
  }

  /** Packs a file when a thread is free. */
  void pack(ReportFile plain) {
    tasks.add(threads.submit(() -> packed(plain)));
  }

  private @Nullable Packed packed(ReportFile plain) throws IOException {
    ReportFile packed = Packing.packBeside(directory, plain, () -> givenUp);
    return packed == null ? null : new Packed(plain, packed);
  }

  /** Files that are not packed yet. */
  int waiting() {
    return tasks.size();
  }

  /** Waits until the next file is packed, but not longer than this. */
  void await(long millis) throws InterruptedException {
    Future<@Nullable Packed> next = tasks.peek();
    if (next != null) {
      try {
        next.get(millis, TimeUnit.MILLISECONDS);
      } catch (TimeoutException | ExecutionException e) {
        return; // It takes longer, or take() sees it.
      }
    }
  }

  /**
   * Takes the files that have been packed since the last call, and none that was given up or cannot
   * be packed.
   */
  List<Packed> take() {
    List<Packed> all = new ArrayList<>();
    while (true) {
      Future<@Nullable Packed> next = tasks.peek();
      if (next == null || !next.isDone()) {
        return all;
      }
      tasks.remove();
      try {
        Packed packed = next.get();
        if (packed != null) {
          all.add(packed);
        }
      } catch (ExecutionException e) {
        failed(e);
      } catch (InterruptedException e) {
        throw new AssertionError("a task that is done is not waited for", e);
      }
    }
  }

  private void failed(ExecutionException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    IOException told =
        new IOException("cannot pack a file of reports: " + cause.getMessage(), cause);
    log.warn("{}; it stays plain", told.getMessage());
    if (failure == null) {
      failure = told;
    } else {
      failure.addSuppressed(told);
    }
  }

  /** Why the first file that could not be packed could not, of those that were taken. */
  @Nullable IOException failure() {
    return failure;
  }

  /** Gives up what is not packed, and waits until the threads have seen that. */
  void giveUp() {
    // Not by an interrupt, which would close the file that is read.
    givenUp = true;
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        throw new IllegalStateException("the packers of files do not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Gives up what is not packed, and deletes what was packed and not taken. */
  @Override
  public void close() throws IOException {
    giveUp();
    for (Future<@Nullable Packed> task : tasks) {
      try {
        Packed packed = task.get();
        if (packed != null) {
          Files.delete(directory.resolve(packed.packed().file()));
        }
      } catch (ExecutionException e) {
        // It left nothing behind that anybody counts on.
      } catch (InterruptedException e) {
        throw new AssertionError("a task that is done is not waited for", e);
      }
    }
    tasks.clear();
  }
}
