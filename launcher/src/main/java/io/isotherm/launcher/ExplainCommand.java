package io.isotherm.launcher;

import io.isotherm.backtest.Explanation;
import io.isotherm.core.DetectorSettings;
import io.isotherm.recording.StoppedException;
import io.isotherm.score.DetectorFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm explain}: what an incident rests on. */
@Command(
    name = "explain",
    description = {
      "Tells what an incident of a recording rests on.",
      "That is its events, its evidence, the parts that it explains, and the readings of its"
          + " subject, window by window."
    })
final class ExplainCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "RECORDING", description = "Directory of the recording.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path recording;

  @Parameters(
      index = "1",
      paramLabel = "INCIDENT",
      description = "Id of the incident, or its beginning; 'isotherm backtest' lists them.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private String incident;

  @Option(
      names = "--detectors",
      paramLabel = "FILE",
      description = "YAML file with settings of the detectors, such as hot_above_peers: 150.")
  private @Nullable Path detectors;

  @Option(
      names = "--cut",
      paramLabel = "DIR",
      description =
          "Also write a recording of the reports of the parts that it names, without their peers.")
  private @Nullable Path cut;

  @Override
  public Integer call() throws Exception {
    DetectorSettings settings;
    try {
      settings = detectors == null ? DetectorSettings.DEFAULT : DetectorFile.read(detectors);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    Explanation explanation =
        new Explanation(
            recording, incident, settings, Runtime.getRuntime().availableProcessors(), cut);
    String text =
        explanation.text(new BacktestProgress(spec.commandLine().getErr()), main.stop()::requested);
    if (main.stop().requested()) {
      throw new StoppedException();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(text);
    out.flush();
    return Main.DONE;
  }
}
