package io.isotherm.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  private static final String NO_PROMETHEUS = "there is no prometheus on the PATH";

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

  private final List<Pairs> pairs = new ArrayList<>();
  private final List<Finding> findings = new ArrayList<>();
  private final List<Growth.Cost> costs = new ArrayList<>();
  private @Nullable StepTable way;
  private @Nullable Steps scores;

  /** What could not be measured. */
  private final List<String> failed = new ArrayList<>();

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
    checkJson();
    chips.forEach(this::seconds);
    try {
      measure();
    } finally {
      Machine machine = Machine.here(commit, changed);
      print(machine);
      write(machine);
    }
    return failed.isEmpty() ? 0 : FAILED;
  }

  private void measure() throws Exception {
    measureJobs();
    if (asked("P4")) {
      measurePrometheus();
    }
    for (int n : chips) {
      if (asked("P5")) {
        attempt("P5", n, () -> measureWire(n));
      }
    }
    for (int n : chips) {
      measureRecording(n);
    }
    for (int n : chips) {
      if (asked("P6")) {
        attempt("P6", n, () -> findings.add(StateCost.measure(n, root)));
      }
    }
    for (int n : chips) {
      if (asked("P7") || asked("P8")) {
        attempt("P7, P8", n, () -> measureLive(n));
      }
    }
    if (asked("P7b")) {
      attempt(
          "P7b",
          () ->
              findings.addAll(
                  RestoreRun.measure(
                      quick ? QUICK_RESTORE_PODS : RESTORE_PODS, pairsOfARatio(), err())));
    }
    if (growth) {
      attempt(
          "--growth", () -> costs.addAll(Growth.measure(quick ? 20 : 40, quick ? 20 : 60, err())));
    }
    if (steps) {
      attempt("--steps", this::measureSteps);
    }
    String pattern = jmh;
    if (pattern != null) {
      attempt("--jmh", () -> scores = Steps.measure(pattern, quick, root));
    }
  }

  private void measureJobs() throws InterruptedException {
    for (var load : loads(wanted()).entrySet()) {
      List<Ratio> ratios = load.getValue();
      int n = load.getKey().chipsPerReport();
      attempt(
          ratios.stream().map(Ratio::title).collect(Collectors.joining(", ")),
          n,
          () -> {
            try (Bench bench = Bench.open(load.getKey(), root, err())) {
              if (profiles != null) {
                bench.profile(profiles);
              }
              for (Ratio ratio : ratios) {
                attempt(ratio.title(), n, () -> measureJobs(bench, ratio));
              }
            }
          });
    }
  }

  private void measureJobs(Bench bench, Ratio ratio)
      throws IOException, InterruptedException, ExecutionException {
    err().println(ratio.title());
    err().flush();
    keep(
        Pairs.run(
            ratio,
            bench,
            Job.named(ratio.first(), root),
            Job.named(ratio.second(), root),
            pairsOfARatio()));
  }

  private void measurePrometheus() throws InterruptedException {
    if (!PrometheusRun.possible()) {
      err().println("left out: P4 (" + NO_PROMETHEUS + ")");
      return;
    }
    for (int n : chips) {
      attempt(
          Ratio.PROMETHEUS.title(),
          n,
          () -> {
            int seconds = (int) (seconds(n) * Ratio.PROMETHEUS.loadShare());
            Load.Shape shape = new Load.Shape(n, seconds, PrometheusRun.CABINETS);
            try (Bench bench = Bench.open(shape, root, err())) {
              err().println(Ratio.PROMETHEUS.title());
              keep(
                  PrometheusRun.measure(
                      Ratio.PROMETHEUS,
                      bench,
                      pairsOfARatio(),
                      quick ? QUICK_SCRAPE_SECONDS : SCRAPE_SECONDS,
                      root,
                      err()));
            }
          });
    }
  }

  private void keep(Pairs measured) {
    pairs.add(measured);
    findings.add(Finding.of(measured));
  }

  private void measureWire(int n) throws IOException, InterruptedException, ExecutionException {
    try (Bench bench = Bench.open(new Load.Shape(n, WIRE_SECONDS), root, err())) {
      findings.addAll(WireCost.measure(bench, bench.load().shape().plan(root).pods()));
    }
  }

  private void measureRecording(int n) throws InterruptedException {
    List<String> all = Stream.of("R1", "R2", "R3", "R4").filter(this::asked).toList();
    if (all.isEmpty()) {
      return;
    }
    attempt(
        String.join(", ", all),
        n,
        () -> {
          try (Bench bench = Bench.open(new Load.Shape(n, seconds(n)), root, err())) {
            if (asked("R1") || asked("R2")) {
              attempt(
                  "R1, R2",
                  n,
                  () -> add(RecordingCost.measureBackTest(bench, pairsOfARatio(), err())));
            }
            if (asked("R3")) {
              attempt(
                  "R3", n, () -> add(RecordingCost.measureReplay(bench, pairsOfARatio(), err())));
            }
            if (asked("R4")) {
              attempt(
                  "R4", n, () -> add(RecordingCost.measureRecorder(bench, pairsOfARatio(), err())));
            }
          }
        });
  }

  private void measureLive(int n) throws IOException, InterruptedException, ExecutionException {
    add(
        LiveRun.measure(
            n, quick ? QUICK_LIVE_SECONDS : LIVE_SECONDS, pairsOfARatio(), root, err()));
  }

  private void measureSteps() throws IOException, InterruptedException, ExecutionException {
    way =
        StepRun.measure(
            quick ? QUICK_STEP_SECONDS : STEP_SECONDS, quick ? QUICK_ROUNDS : ROUNDS, root, err());
  }

  /** Keeps those that are asked for. */
  private void add(List<Finding> measured) {
    measured.stream().filter(finding -> asked(finding.id())).forEach(findings::add);
  }

  private int pairsOfARatio() {
    return quick ? QUICK_PAIRS : PAIRS;
  }

  private PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Something that is measured, and fails by itself. */
  private interface Measurement {
    void run() throws Exception;
  }

  private void attempt(String what, int chipsPerReport, Measurement measurement)
      throws InterruptedException {
    attempt("%s, %d chips a report".formatted(what, chipsPerReport), measurement);
  }

  /** Measures; hours of other figures are not lost with what fails, which is said and noted. */
  private void attempt(String what, Measurement measurement) throws InterruptedException {
    if (Scratch.ended()) {
      return;
    }
    try {
      measurement.run();
    } catch (InterruptedException e) {
      throw e;
    } catch (Exception e) {
      failed.add(what);
      if (Scratch.ended()) {
        return;
      }
      err().printf("benchmarks/run: %s failed: %s%n", what, why(e));
      err().flush();
    }
  }

  private static String why(Exception e) {
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }

  private void print(Machine machine) {
    PrintWriter out = spec.commandLine().getOut();
    if (scores != null) {
      Steps measured = scores;
      pairs.stream().filter(p -> p.ratio().id().equals("P1")).forEach(measured::whole);
      out.println(machine.line());
      out.println();
      measured.print(out);
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
    failed.forEach(what -> err().println("failed: " + what));
    err().flush();
  }

  private void write(Machine machine) throws IOException {
    if (json == null) {
      return;
    }
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("machine", machine);
    all.put("quick", quick);
    all.put("findings", findings);
    all.put("failed", failed);
    all.put("growth", costs);
    all.put("runs", pairs);
    all.put("jmh", scores == null ? Map.of() : scores.scores());
    all.put("steps", way == null ? List.of() : way.rows());
    new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(json.toFile(), all);
  }

  /** Whether the figures can be written is known before hours have gone into them. */
  private void checkJson() {
    if (json == null) {
      return;
    }
    Path directory = json.toAbsolutePath().getParent();
    if (directory == null || !Files.isDirectory(directory)) {
      throw new ParameterException(
          spec.commandLine(), "--json: there is no directory %s".formatted(directory));
    }
    if (Files.isDirectory(json) || !Files.isWritable(Files.exists(json) ? json : directory)) {
      throw new ParameterException(
          spec.commandLine(), "--json: %s cannot be written".formatted(json));
    }
  }

  private void checkOnly() throws IOException {
    TreeSet<String> known = new TreeSet<>(OTHERS);
    Ratio.ALL.forEach(ratio -> known.add(ratio.id()));
    for (String id : only == null ? List.<String>of() : only) {
      if (!known.contains(id)) {
        throw new ParameterException(
            spec.commandLine(), "--only: unknown ratio '%s'; known are %s".formatted(id, known));
      }
    }
    if (only != null && only.contains("P4") && !PrometheusRun.possible()) {
      throw new IOException("P4: " + NO_PROMETHEUS);
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
