package io.isotherm.launcher;

import io.isotherm.backtest.BacktestJob;
import io.isotherm.backtest.ResultFile;
import io.isotherm.core.DetectorSettings;
import io.isotherm.recording.Recording;
import io.isotherm.recording.StoppedException;
import io.isotherm.score.DetectorFile;
import io.isotherm.score.Sweep;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm backtest}: a recording through the monitors again. */
@Command(
    name = "backtest",
    description = {
      "Runs a recording through the monitors without Kafka, as fast as it can be read.",
      "It tells the incidents: the same ones every time, on every machine."
    })
final class BacktestCommand implements Callable<Integer> {
  /** Form of the result. */
  enum Form {
    TABLE,
    JSONL,
    JSON,
    HTML
  }

  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(paramLabel = "RECORDING", description = "Directory of the recording.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path recording;

  @Option(
      names = "--salvage",
      description = {
        "Judge what can be read of a damaged recording, and say what is left out.",
        "Boards whose reports are missing look silent."
      })
  private boolean salvage;

  @Option(
      names = "--detectors",
      paramLabel = "FILE",
      description = "YAML file with settings of the detectors, such as hot_above_peers: 150.")
  private @Nullable Path detectors;

  @Option(
      names = "--sweep",
      paramLabel = "KEY=A..B[:STEPS]",
      description = "Also judge with one setting at several values, on the same reports.")
  private @Nullable String sweep;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "Leave out reports before this event time; RFC 3339 or milliseconds.")
  private @Nullable String from;

  @Option(
      names = "--to",
      paramLabel = "TIME",
      description = "Leave out reports from this event time on; RFC 3339 or milliseconds.")
  private @Nullable String to;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Most threads (default: the available processors).")
  private @Nullable Integer threads;

  @Option(
      names = "--openmetrics",
      paramLabel = "FILE",
      description = {
        "Also write what /metrics would have said at the end of every window,"
            + " for 'promtool tsdb create-blocks-from openmetrics FILE DIR'."
      })
  private @Nullable Path openMetrics;

  @Option(
      names = "--rules",
      paramLabel = "DIR|FILE",
      description = {
        "Also tell which alerts of these rules of Prometheus would have fired, from when to when.",
        "Needs prometheus and promtool on the PATH."
      })
  private @Nullable Path rules;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      defaultValue = "table",
      description = {
        "table; jsonl, every event of every incident, without --sweep and --rules; json, a summary;"
            + " html, one page with pictures (default: ${DEFAULT-VALUE})."
      })
  private Form form = Form.TABLE;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = {
        "Write the result to a file instead of standard output.",
        "What is there stays as it is until the result is whole."
      })
  private @Nullable Path outFile;

  @Override
  public Integer call() throws Exception {
    BacktestJob job = job();
    List<String> known =
        (salvage ? Recording.salvage(recording) : Recording.open(recording)).leftOut();
    missing(known);
    PrintWriter out = spec.commandLine().getOut();
    if (outFile == null) {
      return run(job, known, out);
    }
    try (ResultFile file = ResultFile.begin(outFile)) {
      PrintWriter result = new PrintWriter(file.out(), false, StandardCharsets.UTF_8);
      int code = run(job, known, result);
      if (result.checkError()) {
        throw new IOException("cannot write to " + outFile);
      }
      file.finish();
      return code;
    }
  }

  private void missing(List<String> lines) {
    PrintWriter err = spec.commandLine().getErr();
    lines.forEach(line -> err.println("isotherm backtest: missing in the recording: " + line));
    err.flush();
  }

  /**
   * @param known what was missing before it began
   */
  private int run(BacktestJob job, List<String> known, PrintWriter out)
      throws IOException, InterruptedException {
    BacktestProgress progress = new BacktestProgress(spec.commandLine().getErr());
    BacktestJob.Result result;
    try {
      result =
          form == Form.JSONL
              ? job.run(out, progress, () -> main.stop().requested() || isInVain(out))
              : job.run(null, progress, main.stop()::requested);
    } catch (StoppedException e) {
      if (form == Form.JSONL && !main.stop().requested()) {
        // Whoever looks at the stream when the command has ended says why.
        return Main.FAILED;
      }
      throw e;
    }
    if (main.stop().requested()) {
      throw new StoppedException();
    }
    progress.done();
    missing(result.leftOut().stream().filter(line -> !known.contains(line)).toList());
    if (!result.turnedAway().isEmpty()) {
      PrintWriter err = spec.commandLine().getErr();
      err.println("isotherm backtest: " + result.turnedAway());
      err.flush();
    }
    switch (form) {
      case TABLE -> out.print(result.table());
      case JSON -> out.print(result.json());
      case HTML -> out.print(result.html());
      case JSONL -> {}
    }
    out.flush();
    return Main.DONE;
  }

  /**
   * Whether all that is written goes nowhere: the reader of the result is gone, or the disk is
   * full, and no metrics are asked for, which have a file of their own.
   */
  private boolean isInVain(PrintWriter out) {
    return openMetrics == null
        && (out.checkError() || (outFile == null && System.out.checkError()));
  }

  private BacktestJob job() throws IOException {
    int most = threads == null ? Runtime.getRuntime().availableProcessors() : threads;
    if (most < 1) {
      throw wrong("--threads is %d, must be at least 1".formatted(most));
    }
    long fromMs = from == null ? Long.MIN_VALUE : time("--from", from);
    long untilMs = to == null ? Long.MAX_VALUE : time("--to", to);
    if (form == Form.JSONL && (rules != null || sweep != null)) {
      throw wrong(
          "-o jsonl has events only, not what %s tells; leave one of them out"
              .formatted(rules != null ? "--rules" : "--sweep"));
    }
    if (fromMs >= untilMs) {
      throw wrong("--from must be before --to");
    }
    if (outFile != null && openMetrics != null && ResultFile.samePlace(outFile, openMetrics)) {
      throw wrong("--out and --openmetrics are both %s; name two files".formatted(outFile));
    }
    try {
      DetectorSettings settings =
          detectors == null ? DetectorSettings.DEFAULT : DetectorFile.read(detectors);
      Sweep swept = sweep == null ? null : Sweep.parse(sweep);
      if (swept != null) {
        swept.of(settings);
      }
      return new BacktestJob(
          recording,
          salvage,
          settings,
          swept,
          fromMs,
          untilMs,
          most,
          openMetrics,
          rules,
          Main.Version.current());
    } catch (IllegalArgumentException e) {
      throw wrong(String.valueOf(e.getMessage()));
    }
  }

  private long time(String option, String text) {
    try {
      return text.matches("-?\\d{1,18}")
          ? Long.parseLong(text)
          : OffsetDateTime.parse(text).toInstant().toEpochMilli();
    } catch (DateTimeParseException | ArithmeticException e) {
      throw wrong(
          "%s is '%s', must be like %s, or milliseconds since 1970"
              .formatted(option, text, Instant.EPOCH));
    }
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
