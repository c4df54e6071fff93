package io.isotherm.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.TopicPartition;

/**
 * Where a partition ends to which a job wrote its results.
 *
 * <p>A transaction counts as committed before the broker has marked it in every partition. Until
 * then whoever reads what is committed does not see the last results, so this waits for the mark.
 */
public final class CommittedEnd {
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final long LOOK_MS = 20;

  private CommittedEnd() {}

  /**
   * The offset behind the last record.
   *
   * @param client how to reach Kafka
   * @param partition nobody writes to it any more
   * @throws IOException if Kafka does not say, or a transaction stays open
   */
  public static long of(Map<String, Object> client, TopicPartition partition) throws IOException {
    try (Admin admin = Admin.create(client)) {
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (true) {
        long all = end(admin, partition, IsolationLevel.READ_UNCOMMITTED);
        if (end(admin, partition, IsolationLevel.READ_COMMITTED) == all) {
          return all;
        }
        if (System.nanoTime() > deadline) {
          throw new IOException(
              "%s: a transaction is still open after %d s"
                  .formatted(partition, PATIENCE.toSeconds()));
        }
        Thread.sleep(LOOK_MS);
      }
    } catch (ExecutionException e) {
      throw new IOException("%s: cannot ask where it ends".formatted(partition), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static long end(Admin admin, TopicPartition partition, IsolationLevel level)
      throws InterruptedException, ExecutionException {
    return admin
        .listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(level))
        .partitionResult(partition)
        .get()
        .offset();
  }
}
