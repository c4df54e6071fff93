package io.isotherm.export;

import io.isotherm.avro.CabinetHealth;
import io.isotherm.avro.ChipModel;
import io.isotherm.avro.Histogram;
import io.isotherm.avro.HotSpot;
import io.isotherm.avro.PodHealth;
import io.isotherm.avro.PodTopology;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One scrape of {@code /metrics}, from the newest windows to the bytes of the answer. In the
 * package of what it measures, which is nobody else's business.
 */
@NullMarked
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ExpositionBenchmark {
  private static final long WINDOW_START_MS = 1_800_000_000_000L;
  private static final int CABINETS = 176;
  private static final int CHIPS = 15_488;

  /** Pods of 15,488 chips. */
  @Param({"1", "65"})
  public int pods;

  private final ResultState state = new ResultState();
  private final ClusterMetrics metrics =
      new ClusterMetrics(Exporter.DEFAULT_SERIES_BUDGET, "benchmark", HostNames.NONE);

  /** Fills the view. */
  @Setup
  public void fill() {
    for (int p = 0; p < pods; p++) {
      String pod = "pod-%02d".formatted(p);
      state.topology(pod, topology(pod));
      state.health(health(pod), WINDOW_START_MS + 12_000);
    }
  }

  private static PodTopology topology(String pod) {
    return PodTopology.newBuilder()
        .setPod(pod)
        .setCluster("cluster")
        .setPreset("atlas-960")
        .setEffectiveFromMs(0)
        .setCabinets(CABINETS)
        .setBoardsPerCabinet(11)
        .setChipsPerBoard(8)
        .setPortsPerChip(0)
        .setPortGroups(List.of())
        .setSlotClasses(Collections.nCopies(8, 0))
        .setCabinetsPerCoolingLoop(1)
        .setCabinetsPerPowerFeed(1)
        .setChip(new ChipModel("chip", "vendor", 870, 890, 950, true, null, null, null, null, null))
        .build();
  }

  private static PodHealth health(String pod) {
    return PodHealth.newBuilder()
        .setPod(pod)
        .setWindowStartMs(WINDOW_START_MS)
        .setWindowMs(10_000)
        .setChips(CHIPS)
        .setHealthy(CHIPS)
        .setSuspect(0)
        .setDegraded(0)
        .setFailed(0)
        .setUnknown(0)
        .setBoards(1_936)
        .setBoardsReporting(1_936)
        .setChipsReporting(CHIPS)
        .setEffectiveComputePermille(1_000)
        .setTemperature(
            new Histogram(
                List.of(20, 30, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90, 95),
                List.of(0, 0, 0, 0, 88, 3_000, 4_000, 4_000, 4_000, 400, 0, 0, 0, 0, 0),
                9_615_231L))
        .setUtilization(
            new Histogram(
                List.of(0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000),
                List.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 1_488, 14_000, 0),
                14_853_221L))
        .setPowerDeciwatts(92_345_671L)
        .setLinks(278_784)
        .setLinksUp(278_784)
        .setLinksDown(0)
        .setLinksDegraded(0)
        .setLinksUnknown(0)
        .setLinkTxBytesTotal(912_345_678_912_345L)
        .setLinkRxBytesTotal(912_345_678_912_345L)
        .setLinkErrorsTotal(12_345)
        .setReportsTotal(1_936_000)
        .setLateTotal(0)
        .setDuplicatesTotal(0)
        .setRejectedTotal(0)
        .setMissedTotal(0)
        .setWindowsTotal(100)
        .setWatermarkMs(WINDOW_START_MS + 11_000)
        .setOpenIncidents(0)
        .setOpenKinds(List.of())
        .setFabricHotSpots(List.of())
        .setJobShares(List.of())
        .setCabinetHealth(
            IntStream.range(0, CABINETS)
                .mapToObj(c -> new CabinetHealth(c, 88, 0, 0, 0, 0, 700 + c, 600, 524_691L))
                .toList())
        .setHotSpots(
            IntStream.range(0, 10)
                .mapToObj(i -> new HotSpot(pod + "/cab-017/board-5/chip-" + i, 803 - i, 67, 41))
                .toList())
        .setChipStates(ByteBuffer.allocate(0))
        .setChipTemperatures(ByteBuffer.allocate(0))
        .build();
  }

  /** One scrape. */
  @Benchmark
  public Reply scrape() {
    return metrics
        .collect(state.view(WINDOW_START_MS + 13_000), WINDOW_START_MS + 13_000)
        .reply("");
  }

  /** The first scrape of a process, which loads and compiles what writes it. */
  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Warmup(iterations = 0)
  @Measurement(iterations = 1)
  @Fork(5)
  public Reply firstScrape() {
    return scrape();
  }

  /** The second. */
  @Benchmark
  @BenchmarkMode(Mode.SingleShotTime)
  @Warmup(iterations = 1)
  @Measurement(iterations = 1)
  @Fork(5)
  public Reply secondScrape() {
    return scrape();
  }
}
