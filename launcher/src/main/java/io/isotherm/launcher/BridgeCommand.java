package io.isotherm.launcher;

import io.isotherm.avro.IncidentKind;
import io.isotherm.bridge.Bridge;
import io.isotherm.bridge.BridgeException;
import io.isotherm.bridge.BridgeStatus;
import io.isotherm.bridge.CheckedExporter;
import io.isotherm.bridge.GivenReadings;
import io.isotherm.bridge.NeededReadings;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.export.HttpEndpoint;
import io.isotherm.export.ProcessMeters;
import io.isotherm.schemas.SchemaIds;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm bridge}: real exporters into reports. */
@Command(
    name = "bridge",
    description = {
      "Asks real exporters and publishes what they say as reports, until Ctrl-C or --duration.",
      "Files of targets are those that Prometheus reads as file_sd_configs, with the labels board"
          + " and exporter (dcgm, npu, mlu, node, or a file); docs/bridge.md has an example. They are"
          + " read again when they change."
    })
final class BridgeCommand implements Callable<Integer> {
  /** Of the names of its meters. */
  private static final String PREFIX = "isotherm.bridge.";

  /** How long an exporter may take unless the user says otherwise. */
  private static final Duration LONGEST_TIMEOUT = Duration.ofSeconds(4);

  /** Parts that are named of those that have no exporter; of more it is said how many. */
  private static final int MOST_NAMED = 5;

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommonOptions common;

  @Parameters(
      paramLabel = "TARGETS",
      arity = "1..*",
      description = "Files that say which exporters speak of which boards (YAML or JSON).")
  private List<Path> targets = List.of();

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private PodsOptions cluster;

  @Option(
      names = "--interval",
      paramLabel = "TIME",
      defaultValue = "5s",
      description =
          "Time between two reports of a board, 1s to 60s; at most half of a monitor's window, in each of"
              + " which it needs one (default: ${DEFAULT-VALUE}).")
  private Duration interval = Duration.ofSeconds(5);

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      description =
          "How long an exporter may take to answer, 100ms to 60s; less than --interval, as a report waits"
              + " for the slowest exporter of its board (default: 4s, or four fifths of an --interval"
              + " below 5s).")
  private @Nullable Duration timeout;

  @Option(
      names = "--check",
      description =
          "Ask every exporter once, show what it says, what of it is no use and which incidents cannot"
              + " be found by it, and publish nothing.")
  private boolean check;

  @Option(names = "--duration", paramLabel = "TIME", description = "Time to run for.")
  private @Nullable Duration duration;

  @Mixin private final MetersOptions own = new MetersOptions(9467);

  @Override
  public Integer call() throws Exception {
    within("--interval", interval, 1_000, 60_000, "1s to 60s");
    within("--timeout", timeout(), 100, 60_000, "100ms to 60s");
    // A check asks each board once, and so may wait longer.
    if (!check && timeout().compareTo(interval) >= 0) {
      throw wrong(
          "--timeout must be less than --interval: a board whose slowest exporter takes as long"
              + " would miss its next turn",
          null);
    }
    HttpAddress http = own.address();
    try {
      ClusterPlan plan = cluster.plan();
      return check ? check(plan) : run(plan, http);
    } catch (BridgeException | CatalogException e) {
      throw wrong(String.valueOf(e.getMessage()), e);
    }
  }

  private Duration timeout() {
    if (timeout != null) {
      return timeout;
    }
    Duration part = interval.multipliedBy(4).dividedBy(5);
    return part.compareTo(LONGEST_TIMEOUT) < 0 ? part : LONGEST_TIMEOUT;
  }

  private void within(String option, Duration d, long leastMs, long mostMs, String range) {
    if (d.toMillis() < leastMs || d.toMillis() > mostMs) {
      throw wrong("%s must be %s".formatted(option, range), null);
    }
  }

  private ParameterException wrong(String what, @Nullable Exception cause) {
    return new ParameterException(spec.commandLine(), what, cause);
  }

  private int run(ClusterPlan plan, HttpAddress http) throws Exception {
    SchemaIds ids = common.schemaIds();
    PrintWriter err = spec.commandLine().getErr();
    try (ProcessMeters meters = new ProcessMeters();
        Bridge bridge =
            new Bridge(
                plan, targets, interval, timeout(), ids, common.clientConfig(), meters::watch);
        HttpEndpoint endpoint = MetersOptions.serve("Isotherm bridge", meters, http)) {
      meters.watch(registry -> bind(bridge, registry));
      BridgeStatus begun = bridge.status();
      err.printf(
          "bridging %,d exporters of %,d boards of %s into %s%n",
          begun.exporters(), begun.boards(), plan.preset(), common.bootstrapServers());
      long without = bridge.boardsWithoutExporter();
      if (without > 0) {
        err.printf(
            "%,d more boards of their pods have no exporter, and count as silent unless another"
                + " bridge has them: %s%n",
            without, first(bridge.pathsWithoutExporter()));
      }
      List<String> pods = bridge.podsWithoutExporter();
      if (!pods.isEmpty()) {
        err.printf(
            "%,d pods have no exporter, and are not announced: %s%n", pods.size(), first(pods));
      }
      err.println(http.url(endpoint.port(), ProcessMeters.PATH));
      err.flush();
      long ms = duration == null ? Long.MAX_VALUE : duration.toMillis();
      main.stop().awaitWork("bridge", () -> bridge.run(ms), bridge::stop);
      BridgeStatus s = bridge.status();
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "%,d reports of %,d boards (%,d silent now), %,d answers, %,d failures, %,d turns skipped,"
              + " %,d records refused%n",
          s.reports(),
          s.boards(),
          s.silentBoards(),
          s.scrapes(),
          s.failedScrapes(),
          s.skippedRounds(),
          s.sendErrors());
      out.flush();
      return s.sendErrors() == 0 ? Main.DONE : Main.FAILED;
    }
  }

  /** The first few of many. */
  private static String first(List<String> all) {
    String first = all.stream().limit(MOST_NAMED).collect(Collectors.joining(", "));
    return all.size() <= MOST_NAMED
        ? first
        : "%s and %,d more".formatted(first, all.size() - MOST_NAMED);
  }

  private static void bind(Bridge bridge, MeterRegistry registry) {
    gauge(registry, "boards", "Boards that have an exporter.", bridge, BridgeStatus::boards);
    gauge(
        registry,
        "boards.silent",
        "Boards of which no report could be made of the newest answers.",
        bridge,
        BridgeStatus::silentBoards);
    gauge(registry, "exporters", "Exporters that are asked.", bridge, BridgeStatus::exporters);
    gauge(
        registry,
        "exporters.failing",
        "Exporters that gave no usable answer the last three times.",
        bridge,
        BridgeStatus::failingExporters);
    String scrapes = "Questions to exporters by what came of them.";
    counter(registry, "scrapes", "ok", scrapes, bridge, BridgeStatus::scrapes);
    counter(registry, "scrapes", "failed", scrapes, bridge, BridgeStatus::failedScrapes);
    counter(registry, "reports", null, "Reports made.", bridge, BridgeStatus::reports);
    counter(
        registry,
        "reports.refused",
        null,
        "Reports that Kafka did not take.",
        bridge,
        BridgeStatus::sendErrors);
    counter(
        registry,
        "turns.skipped",
        null,
        "Turns of a board that were left out, because the last one was not over.",
        bridge,
        BridgeStatus::skippedRounds);
  }

  private static void gauge(
      MeterRegistry registry,
      String name,
      String says,
      Bridge bridge,
      ToDoubleFunction<BridgeStatus> value) {
    Gauge.builder(PREFIX + name, bridge, b -> value.applyAsDouble(b.status()))
        .description(says)
        .register(registry);
  }

  private static void counter(
      MeterRegistry registry,
      String name,
      @Nullable String result,
      String says,
      Bridge bridge,
      ToDoubleFunction<BridgeStatus> value) {
    FunctionCounter.builder(PREFIX + name, bridge, b -> value.applyAsDouble(b.status()))
        .description(says)
        .tags(result == null ? Tags.empty() : Tags.of("result", result))
        .register(registry);
  }

  private int check(ClusterPlan plan) {
    PrintWriter out = spec.commandLine().getOut();
    AtomicLong asked = new AtomicLong();
    AtomicLong failed = new AtomicLong();
    Map<String, GivenReadings> serving = new HashMap<>();
    Set<String> failing = new HashSet<>();
    boolean all =
        Bridge.check(
            plan,
            targets,
            timeout(),
            e -> {
              asked.incrementAndGet();
              failed.addAndGet(e.failure() == null ? 0 : 1);
              if (e.failure() != null) {
                failing.add(e.board());
              }
              serving.merge(e.board(), e.serves(), GivenReadings::and);
              show(e, out);
            },
            main.stop()::requested);
    serving.keySet().removeAll(failing);
    showBlindness(serving.values(), out);
    out.printf("%d exporters, %d failed%n", asked.get(), failed.get());
    out.flush();
    if (!all) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("isotherm bridge: stopped before all exporters had answered");
      err.flush();
    }
    return all && failed.get() == 0 ? Main.DONE : Main.FAILED;
  }

  /**
   * Says what cannot be found on boards whose exporters have all answered, and for lack of what.
   */
  private static void showBlindness(Collection<GivenReadings> boards, PrintWriter out) {
    Map<IncidentKind, Map<String, Integer>> boardsOf = new EnumMap<>(IncidentKind.class);
    for (GivenReadings given : boards) {
      NeededReadings.lacking(given)
          .forEach(
              (kind, lacks) ->
                  boardsOf
                      .computeIfAbsent(kind, k -> new TreeMap<>())
                      .merge("no " + String.join(", no ", lacks), 1, Integer::sum));
    }
    Map<Integer, List<String>> lines = new TreeMap<>(Comparator.reverseOrder());
    boardsOf.forEach(
        (kind, why) ->
            why.forEach(
                (lacks, n) ->
                    lines
                        .computeIfAbsent(n, k -> new ArrayList<>())
                        .add("%s (%s)".formatted(kind.name().toLowerCase(Locale.ROOT), lacks))));
    lines.forEach(
        (n, kinds) ->
            out.printf(
                "cannot be found on %d of %d boards: %s%n",
                n, boards.size(), String.join(", ", kinds)));
  }

  private static void show(CheckedExporter e, PrintWriter out) {
    out.printf("%s %s %s (%d ms)%n", e.board(), e.exporter(), e.url(), e.tookMs());
    if (e.failure() != null) {
      out.printf("  FAILED: %s%n", e.failure());
    } else {
      out.printf(
          "  %d chips, %d links: %s%n", e.chips(), e.links(), String.join(", ", e.readings()));
    }
    if (e.failure() == null && !e.missing().isEmpty()) {
      out.printf("  not given: %s%n", String.join(", ", e.missing()));
    }
    e.complaints().forEach(c -> out.printf("  no use: %s%n", c));
    e.passedOver().forEach(c -> out.printf("  not mapped: %s%n", c));
    out.flush();
  }
}
