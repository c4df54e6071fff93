package io.isotherm.benchmarks;

import io.isotherm.catalog.Catalog;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.catalog.Overrides;
import io.isotherm.schemas.SchemaHistory;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.config.TopicConfig;
import org.jspecify.annotations.Nullable;

/**
 * P7b: what it takes a monitor to come back to a million chips, compared with a consumer that reads
 * the same changelog and keeps nothing.
 *
 * <p>A monitor judges the first seconds of a load and ends within a window, so that every page
 * exists and an open window lies in it. Then monitors that only take its state over, and end, and
 * plain consumers run alternately. At last one more monitor takes the state over and judges the
 * rest, and all windows together must be those that the load is known to hold.
 */
final class RestoreRun {
  /** Chips of a pod of the preset. */
  private static final int CHIPS_PER_POD = 15_488;

  private static final String PRESET = "atlas-960";
  private static final String APPLICATION = "bench-restore";
  private static final String CHANGELOG = APPLICATION + "-pod-pages-changelog";

  /** Event time before the monitors come and go: two windows closed, and the third is open. */
  private static final int FIRST_SECONDS = 26;

  /** Event time of all windows that count. */
  private static final int SECONDS = 30;

  private static final int MOST_SECONDS = 600;

  private final Path directory;
  private final Path log;
  private final PrintWriter progress;
  private int runs;

  private RestoreRun(Path directory, PrintWriter progress) {
    this.directory = directory;
    this.log = directory.resolve("log.txt");
    this.progress = progress;
  }

  /**
   * Measures.
   *
   * @param pods pods of 15,488 chips; 65 are a million
   */
  static List<Finding> measure(int pods, int pairs, PrintWriter progress)
      throws IOException, InterruptedException, ExecutionException {
    Path directory = Scratch.create("restore");
    try (BrokerProcess broker = BrokerProcess.start(directory.resolve("broker"))) {
      return new RestoreRun(directory, progress).run(broker.bootstrapServer(), pods, pairs);
    } finally {
      Scratch.delete(directory);
    }
  }

  private List<Finding> run(String bootstrapServer, int pods, int pairs)
      throws IOException, InterruptedException, ExecutionException {
    progress.printf("restore: %d pods of %,d chips, filling...%n", pods, CHIPS_PER_POD);
    progress.flush();
    ClusterPlan plan = Catalog.bundled().plan(PRESET, new Overrides(null, pods, null));
    List<ReadCost> restores = new ArrayList<>();
    List<ReadCost> reads = new ArrayList<>();
    Pages pages;
    long stored;
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", bootstrapServer))) {
      Load.createTopics(admin);
      try (LoadWriter load = new LoadWriter(plan, SECONDS, bootstrapServer)) {
        load.write(FIRST_SECONDS);
        monitor(bootstrapServer, load.reports());
        keepAsItIs(admin);
        pages = Pages.of(bootstrapServer);
        stored = WireCost.bytes(bootstrapServer, CHANGELOG);
        for (int i = 0; i < pairs; i++) {
          if (i % 2 == 0) {
            restores.add(restore(bootstrapServer, pages));
            reads.add(read(bootstrapServer, pages));
          } else {
            reads.add(read(bootstrapServer, pages));
            restores.add(restore(bootstrapServer, pages));
          }
        }
        long before = load.reports();
        load.write(SECONDS + 1);
        monitor(bootstrapServer, load.reports() - before);
        check(bootstrapServer, load);
      }
    }
    String what =
        String.format(
            Locale.ROOT,
            "%,d chips, %,d pages, %.0f MB; the changelog has %,d records, %.0f MB in %.0f MB",
            pods * CHIPS_PER_POD,
            pages.live,
            pages.liveBytes / 1e6,
            pages.records,
            pages.bytes / 1e6,
            stored / 1e6);
    List<Double> wall = new ArrayList<>();
    List<Double> cpu = new ArrayList<>();
    for (int i = 0; i < pairs; i++) {
      wall.add(restores.get(i).wallSeconds() / reads.get(i).wallSeconds());
      cpu.add(restores.get(i).cpuSeconds() / reads.get(i).cpuSeconds());
    }
    ReadCost restore = median(restores);
    ReadCost read = median(reads);
    return List.of(
        finding(
            "restore / plain read of the changelog, time",
            wall,
            "%.2f / %.2f s, %.1f / %.1f s after the start of the process; %s"
                .formatted(
                    restore.wallSeconds(),
                    read.wallSeconds(),
                    restore.startSeconds(),
                    read.startSeconds(),
                    what)),
        finding(
            "restore / plain read of the changelog, CPU",
            cpu,
            "%.2f / %.2f s, the compiler's among it"
                .formatted(restore.cpuSeconds(), read.cpuSeconds())));
  }

  private static Finding finding(String what, List<Double> ratios, String detail) {
    return new Finding("P7b", what, 8, Spread.of(ratios), 3, 1.3, true, detail);
  }

  private static ReadCost median(List<ReadCost> costs) {
    return new ReadCost(
        costs.get(0).records(),
        Spread.of(costs.stream().map(ReadCost::startSeconds).toList()).median(),
        Spread.of(costs.stream().map(ReadCost::wallSeconds).toList()).median(),
        Spread.of(costs.stream().map(ReadCost::cpuSeconds).toList()).median());
  }

  /** A changelog that is compacted between two runs is not the same changelog. */
  private static void keepAsItIs(Admin admin) throws InterruptedException, ExecutionException {
    admin
        .incrementalAlterConfigs(
            Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, CHANGELOG),
                List.of(
                    new AlterConfigOp(
                        new ConfigEntry(
                            TopicConfig.MIN_COMPACTION_LAG_MS_CONFIG,
                            String.valueOf(Long.MAX_VALUE)),
                        AlterConfigOp.OpType.SET))))
        .all()
        .get();
  }

  /** Runs a monitor over as many reports as there are. */
  private void monitor(String bootstrapServer, long reports) throws IOException {
    progress.printf("  a monitor judges %,d reports...%n", reports);
    progress.flush();
    run(RestoreJob.class, bootstrapServer, APPLICATION, String.valueOf(reports));
  }

  private ReadCost restore(String bootstrapServer, Pages pages) throws IOException {
    return expect("restore", pages, run(RestoreJob.class, bootstrapServer, APPLICATION, "0"));
  }

  private ReadCost read(String bootstrapServer, Pages pages) throws IOException {
    return expect("plain read", pages, run(ChangelogReadJob.class, bootstrapServer, CHANGELOG));
  }

  private ReadCost expect(String what, Pages pages, ReadCost cost) throws IOException {
    if (cost.records() != pages.records) {
      throw new IOException(
          "%s: %,d records, must be %,d".formatted(what, cost.records(), pages.records));
    }
    progress.printf(
        "  %-10s %6.2f s, %6.2f s CPU, after %.2f s%n",
        what, cost.wallSeconds(), cost.cpuSeconds(), cost.startSeconds());
    progress.flush();
    return cost;
  }

  private ReadCost run(Class<?> job, String... arguments) throws IOException {
    Path out = directory.resolve("result-" + runs++);
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add(out.toString());
    try (LauncherProcess process =
        LauncherProcess.java(log, job.getName(), all.toArray(String[]::new))) {
      process.awaitSuccess(MOST_SECONDS);
      return ReadCost.read(out);
    }
  }

  private static void check(String bootstrapServer, LoadWriter load) throws IOException {
    String found =
        Results.read(
                Map.of("bootstrap.servers", bootstrapServer),
                SchemaHistory.bundled(),
                load.untilMs())
            .digest();
    String expected = load.windows();
    if (!found.equals(expected)) {
      throw new IOException(
          "the windows of monitors that were restored are %s, must be %s"
              .formatted(found, expected));
    }
  }

  /** What is in the changelog. */
  private static final class Pages {
    private final Map<ByteBuffer, Integer> sizes = new HashMap<>();
    private long bytes;
    private long records;
    private int live;
    private long liveBytes;

    static Pages of(String bootstrapServer) {
      Pages pages = new Pages();
      ReadCost cost =
          ChangelogReadJob.read(
              bootstrapServer, CHANGELOG, record -> pages.add(record.key(), record.value()));
      pages.records = cost.records();
      pages.live = pages.sizes.size();
      pages.liveBytes = pages.sizes.values().stream().mapToLong(Integer::longValue).sum();
      return pages;
    }

    private void add(byte[] key, byte @Nullable [] page) {
      if (page == null) {
        sizes.remove(ByteBuffer.wrap(key));
        return;
      }
      bytes += page.length;
      sizes.put(ByteBuffer.wrap(key), page.length);
    }
  }
}
