package io.isotherm.jobs;

import io.isotherm.bridge.BoardHosts;
import io.isotherm.bridge.BridgeException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.model.Placement;
import io.isotherm.producers.ClusterTopics;
import io.isotherm.schemas.SchemaIds;
import io.isotherm.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.InterruptException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps {@code topology.jobs} as a scheduler lists its running jobs.
 *
 * <p>What the topic says is read from it before every look, so that a feed that starts again goes
 * on, and two feeds of one scheduler agree. A list that cannot be read changes nothing.
 */
public final class JobFeed implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(JobFeed.class);

  private final ClusterPlan plan;
  private final List<Path> hosts;
  private final JobList list;
  private final Settings settings;
  private final JobNews news = new JobNews();
  private final CountDownLatch stop = new CountDownLatch(1);
  private volatile Status status = new Status(System.currentTimeMillis(), 0, 0);

  /**
   * How a feed is doing.
   *
   * @param takenMs when the list was taken last, and what had changed was published, in
   *     milliseconds since 1970-01-01 UTC; before the first time when the feed began
   * @param taken looks at which it was, since the start
   * @param failed looks at which it was not, since the start
   */
  public record Status(long takenMs, long taken, long failed) {}

  /**
   * What a feed takes, and what it calls it.
   *
   * @param source what the names of its jobs begin with, before a hyphen; jobs of other names are
   *     none of its business
   * @param fewestBoards boards from which a job is told of, at least 1
   */
  public record Settings(String source, int fewestBoards) {
    /**
     * @throws IllegalArgumentException if that cannot be
     */
    public Settings {
      if (!source.matches("[A-Za-z0-9_.]{1,50}")) {
        throw new IllegalArgumentException(
            "'%s' is no name of a source: 1 to 50 letters, digits, dots and underscores"
                .formatted(source));
      }
      if (fewestBoards < 1) {
        throw new IllegalArgumentException(
            "%d boards of a job, must be at least 1".formatted(fewestBoards));
      }
    }
  }

  /**
   * @param hosts files that say which hosts are which boards
   * @throws BridgeException if such a file cannot be used; the message says which, where and why
   */
  public JobFeed(ClusterPlan plan, List<Path> hosts, JobList list, Settings settings) {
    this.plan = plan;
    this.hosts = List.copyOf(hosts);
    this.list = list;
    this.settings = settings;
    boards();
  }

  private BoardJobs boards() {
    return new BoardJobs(plan, BoardHosts.read(hosts, plan), settings.fewestBoards());
  }

  /**
   * Reads the list once, and says what is in it, line by line.
   *
   * @throws JobsException if it cannot be read; the message says why
   */
  public List<String> check() throws InterruptedException {
    BoardJobs boards = boards();
    JobTable.Listed listed = listed();
    return new JobCheck(plan, settings.fewestBoards()).lines(boards, listed);
  }

  private JobTable.Listed listed() throws InterruptedException {
    return JobTable.read(settings.source(), list.where(), list.read());
  }

  /**
   * Looks at the list now and then, and publishes what has changed, until it is closed.
   *
   * @param every time between two looks; null for one look
   * @param opened is handed the producer, before it is used
   * @throws KafkaException if Kafka cannot be reached at the start, or at the only look; the
   *     message says what to do
   * @throws JobsException if the list cannot be read at the only look
   */
  public void run(
      @Nullable Duration every,
      SchemaIds ids,
      Map<String, Object> clientConfig,
      Consumer<Producer<?, ?>> opened)
      throws InterruptedException {
    ClusterTopics.create(clientConfig, List.of(Topics.JOBS));
    try (JobTopic topic = new JobTopic(ids, clientConfig)) {
      opened.accept(topic.producer());
      if (every == null) {
        look(topic);
        return;
      }
      log.info("following {}, a look every {} s", list.where(), every.toSeconds());
      do {
        try {
          if (look(topic)) {
            Status before = status;
            status = new Status(System.currentTimeMillis(), before.taken() + 1, before.failed());
            news.taken();
          }
        } catch (JobsException | BridgeException e) {
          trouble(String.valueOf(e.getMessage()));
        } catch (InterruptException e) {
          throw e;
        } catch (KafkaException e) {
          trouble("Kafka: " + e.getMessage());
        }
      } while (!stop.await(every.toMillis(), TimeUnit.MILLISECONDS));
    }
  }

  /** The list as it is now; null if this is to end. */
  private JobTable.@Nullable Listed listedUnlessStopped() throws InterruptedException {
    try {
      JobTable.Listed listed = stopped() ? null : listed();
      return stopped() ? null : listed;
    } catch (JobsException e) {
      if (stopped()) {
        return null;
      }
      throw e;
    }
  }

  /**
   * Takes the list and publishes what has changed; false if it was not taken, as this is to end.
   */
  private boolean look(JobTopic topic) throws InterruptedException {
    BoardJobs boards = boards();
    // Before the list: what another feed publishes meanwhile may then be said twice, but not ended.
    Map<String, Placement> known = known(topic);
    JobTable.Listed listed = listedUnlessStopped();
    if (listed == null) {
      return false;
    }
    Map<String, BoardJobs.Wanted> wanted = boards.place(listed.jobs());
    Map<String, @Nullable Placement> changes =
        JobChanges.of(known, wanted, System.currentTimeMillis());
    topic.publish(changes, job -> Optional.empty());
    news.published(changes);
    news.leftOut(listed, boards);
    return true;
  }

  /** Says why nothing is taken, unless that is because this is to end. */
  private void trouble(String why) {
    if (!stopped()) {
      Status before = status;
      status = new Status(before.takenMs(), before.taken(), before.failed() + 1);
      news.notTaken(why);
    }
  }

  /** How it is doing. Safe to call from any thread. */
  public Status status() {
    return status;
  }

  private boolean stopped() {
    return stop.getCount() == 0;
  }

  /** What the topic says of the jobs of this source. */
  private Map<String, Placement> known(JobTopic topic) {
    Map<String, Placement> known = topic.read();
    known.keySet().removeIf(job -> !job.startsWith(settings.source() + "-"));
    return known;
  }

  /** Ends {@link #run}. Safe to call from any thread, also more than once. */
  public void stop() {
    stop.countDown();
    list.stop();
  }

  /** The same as {@link #stop}. */
  @Override
  public void close() {
    stop();
  }
}
