package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code benchmarks/run}. */
@Command(
    name = "benchmarks/run",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    usageHelpAutoWidth = true,
    description = "Measures Isotherm against other ways to do the same work, as ratios in one run.")
final class Run implements Callable<Integer> {
  private static final int FAILED = 1;

  private static final int PAIRS = 5;
  private static final int QUICK_PAIRS = 2;

  /** Event time of a load in seconds, by the chips of a report: about as much work for each. */
  private static final Map<Integer, Integer> SECONDS = Map.of(1, 900, 8, 3_600, 64, 7_200);

  private static final Map<Integer, Integer> QUICK_SECONDS = Map.of(1, 240, 8, 900, 64, 1_800);

  /** Figures that are no ratios of jobs. */
  private static final List<String> OTHERS =
      List.of("P4", "P5", "P6", "P7", "P7b", "P8", "R1", "R2", "R3", "R4");

  /** Event time for the entropy of deltas: enough to know how often each comes. */
  private static final int WIRE_SECONDS = 600;

  /** Real time of a run at real speed. */
  private static final int LIVE_SECONDS = 300;

  private static final int QUICK_LIVE_SECONDS = 60;

  /** Event time of the load for {@code --steps}: that of P1. */
  private static final int STEP_SECONDS = 3_600;

  private static final int QUICK_STEP_SECONDS = 900;

  /** Runs of each job for {@code --steps}. */
  private static final int ROUNDS = 3;

  private static final int QUICK_ROUNDS = 1;

  /** Pods of a million chips. */
  private static final int RESTORE_PODS = 65;

  private static final int QUICK_RESTORE_PODS = 8;

  /** Time that Prometheus is measured for, in whole runs of its rules. */
  private static final int SCRAPE_SECONDS = 60;

  private static final int QUICK_SCRAPE_SECONDS = 20;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Option(names = "--quick", description = "Two pairs and small loads: a first impression.")
  private boolean quick;

  @Option(
      names = "--only",
      paramLabel = "P1,P4",
      split = ",",
      description = "Only these ratios (default: all that can be measured here).")
  private @Nullable List<String> only;

  @Option(
      names = "--chips",
      paramLabel = "1,8,64",
      split = ",",
      defaultValue = "1,8,64",
      description = "Chips a report (default: ${DEFAULT-VALUE}).")
  private List<Integer> chips = List.of();

  @Option(
      names = "--jmh",
      arity = "0..1",
      paramLabel = "PATTERN",
      fallbackValue = ".*",
      description = {
        "Measure the steps with JMH, those whose name matches, and print their table in Markdown;",
        "with --only P1, too, they add up to what the whole costs."
      })
  private @Nullable String jmh;

  @Option(
      names = "--steps",
      description = "Measure what each step from wire to /metrics costs, and print a table.")
  private boolean steps;

  @Option(
      names = "--growth",
      description = "Run the demo from 8,192 to 1,006,720 chips and print what each costs.")
  private boolean growth;

  @Option(names = "--json", paramLabel = "FILE", description = "Write the figures here, too.")
  private @Nullable Path json;

  @Option(
      names = "--profile",
      paramLabel = "DIR",
      description = {
        "Let Java's flight recorder write a profile of every run here;",
        "it costs a little, so the ratios are not those of a run without."
      })
  private @Nullable Path profiles;

  @Option(names = "--root", hidden = true, required = true)
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path root;

  @Option(names = "--commit", hidden = true, defaultValue = "unknown")
  private String commit = "unknown";

  @Option(names = "--changed", hidden = true)
  private boolean changed;

  public static void main(String[] args) {
    // Who ends it early does not mean to leave a broker, a job and gigabytes behind.
    Runtime.getRuntime().addShutdownHook(new Thread(Scratch::end, "end-of-scratch"));
    CommandLine command = new CommandLine(new Run());
    command.setExecutionExceptionHandler(
        (e, c, parsed) -> {
          c.getErr().println("benchmarks/run: " + e.getMessage());
          return FAILED;
        });
    System.exit(command.execute(args));
  }

  @Override
  public Integer call() throws Exception {
    checkOnly();
    List<Ratio> wanted = wanted();
    PrintWriter err = spec.commandLine().getErr();
    List<Pairs> pairs = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    for (var load : loads(wanted).entrySet()) {
      try (Bench bench = Bench.open(load.getKey(), root, err)) {
        if (profiles != null) {
          bench.profile(profiles);
        }
        for (Ratio ratio : load.getValue()) {
          err.println(ratio.title());
          err.flush();
          Pairs measured =
              Pairs.run(
                  ratio,
                  bench,
                  Job.named(ratio.first(), root),
                  Job.named(ratio.second(), root),
                  quick ? QUICK_PAIRS : PAIRS);
          pairs.add(measured);
          findings.add(Finding.of(measured));
        }
      }
    }
    if (asked("P4")) {
      if (!PrometheusRun.possible()) {
        if (only != null) {
          throw new IOException("P4: there is no prometheus on the PATH");
        }
        err.println("left out: P4 (there is no prometheus on the PATH)");
      } else {
        for (int n : chips) {
          int seconds = (int) (seconds(n) * Ratio.PROMETHEUS.loadShare());
          Load.Shape shape = new Load.Shape(n, seconds, PrometheusRun.CABINETS);
          try (Bench bench = Bench.open(shape, root, err)) {
            err.println(Ratio.PROMETHEUS.title());
            Pairs measured =
                PrometheusRun.measure(
                    Ratio.PROMETHEUS,
                    bench,
                    quick ? QUICK_PAIRS : PAIRS,
                    quick ? QUICK_SCRAPE_SECONDS : SCRAPE_SECONDS,
                    root,
                    err);
            pairs.add(measured);
            findings.add(Finding.of(measured));
          }
        }
      }
    }
    if (asked("P5")) {
      for (int n : chips) {
        try (Bench bench = Bench.open(new Load.Shape(n, WIRE_SECONDS), root, err)) {
          findings.addAll(WireCost.measure(bench, bench.load().shape().plan(root).pods()));
        }
      }
    }
    if (asked("R1") || asked("R2") || asked("R3") || asked("R4")) {
      for (int n : chips) {
        try (Bench bench = Bench.open(new Load.Shape(n, seconds(n)), root, err)) {
          int times = quick ? QUICK_PAIRS : PAIRS;
          if (asked("R1") || asked("R2")) {
            RecordingCost.measureBackTest(bench, times, err).stream()
                .filter(finding -> asked(finding.id()))
                .forEach(findings::add);
          }
          if (asked("R3")) {
            findings.addAll(RecordingCost.measureReplay(bench, times, err));
          }
          if (asked("R4")) {
            findings.addAll(RecordingCost.measureRecorder(bench, times, err));
          }
        }
      }
    }
    if (asked("P6")) {
      for (int n : chips) {
        findings.add(StateCost.measure(n, root));
      }
    }
    if (asked("P7") || asked("P8")) {
      for (int n : chips) {
        LiveRun.measure(
                n,
                quick ? QUICK_LIVE_SECONDS : LIVE_SECONDS,
                quick ? QUICK_PAIRS : PAIRS,
                root,
                err)
            .stream()
            .filter(finding -> asked(finding.id()))
            .forEach(findings::add);
      }
    }
    if (asked("P7b")) {
      findings.addAll(
          RestoreRun.measure(
              quick ? QUICK_RESTORE_PODS : RESTORE_PODS, quick ? QUICK_PAIRS : PAIRS, err));
    }
    List<Growth.Cost> costs =
        growth ? Growth.measure(quick ? 20 : 40, quick ? 20 : 60, err) : List.of();
    StepTable way =
        steps
            ? StepRun.measure(
                quick ? QUICK_STEP_SECONDS : STEP_SECONDS, quick ? QUICK_ROUNDS : ROUNDS, root, err)
            : null;
    Machine machine = Machine.here(commit, changed);
    Map<String, Double> scores = Map.of();
    PrintWriter out = spec.commandLine().getOut();
    if (jmh != null) {
      Steps measured = Steps.measure(jmh, quick, root);
      pairs.stream().filter(p -> p.ratio().id().equals("P1")).forEach(measured::whole);
      out.println(machine.line());
      out.println();
      measured.print(out);
      scores = measured.scores();
    }
    if (!findings.isEmpty()) {
      out.println(machine.line());
      out.println();
      out.print(Finding.table(findings));
    }
    if (way != null) {
      out.println(machine.line());
      out.println();
      out.print(way.markdown());
    }
    if (!costs.isEmpty()) {
      out.println(machine.line());
      out.println();
      out.print(Growth.table(costs));
    }
    out.flush();
    if (json != null) {
      Map<String, Object> all = new LinkedHashMap<>();
      all.put("machine", machine);
      all.put("quick", quick);
      all.put("findings", findings);
      all.put("growth", costs);
      all.put("runs", pairs);
      all.put("jmh", scores);
      all.put("steps", way == null ? List.of() : way.rows());
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), all);
    }
    return 0;
  }

  private void checkOnly() {
    TreeSet<String> known = new TreeSet<>(OTHERS);
    Ratio.ALL.forEach(ratio -> known.add(ratio.id()));
    for (String id : only == null ? List.<String>of() : only) {
      if (!known.contains(id)) {
        throw new ParameterException(
            spec.commandLine(), "--only: unknown ratio '%s'; known are %s".formatted(id, known));
      }
    }
  }

  /** Without a wish everything is asked for, but only the steps if those are. */
  private boolean asked(String id) {
    return only == null ? jmh == null && !growth && !steps : only.contains(id);
  }

  /** The ratios of jobs that are asked for; without a wish those whose peers are here. */
  private List<Ratio> wanted() {
    return Ratio.ALL.stream()
        .filter(r -> asked(r.id()) && (only != null || Job.exists(r.first(), root)))
        .toList();
  }

  private int seconds(int chipsPerReport) {
    Integer seconds = (quick ? QUICK_SECONDS : SECONDS).get(chipsPerReport);
    if (seconds == null) {
      throw new ParameterException(
          spec.commandLine(), "--chips: %d is none of 1, 8 and 64".formatted(chipsPerReport));
    }
    return seconds;
  }

  private Map<Load.Shape, List<Ratio>> loads(List<Ratio> wanted) {
    Map<Load.Shape, List<Ratio>> loads = new LinkedHashMap<>();
    for (int n : chips) {
      int seconds = seconds(n);
      for (Ratio ratio : wanted) {
        int windows = (int) Math.ceil(seconds * ratio.loadShare() * 1_000 / Load.WINDOW_MS);
        loads
            .computeIfAbsent(
                new Load.Shape(n, windows * Load.WINDOW_MS / 1_000), shape -> new ArrayList<>())
            .add(ratio);
      }
    }
    return loads;
  }
}
