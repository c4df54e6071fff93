package io.isotherm.emulator;

/**
 * A job of a scenario.
 *
 * @param name name of the job
 * @param kind what it does
 * @param share share of every pod's boards that it runs on, over 0 to 1; jobs lie one after the
 *     other
 * @param stages pipeline stages, from 1; each takes consecutive boards of every pod
 * @param lastStageSlower how much longer the last stage computes than the others, as a ratio, 1 to
 *     2; there is such a stage in healthy jobs, as it also computes the loss
 * @param stepMs length of a training step in milliseconds, 100 to 600000
 * @param checkpointEvery steps between checkpoints, from 1
 * @param checkpointMs length of a checkpoint in milliseconds, 0 to 600000
 * @param fromMs start after the start of the run in milliseconds; 0 means that it is under way
 *     already
 * @param untilMs end after the start of the run in milliseconds; {@link Long#MAX_VALUE} if it
 *     outlasts the run
 */
public record JobSpec(
    String name,
    Kind kind,
    double share,
    int stages,
    double lastStageSlower,
    int stepMs,
    int checkpointEvery,
    int checkpointMs,
    long fromMs,
    long untilMs) {

  /** What a job does. */
  public enum Kind {
    /** Steps of data loading, computing and all-reduce, in which everyone waits for the slowest. */
    TRAINING,
    /** A steady stream of requests, in which nobody waits for anybody. */
    INFERENCE
  }

  /** A training job under way on every board of the cluster. */
  public static JobSpec training(String name, double share, int stages) {
    return new JobSpec(
        name, Kind.TRAINING, share, stages, 1.08, 4_000, 150, 12_000, 0, Long.MAX_VALUE);
  }

  /**
   * @throws IllegalArgumentException if a number is out of its range
   */
  public JobSpec {
    check(!name.isBlank() && name.indexOf('/') < 0, "a job needs a name without '/'");
    check(share > 0 && share <= 1, "share must be over 0, at most 1");
    check(stages >= 1 && stages <= 1024, "stages must be 1 to 1024");
    check(lastStageSlower >= 1 && lastStageSlower <= 2, "last stage slower must be 1 to 2");
    check(stepMs >= 100 && stepMs <= 600_000, "a step must take 100 ms to 10 min");
    check(
        checkpointEvery >= 1 && checkpointEvery <= 1_000_000,
        "steps between checkpoints must be 1 to 1000000");
    check(checkpointMs >= 0 && checkpointMs <= 600_000, "a checkpoint must take 0 to 10 min");
    check(fromMs >= 0 && untilMs > fromMs, "the end must lie after the start");
  }

  private static void check(boolean ok, String message) {
    if (!ok) {
      throw new IllegalArgumentException(message);
    }
  }
}
