package io.isotherm.launcher;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.isotherm.catalog.CatalogException;
import io.isotherm.catalog.ClusterPlan;
import io.isotherm.core.DetectorSettings;
import io.isotherm.emulator.Scenario;
import io.isotherm.emulator.ScenarioException;
import io.isotherm.emulator.ScenarioReader;
import io.isotherm.score.Requirements;
import io.isotherm.score.Score;
import io.isotherm.score.ScoreReport;
import io.isotherm.score.ScoreSettings;
import io.isotherm.score.Scoring;
import io.isotherm.score.Sweep;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm score}: how good the detectors are. */
@Command(
    name = "score",
    description = {
      "Runs an emulated cluster straight into the monitors and tells how good they are.",
      "That is, of every kind of fault how many were found, how soon and how rightly named, and how"
          + " many incidents spoke of nothing. docs/scoring.md defines the measures."
    },
    exitCodeList = {
      "0:done, and every required bar was reached",
      "1:a bar was missed, or it failed",
      "2:wrong usage"
    })
final class ScoreCommand implements Callable<Integer> {
  /** Form of the result. */
  enum Form {
    TABLE,
    JSON,
    HTML
  }

  private static final double MOST_HOURS = 24 * 366;
  private static final int MOST_SEEDS = 10_000;

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Mixin
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private ClusterOptions cluster;

  @Option(
      names = "--scenario",
      paramLabel = "FILE|NAME",
      defaultValue = "standard",
      description =
          "Scenario file, or one of demo, healthy, site, standard, wide (default: ${DEFAULT-VALUE}).")
  private String scenario = "standard";

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "First seed (default: ${DEFAULT-VALUE}).")
  private long seed;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      defaultValue = "1",
      description = "Number of seeds, 1 to 10000; each runs on a core (default: ${DEFAULT-VALUE}).")
  private int seeds;

  @Option(
      names = "--hours",
      paramLabel = "H",
      defaultValue = "1",
      description = "Hours of event time for each seed, also parts (default: ${DEFAULT-VALUE}).")
  private double hours;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Most seeds at the same time (default: the available processors).")
  private @Nullable Integer threads;

  @Option(
      names = "--through-bytes",
      description = {
        "Encode and decode every report on its way, as Kafka would.",
        "Slower, and the same result."
      })
  private boolean throughBytes;

  @Mixin private final DetectorOptions detectors = new DetectorOptions();

  @Option(
      names = "--sweep",
      paramLabel = "KEY=A..B[:STEPS]",
      description = "Also score one setting at several values, on the same reports.")
  private @Nullable String sweep;

  @Option(
      names = "--require",
      paramLabel = "FILE|NAME",
      description = {
        "Bars to reach, in a file of lines such as 'groups.hard.recall >= 0.99',"
            + " or one of standard, healthy. Exit code 1 if one is missed."
      })
  private @Nullable String require;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "table",
      description = "Form of the result: table, json or html (default: ${DEFAULT-VALUE}).")
  private Form form = Form.TABLE;

  @Override
  public Integer call() throws Exception {
    ScoreSettings settings;
    @Nullable Sweep swept;
    @Nullable Requirements bars;
    List<DetectorSettings> variants = new ArrayList<>();
    try {
      settings = settings();
      swept = sweep == null ? null : Sweep.parse(sweep);
      bars = require == null ? null : Requirements.load(require);
      variants.add(settings.detectors());
      if (swept != null) {
        variants.addAll(swept.of(settings.detectors()));
      }
      for (DetectorSettings variant : variants) {
        ReportInterval.check(settings.scenario(), variant);
      }
    } catch (ScenarioException | CatalogException | IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    PrintWriter err = spec.commandLine().getErr();
    ScoreProgress progress = new ScoreProgress(err, settings);
    List<Score> scores;
    try {
      scores = Scoring.run(settings, variants, progress, main.stop()::requested);
    } catch (ScenarioException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    if (main.stop().requested()) {
      err.println("isotherm score: stopped; there is no result");
      err.flush();
      return Main.FAILED;
    }
    progress.done();
    ScoreReport report =
        new ScoreReport(settings, scores.get(0), swept, scores.subList(1, scores.size()));
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode json = report.json();
    switch (form) {
      case TABLE -> out.print(report.table());
      case JSON -> out.println(json.toPrettyString());
      case HTML -> out.print(report.html());
    }
    out.flush();
    List<String> missed = bars == null ? List.of() : bars.missedBy(json);
    missed.forEach(line -> err.println("missed: " + line));
    err.flush();
    return missed.isEmpty() ? Main.DONE : Main.FAILED;
  }

  private ScoreSettings settings() {
    if (seeds < 1 || seeds > MOST_SEEDS) {
      throw new IllegalArgumentException(
          "--seeds is %d, must be 1 to %d".formatted(seeds, MOST_SEEDS));
    }
    if (seed < 0) {
      throw new IllegalArgumentException("--seed is %d, must not be negative".formatted(seed));
    }
    if (!(hours > 0 && hours <= MOST_HOURS)) {
      throw new IllegalArgumentException(
          "--hours is %s, must be more than 0 and at most %.0f".formatted(hours, MOST_HOURS));
    }
    int processors = Runtime.getRuntime().availableProcessors();
    int most = threads == null ? processors : threads;
    if (most < 1) {
      throw new IllegalArgumentException("--threads is %d, must be at least 1".formatted(most));
    }
    Scenario chosen = ScenarioReader.load(scenario);
    ClusterPlan plan = cluster.plan(chosen.cluster());
    return new ScoreSettings(
        plan,
        chosen,
        seed,
        seeds,
        Math.max(chosen.intervalMs(), (long) (hours * 3_600_000)),
        detectors.settings(),
        throughBytes,
        Math.min(most, processors),
        Main.Version.current());
  }
}
