package io.isotherm.launcher;

import io.isotherm.backtest.DiffJob;
import io.isotherm.core.DetectorSettings;
import io.isotherm.recording.StoppedException;
import io.isotherm.score.DetectorFile;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** {@code isotherm diff}: what two back-tests tell differently. */
@Command(
    name = "diff",
    description = {
      "Compares two back-tests: the incidents that appear, vanish, move or change, and why.",
      "Each is a recording, or a file that 'isotherm backtest -o jsonl' wrote."
    },
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:both tell the same", "1:they differ, or it failed", "2:wrong usage"})
final class DiffCommand implements Callable<Integer> {
  @ParentCommand
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Main main;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "A", description = "Recording or JSON lines.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path a;

  @Parameters(index = "1", paramLabel = "B", description = "Recording or JSON lines.")
  @SuppressWarnings("NullAway.Init") // picocli sets it
  private Path b;

  @Option(
      names = "--detectors-a",
      paramLabel = "FILE",
      description = "Settings of the detectors for A, if it is a recording.")
  private @Nullable Path detectorsA;

  @Option(
      names = "--detectors-b",
      paramLabel = "FILE",
      description = "Settings of the detectors for B, if it is a recording.")
  private @Nullable Path detectorsB;

  @Mixin private final FormOption form = new FormOption();

  @Override
  public Integer call() throws Exception {
    DiffJob job =
        new DiffJob(
            a,
            b,
            settings(detectorsA),
            settings(detectorsB),
            Runtime.getRuntime().availableProcessors());
    BacktestProgress progress = new BacktestProgress(spec.commandLine().getErr());
    DiffJob.Result result = job.run(progress, main.stop()::requested);
    if (main.stop().requested()) {
      throw new StoppedException();
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(form.json() ? result.json() : result.table());
    out.flush();
    return result.equal() ? Main.DONE : Main.FAILED;
  }

  private DetectorSettings settings(@Nullable Path file) {
    try {
      return file == null ? DetectorSettings.DEFAULT : DetectorFile.read(file);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
  }
}
