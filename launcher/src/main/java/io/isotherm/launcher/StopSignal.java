package io.isotherm.launcher;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks a command that runs until Ctrl-C to end by itself, so that it can close what it opened, say
 * what came of it and choose the exit code. Thread-safe.
 */
final class StopSignal {
  /** How long a command may take to end after Ctrl-C before the process ends without it. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration LOOK = Duration.ofMillis(500);

  private final CountDownLatch requested = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final AtomicInteger code = new AtomicInteger(Main.FAILED);

  /** Exit code with which a part of the process ended it; 0 for none. */
  private volatile int failedWith;

  /**
   * A signal that Ctrl-C (or SIGTERM) gives, and that ends this process with the command's code.
   */
  static StopSignal ofProcess() {
    StopSignal signal = new StopSignal();
    // The JVM ends with 130 after Ctrl-C unless a hook halts it with a code of its own.
    Runtime.getRuntime().addShutdownHook(new Thread(signal::interrupted, "stop-signal"));
    return signal;
  }

  /** Asks the command to end. */
  void request() {
    requested.countDown();
  }

  /** Whether the command was asked to end. */
  boolean requested() {
    return requested.getCount() == 0;
  }

  /** Waits until the command is asked to end. */
  void await() throws InterruptedException {
    requested.await();
  }

  /**
   * Waits until the command is asked to end or the time is over.
   *
   * @return whether the command was asked to end
   */
  boolean await(Duration time) throws InterruptedException {
    return requested.await(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Waits until the command is asked to end, and looks now and then at what runs meanwhile.
   *
   * @param failure why that cannot go on; null while it can
   * @throws IllegalStateException with the reason, when there is one
   */
  void awaitUnless(Supplier<@Nullable String> failure) throws InterruptedException {
    while (!await(LOOK)) {
      String why = failure.get();
      if (why != null) {
        throw new IllegalStateException(why);
      }
    }
  }

  /** What a command does until it is told to end. */
  interface Work {
    void run() throws Exception;
  }

  /**
   * Does work on a thread of its own until it ends by itself, or until this signal is given and it
   * has ended.
   *
   * @param name name of the thread
   * @param end tells the work to end
   * @throws Exception what the work threw; an {@link Error}, too, ends the command and not only the
   *     thread
   */
  void awaitWork(String name, Work work, Runnable end) throws Exception {
    AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    Thread runner =
        new Thread(
            () -> {
              try {
                work.run();
              } catch (Exception | Error e) {
                failure.set(e);
              } finally {
                request();
              }
            },
            name);
    runner.start();
    await();
    end.run();
    runner.join();
    Throwable t = failure.get();
    if (t instanceof Error e) {
      throw e;
    }
    if (t instanceof Exception e) {
      throw e;
    }
  }

  /** Ends the process with the command's exit code; never returns. */
  void exit(int exitCode) {
    code.set(failedWith == 0 ? exitCode : failedWith);
    ended.countDown();
    System.exit(exitCode);
  }

  /**
   * Ends the process as {@link System#exit} does, for a part of it that cannot go on, as Kafka's
   * broker whose disk has failed: the command is asked to end as by Ctrl-C, and that it then ends
   * well does not change the code. Never returns.
   */
  void fail(int exitCode) {
    failedWith = exitCode;
    System.exit(exitCode);
  }

  private void interrupted() {
    if (ended.getCount() == 0) {
      return;
    }
    request();
    try {
      if (!ended.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
        System.err.println(
            "isotherm: did not end within " + PATIENCE.toSeconds() + " s, giving up");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(code.get());
  }
}
