package io.isotherm.score;

import io.isotherm.emulator.Fleet;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.emulator.TruthEvent;
import io.isotherm.model.PodLayout;
import io.isotherm.model.Report;
import io.isotherm.schemas.ReportReader;
import io.isotherm.schemas.ReportWriter;
import io.isotherm.schemas.SchemaHistory;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.Consumer;

/**
 * The reports of a fleet in the order in which Kafka would deliver them: each at the instant of its
 * sample, late ones when they arrive, doubled ones twice, lost ones never, and between them the
 * ticks that the monitor's ticker would write.
 *
 * <p>What waits on its way is held as the bytes that it is sent as, in one queue for all pods.
 *
 * <p>Not safe for use by several threads.
 */
public final class FleetDelivery {
  /** Event time between two ticks of a pod, in milliseconds. */
  private static final int TICK_MS = 5_000;

  /** Most bytes that may be on their way unless told otherwise. */
  private static final long MOST_HELD_BYTES = 256L << 20;

  @SuppressWarnings("ArrayRecordComponent")
  private record Held(long dueMs, long number, byte[] bytes) {}

  private final Fleet fleet;
  private final boolean throughBytes;
  private final long mostHeldBytes;
  private final int[] order;
  private final ReportWriter writer = new ReportWriter(SchemaHistory.bundled());
  private final ReportReader reader = new ReportReader(SchemaHistory.bundled());
  private final Report sampled = new Report();
  private final Report decoded = new Report();
  private final Report tick = new Report();
  private final PriorityQueue<Held> network =
      new PriorityQueue<>(Comparator.comparingLong(Held::dueMs).thenComparingLong(Held::number));
  private long held;
  private long heldBytes;
  private long nextTickMs;
  private long delivered;

  /**
   * @param fleet the fleet, at its start
   * @param throughBytes whether every report is encoded and decoded on its way; otherwise those
   *     that arrive at once are handed over as they were sampled, which is the same and faster
   */
  public FleetDelivery(Fleet fleet, boolean throughBytes) {
    this(fleet, throughBytes, MOST_HELD_BYTES);
  }

  /**
   * @param mostHeldBytes most bytes that may be on their way
   */
  FleetDelivery(Fleet fleet, boolean throughBytes, long mostHeldBytes) {
    this.fleet = fleet;
    this.mostHeldBytes = mostHeldBytes;
    this.throughBytes = throughBytes;
    this.order = fleet.samplingOrder();
    this.nextTickMs = fleet.timeMs();
    tick.clear();
    tick.tick = true;
  }

  /** Reports delivered so far, ticks not among them. */
  public long delivered() {
    return delivered;
  }

  /**
   * Lets the fleet run through the interval that begins at a time, and delivers what arrives in it.
   *
   * @param beginMs event time of the interval's beginning, not before that of the one before
   * @param truth takes the faults that begin or end in the interval, before its reports
   * @param receiver takes the reports; each is valid until it returns
   * @throws ScenarioException if the scenario holds back more than fits in memory
   */
  public void interval(long beginMs, Consumer<TruthEvent> truth, Consumer<Report> receiver) {
    fleet.step(beginMs);
    fleet.takeTruth().forEach(truth);
    for (int board : order) {
      long dueMs = fleet.sampleMs(board);
      arrive(dueMs, receiver);
      if (!fleet.fill(board, sampled) || fleet.missing(board)) {
        continue;
      }
      int lateMs = fleet.lateMs(board);
      boolean twice = fleet.duplicate(board);
      if (lateMs == 0) {
        Report report = sampled;
        if (throughBytes) {
          reader.read(writer.toBytes(sampled), decoded);
          report = decoded;
        }
        receiver.accept(report);
        delivered++;
        if (!twice) {
          continue;
        }
      }
      byte[] bytes = writer.toBytes(sampled);
      if (lateMs > 0) {
        hold(dueMs + lateMs, bytes);
      }
      if (twice) {
        hold(dueMs + lateMs + 1, bytes);
      }
    }
    arrive(beginMs + fleet.scenario().intervalMs() - 1, receiver);
  }

  private void hold(long dueMs, byte[] bytes) {
    network.add(new Held(dueMs, held++, bytes));
    heldBytes += bytes.length;
    if (heldBytes > mostHeldBytes) {
      throw new ScenarioException(
          "scenario '%s': more than %,d bytes of reports are on their way; lower noise.late, noise.late_by or ordinary.lag.by"
              .formatted(fleet.scenario().name(), mostHeldBytes));
    }
  }

  /** Delivers what is due by a time: what was late, and the ticks. */
  private void arrive(long timeMs, Consumer<Report> receiver) {
    while (true) {
      Held first = network.peek();
      long dueMs = first == null ? Long.MAX_VALUE : first.dueMs();
      if (Math.min(dueMs, nextTickMs) > timeMs) {
        return;
      }
      if (first == null || nextTickMs <= dueMs) {
        for (PodLayout pod : fleet.plan().pods().subList(0, fleet.podsUp())) {
          tick.pod = pod.pod();
          tick.timeMs = nextTickMs;
          receiver.accept(tick);
        }
        nextTickMs += TICK_MS;
      } else {
        network.remove();
        heldBytes -= first.bytes().length;
        reader.read(first.bytes(), decoded);
        receiver.accept(decoded);
        delivered++;
      }
    }
  }
}
