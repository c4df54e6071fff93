package io.isotherm.topology;

import java.time.Duration;
import org.apache.kafka.streams.processor.Cancellable;
import org.apache.kafka.streams.processor.PunctuationType;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.jspecify.annotations.Nullable;

/**
 * Asks for a commit soon after a window has closed, but not for each pod anew.
 *
 * <p>Results become visible at a commit, so one should follow a window's end at once. But a commit
 * writes every changed page of every pod of the thread: with 65 pods that close one after the other
 * within a second, a commit for each would write every page 65 times. So the first wish waits for a
 * moment for others, and commits keep a distance: both are shares of a window, so that however many
 * pods there are, what commits cost in a window is bounded. When commits happen decides nothing
 * about what the results are.
 */
final class CommitPacer {
  private static final Duration CHECK = Duration.ofMillis(50);

  private final ProcessorContext<?, ?> context;

  /**
   * How long the first wish waits for others: a tenth of a window. Boards report once a second, so
   * that pods close within a second of each other; one that comes too late waits for the distance.
   */
  private final long gatherMs;

  /** Least time between two commits that were asked for: a fifth of a window. */
  private final long distanceMs;

  private @Nullable Cancellable checks;
  private boolean wanted;
  private long dueMs;
  private long lastMs;

  private CommitPacer(ProcessorContext<?, ?> context, int windowMs) {
    this.context = context;
    gatherMs = windowMs / 10;
    distanceMs = windowMs / 5;
  }

  /**
   * A pacer for the task of a context, which it asks for time and commits.
   *
   * @param windowMs length of a window in milliseconds
   */
  static CommitPacer of(ProcessorContext<?, ?> context, int windowMs) {
    CommitPacer pacer = new CommitPacer(context, windowMs);
    pacer.checks = context.schedule(CHECK, PunctuationType.WALL_CLOCK_TIME, pacer::check);
    return pacer;
  }

  /** Asks for nothing any more. A task that is revived would else be asked by those of before. */
  void end() {
    if (checks != null) {
      checks.cancel();
    }
  }

  /** There are results that others wait for. */
  void want() {
    if (!wanted) {
      wanted = true;
      dueMs = Math.max(context.currentSystemTimeMs() + gatherMs, lastMs + distanceMs);
    }
  }

  /** A commit takes place, whoever asked for it. */
  void committing() {
    wanted = false;
    lastMs = context.currentSystemTimeMs();
  }

  private void check(long nowMs) {
    if (wanted && nowMs >= dueMs) {
      context.commit();
    }
  }
}
